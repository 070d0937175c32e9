"""What of a text stands in the training text already: its longest matches, and how much of it they cover."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO

import numpy as np

from gptlab_tui.errors import GPTLabError
from gptlab_tui.text.files import atomic_file
from gptlab_tui.text.longest_match import longest_matches
from gptlab_tui.text.text_index import TextIndex

#: Lengths in characters for which the copied share is told.
LENGTHS = (4, 8, 12, 16, 24, 32, 48, 64, 96, 128)
_AROUND = 24


@dataclass(frozen=True, slots=True)
class Source:
    """A run of the text that stands in the training text, and one place where it does."""

    start: int
    """Its first character in the text, from 0."""
    length: int
    """Characters."""
    text: str
    place: int
    """Byte of the training part, from 0."""
    line: int
    """Line of the training part, from 1: that of the whole text, which begins with it."""
    before: str
    """A few characters that stand before it there."""
    after: str


@dataclass(frozen=True, slots=True, eq=False)
class Memory:
    """A text of M characters beside a training text."""

    text: str
    matches: np.ndarray
    """(M,): the longest run that begins at each character and stands in the training text, in characters.

    It is followed up to 4,096 bytes."""
    places: np.ndarray
    """(M,): the byte of the training part where one such run begins."""
    covers: np.ndarray
    """(M,): the longest run that each character is part of; 0 where the training text lacks it."""

    def copied(self, at_least: int) -> float:
        """The share of the characters that are part of a run of so many or more."""
        return float((self.covers >= at_least).mean()) if len(self.covers) else 0.0

    def longest_runs(self) -> list[tuple[int, int]]:
        """(start, length) of every run that is not part of a longer one, in the order of the text.

        A copy that is longer than matches are followed is one run where these go on in the training text
        as they do here; where the training text has all of it several times, they need not.
        """
        ends = np.arange(len(self.matches)) + self.matches
        reached = np.concatenate(([-1], ends[:-1]))
        starts = np.flatnonzero((self.matches > 0) & (ends > reached))
        sizes = [len(character.encode("utf-8", "surrogatepass")) for character in self.text]
        offsets = self.places - np.concatenate(([0], np.cumsum(sizes)))[:-1]
        # Two runs that meet, equally far from the training text's, are one that was not followed to its end.
        begins = np.ones(len(starts), dtype=bool)
        begins[1:] = (offsets[starts[1:]] != offsets[starts[:-1]]) | (starts[1:] > ends[starts[:-1]])
        firsts, lasts = starts[begins], starts[np.roll(begins, -1)]
        return list(zip(firsts.tolist(), (ends[lasts] - firsts).tolist(), strict=True))


def remember(index: TextIndex, text: str, stopped: Callable[[], bool] = lambda: False) -> Memory | None:
    """Compares a text with a training text, to the character; None where it was stopped."""
    found = longest_matches(index, text, stopped)
    if found is None:
        return None
    matches, places = found
    return _covered(text, matches, places)


def remember_held_out(index: TextIndex, stopped: Callable[[], bool] = lambda: False) -> Memory | None:
    """The same of the text that was held out: what people repeat who copied nothing.

    It is kept beside the index, since the larger the training text, the longer it takes; a CRC-32 at its
    end tells whether it is still what was found.
    """
    text, path = index.held_out, index.path.with_suffix(".held.npy")
    with suppress(OSError, ValueError):
        kept = path.read_bytes()
        if kept[-4:] == zlib.crc32(kept[:-4]).to_bytes(4, "big"):
            matches, places = np.load(BytesIO(kept), allow_pickle=False)
            if len(matches) == len(text):
                return _covered(text, matches, places)
    found = remember(index, text, stopped)
    if found is not None:
        with suppress(GPTLabError), atomic_file(path) as file:
            array = BytesIO()
            np.save(array, np.stack((found.matches, found.places)), allow_pickle=False)
            file.write(array.getvalue() + zlib.crc32(array.getvalue()).to_bytes(4, "big"))
    return found


def _covered(text: str, matches: np.ndarray, places: np.ndarray) -> Memory:
    covers = np.zeros(len(matches), dtype=np.int64)
    memory = Memory(text, matches, places, covers)
    for start, length in sorted(memory.longest_runs(), key=lambda run: run[1]):
        covers[start : start + length] = length
    return memory


def sources(memory: Memory, index: TextIndex, count: int, at_least: int = 1) -> list[Source]:
    """The longest runs, at most `count`, each with the line that it stands on and what is around it there."""
    runs = [run for run in memory.longest_runs() if run[1] >= at_least]
    chosen = sorted(runs, key=lambda run: -run[1])[:count]
    return [_source(memory, index, start, length) for start, length in chosen]


def _source(memory: Memory, index: TextIndex, start: int, length: int) -> Source:
    place = int(memory.places[start])
    text = memory.text[start : start + length]
    end = place + len(text.encode("utf-8"))
    return Source(
        start=start,
        length=length,
        text=text,
        place=place,
        line=index.line_of(place),
        before=index.read(place - 4 * _AROUND, place)[-_AROUND:],
        after=index.read(end, end + 4 * _AROUND)[:_AROUND],
    )


def shares(memory: Memory, lengths: Sequence[int] = LENGTHS) -> list[float]:
    """The copied share for each length, 0 to 1; it falls with the length."""
    return [memory.copied(length) for length in lengths]
