"""The panels of the pane Model: a list, a map, and lines that tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from rich.text import Text
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from gptlab_tui.explain.explanation import Explanation
from gptlab_tui.render.display import display
from gptlab_tui.tui.panel import Panel
from gptlab_tui.tui.panes.model.drawing import Drawing
from gptlab_tui.tui.panes.model.listing import Listing
from gptlab_tui.tui.widgets.sentence import SentenceField

if TYPE_CHECKING:
    from gptlab_tui.tui.panes.model.view import ModelView

Topic = Literal["tensor", "past", "step"]


class ModelPanel(Panel):
    """What all of them print is the tensor or the step under the cursor."""

    topic: Topic = "tensor"

    def __init__(self, pane: ModelView, *, title: str, id: str) -> None:
        super().__init__(title=title, id=id)
        self.of = pane

    def command(self) -> str | None:
        """The same on the command line."""
        return self.of.command()

    def explanation(self) -> Explanation | None:
        """Formula and numbers of what the cursor stands on."""
        return self.of.explanation(self.topic)


class SentencePanel(ModelPanel):
    """What walks through the model, and through which model."""

    def compose(self) -> ComposeResult:
        """A field."""
        yield SentenceField(id="model-text", placeholder="A sentence; enter walks it")


class ListPanel(ModelPanel):
    """The tree of the model, or the steps of a walk."""

    def compose(self) -> ComposeResult:
        """The list."""
        yield Listing(id="model-list")


class MapPanel(ModelPanel):
    """The numbers under the cursor as a picture, and what its colours mean; or why there is none."""

    def compose(self) -> ComposeResult:
        """The picture between two lines."""
        yield Static(id="model-message")
        yield Drawing(id="model-map")
        yield Static(id="model-scale")

    def say(self, text: str, *, error: bool = False) -> None:
        """Shows a sentence above the picture, or (with "") no more."""
        message = self.query_one("#model-message", Static)
        message.update(Content.styled(display(text), "$error" if error else "$muted"))
        message.display = bool(text)


@dataclass(frozen=True, slots=True)
class Told:
    """What a panel tells."""

    lines: list[str]
    title: str
    subtitle: str = ""


#: Of the pane, in so many columns and lines.
Teller: TypeAlias = "Callable[[ModelView, int, int], Told]"


class TellingPanel(ModelPanel, can_focus=True):
    """Lines about what the cursor stands on; `teller` finds the words."""

    def __init__(self, pane: ModelView, teller: Teller, topic: Topic, *, title: str, id: str) -> None:
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
        told = self._teller(self.of, *self.content_region.size)
        self.border_title, self.border_subtitle = told.title, told.subtitle
        self.query_one(Static).update(Text("\n".join(told.lines), no_wrap=True, overflow="ellipsis"))
