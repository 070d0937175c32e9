"""A pager over a text of any size, its tokens coloured where they stand."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding
from textual.events import Click, MouseScrollDown, MouseScrollUp
from textual.message import Message
from textual.strip import Strip

from gptlab_tui.errors import GPTLabError
from gptlab_tui.render.display import display
from gptlab_tui.tui.panes.corpus.pages import Part, Span, Window, coloured, row_above, rows_from, spans
from gptlab_tui.tui.theme import series
from gptlab_tui.tui.widgets.chart import faint
from gptlab_tui.tui.widgets.lined import Lined

if TYPE_CHECKING:
    from gptlab_tui.text.corpus import Corpus
    from gptlab_tui.text.protocol import Tokenizer

#: Neighbours have different colours, and so have tokens one apart.
KINDS = 4


def token_styles(dark: bool, barred: bool) -> list[Style]:
    """How the tokens look in turn; where bars part them (`barred`), colours are not relied upon."""
    ink = "#ffffff" if dark else "#000000"
    if barred:
        return [Style(), Style(underline=True), Style(), Style(underline=True)]
    return [Style(color=ink, bgcolor=faint(colour, dark)) for colour in series(dark)[:KINDS]]


class CorpusPager(Lined, can_focus=True):
    """Shows the rows from a place on; up, down, page keys, home and end move it."""

    BINDINGS = [
        Binding("up", "rows(-1)", "Up", show=False),
        Binding("down", "rows(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown,space", "page(1)", "Page down", show=False),
        Binding("home", "go(0.0)", "Begin", show=False),
        Binding("end", "go(1.0)", "End", show=False),
    ]
    DEFAULT_CSS = "CorpusPager { height: 1fr; width: 1fr; }"

    class Turned(Message):
        """Another place stands at the top."""

    def __init__(self, barred: bool) -> None:
        super().__init__()
        self._barred = barred
        self.window: Window | None = None
        self.tokenizer: Tokenizer | None = None
        self.place = 0
        self.tokens_shown = 0
        """How many tokens stand on the screen."""
        self._strips: list[Strip] = []
        self._stop = 0
        self._pattern: re.Pattern[str] | None = None
        self._met: tuple[int, int] | None = None

    def show_text(self, corpus: Corpus | None, tokenizer: Tokenizer | None) -> None:
        """Shows a text; another one from its beginning."""
        if corpus is None:
            self.window = None
        elif self.window is None or self.window.corpus is not corpus:
            self.window, self.place = Window(corpus), 0
            self._pattern = self._met = None
        self.tokenizer = tokenizer
        self.draw()

    def mark(self, pattern: re.Pattern[str] | None, met: tuple[int, int] | None = None) -> None:
        """Marks all that the pattern finds, and most of all what stands from `met[0]` to before `met[1]`.

        That is brought in sight.
        """
        self._pattern, self._met = pattern, met
        if met is not None and not self.place <= met[0] < self._stop:
            self.go_to(met[0], self.content_size.height // 3)
        else:
            self.draw()

    def place_to_search_from(self, behind: bool) -> int:
        """Where what was met last stands, or `behind` its beginning; the first row if it is out of sight."""
        if self._met is None or not self.place <= self._met[0] < self._stop:
            return self.place
        return self._met[0] + 1 if behind else self._met[0]

    def go_to(self, place: int, rows_above: int = 0) -> None:
        """Puts the row that a place lies in at the top, or so many rows below it."""

        def found(window: Window) -> int:
            row = rows_from(window, place, self._width, 1)
            return row_above(window, row[0].start if row else place, self._width, rows_above)

        self._move(found)

    def _move(self, find: Callable[[Window], int]) -> None:
        if self.window is None:
            return
        # What cannot be read any more is told in the place of the text.
        with suppress(GPTLabError):
            self.place = find(self.window)
        self.draw()

    def on_resize(self) -> None:
        """Another width has other rows."""
        self.draw()

    def draw(self) -> None:
        """Reads, cuts and colours what is to be seen."""
        size = self.content_size
        self._strips = []
        if self.window is not None and size.area:
            try:
                # A bar after every token takes as much room again as a text of single characters has.
                width = size.width // 2 if self._barred else size.width
                self._strips = self._page(self.window, max(1, width), size.height)
            except GPTLabError as error:
                self._strips = [Strip([Segment(display(error.message))])]
        self.refresh()
        self.post_message(self.Turned())

    def _page(self, window: Window, width: int, height: int) -> list[Strip]:
        rows = rows_from(window, self.place, width, height)
        if not rows:
            return []
        self._stop = rows[-1].stop + 1
        start = window.line_start(rows[0].start)
        text = window.read(start, rows[-1].stop + 256)
        marks = self._marks(text, start)
        if self.tokenizer is None:
            self.tokens_shown = 0
            whole = [Span(start, start + len(text), 0, 0)]
            return [
                self._strip(parts, [Style()], "") for parts in coloured(rows, whole, text, start, 1, marks)
            ]
        found = spans(text, start, self.tokenizer)
        self.tokens_shown = sum(rows[0].start <= span.start < rows[-1].stop for span in found)
        styles = token_styles(self.app.current_theme.dark, self._barred)
        bar = "|" if self._barred else ""
        return [self._strip(parts, styles, bar) for parts in coloured(rows, found, text, start, KINDS, marks)]

    def _marks(self, text: str, start: int) -> Sequence[int]:
        """A number for each character: 1 where the searched string stands, 2 where it was met last."""
        if self._pattern is None:
            return ()
        marks = bytearray(len(text))
        for match in self._pattern.finditer(text):
            marks[match.start() : match.end()] = b"\1" * len(match[0])
        if self._met is not None:
            first, last = (max(0, min(place - start, len(text))) for place in self._met)
            marks[first:last] = b"\2" * (last - first)
        return marks

    def _strip(self, parts: list[Part], styles: list[Style], bar: str) -> Strip:
        segments = []
        for part in parts:
            segments.append(Segment(part.text, styles[part.colour] + self._mark_styles[part.mark]))
            if part.ends and bar:
                segments.append(Segment(bar))
        return Strip(segments)

    @property
    def _mark_styles(self) -> tuple[Style, Style, Style]:
        """What is put on a token's style for each mark; the one that was met is told by more than colour."""
        if self._barred:
            return Style(), Style(reverse=True), Style(reverse=True, bold=True, underline=True)
        theme = self.app.theme_variables
        met = Style(color=theme["on-chosen"], bgcolor=theme["chosen"], bold=True, underline=True)
        return Style(), Style(reverse=True), met

    def render_line(self, y: int) -> Strip:
        """A row."""
        width, base = self.content_size.width, self.rich_style
        if y >= len(self._strips):
            return Strip.blank(width, base)
        return self._strips[y].apply_style(base).adjust_cell_length(width, base)

    @property
    def _width(self) -> int:
        width = self.content_size.width
        return max(1, width // 2 if self._barred else width)

    def action_rows(self, by: int) -> None:
        """Up or down by rows."""

        def found(window: Window) -> int:
            if by < 0:
                return row_above(window, self.place, self._width, -by)
            rows = rows_from(window, self.place, self._width, by + 1)
            return rows[min(by, len(rows) - 1)].start if rows else self.place

        self._move(found)

    def action_page(self, by: int) -> None:
        """Up or down by a screen, less a row."""
        self.action_rows(by * max(1, self.content_size.height - 1))

    def action_go(self, share: float) -> None:
        """To the beginning (0), the end (1), or what lies so far between them."""
        if self.window is None:
            return
        end = share >= 1
        rows_above = max(1, self.content_size.height - 1) if end else 0
        self.go_to(int(share * self.window.corpus.characters), rows_above)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """The wheel."""
        self.action_rows(3)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """The wheel."""
        self.action_rows(-3)

    def on_click(self, event: Click) -> None:
        """The mouse gives the focus."""
        self.focus()
