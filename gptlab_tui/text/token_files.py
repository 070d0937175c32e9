"""Encoded corpora: memory-mapped files of token ids, kept under the digests of text and tokenizer.

One file holds both parts: a header of 4,096 bytes (JSON), the training tokens, the validation
tokens. It is written under another name and moved in when it is complete; its name and its header
say which text and which tokenizer it belongs to, so a changed text finds no file and makes its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from gptlab_tui.errors import GPTLabError, JobFailed
from gptlab_tui.home import Home
from gptlab_tui.text.corpus import Corpus
from gptlab_tui.text.files import atomic_file
from gptlab_tui.text.pieces import safe_pieces
from gptlab_tui.text.protocol import Ids, Tokenizer, Unknown, UnknownCharacterError

HEADER_BYTES = 4096
_FORMAT = 1

Progress = Callable[[int, int], None]
"""Called with the characters that are encoded and the characters of the text."""


@dataclass(frozen=True)
class TokenFiles:
    """The tokens of a corpus, mapped from a file; `train` and `val` are read-only."""

    train: NDArray[np.unsignedinteger[Any]]
    val: NDArray[np.unsignedinteger[Any]]
    train_characters: int
    val_characters: int
    train_bytes: int
    """UTF-8 bytes that the training tokens stand for."""
    val_bytes: int
    """UTF-8 bytes that the validation tokens stand for: what bits per byte divides by."""
    vocab_size: int
    digest: str
    """Of the text, the tokenizer, the place of the split and `unknown`: the file's name."""
    path: Path

    def require_context(self, block_size: int) -> None:
        """Raise GPTLabError where the text is too short for one window of `block_size` tokens."""
        for part, tokens, needed in (
            ("training", self.train.size, block_size + 1),
            ("validation", self.val.size, 2),
        ):
            if tokens < needed:
                raise GPTLabError(
                    f"The text is too short: its {part} part has {tokens} tokens, and a context of"
                    f" {block_size} needs {needed} or more.",
                    "Take a longer text, or a shorter context with -o model.block_size=N.",
                )


def prepare_tokens(
    corpus: Corpus,
    tokenizer: Tokenizer,
    home: Home,
    progress: Progress | None = None,
    unknown: Unknown = "error",
) -> TokenFiles:
    """The tokens of `corpus`, from the cache or encoded now, in memory that does not grow with it.

    Raises UnknownCharacterError where the vocabulary lacks a character and `unknown` is `error`, and
    JobFailed where the disk refuses or the text changes meanwhile.
    """
    found = find_tokens(corpus.digest, tokenizer, corpus.val_start, home, unknown)
    if found is not None:
        return found
    digest = _key(corpus.digest, tokenizer, corpus.val_start, unknown)
    path = _place(home, digest)
    with atomic_file(path) as file:
        encoder = _Encoder(tokenizer, unknown, file, corpus.characters, progress)
        file.seek(HEADER_BYTES)
        train_tokens, train_bytes = encoder.part(corpus.chunks(0, corpus.val_start))
        val_tokens, val_bytes = encoder.part(corpus.chunks(corpus.val_start))
        if encoder.hash.hexdigest() != corpus.digest:
            raise JobFailed(f"The corpus '{corpus.name}' changed while it was encoded.", "Start again.")
        header = {
            "format": _FORMAT,
            "digest": digest,
            "train_tokens": train_tokens,
            "val_tokens": val_tokens,
            "train_characters": corpus.val_start,
            "val_characters": corpus.characters - corpus.val_start,
            "train_bytes": train_bytes,
            "val_bytes": val_bytes,
        }
        file.seek(0)
        file.write(json.dumps(header).encode().ljust(HEADER_BYTES - 1) + b"\n")
    mapped = _map(path, digest, tokenizer.vocab_size)
    if mapped is None:
        raise JobFailed(f"{path} was changed by somebody else.", "Start again.")
    return mapped


def find_tokens(
    text_digest: str, tokenizer: Tokenizer, val_start: int, home: Home, unknown: Unknown = "error"
) -> TokenFiles | None:
    """The tokens of a text that was encoded before, or None; the text itself is not needed."""
    digest = _key(text_digest, tokenizer, val_start, unknown)
    return _map(_place(home, digest), digest, tokenizer.vocab_size)


def token_dtype(vocab_size: int) -> np.dtype[Any]:
    """The narrowest of uint16 and uint32, little-endian, that holds every id."""
    return np.dtype("<u2" if vocab_size <= 1 << 16 else "<u4")


def encode_chunks(tokenizer: Tokenizer, chunks: Iterable[str], unknown: Unknown = "error") -> Iterator[Ids]:
    """The ids of a text, part by part; together exactly those of the whole text at once."""
    start = 0
    for piece in safe_pieces(chunks):
        try:
            yield tokenizer.encode(piece, unknown)
        except UnknownCharacterError as error:
            raise UnknownCharacterError(error.character, start + error.place, error.others) from None
        start += len(piece)


class _Encoder:
    """Writes the tokens of one part after the other, and hashes the text on the way."""

    def __init__(
        self,
        tokenizer: Tokenizer,
        unknown: Unknown,
        file: BinaryIO,
        characters: int,
        progress: Progress | None,
    ) -> None:
        self.tokenizer, self.unknown, self.file = tokenizer, unknown, file
        self.dtype = token_dtype(tokenizer.vocab_size)
        self.lengths = tokenizer.token_lengths()
        self.hash = hashlib.sha256()
        self.characters, self.done, self.progress = characters, 0, progress

    def part(self, chunks: Iterable[str]) -> tuple[int, int]:
        """Write one part; returns its tokens and the bytes that they stand for."""
        tokens = size_bytes = 0
        before = self.done
        try:
            for ids in encode_chunks(self.tokenizer, self._watched(chunks), self.unknown):
                self.file.write(ids.astype(self.dtype).tobytes())
                tokens += ids.size
                size_bytes += int(self.lengths[ids].sum())
        except UnknownCharacterError as error:
            raise UnknownCharacterError(error.character, before + error.place, error.others) from None
        return tokens, size_bytes

    def _watched(self, chunks: Iterable[str]) -> Iterator[str]:
        for chunk in chunks:
            self.hash.update(chunk.encode("utf-8"))
            yield chunk
            self.done += len(chunk)
            if self.progress is not None:
                self.progress(self.done, self.characters)


def _key(text_digest: str, tokenizer: Tokenizer, val_start: int, unknown: Unknown) -> str:
    told = f"{_FORMAT} {text_digest} {tokenizer.digest} {val_start} {unknown}"
    return hashlib.sha256(told.encode()).hexdigest()


def _place(home: Home, digest: str) -> Path:
    return home.cache / "tokens" / f"{digest[:32]}.bin"


def _map(path: Path, digest: str, vocab_size: int) -> TokenFiles | None:
    """The mapped file, or None where it is missing, of another kind, or not as long as it says."""
    dtype = token_dtype(vocab_size)
    try:
        with path.open("rb") as file:
            header = json.loads(file.read(HEADER_BYTES))
        train, val = header["train_tokens"], header["val_tokens"]
        size = HEADER_BYTES + (train + val) * dtype.itemsize
        if header["digest"] != digest or path.stat().st_size != size:
            return None
        raw = np.memmap(path, dtype=np.uint8, mode="r")
        return TokenFiles(
            train=raw[HEADER_BYTES : HEADER_BYTES + train * dtype.itemsize].view(dtype),
            val=raw[HEADER_BYTES + train * dtype.itemsize : size].view(dtype),
            train_characters=header["train_characters"],
            val_characters=header["val_characters"],
            train_bytes=header["train_bytes"],
            val_bytes=header["val_bytes"],
            vocab_size=vocab_size,
            digest=digest,
            path=path,
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
