"""The model process sets its next token beside what counting the run's own text says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gptlab_tui.insight.counts import Counts, beside_counts
from gptlab_tui.serving.asked import lacks, read_text
from gptlab_tui.serving.background import Stopped, Tell, in_background
from gptlab_tui.serving.job import Job
from gptlab_tui.serving.protocol import Message
from gptlab_tui.text.escapes import escaped_pieces
from gptlab_tui.text.ngram_next import discounts
from gptlab_tui.text.run_text import tokens_of_run

if TYPE_CHECKING:
    from gptlab_tui.serving.desk import Desk

#: Tokens that are told, the most probable to the model or to a table.
TOP = 40


def count(desk: Desk, job: Job) -> Iterator[Message | None]:
    """`counts {run?, step?, prompt | ids, unknown?, at?}`: what may come after token `at` (the last).

    Answers `lacking {characters, run}` or `pieces {pieces}`, the whole text as the model cuts it; then
    `counts`, see `Counts.to_json`. Raises GPTLabError where the run's text is gone.
    """
    request = job.request
    opened = desk.model(request)
    text = read_text(request, opened)
    if text.lacking:
        yield lacks(text.lacking, opened)
        return
    if request.get("at") is None:
        yield {"kind": "pieces", "pieces": escaped_pieces(text.ids, opened.tokenizer)}
    at = int(request.get("at", len(text.ids) - 1))
    ids = text.ids[: max(0, at) + 1]

    def work(tell: Tell, stopped: Stopped) -> Counts | None:
        tell({"kind": "progress", "said": "counts the n-grams of the run's text"})
        tokens = tokens_of_run(opened.run.read_training_request(), opened.tokenizer, desk.home)
        less = discounts(tokens, desk.home, stopped)
        return None if less is None else beside_counts(opened, ids, tokens.train, less)

    found = yield from in_background(job, work)
    if found is not None:
        yield {
            "kind": "counts",
            "at": len(ids) - 1,
            "run": opened.run.name,
            "step": opened.step,
            "text": opened.run.read_training_request()["corpus"]["name"],
            **found.to_json(opened.tokenizer, TOP),
        }
