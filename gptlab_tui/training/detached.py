"""Waiting for a training that was started on its own to say its first word."""

from __future__ import annotations

import os
import time

from gptlab_tui.errors import JobFailed
from gptlab_tui.runs.journal import JournalFollower
from gptlab_tui.runs.layout import Run

#: Importing torch on a busy machine takes a while.
PATIENCE_S = 120.0


def wait_until_it_speaks(run: Run, process: int, said_bytes: int) -> None:
    """Returns once the journal has a `started` after its first `said_bytes` bytes.

    Raises JobFailed with the end of its log where the process dies before that.
    """
    follower = JournalFollower(run.journal, said_bytes)
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        alive = _exists(process)  # before looking: what a dying process wrote last still counts
        if any(record.get("event") == "started" for record in follower.poll()):
            return
        if not alive:
            break
        time.sleep(0.05)
    raise JobFailed(f"{run.name} did not start: {_last_words(run)}.", f"The whole of it is in {run.log}.")


def _exists(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def _last_words(run: Run) -> str:
    try:
        lines = run.log.read_text("utf-8", "replace").strip().splitlines()
    except OSError:
        lines = []
    errors = [line for line in lines if line.startswith("error:")]
    return (errors or lines or ["it left no word"])[-1].removeprefix("error: ").rstrip(".")
