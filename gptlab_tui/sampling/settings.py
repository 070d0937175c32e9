"""The knobs, made ready for one tokenizer: which filters are on, and which tokens the pieces are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from gptlab_tui.config import Filter, SampleConfig
from gptlab_tui.errors import GPTLabError
from gptlab_tui.text.tokenizers import Tokenizer, UnknownCharacterError
from gptlab_tui.validation import validate


@dataclass(frozen=True, slots=True, eq=False)
class Settings:
    """A `SampleConfig` resolved against a tokenizer."""

    knobs: SampleConfig
    filters: tuple[Filter, ...]
    """Those of the chain that change anything, in its order."""
    bias: Tensor | None = None
    """What is added to the logits (V,) in double precision; minus infinity for banned tokens."""

    @property
    def penalises(self) -> bool:
        """Whether a filter has to know what was written before."""
        return not {"repetition", "frequency", "presence"}.isdisjoint(self.filters)


def resolve(knobs: SampleConfig, tokenizer: Tokenizer) -> Settings:
    """The knobs as the chain needs them.

    Raises GPTLabError that names every key whose pieces of text are not what the key takes.
    """
    problems: list[str] = []
    if "" in knobs.stop:
        problems.append("sample.stop: an empty text would stop before the first token")
    bias = torch.zeros(tokenizer.vocab_size, dtype=torch.float64)
    for piece, amount in knobs.logit_bias.items():
        tokens = _tokens("sample.logit_bias", piece, tokenizer, problems)
        if len(tokens) == 1:
            bias[tokens[0]] += amount
        elif tokens:
            problems.append(f"sample.logit_bias: {piece!r} is {len(tokens)} tokens, not one")
    for piece in knobs.ban:
        bias[_tokens("sample.ban", piece, tokenizer, problems)] = -math.inf
    if bool(bias.isneginf().all()):
        problems.append("sample.ban: nothing of the vocabulary would be left")
    if problems:
        raise GPTLabError("\n  ".join(problems), "Pieces of text become tokens by the model's own tokenizer.")
    on = {
        "repetition": knobs.repetition_penalty != 1.0,
        "frequency": knobs.frequency_penalty != 0.0,
        "presence": knobs.presence_penalty != 0.0,
        "bias": bool(bias.any()),
        "temperature": knobs.temperature != 1.0,
        "top_k": 0 < knobs.top_k < tokenizer.vocab_size,
        "top_p": knobs.top_p < 1.0,
        "min_p": knobs.min_p > 0.0,
        "typical": knobs.typical_p < 1.0,
    }
    return Settings(knobs, tuple(name for name in knobs.chain if on[name]), bias if on["bias"] else None)


def _tokens(key: str, piece: str, tokenizer: Tokenizer, problems: list[str]) -> list[int]:
    """The tokens of a piece of text; [] and a problem more where it has none."""
    try:
        tokens = [int(token) for token in tokenizer.encode(piece)]
    except UnknownCharacterError as error:
        problems.append(f"{key}: {error.message}")
        return []
    if not tokens:
        problems.append(f"{key}: an empty text is no token")
    return tokens


def change_knobs(knobs: SampleConfig, changes: Mapping[str, Any]) -> SampleConfig:
    """The knobs with some of them turned; raises GPTLabError with every key that is wrong."""
    raw = {"sample": {**knobs.model_dump(mode="json"), **changes}}
    return validate(raw, (), "", []).sample
