"""The chain: filters that stand between a model's logits and the draw, each a pure function.

A filter takes logits (..., V) and gives logits (..., V); what it rules out becomes minus infinity,
and at least the largest stays. Where Hugging Face's `transformers` has a filter of the same name,
the definitions are the same. The order matters: penalties, temperature, top-p and typical-p give
other results in another order.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from gptlab_tui.config import Filter
from gptlab_tui.sampling.settings import Settings

#: Below this a temperature is zero: dividing by it could leave the range of the numbers.
SMALLEST_TEMPERATURE = 1e-100


def count_tokens(history: Tensor, vocab_size: int) -> Tensor:
    """How often each token stands in the history: (B, T) -> (B, V)"""
    counts = torch.zeros(history.size(0), vocab_size, dtype=torch.float64, device=history.device)
    return counts.scatter_add_(1, history, torch.ones_like(history, dtype=torch.float64))


def repetition(logits: Tensor, counts: Tensor, penalty: float) -> Tensor:
    """Tokens that were there: a positive logit is divided by the penalty, another multiplied.

    Keskar et al. 2019 (CTRL), section 4.1, with the correction for negative logits that all use.
    """
    penalised = torch.where(logits < 0, logits * penalty, logits / penalty)
    return torch.where(counts > 0, penalised, logits)


def frequency(logits: Tensor, counts: Tensor, penalty: float) -> Tensor:
    """Takes the penalty off a logit for each time that its token was there."""
    return logits - penalty * counts


def presence(logits: Tensor, counts: Tensor, penalty: float) -> Tensor:
    """Takes the penalty off a logit once if its token was there."""
    return torch.where(counts > 0, logits - penalty, logits)


def bias(logits: Tensor, amounts: Tensor) -> Tensor:
    """Adds an amount to each logit; minus infinity bans the token."""
    return logits + amounts


def temperature(logits: Tensor, value: float) -> Tensor:
    """Divides the logits; zero, the limit, leaves the largest alone (of equal ones the lowest id)."""
    if value >= SMALLEST_TEMPERATURE:
        return logits / value
    first = (logits == logits.amax(-1, keepdim=True)).to(torch.uint8).argmax(-1, keepdim=True)
    return torch.full_like(logits, -math.inf).scatter(-1, first, logits.gather(-1, first))


def top_k(logits: Tensor, k: int) -> Tensor:
    """Keeps the k largest, and those equal to the smallest of them (Fan et al. 2018)."""
    least = logits.topk(min(k, logits.size(-1)), dim=-1).values[..., -1:]
    return logits.masked_fill(logits < least, -math.inf)


def top_p(logits: Tensor, p: float) -> Tensor:
    """Keeps the fewest tokens, the most probable first, whose mass is at least p.

    Holtzman et al. 2020, "nucleus sampling". Of equal ones those with the lower ids come first.
    """
    probability, order = logits.softmax(-1).sort(stable=True, dim=-1, descending=True)
    before = probability.cumsum(-1) - probability
    out = torch.zeros_like(logits, dtype=torch.bool).scatter(-1, order, before >= p)
    return logits.masked_fill(out, -math.inf)


def min_p(logits: Tensor, p: float) -> Tensor:
    """Keeps tokens at least p times as probable as the most probable one (Nguyen et al. 2024)."""
    probability = logits.softmax(-1)
    return logits.masked_fill(probability < p * probability.amax(-1, keepdim=True), -math.inf)


def typical(logits: Tensor, p: float) -> Tensor:
    """Keeps the fewest tokens, the least surprising in their surprise first, of mass at least p.

    That is how far -log q is from the entropy, its mean (Meister et al. 2023). Equal ones stay together.
    """
    surprise = -logits.log_softmax(-1)
    oddness = (surprise - entropy(logits)[..., None]).abs()
    ordered, order = oddness.sort(stable=True, dim=-1)
    mass = logits.softmax(-1).gather(-1, order).cumsum(-1)
    last = (mass < p).sum(-1, keepdim=True).clamp(max=logits.size(-1) - 1)
    return logits.masked_fill(oddness > ordered.gather(-1, last), -math.inf)


def entropy(logits: Tensor) -> Tensor:
    """-sum q log q of the distribution, in nats: (..., V) -> (...); what is ruled out counts as 0."""
    log_q = logits.log_softmax(-1)
    return -torch.where(log_q > -math.inf, log_q * log_q.exp(), 0.0).sum(-1)


@dataclass(frozen=True, slots=True)
class Stage:
    """What is left after one filter: a row of the funnel."""

    filter: Filter
    candidates: int
    """Tokens that can still be drawn."""
    mass: float
    """The share of the model's own probability that they hold."""


def run_chain(logits: Tensor, history: Tensor, settings: Settings) -> Tensor:
    """Logits (B, V) after every filter that is on, in the order of the settings.

    `history` (B, T) is what the penalties look at: the whole text so far.
    """
    after = logits
    for _, after in _steps(logits, history, settings):  # noqa: B007 (the last one is the answer)
        pass
    return after


def trace_chain(logits: Tensor, history: Tensor, settings: Settings) -> tuple[list[Stage], Tensor]:
    """The same for a single text, logits (V,) and history (T,), with what each filter left over."""
    own = logits.softmax(-1)
    stages, after = [], logits[None]
    for name, after in _steps(logits[None], history[None], settings):
        left = after[0] > -math.inf
        stages.append(Stage(name, int(left.sum()), float(own[left].sum())))
    return stages, after[0]


def _steps(logits: Tensor, history: Tensor, settings: Settings) -> Iterator[tuple[Filter, Tensor]]:
    """The filters that are on, each with the logits (B, V) that it gives."""
    knobs = settings.knobs
    counts = amounts = logits.new_empty(0)
    if settings.penalises:
        counts = count_tokens(history[:, -knobs.penalty_window :], logits.size(-1))  # [-0:] is all
    if settings.bias is not None:
        amounts = settings.bias.to(logits.device)
    for name in settings.filters:
        match name:
            case "repetition":
                logits = repetition(logits, counts, knobs.repetition_penalty)
            case "frequency":
                logits = frequency(logits, counts, knobs.frequency_penalty)
            case "presence":
                logits = presence(logits, counts, knobs.presence_penalty)
            case "bias":
                logits = bias(logits, amounts)
            case "temperature":
                logits = temperature(logits, knobs.temperature)
            case "top_k":
                logits = top_k(logits, knobs.top_k)
            case "top_p":
                logits = top_p(logits, knobs.top_p)
            case "min_p":
                logits = min_p(logits, knobs.min_p)
            case "typical":
                logits = typical(logits, knobs.typical_p)
        yield name, logits
