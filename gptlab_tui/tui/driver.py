"""How the keyboard is read: at once, whatever bytes come, and until the terminal is gone.

Textual's own reader answers a lone escape only after a tenth of a second, dies of bytes that are no
UTF-8, and reads a terminal that has hung up in a circle.
"""

from __future__ import annotations

import codecs
import os
import select
import signal

from textual._xterm_parser import XTermParser
from textual.constants import ESCAPE_DELAY
from textual.drivers.linux_driver import LinuxDriver

from gptlab_tui.tui import ending

_ESCAPE = "\x1b"
#: So often the thread looks whether it should end.
_LOOK_EVERY_S = 0.1
_MOST_BYTES = 4096


class Keyboard(LinuxDriver):
    """Textual's driver with a reader of its own."""

    def run_input_thread(self) -> None:
        """Reads until the application ends or the terminal is gone; a gone terminal is a SIGHUP."""
        parser = XTermParser(self._debug)
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        patience_s = _LOOK_EVERY_S
        while not self.exit_event.is_set():
            if select.select([self.fileno], [], [], patience_s)[0]:
                data = self._read()
                if not data:
                    ending.insist(signal.SIGHUP)
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

    def _read(self) -> bytes:
        """What has been typed; nothing where the terminal is gone."""
        try:
            return os.read(self.fileno, _MOST_BYTES)
        except OSError:
            return b""
