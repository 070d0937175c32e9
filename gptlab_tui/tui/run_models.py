"""Which models there are to look into or to write with: the runs that have weights, and their steps."""

from __future__ import annotations

from contextlib import suppress

from gptlab_tui.errors import GPTLabError
from gptlab_tui.home import Home
from gptlab_tui.render.units import about
from gptlab_tui.runs.layout import BUNDLED, find_run
from gptlab_tui.runs.listing import list_runs
from gptlab_tui.runs.manifest import valid_steps
from gptlab_tui.runs.snapshots import snapshot_steps

Model = tuple[str, int | None]
"""A run's name and a step; None is the newest checkpoint."""


def models_of(home: Home) -> list[tuple[str, str]]:
    """Names of runs, and what is to be said of each; the one written to last first."""
    found = []
    for summary in list_runs(home):
        if summary.state == "broken" or not steps_of(home, summary.name):
            continue
        loss = "" if summary.best_val_loss is None else f"  {summary.best_val_loss:.3f} nats"
        size = "" if summary.parameters is None else f"  {about(summary.parameters)}"
        found.append((summary.name, f"{summary.name}{size}{loss}"))
    if all(name != BUNDLED for name, _ in found):
        with suppress(GPTLabError):
            find_run(home, BUNDLED)
            found.append((BUNDLED, f"{BUNDLED}  bundled"))
    return found


def steps_of(home: Home, name: str) -> list[tuple[int | None, str]]:
    """The newest checkpoint, then every checkpoint and snapshot, the newest first."""
    try:
        run = find_run(home, name)
    except GPTLabError:
        return []
    checkpoints, snapshots = set(valid_steps(run)), set(snapshot_steps(run))
    steps: list[tuple[int | None, str]] = [(None, "newest")] if checkpoints else []
    return steps + [
        (step, f"step {step:,}{'' if step in checkpoints else '  snapshot'}")
        for step in sorted(checkpoints | snapshots, reverse=True)
    ]
