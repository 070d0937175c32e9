"""Choosing a model: a run that has a checkpoint, and then one of its steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from textual.widget import Widget

from gptlab_tui.errors import GPTLabError
from gptlab_tui.home import Home
from gptlab_tui.render.display import display
from gptlab_tui.runs.layout import find_run
from gptlab_tui.runs.listing import list_runs
from gptlab_tui.runs.manifest import valid_steps
from gptlab_tui.runs.snapshots import snapshot_steps
from gptlab_tui.tui.widgets.runs_choose import Choose

#: A run (None: the newest that can read the text) and a step ("best", or None: the newest).
Model: TypeAlias = tuple[str | None, int | str | None]


def run_choices(home: Home) -> list[tuple[str, str]]:
    """The runs as (answer, line), the one that comes with GPTLab last."""
    lines = [("", "the newest that has the characters of the text")]
    names = [summary.name for summary in list_runs(home) if summary.state != "broken"]
    for name in [*names, *(["contos"] if "contos" not in names else [])]:
        try:
            steps = valid_steps(find_run(home, name))
        except GPTLabError:
            continue
        if steps:
            lines.append((name, display(f"{name}, step {max(steps):,}")))
    return lines


def step_choices(home: Home, name: str) -> list[tuple[str, str]]:
    """The steps of a run as (answer, line): the newest and the best first, then all, newest first."""
    run = find_run(home, name)
    whole, weights = set(valid_steps(run)), set(snapshot_steps(run))
    lines = [("", "the newest checkpoint"), ("best", "the best so far")]
    for step in sorted(whole | weights, reverse=True):
        kind = "checkpoint" if step in whole else "snapshot"
        lines.append((str(step), f"step {step:,}, {kind}"))
    return lines


def choose_model(widget: Widget, take: Callable[[Model | None], None]) -> None:
    """Asks for a run, then for its step where it has several, and hands on the answer."""
    home: Home = widget.app.home  # type: ignore[attr-defined]

    def chosen_run(name: str | None) -> None:
        if not name:
            take(None if name is None else (None, None))
            return
        choices = step_choices(home, name)
        if len(choices) <= 3:
            take((name, None))
            return
        widget.app.push_screen(
            Choose(f"Which step of {display(name)}?", choices),
            lambda step: take(None if step is None else (name, _step(step))),
        )

    widget.app.push_screen(Choose("Which model?", run_choices(home)), chosen_run)


def _step(answer: str) -> int | str | None:
    return int(answer) if answer.isdigit() else answer or None
