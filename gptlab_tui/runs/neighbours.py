"""Which other runs use a device now."""

from __future__ import annotations

from gptlab_tui.errors import GPTLabError
from gptlab_tui.home import Home
from gptlab_tui.runs.journal import newest_record
from gptlab_tui.runs.layout import Run, run_paths
from gptlab_tui.runs.lock import is_alive


def on_same_device(home: Home, run: Run, device: str, card: str = "") -> list[str]:
    """Names of the runs that are alive on `device`, other than `run`.

    `card` is the device's own name where it has one: what two processes call `cuda:0` are two cards
    where CUDA_VISIBLE_DEVICES says so.
    """
    others = [Run(path) for path in run_paths(home) if path.name != run.name and path.is_dir()]
    return [other.name for other in others if is_alive(other) and _uses(other, device, card)]


def _uses(run: Run, device: str, card: str) -> bool:
    """Whether the run's journal names the device last; one that cannot be read names none."""
    try:
        started = newest_record(run.journal, "started") or {}
    except GPTLabError:
        return False
    theirs = started.get("card")
    return theirs == card if theirs and card else started.get("device") == device
