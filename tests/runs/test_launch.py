"""A detached training outlives its starter, has no terminal, and ignores a hang-up."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gptlab_tui.runs import fsops
from gptlab_tui.runs.launch import start_detached

REPORT = """
import os, signal, sys
print("session", os.getsid(0) == os.getpid(), "terminal", os.isatty(0), "stdin", repr(sys.stdin.read()))
print("hangup", signal.getsignal(signal.SIGHUP) == signal.SIG_IGN, "env", os.environ.get("GPTLAB_TEST_WORD"))
print("arguments", sys.argv[1:], file=sys.stderr)
"""


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.system
def test_it_has_its_own_session_and_writes_to_the_log(tmp_path: Path):
    log = tmp_path / "log.txt"
    log.write_text("before\n")
    arguments = ["-c", REPORT, "a b", "$HOME", "'\"", "*"]
    process = start_detached([sys.executable, *arguments], log, {"GPTLAB_TEST_WORD": "oi"})
    assert process > 0
    wait_for(lambda: "arguments" in log.read_text() and "env" in log.read_text())
    text = log.read_text()
    assert text.startswith("before\n")
    assert "session True terminal False stdin ''" in text
    assert "hangup True env oi" in text
    assert "arguments ['a b', '$HOME', '\\'\"', '*']" in text


@pytest.mark.system
def test_it_outlives_its_starter_and_a_hangup(tmp_path: Path, in_child: Callable[[Callable[[], None]], int]):
    wait = (
        "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1}); "
        "print('ready', flush=True); "
        "signal.sigwait({signal.SIGUSR1}); print('alive', flush=True); signal.pause()"
    )

    def start() -> None:
        process = start_detached([sys.executable, "-c", wait], tmp_path / "log.txt")
        (tmp_path / "process").write_text(str(process))

    assert in_child(start) == 0
    process = int((tmp_path / "process").read_text())
    try:
        wait_for(lambda: "ready" in (tmp_path / "log.txt").read_text())
        os.kill(process, signal.SIGHUP)
        os.kill(process, signal.SIGUSR1)
        wait_for(lambda: "alive" in (tmp_path / "log.txt").read_text())
    finally:
        os.kill(process, signal.SIGKILL)


@pytest.mark.system
def test_a_dead_one_leaves_the_table(tmp_path: Path):
    process = start_detached([sys.executable, "-c", "pass"], tmp_path / "log.txt")

    def gone() -> bool:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        return False

    wait_for(gone)


def test_a_log_that_leads_elsewhere_is_refused(tmp_path: Path):
    (tmp_path / "log.txt").symlink_to(tmp_path / "other")
    with pytest.raises(fsops.DiskError, match="link"):
        start_detached(["true"], tmp_path / "log.txt")
    assert not (tmp_path / "other").exists()
