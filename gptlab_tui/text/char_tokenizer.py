"""The character tokenizer: the sorted distinct characters of a text, ids from 0."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gptlab_tui.errors import GPTLabError
from gptlab_tui.text.protocol import Ids, Unknown, UnknownCharacterError, check_ids, json_digest

CODE_POINTS = 0x110000


def code_points(text: str) -> NDArray[np.uint32]:
    """The code point of every character of `text`, (T,)."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


class CharTokenizer:
    """One token a character. Encoding is one look-up in a table over code points."""

    kind = "char"
    note = ""

    def __init__(self, characters: str) -> None:
        """`characters` are sorted and distinct; GPTLabError where they are not."""
        codes = code_points(characters).astype(np.int64)
        surrogate = (codes >= 0xD800) & (codes < 0xE000)
        if not codes.size or (np.diff(codes) <= 0).any() or surrogate.any():
            raise GPTLabError("The characters of a vocabulary must be sorted and distinct.")
        self.characters = characters
        self._codes = codes.astype("<u4")
        self._table = np.full(int(codes[-1]) + 2, -1, dtype=np.int32)  # the last entry: all beyond
        self._table[codes] = np.arange(codes.size, dtype=np.int32)

    @property
    def vocab_size(self) -> int:
        """V, the number of distinct characters."""
        return len(self.characters)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON."""
        return json_digest(self.to_json())

    @cached_property
    def substitute(self) -> int:
        """What `--unknown replace` writes: U+FFFD, else `?`, else a space, else the first token."""
        return next((self.characters.index(c) for c in "\ufffd? " if c in self.characters), 0)

    def encode(self, text: str, unknown: Unknown = "error") -> Ids:
        """The ids of `text`, (T,); shorter where characters are skipped."""
        ids = self._table.take(code_points(text), mode="clip")
        if ids.size and ids.min() < 0:
            missing = ids < 0
            if unknown == "error":
                (character, place), *others = self.unknown_characters(text)
                raise UnknownCharacterError(character, place, len(others))
            ids = ids[~missing] if unknown == "skip" else np.where(missing, self.substitute, ids)
        return ids.astype(np.int32, copy=False)

    def decode(self, ids: Sequence[int] | Ids) -> str:
        """The text of `ids`."""
        return self._codes[check_ids(ids, self.vocab_size)].tobytes().decode("utf-32-le")

    def token_bytes(self, token: int) -> bytes:
        """The character in UTF-8."""
        return self.decode([token]).encode("utf-8")

    def token_lengths(self) -> NDArray[np.int64]:
        """The number of UTF-8 bytes of every character, (V,)."""
        return np.array([len(character.encode("utf-8")) for character in self.characters], dtype=np.int64)

    def unknown_characters(self, text: str) -> list[tuple[str, int]]:
        """Each distinct character of `text` outside the vocabulary, with its first place."""
        codes = code_points(text)
        places = np.flatnonzero(self._table.take(codes, mode="clip") < 0)
        _, first = np.unique(codes[places], return_index=True)
        return [(text[place], int(place)) for place in places[np.sort(first)]]

    def to_json(self) -> dict[str, Any]:
        """`kind` and `characters`."""
        return {"kind": self.kind, "characters": self.characters}


def distinct_characters(chunks: Iterable[str]) -> str:
    """The sorted distinct characters of a text."""
    present = np.zeros(CODE_POINTS, dtype=bool)
    for chunk in chunks:
        present[code_points(chunk)] = True
    return "".join(map(chr, np.flatnonzero(present).tolist()))
