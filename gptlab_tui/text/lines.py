"""Lines of a corpus by their numbers, found without holding more of it than a block."""

from __future__ import annotations

from gptlab_tui.errors import GPTLabError
from gptlab_tui.text.corpus import Corpus
from gptlab_tui.text.pieces import LIMIT


def line_of(corpus: Corpus, number: int | None = None, place: int = 0, lines: int = 0) -> str:
    """Line `number` of a corpus, counted from 1, or the first that is not blank; without its end.

    Of a line without end, only the beginning that examples can be made of. `place` and `lines` are
    those of `start_of_line`. Raises GPTLabError where there is no such line.
    """
    start = _first_line(corpus) if number is None else start_of_line(corpus, number, place, lines)
    if start is None:
        raise GPTLabError(f"The corpus '{corpus.name}' has no line with words.", "Choose another text.")
    return corpus.read(start, start + LIMIT).split("\n", 1)[0]


def start_of_line(corpus: Corpus, number: int, place: int = 0, lines: int = 0) -> int:
    """The character with which line `number` begins, counted from 1.

    Whoever knows that `lines` line ends lie before a `place`, fewer than before the line, saves the
    reading up to there. Raises GPTLabError where there is no such line.
    """
    if lines >= number - 1:
        place = lines = 0
    if number == 1 and corpus.characters:
        return 0
    before = number - 1 - lines  # so many line ends lie between
    for chunk in corpus.chunks(place) if before > 0 else ():
        ends = chunk.count("\n")
        if ends >= before:
            start = place + len(chunk) - len(chunk.split("\n", before)[-1])
            if start < corpus.characters:
                return start
            break
        place, before = place + len(chunk), before - ends
    raise GPTLabError(f"The corpus '{corpus.name}' has no line {number:,}.", "Lines count from 1.")


def _first_line(corpus: Corpus) -> int | None:
    """The character with which the first line begins that is not blank."""
    start = line = 0
    for chunk in corpus.chunks():
        blank = len(chunk) - len(chunk.lstrip())
        end = chunk.rfind("\n", 0, blank)
        line = line if end < 0 else start + end + 1
        if blank < len(chunk):
            return line
        start += len(chunk)
    return None
