"""Panels of points as a picture of its own: SVG without scripts, fonts or anything else from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from xml.sax.saxutils import escape

from gptlab_tui.render.aside import Box, aside
from gptlab_tui.render.cosine_map import RAMP, Map
from gptlab_tui.render.display import display
from gptlab_tui.render.fitting import fold
from gptlab_tui.render.heat import FAINT, columns_of, label_of
from gptlab_tui.render.scatter import INK, SIGNS, STRONG, Panel, Point, is_letter

_SIDE, _MARGIN, _LINE, _LETTER = 420, 16, 18, 8
#: Columns that a line of caption may have at least; two spaces that stay two; the width of a letter, nearly.
_COLUMNS, _WIDE, _ADVANCE = 80, "\xa0\xa0", 7.8


def scatter_svg(
    panels: Sequence[Panel], caption: Sequence[str], columns: int = 2, table: Map | None = None
) -> str:
    """The panels in rows of `columns`, a legend of their classes, a map of cosines, lines of caption.

    A point says its label and class where one points at it.
    """
    columns = min(columns, len(panels))
    room = max(_COLUMNS, columns * (_SIDE + _MARGIN) // _LETTER)
    caption = [part for line in caption for part in fold(line, room)]
    lines = -(-len(panels) // columns)
    by_letter = all(panel.by_letter for panel in panels)
    names = [name for name in SIGNS if any(name in panel.classes for panel in panels)]
    width = columns * (_SIDE + _MARGIN) + _MARGIN
    width = max(width, 2 * _MARGIN + _LETTER * max((len(line) for line in caption), default=0))
    field = lines * (_SIDE + _LINE + _MARGIN) + _MARGIN
    below = 0 if table is None else _SIDE + 3 * _LINE
    height = field + below + _LINE * (len(names) + len(caption) + 2)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}" font-family="monospace" font-size="13">',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
    ]
    for number, panel in enumerate(panels):
        left = _MARGIN + number % columns * (_SIDE + _MARGIN)
        top = _MARGIN + number // columns * (_SIDE + _LINE + _MARGIN)
        parts += _panel(panel, left, top)
    y = field + _LINE
    for name in names:
        sign = SIGNS[name]
        front = "" if by_letter else f"{sign.glyph} "
        parts.append(f'<text x="{_MARGIN}" y="{y}" fill="{sign.colour}">{front}{escape(name)}</text>')
        y += _LINE
    if table is not None:
        parts += _map(table, _MARGIN, y)
    y += below + _LINE
    parts += [_told(line, y + _LINE * number) for number, line in enumerate(caption)]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _told(line: str, y: float) -> str:
    """A line of caption; spaces at its beginning are a place, since some programs leave them out."""
    bare = line.lstrip(" ")
    left = _MARGIN + _ADVANCE * (len(line) - len(bare))
    return f'<text x="{left:.1f}" y="{y}">{_safe(bare).replace("  ", _WIDE)}</text>'


def scaled(panel: Panel, side: float, margin: float) -> tuple[list[Point], list[list[Point]]]:
    """Points and trails as places in a square, both axes alike, the second one downwards."""
    left, right, bottom, top = panel.bounds()
    scale = (side - 2 * margin) / (max(right - left, top - bottom) or 1e-9)
    at_x = (side - (right - left) * scale) / 2
    at_y = (side - (top - bottom) * scale) / 2

    def place(point: Point) -> Point:
        return at_x + (point[0] - left) * scale, at_y + (top - point[1]) * scale

    return [place(point) for point in panel.points], [[place(point) for point in t] for t in panel.trails]


def _panel(panel: Panel, left: int, top: int) -> list[str]:
    parts = [
        f'<g transform="translate({left} {top})">',
        f'<text x="0" y="12">{_safe(panel.title)}</text>',
        f'<rect y="{_LINE}" width="{_SIDE}" height="{_SIDE}" fill="none" stroke="{FAINT}"'
        ' stroke-width="0.5"/>',
        f'<g transform="translate(0 {_LINE})">',
    ]
    places, trails = scaled(panel, _SIDE, _MARGIN)
    for trail in trails:
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in trail)
        parts.append(f'<path d="M{path}" fill="none" stroke="{FAINT}" stroke-width="0.8"/>')
    for number, place in enumerate(places):
        if number not in panel.strong:
            sign, label = SIGNS[panel.classes[number]], label_of(panel.labels[number])
            shown = label if panel.by_letter and is_letter(label) else sign.glyph
            parts.append(_point(panel, number, place, shown, sign.colour))
    return [*parts, *_stressed(panel, places), "</g></g>"]


def _map(table: Map, left: int, top: int) -> list[str]:
    """A map of cosines: neighbours of one colour in a row together, and below it what the colours are."""
    levels = table.levels()
    side = _SIDE / max(1, len(levels))
    parts = [
        f'<g transform="translate({left} {top})">',
        f'<text x="0" y="12">{_safe(table.title)}</text>',
        f'<g transform="translate(0 {_LINE})" shape-rendering="crispEdges">',
    ]
    for row, line in enumerate(levels):
        at = 0
        for level, run in groupby(line):
            count = len(list(run))
            parts.append(
                f'<rect x="{at * side:.2f}" y="{row * side:.2f}" width="{count * side:.2f}"'
                f' height="{side:.2f}" fill="{RAMP[level]}"/>'
            )
            at += count
    parts.append("</g>")
    first, last = (_safe(label_of(end)) for end in table.ends)
    y = _LINE + _SIDE
    parts += [
        f'<text x="{_SIDE + 6}" y="{_LINE + 12}">{first}</text><text x="{_SIDE + 6}" y="{y}">{last}</text>',
        f'<text x="0" y="{y + _LINE}">-1</text>',
    ]
    for number, colour in enumerate(RAMP):
        parts.append(f'<rect x="{24 + 20 * number}" y="{y + 6}" width="20" height="14" fill="{colour}"/>')
    return [*parts, f'<text x="{30 + 20 * len(RAMP)}" y="{y + _LINE}">1</text>', "</g>"]


def _stressed(panel: Panel, places: Sequence[Point]) -> list[str]:
    """What stands out, above all the rest, on a ground of its own; a line leads to where it belongs."""
    strong = sorted(panel.strong)
    labels = [label_of(panel.labels[number]) for number in strong]
    wanted: list[Box] = []
    for number, label in zip(strong, labels, strict=True):
        size = _LETTER * columns_of(label) + 10
        wanted.append((places[number][0] - size / 2, places[number][1] - _LINE / 2, size, _LINE))
    boxes = aside(wanted, _SIDE, _SIDE)
    lines, parts = [], []
    for number, label, (left, top, wide, high) in zip(strong, labels, boxes, strict=True):
        x, y = left + wide / 2, top + high / 2
        from_x, from_y = places[number]
        lines.append(f'<path d="M{from_x:.1f} {from_y:.1f}L{x:.1f} {y:.1f}" stroke="{INK}"/>')
        parts.append(
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{wide}" height="{high}" rx="8" fill="{STRONG}"'
            f' stroke="{INK}"/>'
        )
        parts.append(_point(panel, number, (x, y), label, INK))
    return lines + parts


def _point(panel: Panel, number: int, place: Point, shown: str, colour: str) -> str:
    """A point as a letter that says its label and class where one points at it."""
    label, (x, y) = label_of(panel.labels[number]), place
    return (
        f'<text x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle" fill="{colour}">{_safe(shown)}'
        f"<title>{_safe(label)} ({escape(panel.classes[number])})</title></text>"
    )


def _safe(text: str) -> str:
    return escape(display(text))
