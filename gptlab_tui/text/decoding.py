r"""From the bytes of one file to its characters, in chunks: BOM dropped, every line end a `\n`.

Whatever is wrong with the bytes is told as a `GPTLabError` with the file, the place and the way out.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from gptlab_tui.errors import GPTLabError

BLOCK_BYTES = 1 << 20
"""So much of a file is decoded at a time."""

_HEAD_BYTES = 1 << 16
_CONTROLS = dict.fromkeys([*range(9), 0x0B, *range(0x0E, 0x20), *range(0x7F, 0xA0)])


def new_decoder(encoding: str, errors: str) -> io.IncrementalNewlineDecoder:
    """A decoder that goes from block to block and turns CRLF and CR into LF."""
    return io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(errors), translate=True)


def check_encoding(encoding: str) -> None:
    """Raise GPTLabError unless Python knows `encoding` as a text encoding with a stream decoder."""
    try:
        codecs.getincrementaldecoder(encoding)
        b"\xff\xff\xff\xff".decode(encoding, "replace")  # not every codec can replace
    except (LookupError, ValueError):
        raise GPTLabError(
            f"'{encoding}' is not a text encoding.", "Examples: utf-8, utf-16, latin-1, cp1252."
        ) from None


def decode_file(
    path: Path, decoder: io.IncrementalNewlineDecoder, offset: int = 0
) -> Iterator[tuple[str, int]]:
    """Chunks of the text from byte `offset` on, each with the offset in bytes where the next one begins.

    `decoder` must be in the state that belongs to `offset`; a fresh one belongs to 0. Its state after
    a chunk belongs to the offset given with it.
    """
    first = offset == 0
    with open_text(path) as file:
        file.seek(offset)
        while True:
            block = read_block(file, path, BLOCK_BYTES)
            offset += len(block)
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeError as error:
                raise _not_decodable(path, error, offset) from error
            if first and text:
                text = text.removeprefix("\ufeff")
                first = False
            if text:
                yield text, offset
            if not block:
                return


def open_text(path: Path) -> BinaryIO:
    """The regular file at `path`, opened for reading; raises GPTLabError where that cannot be."""
    try:
        if not path.is_file():  # a pipe or a device would be read once, or for ever
            raise GPTLabError(f"{path} is not a regular file.", "Save the text in a file first.")
        return path.open("rb")
    except OSError as error:
        raise _unreadable(path, error) from error


def read_block(file: BinaryIO, path: Path, size_bytes: int) -> bytes:
    """At most `size_bytes` bytes of `file`; raises GPTLabError where the system refuses."""
    try:
        return file.read(size_bytes)
    except OSError as error:
        raise _unreadable(path, error) from error


def refuse_binary(path: Path, encoding: str) -> None:
    """Raise GPTLabError if the beginning of the file has more control characters than a text would.

    A few of them are the text's own affair (they are reported). Twenty in a hundred, or five where
    the bytes are not even valid in the encoding, are a program, a picture, or UTF-16.
    """
    with open_text(path) as file:
        head = read_block(file, path, _HEAD_BYTES)
    valid = True
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeError:
        valid = False
        text = head.decode(encoding, "replace")
    controls = len(text) - len(text.translate(_CONTROLS))
    if (controls >= 16 and controls > 0.2 * len(text)) or (not valid and controls > 0.05 * len(text)):
        raise GPTLabError(
            f"{path} looks binary, not like text: {controls / len(text):.0%} of its beginning are"
            " control characters.",
            "If it is a text in another encoding, name it, for example --encoding utf-16.",
        )


def _not_decodable(path: Path, error: UnicodeError, read_bytes: int) -> GPTLabError:
    if not isinstance(error, UnicodeDecodeError):
        return GPTLabError(f"{path} cannot be decoded: {error}.", "Name its encoding with --encoding.")
    place = read_bytes - len(error.object) + error.start  # `object` ends where reading has come to
    value = error.object[error.start]
    hint = "Name its encoding (--encoding latin-1, utf-16, ...) or read on with --errors replace."
    return GPTLabError(
        f"{path} is not valid {error.encoding}: byte 0x{value:02x} at offset {place} ({error.reason}).", hint
    )


def _unreadable(path: Path, error: OSError) -> GPTLabError:
    reason = (error.strerror or str(error)).lower()
    return GPTLabError(f"{path} cannot be read: {reason}.", "Check the path and its permissions.")
