"""A pager over a text of any size, its tokens coloured where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding
from textual.events import Click, MouseScrollDown, MouseScrollUp
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from gptlab_tui.errors import GPTLabError
from gptlab_tui.render.display import display
from gptlab_tui.tui.panes.corpus_pages import Row, Window, coloured, row_above, rows_from, spans
from gptlab_tui.tui.theme import series
from gptlab_tui.tui.widgets.chart import faint

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


class CorpusPager(Widget, can_focus=True):
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

    def show_text(self, corpus: Corpus | None, tokenizer: Tokenizer | None) -> None:
        """Shows a text; another one from its beginning."""
        if corpus is None:
            self.window = None
        elif self.window is None or self.window.corpus is not corpus:
            self.window, self.place = Window(corpus), 0
        self.tokenizer = tokenizer
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
        start = window.line_start(rows[0].start)
        text = window.read(start, rows[-1].stop + 256)
        if self.tokenizer is None:
            self.tokens_shown = 0
            return [Strip([Segment(display(text[row.start - start : row.stop - start]))]) for row in rows]
        found = spans(text, start, self.tokenizer)
        self.tokens_shown = sum(rows[0].start <= span.start < rows[-1].stop for span in found)
        styles = token_styles(self.app.current_theme.dark, self._barred)
        return [self._strip(parts, styles) for parts in coloured(rows, found, text, start, KINDS)]

    def _strip(self, parts: list[tuple[str, int]], styles: list[Style]) -> Strip:
        segments = []
        for piece, colour in parts:
            segments.append(Segment(piece, styles[colour]))
            if self._barred:
                segments.append(Segment("|"))
        return Strip(segments)

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
        if self.window is None:
            return
        if by < 0:
            self.place = row_above(self.window, self.place, self._width, -by)
        else:
            rows: list[Row] = rows_from(self.window, self.place, self._width, by + 1)
            if rows:
                self.place = rows[min(by, len(rows) - 1)].start
        self.draw()

    def action_page(self, by: int) -> None:
        """Up or down by a screen, less a row."""
        self.action_rows(by * max(1, self.content_size.height - 1))

    def action_go(self, share: float) -> None:
        """To the beginning or the end."""
        if self.window is None:
            return
        self.place = int(share * self.window.corpus.characters)
        if share:
            self.place = row_above(self.window, self.place, self._width, max(1, self.content_size.height - 1))
        self.draw()

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """The wheel."""
        self.action_rows(3)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """The wheel."""
        self.action_rows(-3)

    def on_click(self, event: Click) -> None:
        """The mouse gives the focus."""
        self.focus()
