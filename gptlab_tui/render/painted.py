"""A text in which every piece has a number: its colour, and a digit above or below it.

The digit says the same as the colour, so that nothing is told by colour alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from gptlab_tui.render.heat import FAINT, RAMP, Cell, Way, columns_of, label_of, plain
from gptlab_tui.render.places import Drawing, Span

#: Colours of what is less than nothing and more than nothing, from little to much, on the xterm cube.
BELOW = ("#00005f", "#005f87", "#0087af", "#00afd7", "#5fd7ff")
ABOVE = ("#5f0000", "#870000", "#af5f00", "#d78700", "#ffd75f")
_DARK, _LIGHT = "#080808", "#ffffff"
#: What stands for a line break.
_BREAK: dict[Way, str] = {"colour": "⏎", "grey": "⏎", "ascii": "\\"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text, as it is, and its number; NaN where it has none."""

    text: str
    value: float


def digit(value: float) -> int:
    """The size of a number in one figure, 0 to 9."""
    return 0 if math.isnan(value) else min(9, round(abs(value)))


def colour_of(value: float, signed: bool) -> tuple[str, str]:
    """Foreground and background of a number; ("", "") where it has none or rounds to 0 and has a sign."""
    size = digit(value)
    if math.isnan(value) or (signed and not size):
        return "", ""
    if not signed:
        return (_LIGHT if size < 5 else _DARK), RAMP[size]
    step = min(4, (size - 1) // 2)
    return (_LIGHT if step < 3 else _DARK), (ABOVE if value > 0 else BELOW)[step]


def paint(pieces: Sequence[Piece], width: int, way: Way, *, signed: bool = False) -> list[list[Cell]]:
    """The text in lines of `width`, each with a line of digits below it; 0 is left blank.

    With `signed`, digits of numbers below 0 stand above their line. A line break of the text is
    shown, and breaks the line.
    """
    return painting(pieces, width, way, signed=signed).rows


def painting(pieces: Sequence[Piece], width: int, way: Way, *, signed: bool = False) -> Drawing:
    """The same, with the places of all pieces."""
    rows: list[list[Cell]] = []
    places: list[tuple[Span, ...]] = []
    letters: list[Cell] = []
    digits: list[tuple[str, bool]] = []
    for piece in pieces:
        size = digit(piece.value)
        front, back = colour_of(piece.value, signed) if way == "colour" else ("", "")
        first, spans = True, []
        start = len(letters)
        for cells in _glyphs(piece.text, way):
            if letters and len(letters) + len(cells) > width:
                if len(letters) > start:
                    spans.append(Span(len(rows) + signed, start, len(letters)))
                rows += _lines(letters, digits, signed)
                letters, digits, start = [], [], 0
            for glyph in cells:
                letters.append(Cell(glyph, front, back))
                digits.append((str(size) if size and first else " ", piece.value < 0))
                first = False
        places.append((*spans, Span(len(rows) + signed, start, len(letters))))
        if piece.text.endswith("\n") and letters:
            rows += _lines(letters, digits, signed)
            letters, digits = [], []
    return Drawing(rows + (_lines(letters, digits, signed) if letters else []), places)


def lettering(pieces: Sequence[str], width: int, way: Way) -> Drawing:
    """A text without numbers, and the places of all pieces."""
    drawn = painting([Piece(piece, math.nan) for piece in pieces], width, way)
    places = [tuple(span._replace(line=span.line // 2) for span in spans) for spans in drawn.places]
    return Drawing(drawn.rows[::2], places)


def _glyphs(text: str, way: Way) -> list[list[str]]:
    """What stands for each character of a piece, a column an entry.

    Spaces stay spaces, for this is to be read; marks go with what they stand on.
    """
    glyphs: list[list[str]] = []
    for character in text:
        shown = {"\n": _BREAK[way], " ": " "}.get(character) or label_of(character, way)
        if glyphs and columns_of(shown) == 0:
            glyphs[-1][0] += shown
        else:
            glyphs.append([cell.glyph for cell in plain(shown)])
    return glyphs or [["?"]]


def _lines(letters: list[Cell], digits: list[tuple[str, bool]], signed: bool) -> list[list[Cell]]:
    below = [Cell(" " if signed and negative else figure, FAINT) for figure, negative in digits]
    if not signed:
        return [letters, below]
    above = [Cell(figure if negative else " ", FAINT) for figure, negative in digits]
    return [above, letters, below]


def scale(way: Way, *, signed: bool = False) -> list[Cell]:
    """The digits and, where there are any, their colours, on one line."""
    values = [*range(-9, 0, 2), *range(1, 10, 2)] if signed else range(10)
    cells = []
    for value in values:
        front, back = colour_of(value, signed) if way == "colour" else ("", "")
        cells += [Cell(glyph, front, back) for glyph in (f" {value:+d} " if signed else f" {value} ")]
    return cells
