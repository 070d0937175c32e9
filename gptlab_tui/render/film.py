"""Pictures of points as a film: panels become dots of a palette, with what is between two of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from gptlab_tui.render import tiny_font
from gptlab_tui.render.aside import aside
from gptlab_tui.render.gif import Frame
from gptlab_tui.render.heat import FAINT, label_of
from gptlab_tui.render.scatter import INK, SIGNS, STRONG, Panel, Point
from gptlab_tui.render.scatter_svg import scaled

#: The side of the field, and the lines above and below it.
SIDE, ABOVE, LINE = 440, 28, 16
#: Pictures between two at most, and all of them together about.
BETWEEN, TOGETHER = 6, 90
#: Hundredths of a second that one of them stays, a true one, and the last.
SHORT, LONG, LAST = 6, 30, 200
PALETTE = ("#ffffff", INK, FAINT, STRONG, *dict.fromkeys(sign.colour for sign in SIGNS.values()))
_COLOUR = {name: PALETTE.index(sign.colour) for name, sign in SIGNS.items()}


def size(panels: Sequence[Panel]) -> tuple[int, int]:
    """Width and height of the film, both even, as video wants them."""
    return SIDE, ABOVE + SIDE + LINE * (len(_legend(panels[0])) + 1)


def film(panels: Sequence[Panel]) -> Iterator[Frame]:
    """Every panel, and on the way to the next the points in straight lines; the title tells the true one."""
    width, height = size(panels)
    between = max(1, min(BETWEEN, TOGETHER // max(1, len(panels) - 1)))
    for number, panel in enumerate(panels):
        done = number / max(1, len(panels) - 1)
        hold = LAST if number == len(panels) - 1 else LONG
        yield Frame(picture(panel, width, height, done).tobytes(), hold)
        if number + 1 == len(panels):
            return
        after = panels[number + 1]
        for step in range(1, between + 1):
            part = step / (between + 1)
            part = part * part * (3 - 2 * part)  # sets off and arrives gently
            points = [
                (x + (to_x - x) * part, y + (to_y - y) * part)
                for (x, y), (to_x, to_y) in zip(panel.points, after.points, strict=True)
            ]
            trails = [
                [*trail, points[place]]
                for trail, place in zip(panel.trails, sorted(panel.strong), strict=False)
            ]
            moving = replace(panel, points=points, trails=trails, title=f"{panel.title} ...")
            yield Frame(picture(moving, width, height, done).tobytes(), SHORT)


def picture(panel: Panel, width: int, height: int, done: float) -> np.ndarray:
    """One panel as places in the palette (height, width), with a bar of how far the film is."""
    canvas = np.zeros((height, width), dtype=np.uint8)
    canvas[: ABOVE + SIDE, :SIDE] = field(panel)
    canvas[ABOVE - 3 : ABOVE, : round(width * done)] = 2
    for number, line in enumerate(_legend(panel)):
        at = 8
        for name in line:
            text = _entry(panel, name)
            write(canvas, text, at, ABOVE + SIDE + 4 + number * LINE, 1, _COLOUR[name])
            at += _long(text)
    return canvas


def field(panel: Panel) -> np.ndarray:
    """A panel under its title, without a legend, as places in the palette (ABOVE + SIDE, SIDE)."""
    canvas = np.zeros((ABOVE + SIDE, SIDE), dtype=np.uint8)
    write(canvas, panel.title, 8, 3, 2, 1)
    canvas[ABOVE, :] = canvas[ABOVE + SIDE - 1, :] = 2
    places, trails = scaled(panel, SIDE, 14)
    for trail in trails:
        for start, end in pairwise(trail):
            _line(canvas, start, end, 2)
    by_letter = panel.by_letter
    for place, (x, y) in enumerate(places):
        if place not in panel.strong:
            label = label_of(panel.labels[place])
            shown = label if by_letter and tiny_font.dots(label) else SIGNS[panel.classes[place]].glyph
            write(canvas, shown, round(x) - 5, round(y) + ABOVE - 12, 2, _COLOUR[panel.classes[place]])
    _stress(canvas, panel, places)
    return canvas


def _stress(canvas: np.ndarray, panel: Panel, places: Sequence[Point]) -> None:
    """What stands out, above all the rest, on a ground of its own; a line leads to where it belongs."""
    strong = sorted(panel.strong)
    labels = [label_of(panel.labels[place])[:6] for place in strong]
    wanted = [
        (places[place][0] - 8, places[place][1] - 11, 4 + 2 * (tiny_font.WIDTH + 1) * len(label), 23)
        for place, label in zip(strong, labels, strict=True)
    ]
    boxes = aside(wanted, SIDE, SIDE)
    for place, (left, top, wide, high) in zip(strong, boxes, strict=True):
        _line(canvas, places[place], (left + wide / 2, top + high / 2), 1)
    for label, (left, top, wide, high) in zip(labels, boxes, strict=True):
        x, y = round(left), round(top) + ABOVE
        canvas[y : y + round(high), x : x + round(wide)] = 3
        write(canvas, label, x + 3, y - 1, 2, 1)


def _line(canvas: np.ndarray, start: Point, end: Point, colour: int) -> None:
    (x, y), (to_x, to_y) = start, end
    count = int(max(abs(to_x - x), abs(to_y - y))) + 2
    rows = np.linspace(y, to_y, count).round().astype(int) + ABOVE
    canvas[rows, np.linspace(x, to_x, count).round().astype(int)] = colour


def write(canvas: np.ndarray, text: str, left: int, top: int, scale: int, colour: int) -> None:
    """Writes a line; what lies outside is cut off, what the font has not is a question mark."""
    for character in text:
        rows = tiny_font.dots(character) or tiny_font.dots("?") or ()
        for y, row in enumerate(rows):
            for x, dot in enumerate(row):
                if dot == "#":
                    at_y, at_x = top + y * scale, left + x * scale
                    canvas[max(0, at_y) : max(0, at_y + scale), max(0, at_x) : max(0, at_x + scale)] = colour
        left += (tiny_font.WIDTH + 1) * scale


def _legend(panel: Panel) -> list[list[str]]:
    """The classes that there are, in lines that fit."""
    lines: list[list[str]] = [[]]
    room = SIDE - 16
    for name in (name for name in SIGNS if name in panel.classes):
        long = _long(_entry(panel, name))
        if lines[-1] and long > room:
            lines.append([])
            room = SIDE - 16
        lines[-1].append(name)
        room -= long
    return lines


def _entry(panel: Panel, name: str) -> str:
    return name if panel.by_letter else f"{SIGNS[name].glyph} {name}"


def _long(text: str) -> int:
    return (len(text) + 3) * (tiny_font.WIDTH + 1)
