"""Who owns a run: a lock that the kernel frees when its holder dies, however it dies.

flock on `lock`, held for the life of the training process. So there is no stale lock and no process
id to compare; a child made by fork closes its copy, else it would keep the lock of a dead parent.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
import weakref
from types import TracebackType
from typing import Self

from gptlab_tui.runs import fsops
from gptlab_tui.runs.layout import Run

_RETRY_S = 0.02


class RunOwnedError(fsops.DiskError):
    """Another process holds the run."""


class RunLock:
    """`with RunLock(run): ...` owns the run; raises RunOwnedError where another does for `wait_s` seconds.

    The wait is for those who merely probe (`is_alive`): they hold a shared lock for an instant.
    """

    def __init__(self, run: Run, wait_s: float = 1.0) -> None:
        self.run = run
        self._wait_s = wait_s
        self._descriptor = -1

    def acquire(self) -> None:
        """Takes the lock, and makes sure that what it locked is still this run's."""
        deadline = time.monotonic() + self._wait_s
        while True:
            with fsops.explained(self.run.lock):
                descriptor = fsops.open_regular(self.run.lock, os.O_RDWR | os.O_CREAT)
                try:
                    owned = _try_lock(descriptor, fcntl.LOCK_EX) and self._is_ours(descriptor)
                except BaseException:
                    os.close(descriptor)
                    raise
            if owned:
                self._descriptor = descriptor
                _held.add(self)
                return
            os.close(descriptor)
            if time.monotonic() >= deadline:
                raise RunOwnedError(
                    f"{self.run.name} is being trained by another process.",
                    f"`gptlab runs show {self.run.name}` tells how far it is, "
                    f"`gptlab runs stop {self.run.name}` ends it.",
                )
            time.sleep(_RETRY_S)

    def _is_ours(self, descriptor: int) -> bool:
        """Whether the locked file still goes by its name: the run may have been moved meanwhile."""
        locked = os.fstat(descriptor)
        try:
            named = self.run.lock.lstat()
        except FileNotFoundError:
            return False
        return (locked.st_dev, locked.st_ino) == (named.st_dev, named.st_ino)

    def release(self) -> None:
        """Gives the run free; without effect where it is not held."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        _held.discard(self)

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def is_alive(run: Run) -> bool:
    """Whether some process owns the run now. Writes nothing; a run that cannot be probed is not alive."""
    try:
        descriptor = fsops.open_regular(run.lock)
    except OSError:
        return False
    try:
        return not _try_lock(descriptor, fcntl.LOCK_SH)
    except OSError:
        return False
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return False
        raise
    return True


_held: weakref.WeakSet[RunLock] = weakref.WeakSet()


def _close_in_child() -> None:
    for lock in list(_held):
        lock.release()


os.register_at_fork(after_in_child=_close_in_child)
