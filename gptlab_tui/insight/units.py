"""The hidden units of every MLP on a text: how often each is on, and which never are, or always."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from gptlab_tui.errors import GPTLabError
from gptlab_tui.model.capture import Capture
from gptlab_tui.model.open_run import OpenModel

#: Where an activation is off, and where it is open: below the first its value and slope are nearly 0 (of gelu
#: and silu less than 0.02 in size), above the second it lets its argument through.
BOUNDS = {
    "relu": (0.0, 0.0),
    "relu2": (0.0, 0.0),
    "gelu": (-3.0, 3.0),
    "geglu": (-3.0, 3.0),
    "swiglu": (-6.0, 6.0),
}
#: So many of the first tokens of a training text are enough to judge by.
TOKENS = 16_384
#: Tokens of a turn, and of a large model the work: its parameters times tokens.
_AT_ONCE, _WORK = 4096, 1 << 34


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """The H hidden units of a layer; of gated kinds, their gates."""

    layer: int
    on: np.ndarray
    """(H,): the share of the tokens for which each is not off."""
    open: np.ndarray
    """(H,): the share of the tokens for which each lets its argument through."""
    bounds: tuple[float, float]
    """Of its argument: a unit is on above the first, open above the second."""

    @property
    def dead(self) -> int:
        """Units that are off for every token: the text gives them nothing to do, and no gradient."""
        return int((self.on == 0).sum())

    @property
    def saturated(self) -> int:
        """Units that are open for every token: they choose nothing."""
        return int((self.open == 1).sum())


def units(
    opened: OpenModel, ids: Sequence[int] | np.ndarray, stopped: Callable[[], bool] = lambda: False
) -> list[Units] | None:
    """The units of every layer on consecutive windows of a text; None where it was stopped.

    Raises GPTLabError where there is no token.
    """
    for found in counting(opened, ids):
        if found is not None or stopped():
            return found
    return None


def counting(opened: OpenModel, ids: Sequence[int] | np.ndarray) -> Iterator[list[Units] | None]:
    """The same in turns: None before each batch of windows, at last the units."""
    model = opened.model
    if not len(ids):
        raise GPTLabError("There is no text to read.", "Give one.")
    low, high = BOUNDS[model.config.activation]
    names = [f"h.{layer}.before_activation" for layer in range(model.config.n_layer)]
    tokens = torch.from_numpy(np.array(ids, dtype=np.int64))
    width = min(model.config.block_size, len(tokens))
    rows = tokens.unfold(0, width, width)
    on: list[np.ndarray] = [np.zeros(1)] * len(names)
    open_: list[np.ndarray] = [np.zeros(1)] * len(names)
    size = sum(parameter.numel() for parameter in model.parameters())
    per_batch = max(1, min(_AT_ONCE, _WORK // size) // width)
    for start in range(0, len(rows), per_batch):
        yield None
        capture = Capture(wanted=lambda name: name.endswith(".before_activation"))
        with torch.inference_mode():
            model.hidden(rows[start : start + per_batch].to(model.lm_head.weight.device), capture=capture)
        for layer, name in enumerate(names):
            before = capture[name].flatten(0, 1)
            if model.config.activation in ("swiglu", "geglu"):
                before = before.chunk(2, dim=-1)[0]  # the gate
            on[layer] = on[layer] + (before > low).sum(0).cpu().numpy()
            open_[layer] = open_[layer] + (before > high).sum(0).cpu().numpy()
    count = rows.numel()
    yield [Units(layer, on[layer] / count, open_[layer] / count, (low, high)) for layer in range(len(names))]
