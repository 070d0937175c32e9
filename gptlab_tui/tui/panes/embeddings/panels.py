"""The panels of the pane Embeddings: two pictures, and what is told of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from rich.text import Text
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from gptlab_tui.explain.explanation import Explanation
from gptlab_tui.render.display import display
from gptlab_tui.render.fitting import fold
from gptlab_tui.render.heat import label_of
from gptlab_tui.tui.panel import Panel
from gptlab_tui.tui.panes.embeddings.data import METHODS
from gptlab_tui.tui.panes.embeddings.words import (
    Topic,
    chance_told,
    claim_lines,
    more_lines,
    motion_lines,
    near_lines,
    progress,
)
from gptlab_tui.tui.widgets.plot import Plot

if TYPE_CHECKING:
    from gptlab_tui.tui.panes.embeddings.base import EmbeddingsBase


class EmbeddingsPanel(Panel):
    """What all of them print is what the pane shows."""

    topic: Topic = "picture"

    def __init__(self, pane: EmbeddingsBase, *, title: str, id: str) -> None:
        super().__init__(title=title, id=id)
        self.embeddings = pane

    def command(self) -> str | None:
        """The same on the command line."""
        return self.embeddings.command()

    def explanation(self) -> Explanation | None:
        """Formula and numbers of the step that is shown."""
        return self.embeddings.explanation(self.topic)


class PicturePanel(EmbeddingsPanel):
    """The picture of one step: of the first one, or of the one that is looked at."""

    def __init__(self, pane: EmbeddingsBase, *, first: bool, title: str, id: str) -> None:
        super().__init__(pane, title=title, id=id)
        self._is_first, self._plain_title = first, title

    def compose(self) -> ComposeResult:
        """The picture, and above it a line while there is none."""
        yield Static(classes="embeddings-message")
        yield Plot(id=f"{self.id}-plot")

    def say(self, text: str, *, error: bool = False) -> None:
        """Shows a sentence above the picture, or (with "") no more."""
        message = self.query_one(Static)
        message.update(Content.styled(display(text), "$error" if error else "$muted"))
        message.display = bool(text)

    def explanation(self) -> Explanation | None:
        """That of the picture, or of the map of cosines."""
        topic: Topic = "cosines" if self.embeddings.shows_cosines else "picture"
        return self.embeddings.explanation(topic, first=self._is_first)

    def describe(self) -> None:
        """Title and progress."""
        pane = self.embeddings
        reel = pane.reel
        at = 0 if self._is_first else pane.shown
        if reel is None or reel.vectors is None or not 0 <= at < len(reel.frames):
            self.border_title, self.border_subtitle = self._plain_title, ""
            return
        frame, vectors = reel.frames[at], reel.vectors
        drawing = self.query_one(Plot).drawing
        what = "cosines" if pane.shows_cosines else METHODS[vectors.method]
        if self._is_first:
            began = "drawn anew" if frame.origin.startswith("drawn") else f"step {frame.step:,}"
            self.border_title = f"At first, {began}"
        elif pane.to_come is not None:
            self.border_title = f"{vectors.run}, step {frame.step:,}; {pane.to_come:,} to come"
        else:
            whose = f"{vectors.run}, step {frame.step:,}"
            long = f"{whose}: {vectors.of}, {what}"
            self.border_title = long if len(long) <= self.size.width - 6 else f"{whose}: {what}"
        if not pane.shows_cosines:
            self.border_subtitle = progress(reel, at, drawing.hidden if drawing is not None else 0)
        elif drawing is not None and drawing.factor > 1:
            self.border_subtitle = f"each place the mean of {drawing.factor} x {drawing.factor}"
        else:
            self.border_subtitle = "-1 blue, 0 dark, 1 yellow" if pane.way == "colour" else ""


#: Of the pane, in so many columns and lines: title and lines.
Teller: TypeAlias = "Callable[[EmbeddingsBase, int, int], tuple[str, list[str]]]"


class TellingPanel(EmbeddingsPanel, can_focus=True):
    """Lines about the vectors; `teller` finds the words."""

    def __init__(self, pane: EmbeddingsBase, teller: Teller, topic: Topic, *, title: str, id: str) -> None:
        super().__init__(pane, title=title, id=id)
        self._teller, self.topic = teller, topic

    def compose(self) -> ComposeResult:
        """The lines."""
        yield Static()

    def on_resize(self) -> None:
        """As many lines as there is room for."""
        self.describe()

    def describe(self) -> None:
        """Writes the lines."""
        title, lines = self._teller(self.embeddings, *self.content_region.size)
        self.border_title = title
        reel = self.embeddings.reel
        if self.topic == "numbers" and reel is not None:
            self.tell_below(*chance_told(reel, self.embeddings.group))
        self.query_one(Static).update(Text("\n".join(lines), no_wrap=True, overflow="ellipsis"))


def near_told(pane: EmbeddingsBase, width: int, height: int) -> tuple[str, list[str]]:
    """The neighbours of the token under the cursor, now and at first."""
    reel = pane.reel
    if reel is None or reel.vectors is None or pane.shown < 0:
        return "Nearest", []
    vectors = reel.vectors
    name = label_of(vectors.names[pane.cursor], pane.way)
    lines = near_lines(reel.frames[0], reel.frames[pane.shown], vectors, pane.cursor, pane.way, height)
    return f"Nearest to {name} ({vectors.classes[pane.cursor]})", lines


def numbers_told(pane: EmbeddingsBase, width: int, height: int) -> tuple[str, list[str]]:
    """What of the pictures is to be believed."""
    reel = pane.reel
    if reel is None or reel.vectors is None or pane.shown < 0:
        return "Numbers", []
    then, now = reel.frames[0], reel.frames[pane.shown]
    lines = claim_lines(then, now, reel.vectors.dimensions, pane.group, width)
    more = [part for line in more_lines(now) for part in fold(line, max(1, width))]
    return "Numbers", [*lines, *more]


def motion_told(pane: EmbeddingsBase, width: int, height: int) -> tuple[str, list[str]]:
    """What moved from step to step."""
    if pane.reel is None or pane.has_none:
        return "Motion", []
    lines = motion_lines(pane.reel, max(0, pane.shown), pane.group, pane.way, width, height)
    over = f" over {len(pane.reel.frames):,} steps" if pane.reel.moved is not None else ""
    return f"Motion{over}", lines
