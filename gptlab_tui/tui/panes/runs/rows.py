"""The table of runs as text: its columns, how it is ordered and filtered, how much fits."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gptlab_tui.render.display import display
from gptlab_tui.render.units import about, counted, mib
from gptlab_tui.runs.summary import RunSummary

Sorted = str | float
Show = Callable[[RunSummary, float], str]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what it says of a run, and what it is ordered by (None stands last)."""

    name: str
    width: int
    """In cells; the name's own column takes what is left."""
    show: Show
    """(summary, seconds since the epoch) -> text."""
    key: Callable[[RunSummary], Sorted | None]
    right: bool = True
    largest_first: bool = False
    """The order that is of use: losses begin with the best, steps with the furthest."""


def _bare(value: float | None, decimals: int = 4) -> str:
    return "" if value is None else f"{value:.{decimals}f}"


def _steps(one: RunSummary) -> str:
    if one.state == "broken":
        return ""
    return f"{one.step:,}" + (f"/{one.max_iters:,}" if one.max_iters is not None else "")


def name_of(one: RunSummary) -> str:
    """A run's name; a broken one with its reason."""
    return display(f"{one.name}: {one.reason}" if one.state == "broken" else one.name)


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
        Column("run", 12, lambda one, _: name_of(one), lambda one: one.name.lower(), False),
        Column("state", 13, lambda one, _: one.state, lambda one: one.state, False),
        Column("preset", 16, lambda one, _: display(one.preset), lambda one: one.preset.lower(), False),
        Column(
            "model",
            6,
            lambda one, _: "" if one.parameters is None else about(one.parameters),
            lambda one: one.parameters,
            largest_first=True,
        ),
        Column("step", 13, lambda one, _: _steps(one), lambda one: one.step, largest_first=True),
        Column("loss", 6, lambda one, _: _bare(one.val_loss), lambda one: one.val_loss),
        Column("best", 6, lambda one, _: _bare(one.best_val_loss), lambda one: one.best_val_loss),
        Column("bits/B", 6, lambda one, _: _bare(one.val_bits_per_byte), lambda one: one.val_bits_per_byte),
        Column("age", 6, lambda one, now: age(one.updated, now), lambda one: one.updated, True, True),
        Column(
            "size",
            9,
            lambda one, _: mib(one.size_bytes) if one.size_bytes else "",
            lambda one: one.size_bytes,
            largest_first=True,
        ),
        Column("tags", 18, lambda one, _: display(" ".join(one.tags)), lambda one: " ".join(one.tags), False),
    )
}
#: In which order columns come in as the room grows; they stand in the order of COLUMNS.
_FIRST = ("run", "state", "step", "bits/B", "age", "size", "loss", "model", "preset", "best", "tags")
_AT_LEAST = 22
_GAP = 2


def fitting(width: int, longest_name: int) -> list[tuple[Column, int]]:
    """The columns that fit into `width` cells, each with its own width, two cells between them."""
    taken = 1 + _GAP
    chosen: list[str] = []
    for name in _FIRST:
        need = _AT_LEAST if name == "run" else COLUMNS[name].width
        if taken + need + _GAP > width and len(chosen) >= 2:
            break
        chosen.append(name)
        taken += need + _GAP
    name_width = max(12, min(_AT_LEAST + width - taken, max(longest_name, _AT_LEAST), 64))
    return [
        (column, name_width if column.name == "run" else column.width)
        for column in COLUMNS.values()
        if column.name in chosen
    ]


def ordered(runs: Sequence[RunSummary], by: str, inverted: bool = False) -> list[RunSummary]:
    """The runs by a column, in the order that is of use or `inverted`; what says nothing stands last."""
    column = COLUMNS.get(by, COLUMNS["age"])
    known = [one for one in runs if column.key(one) not in (None, "")]
    rest = [one for one in runs if column.key(one) in (None, "")]
    down = column.largest_first != inverted
    by_name = sorted(known, key=lambda one: one.name)
    return sorted(by_name, key=lambda one: column.key(one) or 0, reverse=down) + rest


_BOUND = re.compile(r"(\w[\w/]*)([<>])(-?[\d.]+)([kKmM]?)")
_BOUNDS: dict[str, Callable[[RunSummary], float | None]] = {
    "step": lambda one: one.step,
    "loss": lambda one: one.val_loss,
    "best": lambda one: one.best_val_loss,
    "bits": lambda one: one.val_bits_per_byte,
    "model": lambda one: one.parameters,
    "size": lambda one: one.size_bytes / 2**20,
}


def matches(query: str, one: RunSummary) -> bool:
    """Whether a run has all the words of a filter, in its name, state, preset, corpus, title or tags.

    A word like `bits<2`, `step>1000`, `model<1M` or `size>10` (MiB) bounds a number.
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
