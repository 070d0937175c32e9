"""The training part of a text in a file that finds where any other text occurs in it, however long.

The file has a header of 4,096 bytes (JSON), the training part in UTF-8, the beginning of the validation
part, and the places of the training part sorted by what follows (`suffix_order`). The header knows a
checksum of the rest, since a damaged index would answer all the same. It is made in parts of 8 MiB, so
memory does not grow with the text: a part is sorted with the REACH bytes after it, and a search goes
through all parts. The file takes five bytes for each byte of the training part.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from gptlab_tui.errors import JobFailed
from gptlab_tui.home import Home
from gptlab_tui.text.corpus import Corpus
from gptlab_tui.text.files import atomic_file
from gptlab_tui.text.suffix_order import REACH, Bytes, suffix_order

HEADER_BYTES = 4096
#: Bytes that are sorted at once: some 350 MB of memory while an index is made.
PART_BYTES = 8 << 20
#: Characters of the validation part that are kept beside the training part.
HELD_OUT = 1 << 16
#: So much is checked when it is opened: all of a file up to 64 MiB (some 30 ms), else blocks all over it.
_CHECKED_BLOCKS = 64
_BLOCK_BYTES = 1 << 20
_FORMAT = 1

Progress = Callable[[int, int], None]
"""Called with the bytes that are sorted and the bytes that there are."""


@dataclass(frozen=True, slots=True, eq=False)
class TextIndex:
    """A training text and its sorted places, mapped from a file."""

    text: Bytes
    """(N + REACH,): the training part in UTF-8, then zeros."""
    size_bytes: int
    """N."""
    held_out: str
    """The first HELD_OUT characters of the validation part."""
    parts: tuple[NDArray[np.uint32], ...]
    """The places of each part, counted from its beginning, sorted by what follows."""
    part_bytes: int
    path: Path

    def line_of(self, place: int) -> int:
        """The line, from 1, on which a byte of the training part stands."""
        starts = range(0, place, PART_BYTES)
        blocks = (self.text[start : min(start + PART_BYTES, place)] for start in starts)
        return 1 + sum(int(np.count_nonzero(block == ord("\n"))) for block in blocks)

    def read(self, start: int, stop: int) -> str:
        """The characters between two bytes; halves of characters at the ends are left out."""
        start, stop = max(start, 0), min(stop, self.size_bytes)
        return bytes(self.text[start:stop]).decode("utf-8", "ignore")


def text_index(
    corpus: Corpus,
    home: Home,
    tell: Progress = lambda done, total: None,
    stopped: Callable[[], bool] = lambda: False,
) -> TextIndex | None:
    """The index of a corpus' training part, from the cache or made now; None where it was stopped.

    Raises JobFailed where the disk refuses or the text changes meanwhile.
    """
    found = find_text_index(corpus.digest, corpus.val_start, home)
    if found is not None:
        return found
    digest = _key(corpus.digest, corpus.val_start)
    path = _place(home, digest)
    try:
        with atomic_file(path) as file:
            _write(corpus, digest, file, tell, stopped)
    except _StoppedError:
        return None
    made = _map(path, digest)
    if made is None:
        raise JobFailed(f"{path} was changed by somebody else.", "Start again.")
    return made


def find_text_index(text_digest: str, val_start: int, home: Home) -> TextIndex | None:
    """The index of a text that was made before, or None; the text itself is not needed."""
    digest = _key(text_digest, val_start)
    return _map(_place(home, digest), digest)


class _StoppedError(Exception):
    """Nobody wants the index any more."""


def _write(corpus: Corpus, digest: str, file: BinaryIO, tell: Progress, stopped: Callable[[], bool]) -> None:
    file.seek(HEADER_BYTES)
    for chunk in corpus.chunks(0, corpus.val_start):
        file.write(chunk.encode("utf-8"))
        if stopped():
            raise _StoppedError
    size = file.tell() - HEADER_BYTES
    file.write(bytes(REACH))
    held_out = corpus.read(corpus.val_start, corpus.val_start + HELD_OUT).encode("utf-8")
    file.write(held_out)
    file.write(bytes(-file.tell() % 4))
    file.flush()
    tell(0, size)
    for start in range(0, size, PART_BYTES):
        count = min(PART_BYTES, size - start)
        reach = min(count + REACH, size - start)
        part = np.frombuffer(os.pread(file.fileno(), reach, HEADER_BYTES + start), dtype=np.uint8)
        if len(part) != reach:
            raise OSError(f"only {len(part)} of {reach} bytes could be read back")
        file.write(suffix_order(part, count).astype("<u4").tobytes())
        tell(start + count, size)
        if stopped():
            raise _StoppedError
    header = {"format": _FORMAT, "digest": digest, "train_bytes": size, "held_out_bytes": len(held_out)}
    file.flush()
    header |= {"part_bytes": PART_BYTES, "crc32": _checksum(file.fileno(), file.tell())}
    file.seek(0)
    file.write(json.dumps(header).encode().ljust(HEADER_BYTES - 1) + b"\n")


def _key(text_digest: str, val_start: int) -> str:
    return hashlib.sha256(f"{_FORMAT} {text_digest} {val_start}".encode()).hexdigest()


def _place(home: Home, digest: str) -> Path:
    return home.cache / "index" / f"{digest[:32]}.bin"


def _checksum(descriptor: int, size: int) -> int:
    """The CRC-32 of a file of so many bytes but for its header, or of blocks all over a large one."""
    blocks = min(_CHECKED_BLOCKS, -(-(size - HEADER_BYTES) // _BLOCK_BYTES))
    last = max(HEADER_BYTES, size - _BLOCK_BYTES)
    found = 0
    for number in range(blocks):
        start = HEADER_BYTES + (last - HEADER_BYTES) * number // max(1, blocks - 1)
        found = zlib.crc32(os.pread(descriptor, _BLOCK_BYTES, start), found)
    return found


@lru_cache(maxsize=16)
def _checksum_of(path: Path, size: int, inode: int, changed_ns: int) -> int:
    """The same, once for each state of a file: it is looked up for every line that is shown."""
    with path.open("rb") as file:
        return _checksum(file.fileno(), size)


def _map(path: Path, digest: str) -> TextIndex | None:
    """The mapped file, or None where it is missing, of another kind, not as long as it says, or damaged."""
    try:
        with path.open("rb") as file:
            header = json.loads(file.read(HEADER_BYTES))
            about = os.fstat(file.fileno())
        size, held, part_bytes = (header[key] for key in ("train_bytes", "held_out_bytes", "part_bytes"))
        end = HEADER_BYTES + size + REACH + held
        first = end + -end % 4
        if header["digest"] != digest or about.st_size != first + 4 * size:
            return None
        if header["crc32"] != _checksum_of(path, about.st_size, about.st_ino, about.st_mtime_ns):
            return None
        raw = np.memmap(path, dtype=np.uint8, mode="r")
        places = raw[first:].view("<u4")
        return TextIndex(
            text=raw[HEADER_BYTES : HEADER_BYTES + size + REACH],
            size_bytes=size,
            held_out=bytes(raw[end - held : end]).decode("utf-8"),
            parts=tuple(places[start : start + part_bytes] for start in range(0, size, part_bytes)),
            part_bytes=part_bytes,
            path=path,
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
