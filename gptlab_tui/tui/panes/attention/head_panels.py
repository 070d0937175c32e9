"""What the pane Attention tells of one head, and of the next token with all heads and without some."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import Static

from gptlab_tui.explain.explanation import Explanation
from gptlab_tui.model.head_names import told
from gptlab_tui.tui.panel import Panel
from gptlab_tui.tui.panes.attention.head_words import next_lines
from gptlab_tui.tui.panes.generate.bars import legend

if TYPE_CHECKING:
    from gptlab_tui.tui.panes.attention.base import AttentionBase
    from gptlab_tui.tui.panes.attention.switching import AttentionHeads


class HeadTold(Static):
    """A few lines under the grid."""

    DEFAULT_CSS = """
    HeadTold { height: auto; max-height: 5; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def say(self, lines: Sequence[str]) -> None:
        """Other lines."""
        self.display = bool(lines)
        self.update(Text("\n".join(lines), no_wrap=True, overflow="ellipsis"))


class NextPanel(Panel, can_focus=True):
    """The most probable next tokens as bars: with all heads, and with those that are on."""

    SCOPED_CSS = False
    DEFAULT_CSS = """
    NextPanel { display: none; }
    NextPanel Static { text-wrap: nowrap; text-overflow: ellipsis; }
    Screen.-wide.-tall AttentionPane NextPanel { display: block; height: 10; }
    """

    def __init__(self, pane: AttentionBase, *, id: str) -> None:
        super().__init__(title="Next token", id=id)
        self.attention = cast("AttentionHeads", pane)

    def compose(self) -> ComposeResult:
        """The bars."""
        yield Static()

    def on_resize(self) -> None:
        """As many as there is room for."""
        self.describe()

    def describe(self) -> None:
        """Draws them."""
        pane = self.attention
        lines = next_lines(pane.rows, pane.off, pane.way, *self.content_region.size)
        self.border_title = f"Next token: all on, {told(pane.off)}" if pane.off else "Next token"
        self.border_subtitle = legend("ascii" if pane.way == "ascii" else "braille") if pane.off else ""
        self.query_one(Static).update(Text("\n".join(lines), no_wrap=True, overflow="ellipsis"))

    def command(self) -> str | None:
        """The same on the command line."""
        return self.attention.next_command()

    def explanation(self) -> Explanation | None:
        """What a head does that is off."""
        return self.attention.explain_head()
