"""What goes through the pipe: one JSON object a line, in both directions.

A request is `{"id": 7, "do": "write", …}`. Its answers are `{"id": 7, "kind": …, …}`, as many as it
takes, and the last one is of kind `done`, `failed` (with `message` and `hint`) or `cancelled`. Two
requests have no answers of their own: `cancel` and `turn` name another one as their `target`, and
act on it at once, while it is being answered.

Arrays travel as `{"shape": […], "f2": base64}`, 16-bit floats in C order: they are to be looked at. Those
that are reckoned with are 32-bit floats, `"f4"`.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

Message = dict[str, Any]

#: The kinds of a last answer.
LAST = ("done", "failed", "cancelled")


def pack(message: Message) -> bytes:
    """A message as its line."""
    return json.dumps(message, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def unpack(line: bytes) -> Message:
    """The message of a line; raises ValueError for what is none."""
    message = json.loads(line)
    if not isinstance(message, dict):
        raise ValueError("a message is a JSON object")
    return message


def pack_array(values: np.ndarray, *, exact: bool = False) -> Message:
    """An array as it travels; `exact` is with 32 bits."""
    import numpy as np

    kind = "f4" if exact else "f2"
    floats = np.ascontiguousarray(values, dtype=f"<{kind}")
    return {"shape": list(floats.shape), kind: base64.b64encode(floats.tobytes()).decode()}


def unpack_array(value: Message) -> np.ndarray:
    """The array, as 32-bit floats."""
    import numpy as np

    kind = "f4" if "f4" in value else "f2"
    floats = np.frombuffer(base64.b64decode(value[kind]), dtype=f"<{kind}")
    return floats.reshape(value["shape"]).astype(np.float32)
