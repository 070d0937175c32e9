"""What the verbs of `gptlab runs` share: how a run is named, and how it looks as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gptlab_tui.cli.common import state
from gptlab_tui.cli.complete import complete_run

if TYPE_CHECKING:
    from gptlab_tui.runs.layout import Run
    from gptlab_tui.runs.summary import RunSummary


RunName = Annotated[
    str, typer.Argument(metavar="RUN", help="Name of a run.", autocompletion=complete_run, show_default=False)
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]


def summary_json(one: RunSummary) -> dict[str, Any]:
    """A summary as the JSON of `list`, `show` and `compare`."""
    from dataclasses import asdict

    return {**asdict(one), "alive": one.alive}


def own_run(name: str) -> Run:
    """A run of the user's home; raises GPTLabError for the one that comes with GPTLab."""
    from gptlab_tui.errors import GPTLabError
    from gptlab_tui.runs.layout import find_run

    run = find_run(state.home, name)
    if run.is_bundled:
        raise GPTLabError(
            f"{name} comes with GPTLab and stays as it is.",
            f"`gptlab runs branch {name} my-{name}` makes one of your own.",
        )
    return run
