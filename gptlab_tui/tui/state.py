"""What the workbench remembers from one day to the next, for each home."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from threading import Condition, Thread
from typing import Any

from gptlab_tui.home import Home
from gptlab_tui.runs import fsops

_LIMIT_BYTES = 1 << 20
#: So long what has changed waits for more.
_KEEP_S = 0.5
#: Whoever leaves waits no longer than this for a disk that does not answer.
_PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True)
class State:
    """Where the user was."""

    pane: str = ""
    """The pane that was shown last; "" where none was ever."""
    run: str = ""
    """The run that was watched or written with last."""
    theme: str = "gptlab-dark"
    knobs: dict[str, Any] = field(default_factory=dict)
    """Changes to a run's own `sample` section."""
    layout: dict[str, Any] = field(default_factory=dict)
    """What each pane keeps of its own switches, by its name."""


def state_path(home: Home) -> Path:
    """The file; hidden among the runs, so that a home stays one folder."""
    return home.runs / ".workbench.json"


def load_state(home: Home) -> State:
    """What was remembered; what is missing or damaged is as on the first day."""
    try:
        values = fsops.parse_json(fsops.read_bytes(state_path(home), _LIMIT_BYTES))
    except (OSError, ValueError):
        return State()
    if not isinstance(values, dict) or not _is_finite(values):
        return State()
    fresh = State()
    kept = {
        each.name: values[each.name]
        for each in fields(State)
        if type(values.get(each.name)) is type(getattr(fresh, each.name))
    }
    return State(**kept)


def _is_finite(value: object) -> bool:
    """Whether there is no number in it that JSON cannot say again; 1e400 is read as infinite."""
    if isinstance(value, dict):
        return all(_is_finite(one) for one in value.values())
    if isinstance(value, list):
        return all(_is_finite(one) for one in value)
    return not isinstance(value, float) or math.isfinite(value)


def save_state(home: Home, state: State) -> None:
    """Remembers; a home that cannot be written to, or what no file can say, is no reason to stop."""
    with suppress(OSError, ValueError, fsops.DiskError):
        if len(data := fsops.dump_json(asdict(state), indent=1) + b"\n") > _LIMIT_BYTES:
            return  # nobody could read it again
        fsops.make_dir(home.runs)
        fsops.write_atomic(state_path(home), data, durable=False)


class Keeper:
    """Writes a state down a moment after it has changed, in a thread: no key waits for a disk.

    The newest state is written last, and `finish` leaves none behind.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._state: State | None = None
        """What is still to be written."""
        self._was_there = False
        """Whether the home has been there: one that somebody has taken away is not made again."""
        self._finished = False
        self._changed = Condition()
        self._thread: Thread | None = None

    def keep(self, state: State) -> None:
        """Takes the newest state."""
        with self._changed:
            if self._finished:  # nobody is there to do it later
                self._save(state)
                return
            self._state = state
            self._changed.notify()
            if self._thread is None:
                self._thread = Thread(target=self._work, name="keeper", daemon=True)
                self._thread.start()

    def finish(self) -> None:
        """Returns once everything is written, or the disk has not answered for seconds."""
        with self._changed:
            self._finished = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(_PATIENCE_S)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._state is not None or self._finished)
                self._changed.wait_for(lambda: self._finished, _KEEP_S)
                state, self._state = self._state, None
                if state is None:
                    return
            self._save(state)

    def _save(self, state: State) -> None:
        there = self._home.root.is_dir()
        if there or not self._was_there:
            save_state(self._home, state)
            self._was_there = self._home.root.is_dir()
