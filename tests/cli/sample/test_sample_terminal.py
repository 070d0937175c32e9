"""`gptlab sample` at a real terminal, in a pipe that closes, and interrupted."""

import os
import pty
import re
import signal
import subprocess
import sys
import threading
from contextlib import suppress

import pytest


class Terminal:
    """`gptlab sample` with a terminal for input and output."""

    def __init__(self, home, *arguments):
        self.main, side = pty.openpty()
        environment = os.environ | {
            "GPTLAB_HOME": str(home.root), "TERM": "xterm", "COLUMNS": "80", "LINES": "24", "NO_COLOR": "1",
        }  # fmt: skip
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gptlab_tui", "sample", *map(str, arguments)],
            stdin=side, stdout=side, stderr=side, env=environment, start_new_session=True,
        )  # fmt: skip
        os.close(side)
        self._seen = b""
        self._change = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        with suppress(OSError):
            while data := os.read(self.main, 1 << 16):
                with self._change:
                    self._seen += data
                    self._change.notify_all()

    @property
    def text(self):
        return self._seen.decode("utf-8", "replace").replace("\r\n", "\n")

    def wait_for(self, words, times=1):
        with self._change:
            assert self._change.wait_for(lambda: self.text.count(words) >= times, timeout=60), self.text

    def type(self, text):
        os.write(self.main, text.encode())

    def ended(self):
        status = self.process.wait(60)
        self._reader.join(5)
        return status


@pytest.mark.system
class TestTerminal:
    def test_prompts_are_asked_for_until_the_end_of_input(self, home, run):
        terminal = Terminal(home, "--max-tokens", 12, "--ban", "\n")
        terminal.wait_for("> ")
        terminal.type("era uma\n")
        terminal.wait_for("small, step 10")
        terminal.wait_for("> ", times=2)
        terminal.type("era uma\n")
        terminal.wait_for("> ", times=3)
        terminal.type("\x04")
        assert terminal.ended() == 0
        written = re.findall(r"^era uma(.{12})$", terminal.text, flags=re.MULTILINE)
        assert len(written) == len(set(written)) == 2  # the same prompt again has other luck

    def test_a_comparison_stands_side_by_side(self, home, run):
        terminal = Terminal(home, "era", "--compare", "temperature=0,1,3", "--max-tokens", 40)
        assert terminal.ended() == 0
        plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.text)
        header = [line for line in plain.splitlines() if "temperature=" in line][-1]
        assert header.split() == ["temperature=0", "temperature=1", "temperature=3"]
        assert terminal.text.count("\x1b[?25l") == terminal.text.count("\x1b[?25h")  # the cursor is back

    def test_what_it_writes_cannot_steer_the_terminal(self, home, make_run):
        make_run(home, "evil", characters="\x1b]\x9b\u202eab")
        terminal = Terminal(home, "a", "--run", "evil", "--max-tokens", 200)
        assert terminal.ended() == 0
        assert "␛" in terminal.text
        written = terminal.text.rpartition("\x1b[?25h")[2]  # what follows the sign that it is loading
        assert not re.search("\x1b[^\\[]|\x9b|\u202e", written)

    @pytest.mark.parametrize("options", [(), ("--compare", "temperature=0.5,1")], ids=["stream", "columns"])
    def test_ctrl_c_leaves_with_130_and_the_terminal_as_it_was(self, home, run, options):
        terminal = Terminal(home, "era uma", "--max-tokens", 1_000_000, *options)
        terminal.wait_for("temperature=1" if options else "era uma")
        os.killpg(terminal.process.pid, signal.SIGINT)
        assert terminal.ended() == 130
        assert "Traceback" not in terminal.text
        assert terminal.text.endswith("\n")
        assert terminal.text.count("\x1b[?25l") == terminal.text.count("\x1b[?25h")


@pytest.mark.system
def test_a_closed_pipe_ends_it_quietly(tmp_path, run, home):
    environment = os.environ | {"GPTLAB_HOME": str(home.root)}
    arguments = [sys.executable, "-m", "gptlab_tui", "sample", "era", "--run", "small"]
    writer = subprocess.Popen(
        [*arguments, "--max-tokens", "1000000"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL, env=environment,
    )  # fmt: skip
    assert writer.stdout.read(40).startswith(b"era")  # it streams: the end is far away
    writer.stdout.close()
    assert writer.stderr.read() == b""
    assert writer.wait(60) in (0, 1)
