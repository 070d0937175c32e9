"""A training in the foreground: what its terminal and its signals may do to it.

The first SIGINT or SIGTERM asks the training to finish its step and save; a second one leaves at
once. A terminal that goes away (SIGHUP, or an error on writing) takes the display with it and
nothing else: from then on the training writes to its log.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO, Any, Self, TextIO, cast

SHOW_CURSOR = b"\x1b[?25h\n"


class Stream:
    """Standard output that survives its reader: when writing fails, it goes on in the log."""

    def __init__(self, stream: TextIO, lost: Callable[[], None]) -> None:
        self._stream = stream
        self._lost = lost

    def write(self, text: str) -> int:
        """Writes, or finds that nobody reads any more."""
        try:
            return self._stream.write(text)
        except (OSError, ValueError):
            self._lost()
            return len(text)

    def flush(self) -> None:
        """Flushes, or finds that nobody reads any more."""
        try:
            self._stream.flush()
        except (OSError, ValueError):
            self._lost()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class Foreground:
    """The signals and the standard streams of this process while a training runs in it."""

    def __init__(self, log: Path, interrupt: Callable[[], None], say: Callable[[str], None]) -> None:
        """`interrupt()` asks the training to save and end; `say(text)` tells the user."""
        self.log = log
        self.interrupt = interrupt
        self.say = say
        self.received: int | None = None
        """The signal that ended the training, if one did."""
        self.terminal_lost = False
        self.stream = cast(IO[str], Stream(sys.stdout, self.lose_terminal))
        self._former: dict[int, Any] = {}

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._former[number] = signal.signal(number, self._asked_to_end)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup: nothing will hang up
            self._former[signal.SIGHUP] = signal.signal(signal.SIGHUP, self._hung_up)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._former.items():
            signal.signal(number, handler)

    @property
    def exit_status(self) -> int:
        """128 + the signal that ended the training, or 0."""
        return 128 + self.received if self.received is not None else 0

    def _asked_to_end(self, number: int, frame: FrameType | None) -> None:
        with suppress(OSError, ValueError):  # raised here, it would surface anywhere in the step
            if self.received is not None and not self.terminal_lost and sys.stdout.isatty():
                os.write(sys.stdout.fileno(), SHOW_CURSOR)
        if self.received is not None:
            os._exit(128 + number)
        self.received = number
        self.interrupt()
        with suppress(OSError, ValueError):
            self.say("finishing the step, then saving; once more leaves at once")

    def _hung_up(self, number: int, frame: FrameType | None) -> None:
        if sys.stdout.isatty() or sys.stderr.isatty():
            self.lose_terminal()

    def lose_terminal(self) -> None:
        """From here on all output goes to the log; reading finds the end of the file."""
        if self.terminal_lost:
            return
        self.terminal_lost = True
        with suppress(OSError):  # a full disk takes the display's words, never the training
            self._write_to_log()

    def _write_to_log(self) -> None:
        log = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
        nothing = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        for descriptor, target in ((nothing, 0), (log, 1), (log, 2)):
            os.dup2(descriptor, target)
        os.close(log)
        os.close(nothing)
