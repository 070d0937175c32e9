"""Where the heads of a model look while it reads a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from gptlab_tui.errors import GPTLabError
from gptlab_tui.model.capture import Capture
from gptlab_tui.model.open_run import OpenModel
from gptlab_tui.text.escapes import escaped_pieces

_KEPT = (".weights", ".q", ".k")


@dataclass(frozen=True, slots=True, eq=False)
class Attention:
    """What every head of some layers did with T tokens; arrays are 32-bit floats."""

    pieces: tuple[str, ...]
    r"""The text of every token; a part of a character as escapes: `\xc3`."""
    ids: tuple[int, ...]
    dropped: int
    """Tokens of the text that came before these, and did not fit the context."""
    layers: tuple[int, ...]
    """The layers that were looked at, mostly all of them: what the first axis of the arrays stands for."""
    weights: np.ndarray
    """(n_layer, n_head, T, T): how much of each key (column) a query (row) takes; rows sum to 1."""
    queries: np.ndarray
    """(n_layer, n_head, T, hs), normed and turned as the model does it."""
    keys: np.ndarray
    """(n_layer, n_head, T, hs), likewise."""
    bias: np.ndarray | None
    """(n_head, T, T): what the positions add to the scaled scores, the mask included; mostly None."""

    def matrix(self, layer: int, head: int | None) -> np.ndarray:
        """The weights of one head, or (None) the mean over the heads of a layer: (T, T)."""
        heads: np.ndarray = self.weights[self.layers.index(layer)]
        chosen: np.ndarray = heads.mean(axis=0) if head is None else heads[head]
        return chosen

    def scores(self, layer: int, head: int) -> np.ndarray:
        """q k^T of one head, before it is scaled and masked: (T, T)."""
        place = self.layers.index(layer)
        products: np.ndarray = self.queries[place, head] @ self.keys[place, head].T
        return products


def attend(opened: OpenModel, ids: Sequence[int], layer: int | None = None) -> Attention:
    """Reads the ids with the explicit path; of more than the context holds, the last ones.

    With a `layer`, from 0, only what that one does is kept, which is less to hold.

    Raises GPTLabError where there is no token.
    """
    if not len(ids):
        raise GPTLabError("There is no text to look at.", 'Give one, such as "A figura é poética".')
    model = opened.model
    kept = tuple(int(token) for token in ids[-model.config.block_size :])
    layers = tuple(range(model.config.n_layer)) if layer is None else (layer,)
    names = {f"h.{one}{part}" for one in layers for part in _KEPT}
    capture = Capture(wanted=names.__contains__)
    idx = torch.tensor([kept], device=model.lm_head.weight.device)
    with torch.inference_mode():
        model.hidden(idx, capture=capture)
        bias = model.place(len(kept), 0, None).bias
    return Attention(
        pieces=escaped_pieces(kept, opened.tokenizer),
        ids=kept,
        dropped=len(ids) - len(kept),
        layers=layers,
        weights=_stacked(capture, "weights", layers),
        queries=_stacked(capture, "q", layers),
        keys=_stacked(capture, "k", layers),
        bias=None if bias is None else _numbers(bias.reshape(-1, len(kept), len(kept))),
    )


def _stacked(capture: Capture, name: str, layers: Sequence[int]) -> np.ndarray:
    return np.stack([_numbers(capture[f"h.{layer}.{name}"][0]) for layer in layers])


def _numbers(tensor: torch.Tensor) -> np.ndarray:
    numbers: np.ndarray = tensor.float().cpu().numpy()
    return numbers
