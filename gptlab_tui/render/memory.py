"""A text coloured by how long the run is that its characters were taken from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from gptlab_tui.render.display import display
from gptlab_tui.render.heat import FAINT, RAMP, Cell, Way, plain

#: Lengths at which a run gets the next colour, or the next digit below it; shorter ones have none.
BOUNDS = (8, 12, 16, 20, 24, 32, 48, 64, 96)
_DARK = 5
_LINE_END: dict[Way, str] = {"colour": "⏎", "grey": "⏎", "ascii": "$"}


def draw_memory(text: str, covers: Sequence[int], way: Way, width: int) -> list[list[Cell]]:
    """The text in lines of at most `width` columns; without colours a line of digits below each.

    `covers` are characters: of each the longest run that it is part of.
    """
    rows = []
    for line in _lines(zip(text, covers, strict=True), way, width):
        cells = [
            cell for cells, step in line for cell in (_coloured(cells, step) if way == "colour" else cells)
        ]
        rows.append(cells)
        if way != "colour":
            digits = [(str(step) if step else " ") * len(cells) for cells, step in line]
            rows.append([Cell(sign, FAINT) for sign in "".join(digits).rstrip()])
    return rows


def legend(way: Way, width: int) -> list[list[Cell]]:
    """What the colours or digits mean, in lines of at most `width` columns."""
    rows = [plain("characters of the run:")]
    for step, bound in enumerate(BOUNDS, 1):
        name = f" {bound}+ " if way == "colour" else f" {step}: {bound}+ "
        if len(rows[-1]) + 1 + len(name) > width:
            rows.append([])
        rows[-1] += [Cell(" "), *(_coloured(plain(name), step) if way == "colour" else plain(name))]
    return rows


def step_of(length: int) -> int:
    """Which colour or digit a length has; 0 is none."""
    return sum(length >= bound for bound in BOUNDS)


def _coloured(cells: Sequence[Cell], step: int) -> list[Cell]:
    if not step:
        return list(cells)
    background = RAMP[step]
    return [Cell(cell.glyph, "#ffffff" if step < _DARK else "#000000", background) for cell in cells]


def _lines(marked: Iterable[tuple[str, int]], way: Way, width: int) -> Iterator[list[tuple[list[Cell], int]]]:
    """Characters as cells with their step, line by line; a line feed ends one and is seen."""
    line: list[tuple[list[Cell], int]] = []
    used = 0
    for character, length in marked:
        glyph = _LINE_END[way] if character == "\n" else display(character)
        cells = plain(glyph)
        if used + len(cells) > width and line:
            yield line
            line, used = [], 0
        line.append((cells, step_of(length)))
        used += len(cells)
        if character == "\n":
            yield line
            line, used = [], 0
    if line:
        yield line
