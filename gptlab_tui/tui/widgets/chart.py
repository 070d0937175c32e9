"""A chart as a widget: it draws when something has changed, and only in sight."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from rich.segment import Segment
from rich.style import Style
from textual.events import Click, Resize, Show
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from gptlab_tui.tui.terminal import Terminal
from gptlab_tui.tui.theme import series
from gptlab_tui.tui.widgets.chart_draw import Drawing, draw
from gptlab_tui.tui.widgets.chart_legend import FAINT, Paint
from gptlab_tui.tui.widgets.chart_spec import Chart
from gptlab_tui.tui.widgets.lined import Lined

#: A line of a drawing.
Painted = Sequence[tuple[str, Paint]]
#: Which variable of the theme each role takes.
_ROLES = {
    "plain": "foreground",
    "strong": "foreground",
    "muted": "muted",
    "level": "muted",
    "accent": "accent",
    "warning": "warning",
    "cursor": "foreground",
}


class ChartView(Lined):
    """Shows a `Chart`; give it another with `show`. A click posts `Picked` with the x under it."""

    DEFAULT_CSS = """
    ChartView { height: 1fr; width: 1fr; }
    """

    class Picked(Message):
        """Somebody pointed at an x of the chart."""

        def __init__(self, view: ChartView, x: float) -> None:
            super().__init__()
            self.view, self.x = view, x

        @property
        def control(self) -> ChartView:
            """The chart that was pointed at."""
            return self.view

    def __init__(self, terminal: Terminal, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.chart = Chart()
        self._terminal = terminal
        self._drawing = Drawing([])
        self._strips: list[Strip] = []
        self._drawn: tuple[object, ...] = ()

    def show(self, chart: Chart) -> None:
        """Draws another chart."""
        self.chart = chart
        self._redraw()

    @property
    def drawing(self) -> Drawing:
        """What was drawn last."""
        return self._drawing

    def on_resize(self, event: Resize) -> None:
        """Another room is another drawing."""
        self._redraw()

    def on_show(self, event: Show) -> None:
        """What was not drawn out of sight is drawn now."""
        self._redraw()

    def notify_style_update(self) -> None:
        """Dark or light."""
        super().notify_style_update()
        if self.is_mounted:
            self._redraw()

    def _redraw(self) -> None:
        size = self.content_size
        if not self.is_attached or not self.is_on_screen or not size.area:
            self._drawn = ()
            return
        key = (self.chart, size, self.app.theme)
        if key == self._drawn:
            return
        colour, before = self._terminal.colours != "none", self._drawing
        self._drawing = draw(
            self.chart, size.width, size.height, self._terminal.glyphs, colour=colour, before=before
        )
        stays = self._drawn[1:] == key[1:]
        self._drawn = key
        styles: dict[Paint, Style] = {}
        self._strips = [
            Strip([Segment(text, self._style(paint, styles)) for text, paint in line if text])
            for line in self._drawing.lines
        ]
        if not stays:
            self.refresh()
        elif regions := changes(before.lines, self._drawing.lines):
            self.refresh(*regions)

    def _style(self, paint: Paint, known: dict[Paint, Style]) -> Style:
        if paint not in known:
            variables = self.app.theme_variables
            if isinstance(paint, str):
                bold = paint in ("strong", "accent", "warning", "cursor")
                known[paint] = Style(color=variables[_ROLES[paint]], bold=bold)
            else:
                colours = series(self.app.current_theme.dark)
                colour = colours[paint % FAINT % len(colours)]
                if paint >= FAINT:
                    colour = faint(colour, self.app.current_theme.dark)
                known[paint] = Style(color=colour)
        return known[paint]

    def render_line(self, y: int) -> Strip:
        """A line of the drawing."""
        width = self.content_size.width
        base = self.rich_style
        if y >= len(self._strips):
            return Strip.blank(width, base)
        return self._strips[y].apply_style(base).adjust_cell_length(width, base)

    def on_click(self, event: Click) -> None:
        """Tells which x was pointed at."""
        offset = event.get_content_offset(self)
        x = self._drawing.x_at(offset.x) if offset is not None else None
        if x is not None:
            self.post_message(self.Picked(self, x))


def changes(before: Sequence[Painted], after: Sequence[Painted]) -> list[Region]:
    """Where two drawings of one size differ, a region for each line: the cells between the outermost ones."""
    regions = []
    for y, (old, new) in enumerate(zip_longest(before, after, fillvalue=())):
        cells = list(zip_longest(_cells(old), _cells(new)))
        places = [x for x, (was, is_now) in enumerate(cells) if was != is_now]
        if places:
            regions.append(Region(places[0], y, places[-1] + 1 - places[0], 1))
    return regions


def _cells(line: Painted) -> list[tuple[str, Paint]]:
    return [(character, paint) for text, paint in line for character in text]


def faint(colour: str, dark: bool) -> str:
    """A paler kind of a colour, again on the xterm cube: `#5fafff` -> `#5f8787`-like."""
    levels = (0x00, 0x5F, 0x87, 0xAF, 0xD7, 0xFF)
    ground = 0x12 if dark else 0xEE
    parts = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    mixed = [round(0.5 * part + 0.5 * ground) for part in parts]
    near = [min(levels, key=lambda level: abs(level - part)) for part in mixed]
    return "#" + "".join(f"{part:02x}" for part in near)
