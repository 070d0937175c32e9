"""Follows a run's journal in a thread and posts what is new, so that no screen waits for a disk.

A short journal is read at once. Of a long one the end and a sample of the rest come first, as a
sketch; then the whole is read from its beginning, in slices that leave the other threads their
time, and takes the sketch's place.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from textual.message import Message

from gptlab_tui.runs.journal import JournalFollower, Record, as_step, decode_line, read_backwards
from gptlab_tui.runs.layout import Run
from gptlab_tui.runs.lock import is_alive
from gptlab_tui.tui.batch import Batch, batches

#: A journal of so many bytes is read at once; a longer one is sketched first.
SHORT_BYTES = 2 << 20
TAIL_BYTES = 1 << 19
_PROBES = 160
_PROBE_BYTES = 4096
_SLICE_BYTES = 1 << 17
_SLICES = 4  # so many are told at once: taking them must not be felt either
_BREATH_S = 0.004
_IDLE_S = 2.0


class Grown(Message):
    """What a journal has said; holds all that the pane has not taken yet, so the newest says everything."""

    def __init__(
        self,
        generation: int,
        news: tuple[tuple[int, Batch], ...],
        *,
        alive: bool,
        whole: bool,
        sketch: tuple[Batch, ...] = (),
    ) -> None:
        super().__init__()
        self.generation = generation
        self.news = news
        """(number, batch), numbers ascending by 1."""
        self.alive = alive
        self.whole = whole
        """Whether the journal has been read to its end; until then a sketch may know more."""
        self.sketch = sketch
        """All of it, each time; it only grows."""

    def can_replace(self, message: Message) -> bool:
        """The newer one of two neighbours is enough."""
        return isinstance(message, Grown) and message.generation == self.generation


class Target(Protocol):
    """Who is posted to."""

    def post_message(self, message: Message) -> bool:
        """Takes a message from any thread; False when it is closing."""


@dataclass(slots=True)
class Follow:
    """One run, followed. `run` is the body of a thread; `taken` is set by whoever takes the batches."""

    run_dir: Run
    generation: int
    every_s: float = 0.25
    taken: int = 0
    """Number of the last batch that has been applied."""

    def run(self, target: Target, cancelled: threading.Event) -> None:
        """Posts `Grown` until it is cancelled or nobody takes messages any more."""
        run = self.run_dir
        follower = JournalFollower(run.journal)
        newest = JournalFollower(run.journal, _size_bytes(run))  # what is written while the rest is read
        waiting: list[tuple[int, Batch]] = []
        sketch = self._sketch(cancelled)
        number = reached = slices = 0
        said: tuple[object, ...] = ()
        while not cancelled.is_set():
            alive = is_alive(run)  # before looking: what a dying run wrote last still counts
            size = _size_bytes(run)
            records = follower.poll(_SLICE_BYTES) if said or not sketch else []
            reached = min(size, reached + _SLICE_BYTES) if said or not sketch else 0
            for batch in batches(records):
                number += 1
                waiting.append((number, batch))
            slices += 1
            whole = reached >= size
            if not whole and slices % _SLICES == 0 and sketch:
                sketch = [*sketch, *batches(newest.poll(_SLICE_BYTES))]
            waiting = [one for one in waiting if one[0] > self.taken]
            state = (alive, whole, number, len(sketch))
            if state != said and (whole or not said or slices % _SLICES == 0):
                said = state
                shown = () if whole else tuple(sketch)
                if not target.post_message(
                    Grown(self.generation, tuple(waiting), alive=alive, whole=whole, sketch=shown)
                ):
                    return
            cancelled.wait(_BREATH_S if not whole else self.every_s if alive else max(self.every_s, _IDLE_S))

    def _sketch(self, cancelled: threading.Event) -> list[Batch]:
        size = _size_bytes(self.run_dir)
        if size <= SHORT_BYTES:
            return []
        return batches(sketch_records(self.run_dir, size, cancelled.is_set))


def _size_bytes(run: Run) -> int:
    try:
        return run.journal.stat().st_size
    except OSError:
        return 0


def tail_records(run: Run, limit_bytes: int) -> list[Record]:
    """The effective records of about the last `limit_bytes` of a journal, in their order.

    Equal to the end of what `read_journal(effective=True)` gives; raises OSError.
    """
    kept: list[Record] = []
    lowest: int | None = None  # of the `from_step`s further down
    for line in read_backwards(run.journal, limit_bytes):
        record = decode_line(line)
        if record is None or (lowest is not None and as_step(record.get("step")) > lowest):
            continue
        kept.append(record)
        if record.get("event") == "resumed":
            step = as_step(record.get("from_step"))
            lowest = step if lowest is None else min(lowest, step)
    return kept[::-1]


def sketch_records(run: Run, size_bytes: int, cancelled: Callable[[], bool] = lambda: False) -> list[Record]:
    """Effective records from all over a journal: its beginning, samples, and the whole of its end."""
    try:
        tail = tail_records(run, TAIL_BYTES)
    except OSError:
        return []
    records = [*_probes(run, max(0, size_bytes - TAIL_BYTES), cancelled)]
    resumed = [as_step(one.get("from_step")) for one in tail if one.get("event") == "resumed"]
    lowest = min([as_step(one.get("step")) for one in tail] + resumed, default=None)
    kept: list[Record] = []
    for record in records[::-1]:  # steps only rise but where a run was resumed: the later one holds
        step = as_step(record.get("step"))
        if record.get("event") == "started":
            kept.append(record)
        elif lowest is None or step < lowest:
            kept.append(record)
            lowest = step if record.get("event") == "step" else lowest
    ordered = kept[::-1]
    return ordered + [one for one in tail if one.get("event") != "resumed"]


def _probes(run: Run, stop: int, cancelled: Callable[[], bool]) -> Iterator[Record]:
    """Records from places that lie evenly over the first `stop` bytes, in order."""
    from gptlab_tui.runs import fsops

    try:
        descriptor = fsops.open_regular(run.journal)
    except OSError:
        return
    try:
        for probe in range(_PROBES):
            if cancelled():
                return
            place = probe * stop // _PROBES
            lines = os.pread(descriptor, min(_PROBE_BYTES, stop - place), place).split(b"\n")
            for line in lines[1 if place else 0 : -1]:
                if (record := decode_line(line)) is not None:
                    yield record
    except OSError:
        return
    finally:
        os.close(descriptor)
