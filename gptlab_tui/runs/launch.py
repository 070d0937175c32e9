"""Starting a training that outlives whoever started it.

It gets its own session, so no terminal's signals reach it, /dev/null to read from and a file to write
to, ignores the hang-up signal (a shell's `trap` is inherited through `exec`), and is a little nicer than
the front.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from gptlab_tui.runs import fsops

#: How a module of ours is run: what lies in the working folder is none.
PYTHON_MODULE = (sys.executable, "-P", "-m")
#: A training in the background gives way to keys that are pressed beside it, and loses nothing alone.
_IN_BACKGROUND = 'trap "" HUP; exec nice -n 10 "$@"'


def start_detached(argv: Sequence[str], run_log: Path, env: Mapping[str, str] | None = None) -> int:
    """Starts `argv` on its own; -> its process id. Both its outputs are appended to `run_log`.

    `env` is added to the environment. Raises DiskError where the log cannot be opened; a command
    that does not exist says so in the log.
    """
    with fsops.explained(run_log):
        log = fsops.open_regular(run_log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        process = subprocess.Popen(
            ["/bin/sh", "-c", _IN_BACKGROUND, "sh", *argv],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={**os.environ, **(env or {})},
        )
    finally:
        os.close(log)
    # Whoever lives on takes note of its end, so that no dead process stays in the table.
    threading.Thread(target=process.wait, daemon=True, name=f"reaper of {process.pid}").start()
    return process.pid
