"""The workbench on a pseudo-terminal, with an emulator that reads what it writes."""

import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from contextlib import suppress

import pyte


class Session:
    """`gptlab …` on a pseudo-terminal; what it wrote, when, and how the screen looks after it."""

    def __init__(self, home, *arguments, columns=80, rows=24, **environ):
        self.parent, child = pty.openpty()
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.before = termios.tcgetattr(child)
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.said = b""
        self.began = time.monotonic()
        self.written = []
        """(seconds since the start, bytes) of all that came."""
        env = {
            key: value for key, value in os.environ.items() if not key.startswith(("SSH_", "TEXTUAL", "TMUX"))
        }
        env |= {"TERM": "xterm-256color", "GPTLAB_HOME": str(home.root), "LC_ALL": "C.UTF-8", **environ}

        def own_terminal():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            [sys.executable, "-m", "gptlab_tui", *arguments],
            stdin=child,
            stdout=child,
            stderr=child,
            env=env,
            cwd=home.root.parent,
            preexec_fn=own_terminal,  # noqa: PLW1509 (the child does nothing else before exec)
        )
        self.child = child

    def read(self, seconds=0.1):
        """What has come, or what comes within so many seconds."""
        if select.select([self.parent], [], [], seconds)[0]:
            try:
                data = os.read(self.parent, 1 << 16)
            except OSError:
                return
            self.said += data
            self.written.append((time.monotonic() - self.began, data))
            # pyte does not know the queries that Textual asks a terminal, and prints their ends.
            self.stream.feed(data)

    def until(self, condition, seconds=60):
        """Reads until something is so."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "\n".join(self.screen.display)
            assert self.process.poll() is None or condition(), "\n".join(self.screen.display)
            self.read()

    def shows(self, text, seconds=60):
        """Reads until a text stands on the screen."""
        self.until(lambda: any(text in line for line in self.screen.display), seconds)

    def press(self, keys):
        """Types."""
        os.write(self.parent, keys.encode())

    def ended(self, seconds=20):
        """The exit status."""
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < end, "\n".join(self.screen.display)
            self.read()
        self.read(0)
        return self.process.returncode

    def record(self, path):
        """Writes all that came as a recording that asciinema plays (its format, version 2)."""
        header = {"version": 2, "width": self.screen.columns, "height": self.screen.lines}
        lines = [header, *([when, "o", data.decode("utf-8", "replace")] for when, data in self.written)]
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")

    def close(self):
        """Ends it."""
        self.process.kill()
        self.process.wait()
        for descriptor in (self.parent, self.child):
            with suppress(OSError):
                os.close(descriptor)
