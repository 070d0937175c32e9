"""What a line of text teaches: after every beginning of it, the token that comes next.

A window of T tokens is T training examples at once; the model is asked after each of them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from gptlab_tui.errors import GPTLabError
from gptlab_tui.text.pieces import LIMIT
from gptlab_tui.text.protocol import Tokenizer, Unknown


@dataclass(frozen=True, slots=True)
class Example:
    """When the input is `input_ids`, the target is `target_id`; beside the ids their text."""

    input_ids: tuple[int, ...]
    target_id: int
    input_text: str
    target_text: str

    def to_json(self) -> dict[str, Any]:
        """The example as a JSON object."""
        return asdict(self)


def training_examples(
    text: str, tokenizer: Tokenizer, block_size: int, unknown: Unknown = "error"
) -> list[Example]:
    """The examples of the first window of `text`: at most `block_size`, each one token longer.

    Raises GPTLabError where the text has fewer than two tokens.
    """
    ids = tokenizer.encode(text[:LIMIT], unknown)[: block_size + 1]
    if ids.size < 2:
        raise GPTLabError(
            f"The text has {ids.size} token{'' if ids.size == 1 else 's'}: an input and a target need two.",
            "Give a longer text or another line.",
        )
    window = tuple(ids.tolist())
    return [
        Example(
            window[:end], window[end], tokenizer.decode(window[:end]), tokenizer.decode(window[end : end + 1])
        )
        for end in range(1, len(window))
    ]
