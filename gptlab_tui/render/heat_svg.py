"""A heat map as a picture of its own: SVG without scripts, fonts or anything else from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from gptlab_tui.render.cells_svg import COLUMNS
from gptlab_tui.render.display import display
from gptlab_tui.render.fitting import broken
from gptlab_tui.render.heat import FAINT, RAMP, Scale, level

_CELL, _LETTER, _LINE = 16, 8, 18


def heat_svg(
    weights: Sequence[Sequence[float]],
    labels: Sequence[str],
    caption: Sequence[str],
    scale: Scale = "sqrt",
    names: Sequence[str] | None = None,
) -> str:
    """The map with its labels and, below, lines of caption; a weight says its number where one points.

    `labels` are safe to show; `names`, where they are not the labels, are what the numbers name.
    """
    names = labels if names is None else names
    size = len(weights)
    edge = _LETTER * max((len(label) for label in labels), default=1) + 12
    room = max(COLUMNS, (edge + size * _CELL) // _LETTER)
    told = [part for line in caption for part in broken(display(line), room)]
    width = max(edge + size * _CELL, 12 + _LETTER * max(map(len, told), default=0)) + 12
    height = edge + size * _CELL + _LINE * len(told) + 24
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}" font-family="monospace" font-size="13">',
        '<defs><pattern id="hidden" width="6" height="6" patternUnits="userSpaceOnUse">'
        f'<path d="M0 6L6 0" stroke="{FAINT}" stroke-width="0.6"/></pattern></defs>',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        f'<path d="M{edge} {edge}h{size * _CELL}v{size * _CELL}z" fill="url(#hidden)"/>',
    ]
    for place, label in enumerate(labels):
        middle = edge + place * _CELL + _CELL // 2
        shown = _safe(label)
        parts.append(f'<text x="{edge - 5}" y="{middle + 5}" text-anchor="end">{shown}</text>')
        parts.append(f'<text transform="translate({middle + 5} {edge - 5}) rotate(-90)">{shown}</text>')
    for row, line in enumerate(weights):
        for column, weight in enumerate(line[: row + 1]):
            parts.append(
                f'<rect x="{edge + column * _CELL}" y="{edge + row * _CELL}" width="{_CELL}"'
                f' height="{_CELL}" fill="{RAMP[level(weight, len(RAMP), scale)]}">'
                f"<title>{_safe(names[row])} → {_safe(names[column])} {weight:.4f}</title></rect>"
            )
    below = edge + size * _CELL + _LINE + 6
    parts += [
        f'<text x="12" y="{below + _LINE * number}">{escape(line)}</text>' for number, line in enumerate(told)
    ]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _safe(text: str) -> str:
    return escape(display(text))
