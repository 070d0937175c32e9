"""Which models there are to look into or to write with: the runs that have weights, and their steps."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from rich.cells import cell_len

from gptlab_tui.errors import GPTLabError
from gptlab_tui.home import Home
from gptlab_tui.render.display import display
from gptlab_tui.render.fitting import fit, shorten
from gptlab_tui.render.units import about
from gptlab_tui.runs.layout import BUNDLED, find_run
from gptlab_tui.runs.listing import list_runs
from gptlab_tui.runs.lock import is_alive
from gptlab_tui.runs.manifest import valid_steps
from gptlab_tui.runs.snapshots import snapshot_steps
from gptlab_tui.runs.summary import RunSummary, read_facts

Model = tuple[str, int | None]
"""A run's name and a step; None is the newest checkpoint."""

#: Cells that a name has at least, however narrow the list is.
_NAME = 12

#: What a model's step is for whoever asks: a number, None for the newest, perhaps a word.
Step = TypeVar("Step")


@dataclass(frozen=True, slots=True)
class Offered(Generic[Step]):
    """A run that can be chosen."""

    name: str
    line: str
    """What it is called where it is chosen."""
    steps: tuple[tuple[Step, str], ...]
    """Its steps, each with what is shown of it; the first is taken where nobody chooses."""
    size: str = ""
    """Its parameters, in few characters."""
    loss: str = ""
    """The best that it reached, with its unit."""


def models_of(home: Home) -> list[Offered[int | None]]:
    """The runs that have weights, the one written to last first; it reads every run's folder."""
    found = []
    for summary in list_runs(home):
        steps = () if summary.state == "broken" else steps_of(home, summary.name)
        if not steps:
            continue
        found.append(_offered(summary, summary.name, steps))
    if all(one.name != BUNDLED for one in found):
        with suppress(GPTLabError):
            summary = read_facts(find_run(home, BUNDLED)).summary
            found.append(_offered(summary, f"{BUNDLED} (bundled)", steps_of(home, BUNDLED)))
    return found


def _offered(
    summary: RunSummary, line: str, steps: tuple[tuple[int | None, str], ...]
) -> Offered[int | None]:
    size = "" if summary.parameters is None else about(summary.parameters)
    loss = "" if summary.best_val_loss is None else f"{summary.best_val_loss:.3f} nats"
    return Offered(summary.name, line, steps, size, loss)


def lines_of(offered: Sequence[Offered[Any]], width: int) -> list[str]:
    """A line for each, safe to show: sizes and losses stand below each other. Names are cut, if need be."""
    sizes = max((len(one.size) for one in offered), default=0)
    losses = max((len(one.loss) for one in offered), default=0)
    named = [display(one.line) for one in offered if one.size or one.loss]
    room = min(max(map(cell_len, named), default=0), max(_NAME, width - sizes - losses - 4))
    return [
        f"{fit(shorten(display(one.line), room), room)}  {one.size:>{sizes}}  {one.loss:>{losses}}"
        if one.size or one.loss
        else display(one.line)
        for one in offered
    ]


def steps_of(home: Home, name: str) -> tuple[tuple[int | None, str], ...]:
    """The newest checkpoint, then every checkpoint and snapshot, the newest first."""
    try:
        run = find_run(home, name)
    except GPTLabError:
        return ()
    checkpoints, snapshots = set(valid_steps(run)), set(snapshot_steps(run))
    digits = len(f"{max(checkpoints | snapshots, default=0):,}")
    newest: tuple[tuple[int | None, str], ...] = ((None, "newest"),) if checkpoints else ()
    return newest + tuple(
        (step, f"step {f'{step:,}':<{digits}}{'' if step in checkpoints else '  snapshot'}".rstrip())
        for step in sorted(checkpoints | snapshots, reverse=True)
    )


def numbers_of(home: Home, name: str) -> tuple[tuple[int, ...], bool]:
    """The steps that a run has weights of, ascending, and whether a training adds some.

    For a thread; raises GPTLabError where it is gone.
    """
    run = find_run(home, name)
    goes_on = is_alive(run)
    return tuple(sorted({*valid_steps(run), *snapshot_steps(run)})), goes_on
