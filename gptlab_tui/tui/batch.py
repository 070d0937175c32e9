"""What a journal said between two looks, in a form that travels between threads and is quick to add.

Nearly all of a journal is steps as the trainer writes them; those are read many at a time. Every
other line is read as any reader of journals does, and both ways give the same.
"""

from __future__ import annotations

import math
import re
import zlib
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gptlab_tui.events import (
    Branched,
    Controlled,
    Ended,
    Evaluated,
    Event,
    Resumed,
    Sampled,
    Started,
    from_json,
)
from gptlab_tui.runs.journal import Record, as_step, decode_line

#: What a step says, in the order of a batch's columns.
STEP_COLUMNS = ("train_loss", "learning_rate", "grad_norm", "tokens_per_s", "elapsed_s")

_STEPS = 1 << 53  # steps are counted in floats
_BIG = 1e300  # what is beyond is no number to draw
#: Numbers as JSON has them; possessive, so that nothing is tried twice.
_COUNT = rb"(?:0|[1-9]\d{0,14}+)"
_NUMBER = rb"-?+(?:0|[1-9]\d{0,17}+)(?:\.\d{1,30}+)?+(?:[eE][-+]?+\d{1,3}+)?+"
#: A line as a tuple: a step's object without its end, its values in the order of the line, its CRC;
#: or, last, the whole of a line of another kind.
_LINE = re.compile(
    rb'^(?:(\{"event":"step","step":(%(count)s),"elapsed_s":(%(number)s),"train_loss":(%(number)s),'
    rb'"learning_rate":(%(number)s),"grad_norm":(%(number)s),"tokens":%(count)s,"tokens_per_s":(%(number)s)'
    rb'(?:,"time":%(number)s)?),"crc":(\d{1,10})\}|(.+))$' % {b"count": _COUNT, b"number": _NUMBER},
    re.MULTILINE,
)
_Line = tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """What a journal said between two looks. Nobody changes it once it is made."""

    steps: Sequence[float] = ()
    columns: tuple[Sequence[float], ...] = ((),) * len(STEP_COLUMNS)
    events: tuple[Event, ...] = ()
    """All but the steps, in their order."""
    cut: int | None = None
    """Before the rest is added, what was after this step is superseded."""


class _Batches:
    """Grows batch by batch; a new one begins wherever the run was resumed."""

    def __init__(self) -> None:
        self._made: list[Batch] = []
        self._begin(None)

    def _begin(self, cut: int | None) -> None:
        self._cut = cut
        self._steps = array("d")
        self._columns = tuple(array("d") for _ in STEP_COLUMNS)
        self._events: list[Event] = []

    def add(self, record: Record) -> None:
        """A record of any kind."""
        if record.get("event") == "step":
            step = as_step(record.get("step"))
            self._steps.append(step if step < _STEPS else 0)
            for column, name in zip(self._columns, STEP_COLUMNS, strict=True):
                column.append(number(record.get(name)))
            return
        event = from_json(record)
        if event is None or not _is_sound(event):
            return
        if isinstance(event, Resumed):
            self._end()
            self._begin(as_step(event.from_step))
        self._events.append(event)

    def add_steps(self, lines: Sequence[_Line]) -> None:
        """Steps that `_LINE` has found; those that do not prove themselves are left out."""
        bodies, *values, crcs, _ = zip(*lines, strict=True)
        found = [zlib.crc32(b"}", zlib.crc32(body)) for body in bodies]
        if found != list(map(int, crcs)):
            proved = [line for line, crc in zip(lines, found, strict=True) if int(line[-2]) == crc]
            if proved:
                self.add_steps(proved)
            return
        steps, elapsed_s, losses, rates, norms, speeds = (array("d", map(float, column)) for column in values)
        self._steps += steps
        for column, more in zip(self._columns, (losses, rates, norms, speeds, elapsed_s), strict=True):
            fits = min(more) > -_BIG and max(more) < _BIG
            column.extend(more if fits else map(number, more))

    def _end(self) -> None:
        if self._steps or self._events or self._cut is not None:
            self._made.append(Batch(self._steps, self._columns, tuple(self._events), self._cut))

    def all(self) -> list[Batch]:
        """The batches; nothing is added afterwards."""
        self._end()
        return self._made


def batches(records: Iterable[Record]) -> list[Batch]:
    """Records as batches."""
    growing = _Batches()
    for record in records:
        growing.add(record)
    return growing.all()


def batches_of(text: bytes) -> list[Batch]:
    """Finished lines of a journal as batches: what `batches` makes of the lines that prove themselves."""
    growing = _Batches()
    lines: list[_Line] = _LINE.findall(text)
    start = 0
    for at in [at for at, line in enumerate(lines) if line[-1]] + [len(lines)]:
        if at > start:
            growing.add_steps(lines[start:at])
        record = decode_line(lines[at][-1]) if at < len(lines) else None
        if record is not None:
            growing.add(record)
        start = at + 1
    return growing.all()


def number(value: object) -> float:
    """The finite number that it is, or NaN."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < _BIG:
        return math.nan
    return float(value)


#: Fields that are counted with; somebody else may have written something else into a journal.
_NUMBERS: dict[type[Event], tuple[str, ...]] = {
    Started: ("max_iters", "tokens_per_step", "parameters", "vocab_size"),
    Evaluated: ("val_loss", "val_bits_per_byte"),
}
_TEXTS: dict[type[Event], tuple[str, ...]] = {
    Started: ("device", "corpus"),
    Branched: ("parent",),
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
