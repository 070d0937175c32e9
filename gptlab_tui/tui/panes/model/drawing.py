"""A drawing that fills its place: made anew for each size, and kept until it is another one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from textual.message import Message
from textual.strip import Strip

from gptlab_tui.render.heat import Cell
from gptlab_tui.tui.widgets.cells import strip_of
from gptlab_tui.tui.widgets.lined import Lined

#: Draws into so many columns and lines.
Draw: TypeAlias = Callable[[int, int], Sequence[Sequence[Cell]]]


class Drawing(Lined, can_focus=True):
    """Whatever `show` is given; tells when it has another size."""

    DEFAULT_CSS = """
    Drawing { height: 1fr; width: 1fr; }
    """

    class Resized(Message):
        """There is another room for a drawing."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._draw: Draw | None = None
        self._rows: tuple[Draw, tuple[int, int], Sequence[Sequence[Cell]]] | None = None

    def show(self, draw: Draw | None) -> None:
        """Another drawing, or none."""
        self._draw = draw
        self.refresh()

    @property
    def rows(self) -> Sequence[Sequence[Cell]]:
        """The drawing as it stands."""
        width, height = self.size
        if self._draw is None or not width or not height:
            return ()
        if self._rows is None or self._rows[0] is not self._draw or self._rows[1] != (width, height):
            self._rows = (self._draw, (width, height), self._draw(width, height))
        return self._rows[2]

    def on_resize(self) -> None:
        """Somebody may have to ask for more."""
        self.post_message(self.Resized())

    def render_line(self, y: int) -> Strip:
        """A line of the drawing."""
        rows, width, base = self.rows, self.size.width, self.rich_style
        return strip_of(rows[y], base, width) if y < len(rows) else Strip.blank(width, base)
