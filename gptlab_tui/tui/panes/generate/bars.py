"""Distributions as text: the next token's best candidates as bars, and the whole vocabulary as columns."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from gptlab_tui.render.display import display
from gptlab_tui.render.units import counted
from gptlab_tui.tui.terminal import Glyphs

_UP = " ▁▂▃▄▅▆▇█"
_UP_ASCII = " ..::||##"
#: What a label is, beyond the usual `display`.
_NAMES = {" ": "space", "\n": "↵", "\t": "tab", "": "?"}
_NAMES_ASCII = {**_NAMES, "\n": "\\n"}


def name_of(piece: str, glyphs: Glyphs) -> str:
    """A token's name in a list: white space has to be seen, too."""
    names = _NAMES_ASCII if glyphs == "ascii" else _NAMES
    if piece in names:
        return names[piece]
    mark = "_" if glyphs == "ascii" else "␣"
    lead = len(piece) - len(piece.lstrip(" "))
    return mark * lead + display(piece[lead:])


def pair(raw: float, after: float, width: int, glyphs: Glyphs) -> str:
    """Two fractions in one bar: what both have, then what the chain has added, or has taken away."""
    both, added, taken = ("#", "+", "-") if glyphs == "ascii" else ("█", "▓", "░")
    n_raw, n_after = (round(width * min(1.0, max(0.0, value))) for value in (raw, after))
    if not max(n_raw, n_after) and after > 0.0 and width:
        return (":" if glyphs == "ascii" else "▏").ljust(width)
    low = min(n_raw, n_after)
    return (both * low + (added if n_after > n_raw else taken) * abs(n_after - n_raw)).ljust(width)


def legend(glyphs: Glyphs) -> str:
    """What the parts of a bar mean."""
    return "# both + added - taken" if glyphs == "ascii" else "█ both ▓ added ░ taken"


def percent(value: float) -> str:
    """Six columns: ` 31.2%`; what is ruled out is `     -`, and what is all but sure `  100%`."""
    if value >= 0.9995:
        return f"{'100%':>6}"
    return f"{'-':>6}" if value == 0.0 else f"{value:6.1%}" if value >= 0.0005 else f"{'<0.1%':>6}"


def next_rows(
    prediction: Mapping[str, Any], taken: int | None, width: int, glyphs: Glyphs, banned: Sequence[str] = ()
) -> list[Content]:
    """The candidates, the model's favourite first; `taken` is the one that the text goes on with.

    `*` marks what the luck draws, `>` what the text takes. Where there is room both numbers stand.
    """
    rows = []
    tokens: Sequence[Mapping[str, Any]] = prediction["tokens"]
    top = max((max(one["raw"], one["probability"]) for one in tokens), default=1.0) or 1.0
    labels = [name_of(one["piece"], glyphs) for one in tokens]
    room = max(5, min(12, width // 5))
    has_raw = width >= 40
    for one, label in zip(tokens, labels, strict=True):
        mark = ("*" if one["id"] == prediction["drawn"] else " ") + (">" if one["id"] == taken else " ")
        name = set_cell_size(label, room) if cell_len(label) <= room else set_cell_size(label, room - 1) + "~"
        numbers = f"{'ban':>6}" if one["piece"] in banned else percent(one["probability"])
        numbers += percent(one["raw"]) if has_raw else ""
        head = f"{mark}{name}{numbers} "
        bar = pair(one["raw"] / top, one["probability"] / top, max(0, width - cell_len(head)), glyphs)
        style = "" if one["probability"] > 0.0 else "$muted"
        rows.append(Content.assemble((f"{mark}", "bold $accent"), (f"{head[2:]}", style), (bar, style)))
    return rows


def funnel_line(prediction: Mapping[str, Any], glyphs: Glyphs) -> Content:
    """What each filter has left over, in order: candidates and mass."""
    arrow = " > " if glyphs == "ascii" else " → "
    parts = [
        counted(prediction["vocab_size"], "token") + ("" if narrowing(prediction) else ", none ruled out")
    ]
    for row in narrowing(prediction):
        is_greedy = row["filter"] == "temperature" and prediction["temperature"] == 0.0
        name = "greedy" if is_greedy else row["filter"]
        parts.append(f"{name} {row['candidates']:,} ({row['mass']:.0%})")
    return Content(arrow.join(parts))


def narrowing(prediction: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The rows of the funnel where something was ruled out, or may have been.

    A temperature does not but at 0, which leaves the largest alone.
    """
    before, rows = prediction["vocab_size"], []
    for row in prediction["funnel"]:
        if row["candidates"] < before or row["filter"] in ("top_k", "top_p", "min_p", "typical", "bias"):
            rows.append(row)
        before = row["candidates"]
    return rows


def whole_chart(
    raw: Sequence[float],
    after: Sequence[float],
    named: Mapping[int, str],
    size: tuple[int, int],
    glyphs: Glyphs,
) -> list[str]:
    """All tokens by id as columns, (width, height) cells: after the chain, and the model's own below.

    Above a column stands the label of its most probable token where that is above 0.01. With more
    tokens than columns a column is the largest of its tokens.
    """
    width, height = size
    each = max(1, math.ceil(len(raw) / max(1, width)))
    rows = max(1, (height - 4) // 2)
    top = max(*raw, *after, 1e-12)
    lines: list[str] = []
    for title, values in (("after the chain", after), ("the model's own", raw)):
        columns = [max(values[at : at + each]) for at in range(0, len(values), each)]
        best = [max(range(at, min(at + each, len(values))), key=values.__getitem__)
                for at in range(0, len(values), each)]  # fmt: skip
        wanted = {
            place: name_of(named[token], glyphs)
            for place, token in enumerate(best)
            if token in named and values[token] > 0.01
        }
        order = sorted(wanted, key=lambda place: -columns[place])
        lines.append(f"{title}, highest {max(values):.1%}".ljust(width)[:width])
        lines.append(_labels({place: wanted[place] for place in order}, width))
        lines += _columns([value / top for value in columns], rows, glyphs)
    return lines


def _labels(wanted: Mapping[int, str], width: int) -> str:
    """As many labels as fit into a line, the most probable first, each from its column on."""
    line = [" "] * width
    for place, label in wanted.items():
        size = cell_len(label)
        start = min(place, width - size)
        around = line[max(0, start - (size > 1)) : start + size + (size > 1)]
        if start >= 0 and all(one == " " for one in around):
            line[start : start + size] = [label, *[""] * (size - 1)]
    return "".join(line)


def _columns(values: Sequence[float], rows: int, glyphs: Glyphs) -> list[str]:
    steps = _UP_ASCII if glyphs == "ascii" else _UP
    heights = [0 if value <= 0.0 else max(1, round(8 * rows * min(1.0, value))) for value in values]
    return [
        "".join(steps[min(8, max(0, height - 8 * row))] for height in heights)
        for row in range(rows - 1, -1, -1)
    ]
