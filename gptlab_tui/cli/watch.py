"""`gptlab watch`: the workbench, straight on a run."""

from __future__ import annotations

from typing import Annotated

import typer

from gptlab_tui.cli.common import state
from gptlab_tui.cli.complete import complete_run
from gptlab_tui.cli.workbench import ColourOption, GlyphOption, open_workbench

app = typer.Typer()


@app.command()
def watch(
    run: Annotated[
        str | None,
        typer.Argument(
            metavar="[RUN]", help="By default the run that was written to last.", autocompletion=complete_run
        ),
    ] = None,
    colour: ColourOption = None,
    glyphs: GlyphOption = None,
) -> None:
    """Watch a training in the workbench; several people can watch the same one.

    Examples:
      gptlab watch
      gptlab watch contos-cpu200k-1
    """
    from gptlab_tui.errors import GPTLabError
    from gptlab_tui.runs.layout import find_run
    from gptlab_tui.runs.listing import list_runs

    if run is None:
        newest = next((summary for summary in list_runs(state.home) if summary.state != "broken"), None)
        if newest is None:
            raise GPTLabError("There is no run yet.", "`gptlab train --detach` starts one.")
        run = newest.name
    raise typer.Exit(open_workbench("train", find_run(state.home, run).name, colour, glyphs))
