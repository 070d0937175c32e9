"""What a journal said between two looks, in a form that travels between threads and is quick to add."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gptlab_tui.events import Controlled, Ended, Evaluated, Event, Resumed, Sampled, Started, from_json
from gptlab_tui.runs.journal import Record, as_step

#: What a step says, in the order of a batch's columns.
STEP_COLUMNS = ("train_loss", "learning_rate", "grad_norm", "tokens_per_s", "elapsed_s")


@dataclass(frozen=True, slots=True)
class Batch:
    """What a journal said between two looks. Nobody changes it once it is made."""

    steps: Sequence[float] = ()
    columns: tuple[Sequence[float], ...] = ((),) * len(STEP_COLUMNS)
    events: tuple[Event, ...] = ()
    """All but the steps, in their order."""
    cut: int | None = None
    """Before the rest is added, what was after this step is superseded."""


def batches(records: Iterable[Record]) -> list[Batch]:
    """Records as batches; a new one begins wherever the run was resumed."""
    made: list[Batch] = []
    cut: int | None = None
    steps = array("d")
    columns = tuple(array("d") for _ in STEP_COLUMNS)
    events: list[Event] = []
    for record in records:
        if record.get("event") == "step":
            values = [number(record.get(name)) for name in STEP_COLUMNS]
            steps.append(as_step(record.get("step")))
            for column, value in zip(columns, values, strict=True):
                column.append(value)
            continue
        event = from_json(record)
        if event is None or not _is_sound(event):
            continue
        if isinstance(event, Resumed):
            if steps or events or cut is not None:
                made.append(Batch(steps, columns, tuple(events), cut))
            cut, steps, events = as_step(event.from_step), array("d"), []
            columns = tuple(array("d") for _ in STEP_COLUMNS)
        events.append(event)
    if steps or events or cut is not None:
        made.append(Batch(steps, columns, tuple(events), cut))
    return made


def number(value: object) -> float:
    """The finite number that it is, or NaN."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < 1e300:
        return math.nan
    return float(value)


#: Fields that are counted with; somebody else may have written something else into a journal.
_NUMBERS: dict[type[Event], tuple[str, ...]] = {
    Started: ("max_iters", "tokens_per_step", "parameters", "vocab_size"),
    Evaluated: ("val_loss", "val_bits_per_byte"),
}
_TEXTS: dict[type[Event], tuple[str, ...]] = {
    Started: ("device", "corpus"),
    Sampled: ("prompt", "text"),
    Controlled: ("command", "outcome", "reason"),
    Ended: ("reason", "message"),
}


def _is_sound(event: Event) -> bool:
    """Whether what will be counted with or shown is of the right kind."""
    numbers = ("step", "elapsed_s", *_NUMBERS.get(type(event), ()))
    if isinstance(event, Evaluated) and event.train_loss is not None:
        numbers = (*numbers, "train_loss")
    return all(math.isfinite(number(getattr(event, name))) for name in numbers) and all(
        isinstance(getattr(event, name), str) for name in _TEXTS.get(type(event), ())
    )
