"""Tokens as lines of a given width: words stay whole where they can, and each cell knows its token."""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len

from gptlab_tui.render.display import display

Cell = tuple[int, str, int]
"""The token's number, what is shown, its width in columns."""


class Layout:
    """Lines that grow with the text."""

    def __init__(self, width: int) -> None:
        self.width = max(1, width)
        self.lines: list[list[Cell]] = [[]]

    def extend(self, tokens: Iterable[tuple[int, str]]) -> int:
        """Adds tokens, each a number and its text; the first line that has changed."""
        first = len(self.lines) - 1
        last = self.lines.pop()
        cells = [*last, *(cell for number, text in tokens for cell in _cells(number, text))]
        self.lines += _wrap(cells, self.width)
        return first

    def line_of(self, number: int) -> int | None:
        """The line where a token begins; None where it shows nothing."""
        for y, line in enumerate(self.lines):
            if line and line[-1][0] >= number:
                if any(cell[0] == number for cell in line):
                    return y
                return None
        return None


def _cells(number: int, text: str) -> Iterable[Cell]:
    for character in text:
        if character == "\n":
            yield number, "\n", 1
        elif character == "\t":
            yield number, "    ", 4
        else:
            shown = display(character)
            yield number, shown, cell_len(shown)


def _wrap(cells: list[Cell], width: int) -> list[list[Cell]]:
    lines: list[list[Cell]] = []
    line: list[Cell] = []
    used = 0
    for cell in cells:
        if cell[1] == "\n":
            lines.append([*line, cell])
            line, used = [], 0
            continue
        hangs = cell[1] == " " and used == width  # a space may stand where a line break would
        if used + cell[2] > width and line and not hangs:
            kept = max((place + 1 for place, one in enumerate(line) if one[1] == " "), default=0)
            rest = line[kept:] if kept else []
            lines.append(line[:kept] if kept else line)
            line, used = rest, sum(one[2] for one in rest)
        line.append(cell)
        used += cell[2]
    return [*lines, line]
