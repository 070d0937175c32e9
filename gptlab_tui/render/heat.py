"""Heat maps of attention as rows of cells: in colour, in grey blocks, or in pure ASCII with numbers.

A map has queries in rows and keys in columns; keys to the right of the diagonal are hidden from their
query, and have a sign of their own. Whoever shows a drawing turns cells into its own kind of text.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from gptlab_tui.render.display import display

Way = Literal["colour", "grey", "ascii"]
Scale = Literal["sqrt", "linear"]
WAYS: tuple[Way, ...] = get_args(Way)
SCALES: tuple[Scale, ...] = get_args(Scale)

#: From 0 to 1, like viridis, on the xterm cube: 256 colours show it as it is, and luminance only rises.
RAMP = (
    "#00005f", "#5f005f", "#5f0087", "#005f87", "#008787",
    "#00af87", "#5fd75f", "#afd75f", "#d7d700", "#ffff00",
)  # fmt: skip
SHADES = " ░▒▓█"
SIGNS = " .:-=+*#%@"
#: What stands where a query must not look.
HIDDEN: dict[Way, str] = {"colour": "·", "grey": "·", "ascii": "'"}
#: For what is less important, readable on dark and on light.
FAINT = "#767676"
#: The longest labels in front of rows and, written downwards, above columns.
LONGEST_LABEL = 8
_LONGEST_HEAD = 6
#: The end of a label that is longer.
_CUT: dict[Way, str] = {"colour": "…", "grey": "…", "ascii": "~"}


class Cell(NamedTuple):
    """One character of a drawing; no colour is the terminal's own."""

    glyph: str
    foreground: str = ""
    background: str = ""


class Shape(NamedTuple):
    """How large one weight is drawn."""

    columns: int
    lines: int = 1
    paired: bool = False
    """Two rows of the map on one line, as upper and lower halves."""


_SHAPES: dict[Way, tuple[Shape, ...]] = {
    "colour": (Shape(6, 3), Shape(4, 2), Shape(2), Shape(1, 1, True)),
    "grey": (Shape(6, 3), Shape(4, 2), Shape(2), Shape(1)),
    "ascii": (Shape(4), Shape(2), Shape(1)),
}


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything of a drawing stands."""

    way: Way
    tokens: int
    factor: int
    """So many tokens a side make one weight of the drawing, which is their largest."""
    shape: Shape
    label: int
    """Characters of a label in front of a row."""
    head: int
    """Lines of labels above the columns."""

    @property
    def size(self) -> int:
        """Weights a side."""
        return math.ceil(self.tokens / self.factor)

    @property
    def has_numbers(self) -> bool:
        """Whether a weight has room for its number beside its sign, which ASCII alone writes."""
        return self.way == "ascii" and self.shape.columns == 4

    @property
    def gutter(self) -> int:
        """Characters in front of the map."""
        return _gutter(self.label, self.shape.paired)

    @property
    def width(self) -> int:
        """Characters in all."""
        return self.gutter + self.size * self.shape.columns

    @property
    def height(self) -> int:
        """Lines in all."""
        return self.head + _lines(self.size, self.shape)

    def place(self, row: int, column: int) -> tuple[int, int, int, int]:
        """x, y, width and height of a weight; y of a paired one is that of the line it shares."""
        columns, lines, paired = self.shape
        y = row // 2 if paired else row * lines
        return self.gutter + column * columns, self.head + y, columns, lines

    def at(self, x: int, y: int) -> tuple[int, int] | None:
        """Row and column of the weight at a place; of the two on a paired line the upper one."""
        columns, lines, paired = self.shape
        row = (y - self.head) * 2 if paired else (y - self.head) // lines
        column = (x - self.gutter) // columns
        return (row, column) if 0 <= row < self.size and 0 <= column < self.size else None


def _gutter(label: int, paired: bool) -> int:
    return (2 * label + (label > 1) if paired else label) + 1


def _lines(size: int, shape: Shape) -> int:
    return math.ceil(size / 2) if shape.paired else size * shape.lines


def label_of(piece: str, way: Way = "grey") -> str:
    """A token's text as a label: safe to show, and spaces to be seen."""
    return display(piece).replace(" ", "_" if way == "ascii" else "␣") or "?"


def plan(labels: Sequence[str], way: Way, width: int, height: int | None = None) -> Layout:
    """The largest drawing of a map with these labels that fits, pooled where none does.

    Without a height it may be as long as it takes, and no weight is drawn larger than needed.
    """
    tokens, factor = len(labels), 1
    shapes = _SHAPES[way]
    if height is None:
        shapes = tuple(shape for shape in shapes if shape.lines == 1)

    def room(shape: Shape) -> int:
        wide = (width - _gutter(label, shape.paired)) // shape.columns
        if height is None:
            return wide
        high = (height - head) * 2 if shape.paired else (height - head) // shape.lines
        return min(wide, high)

    while True:
        longest = max((columns_of(label) for label in _of_blocks(labels, factor)), default=1)
        label = min(longest, LONGEST_LABEL, max(1, width // 8))
        head = min(longest, _LONGEST_HEAD, max(1, (height or 40) // 5)) if height is None or height > 2 else 0
        needed = math.ceil(tokens / max(1, room(shapes[-1])))
        if needed <= factor:
            break
        factor = needed  # the labels of larger blocks are longer, and leave less room
    blocks = math.ceil(tokens / factor)
    shape = next((shape for shape in shapes if room(shape) >= blocks), shapes[-1])
    if longest <= shape.columns:
        head = min(head, 1)
    return Layout(way, tokens, factor, shape, label, head)


def _of_blocks(labels: Sequence[str], factor: int) -> list[str]:
    """The labels of so many tokens together: a place of the drawing stands for all of them."""
    return ["".join(labels[at : at + factor]) for at in range(0, len(labels), factor)]


def draw(
    weights: Sequence[Sequence[float]], labels: Sequence[str], layout: Layout, scale: Scale = "sqrt"
) -> list[list[Cell]]:
    """The map with its labels, a list of cells for every line.

    `weights` are pooled as the layout says, `size` a side; `labels` are those of all tokens, a block
    has all of its own.
    """
    names = _of_blocks(labels, layout.factor)
    rows = _head(names, layout)
    columns, lines, paired = layout.shape
    step = 2 if paired else 1
    for row in range(0, layout.size, step):
        for line in range(lines):
            gutter = [names[at] if line == 0 else "" for at in range(row, min(row + step, layout.size))]
            cells = _front(gutter, layout)
            if paired:
                below = weights[row + 1] if row + 1 < layout.size else None
                cells += _pair(weights[row], below, row, scale)
            else:
                for column, weight in enumerate(weights[row]):
                    cells += _block(weight, column > row, layout.way, columns, scale)
            rows.append(cells)
    return rows


def thumbnail(weights: Sequence[Sequence[float]], way: Way, scale: Scale = "sqrt") -> list[list[Cell]]:
    """A small map without labels: two columns a weight, in colour one column and half a line."""
    if way == "colour":
        return [
            _pair(weights[row], weights[row + 1] if row + 1 < len(weights) else None, row, scale)
            for row in range(0, len(weights), 2)
        ]
    return [
        [
            cell
            for column, weight in enumerate(line)
            for cell in _block(weight, column > row, way, 2, scale, numbers=False)
        ]
        for row, line in enumerate(weights)
    ]


def text(rows: Sequence[Sequence[Cell]]) -> str:
    """A drawing without its colours."""
    return "\n".join("".join(cell.glyph for cell in row).rstrip() for row in rows)


def runs(row: Sequence[Cell]) -> Iterator[Cell]:
    """Neighbours of the same colours as one, so that a line costs few escapes."""
    glyphs, before = "", Cell("")
    for cell in row:
        if glyphs and cell[1:] != before[1:]:
            yield Cell(glyphs, *before[1:])
            glyphs = ""
        glyphs, before = glyphs + cell.glyph, cell
    if glyphs:
        yield Cell(glyphs, *before[1:])


def level(weight: float, levels: int, scale: Scale) -> int:
    """Which of so many steps a weight from 0 to 1 falls on."""
    fraction = min(1.0, max(0.0, weight))
    return round((math.sqrt(fraction) if scale == "sqrt" else fraction) * (levels - 1))


def legend(way: Way, scale: Scale, width: int = 80) -> list[Cell]:
    """The steps from 0 to 1, and the sign of what is hidden, on one line of about `width` columns."""
    steps = {"colour": RAMP, "grey": SHADES, "ascii": SIGNS}[way]
    ending = f" 1 {scale} {HIDDEN[way]} hidden"
    wide = way == "colour" and 2 + 2 * len(steps) + len(ending) <= width
    cells = [Cell("0"), Cell(" ")]
    for step in steps:
        cells += [Cell(" ", "", step)] * (1 + wide) if way == "colour" else [Cell(step)]
    return cells + [Cell(glyph) for glyph in ending]


def _block(
    weight: float, hidden: bool, way: Way, columns: int, scale: Scale, numbers: bool = True
) -> list[Cell]:
    """One weight on one line."""
    if hidden:
        return [Cell(HIDDEN[way], FAINT), *[Cell(" ")] * (columns - 1)]
    if way == "colour":
        return [Cell(" ", "", RAMP[level(weight, len(RAMP), scale)])] * columns
    steps = SHADES if way == "grey" else SIGNS
    sign = steps[level(weight, len(steps), scale)]
    if way == "ascii" and columns == 4 and numbers:
        number = f"{weight:.2f}"
        shown = "   " if number == "0.00" else number[:3] if number[0] != "0" else number[1:]
        return [Cell(glyph) for glyph in sign + shown]
    return [Cell(sign)] * columns


def _pair(upper: Sequence[float], lower: Sequence[float] | None, row: int, scale: Scale) -> list[Cell]:
    """Two rows on one line of half blocks."""
    cells = []
    for column, weight in enumerate(upper):
        top = "" if column > row else RAMP[level(weight, len(RAMP), scale)]
        bottom = "" if lower is None or column > row + 1 else RAMP[level(lower[column], len(RAMP), scale)]
        if not top and not bottom:
            cells.append(Cell(HIDDEN["colour"], FAINT))
        elif not top:
            cells.append(Cell("▄", bottom))
        elif top == bottom:
            cells.append(Cell(" ", "", top))
        else:
            cells.append(Cell("▀", top, bottom))
    return cells


def _head(names: Sequence[str], layout: Layout) -> list[list[Cell]]:
    """The labels above the columns: across where they fit, else downwards."""
    columns = layout.shape.columns
    if layout.head == 1 and all(columns_of(name) <= columns for name in names):
        across = "".join(_fit(name, columns, layout.way) for name in names)
        return [plain(" " * layout.gutter + across)]
    rows = []
    shown = [
        name if len(name) <= layout.head else name[: layout.head - 1] + _CUT[layout.way] for name in names
    ]
    for line in range(layout.head):
        letters = (" " * (layout.head - len(name)) + name for name in shown)  # they stand on the map
        row = "".join(_fit(letter[line], columns, layout.way) for letter in letters)
        rows.append(plain(" " * layout.gutter + row))
    return rows


def _front(names: Sequence[str], layout: Layout) -> list[Cell]:
    """What stands before a line of the map: its label, or the two of a paired line."""
    parts = [_fit(name, layout.label, layout.way) for name in names]
    if layout.shape.paired:
        parts += [" " * layout.label] * (2 - len(parts))
    return plain((" " if layout.label > 1 else "").join(parts) + " ")


def plain(line: str) -> list[Cell]:
    """A line without colours; marks go with what they stand on, so that columns stay columns."""
    cells: list[Cell] = []
    for glyph in line:
        if columns_of(glyph) == 0 and cells:
            cells[-1] = Cell(cells[-1].glyph + glyph)
        else:
            cells += [Cell(glyph), *[Cell("")] * (columns_of(glyph) - 1)]
    return cells


def _fit(label: str, width: int, way: Way) -> str:
    """A label in exactly `width` columns: cut with a sign that says so, or filled up."""
    if columns_of(label) > width:
        kept, end = "", _CUT[way] if width > 1 else ""
        for glyph in label:
            if columns_of(kept + glyph + end) > width:
                break
            kept += glyph
        label = kept + end
    return label + " " * (width - columns_of(label))


def columns_of(label: str) -> int:
    """Columns that a text takes on a terminal."""
    return sum(
        0
        if unicodedata.category(glyph) in ("Mn", "Me")
        else 1 + (unicodedata.east_asian_width(glyph) in "WF")
        for glyph in label
    )
