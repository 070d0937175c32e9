"""What the decoder says of each token that it draws: frozen events, one JSON object each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from torch import Tensor

from gptlab_tui.sampling.chain import entropy
from gptlab_tui.text.tokenizers import Tokenizer

Finish = Literal["length", "stop"]


@dataclass(frozen=True, slots=True)
class Alternative:
    """A token that could have come."""

    id: int
    text: str
    raw_probability: float
    """The model's own, before any filter."""
    probability: float
    """After the chain."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the model and the chain said at a token's place."""

    piece: str
    """What the token stands for alone; U+FFFD where that is not a whole character."""
    raw_probability: float
    """The model's own, before any filter."""
    probability: float
    """After the chain: what it was drawn with."""
    entropy_bits: float
    """Of the model's own distribution."""
    alternatives: tuple[Alternative, ...]
    """The tokens most probable to the model, in order; the drawn one may be among them."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token that was drawn."""

    sample: int
    """Which text, from 0."""
    position: int
    """Its place in the whole text, in tokens from 0, the prompt included."""
    id: int
    text: str
    """What can be shown now. All of a sample's together are its text; one alone may be empty, where
    a character is not complete yet, or what may be a stop."""
    finish: Finish | None = None
    """Why this is the sample's last token, if it is."""
    look: Look | None = None

    def to_json(self) -> dict[str, Any]:
        """The token as one flat JSON object; the keys of its look only where it has one."""
        flat = {name: getattr(self, name) for name in ("sample", "position", "id", "text", "finish")}
        return flat | (asdict(self.look) if self.look is not None else {})


def look_at(
    tokens: Sequence[int], raw: Tensor, after: Tensor, alternatives: int, tokenizer: Tokenizer
) -> list[Look]:
    """Looks at drawn tokens, one a row of the logits before and after the chain, (B, V) each."""
    entropy_bits = (entropy(raw) / math.log(2)).tolist()
    raw, after = raw.softmax(-1), after.softmax(-1)
    best = raw.sort(stable=True, dim=-1, descending=True).indices[:, :alternatives]
    looks = []
    for row, token in enumerate(tokens):
        others = tuple(
            Alternative(other, piece_of(other, tokenizer), float(raw[row, other]), float(after[row, other]))
            for other in best[row].tolist()
        )
        looks.append(
            Look(
                piece=piece_of(token, tokenizer),
                raw_probability=float(raw[row, token]),
                probability=float(after[row, token]),
                entropy_bits=entropy_bits[row],
                alternatives=others,
            )
        )
    return looks


def piece_of(token: int, tokenizer: Tokenizer) -> str:
    """The text of a token alone."""
    return tokenizer.token_bytes(token).decode("utf-8", "replace")
