"""How the keyboard is read: at once, key by key, whatever bytes come, until the terminal is gone.

Textual's own reader answers a lone escape only after a tenth of a second, dies of bytes that are no
UTF-8, reads a terminal that has hung up in a circle, and passes keys on before those in front of
them have moved the focus, so that what a script or a quick hand types lands in the wrong place.
Its writer dies of a terminal that has gone, and whoever draws then waits for it for ever.
"""

from __future__ import annotations

import asyncio
import codecs
import concurrent.futures
import os
import select
import signal
import termios
import time
import tty
from contextlib import suppress
from typing import IO, Any, cast

from textual import events
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.constants import ESCAPE_DELAY
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message
from textual.message_pump import MessagePump

from gptlab_tui.tui import ending

_ESCAPE = "\x1b"
#: So often the thread looks whether it should end.
_LOOK_EVERY_S = 0.1
_MOST_BYTES = 4096
#: A key waits no longer than this for the one before it.
_MOST_WAIT_S = 5.0
#: While it waits, it looks so often whether the application ends.
_GLANCE_S = 0.02
#: A key can open something that takes the focus elsewhere; oftener than this it does not.
_MOST_ROUNDS = 4


class Output:
    """The terminal's file as the driver writes to it; what a gone terminal does not take is dropped."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> None:
        """Writes, or does not."""
        with suppress(OSError):
            self._file.write(text)

    def flush(self) -> None:
        """Passes on what was written, or does not."""
        with suppress(OSError):
            self._file.flush()

    def fileno(self) -> int:
        """The file's descriptor."""
        return self._file.fileno()


class Keyboard(LinuxDriver):
    """Textual's driver with a reader of its own, and a writer that outlives the terminal."""

    def __init__(
        self,
        app: App[object],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._file = cast(Any, Output(cast(IO[str], self._file)))

    def _sigcont_application(self, *_: object) -> None:
        """Takes the terminal as it was before the pause, and draws all that stood on it.

        A pause that we have heard of (SIGTSTP) has given it back; of one that nobody can hear of (SIGSTOP)
        the shell has taken it. A hang-up comes with a SIGCONT, too: then it is gone.
        """
        if self._must_signal_resume:
            super()._sigcont_application()
        elif not self._take_back():
            return
        self._loop.call_soon_threadsafe(self._draw_anew)

    def _take_back(self) -> bool:
        """Makes the terminal ours again; whether somebody had it, it is there, and we are at its front."""
        try:
            if self._writer_thread is None or os.tcgetpgrp(self.fileno) != os.getpgrp():
                return False
            modes = termios.tcgetattr(self.fileno)
            as_found = [*modes[: tty.CC], [*modes[tty.CC]]]
            modes[tty.LFLAG] = self._patch_lflag(modes[tty.LFLAG])
            modes[tty.IFLAG] = self._patch_iflag(modes[tty.IFLAG])
            modes[tty.CC][termios.VMIN] = 1
            if modes == as_found:
                return False  # nobody has taken it
            termios.tcsetattr(self.fileno, termios.TCSANOW, modes)
        except (OSError, termios.error):
            return False
        self.write("\x1b[?1049h\x1b[?25l\x1b[?1004h")  # another screen, no cursor, tell of the focus
        self._enable_mouse_support()
        self._enable_bracketed_paste()
        self._disable_line_wrap()
        self.flush()
        return True

    def _draw_anew(self) -> None:
        for screen in self._app.screen_stack:
            screen.refresh()

    def run_input_thread(self) -> None:
        """Reads until the application ends or the terminal is gone; a gone terminal is a SIGHUP."""
        parser = XTermParser(self._debug)
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        patience_s = _LOOK_EVERY_S
        while not self.exit_event.is_set():
            if select.select([self.fileno], [], [], patience_s)[0]:
                data = self._read()
                if not data:
                    ending.insist(128 + signal.SIGHUP)
                    os.kill(os.getpid(), signal.SIGHUP)
                    return
                text = decode(data)
                # An escape may be a key of its own or begin another: that is known in a moment.
                patience_s = ESCAPE_DELAY if _ESCAPE in text else _LOOK_EVERY_S
                if text:  # no text, to the parser, is the end
                    for message in parser.feed(text):
                        self.process_message(message)
            else:
                patience_s = _LOOK_EVERY_S
            for message in parser.tick():
                self.process_message(message)

    def process_message(self, message: Message) -> None:
        """Passes a message on; returns when a key has done what it does."""
        super().process_message(message)
        if isinstance(message, events.Key):
            done = asyncio.run_coroutine_threadsafe(handled(self._app), self._loop)
            end = time.monotonic() + _MOST_WAIT_S
            while not (done.done() or self.exit_event.is_set() or time.monotonic() > end):
                concurrent.futures.wait([done], _GLANCE_S)
            done.cancel()

    def _read(self) -> bytes:
        """What has been typed; nothing where the terminal is gone."""
        try:
            return os.read(self.fileno, _MOST_BYTES)
        except OSError:
            return b""


async def handled(app: App[object]) -> None:
    """Returns when what is in the application's queue has reached all whom it concerns.

    A key goes to the application, on to what has the focus, and from there up again. Where it has
    moved the focus, the newly focused has to be ready too.
    """
    before: object = None
    for _ in range(_MOST_ROUNDS):
        await _passed(app)
        target = app.focused or app.screen
        if target is before:
            return
        for node in target.ancestors_with_self:
            await _passed(node)
        before = target


async def _passed(node: MessagePump) -> None:
    """Returns when a node has taken all that is in its queue now."""
    event = asyncio.Event()
    if node.call_later(event.set):
        await event.wait()
