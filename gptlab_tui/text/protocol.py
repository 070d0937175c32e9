"""What every tokenizer can do, and the error for a character that it does not know."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from gptlab_tui.errors import GPTLabError
from gptlab_tui.text.odd import character_name

Ids = NDArray[np.int32]
Unknown = Literal["error", "skip", "replace"]
"""What `encode` does with a character outside the vocabulary."""


class Tokenizer(Protocol):
    """Text to token ids and back. V is the size of the vocabulary; ids go from 0 to V - 1."""

    @property
    def kind(self) -> str:
        """`char`, `bpe` or `gpt2`."""

    @property
    def vocab_size(self) -> int:
        """V."""

    @property
    def digest(self) -> str:
        """SHA-256, in hexadecimal, of `to_json()` in its canonical form."""

    @property
    def note(self) -> str:
        """What the maker of the vocabulary should be told; not part of `to_json()`."""

    def encode(self, text: str, unknown: Unknown = "error") -> Ids:
        """The ids of `text`, (T,). Raises UnknownCharacterError where `unknown` is `error`."""

    def decode(self, ids: Sequence[int] | Ids) -> str:
        """The text of `ids`; U+FFFD only where their bytes are not UTF-8."""

    def token_bytes(self, token: int) -> bytes:
        """The bytes that a token stands for. Raises ValueError outside the vocabulary."""

    def token_lengths(self) -> NDArray[np.int64]:
        """The number of bytes of every token, (V,)."""

    def unknown_characters(self, text: str) -> list[tuple[str, int]]:
        """Each character of `text` that is not covered, with its first place (from 0), in order."""

    def to_json(self) -> dict[str, Any]:
        """All that is needed to make the tokenizer again."""


class UnknownCharacterError(GPTLabError):
    """A text has a character that the vocabulary has not. `place` counts characters from 0."""

    def __init__(self, character: str, place: int, others: int = 0) -> None:
        self.character, self.place, self.others = character, place, others
        more = f", nor are {others} other characters of the text" if others else ""
        more = more.replace("are 1 other characters", "is 1 other character")
        super().__init__(
            f"{describe(character)}, character {place + 1:,} of the text, is not in the vocabulary{more}.",
            "Leave such characters out with --unknown skip, or write a substitute with --unknown replace.",
        )


def describe(character: str) -> str:
    """A character for a message: itself (or its escape), its code point and its name."""
    code = f"U+{ord(character):04X}"
    name = character_name(character)
    shown = f"'{character}'" if character.isprintable() else repr(character)
    return f"{shown} ({code}{f', {name}' if name else ''})"


def json_digest(data: dict[str, Any]) -> str:
    """SHA-256 of a JSON object written in one way only: sorted keys, no spaces, ASCII."""
    return hashlib.sha256(json.dumps(data, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def check_ids(ids: Sequence[int] | Ids, vocab_size: int) -> NDArray[np.int64]:
    """`ids` as an array; raises ValueError where one of them is outside the vocabulary."""
    array = np.asarray(ids, dtype=np.int64).reshape(-1)
    if array.size and not (array.min() >= 0 and array.max() < vocab_size):
        wrong = array[(array < 0) | (array >= vocab_size)][0]
        raise ValueError(f"token {wrong} is outside the vocabulary of {vocab_size}")
    return array
