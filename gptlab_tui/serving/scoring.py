"""`score`: how probable each token of a text was to the model, given those before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import torch

from gptlab_tui.model.gpt import GPT
from gptlab_tui.model.open_run import OpenModel
from gptlab_tui.sampling.tokens import look_at
from gptlab_tui.serving.asked import text_of
from gptlab_tui.serving.job import Job
from gptlab_tui.serving.protocol import Message

if TYPE_CHECKING:
    from gptlab_tui.serving.desk import Desk

_ALTERNATIVES = 8
#: Places whose logits are looked at in one go; others have their turn in between.
_AT_ONCE = 64


def score(desk: Desk, job: Job) -> Iterator[Message | None]:
    """`score {run?, step?, ids, alternatives?}`: `scored {ids, tokens}`, one for each id but the first.

    Each has `raw`, `probability` (the same: no chain was at work), `rank` (from 1), `entropy` (bits)
    and `alternatives`, as the tokens that `write` tells of.
    """
    request = job.request
    opened = desk.model(request)
    ids = text_of(request, opened).ids
    tokens: list[Message] = []
    for start, first, end in windows(len(ids), opened.model.config.block_size):
        for part in _scored(opened, ids, start, first, end, int(request.get("alternatives", _ALTERNATIVES))):
            tokens += part
            yield None
    yield {
        "kind": "scored",
        "run": opened.run.name,
        "step": opened.step,
        "off": opened.off,
        "ids": list(ids),
        "tokens": tokens,
    }


def windows(length: int, context: int) -> Iterator[tuple[int, int, int]]:
    """How a text is read: windows [start, end) of which the tokens from `first` on are scored.

    A text that fits the context and the token after it is one window. Of a longer one each further
    window begins half a context later, so that no token has less than half a context before it but
    those at the beginning.
    """
    first, end = 1, min(length, context + 1)
    while first < end:
        yield max(0, end - 1 - context), first, end
        first, end = end, min(length, end + max(1, context // 2))


@torch.inference_mode()
def _hidden(model: GPT, ids: Sequence[int]) -> torch.Tensor:
    """(T, C)"""
    return model.hidden(torch.tensor([ids], device=model.lm_head.weight.device))[0]


def _scored(
    opened: OpenModel, ids: Sequence[int], start: int, first: int, end: int, alternatives: int
) -> Iterator[list[Message]]:
    """One pass through the model over ids[start : end - 1]; what it says of the tokens from `first` on."""
    hidden = _hidden(opened.model, ids[start : end - 1])
    for low in range(first, end, _AT_ONCE):
        high = min(end, low + _AT_ONCE)
        with torch.inference_mode():
            raw = opened.model.lm_head(hidden[low - 1 - start : high - 1 - start]).cpu().double()
            tokens = ids[low:high]
            chosen = raw.gather(1, torch.tensor(tokens)[:, None])
            ranks = (1 + (raw > chosen).sum(-1)).tolist()
            looks = look_at(tokens, raw, raw, alternatives, opened.tokenizer)
        yield [
            {
                "raw": look.raw_probability,
                "probability": look.probability,
                "rank": rank,
                "entropy": look.entropy_bits,
                "alternatives": [
                    [one.id, one.text, one.raw_probability, one.probability] for one in look.alternatives
                ],
            }
            for look, rank in zip(looks, ranks, strict=True)
        ]
