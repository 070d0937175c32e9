"""What the pane Corpus shows as tables: statistics with bars, tokenizers, tokens over their ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from textual.content import Content

from gptlab_tui.explain.tables import (
    COMPARISON,
    UNTIED,
    comparison_cells,
    example_cells,
    is_untied,
    named,
    news,
    sizes,
)
from gptlab_tui.render.bars import bar
from gptlab_tui.render.display import display
from gptlab_tui.render.fitting import fit
from gptlab_tui.render.units import count, counted, share

if TYPE_CHECKING:
    from gptlab_tui.text.examples import Example
    from gptlab_tui.text.statistics import Statistics

#: Characters and words in a list.
LISTED = 30
#: Cells that a table needs to stand beside another.
_COLUMN = 46
_GAP = "    "
#: Cells for a figure beside its name, and the fewest between them where it stands at the right.
_FIGURE = 14
_LEAST_GAP = 2


def summary(found: Statistics) -> list[tuple[str, str]]:
    """The figures in words."""
    return [
        *sizes(found),
        *((f"{label} in validation", value) for label, value in news(found)),
        *((f"{one.code_point} {one.name}", f"{count(one.count)}: {one.reason}") for one in found.odd),
        *(("reading it", report) for report in found.reports),
    ]


def summary_lines(found: Statistics, width: int) -> list[Content]:
    """The figures in a column of their own; where there is no room for one, under their names."""
    rows = summary(found)
    column = 2 + min(40, max(len(name) for name, _ in rows))
    lines = []
    if column + _FIGURE <= width:
        for name, value in rows:
            first, *more = (part.rstrip() for part in Content(display(value)).wrap(width - column))
            lines.append(Content.assemble((fit(name, column), "$muted"), first))
            lines += [Content(" " * column) + part for part in more]
        return lines
    for name, value in rows:
        gap = width - cell_len(name) - cell_len(display(value))
        parting = " " * gap if gap >= _LEAST_GAP else "\n  "
        lines.append(Content.assemble((name, "$muted"), parting, display(value)))
    return lines


def frequency_lines(
    title: str, rows: Sequence[tuple[str, int]], total: int, ascii_only: bool, width: int = _COLUMN
) -> list[Content]:
    """(what, count) as a table with bars, `width` cells wide."""
    name = max(8, min(18, width - 26))
    bars = max(0, width - name - 20)
    largest = max((number for _, number in rows), default=1)
    lines = [Content.styled(fit(title, width), "bold")]
    for what, number in rows:
        drawn = bar(number / largest, bars, ascii_only=ascii_only) if bars else ""
        told = f"{fit(what, name)}{count(number):>10} {share(number, total):>8} "
        lines.append(Content.assemble(told, (drawn, "$accent")))
    return lines


def statistics_lines(found: Statistics, width: int, ascii_only: bool) -> list[Content]:
    """All tables, side by side where there is room."""
    paired = width >= 2 * _COLUMN + len(_GAP)
    column = (width - len(_GAP)) // 2 if paired else min(width, 2 * _COLUMN)
    categories = [(one.name, one.count) for one in found.categories]
    characters = [(named(one.text), one.count) for one in found.top_characters[:LISTED]]
    words = [(named(one.text), one.count) for one in found.top_words[:LISTED]]
    tables = [
        summary_lines(found, column),
        frequency_lines("characters by category", categories, found.characters, ascii_only, column),
        frequency_lines("most frequent characters", characters, found.characters, ascii_only, column),
        frequency_lines("most frequent words", words, found.words, ascii_only, column),
    ]
    lines: list[Content] = []
    while tables:
        pair, tables = (tables[:2], tables[2:]) if paired else (tables[:1], tables[1:])
        lines += [*_beside(pair, column), Content("")]
    return lines


def _beside(tables: Sequence[list[Content]], width: int) -> list[Content]:
    if len(tables) == 1:
        return list(tables[0])
    left, right = tables
    lines = []
    for at in range(max(len(left), len(right))):
        one = left[at] if at < len(left) else Content("")
        other = right[at] if at < len(right) else Content("")
        if one.cell_length > width:
            one = one.truncate(width, ellipsis=True)
        lines.append(Content.assemble(one, " " * (width - one.cell_length) + _GAP, other))
    return lines


def comparison_lines(result: dict[str, Any], warning: str) -> list[Content]:
    """Tokenizers side by side: how they cut, and what their vocabularies cost."""
    rows = [COMPARISON, *(comparison_cells(row) for row in result["rows"])]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for number, (name, *figures) in enumerate(rows):
        cells = [f"{name:<{widths[0]}}"]
        cells += [f"{figure:>{width}}" for figure, width in zip(figures, widths[1:], strict=True)]
        lines.append(Content.styled("  ".join(cells), "" if number else "$muted"))
    measured = f"Measured on {counted(result['characters'], 'character')}: the validation part of the text."
    lines += [Content(""), Content(measured)]
    if is_untied(result["rows"]):
        lines.append(Content(UNTIED))
    if warning:
        lines += [Content(""), Content.styled(display(warning), "$warning")]
    return lines


def interlinear(pieces: Sequence[str], ids: Sequence[int], width: int) -> list[list[tuple[str, str]]]:
    """Tokens over their ids, in rows of at most `width` cells: (piece, id) of the same width each.

    A bar parts the pieces, and takes a cell.
    """
    rows: list[list[tuple[str, str]]] = [[]]
    taken = 0
    for piece, token in zip(pieces, ids, strict=True):
        shown = display(piece)
        cells = max(cell_len(shown), len(str(token)))
        if taken + cells + 1 > width and rows[-1]:
            rows.append([])
            taken = 0
        rows[-1].append((shown + " " * (cells - cell_len(shown)), f"{token:<{cells}}"))
        taken += cells + 1
    return rows if rows[-1] else []


def sentence(one: Example, total: int, place: int) -> Content:
    """An example as a sentence, its text with the target marked."""
    ids, target, _ = example_cells(one)
    return Content.assemble(
        (f"{place + 1} of {total}  ", "$muted"),
        "when the input is ",
        (ids, "bold"),
        " the target is ",
        (target, "bold $accent"),
        "\n",
        (display(one.input_text), "$foreground on $boost"),
        ("[" + display(one.target_text) + "]", "bold $on-chosen on $chosen"),
    )
