"""What a line of text teaches: after every beginning of it, the token that comes next.

A window of T tokens is T training examples at once; the model is asked after each of them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from gptlab_tui.errors import GPTLabError
from gptlab_tui.text.corpus import Corpus
from gptlab_tui.text.pieces import LIMIT
from gptlab_tui.text.protocol import Tokenizer, Unknown


@dataclass(frozen=True, slots=True)
class Example:
    """When the input is `input_ids`, the target is `target_id`; beside the ids their text."""

    input_ids: tuple[int, ...]
    target_id: int
    input_text: str
    target_text: str

    def to_json(self) -> dict[str, Any]:
        """The example as a JSON object."""
        return asdict(self)


def training_examples(
    text: str, tokenizer: Tokenizer, block_size: int, unknown: Unknown = "error"
) -> list[Example]:
    """The examples of the first window of `text`: at most `block_size`, each one token longer.

    Raises GPTLabError where the text has fewer than two tokens.
    """
    ids = tokenizer.encode(text[:LIMIT], unknown)[: block_size + 1]
    if ids.size < 2:
        raise GPTLabError(
            f"The text has {ids.size} token{'' if ids.size == 1 else 's'}: an input and a target need two.",
            "Give a longer text or another line.",
        )
    window = tuple(ids.tolist())
    return [
        Example(
            window[:end], window[end], tokenizer.decode(window[:end]), tokenizer.decode(window[end : end + 1])
        )
        for end in range(1, len(window))
    ]


def line_of(corpus: Corpus, number: int | None = None) -> str:
    """Line `number` of a corpus, counted from 1, or the first that is not blank; without its end.

    Of a line without end, only the beginning that examples can be made of. Raises GPTLabError where
    there is no such line.
    """
    start = _first_line(corpus) if number is None else _start_of_line(corpus, number)
    if start is None or start >= corpus.characters:
        wanted = "line that is not blank" if number is None else f"line {number}"
        raise GPTLabError(f"The corpus '{corpus.name}' has no {wanted}.", "Lines count from 1.")
    return corpus.read(start, start + LIMIT).split("\n", 1)[0]


def _start_of_line(corpus: Corpus, number: int) -> int | None:
    """The character with which a line begins."""
    if number <= 1:
        return 0 if number == 1 else None
    start, before = 0, number - 1  # so many line ends lie before it
    for chunk in corpus.chunks():
        ends = chunk.count("\n")
        if ends >= before:
            return start + len(chunk) - len(chunk.split("\n", before)[-1])
        start, before = start + len(chunk), before - ends
    return None


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
