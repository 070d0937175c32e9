"""A text of any size as rows of a screen: only what is near the screen is ever read and cut.

A place is a character of the corpus. Rows are found from the beginning of the line that a place lies
in; a line longer than `REACH` is cut there. How many lines lie before a place is counted in the
background, a block at a time.
"""

from __future__ import annotations

import bisect
import functools
import itertools
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len

from gptlab_tui.render.display import display

if TYPE_CHECKING:
    from gptlab_tui.text.corpus import Corpus
    from gptlab_tui.text.protocol import Tokenizer

#: Characters that are read around a place.
BLOCK = 1 << 16
#: So far back the beginning of a line is looked for.
REACH = 1 << 13


class Window:
    """The part of a corpus that was read last; what lies in it is not read again."""

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self._start = 0
        self._text = ""

    def read(self, start: int, stop: int) -> str:
        """The characters from `start` to before `stop`. Raises JobFailed where the file has changed."""
        start, stop = max(0, start), min(stop, self.corpus.characters)
        if start >= stop:
            return ""
        if start < self._start or stop > self._start + len(self._text):
            self._start = max(0, start - BLOCK)
            self._text = self.corpus.read(self._start, stop + BLOCK)
        return self._text[start - self._start : stop - self._start]

    def line_start(self, place: int) -> int:
        """Where the line begins that a place lies in, or `REACH` characters before it."""
        before = self.read(place - REACH, place)
        end = before.rfind("\n")
        if end >= 0:
            return place - len(before) + end + 1
        return max(0, place - len(before)) if place <= REACH else (place // REACH - 1) * REACH


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the screen: the characters from `start` to before `stop`, without the line's end."""

    start: int
    stop: int


def wrap(text: str, start: int, width: int) -> Iterator[Row]:
    """The rows of a text whose first character is the `start`-th, broken at spaces where there are any."""
    at = 0
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        for first, last in _fold(text, at, end, width):
            yield Row(start + first, start + last)
        at = end + 1


@functools.lru_cache(maxsize=4096)
def _cells(character: str) -> int:
    return max(1, cell_len(display(character)))


def _fold(text: str, at: int, end: int, width: int) -> list[tuple[int, int]]:
    if at == end:
        return [(at, at)]
    parts, first = [], at
    cells, space = 0, -1
    place = at
    while place < end:
        cells += _cells(text[place])
        if cells > width and place > first:
            cut = space + 1 if space >= first else place
            parts.append((first, cut))
            first, place, cells, space = cut, cut, 0, -1
            continue
        if text[place] == " ":
            space = place
        place += 1
    return [*parts, (first, end)]


def rows_from(window: Window, place: int, width: int, height: int) -> list[Row]:
    """The rows of a screen whose first is the one that `place` lies in."""
    begin = window.line_start(place)
    reach = REACH + (place - begin) + 2 * width * height
    rows: deque[Row] = deque(maxlen=max(1, height))
    after = 0
    for row in wrap(window.read(begin, begin + reach), begin, max(1, width)):
        if row.start > place or not rows:
            if rows:
                after += 1
            if after == height:
                break
            rows.append(row)
        else:
            rows.clear()
            rows.append(row)
    return list(rows)


def row_above(window: Window, place: int, width: int, rows: int = 1) -> int:
    """The place of the row that stands `rows` above the one of `place`."""
    for _ in range(rows):
        begin = window.line_start(place)
        if begin == place:
            if place == 0:
                return 0
            begin = window.line_start(place - 1)
        above = [row for row in wrap(window.read(begin, place), begin, max(1, width)) if row.start < place]
        place = above[-1].start if above else begin
    return place


@dataclass(frozen=True, slots=True)
class Span:
    """A token in the text: from `start` to before `stop`, and its number within its line."""

    start: int
    stop: int
    number: int
    token: int


def spans(text: str, start: int, tokenizer: Tokenizer) -> list[Span]:
    """The tokens of a text by their characters; one that begins within a character begins after it.

    Characters that the vocabulary lacks are tokens by themselves.
    """
    ids = tokenizer.encode(text, "replace").tolist()
    if tokenizer.kind == "char":
        places = _in_line(text)
        return [Span(start + at, start + at + 1, places[at], token) for at, token in enumerate(ids)]
    ends, at_byte = [], 0
    for character in text:
        at_byte += len(character.encode("utf-8", "replace"))
        ends.append(at_byte)
    found, byte, first, number = [], 0, 0, 0
    for token in ids:
        byte += len(tokenizer.token_bytes(token))
        last = bisect.bisect_right(ends, byte)
        # Counted anew in each line, so that colours stay when the text is scrolled.
        number = 0 if first and text[first - 1] == "\n" else number + 1
        found.append(Span(start + first, start + last, number, token))
        first = last
    return found


def _in_line(text: str) -> list[int]:
    """The place of each character within its line."""
    places: list[int] = []
    for line in text.split("\n"):
        places += range(len(line) + 1)
    return places


class LineCount:
    """How many lines lie before a place; it grows while the background reads on."""

    def __init__(self) -> None:
        self._places: list[int] = [0]
        self._lines: list[int] = [0]
        self._whole = False
        self.done = False

    def grow(self, corpus: Corpus, stopped: Callable[[], bool]) -> None:
        """Counts all lines, unless `stopped()`; meant for a thread."""
        place = lines = 0
        for chunk in corpus.chunks():
            if stopped():
                return
            self._whole = chunk.endswith("\n")
            for at in range(0, len(chunk), BLOCK):
                part = chunk[at : at + BLOCK]
                lines += part.count("\n")
                place += len(part)
                self._lines.append(lines)
                self._places.append(place)
        self.done = True

    @property
    def total(self) -> int:
        """Lines that were counted so far."""
        return self._lines[-1] + (not self._whole)

    def before(self, number: int) -> tuple[int, int]:
        """The last place that is known to lie in front of line `number`, and the line ends before it."""
        known = min(len(self._places), len(self._lines))
        at = max(0, bisect.bisect_left(self._lines, number - 1, 0, known) - 1)
        return self._places[at], self._lines[at]

    def line_at(self, place: int, window: Window) -> int | None:
        """The number of the line of a place, from 1; None where the background has not come yet."""
        known = min(len(self._places), len(self._lines))
        at = bisect.bisect_right(self._places, place, 0, known) - 1
        if place - self._places[at] > 2 * BLOCK:
            return None
        return self._lines[at] + window.read(self._places[at], place).count("\n") + 1


class Part(NamedTuple):
    """Some of a row, safe to show, that looks the same throughout."""

    text: str
    colour: int
    mark: int
    """0, or what the searched string is marked with."""
    ends: bool
    """Whether the token, or what the row has of it, ends here."""


def coloured(
    rows: Sequence[Row], found: Sequence[Span], text: str, start: int, kinds: int, marks: Sequence[int] = ()
) -> list[list[Part]]:
    """Each row as its parts in order, at least one for each token; colours are 0 … kinds-1.

    `text` begins at the `start`-th character and holds all rows; `marks` has a number for each of its
    characters, or is empty.
    """
    lines = []
    edges = [span.start for span in found]
    for row in rows:
        parts: list[Part] = []
        at = max(0, bisect.bisect_right(edges, row.start) - 1)
        while at < len(found) and found[at].start < row.stop:
            span = found[at]
            first, last = max(span.start, row.start) - start, min(span.stop, row.stop) - start
            for begin, end, mark in _alike(marks, first, last):
                parts.append(Part(display(text[begin:end]), span.number % kinds, mark, end == last))
            at += 1
        lines.append(parts)
    return lines


def _alike(marks: Sequence[int], first: int, last: int) -> Iterator[tuple[int, int, int]]:
    """Stretches of the same mark: (from, to before, mark)."""
    for mark, places in itertools.groupby(range(first, last), lambda at: marks[at] if marks else 0):
        stretch = list(places)
        yield stretch[0], stretch[-1] + 1, mark
