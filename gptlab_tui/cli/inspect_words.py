"""What verbs about one text say alike: what they read, of which model, and bars for tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from gptlab_tui.model.open_run import OpenModel
    from gptlab_tui.render.heat import Way

Text = Annotated[str, typer.Argument(metavar="TEXT", help="What the model reads.")]
Unknown = Annotated[
    Literal["error", "skip", "replace"],
    typer.Option(help="What to do with characters of the text that the model lacks."),
]


def which(opened: OpenModel) -> str:
    """Such as "contos, step 10,000"."""
    return f"{opened.run.name}, step {opened.step:,}"


def bar_for(way: Way) -> Callable[[float, int], str]:
    """How a bar (of a fraction, so many columns wide) is drawn here."""
    from gptlab_tui.render.bars import bar, hashes

    return hashes if way == "ascii" else bar
