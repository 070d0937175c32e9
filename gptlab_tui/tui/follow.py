"""Follows a run's journal in a thread and posts what is new, so that no screen waits for a disk.

A short journal is read at once. Of a long one the end and a sample of the rest come first, as a
sketch; then the thread reads the whole by itself, and what it has made takes the sketch's place in
one piece. So however long a journal is, whoever shows it has little to do.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from textual.message import Message

from gptlab_tui.runs.journal import JournalFollower, Record, as_step, decode_line, read_backwards
from gptlab_tui.runs.layout import Run
from gptlab_tui.runs.lock import is_alive
from gptlab_tui.tui.batch import Batch, batches, batches_of
from gptlab_tui.tui.history import RunHistory

#: A journal of so many bytes is read at once; a longer one is sketched first.
SHORT_BYTES = 2 << 20
TAIL_BYTES = 1 << 19
_PROBES = 160
_PROBE_BYTES = 4096
_SLICE_BYTES = 1 << 17  # a few milliseconds without pause for the other threads
_BREATH_S = 0.001
_SAY_S = 0.5  # how often a long reading tells how far it is
_IDLE_S = 2.0


class Grown(Message):
    """What a journal has said; holds all that the pane has not taken yet, so the newest says everything."""

    def __init__(
        self,
        generation: int,
        base: tuple[int, RunHistory] | None,
        news: tuple[tuple[int, Batch], ...],
        *,
        alive: bool,
        read: float,
    ) -> None:
        super().__init__()
        self.generation = generation
        self.base = base
        """Takes the place of what the pane had, and belongs to it from then on; numbered as batches are."""
        self.news = news
        """(number, batch) to be added to that, numbers ascending by 1."""
        self.alive = alive
        self.read = read
        """How much of the journal has been read, 0 to 1; below 1 the base is a sketch."""

    def can_replace(self, message: Message) -> bool:
        """The newer one of two neighbours is enough."""
        return isinstance(message, Grown) and message.generation == self.generation

    def into(self, history: RunHistory, taken: int) -> tuple[RunHistory, int, list[Batch]]:
        """The history after this, the number of the last that it holds, and the batches that were new."""
        added = []
        if self.base is not None and self.base[0] > taken:
            taken, history = self.base
        for number, batch in self.news:
            if number > taken:
                history.take(batch)
                added.append(batch)
                taken = number
        return history, taken, added


class Target(Protocol):
    """Who is posted to."""

    def post_message(self, message: Message) -> bool:
        """Takes a message from any thread; False when it is closing."""


@dataclass(slots=True)
class Follow:
    """One run, followed. `run` is the body of a thread; `taken` is set by whoever takes what it posts."""

    run_dir: Run
    generation: int
    every_s: float = 0.25
    taken: int = 0
    """Number of the last base or batch that has been taken."""
    _number: int = 0
    _base: tuple[int, RunHistory] | None = None
    _waiting: tuple[tuple[int, Batch], ...] = ()

    def run(self, target: Target, cancelled: threading.Event) -> None:
        """Posts `Grown` until it is cancelled or nobody takes messages any more."""
        follower = JournalFollower(self.run_dir.journal)
        if _size_bytes(self.run_dir) > SHORT_BYTES and not self._read_long(follower, target, cancelled):
            return
        said: tuple[bool, int] | None = None
        replaced = follower.replaced
        while not cancelled.is_set():
            alive = is_alive(self.run_dir)  # before looking: what a dying run wrote last still counts
            while lines := _lines(follower, _SLICE_BYTES):
                if follower.replaced != replaced:  # another journal, another story
                    replaced = follower.replaced
                    self._replace(RunHistory())
                for batch in batches_of(b"\n".join(lines)):
                    self._add(batch)
            if (alive, self._number) != said:
                said = (alive, self._number)
                if not self._post(target, alive, 1.0):
                    return
            cancelled.wait(self.every_s if alive else max(self.every_s, _IDLE_S))

    def _read_long(self, follower: JournalFollower, target: Target, cancelled: threading.Event) -> bool:
        """Reads a long journal to its end, and meanwhile shows a sketch of it; False where that ended."""
        run = self.run_dir
        size = _size_bytes(run)
        newest = JournalFollower(run.journal, size)  # what is written while the rest is read
        sketch, whole = RunHistory(), RunHistory()
        for batch in batches(sketch_records(run, size, cancelled.is_set)):
            sketch.take(batch)
        self._replace(sketch)
        reached, say_at = 0, 0.0
        while reached < size and not cancelled.is_set():
            if time.monotonic() >= say_at:
                say_at = time.monotonic() + _SAY_S
                for batch in batches_of(b"\n".join(_lines(newest, _SLICE_BYTES))):
                    self._add(batch)
                if not self._post(target, is_alive(run), min(0.99, reached / size)):
                    return False
            for batch in batches_of(b"\n".join(_lines(follower, _SLICE_BYTES))):
                whole.take(batch)
            reached += _SLICE_BYTES
            cancelled.wait(_BREATH_S)
        self._replace(whole)
        return True

    def _replace(self, history: RunHistory) -> None:
        self._number += 1
        self._base, self._waiting = (self._number, history), ()

    def _add(self, batch: Batch) -> None:
        self._number += 1
        self._waiting += ((self._number, batch),)

    def _post(self, target: Target, alive: bool, read: float) -> bool:
        taken = self.taken
        if self._base is not None and self._base[0] <= taken:
            self._base = None  # it is the other's now
        self._waiting = tuple(one for one in self._waiting if one[0] > taken)
        return target.post_message(Grown(self.generation, self._base, self._waiting, alive=alive, read=read))


def _lines(follower: JournalFollower, limit_bytes: int) -> list[bytes]:
    """Finished lines since the last call; where the file cannot be read now, they come with a later call."""
    lines: list[bytes] = []
    with suppress(OSError):
        lines.extend(follower.lines(limit_bytes))
    return lines


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
