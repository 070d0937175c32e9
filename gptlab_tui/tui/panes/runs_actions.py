"""What is done to runs from the workbench: rename, tag, branch, delete, and train further."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from gptlab_tui.errors import GPTLabError
from gptlab_tui.home import Home
from gptlab_tui.runs import edit
from gptlab_tui.runs.layout import Run, find_run
from gptlab_tui.runs.summary import RunSummary, folder_bytes
from gptlab_tui.tui import verb


@dataclass(frozen=True, slots=True)
class Disk:
    """Bytes of the disk: in the trash, and free where the runs lie."""

    trash_bytes: int = 0
    free_bytes: int = 0


def disk_of(home: Home) -> Disk:
    """What the trash takes, and what is free; 0 where nobody can say."""
    place = home.runs
    while not place.exists() and place != place.parent:
        place = place.parent
    try:
        free = shutil.disk_usage(place).free
    except OSError:
        free = 0
    return Disk(folder_bytes(home.trash) if home.trash.is_dir() else 0, free)


def own_run(home: Home, name: str) -> Run:
    """A run of the user's own; raises GPTLabError for the one that comes with GPTLab."""
    run = find_run(home, name)
    if run.is_bundled:
        raise GPTLabError(f"{name} comes with GPTLab and stays as it is.", "Branch one of your own from it.")
    return run


def rename(home: Home, name: str, new_name: str) -> str:
    """Gives a run another name; what happened, in a sentence."""
    edit.rename(own_run(home, name), new_name)
    return f"{name} is {new_name} now."


def set_tags(home: Home, name: str, wanted: Iterable[str]) -> str:
    """Makes these the tags of a run; what happened, in a sentence."""
    run = own_run(home, name)
    words = list(dict.fromkeys(wanted))
    gone = [word for word in run.read_meta()["tags"] if word not in words]
    tags = edit.tag(run, words, gone)["tags"]
    return f"{name}: {' '.join(tags) or 'no tags'}."


def branch(home: Home, name: str, step: int, new_name: str) -> str:
    """A new run from a checkpoint; what happened, in a sentence."""
    edit.branch(find_run(home, name), step, new_name, home)
    return f"{new_name} goes on from step {step:,} of {name}; r trains it."


def delete(home: Home, names: Iterable[str]) -> str:
    """Moves runs to the trash; where they lie, in a sentence."""
    found = [own_run(home, name) for name in names]
    places = [edit.delete(run, home) for run in found]
    return f"In the trash now: {', '.join(str(place) for place in places)}"


def further(one: RunSummary) -> int | None:
    """The step to which a run that has all its steps could go on; None where it has steps to go."""
    limit = one.max_iters
    return 2 * limit if limit is not None and one.step >= limit else None


def resume_command(home: Home, name: str, max_iters: int | None) -> list[str]:
    """The command that trains a run further in a session of its own."""
    command = verb.command(home, "train", "--resume", name, "--detach")
    return command + (["-o", f"max_iters={max_iters}"] if max_iters is not None else [])


def resume(home: Home, name: str, max_iters: int | None, stopped: Callable[[], bool]) -> str:
    """Starts a training again and waits until it speaks; what happened, in a sentence.

    Raises JobFailed with what the training said where it does not start. Once `stopped()` nobody
    waits any more; the training starts all the same.
    """
    command = resume_command(home, name, max_iters)
    try:
        verb.run(command, f"{name} did not start", stopped, kill=False, answers=False)
    except verb.Unwanted:
        return ""
    return f"{name} trains again; 2 watches it."
