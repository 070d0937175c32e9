"""The model process sets its next token beside what counting the run's own text says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from gptlab_tui.insight.counts import Counts, beside_counts
from gptlab_tui.model.open_run import OpenModel
from gptlab_tui.serving.asked import read_text
from gptlab_tui.serving.background import Stopped, Tell, in_background
from gptlab_tui.serving.job import Job
from gptlab_tui.serving.protocol import Message
from gptlab_tui.text.ngram_next import discounts
from gptlab_tui.text.run_text import tokens_of_run

if TYPE_CHECKING:
    from gptlab_tui.serving.desk import Desk

#: Tokens that are told, the most probable to the model or to a table.
TOP = 40


def count(desk: Desk, job: Job) -> Iterator[Message | None]:
    """`counts {run?, step?, prompt | ids, unknown?, at?}`: what may come after token `at` (the last).

    Answers `lacking {characters, run}` or `pieces {pieces}`, the whole text as the model cuts it; then
    `counts`, see `_told`. Raises GPTLabError where the run's text is gone.
    """
    request = job.request
    opened = desk.model(request)
    text = read_text(request, opened)
    if text.lacking:
        yield {"kind": "lacking", "characters": list(text.lacking), "run": opened.run.name}
        return
    if request.get("at") is None:
        yield {"kind": "pieces", "pieces": _texts(opened, text.ids)}
    at = int(request.get("at", len(text.ids) - 1))
    ids = text.ids[: max(0, at) + 1]

    def work(tell: Tell, stopped: Stopped) -> Counts | None:
        tell({"kind": "progress", "said": "counts the n-grams of the run's text"})
        tokens = tokens_of_run(opened.run.read_training_request(), opened.tokenizer, desk.home)
        less = discounts(tokens, desk.home, stopped)
        return None if less is None else beside_counts(opened, ids, tokens.train, less)

    found = yield from in_background(job, work)
    if found is not None:
        yield {"kind": "counts", "at": len(ids) - 1, **_told(opened, found)}


def _told(opened: OpenModel, found: Counts) -> Message:
    """`orders`, from n = 1 on, and `tokens`, in the model's order."""
    largest = np.max([found.model, *(one.estimate for one in found.orders)], axis=0)
    most = np.argsort(-largest, kind="stable")[:TOP]
    tokens = [int(token) for token in most[np.argsort(-found.model[most], kind="stable")]]
    return {
        "run": opened.run.name,
        "step": opened.step,
        "text": opened.run.read_training_request()["corpus"]["name"],
        "orders": [
            {
                "n": one.order,
                "context": "".join(_texts(opened, one.context)),
                "seen": one.seen,
                "divergence_bits": bits,
            }
            for one, bits in zip(found.orders, found.divergence_bits, strict=True)
        ],
        "nearest": found.nearest,
        "tokens": [
            {
                "id": token,
                "piece": piece,
                "probability": float(found.model[token]),
                "estimates": [float(one.estimate[token]) for one in found.orders],
                "counts": [int(one.counts[token]) for one in found.orders],
            }
            for token, piece in zip(tokens, _texts(opened, tokens), strict=True)
        ],
    }


def _texts(opened: OpenModel, ids: tuple[int, ...] | list[int]) -> list[str]:
    return [opened.tokenizer.token_bytes(int(token)).decode("utf-8", "backslashreplace") for token in ids]
