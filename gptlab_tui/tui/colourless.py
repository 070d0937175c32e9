"""What a screen looks like without any colour: bold, dim and reverse say what colours said.

Textual turns colours into greys where somebody wants none, and greys are colours too (no-color.org).
"""

from __future__ import annotations

from functools import lru_cache

from rich.color import Color as RichColour
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

#: Brightness, 0 to 255, by which the ground of a chosen line differs from that of the others.
_CHOSEN = 40
#: What a grey has at least from its ground to be no mere frame or remark.
_PLAIN = 150


class _Colourless(LineFilter):
    """Takes all colours from what is drawn."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same texts, in styles without colours."""
        ground = round(255 * background.brightness)
        return [
            Segment(text, None if style is None else without_colour(style, ground))
            for text, style, _ in segments
        ]


#: One for all lines: Textual keeps what a filter has made of a line by the filter itself.
COLOURLESS = _Colourless()


@lru_cache(4096)
def without_colour(style: Style, ground: int) -> Style:
    """A style without its colours, on a screen whose ground is so bright, 0 to 255.

    What stands on another ground is reversed, and a grey that hardly stands out is dim.
    """
    front, back = _brightness(style.color), _brightness(style.bgcolor)
    if style.reverse:
        front, back = back, front
    back = ground if back is None else back
    reverse = abs(back - ground) > _CHOSEN or (bool(style.reverse) and front is None)
    grey = style.color is not None and _is_grey(style.color)
    dim = not reverse and front is not None and grey and abs(front - back) < _PLAIN
    return Style(
        bold=style.bold,
        italic=style.italic,
        underline=style.underline,
        strike=style.strike,
        dim=dim or None,
        reverse=reverse or None,
        meta=style.meta or None,
    )


def _brightness(colour: RichColour | None) -> int | None:
    """0 to 255, by the weights of ITU-R BT.601; None for the terminal's own."""
    if colour is None or colour.is_default:
        return None
    red, green, blue = colour.get_truecolor()
    return round(0.299 * red + 0.587 * green + 0.114 * blue)


def _is_grey(colour: RichColour) -> bool:
    triplet = colour.get_truecolor()
    return max(triplet) - min(triplet) < 16
