"""The model process looks at its heads one by one: what each looks for, and how it is missed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from gptlab_tui.insight.heads import HeadLosses, head_losses, score_heads
from gptlab_tui.insight.repeated import Repeated, not_repeated, repeated
from gptlab_tui.serving.asked import read_text
from gptlab_tui.serving.background import Stopped, Tell, in_background
from gptlab_tui.serving.job import Job
from gptlab_tui.serving.protocol import Message
from gptlab_tui.text.run_text import tokens_of_run

if TYPE_CHECKING:
    from gptlab_tui.home import Home
    from gptlab_tui.model.head_names import Heads
    from gptlab_tui.model.open_run import OpenModel
    from gptlab_tui.serving.desk import Desk

#: Tokens of the validation part that the losses are measured on, as `gptlab inspect heads` takes them.
TOKENS = 16_384
_SCORES = ("previous", "first", "same", "induction", "entropy_bits")


def scores(desk: Desk, job: Job) -> Iterator[Message | None]:
    """`head_scores {run?, step?, off?, prompt | ids, unknown?}`: `scores {scores{tokens, …}}` of a text.

    Each score is a table (n_layer, n_head), its places None where no token asked for it; of a text longer
    than the context it is of what the context holds, as the maps are. There are none (`scores` is None) of
    less than two tokens. That on repeated tokens depends on no text: `head_repeated` tells it.
    """
    opened = desk.model(job.request)
    text = read_text(job.request, opened)
    ids = text.ids[-opened.model.config.block_size :]
    found = None
    if len(ids) > 1:  # nothing stands before one token, so nothing is chosen
        found = score_heads(opened, ids, on_repeated=not_repeated(opened.model))
    told = found and {
        "tokens": found.tokens,
        **{name: _table(getattr(found, name)) for name in _SCORES},
        "even": {name: _number(found.even[name]) for name in _SCORES},
    }
    yield {"kind": "scores", **_which(opened), "scores": told}


class Repeating:
    """Answers how a model's heads do on repeated random tokens, which is measured once for each model."""

    def __init__(self, model: Callable[[Message], OpenModel]) -> None:
        self._model = model
        # A number for each head: so little that nothing is thrown away.
        self._known: dict[tuple[str, Heads], Repeated] = {}

    def repeated(self, job: Job) -> Iterator[Message | None]:
        """`head_repeated {run?, step?, off?}`: `repeated {scores, even, tokens}`.

        The scores are a table (n_layer, n_head), their places and `even` None where the context has no
        room for them.
        """
        opened = self._model(job.request)
        key = (opened.digest, opened.off)
        if key not in self._known:
            found = yield from in_background(job, lambda tell, stopped: repeated(opened.model, stopped))
            if found is None:
                return
            self._known[key] = found
        known = self._known[key]
        told = {"scores": _table(known.scores), "even": _number(known.even), "tokens": known.tokens}
        yield {"kind": "repeated", **_which(opened), **told}


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
        **_which(opened),
        "tokens": found.tokens,
        "loss": found.loss,
        "rises": _table(found.without - found.loss),
        "error": _table(found.error),
    }


def _which(opened: OpenModel) -> Message:
    return {"run": opened.run.name, "step": opened.step, "off": opened.off}


def _table(values: np.ndarray) -> list[list[float | None]]:
    return [[_number(value) for value in row] for row in values.tolist()]


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
