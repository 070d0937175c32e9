"""What the workbench remembers from one day to the next, for each home."""

from __future__ import annotations

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
    if not isinstance(values, dict):
        return State()
    fresh = State()
    kept = {
        each.name: values[each.name]
        for each in fields(State)
        if type(values.get(each.name)) is type(getattr(fresh, each.name))
    }
    return State(**kept)


def save_state(home: Home, state: State) -> None:
    """Remembers; a home that cannot be written to is no reason to stop."""
    with suppress(OSError, fsops.DiskError):
        fsops.make_dir(home.runs)
        fsops.write_json(state_path(home), asdict(state), durable=False)
