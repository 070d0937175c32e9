"""The model process looks at its heads one by one: what each looks for, and how it is missed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from gptlab_tui.insight.heads import HeadLosses, head_losses, score_heads
from gptlab_tui.serving.asked import read_text
from gptlab_tui.serving.background import Stopped, Tell, in_background
from gptlab_tui.serving.job import Job
from gptlab_tui.serving.protocol import Message
from gptlab_tui.text.run_text import tokens_of_run

if TYPE_CHECKING:
    from gptlab_tui.home import Home
    from gptlab_tui.model.open_run import OpenModel
    from gptlab_tui.serving.desk import Desk

#: Tokens of the validation part that the losses are measured on, as `gptlab inspect heads` takes them.
TOKENS = 16_384
_SCORES = ("previous", "first", "same", "induction", "repeated", "entropy_bits")


def scores(desk: Desk, job: Job) -> Iterator[Message | None]:
    """`head_scores {run?, step?, off?, prompt | ids, unknown?}`: `scores {tokens, even{}, …}` of a text.

    Each score is a table (n_layer, n_head), its places None where no token asked for it; of a text longer
    than the context it is of what the context holds, as the maps are.
    """
    opened = desk.model(job.request)
    text = read_text(job.request, opened)
    ids = text.ids[-opened.model.config.block_size :]
    if len(ids) < 2:  # nothing stands before one token, so nothing is chosen
        return
    found = score_heads(opened, ids)
    assert found is not None
    yield {
        "kind": "scores",
        "run": opened.run.name,
        "step": opened.step,
        "off": opened.off,
        "tokens": found.tokens,
        **{name: _table(getattr(found, name)) for name in _SCORES},
        "even": {name: _number(value) for name, value in found.even.items()},
    }


def losses(desk: Desk, job: Job) -> Iterator[Message | None]:
    """`head_losses {run?, step?, off?}`: how much the validation loss rises without each head.

    Answers `progress {said, …}` and at last `losses {…}`, both with the loss of the model, and as tables
    (n_layer, n_head) the `rises` and their standard `error`; None for heads to come. What is `off` is off
    in all of them. Fails where the run's text is missing, and says how to get it.
    """
    opened = desk.model(job.request)
    found = yield from in_background(job, lambda tell, stopped: _measured(opened, desk.home, tell, stopped))
    if found is not None:
        yield {"kind": "losses", **_told(opened, found)}


def _measured(opened: OpenModel, home: Home, tell: Tell, stopped: Stopped) -> HeadLosses | None:
    known: list[Message] = []

    def say(done: int, whole: int) -> None:
        said = f"one head off: {done} of {whole}"
        tell({"kind": "progress", "said": said, **(known[-1] if known else {})})

    tell({"kind": "progress", "said": "reads the run's text"})
    tokens = tokens_of_run(opened.run.read_training_request(), opened.tokenizer, home)
    each = known.append
    return head_losses(
        opened, tokens.val[:TOKENS], stopped, say, each=lambda found: each(_told(opened, found))
    )


def _told(opened: OpenModel, found: HeadLosses) -> Message:
    return {
        "run": opened.run.name,
        "step": opened.step,
        "off": opened.off,
        "tokens": found.tokens,
        "loss": found.loss,
        "rises": _table(found.without - found.loss),
        "error": _table(found.error),
    }


def _table(values: np.ndarray) -> list[list[float | None]]:
    return [[_number(value) for value in row] for row in values.tolist()]


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
