"""A verb of the command line, run beside the workbench: what needs torch, or is to outlive us, is one."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from gptlab_tui.errors import JobFailed
from gptlab_tui.home import Home, standing
from gptlab_tui.runs.launch import PYTHON_MODULE

_POLL_S = 0.1


class Unwanted(Exception):
    """Nobody waits for the answer any more."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a verb said."""

    result: dict[str, Any]
    """The last object that it wrote; empty where it wrote none."""
    warnings: str
    """Its warnings, one after the other."""


def command(home: Home, *words: str) -> list[str]:
    """The command that does what `words` say, with objects for an answer."""
    return [*PYTHON_MODULE, "gptlab_tui", *words, "--json", "--home", str(home.root)]


def run(
    words: Sequence[str],
    otherwise: str,
    unwanted: Callable[[], bool],
    *,
    waiting: Callable[[float], None] = lambda elapsed_s: None,
    kill: bool = True,
    answers: bool = True,
) -> Answer:
    """Runs a command (of `command`) to its end, in a session of its own.

    Raises JobFailed with the command's own error, or `otherwise` (how a sentence about its failure
    begins) and its last words; Unwanted soon after `unwanted()`, which ends the command unless it is
    not to be killed. `waiting(elapsed_s)` is called while it works. Without `answers` it may succeed
    and say nothing.
    """
    process = subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
        cwd=standing(),
    )
    began = time.monotonic()
    while True:
        try:
            said, trouble = process.communicate(timeout=_POLL_S)
            break
        except subprocess.TimeoutExpired:
            if unwanted():
                if kill:
                    process.kill()
                    process.communicate()
                raise Unwanted from None
            waiting(time.monotonic() - began)
    notes, results = _objects(trouble), _objects(said)
    if process.returncode or (answers and not results):
        error = next((note for note in notes[::-1] if "error" in note), None)
        if error is not None:
            raise JobFailed(str(error["error"]), str(error.get("hint") or ""))
        last = trouble.strip().splitlines()[-1:] or ["it left no word"]
        raise JobFailed(f"{otherwise}: {last[0].rstrip('.')}.")
    warnings = " ".join(str(note["warning"]) for note in notes if "warning" in note)
    return Answer(results[-1] if results else {}, warnings)


def _objects(lines: str) -> list[dict[str, Any]]:
    """The JSON objects among lines."""
    found = []
    for line in lines.splitlines():
        try:
            value = json.loads(line)
        except ValueError:
            continue
        if isinstance(value, dict):
            found.append(value)
    return found
