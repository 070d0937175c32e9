"""The panels of the pane Attention: the sentence, all heads, one map, a row of it, and its links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Input, Static

from gptlab_tui.explain.explanation import Explanation
from gptlab_tui.render.display import display
from gptlab_tui.render.heat import legend
from gptlab_tui.tui.panel import Panel
from gptlab_tui.tui.panes.attention_data import link_lines, readout, row_lines, which
from gptlab_tui.tui.widgets.cells import text_of
from gptlab_tui.tui.widgets.headgrid import HeadGrid
from gptlab_tui.tui.widgets.heatmap import Heatmap

if TYPE_CHECKING:
    from gptlab_tui.tui.panes.attention_base import AttentionBase


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
        yield Input(id="attention-text", placeholder="A sentence; enter looks at it", select_on_focus=False)


class HeadsPanel(AttentionPanel):
    """All heads of all layers; or why they are not there."""

    def compose(self) -> ComposeResult:
        """The grid, and above it a line while there is none."""
        yield Static(id="attention-message")
        yield HeadGrid(id="attention-grid")  # always there, so that it keeps the focus

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

    def describe(self) -> None:
        """Title, readout and legend of what is shown now."""
        pane, heatmap = self.attention, self.query_one(Heatmap)
        found, heads, link = pane.found, pane.heads, heatmap.link
        self.border_title = "Map" if found is None else f"Map: {which(found)}"
        factor = heatmap.picture.factor if heatmap.picture is not None else 1
        self.border_subtitle = f"each place the largest of {factor} x {factor}" if factor > 1 else ""
        line = Text("" if heads is None or link is None else readout(link, heads.pieces, pane.way))
        self.query_one("#attention-readout", Static).update(line)
        self.query_one("#attention-legend", Static).update(text_of(legend(pane.way, pane.scale)))


class TellingPanel(AttentionPanel, can_focus=True):
    """Lines about the map."""

    def compose(self) -> ComposeResult:
        """The lines."""
        yield Static(id=f"{self.id}-lines")

    def on_resize(self) -> None:
        """As many lines as there is room for."""
        self.describe()

    def describe(self) -> None:
        """Writes the lines."""
        lines = self.lines(self.content_region.width, self.content_region.height)
        self.query_one(Static).update(Text("\n".join(lines), no_wrap=True, overflow="ellipsis"))

    def lines(self, width: int, height: int) -> list[str]:
        """What is to be told in so much room."""
        raise NotImplementedError


class RowPanel(TellingPanel):
    """The row of the token under the cursor as bars."""

    def lines(self, width: int, height: int) -> list[str]:
        """A bar for every key, or for the strongest ones."""
        pane, link = self.attention, self.attention.link
        if pane.found is None or pane.heads is None or link is None or height < 1:
            return []
        pieces = pane.heads.pieces
        self.border_title = f"Row {link.query}"
        self.border_subtitle = f"{pane.found.entropy_bits[link.query]:.2f} bits"
        row = pane.found.weights[link.query].tolist()
        return row_lines(row, link.query, pieces, pane.way, width, height)


class LinksPanel(TellingPanel):
    """The strongest links in words; the one under the cursor is marked."""

    def lines(self, width: int, height: int) -> list[str]:
        """As many as there is room for, those around the marked one."""
        pane, here = self.attention, self.attention.link
        if pane.found is None or pane.heads is None:
            return []
        if not pane.found.links:
            return ["No link stands out."]
        lines = link_lines(pane.found, pane.heads.pieces, pane.way)
        marked = [
            here is not None and (link.query, link.key) == (here.query, here.key) for link in pane.found.links
        ]
        first = max(0, marked.index(True) - height + 1) if pane.walks_links and True in marked else 0
        return [
            ("> " if mark else "  ") + line
            for mark, line in list(zip(marked, lines, strict=True))[first : first + height]
        ]
