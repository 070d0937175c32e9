r"""Tokens as text that tells them apart: what is only a part of a character stands in escapes, `\xc3`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gptlab_tui.text.protocol import Tokenizer


def escaped(raw: bytes) -> str:
    """UTF-8 as text, bytes that are no whole character as escapes."""
    return raw.decode("utf-8", "backslashreplace")


def escaped_end(raw: bytes, characters: int) -> str:
    """So many characters of the end; a byte that is none is one, and its escape is never cut."""
    end = raw.decode("utf-8", "surrogateescape")[-characters:]
    return escaped(end.encode("utf-8", "surrogateescape"))


def escaped_piece(token: int, tokenizer: Tokenizer) -> str:
    """The text of a token alone."""
    return escaped(tokenizer.token_bytes(token))


def escaped_pieces(ids: Iterable[int], tokenizer: Tokenizer) -> tuple[str, ...]:
    """The text of every token alone."""
    return tuple(escaped_piece(int(token), tokenizer) for token in ids)
