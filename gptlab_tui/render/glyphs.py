"""Any character of a drawing as dots: letters, blocks, braille, lines; what is none of these is a box."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import numpy as np

from gptlab_tui.render import tiny_font

#: Dots of a character: those of the font and the space around them, each drawn twice as large.
WIDTH, HEIGHT = 2 * (tiny_font.WIDTH + 1), 2 * (tiny_font.HEIGHT + 1)
#: The middle of a character, where lines of two dots go: columns and rows.
_MIDDLE = ((WIDTH // 2 - 1, WIDTH // 2 + 1), (HEIGHT // 2 - 1, HEIGHT // 2 + 1))
#: How 2 x 2 dots, twice as large, fill one after the other: at a quarter the first, at a half the second.
_DITHER = np.array([[0, 2], [3, 1]]).repeat(2, axis=0).repeat(2, axis=1)
#: From where to where a half goes, in eighths.
_HALVES = {"LEFT": (0, 4), "RIGHT": (4, 8), "UPPER": (0, 4), "LOWER": (4, 8)}


@lru_cache(4096)
def mask(glyph: str) -> np.ndarray:
    """How much of each dot is ink, from 0 to 1: (HEIGHT, WIDTH). An accent may follow its letter."""
    drawn = _letter(glyph) if len(glyph) != 1 else _drawn(ord(glyph), glyph)
    drawn.flags.writeable = False
    return drawn


def _drawn(code: int, glyph: str) -> np.ndarray:
    if 0x2500 <= code < 0x2580:
        return _lines(unicodedata.name(glyph).split())
    if 0x2580 <= code < 0x25A0:
        return _block(code - 0x2580, unicodedata.name(glyph))
    if 0x2800 <= code < 0x2900:
        return _braille(code - 0x2800)
    return _letter(glyph)


def _letter(glyph: str) -> np.ndarray:
    """What the font has, nothing for nothing, a hollow box for the rest."""
    if not glyph.strip():
        return _rectangle(0, 0, 0, 0)
    rows = tiny_font.dots(glyph)
    if rows is None:
        box, hole = _rectangle(1, 5, WIDTH - 1, HEIGHT - 3), _rectangle(3, 7, WIDTH - 3, HEIGHT - 5)
        return np.where(hole, 0, box)
    letter = np.zeros((HEIGHT, WIDTH), dtype=np.float32)
    small = np.array([[dot == "#" for dot in row] for row in rows])
    letter[:-2, 1:-1] = small.repeat(2, axis=0).repeat(2, axis=1)
    return letter


def _block(number: int, name: str) -> np.ndarray:
    """The block elements, U+2580 and on."""
    if name.endswith("SHADE"):
        quarters = number - 0x10
        filled: np.ndarray = np.tile(quarters > _DITHER, (HEIGHT // 4, WIDTH // 4))
        return filled.astype(np.float32)
    if name.startswith("QUADRANT"):
        parts = [part.split()[-2:] for part in name.split(" AND ")]
        return _union(*(_eighths(*_HALVES[side], *_HALVES[height]) for height, side in parts))
    if 1 <= number <= 8:
        return _eighths(0, 8, 8 - number, 8)
    if 9 <= number <= 15:
        return _eighths(0, 16 - number, 0, 8)
    return _eighths(*{0x00: (0, 8, 0, 4), 0x10: (4, 8, 0, 8), 0x14: (0, 8, 0, 1), 0x15: (7, 8, 0, 8)}[number])


def _eighths(left: int, right: int, top: int, bottom: int) -> np.ndarray:
    """A rectangle whose edges are told in eighths of the character."""
    wide, high = WIDTH / 8, HEIGHT / 8
    return _rectangle(left * wide, top * high, right * wide, bottom * high)


def _braille(bits: int) -> np.ndarray:
    """Two columns of four dots; the lowest six bits go down the first three of each, then the fourth ones."""
    places = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)]
    wide, high = WIDTH // 2, HEIGHT // 4
    return _union(
        *(
            _rectangle(x * wide + 1, y * high + 1, (x + 1) * wide - 1, (y + 1) * high - 1)
            for bit, (x, y) in enumerate(places)
            if bits >> bit & 1
        )
    )


def _lines(words: list[str]) -> np.ndarray:
    """The arms that the name of a box drawing tells, all of one weight; its diagonals are a box here."""
    if "DIAGONAL" in words:
        return _letter("\ufffd")
    (left, right), (top, bottom) = _MIDDLE
    arms = {
        "UP": (left, 0, right, bottom),
        "DOWN": (left, top, right, HEIGHT),
        "LEFT": (0, top, right, bottom),
        "RIGHT": (left, top, WIDTH, bottom),
        "VERTICAL": (left, 0, right, HEIGHT),
        "HORIZONTAL": (0, top, WIDTH, bottom),
    }
    return _union(*(_rectangle(*arms[word]) for word in words if word in arms))


def _union(*parts: np.ndarray) -> np.ndarray:
    whole = _rectangle(0, 0, 0, 0)
    for part in parts:
        whole = np.maximum(whole, part)
    return whole


def _rectangle(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    """A filled one, in dots; of a dot that an edge cuts, the share inside."""
    filled: np.ndarray = np.outer(_within(top, bottom, HEIGHT), _within(left, right, WIDTH))
    return filled.astype(np.float32)


def _within(low: float, high: float, count: int) -> np.ndarray:
    """How much of each of so many dots in a row lies between two places."""
    starts = np.arange(count)
    inside: np.ndarray = np.clip(np.minimum(starts + 1, high) - np.maximum(starts, low), 0, 1)
    return inside
