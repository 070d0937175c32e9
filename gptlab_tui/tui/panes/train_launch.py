"""Starting a training from the workbench: the command line does it, in a process of its own."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from gptlab_tui.errors import JobFailed
from gptlab_tui.home import Home
from gptlab_tui.tui import verb


def launch(home: Home, arguments: Sequence[str], cancelled: threading.Event) -> str:
    """Runs `gptlab train --detach …` to its end; the name of the run that trains by itself now.

    Raises JobFailed with the command's own words, or where it was cancelled before the run began.
    """
    command = verb.command(home, "train", "--detach", *arguments)
    try:
        answer = verb.run(command, "The training did not start", cancelled.is_set)
    except verb.Unwanted:
        raise JobFailed("The start was cancelled.") from None
    return str(answer.result["run"])
