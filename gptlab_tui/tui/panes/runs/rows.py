"""The table of runs as text: its columns, how it is ordered and filtered, how much fits."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len

from gptlab_tui.render.display import display
from gptlab_tui.render.fitting import fit
from gptlab_tui.render.units import about, counted, mib
from gptlab_tui.runs.summary import RunSummary
from gptlab_tui.tui.run_states import sign_of

Sorted = str | float
Show = Callable[[RunSummary, float], str]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what it says of a run, and what it is ordered by (None stands last)."""

    name: str
    width: int
    """In cells; of texts the most that they get. The name's own column takes what is left."""
    show: Show
    """(summary, seconds since the epoch) -> text."""
    key: Callable[[RunSummary], Sorted | None]
    right: bool = True
    largest_first: bool = False
    """The order that is of use: losses begin with the best, steps with the furthest."""
    room: Callable[[RunSummary], str] | None = None
    """The longest text that it may soon say of a run; None where all are about as wide as the column."""
    of_broken: bool = False
    """Whether a run that cannot be read is told of as well."""


def _loss(value: float | None) -> str:
    """Four decimals below ten, three above: six characters either way."""
    return "" if value is None else f"{value:.4f}" if value < 9.99995 else f"{value:.3f}"


def _steps(one: RunSummary) -> str:
    return f"{one.step:,}" + (f"/{one.max_iters:,}" if one.max_iters is not None else "")


def _last_steps(one: RunSummary) -> str:
    return _steps(replace(one, step=max(one.step, one.max_iters or 0)))


def _name(one: RunSummary) -> str:
    return display(one.name)


def _state(one: RunSummary) -> str:
    return f"  {sign_of(one.state).word}"  # a sign goes before it


def _preset(one: RunSummary) -> str:
    return display(one.preset)


def _size(one: RunSummary) -> str:
    return mib(one.size_bytes) if one.size_bytes else ""


def _tags(one: RunSummary) -> str:
    return display(" ".join(one.tags))


def age(updated: str, now: float) -> str:
    """How long ago an ISO time was: "now" (within a minute), 5 min, 3 h, 12 d; "" for none."""
    try:
        seconds = now - datetime.datetime.fromisoformat(updated).timestamp()
    except (ValueError, OverflowError, OSError):
        return ""
    if seconds < 60:
        return "now"
    minutes = int(seconds // 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} d"


COLUMNS = {
    column.name: column
    for column in (
        Column(
            "run", 64, lambda one, _: _name(one), lambda one: one.name.lower(), False,
            room=_name, of_broken=True,
        ),
        Column(
            "state", 13, lambda one, _: _state(one), lambda one: one.state, False,
            room=_state, of_broken=True,
        ),
        Column(
            "preset", 16, lambda one, _: _preset(one), lambda one: one.preset.lower(), False, room=_preset
        ),
        Column(
            "params", 7, lambda one, _: "" if one.parameters is None else about(one.parameters),
            lambda one: one.parameters, largest_first=True,
        ),
        Column(
            "step", 17, lambda one, _: _steps(one), lambda one: one.step, largest_first=True, room=_last_steps
        ),
        Column("train", 6, lambda one, _: _loss(one.train_loss), lambda one: one.train_loss),
        Column("val", 6, lambda one, _: _loss(one.val_loss), lambda one: one.val_loss),
        Column("bits/B", 7, lambda one, _: _loss(one.val_bits_per_byte), lambda one: one.val_bits_per_byte),
        Column("best", 6, lambda one, _: _loss(one.best_bits_per_byte), lambda one: one.best_bits_per_byte),
        Column("age", 6, lambda one, now: age(one.updated, now), lambda one: one.updated, True, True,
               of_broken=True),
        Column(
            "size", 10, lambda one, _: _size(one), lambda one: one.size_bytes, largest_first=True,
            room=_size, of_broken=True,
        ),
        Column(
            "tags", 24, lambda one, _: _tags(one), lambda one: " ".join(one.tags), False,
            room=_tags, of_broken=True,
        ),
    )
}  # fmt: skip
#: In which order columns come in as the room grows; they stand in the order of COLUMNS.
_FIRST = ("run", "state", "step", "bits/B", "age", "best", "params", "preset", "val", "train", "size", "tags")
#: So many columns are there always, whatever the width.
_ALWAYS = 2
#: A name has so many cells before other columns come in, and all that it takes only after them.
_NAME = 16
#: Cells between two columns: one, and two where all that is shown has room for it.
_GAPS = 1, 2


@dataclass(frozen=True, slots=True)
class Layout:
    """How the table stands in its width."""

    columns: tuple[tuple[Column, int], ...]
    """Those in sight, each with its own cells."""
    gap: int = _GAPS[0]
    """Cells after each."""

    @property
    def names(self) -> list[str]:
        """What can be ordered by so that one sees it."""
        return [column.name for column, _ in self.columns]


def _width(column: Column, runs: Sequence[RunSummary]) -> int:
    """What a column takes, its title with the sign of its order included; 0 for one that says nothing."""
    if column.room is None:
        return column.width
    longest = max((cell_len(column.room(one)) for one in runs if says(column, one)), default=0)
    return max(len(column.name) + 1, min(column.width, longest)) if longest else 0


def fitting(width: int, runs: Sequence[RunSummary]) -> Layout:
    """The columns of all these runs that fit into `width` cells, a sign before them."""
    takes = {name: _width(COLUMNS[name], runs) for name in _FIRST}
    longest, takes["run"] = max(takes["run"], _NAME), _NAME
    left = width - 1 - _GAPS[0]
    chosen: list[str] = []
    for name in _FIRST:
        fits = takes[name] <= left or len(chosen) < _ALWAYS
        if takes[name] and fits:
            chosen.append(name)
            left -= takes[name] + _GAPS[0]
    more = max(0, min(left, longest - _NAME))
    takes["run"] += more
    gap = _GAPS[left - more >= len(chosen)]
    return Layout(tuple((column, takes[name]) for name, column in COLUMNS.items() if name in chosen), gap)


def says(column: Column, one: RunSummary) -> bool:
    """Whether a column tells of a run at all; of one that cannot be read most do not."""
    return column.of_broken or one.state != "broken"


def ordered(runs: Sequence[RunSummary], by: str, inverted: bool = False) -> list[RunSummary]:
    """The runs by a column, in the order that is of use or `inverted`; what says nothing stands last."""
    column = COLUMNS.get(by, COLUMNS["age"])
    keys = {one.name: column.key(one) if says(column, one) else None for one in runs}
    known = [one for one in runs if keys[one.name] not in (None, "")]
    rest = [one for one in runs if keys[one.name] in (None, "")]
    down = column.largest_first != inverted
    by_name = sorted(known, key=lambda one: one.name)
    return sorted(by_name, key=lambda one: keys[one.name] or 0, reverse=down) + rest


def laid_over(text: str, layout: Layout, start: int, stop: int) -> list[str]:
    """A text as the cells of the columns from `start` to before `stop`, as though they were one."""
    room = [width + layout.gap for _, width in layout.columns[start:stop]]
    text = fit(text, sum(room) - layout.gap)
    cells = []
    for width in room:
        end = used = 0
        while end < len(text) and used + (size := cell_len(text[end])) <= width:
            used, end = used + size, end + 1
        cells.append(text[:end] + " " * (width - used))
        text = text[end:]
    return cells


_BOUND = re.compile(r"(\w[\w/]*)([<>])(-?[\d.]+)([kKmM]?)")
_BOUNDS: dict[str, Callable[[RunSummary], float | None]] = {
    "step": lambda one: one.step,
    "loss": lambda one: one.val_loss,
    "val": lambda one: one.val_loss,
    "train": lambda one: one.train_loss,
    "best": lambda one: one.best_val_loss,
    "bits": lambda one: one.val_bits_per_byte,
    "params": lambda one: one.parameters,
    "size": lambda one: one.size_bytes / 2**20,
}


def matches(query: str, one: RunSummary) -> bool:
    """Whether a run has all the words of a filter, in its name, state, preset, corpus, title or tags.

    A word like `bits<2`, `step>1000`, `params<1M` or `size>10` (MiB) bounds a number.
    """
    said = " ".join((one.name, one.state, one.preset, one.corpus, one.title, one.parent, *one.tags)).lower()
    return all(_has(word, said, one) for word in query.lower().split())


def _has(word: str, said: str, one: RunSummary) -> bool:
    bound = _BOUND.fullmatch(word)
    if bound is None or bound[1] not in _BOUNDS:
        return word in said
    value = _BOUNDS[bound[1]](one)
    try:
        limit = float(bound[3]) * {"": 1, "k": 1e3, "m": 1e6}[bound[4]]
    except ValueError:
        return False
    return value is not None and (value < limit if bound[2] == "<" else value > limit)


def subtitle(shown: int, total: int, size_bytes: int, trash_bytes: int, free_bytes: int) -> str:
    """How many runs there are, and what they take of the disk."""
    runs = f"{shown} of {counted(total, 'run')}" if shown != total else counted(total, "run")
    trash = f" · trash {mib(trash_bytes)}" if trash_bytes else ""
    return f"{runs} · {mib(size_bytes)}{trash} · {free_bytes / 2**30:,.1f} GiB free"
