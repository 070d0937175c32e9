"""The panels of the pane Attention: the sentence, all heads, one map, a row of it, and its links."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, cast

from rich.text import Text
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from gptlab_tui.explain.explanation import Explanation
from gptlab_tui.render.attention_row import row_lines
from gptlab_tui.render.cells_text import text_of
from gptlab_tui.render.display import display
from gptlab_tui.render.heat import label_of, legend, plan
from gptlab_tui.tui.panel import Panel
from gptlab_tui.tui.panes.attention.data import link_lines, readout, which
from gptlab_tui.tui.panes.attention.head_panels import HeadTold
from gptlab_tui.tui.widgets.headgrid import HeadGrid
from gptlab_tui.tui.widgets.heatmap import Heatmap
from gptlab_tui.tui.widgets.sentence import SentenceField

if TYPE_CHECKING:
    from gptlab_tui.tui.panes.attention.base import AttentionBase
    from gptlab_tui.tui.panes.attention.switching import AttentionHeads

#: Lines that the workbench may keep of the screen where one panel has the rest.
_FRAME = 2


class AttentionPanel(Panel):
    """What all of them print and explain is the map that the pane shows."""

    def __init__(self, pane: AttentionBase, *, title: str, id: str) -> None:
        super().__init__(title=title, id=id)
        self.attention = pane

    def command(self) -> str | None:
        """The map on the command line."""
        return self.attention.command()

    def explanation(self) -> Explanation | None:
        """Formula and numbers of the weight under the cursor."""
        return self.attention.explanation()


class SentencePanel(AttentionPanel):
    """What the model reads, and which model."""

    def compose(self) -> ComposeResult:
        """A field."""
        yield SentenceField(id="attention-text", placeholder="A sentence; enter looks at it")


class HeadsPanel(AttentionPanel):
    """All heads of all layers; or why they are not there."""

    def compose(self) -> ComposeResult:
        """The grid, and above it a line while there is none."""
        yield Static(id="attention-message")
        yield HeadGrid(id="attention-grid")  # always there, so that it keeps the focus
        yield HeadTold()

    def command(self) -> str | None:
        """The scores on the command line."""
        return cast("AttentionHeads", self.attention).head_command()

    def explanation(self) -> Explanation | None:
        """The scores of the head under the cursor."""
        return cast("AttentionHeads", self.attention).explain_head()

    def say(self, text: str, *, error: bool = False) -> None:
        """Shows a sentence above the grid, or (with "") no more."""
        message = self.query_one("#attention-message", Static)
        message.update(Content.styled(display(text), "$error" if error else "$muted"))
        message.display = bool(text)


class MapPanel(AttentionPanel):
    """One map, the weight under its cursor, and what its signs mean."""

    def compose(self) -> ComposeResult:
        """The map above two lines."""
        yield Heatmap(id="attention-map")
        yield Static(id="attention-readout")
        yield Static(id="attention-legend")

    def on_resize(self) -> None:
        """Where there is more room, more may be seen of the map."""
        self.call_after_refresh(self.describe)

    def _below_map(self, heatmap: Heatmap) -> str:
        """What the map leaves out for want of room, and the key that gives it some."""
        picture, heads = heatmap.picture, self.attention.heads
        if picture is None or heads is None:
            return ""
        if picture.factor > 1:
            return f"each place the largest of {picture.factor} x {picture.factor}"
        if self.attention.way != "ascii" or picture.layout.has_numbers or self.screen.maximized is not None:
            return ""
        around, room = self.outer_size - heatmap.size, self.screen.size
        labels = [label_of(piece, "ascii") for piece in heads.pieces]
        large = plan(labels, "ascii", room.width - around.width, room.height - around.height - _FRAME)
        return "z shows the numbers" if large.has_numbers else ""

    def describe(self) -> None:
        """Title, readout and legend of what is shown now."""
        pane, heatmap = self.attention, self.query_one(Heatmap)
        found, heads, link = pane.found, pane.heads, heatmap.link
        self.border_title = "Map" if found is None else f"Map: {which(found)}"
        self.border_subtitle = self._below_map(heatmap)
        line = Text("" if heads is None or link is None else readout(link, heads.pieces, pane.way))
        self.query_one("#attention-readout", Static).update(line)
        self.query_one("#attention-legend", Static).update(
            text_of(legend(pane.way, pane.scale, self.content_region.width))
        )


@dataclass(frozen=True, slots=True)
class Told:
    """What a panel tells of the map."""

    lines: list[str]
    title: str
    subtitle: str = ""


#: Of the pane's map, in so many columns and lines.
Teller: TypeAlias = "Callable[[AttentionBase, int, int], Told]"


class TellingPanel(AttentionPanel, can_focus=True):
    """Lines about the map; `teller` finds the words."""

    def __init__(self, pane: AttentionBase, teller: Teller, *, title: str, id: str) -> None:
        super().__init__(pane, title=title, id=id)
        self._teller = teller

    def compose(self) -> ComposeResult:
        """The lines."""
        yield Static(id=f"{self.id}-lines")

    def on_resize(self) -> None:
        """As many lines as there is room for."""
        self.describe()

    def describe(self) -> None:
        """Writes the lines."""
        told = self._teller(self.attention, *self.content_region.size)
        self.border_title, self.border_subtitle = told.title, told.subtitle
        self.query_one(Static).update(Text("\n".join(told.lines), no_wrap=True, overflow="ellipsis"))


class RowPanel(TellingPanel):
    """The row of the token under the cursor."""

    def command(self) -> str | None:
        """The command that prints it."""
        return self.attention.row_command()


def row_told(pane: AttentionBase, width: int, height: int) -> Told:
    """The row of the token under the cursor: a bar for every key, or for the strongest ones."""
    found, heads, link = pane.found, pane.heads, pane.link
    if found is None or heads is None or link is None or height < 1:
        return Told([], "Row")
    row = found.weights[link.query].tolist()
    lines = row_lines(row, link.query, heads.pieces, pane.way, width, height)
    return Told(lines, f"Row {link.query}", f"{found.entropy_bits[link.query]:.2f} bits")


def links_told(pane: AttentionBase, width: int, height: int) -> Told:
    """The strongest links in words, as many as there is room for; the one under the cursor is marked."""
    found, heads, here = pane.found, pane.heads, pane.link
    title = "Strongest links"
    if found is None or heads is None:
        return Told([], title)
    if not found.links:
        return Told(["No link stands out."], title)
    marked = [here is not None and (link.query, link.key) == (here.query, here.key) for link in found.links]
    first = max(0, marked.index(True) - height + 1) if pane.walks_links and True in marked else 0
    lines = zip(marked, link_lines(found, heads.pieces, pane.way, width - 2), strict=True)
    shown = [("> " if mark else "  ") + line for mark, line in lines]
    return Told(shown[first : first + height], title)
