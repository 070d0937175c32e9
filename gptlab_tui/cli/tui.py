"""`gptlab tui`: the workbench on a whole screen."""

from __future__ import annotations

from typing import Annotated

import typer

from gptlab_tui.cli.workbench import ColourOption, GlyphOption, open_workbench

app = typer.Typer()


@app.command()
def tui(
    pane: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="corpus, train, generate, attention, runs, embeddings or model; by default where you were.",
        ),
    ] = None,
    colour: ColourOption = None,
    glyphs: GlyphOption = None,
) -> None:
    """Open the workbench: texts, trainings, writing, attention and runs on one screen.

    Leaving it stops no training. Examples:
      gptlab tui
      gptlab tui --pane generate
      gptlab tui --color 16 --glyphs ascii    # for a terminal that shows little
    """
    raise typer.Exit(open_workbench(pane, None, colour, glyphs))
