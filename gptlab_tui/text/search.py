"""Where a text has a string: a block at a time, forwards or backwards, and on from the other end.

What is compared are characters, so every encoding, line end and number of files gives the same places.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gptlab_tui.text.corpus import Corpus


@dataclass(frozen=True, slots=True)
class Found:
    """Where a string stands: from `start` to before `stop`."""

    start: int
    stop: int
    went_round: bool
    """Whether the search had come to an end of the text, and gone on from the other one."""


def pattern_of(wanted: str) -> re.Pattern[str]:
    """What finds a string: small letters find capitals too, a capital only itself."""
    return re.compile(re.escape(wanted), re.IGNORECASE if wanted == wanted.lower() else 0)


def search(
    corpus: Corpus, wanted: str, place: int, backwards: bool, searched: Callable[[int], None]
) -> Found | None:
    """The first occurrence that begins at `place` or later; or `backwards` the last that begins before it.

    At the end of the text the search goes on from its other end, up to `place` again. `searched` is told
    every so often how many characters have been looked at; it may raise to stop the search. None where
    the string is nowhere, or empty.
    """
    if not wanted:
        return None
    place = max(0, min(place, corpus.characters))
    reach = place + len(wanted) - 1  # an occurrence that begins before the place may end behind it
    before, after = (0, reach), (place, corpus.characters)
    done = 0
    for went_round, (first, last) in enumerate((before, after) if backwards else (after, before)):
        for start, text in _windows(corpus, first, last, len(wanted) - 1, backwards):
            matches = [match.span() for match in _matches(wanted, text, backwards)]
            if matches:
                begin, end = matches[-1]
                return Found(start + begin, start + end, bool(went_round))
            done += len(text)
            searched(done)
    return None


def _matches(wanted: str, text: str, backwards: bool) -> Iterator[re.Match[str]]:
    """All of a window where its last is asked for, else the first."""
    for match in pattern_of(wanted).finditer(text):
        yield match
        if not backwards:
            return


def _windows(
    corpus: Corpus, first: int, last: int, overlap: int, backwards: bool
) -> Iterator[tuple[int, str]]:
    """The text between two places, a block at a time: (its place, it and `overlap` of the one before)."""
    blocks = [(max(start, first), min(stop, last)) for start, stop in corpus.blocks()]
    kept = ""
    for start, stop in reversed(blocks) if backwards else blocks:
        if start >= stop:
            continue
        text = corpus.read(start, stop)
        if backwards:
            text = text + kept
            kept = text[:overlap]
            yield start, text
        else:
            text = kept + text
            yield start - len(kept), text
            kept = text[len(text) - overlap :] if overlap else ""
