"""Starting a training from the workbench: the command line does it, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Sequence

from gptlab_tui.errors import JobFailed
from gptlab_tui.home import Home
from gptlab_tui.render.display import display


def launch(home: Home, arguments: Sequence[str], cancelled: threading.Event) -> str:
    """Runs `gptlab train --detach …` to its end; the name of the run that trains by itself now.

    Raises JobFailed with the command's own words, or where it was cancelled before the run began.
    """
    command = [sys.executable, "-m", "gptlab_tui", "train", "--detach", "--json", *arguments]
    process = subprocess.Popen(
        [*command, "--home", str(home.root)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    while True:
        try:
            said, problems = process.communicate(timeout=0.2)
            break
        except subprocess.TimeoutExpired:
            if cancelled.is_set():
                process.kill()
                process.communicate()
                raise JobFailed("The start was cancelled.") from None
    for line in said.splitlines()[::-1]:
        answer = _object(line)
        if process.returncode == 0 and isinstance(answer.get("run"), str):
            return str(answer["run"])
    raise JobFailed(_reason(problems) or f"It ended with status {process.returncode} and said nothing.")


def _reason(problems: str) -> str:
    """The error in what was written to standard error, with its hint."""
    lines = [line for line in problems.splitlines() if line.strip()]
    for line in lines[::-1]:
        answer = _object(line)
        if isinstance(answer.get("error"), str):
            return display(f"{answer['error']} {answer.get('hint') or ''}".strip())
    return display(lines[-1]) if lines else ""


def _object(line: str) -> dict[str, object]:
    try:
        value = json.loads(line)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
