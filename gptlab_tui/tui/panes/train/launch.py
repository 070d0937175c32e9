"""Starting a training from the workbench: the command line does it, in a process of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from gptlab_tui.home import Home
from gptlab_tui.runs.control import send
from gptlab_tui.runs.layout import Run
from gptlab_tui.tui import verb


def launch(
    home: Home, arguments: Sequence[str], given_up: threading.Event, left: Callable[[], bool]
) -> tuple[str, bool]:
    """Runs `gptlab train --detach …` to its end; -> the run that trains by itself now, whether it is to stop.

    From when on the training is a process of its own nobody can see from here, and before it speaks it
    hears nothing. So one that is `given_up` is waited for, and then told to stop.

    Raises JobFailed with the command's own words, DiskError where it cannot be told to stop, and
    verb.Unwanted once it is `left()`: the training starts all the same.
    """
    command = verb.command(home, "train", "--detach", *arguments)
    answer = verb.run(command, "The training did not start", left, kill=False)
    name = str(answer.result["run"])
    if given_up.is_set():
        send(Run(home.runs / name), "stop")
    return name, given_up.is_set()
