"""Numbers with their names in a line."""

from __future__ import annotations

from collections.abc import Iterable

from textual.content import Content

_GAP = "   "


def named_values(parts: Iterable[tuple[str, str]], width: int, style: str = "") -> Content:
    """`name value   name value …`, the values in a style; what has no room is left out."""
    shown: list[Content] = []
    used = 0
    for name, value in parts:
        one = Content.assemble(_GAP if shown else "", (name, "$muted"), " ", (value, style))
        if used + one.cell_length <= width:
            used += one.cell_length
            shown.append(one)
    return Content("").join(shown)
