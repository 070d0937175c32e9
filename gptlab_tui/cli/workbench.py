"""What `gptlab tui` and `gptlab watch` share: looking at the terminal, then opening the workbench."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, TypeVar

import typer

from gptlab_tui.cli.common import is_terminal, state
from gptlab_tui.errors import GPTLabError

ColourOption = Annotated[
    str | None,
    typer.Option(
        "--color", metavar="N", help="truecolor, 256, 16 or none; by default what the terminal tells."
    ),
]
GlyphOption = Annotated[
    str | None,
    typer.Option(
        "--glyphs", metavar="SET", help="braille, block or ascii; by default what the locale allows."
    ),
]


Name = TypeVar("Name", bound=str)


def open_workbench(
    pane: str | None = None, run: str | None = None, colour: str | None = None, glyphs: str | None = None
) -> int:
    """Opens it on a terminal; the exit status. Raises GPTLabError where it cannot be shown."""
    from gptlab_tui.tui import garbage, terminal

    # It draws on standard error, so that has to be one too.
    streams = {
        "standard input": sys.__stdin__,
        "standard output": sys.__stdout__,
        "standard error": sys.__stderr__,
    }
    elsewhere = [name for name, stream in streams.items() if stream is None or not is_terminal(stream)]
    if elsewhere == ["standard error"]:
        raise GPTLabError(
            "The workbench draws on standard error, which is no terminal here.",
            "Leave out what redirects it.",
        )
    if elsewhere:
        raise GPTLabError(
            f"The workbench needs a terminal, which {' and '.join(elsewhere)} "
            f"{'is' if len(elsewhere) == 1 else 'are'} not.",
            "Every pane has a command that works without one: see `gptlab --help`.",
        )
    if os.environ.get("TERM") == "dumb":
        raise GPTLabError(
            "This terminal cannot place text on its screen, as TERM=dumb says.",
            "Every pane has a command that works without: see `gptlab --help`.",
        )
    found = terminal.detect(
        os.environ,
        colours=_one_of("--color", colour, terminal.COLOURS),
        glyphs=_one_of("--glyphs", glyphs, terminal.GLYPHS),
    )
    terminal.prepare(os.environ, found)
    garbage.collect_rarely()  # before what is imported here makes the most of it
    with _sign_of_life():
        from gptlab_tui.tui.panes.catalogue import PANES

        _one_of("--pane", pane, tuple(PANES))
        from gptlab_tui.tui.start import run_workbench

    return run_workbench(state.home, found, pane, run)


@contextmanager
def _sign_of_life() -> Iterator[None]:
    """A line while what the workbench draws with is loaded."""
    assert sys.__stderr__ is not None
    sys.__stderr__.write("GPTLab opens ...")
    sys.__stderr__.flush()
    try:
        yield
    finally:
        sys.__stderr__.write("\r\x1b[K")
        sys.__stderr__.flush()


def _one_of(option: str, given: str | None, allowed: tuple[Name, ...]) -> Name | None:
    """The given one of those that are allowed; raises GPTLabError."""
    if given is None:
        return None
    for one in allowed:
        if given == one:
            return one
    raise GPTLabError(f"{option} cannot be {given!r}.", f"It is one of {', '.join(allowed)}.")
