"""What people do with runs that are not being trained: rename, tag, branch, delete, restore.

Each takes the run's lock for its moment, so no training starts in a folder that is on its way.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from gptlab_tui.errors import GPTLabError, JobFailed
from gptlab_tui.events import Branched
from gptlab_tui.home import Home
from gptlab_tui.runs import fsops, manifest
from gptlab_tui.runs.journal import JournalWriter, as_step, read_journal
from gptlab_tui.runs.layout import Run, check_name, hidden_run, publish, refuse_taken, taken
from gptlab_tui.runs.lock import RunLock
from gptlab_tui.runs.snapshots import snapshot_steps

_WAIT_S = 0.3
MAX_TAGS = 32
MAX_TEXT = 10_000


def rename(run: Run, new_name: str) -> Run:
    """The run under its new name; raises GPTLabError where it is taken, RunOwnedError while training."""
    check_name(new_name)
    refuse_taken(run.home, new_name)
    with RunLock(run, _WAIT_S):
        target = run.path.with_name(new_name)
        fsops.rename(run.path, target)
    return Run(target)


def tag(
    run: Run,
    add: Iterable[str] = (),
    remove: Iterable[str] = (),
    title: str | None = None,
    note: str | None = None,
) -> dict[str, Any]:
    """Changes what people add to a run, also while it is being trained; -> all of meta.json."""
    meta = run.read_meta()
    gone = set(remove)
    tags = dict.fromkeys([*meta["tags"], *(checked_tag(word) for word in add)])
    meta["tags"] = [word for word in tags if word not in gone]
    if len(meta["tags"]) > MAX_TAGS:
        raise GPTLabError(f"{run.name} would have {len(meta['tags'])} tags.", f"{MAX_TAGS} are enough.")
    for key, text in (("title", title), ("note", note)):
        if text is not None and len(text) > MAX_TEXT:
            raise GPTLabError(f"The {key} is {len(text):,} characters long.", f"{MAX_TEXT:,} are enough.")
        meta[key] = meta[key] if text is None else text
    fsops.write_json(run.meta_json, meta)
    return meta


def checked_tag(word: str) -> str:
    """The word where it can be a tag; raises GPTLabError otherwise."""
    if not word.strip() or len(word) > 64 or not word.isprintable() or "," in word:
        raise GPTLabError(f"{word!r} cannot be a tag.", "A word of up to 64 characters, without commas.")
    return word.strip()


def delete(run: Run, home: Home) -> Path:
    """Moves the run to the home's trash; -> where it lies now. A broken run can be deleted too."""
    fsops.make_dir(home.trash)
    with RunLock(run, _WAIT_S):
        place = _free_place(home.trash, run.name)
        fsops.rename(run.path, place)
    return place


def restore(home: Home, thrown: str, new_name: str | None = None) -> Run:
    """Brings back from the trash what lies there as `thrown`, under that name or a new one.

    Raises GPTLabError where nothing lies there by that name, or the run's name is taken.
    """
    name = new_name or thrown
    lying = in_trash(home)
    if thrown not in lying:
        hint = f"It holds {', '.join(lying)}." if lying else "The trash is empty."
        raise GPTLabError(f"Nothing in the trash is called {thrown}.", hint)
    check_name(name)
    refuse_taken(home, name)
    place = home.runs / name
    fsops.rename(home.trash / thrown, place)
    return Run(place)


def in_trash(home: Home) -> list[str]:
    """The names of what lies in the trash."""
    try:
        return sorted(path.name for path in home.trash.iterdir() if path.is_dir() and not path.is_symlink())
    except OSError:
        return []


def _free_place(trash: Path, name: str) -> Path:
    """`name`, or `name.2`, ... where one of that name was thrown away before."""
    place, number = trash / name, 1
    while taken(place):
        number += 1
        place = trash / f"{name}.{number}"
    return place


def branch(run: Run, step: int | None, new_name: str, home: Home | None = None) -> Run:
    """A new run that goes on from a checkpoint of this one (the newest where `step` is None).

    It has the checkpoint, the journal and the snapshots up to that step, and its run.json says where
    it comes from; `gptlab train --resume` continues it. The run itself may be in training.
    """
    home = home or run.home
    check_name(new_name)
    refuse_taken(home, new_name)
    step = checked_step(run, step)
    request = run.read_request()
    request |= {
        "parent": {"run": run.name, "step": step},
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }
    with hidden_run(home) as hidden:
        fsops.write_json(hidden.tokenizer_json, run.read_tokenizer())
        _copy_step(run, hidden, step)
        copy_snapshots(run, hidden, step)
        copy_journal(run, hidden, step, branched=True)
        fsops.write_json(hidden.run_json, request)
        return publish(hidden, [new_name])


def checked_step(run: Run, step: int | None, only: Collection[str] | None = None) -> int:
    """The step, once every byte of its checkpoint (or of `only` some of its files) was found right."""
    steps = manifest.valid_steps(run)
    if not steps:
        raise GPTLabError(
            f"{run.name} has no checkpoint to branch from.",
            "A training writes one at every evaluation; `gptlab runs save` asks for one now.",
        )
    if step is None:
        newest, problems = manifest.newest_whole_step(run, only)
        if newest is None:
            raise JobFailed(problems[0], "None of its checkpoints is whole.")
        return newest
    if step not in steps:
        listed = ", ".join(str(one) for one in steps)
        raise GPTLabError(f"{run.name} has no checkpoint of step {step}.", f"It has those of {listed}.")
    problems = manifest.verify_step(run, step, only)
    if problems:
        raise JobFailed(problems[0], "Branch from another step.")
    return step


def _copy_step(run: Run, hidden: Run, step: int) -> None:
    """Commits the checkpoint's files in the other run, and proves that they are the same."""

    def write(folder: Path) -> None:
        for name in files:
            fsops.copy_file(run.step_dir(step) / name, folder / name)

    try:
        files = manifest.read_manifest(run, step)
        manifest.commit_step(hidden, step, write)
        same = manifest.read_manifest(hidden, step) == files
    except (OSError, ValueError):
        same = False
    if not same:
        raise JobFailed(f"Step {step} of {run.name} changed while it was copied.", "Try again.")


def copy_snapshots(run: Run, hidden: Run, step: int) -> None:
    """The snapshots up to the step."""
    steps = [earlier for earlier in snapshot_steps(run) if earlier <= step]
    if steps:
        fsops.make_dir(hidden.snapshots)
    for earlier in steps:
        fsops.copy_file(run.snapshot(earlier), hidden.snapshot(earlier))
    if steps:
        fsops.fsync_dir(hidden.snapshots)


def copy_journal(run: Run, hidden: Run, step: int, *, ended: bool = False, branched: bool = False) -> None:
    """What the journal holds up to the step.

    With `ended`, also that the run came to its end there; `branched` says that another begins.
    """
    with JournalWriter(hidden.journal) as journal:
        for record in read_journal(run.journal, effective=True):
            if as_step(record.get("step")) <= step and (ended or record.get("event") != "ended"):
                journal.append(record)
        if branched:
            event = Branched(step=step, elapsed_s=0.0, parent=run.name)
            journal.append({**event.to_json(), "time": time.time()})
        journal.sync()
