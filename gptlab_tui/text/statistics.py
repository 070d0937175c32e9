"""What is in a corpus: sizes, characters by category, frequencies, entropies, odd code points, and
what the validation part has that the training part lacks. One pass, in chunks.
"""

from __future__ import annotations

import heapq
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from gptlab_tui.text.corpus import Corpus
from gptlab_tui.text.counting import PairTally, Tally, by_character, entropy
from gptlab_tui.text.odd import CATEGORY_NAMES, character_name, odd_reason


@dataclass(frozen=True, slots=True)
class Frequency:
    """A character or a word, and how often it is there."""

    text: str
    count: int


@dataclass(frozen=True, slots=True)
class Category:
    """A Unicode category: its distinct characters (in order of code point), and all of them counted."""

    category: str
    name: str
    distinct: int
    count: int
    characters: str


@dataclass(frozen=True, slots=True)
class Odd:
    """A code point that is odd in a text, and why."""

    character: str
    code_point: str
    name: str
    count: int
    reason: str


@dataclass(frozen=True, slots=True)
class Validation:
    """The validation part, and what it has that the training part lacks."""

    characters: int
    words: int
    new_characters: tuple[Frequency, ...]
    distinct_new_words: int
    new_words: tuple[Frequency, ...]
    new_word_share: float
    """Share of the words of the validation part that the training part has not, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """The figures of one corpus. Entropies are in bits per character."""

    name: str
    digest: str
    size_bytes: int
    characters: int
    lines: int
    words: int
    distinct_characters: int
    distinct_words: int
    entropy_0: float
    """Of a character by itself: what a model that knows only frequencies needs."""
    entropy_1: float
    """Of a character when the one before is known: the best that a bigram table can do."""
    categories: tuple[Category, ...]
    top_characters: tuple[Frequency, ...]
    top_words: tuple[Frequency, ...]
    odd: tuple[Odd, ...]
    validation: Validation
    reports: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The figures as a JSON object."""
        return asdict(self)


def corpus_statistics(corpus: Corpus, top: int = 20) -> Statistics:
    """Count a corpus; `top` is how many of the most frequent are listed."""
    train, val, pairs = Tally(), Tally(), PairTally()
    train.add(corpus.chunks(0, corpus.val_start), pairs)
    val.add(corpus.chunks(corpus.val_start), pairs)
    characters = by_character(train.of_code + val.of_code)
    words = train.words + val.words
    newline_at_end = (val if val.of_code.any() else train).ends_with_newline
    return Statistics(
        name=corpus.name,
        digest=corpus.digest,
        size_bytes=corpus.size_bytes,
        characters=corpus.characters,
        lines=characters.get("\n", 0) + (not newline_at_end),
        words=words.total(),
        distinct_characters=len(characters),
        distinct_words=len(words),
        entropy_0=entropy(np.array(list(characters.values()))),
        entropy_1=pairs.conditional_entropy(),
        categories=_categories(characters),
        top_characters=_most_frequent(characters, top),
        top_words=_most_frequent(words, top),
        odd=_odd(characters),
        validation=_validation(train, val, top),
        reports=corpus.reports,
    )


def _most_frequent(counts: Mapping[str, int], top: int) -> tuple[Frequency, ...]:
    """The most frequent first, equals in order of code point."""
    best = heapq.nsmallest(top, counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Frequency(text, count) for text, count in best)


def _categories(characters: Mapping[str, int]) -> tuple[Category, ...]:
    groups: dict[str, list[str]] = {}
    for character in sorted(characters):
        groups.setdefault(unicodedata.category(character), []).append(character)
    found = [
        Category(name, CATEGORY_NAMES[name], len(group), sum(characters[c] for c in group), "".join(group))
        for name, group in groups.items()
    ]
    return tuple(sorted(found, key=lambda category: -category.count))


def _odd(characters: Mapping[str, int]) -> tuple[Odd, ...]:
    return tuple(
        Odd(character, f"U+{ord(character):04X}", character_name(character), characters[character], reason)
        for character in sorted(characters)
        if (reason := odd_reason(character))
    )


def _validation(train: Tally, val: Tally, top: int) -> Validation:
    new_characters = by_character(np.where(train.of_code > 0, 0, val.of_code))
    new_words = {word: count for word, count in val.words.items() if word not in train.words}
    total = val.words.total()
    return Validation(
        characters=int(val.of_code.sum()),
        words=total,
        new_characters=_most_frequent(new_characters, len(new_characters)),
        distinct_new_words=len(new_words),
        new_words=_most_frequent(new_words, top),
        new_word_share=sum(new_words.values()) / total if total else 0.0,
    )
