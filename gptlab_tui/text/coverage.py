"""What of a text a vocabulary lacks: asked before a model is trained further on another text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from gptlab_tui.text.protocol import Tokenizer


@dataclass(frozen=True, slots=True)
class Lacking:
    """A character outside the vocabulary: where it comes first (from 0), and how often."""

    character: str
    place: int
    count: int

    def to_json(self) -> dict[str, Any]:
        """The facts as a JSON object."""
        return asdict(self)


def lacking_characters(chunks: Iterable[str], tokenizer: Tokenizer) -> list[Lacking]:
    """Every character of a text that `tokenizer` does not cover, the most frequent first."""
    places: dict[str, int] = {}
    counts: dict[str, int] = {}
    start = 0
    for chunk in chunks:
        for character, place in tokenizer.unknown_characters(chunk):
            places.setdefault(character, start + place)
            counts[character] = counts.get(character, 0) + chunk.count(character)
        start += len(chunk)
    found = [Lacking(character, place, counts[character]) for character, place in places.items()]
    return sorted(found, key=lambda one: (-one.count, one.place))
