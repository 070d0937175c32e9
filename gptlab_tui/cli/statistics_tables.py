"""The statistics of a corpus as tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.columns import Columns
from rich.console import RenderableType
from rich.table import Table

from gptlab_tui.explain.tables import named, news, sizes
from gptlab_tui.render.bars import bar
from gptlab_tui.render.display import display
from gptlab_tui.render.units import count, share
from gptlab_tui.text.statistics import Frequency, Statistics

_BAR_CELLS = 12


def tables(statistics: Statistics) -> Iterator[RenderableType]:
    """The tables, one after the other; nothing of the text can steer the terminal."""
    yield _summary(statistics)
    yield _categories(statistics)
    yield Columns(
        [
            _frequencies("characters", statistics.top_characters, statistics.characters),
            _frequencies("words", statistics.top_words, statistics.words),
        ]
    )
    if statistics.odd:
        yield _odd(statistics)
    yield _validation(statistics)


def _table(*headers: str, title: str = "", right: Sequence[int] = ()) -> Table:
    table = Table(*headers, title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for column in right:
        table.columns[column].justify = "right"
    return table


def _summary(statistics: Statistics) -> Table:
    table = _table("", "", title=display(statistics.name), right=(1,))
    table.show_header = False
    for label, value in (*sizes(statistics), *((report, "") for report in statistics.reports)):
        table.add_row(label, value)
    return table


def _categories(statistics: Statistics) -> Table:
    table = _table("", "category", "distinct", "count", "share", "which", right=(2, 3, 4))
    for group in statistics.categories:
        which = group.characters[:60] + ("…" if len(group.characters) > 60 else "")
        table.add_row(
            group.category,
            group.name,
            count(group.distinct),
            count(group.count),
            share(group.count, statistics.characters),
            display(which),
        )
    return table


def _frequencies(what: str, frequencies: Sequence[Frequency], total: int) -> Table:
    table = _table("", "count", "share", "", title=f"most frequent {what}", right=(1, 2))
    largest = max((one.count for one in frequencies), default=1)
    for one in frequencies:
        table.add_row(
            named(one.text)[:40],
            count(one.count),
            share(one.count, total),
            bar(one.count / largest, _BAR_CELLS),
        )
    return table


def _odd(statistics: Statistics) -> Table:
    table = _table("", "name", "count", "why it is odd", title="odd code points", right=(2,))
    for one in statistics.odd:
        table.add_row(one.code_point, one.name, count(one.count), one.reason)
    return table


def _validation(statistics: Statistics) -> Table:
    table = _table("", "", title="what the validation part has that the training part lacks")
    table.show_header = False
    for label, value in news(statistics):
        table.add_row(label, value)
    words = statistics.validation.new_words
    if words:
        table.add_row("", ", ".join(f"{named(one.text)[:40]} ({count(one.count)})" for one in words))
    return table
