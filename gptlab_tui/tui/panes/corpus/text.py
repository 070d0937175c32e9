"""The panel of the pane Corpus that shows the text itself, and where in it one is."""

from __future__ import annotations

import shlex

from textual.app import ComposeResult

from gptlab_tui.errors import GPTLabError
from gptlab_tui.explain.explanation import Explanation
from gptlab_tui.render.units import counted
from gptlab_tui.tui.panel import Panel
from gptlab_tui.tui.panes.corpus.explain import explain_cut
from gptlab_tui.tui.panes.corpus.pager import CorpusPager
from gptlab_tui.tui.panes.corpus.pages import BLOCK, LineCount
from gptlab_tui.tui.panes.corpus.search import CorpusSearch
from gptlab_tui.tui.terminal import Terminal

#: Characters of a line that go into a command.
_IN_COMMAND = 400


class CorpusTextPanel(Panel):
    """The text itself."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__(title="Text", id="corpus-text")
        self.options: list[str] = []
        self._barred = terminal.colours in ("none", "16")

    def compose(self) -> ComposeResult:
        """A pager over the line of a search."""
        yield CorpusPager(self._barred)
        yield CorpusSearch()

    def _line(self, most: int) -> str:
        """The first line on the screen, from its first character there."""
        pager = self.query_one(CorpusPager)
        if pager.window is None:
            return ""
        return pager.window.read(pager.place, pager.place + most).split("\n", 1)[0]

    def command(self) -> str | None:
        """The tokens of the first line on the screen."""
        try:
            line = self._line(_IN_COMMAND)
        except GPTLabError:
            line = ""
        return shlex.join(["gptlab", "tokens", *self.options, "--", line]) if line else None

    def explanation(self) -> Explanation | None:
        """The tokens on the screen."""
        pager = self.query_one(CorpusPager)
        if pager.window is None or pager.tokenizer is None:
            return None
        from gptlab_tui.text.cutting import cut

        try:
            return explain_cut(cut(self._line(BLOCK), pager.tokenizer, "replace"))
        except GPTLabError:
            return None

    def tell_place(self, lines: LineCount) -> None:
        """The frame says where in the text the first row stands."""
        pager = self.query_one(CorpusPager)
        if pager.window is None:
            self.tell_below("opening …")
            return
        at = line_number(lines, pager, pager.place)
        of = f" of {lines.total:,}" if lines.done else ""
        share = f"{100 * pager.place / max(1, pager.window.corpus.characters):.0f} %"
        tokens = [f"{counted(pager.tokens_shown, 'token')} here"] if pager.tokenizer is not None else []
        self.tell_below(f"line {at}{of}", share, *tokens)

    def first_line(self, lines: LineCount) -> int | None:
        """The number of the line in the first row, where it has been counted."""
        pager = self.query_one(CorpusPager)
        return _line_at(lines, pager, pager.place)


def line_number(lines: LineCount, pager: CorpusPager, place: int) -> str:
    """The number of the line that a place lies in, as far as it has been counted."""
    line = _line_at(lines, pager, place)
    return "…" if line is None else f"{line:,}"


def _line_at(lines: LineCount, pager: CorpusPager, place: int) -> int | None:
    try:
        return None if pager.window is None else lines.line_at(place, pager.window)
    except GPTLabError:  # the file has changed, which the pager tells
        return None
