"""The only place where the run directory meets the disk.

What is to survive a cut of power goes through here: a file is written under a temporary name, synced,
renamed, and its folder synced. A failed sync is a failure, never tried again as if it were none. All
calls that change the disk are methods of `disk`, so a test can count them, fail them or die in them.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

from gptlab_tui.errors import JobFailed, is_full

_F_FULLFSYNC: int | None = getattr(fcntl, "F_FULLFSYNC", None)  # macOS: fsync alone stays in the drive
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
#: A folder on a file system that cannot sync folders; there a rename is as durable as it gets.
_NO_FOLDER_SYNC = {errno.EINVAL, errno.ENOTSUP}

#: JSON of ours is a few levels deep; what is deeper would exhaust those who walk through it.
MAX_DEPTH = 64


class DiskError(JobFailed):
    """The system refused to read or write; `errno` is its reason."""

    def __init__(self, message: str, hint: str = "", number: int = 0) -> None:
        super().__init__(message, hint)
        self.errno = number


class Disk:
    """The system calls that change the disk, one method each."""

    def open(self, path: Path, flags: int) -> int:
        """A descriptor that children do not inherit and that is never a link's target."""
        return os.open(path, flags | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)

    def write(self, descriptor: int, data: bytes | memoryview) -> int:
        """One write; how many bytes were taken."""
        return os.write(descriptor, data)

    def fsync(self, descriptor: int) -> None:
        """Returns when the drive has it."""
        if _F_FULLFSYNC is not None:
            with suppress(OSError):  # network drives of a Mac know only fsync
                fcntl.fcntl(descriptor, _F_FULLFSYNC)
                return
        os.fsync(descriptor)

    def rename(self, source: Path, target: Path) -> None:
        """Atomic; replaces a file, never a folder that holds something."""
        source.rename(target)

    def mkdir(self, path: Path) -> None:
        """One folder; its parent must exist."""
        path.mkdir()

    def unlink(self, path: Path) -> None:
        """One file, or a link itself."""
        path.unlink()

    def rmdir(self, path: Path) -> None:
        """One empty folder."""
        path.rmdir()


disk = Disk()


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turns an OSError about `path` into a DiskError: one sentence and what to do."""
    try:
        yield
    except OSError as error:
        number = error.errno or 0
        if is_full(error):
            hint = "Free some space there (`gptlab runs list` shows what the runs take), then go on."
            raise DiskError(f"The disk is full: could not write {path}.", hint, number) from error
        reason = "is a link" if number == errno.ELOOP else error.strerror or str(error)
        hint = "Check who owns it, or name another home with --home." if number in _FORBIDDEN else ""
        raise DiskError(f"{path}: {reason}.", hint, number) from error


def unlike_any() -> str:
    """Twelve hexadecimal digits that nobody has drawn before: for the name of what is being made."""
    return os.urandom(6).hex()


def write_all(descriptor: int, data: bytes) -> None:
    """Writes until all is taken; a write that takes nothing counts as a full disk."""
    rest = memoryview(data)
    while rest:
        taken = disk.write(descriptor, rest)
        if taken == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        rest = rest[taken:]


def write_atomic(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Afterwards `path` holds `data` or, where it could not be written, what it held before.

    No temporary file stays behind. With `durable=False` nothing is synced: for caches, which may
    be lost but not torn.
    """
    temporary = path.with_name(f".{path.name}.{unlike_any()}.tmp")
    with explained(path):
        try:
            descriptor = disk.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
            try:
                write_all(descriptor, data)
                if durable:
                    disk.fsync(descriptor)
            finally:
                os.close(descriptor)
            disk.rename(temporary, path)
        except BaseException:
            with suppress(OSError):
                disk.unlink(temporary)
            raise
    if durable:
        fsync_dir(path.parent)


def write_json(path: Path, value: Any, *, durable: bool = True) -> None:
    """`write_atomic` of a JSON value that people can read; NaN is refused with ValueError."""
    write_atomic(path, dump_json(value, indent=1) + b"\n", durable=durable)


def copy_file(source: Path, target: Path) -> None:
    """Copies a regular file and syncs the copy; the caller syncs the folder."""
    with explained(target), os.fdopen(open_regular(source), "rb") as reader:
        descriptor = disk.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            while block := reader.read(1 << 20):
                write_all(descriptor, block)
            disk.fsync(descriptor)
        finally:
            os.close(descriptor)


def make_dir(path: Path) -> None:
    """Makes the folder, and those above it, where they are missing; each parent is synced."""
    if path.is_dir():
        return
    if path.parent != path:
        make_dir(path.parent)
    with explained(path):
        try:
            disk.mkdir(path)
        except FileExistsError:
            if not path.is_dir():
                raise
    fsync_dir(path.parent)


def fsync_file(path: Path) -> None:
    """Returns when what was written to `path` is on the drive."""
    with explained(path):
        descriptor = open_regular(path)
        try:
            disk.fsync(descriptor)
        finally:
            os.close(descriptor)


def fsync_dir(path: Path) -> None:
    """Returns when the names in a folder (a rename, a new file) are on the drive."""
    with explained(path):
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            disk.fsync(descriptor)
        except OSError as error:
            if error.errno not in _NO_FOLDER_SYNC:
                raise
        finally:
            os.close(descriptor)


def rename(source: Path, target: Path) -> None:
    """Atomic and durable; raises DiskError where `target` is a folder that holds something."""
    with explained(target):
        disk.rename(source, target)
    fsync_dir(target.parent)
    if source.parent != target.parent:
        fsync_dir(source.parent)


def remove_file(path: Path) -> None:
    """Removes a file or a link; one that is not there is no error."""
    with explained(path), suppress(FileNotFoundError):
        disk.unlink(path)


def remove_tree(path: Path) -> None:
    """Removes a folder and all in it without following links; one that is not there is no error."""
    with explained(path):
        if path.is_symlink() or not path.is_dir():
            if path.is_symlink() or path.exists():
                disk.unlink(path)
            return
        for entry in sorted(path.iterdir()):
            if entry.is_dir() and not entry.is_symlink():
                remove_tree(entry)
            else:
                disk.unlink(entry)
        disk.rmdir(path)


def open_regular(path: Path, flags: int = os.O_RDONLY) -> int:
    """A descriptor of a regular file; a link, a pipe or a device raises OSError instead of hanging."""
    descriptor = disk.open(path, flags | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return descriptor


def read_bytes(path: Path, limit_bytes: int) -> bytes:
    """A whole regular file; OSError where it cannot be read or is larger than the limit."""
    with os.fdopen(open_regular(path), "rb") as reader:
        data = reader.read(limit_bytes + 1)
    if len(data) > limit_bytes:
        raise OSError(errno.EFBIG, f"larger than {limit_bytes} bytes", str(path))
    return data


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def dump_json(value: Any, indent: int | None = None) -> bytes:
    """Strict JSON in UTF-8, one line unless indented; ValueError for NaN."""
    separators = (",", ":") if indent is None else None
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent, separators=separators)
        return text.encode()
    except UnicodeEncodeError:  # half a surrogate pair is not UTF-8: escape it
        return json.dumps(value, allow_nan=False, indent=indent, separators=separators).encode()


def parse_json(data: bytes) -> Any:
    """Strict JSON in UTF-8: no NaN, no nesting beyond `MAX_DEPTH`; every failure is a ValueError."""
    try:
        value = json.loads(data.decode(), parse_constant=_no_constant)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if data.count(b"[") + data.count(b"{") > MAX_DEPTH:  # else it cannot be too deep
        _refuse_deep(value, MAX_DEPTH)
    return value


def _refuse_deep(value: Any, depth: int) -> None:
    if isinstance(value, (dict, list)):
        if depth == 0:
            raise ValueError("nested too deeply")
        for item in value.values() if isinstance(value, dict) else value:
            _refuse_deep(item, depth - 1)


def sha256_file(path: Path) -> str:
    """The SHA-256 of a regular file in hexadecimal."""
    import hashlib  # with it OpenSSL, which would cost a program that reads no weights a tenth of its start

    with os.fdopen(open_regular(path), "rb") as reader:
        return hashlib.file_digest(reader, "sha256").hexdigest()
