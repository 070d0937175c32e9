"""The journal: append-only events, one JSON object a line, each proved by its last key.

`crc` is the CRC-32 of the line's object without it. A process that dies while writing leaves an
unfinished last line; the next writer ends it, and readers skip every line that does not prove
itself. Readers hold a last line without a line feed until there is one.
"""

from __future__ import annotations

import errno
import os
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from gptlab_tui.runs import fsops

Record = dict[str, Any]

#: Longer lines are not ours: the writer makes none, the readers skip them without holding them.
MAX_LINE_BYTES = 4 << 20
_BLOCK_BYTES = 1 << 18
_CRC = re.compile(rb',"crc":(\d{1,10})\}\s*\Z')


def encode_record(record: Record) -> bytes:
    """The record's line, with its CRC and the line feed; ValueError for NaN or an overlong record."""
    body = fsops.dump_json(record)
    if not record or "crc" in record or len(body) + 32 > MAX_LINE_BYTES:
        raise ValueError("a record of the journal is not empty, has no `crc` and fits into a line")
    return body[:-1] + b',"crc":%d}\n' % zlib.crc32(body)


def decode_line(line: bytes) -> Record | None:
    """The record of a line without its `crc`, or None where the line does not prove itself."""
    match = _CRC.search(line, max(0, len(line) - 64))
    if match is None:
        return None
    body = line[: match.start()] + b"}"
    if zlib.crc32(body) != int(match[1]):
        return None
    try:
        record = fsops.parse_json(body)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


class JournalWriter:
    """Appends records; one process at a time, the owner of the run's lock."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with fsops.explained(path):
            self._descriptor = fsops.open_regular(path, os.O_RDWR | os.O_APPEND | os.O_CREAT)
        fsops.fsync_dir(path.parent)

    def append(self, record: Record) -> None:
        """One write of one line; raises DiskError where it was not taken whole.

        Readers see it at once; after a cut of power it is there only if `sync` was called since.
        """
        line = encode_record(record)
        with fsops.explained(self.path):
            size = os.fstat(self._descriptor).st_size
            if size and os.pread(self._descriptor, 1, size - 1) != b"\n":
                line = b"\n" + line
            if fsops.disk.write(self._descriptor, line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def sync(self) -> None:
        """Returns when all that was appended is on the drive."""
        with fsops.explained(self.path):
            fsops.disk.fsync(self._descriptor)

    def close(self) -> None:
        """The writer cannot be used afterwards."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class JournalFollower:
    """Reads a growing journal: all `poll`s together are what `read_journal` would give.

    The file may not exist yet. Where it was replaced by another, the follower starts over.
    """

    def __init__(self, path: Path, offset: int = 0) -> None:
        self.path = path
        self.replaced = 0
        """How often another file was found in the place of the one before."""
        self._offset = offset  # of the first byte not yet read
        self._held = bytearray()  # the unfinished line
        self._overlong = False  # the line being read is too long: wait for its end
        self._inode: int | None = None

    def poll(self, limit_bytes: int | None = None) -> list[Record]:
        """The records since the last call, from about `limit_bytes` of the file at most.

        Where the file cannot be read (now), the rest comes with a later call.
        """
        records = []
        with suppress(OSError):
            for line in self.lines(limit_bytes):
                if (record := decode_line(line)) is not None:
                    records.append(record)
        return records

    def lines(self, limit_bytes: int | None = None) -> Iterator[bytes]:
        """The finished lines since the last call, valid or not; raises OSError but for no file."""
        try:
            descriptor = fsops.open_regular(self.path)
        except FileNotFoundError:
            return
        try:
            state = os.fstat(descriptor)
            if self._inode not in (None, state.st_ino) or state.st_size < self._offset:
                self.replaced += 1
                self._offset, self._overlong = 0, False
                self._held.clear()
            self._inode = state.st_ino
            stop = state.st_size if limit_bytes is None else self._offset + limit_bytes
            while self._offset < stop:
                block = os.pread(descriptor, min(_BLOCK_BYTES, stop - self._offset), self._offset)
                if not block:
                    return
                self._offset += len(block)
                yield from self._split(block)
        finally:
            os.close(descriptor)

    def _split(self, block: bytes) -> list[bytes]:
        *finished, rest = block.split(b"\n")
        lines = []
        for line in finished:
            if not self._overlong and len(self._held) + len(line) <= MAX_LINE_BYTES:
                lines.append(bytes(self._held) + line)
            self._held.clear()
            self._overlong = False
        self._held += rest
        if len(self._held) > MAX_LINE_BYTES:
            self._held.clear()
            self._overlong = True
        return lines


def read_journal(
    path: Path, *, effective: bool = False, keep: Callable[[bytes], bool] = lambda line: True
) -> Iterator[Record]:
    """The valid records in order; none where there is no journal, DiskError where it is not readable.

    With `effective`, records that a later `resumed` supersedes (their step is after its
    `from_step`) are left out. `keep(line)` spares the parsing of lines that are not wanted. Memory
    does not grow with the journal.
    """
    if not effective:
        for line in _all_lines(path):
            if keep(line) and (record := decode_line(line)) is not None:
                yield record
        return
    # First pass: where runs went on. A record counts if its step is within all later `from_step`s.
    cuts: list[tuple[int, int]] = []
    count = 0
    for line in _all_lines(path):
        count += 1
        if b'"resumed"' in line and (record := decode_line(line)) and record.get("event") == "resumed":
            cuts.append((count, as_step(record.get("from_step"))))
    limits = _lowest_still_to_come(cuts)
    for number, line in enumerate(_all_lines(path), 1):
        if number > count:
            return  # written since the first pass
        while limits and limits[0][0] <= number:
            limits.pop(0)
        record = decode_line(line) if keep(line) else None
        if record is not None and (not limits or as_step(record.get("step")) <= limits[0][1]):
            yield record


def _all_lines(path: Path) -> Iterator[bytes]:
    with fsops.explained(path):
        yield from JournalFollower(path).lines()


def _lowest_still_to_come(cuts: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """(line, from_step) -> (line, lowest from_step from that line on)."""
    limits: list[tuple[int, int]] = []
    for number, from_step in reversed(cuts):
        limits.append((number, min(from_step, limits[-1][1]) if limits else from_step))
    return limits[::-1]


def as_step(value: object) -> int:
    """The number of a step; 0 for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0


def newest_record(path: Path, event: str, limit_bytes: int = 64 << 20) -> Record | None:
    """The last record of a kind, looked for from the end; None where `limit_bytes` hold none."""
    mark = f'"{event}"'.encode()
    with fsops.explained(path):
        for line in read_backwards(path, limit_bytes):
            if mark in line and (record := decode_line(line)) and record.get("event") == event:
                return record
    return None


def read_backwards(path: Path, limit_bytes: int) -> Iterator[bytes]:
    """Finished lines from the last to the first, within the last `limit_bytes` or so of the file.

    For whoever needs the end of a long journal. Lines come as they are; `decode_line` proves them.
    Raises OSError but for a file that is not there.
    """
    try:
        descriptor = fsops.open_regular(path)
    except FileNotFoundError:
        return
    with os.fdopen(descriptor, "rb") as reader:
        place = os.fstat(descriptor).st_size
        lowest = max(0, place - limit_bytes)
        held: bytes | None = None  # the end of a finished line that begins further up
        while place > lowest:
            size = min(_BLOCK_BYTES, place)
            place -= size
            reader.seek(place)
            first, *lines = reader.read(size).split(b"\n")
            if lines:
                last = lines.pop()
                if held is not None:  # else it is what follows the last line feed: unfinished
                    yield last + held
                yield from reversed(lines)
                held = first
            elif held is not None and len(held) <= MAX_LINE_BYTES:
                held = first + held
        if place == 0 and held is not None:
            yield held
