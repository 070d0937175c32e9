"""What is done to runs from the workbench: rename, tag, branch, delete, and train further."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from gptlab_tui.errors import GPTLabError
from gptlab_tui.home import Home
from gptlab_tui.runs import edit
from gptlab_tui.runs.layout import Run, find_run
from gptlab_tui.runs.summary import folder_bytes
from gptlab_tui.tui import verb


@dataclass(frozen=True, slots=True)
class Disk:
    """Bytes of the disk: in the trash, and free where the runs lie."""

    trash_bytes: int = 0
    free_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Did:
    """What was done."""

    says: str
    """In a sentence."""
    run: str = ""
    """The run that is of interest now; "" for none."""
    trains: bool = False
    """Whether it is in training from now on."""
    renamed: str = ""
    """What it was called before; "" where that is no other."""


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


def rename(home: Home, name: str, new_name: str) -> Did:
    """Gives a run another name."""
    edit.rename(own_run(home, name), new_name)
    return Did("", new_name, renamed=name)  # the cursor goes there


def set_tags(home: Home, name: str, wanted: Iterable[str]) -> Did:
    """Makes these the tags of a run."""
    run = own_run(home, name)
    words = list(dict.fromkeys(wanted))
    gone = [word for word in run.read_meta()["tags"] if word not in words]
    tags = edit.tag(run, words, gone)["tags"]
    return Did(f"{name}: {' '.join(tags) or 'no tags'}.")


def branch(home: Home, name: str, step: int, new_name: str) -> Did:
    """A new run from a checkpoint."""
    edit.branch(find_run(home, name), step, new_name, home)
    return Did(f"{new_name} goes on from step {step:,} of {name}; r trains it.", new_name)


def delete(home: Home, names: Iterable[str]) -> Did:
    """Moves runs to the trash, and tells how they come back."""
    found = [own_run(home, name) for name in names]
    places = [edit.delete(run, home) for run in found]
    thrown, back = (places[0].name, "it") if len(places) == 1 else ("NAME", "one of them")
    return Did(f"In the trash; `gptlab runs restore {thrown}` brings {back} back.")


def train_command(home: Home, words: list[str]) -> list[str]:
    """The command that trains a run further, or a new one from it, in a session of its own."""
    return verb.command(home, "train", *words, "--detach")


def train(home: Home, name: str, words: list[str], stopped: Callable[[], bool]) -> Did:
    """Trains on with a run, as `words` (of `going_on`) say, and waits until the training speaks.

    Raises JobFailed with what the training said where it does not start. Once `stopped()` nobody
    waits any more; the training starts all the same.
    """
    command = train_command(home, words)
    try:
        answer = verb.run(command, f"{name} did not start", stopped, kill=False, answers=False)
    except verb.Unwanted:
        return Did("")
    run = str(answer.result.get("run") or name)
    how = "trains again" if run == name else f"goes on from {name}"
    return Did(f"{run} {how}; 2 watches it.", run, trains=True)
