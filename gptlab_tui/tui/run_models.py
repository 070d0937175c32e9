"""Which models there are to look into or to write with: the runs that have weights, and their steps."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

from gptlab_tui.errors import GPTLabError
from gptlab_tui.home import Home
from gptlab_tui.render.units import about
from gptlab_tui.runs.layout import BUNDLED, find_run
from gptlab_tui.runs.listing import list_runs
from gptlab_tui.runs.manifest import valid_steps
from gptlab_tui.runs.snapshots import snapshot_steps

Model = tuple[str, int | None]
"""A run's name and a step; None is the newest checkpoint."""

#: What a model's step is for whoever asks: a number, None for the newest, perhaps a word.
Step = TypeVar("Step")


@dataclass(frozen=True, slots=True)
class Offered(Generic[Step]):
    """A run that can be chosen."""

    name: str
    line: str
    """What is shown of it."""
    steps: tuple[tuple[Step, str], ...]
    """Its steps, each with what is shown of it; the first is taken where nobody chooses."""


def models_of(home: Home) -> list[Offered[int | None]]:
    """The runs that have weights, the one written to last first; it reads every run's folder."""
    found = []
    for summary in list_runs(home):
        steps = () if summary.state == "broken" else steps_of(home, summary.name)
        if not steps:
            continue
        loss = "" if summary.best_val_loss is None else f"  {summary.best_val_loss:.3f} nats"
        size = "" if summary.parameters is None else f"  {about(summary.parameters)}"
        found.append(Offered(summary.name, f"{summary.name}{size}{loss}", steps))
    if all(one.name != BUNDLED for one in found):
        with suppress(GPTLabError):
            find_run(home, BUNDLED)
            found.append(Offered(BUNDLED, f"{BUNDLED}  bundled", steps_of(home, BUNDLED)))
    return found


def steps_of(home: Home, name: str) -> tuple[tuple[int | None, str], ...]:
    """The newest checkpoint, then every checkpoint and snapshot, the newest first."""
    try:
        run = find_run(home, name)
    except GPTLabError:
        return ()
    checkpoints, snapshots = set(valid_steps(run)), set(snapshot_steps(run))
    newest: tuple[tuple[int | None, str], ...] = ((None, "newest"),) if checkpoints else ()
    return newest + tuple(
        (step, f"step {step:,}{'' if step in checkpoints else '  snapshot'}")
        for step in sorted(checkpoints | snapshots, reverse=True)
    )


def numbers_of(home: Home, name: str) -> tuple[int, ...]:
    """The steps that a run has weights of, ascending. For a thread; raises GPTLabError where it is gone."""
    run = find_run(home, name)
    return tuple(sorted({*valid_steps(run), *snapshot_steps(run)}))
