"""`predict`: what may come after a text, before the chain and after it, and what the luck would draw."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from gptlab_tui.model.open_run import OpenModel
from gptlab_tui.sampling.chain import entropy, trace_chain
from gptlab_tui.sampling.draw import draw, uniform
from gptlab_tui.sampling.settings import Settings
from gptlab_tui.sampling.tokens import piece_of
from gptlab_tui.serving.asked import Text, lacks, pieces_of, settings_of, text_of
from gptlab_tui.serving.job import Job
from gptlab_tui.serving.protocol import Message, pack_array
from gptlab_tui.serving.reading import LoadedModel

if TYPE_CHECKING:
    from gptlab_tui.serving.desk import Desk

_BEST = 20


def predict(desk: Desk, job: Job) -> Iterator[Message | None]:
    """`predict {run?, step?, prompt | ids, start, knobs?, sample?, best?, whole?, unknown?, …}`.

    Answers `lacking {characters}` or `prediction`; see `describe`. Knobs alone cost no new pass through
    the model. With `whole` the probabilities of all tokens come too. A prediction in `passing`,
    of a text that nobody will write on, takes no room from those that somebody may. With `beside`, heads
    that are off instead of those in `off`, there is what both expect, too; see `both`.
    """
    request = job.request
    loaded = desk.loaded(request)
    text = text_of(request, loaded.opened)
    if text.lacking:
        yield lacks(text.lacking, loaded.opened)
        return
    settings = settings_of(request.get("knobs", {}), loaded.opened)
    passing, best = bool(request.get("passing")), int(request.get("best", _BEST))
    raw = yield from loaded.logits_after(text.ids, text.start, keep=not passing)
    luck = uniform(settings.knobs.seed, int(request.get("sample", 0)), len(text.ids))
    answer = describe(raw, text, settings, luck, loaded.opened, best)
    if request.get("whole"):
        answer |= whole(raw, text, settings, loaded)
    if "beside" in request:
        beside = desk.loaded({**request, "off": request["beside"]})
        other = yield from beside.logits_after(text.ids, text.start, keep=not passing)
        answer["beside"] = both(other, raw, loaded.opened, best)
    if "ids" not in request:
        answer["pieces"] = pieces_of(text.ids, loaded.opened.tokenizer)
    yield answer


@torch.inference_mode()
def both(one: Tensor, other: Tensor, opened: OpenModel, best: int) -> list[list[str | float]]:
    """The most probable tokens in at least one of two distributions, from logits (V,).

    Of each its piece and its probability in both, so that none is missing where only one thinks much of it.
    """
    chances = torch.stack((one, other)).softmax(-1)  # (2, V)
    order = chances.amax(0).sort(stable=True, descending=True).indices[:best].tolist()
    return [[piece_of(token, opened.tokenizer), *chances[:, token].tolist()] for token in order]


@torch.inference_mode()
def describe(
    raw: Tensor, text: Text, settings: Settings, luck: float, opened: OpenModel, best: int
) -> Message:
    """The distribution of the next token from its logits (V,).

    `tokens` are the most probable to the model, and the drawn one: id, piece, logit, probability
    before and after the chain, rank (from 1). `funnel` has a row for each filter that is on. Entropies
    are in bits. `drawn` is None where nothing is left to draw.
    """
    tokenizer = opened.tokenizer
    history = torch.tensor(text.ids, dtype=torch.long)
    stages, after = trace_chain(raw, history, settings)
    weights = (after - after.amax()).exp()
    drawn = int(draw(weights[None], torch.tensor([luck], dtype=torch.float64))[0])
    before, left = raw.softmax(-1), after.softmax(-1)
    order = raw.sort(stable=True, descending=True).indices
    chosen = order[:best].tolist()
    is_token = drawn < tokenizer.vocab_size
    if is_token and drawn not in chosen:
        chosen.append(drawn)
    return {
        "kind": "prediction",
        "run": opened.run.name,
        "step": opened.step,
        "off": opened.off,
        "digest": opened.digest,
        "ids": list(text.ids),
        "in_sight": min(len(text.ids), opened.config.model.block_size),
        "start": text.start,
        "vocab_size": tokenizer.vocab_size,
        "tokens": [
            {
                "id": token,
                "piece": piece_of(token, tokenizer),
                "bytes": tokenizer.token_bytes(token).hex(),
                "logit": float(raw[token]),
                "raw": float(before[token]),
                "probability": float(left[token]),
                "rank": 1 + int((raw > raw[token]).sum()),
            }
            for token in chosen
        ],
        "entropy_raw": max(0.0, float(entropy(raw)) / math.log(2)),
        "entropy": max(0.0, float(entropy(after)) / math.log(2)),
        "funnel": [
            {"filter": stage.filter, "candidates": stage.candidates, "mass": stage.mass} for stage in stages
        ],
        "luck": luck,
        "drawn": drawn if is_token else None,
        "temperature": settings.knobs.temperature if "temperature" in settings.knobs.chain else 1.0,
    }


@torch.inference_mode()
def whole(raw: Tensor, text: Text, settings: Settings, loaded: LoadedModel) -> Message:
    """All tokens by id: `all_raw` and `all_after` as arrays (V,), and the pieces of those above 0.01."""
    history = torch.tensor(text.ids, dtype=torch.long)
    after = trace_chain(raw, history, settings)[1].softmax(-1)
    before = raw.softmax(-1)
    named = torch.nonzero((before > NAMED) | (after > NAMED))[:, 0].tolist()
    return {
        "all_raw": pack_array(before.numpy()),
        "all_after": pack_array(after.numpy()),
        "named": {str(token): piece_of(token, loaded.opened.tokenizer) for token in named},
    }


#: More probable tokens are labelled in the view of the whole vocabulary.
NAMED = 0.01
