"""A text whose tokens are shaded by weights: on their own background, or by a line of signs below."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from gptlab_tui.render.cells_text import style_of
from gptlab_tui.render.heat import SHADES, SIGNS, Way, level
from gptlab_tui.tui.panes.generate.layout import Cell, Layout
from gptlab_tui.tui.widgets.lined import Lined

#: From weak to strong away from the theme's background; (text, background), on the xterm cube.
ON_DARK = (("", ""), ("", "#00005f"), ("", "#5f0087"), ("#ffffff", "#af005f"),
           ("#000000", "#ff8700"), ("#000000", "#ffff00"))  # fmt: skip
ON_LIGHT = (("", ""), ("", "#ffffaf"), ("", "#ffd75f"), ("#000000", "#ff8700"),
            ("#ffffff", "#d70000"), ("#ffffff", "#5f0000"))  # fmt: skip


class ShadedText(ScrollView, Lined, can_focus=True, inherit_bindings=False):
    """Shows texts in lines; each token is shaded by its share of the largest weight."""

    DEFAULT_CSS = """
    ShadedText { height: 1fr; scrollbar-size-vertical: 1; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._texts: Sequence[str] = ()
        self._shares: Sequence[float] = ()
        self._way: Way = "colour"
        self._laid = Layout(1)

    def show(self, texts: Sequence[str], weights: Sequence[float], way: Way) -> None:
        """Other tokens, or none."""
        top = max(weights, default=0.0) or 1.0
        self._texts, self._shares, self._way = texts, [weight / top for weight in weights], way
        self._lay()

    def on_resize(self) -> None:
        """Breaks the lines anew."""
        self._lay()

    def on_mount(self) -> None:
        """A theme has other colours."""
        self.app.theme_changed_signal.subscribe(self, lambda theme: self.refresh())

    @property
    def _each(self) -> int:
        """Lines on the screen for a line of text."""
        return 1 if self._way == "colour" else 2

    def _lay(self) -> None:
        region = self.scrollable_content_region
        self._laid = Layout(region.width - 1)
        self._laid.extend(enumerate(self._texts))
        size = Size(region.width, len(self._laid.lines) * self._each)
        if size != self.virtual_size:
            self.virtual_size = size
        self._show_strongest()
        self.refresh()

    def _show_strongest(self) -> None:
        """The end of the text, or the strongest token where that is further up."""
        lines, width = len(self._laid.lines), max(1, self.scrollable_content_region.width)
        place = max(range(len(self._shares)), key=self._shares.__getitem__, default=0)
        first = self._laid.line_of(place)
        for line in (lines - 1, lines - 1 if first is None else first):
            self.scroll_to_region(Region(0, line * self._each, width, self._each), animate=False, force=True)

    def render_line(self, y: int) -> Strip:
        """One line on the screen."""
        width = self.scrollable_content_region.width
        place, part = divmod(y + self.scroll_offset.y, self._each)
        if not 0 <= place < len(self._laid.lines):
            return Strip.blank(width, self.rich_style)
        draw = self._signs if part else self._text
        return Strip([draw(cell) for cell in self._laid.lines[place]]).crop_extend(0, width, self.rich_style)

    def _text(self, cell: Cell) -> Segment:
        number, shown, _ = cell
        style = self.rich_style
        if self._way == "colour":
            shades = ON_DARK if self.app.current_theme.dark else ON_LIGHT
            style = style + style_of(*shades[level(self._shares[number], len(shades), "sqrt")])
        return Segment(" " if shown == "\n" else shown, style)

    def _signs(self, cell: Cell) -> Segment:
        signs = SHADES if self._way == "grey" else SIGNS
        sign = signs[level(self._shares[cell[0]], len(signs), "sqrt")]
        return Segment(sign * cell[2], self.rich_style + Style(bold=False))
