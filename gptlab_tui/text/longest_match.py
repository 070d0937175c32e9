"""How far a text agrees with a training text: from every place, the longest run that occurs there.

A binary search in the sorted places for all places of the text at once; the run that it looks for is the
longest that it met on its way, because it passes both neighbours of where the text would stand.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from gptlab_tui.text.suffix_order import REACH, Bytes
from gptlab_tui.text.text_index import TextIndex

Places = NDArray[np.int64]

_AT_ONCE = 1 << 15
_WINDOW = 16


def longest_matches(
    index: TextIndex, text: str, stopped: Callable[[], bool] = lambda: False
) -> tuple[Places, Places] | None:
    """For each character: in how many the text from there on agrees with the training text, and where.

    Lengths in characters, at most REACH bytes; places are bytes of the training text, of several
    equally long runs any one, and say nothing where the length is 0. None where it was stopped.
    """
    # Half a surrogate pair, from an argument that is not UTF-8, is in no training text.
    query = np.frombuffer(text.encode("utf-8", "surrogatepass"), dtype=np.uint8)
    first = np.flatnonzero((query & 0xC0) != 0x80).astype(np.int64)  # bytes at which a character begins
    lengths, places = np.zeros_like(first), np.zeros_like(first)
    padded = np.concatenate((query, np.zeros(REACH + _WINDOW, dtype=np.uint8)))
    for start in range(0, len(first), _AT_ONCE):
        asked = first[start : start + _AT_ONCE]
        best, where = np.zeros_like(asked), np.zeros_like(asked)
        for number, order in enumerate(index.parts):
            if stopped():
                return None
            _search(index, number * index.part_bytes, order, padded, len(query), asked, best, where)
        lengths[start : start + _AT_ONCE], places[start : start + _AT_ONCE] = best, where
    bounds = np.append(first, len(query))
    whole = np.searchsorted(bounds, first + lengths, side="right") - 1  # characters that end within
    return whole - np.arange(len(first)), places


def _search(
    index: TextIndex,
    base: int,
    order: NDArray[np.uint32],
    query: Bytes,
    query_size: int,
    asked: Places,
    best: Places,
    where: Places,
) -> None:
    """Searches one part and leaves in `best` and `where` what is longer than what was there."""
    low, high = np.zeros_like(asked), np.full_like(asked, len(order))
    while True:
        open_ = np.flatnonzero(low < high)
        if not len(open_):
            return
        middle = (low[open_] + high[open_]) // 2
        mine, theirs = asked[open_], base + order[middle].astype(np.int64)
        common = _common(query, mine, index.text, theirs)
        common = np.minimum(common, np.minimum(query_size - mine, index.size_bytes - theirs))
        longer = common > best[open_]
        best[open_[longer]], where[open_[longer]] = common[longer], theirs[longer]
        at, there = mine + common, theirs + common
        is_before = (at < query_size) & (common < REACH)
        is_before &= (there >= index.size_bytes) | (index.text[there] < query[at])
        low[open_[is_before]] = middle[is_before] + 1
        high[open_[~is_before]] = middle[~is_before]


def _common(query: Bytes, mine: Places, text: Bytes, theirs: Places) -> Places:
    """In how many bytes two texts agree from two places on, at most REACH; both go on beyond their end."""
    common = np.zeros_like(mine)
    alive = np.arange(len(mine))
    for done in range(0, REACH, _WINDOW):
        steps = done + np.arange(_WINDOW)
        differ = query[mine[alive, None] + steps] != text[theirs[alive, None] + steps]
        ends = differ.any(axis=1)
        common[alive] = done + np.where(ends, differ.argmax(axis=1), _WINDOW)
        alive = alive[~ends]
        if not len(alive):
            break
    return common
