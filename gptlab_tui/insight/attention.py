"""Where the heads of a model look while it reads a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from gptlab_tui.errors import GPTLabError
from gptlab_tui.model.capture import Capture
from gptlab_tui.model.open_run import OpenModel

_KEPT = (".weights", ".q", ".k")


@dataclass(frozen=True, slots=True, eq=False)
class Attention:
    """What every head of every layer did with T tokens; arrays are 32-bit floats."""

    pieces: tuple[str, ...]
    r"""The text of every token; a part of a character as escapes: `\xc3`."""
    ids: tuple[int, ...]
    dropped: int
    """Tokens of the text that came before these, and did not fit the context."""
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
        heads: np.ndarray = self.weights[layer]
        chosen: np.ndarray = heads.mean(axis=0) if head is None else heads[head]
        return chosen

    def scores(self, layer: int, head: int) -> np.ndarray:
        """q k^T of one head, before it is scaled and masked: (T, T)."""
        products: np.ndarray = self.queries[layer, head] @ self.keys[layer, head].T
        return products


def attend(opened: OpenModel, ids: Sequence[int]) -> Attention:
    """Reads the ids with the explicit path; of more than the context holds, the last ones.

    Raises GPTLabError where there is no token.
    """
    if not len(ids):
        raise GPTLabError("There is no text to look at.", 'Give one, such as "A figura é poética".')
    model = opened.model
    kept = tuple(int(token) for token in ids[-model.config.block_size :])
    capture = Capture(wanted=lambda name: name.endswith(_KEPT))
    idx = torch.tensor([kept], device=model.lm_head.weight.device)
    with torch.inference_mode():
        model.hidden(idx, capture=capture)
        bias = model.place(len(kept), 0, None).bias
    return Attention(
        pieces=tuple(
            opened.tokenizer.token_bytes(token).decode("utf-8", "backslashreplace") for token in kept
        ),
        ids=kept,
        dropped=len(ids) - len(kept),
        weights=_layers(capture, "weights", model.config.n_layer),
        queries=_layers(capture, "q", model.config.n_layer),
        keys=_layers(capture, "k", model.config.n_layer),
        bias=None if bias is None else _numbers(bias.reshape(-1, len(kept), len(kept))),
    )


def _layers(capture: Capture, name: str, n_layer: int) -> np.ndarray:
    return np.stack([_numbers(capture[f"h.{layer}.{name}"][0]) for layer in range(n_layer)])


def _numbers(tensor: torch.Tensor) -> np.ndarray:
    numbers: np.ndarray = tensor.float().cpu().numpy()
    return numbers
