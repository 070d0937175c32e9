"""A text cut into tokens, as something to look at, and what several tokenizers make of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from gptlab_tui.text.escapes import escaped
from gptlab_tui.text.protocol import Tokenizer, Unknown


@dataclass(frozen=True, slots=True)
class Cut:
    """A text and its tokens, in order."""

    text: str
    tokenizer: str
    vocab_size: int
    ids: tuple[int, ...]
    token_bytes: tuple[bytes, ...]

    @property
    def pieces(self) -> tuple[str, ...]:
        r"""The text of every token; a part of a character as escapes: `\xc3`."""
        return tuple(map(escaped, self.token_bytes))

    def to_json(self) -> dict[str, Any]:
        """The cut as a JSON object; bytes in hexadecimal."""
        return {
            "text": self.text,
            "tokenizer": self.tokenizer,
            "vocab_size": self.vocab_size,
            "tokens": len(self.ids),
            "ids": list(self.ids),
            "pieces": list(self.pieces),
            "bytes": [token.hex() for token in self.token_bytes],
        }


@dataclass(frozen=True, slots=True)
class Measured:
    """How a tokenizer cuts a text: the fewer tokens, the more text a context holds."""

    tokenizer: str
    vocab_size: int
    tokens: int
    characters: int
    characters_per_token: float | None
    bytes_per_token: float | None

    def to_json(self) -> dict[str, Any]:
        """The figures as a JSON object."""
        return asdict(self)


def cut(text: str, tokenizer: Tokenizer, unknown: Unknown = "error") -> Cut:
    """The tokens of `text`. Raises UnknownCharacterError where the vocabulary lacks a character."""
    ids = tuple(tokenizer.encode(text, unknown).tolist())
    return Cut(text, tokenizer.kind, tokenizer.vocab_size, ids, tuple(map(tokenizer.token_bytes, ids)))


def measure(text: str, tokenizer: Tokenizer, unknown: Unknown = "error") -> Measured:
    """The figures of `text` under a tokenizer; no ratios where it has no tokens."""
    ids = tokenizer.encode(text, unknown)
    covered = int(tokenizer.token_lengths()[ids].sum())
    return Measured(
        tokenizer=tokenizer.kind,
        vocab_size=tokenizer.vocab_size,
        tokens=ids.size,
        characters=len(text),
        characters_per_token=len(text) / ids.size if ids.size else None,
        bytes_per_token=covered / ids.size if ids.size else None,
    )
