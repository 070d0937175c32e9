"""Real processes on real pseudo-terminals: how the workbench begins and leaves there."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from contextlib import suppress

import pyte
import pytest

pytestmark = pytest.mark.system

ROWS, COLUMNS = 24, 80


class Session:
    """`gptlab tui` on a pseudo-terminal, with an emulator that reads what it writes."""

    def __init__(self, home, *arguments, **environ):
        self.parent, child = pty.openpty()
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.before = termios.tcgetattr(child)
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self.stream = pyte.ByteStream(self.screen)
        self.said = b""
        env = {
            key: value for key, value in os.environ.items() if not key.startswith(("SSH_", "TEXTUAL", "TMUX"))
        }
        env |= {"TERM": "xterm-256color", "GPTLAB_HOME": str(home.root), "PYTHONUTF8": "1", **environ}

        def own_terminal():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            [sys.executable, "-m", "gptlab_tui", *arguments],
            stdin=child,
            stdout=child,
            stderr=child,
            env=env,
            preexec_fn=own_terminal,  # noqa: PLW1509 (the child does nothing else before exec)
        )
        self.child = child

    def read(self, seconds=0.1):
        if select.select([self.parent], [], [], seconds)[0]:
            try:
                data = os.read(self.parent, 1 << 16)
            except OSError:
                return
            self.said += data
            # pyte does not know the queries that Textual asks a terminal, and prints their ends.
            self.stream.feed(data)

    def until(self, condition, seconds=60):
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "\n".join(self.screen.display)
            self.read()

    def shows(self, text):
        self.until(lambda: any(text in line for line in self.screen.display))

    def press(self, keys):
        os.write(self.parent, keys.encode())

    def ended(self, seconds=20):
        self.until(lambda: self.process.poll() is not None, seconds)
        self.read(0)
        return self.process.returncode

    def close(self):
        self.process.kill()
        self.process.wait()
        for descriptor in (self.parent, self.child):
            with suppress(OSError):
                os.close(descriptor)


@pytest.fixture
def session(home):
    opened = []

    def start(*arguments, **environ):
        opened.append(Session(home, *arguments, **environ))
        return opened[-1]

    yield start
    for each in opened:
        each.close()


def restored(session):
    """Alternate screen left, cursor shown, and the terminal's own settings as they were."""
    assert b"\x1b[?1049l" in session.said
    assert session.said.rindex(b"\x1b[?1049l") > session.said.rindex(b"\x1b[?1049h")
    assert b"\x1b[?25h" in session.said
    assert termios.tcgetattr(session.child)[:4] == session.before[:4]


def test_it_opens_and_q_leaves_the_terminal_as_it_was(session):
    bench = session("tui", "--pane", "runs")
    bench.shows("[5 Runs]")
    bench.press("q")
    assert bench.ended() == 0
    restored(bench)


def test_gptlab_alone_opens_it(session):
    bench = session()
    bench.shows("3 Generate")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_restores_the_terminal(session, number):
    bench = session("tui", "--pane", "runs")
    bench.shows("[5 Runs]")
    bench.process.send_signal(number)
    assert bench.ended() == 128 + number
    restored(bench)


def test_a_terminal_that_hangs_up_leaves_nothing_behind(session):
    bench = session("tui", "--pane", "runs")
    bench.shows("[5 Runs]")
    os.close(bench.child)
    os.close(bench.parent)
    assert bench.process.wait(20) in (128 + signal.SIGHUP, -signal.SIGHUP)


def test_garbage_does_no_harm(session):
    bench = session("tui", "--pane", "runs")
    bench.shows("[5 Runs]")
    os.write(bench.parent, bytes(range(128, 256)) + b"\x1b[<999;M\x1b]52;c;!\x07\x1b[200~\x00\x1b[201~")
    bench.press("?")
    bench.shows("─ Keys")


@pytest.mark.parametrize(
    "environ",
    [
        {"TERM": "screen"},
        {"TERM": "linux"},
        {"TERM": "xterm-256color", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"TERM": "xterm-256color", "NO_COLOR": "1"},
    ],
    ids=["screen", "16 colours", "no UTF-8", "no colour"],
)
def test_odd_terminals(session, environ):
    bench = session("tui", "--pane", "runs", **environ)
    bench.shows("[5 Runs]")
    if environ["TERM"] in ("screen", "linux"):
        assert b"\x1b[38;2;" not in bench.said
        assert b";38;2;" not in bench.said
    if environ.get("LC_ALL") == "C":
        assert bench.said.isascii()
        assert b"\\u" not in bench.said
        bench.until(lambda: bench.screen.display[1].startswith("+-"))
    bench.press("q")
    assert bench.ended() == 0
