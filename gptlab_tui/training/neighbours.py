"""Which other runs use a device now."""

from __future__ import annotations

from gptlab_tui.home import Home
from gptlab_tui.runs.journal import newest_record
from gptlab_tui.runs.layout import Run, run_paths
from gptlab_tui.runs.lock import is_alive


def on_same_device(home: Home, run: Run, device: str) -> list[str]:
    """Names of the runs that are alive on `device`, other than `run`."""
    others = [Run(path) for path in run_paths(home) if path.name != run.name and path.is_dir()]
    return [other.name for other in others if is_alive(other) and device_of(other) == device]


def device_of(run: Run) -> str | None:
    """The device that the run's journal names last, or None."""
    started = newest_record(run.journal, "started")
    return None if started is None else started.get("device")
