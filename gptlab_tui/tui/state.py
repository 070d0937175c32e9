"""What the workbench remembers from one day to the next, for each home."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from gptlab_tui.home import Home
from gptlab_tui.runs import fsops

_LIMIT_BYTES = 1 << 20


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
        fsops.make_dir(home.runs)
        fsops.write_json(state_path(home), asdict(state), durable=False)
