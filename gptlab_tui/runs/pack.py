"""A copy of a run to give away: what is needed to write and to look inside, and no more.

It has one checkpoint without the optimizer (two thirds of its size), the snapshots and the journal,
and no path of the machine where it was made. It can be sampled, inspected and fine-tuned, not resumed.
"""

from __future__ import annotations

from pathlib import Path

from gptlab_tui.errors import GPTLabError
from gptlab_tui.runs import fsops, manifest
from gptlab_tui.runs.edit import checked_step, copy_journal, copy_snapshots
from gptlab_tui.runs.layout import STATE, WEIGHTS, Run, check_name, taken

#: The files of a checkpoint that go along.
KEPT = (WEIGHTS, STATE)


def pack(run: Run, step: int | None, target: Path) -> Run:
    """Writes the copy at `target`, whose last part is its name; by default of the newest checkpoint.

    Raises GPTLabError where something is there already, or where the run has no such checkpoint.
    """
    check_name(target.name)
    if taken(target):
        raise GPTLabError(f"{target} is there already.", "Choose another folder.")
    step = checked_step(run, step, KEPT)
    request = run.read_training_request()
    request["corpus"] = {**request["corpus"], "paths": []}
    hidden = Run(target.with_name(f".{target.name}.new"))
    fsops.remove_tree(hidden.path)
    fsops.make_dir(hidden.path)
    try:
        fsops.write_json(hidden.tokenizer_json, run.read_tokenizer())
        names = [name for name in KEPT if name in manifest.read_manifest(run, step)]

        def write(folder: Path) -> None:
            for name in names:
                fsops.copy_file(run.step_dir(step) / name, folder / name)

        manifest.commit_step(hidden, step, write)
        copy_snapshots(run, hidden, step)
        copy_journal(run, hidden, step, ended=True)
        fsops.write_json(hidden.run_json, request)
        fsops.rename(hidden.path, target)
    except BaseException:
        fsops.remove_tree(hidden.path)
        raise
    return Run(target)
