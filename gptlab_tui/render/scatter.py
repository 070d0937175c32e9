"""Points of a plane as rows of cells: each a letter or the sign of its class, in the class's colour."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from gptlab_tui.render.aside import Box, aside
from gptlab_tui.render.heat import FAINT, Cell, Way, columns_of, label_of

Point = tuple[float, float]


class Sign(NamedTuple):
    """How a class looks: without letters, in ASCII, in colour."""

    glyph: str
    plain: str
    colour: str


#: Readable on dark and on light, and on the xterm cube.
SIGNS = {
    "vowel": Sign("●", "o", "#d75f5f"),
    "consonant": Sign("■", "#", "#5f87d7"),
    "accented": Sign("◆", "~", "#af5faf"),
    "capital": Sign("▲", "^", "#5f8700"),
    "digit": Sign("✚", "9", "#d78700"),
    "number": Sign("✚", "9", "#d78700"),
    "punctuation": Sign("×", "!", "#878787"),
    "blank": Sign("○", "_", "#008787"),
    "word start": Sign("▲", ">", "#5f8700"),
    "continuation": Sign("■", "+", "#5f87d7"),
    "part": Sign("◆", "%", "#af5faf"),
    "other": Sign("□", "?", "#af875f"),
    "first quarter": Sign("○", "o", "#0087d7"),
    "second quarter": Sign("△", "+", "#5f8700"),
    "third quarter": Sign("◆", "x", "#d78700"),
    "last quarter": Sign("■", "#", "#d75f5f"),
}
#: What is looked at in particular, and the ink on it.
STRONG, INK = "#d7d700", "#000000"


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture: N points with their labels and classes."""

    title: str
    points: Sequence[Point]
    labels: Sequence[str]
    classes: Sequence[str]
    strong: frozenset[int] = frozenset()
    """Points that stand out, by place."""
    trails: Sequence[Sequence[Point]] = ()
    """Where some of them came from, oldest first."""
    span: tuple[float, float, float, float] | None = None
    """Left, right, bottom and top of what is shown; by default what holds all points and trails."""

    def bounds(self) -> tuple[float, float, float, float]:
        """Left, right, bottom and top."""
        if self.span is not None:
            return self.span
        every = [*self.points, *(point for trail in self.trails for point in trail)]
        xs, ys = [x for x, _ in every], [y for _, y in every]
        return min(xs), max(xs), min(ys), max(ys)

    @property
    def by_letter(self) -> bool:
        """Whether points are letters: all labels are single characters of a text."""
        return all(len(label) == 1 for label in self.labels) and "first quarter" not in self.classes


class Drawing(NamedTuple):
    """A panel as it was drawn."""

    rows: list[list[Cell]]
    hidden: int
    """Points that found no place, because others are there."""
    spots: dict[int, tuple[int, int]]
    """Where each of the others stands: column and row of `rows`."""


def draw(panel: Panel, width: int, height: int, way: Way) -> Drawing:
    """The panel in `height` rows of `width` cells, its title first if it has one.

    Both axes have the same scale. A point whose cell is taken goes to a free one beside it; where there
    is none, it stays hidden.
    """
    rows = [_heading(panel.title, width, way)] if panel.title else []
    top, height = len(rows), height - len(rows)
    field: dict[tuple[int, int], Cell] = {}
    place = _projection(panel, width, height)
    dot = "." if way == "ascii" else "·"
    for trail in panel.trails:
        for spot in _line([place(point) for point in trail]):
            field[spot] = Cell(dot, FAINT)
    taken: set[tuple[int, int]] = set()
    spots: dict[int, tuple[int, int]] = {}
    by_letter = panel.by_letter
    order = sorted(range(len(panel.points)), key=lambda number: number not in panel.strong)
    labels = ["" if by_letter else label_of(label, way) for label in panel.labels]
    stressed = [number for number in order if number in panel.strong]
    apart = _beside_each_other(panel, stressed, labels, place, (width, height), way)
    crowd = dict(zip(stressed, apart, strict=True))
    for number in order:
        x, y = crowd.get(number) or place(panel.points[number])
        around = [(x + i, y + j) for i, j in _NEAR if 0 <= x + i < width and 0 <= y + j < height]
        free = next((spot for spot in around if spot not in taken), None)
        if free is None:
            continue
        spots[number] = (free[0], free[1] + top)
        sign = SIGNS[panel.classes[number]]
        glyph = _glyph(panel.labels[number] if by_letter else "", sign, way)
        taken.add(free)
        if number not in panel.strong:
            field[free] = Cell(glyph, sign.colour if way == "colour" else "")
            continue
        for spot, cell in _stressed(free, glyph, labels[number], way, width):
            if spot == free or spot not in taken:
                field[spot] = cell
                taken.add(spot)
    rows += [[field.get((x, y), Cell(" ")) for x in range(width)] for y in range(height)]
    return Drawing(rows, len(panel.points) - len(spots), spots)


def _heading(title: str, width: int, way: Way) -> list[Cell]:
    rule = Cell("-" if way == "ascii" else "─", FAINT)
    letters = [Cell(glyph) for glyph in f"{title} "[:width]]
    return letters + [rule] * (width - len(letters))


def beside(drawings: Sequence[Sequence[Sequence[Cell]]], way: Way) -> list[list[Cell]]:
    """Drawings of one height side by side."""
    bar = [Cell(" "), Cell("|" if way == "ascii" else "│", FAINT), Cell(" ")]
    rows = []
    for parts in zip(*drawings, strict=True):
        row = list(parts[0])
        for part in parts[1:]:
            row += [*bar, *part]
        rows.append(row)
    return rows


def legend(panel: Panel, width: int, way: Way) -> list[list[Cell]]:
    """The classes that there are, each with its sign, as lines of at most `width` cells.

    Where points are letters there are no signs, but in ASCII, which has not all letters.
    """
    rows: list[list[Cell]] = [[]]
    for name in (name for name in SIGNS if name in panel.classes):
        sign = SIGNS[name]
        glyph = sign.plain if way == "ascii" else sign.glyph
        front = "" if panel.by_letter and way != "ascii" else f"{glyph} "
        text = f"{front}{name} ({list(panel.classes).count(name)})"
        if rows[-1] and len(rows[-1]) + 2 + len(text) > width:
            rows.append([])
        gap = [Cell(" ")] * 2 if rows[-1] else []
        rows[-1] += gap + [Cell(letter, sign.colour if way == "colour" else "") for letter in text]
    return rows


def is_letter(label: str) -> bool:
    """Whether a label can stand for its own point: one visible character, one column wide."""
    return (
        len(label) == 1
        and label.isprintable()
        and unicodedata.category(label)[0] != "M"
        and unicodedata.east_asian_width(label) not in "WF"
    )


#: Where a point may stand: in its cell, beside it, above and below, at its corners.
_NEAR = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))


def _glyph(label: str, sign: Sign, way: Way) -> str:
    shown = label_of(label, way) if label else ""
    if is_letter(shown) and (way != "ascii" or shown.isascii()):
        return shown
    return sign.plain if way == "ascii" else sign.glyph


def _beside_each_other(
    panel: Panel,
    stressed: Sequence[int],
    labels: Sequence[str],
    place: Callable[[Point], tuple[int, int]],
    room: tuple[int, int],
    way: Way,
) -> list[tuple[int, int]]:
    """Where points that stand out go, so that the signs around one and its label leave the others alone."""
    front = 0 if way == "colour" else 1
    boxes: list[Box] = []
    for number in stressed:
        x, y = place(panel.points[number])
        boxes.append((x - front, y, 1 + 2 * front + columns_of(labels[number]), 1))
    return [(round(left) + front, round(top)) for left, top, _, _ in aside(boxes, *room)]


def _stressed(
    spot: tuple[int, int], glyph: str, label: str, way: Way, width: int
) -> list[tuple[tuple[int, int], Cell]]:
    """A point that stands out: on a ground of its own in colour, else between brackets; and its label."""
    x, y = spot
    if way == "colour":
        cells = [(spot, Cell(glyph, INK, STRONG))]
    else:
        cells = [(spot, Cell(glyph)), ((x - 1, y), Cell("[")), ((x + 1, y), Cell("]"))]
    after = x + (1 if way == "colour" else 2)
    cells += [((after + place, y), Cell(letter)) for place, letter in enumerate(label)]
    return [(at, cell) for at, cell in cells if 0 <= at[0] < width]


def _projection(panel: Panel, width: int, height: int) -> Callable[[Point], tuple[int, int]]:
    """From a point to its cell; a cell is twice as high as it is wide."""
    left, right, bottom, top = panel.bounds()
    wide, high = max(width - 3, 1), max(2 * (height - 1), 1)
    scale = min(wide / ((right - left) or 1e-9), high / ((top - bottom) or 1e-9))
    at_x = (width - 1 - (right - left) * scale) / 2
    at_y = (height - 1 - (top - bottom) * scale / 2) / 2

    def place(point: Point) -> tuple[int, int]:
        x = round(at_x + (point[0] - left) * scale)
        y = round(at_y + (top - point[1]) * scale / 2)
        return min(max(x, 0), width - 1), min(max(y, 0), height - 1)

    return place


def _line(spots: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The cells of a path."""
    cells = list(spots[:1])
    for (x, y), (to_x, to_y) in pairwise(spots):
        steps = max(abs(to_x - x), abs(to_y - y))
        cells += [
            (round(x + (to_x - x) * step / steps), round(y + (to_y - y) * step / steps))
            for step in range(1, steps + 1)
        ]
    return cells
