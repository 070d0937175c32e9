"""Snapshots: weights alone, thinned so that they stay evenly spread in the logarithm of the step.

Learning is fast first and slow later, so the time slider wants many early snapshots and few late
ones: of too many, the one goes whose neighbours are closest in log(step + 1).
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from gptlab_tui.runs import fsops
from gptlab_tui.runs.layout import Run

_SNAPSHOT = re.compile(r"step-(\d{8,12})\.safetensors")


def commit_snapshot(
    run: Run, step: int, write: Callable[[Path], None], limit: int, budget_bytes: int
) -> tuple[Path, int]:
    """Adds the snapshot after `step` steps, then thins; -> its path and size in bytes.

    `write(path)` makes one file. Afterwards there are at most `limit` snapshots (one at least), of
    `budget_bytes` together unless this one alone is larger.
    """
    if run.snapshots.is_symlink():
        raise fsops.DiskError(f"{run.snapshots} is a link.")
    fsops.make_dir(run.snapshots)
    final = run.snapshot(step)
    temporary = final.with_name(".new.safetensors.tmp")  # one name: a dead process leaves one at most
    try:
        fsops.remove_file(temporary)
        with fsops.explained(temporary):
            write(temporary)
        fsops.fsync_file(temporary)
        size_bytes = temporary.stat().st_size
        fsops.rename(temporary, final)
    except BaseException:
        fsops.remove_file(temporary)
        raise
    sizes = _sizes(run)
    for gone in sorted(set(sizes) - set(thinned(sizes, limit, budget_bytes))):
        fsops.remove_file(run.snapshot(gone))
    return final, size_bytes


def thinned(sizes: Mapping[int, int], limit: int, budget_bytes: int) -> list[int]:
    """Which of the snapshots {step: size in bytes} stay; a function of its arguments alone.

    The newest always stays, the first as long as two are allowed.
    """
    steps = sorted(sizes)
    total_bytes = sum(sizes.values())
    while len(steps) > 1 and (len(steps) > limit or total_bytes > budget_bytes):
        gone = _least_missed(steps) if len(steps) > 2 else 0
        total_bytes -= sizes[steps.pop(gone)]
    return steps


def _least_missed(steps: list[int]) -> int:
    """The place, neither first nor last, whose neighbours are closest in log(step + 1)."""
    return min(
        range(1, len(steps) - 1),
        key=lambda place: math.log1p(steps[place + 1]) - math.log1p(steps[place - 1]),
    )


def snapshot_steps(run: Run) -> list[int]:
    """The steps of which there is a snapshot, ascending."""
    return sorted(_sizes(run))


def discard_snapshots_after(run: Run, step: int) -> list[int]:
    """Removes snapshots of later steps: a run that goes on from `step` supersedes them."""
    removed = [later for later in snapshot_steps(run) if later > step]
    for later in removed:
        fsops.remove_file(run.snapshot(later))
    return removed


def _sizes(run: Run) -> dict[int, int]:
    """Step -> size in bytes of its snapshot; links and folders are none."""
    if run.snapshots.is_symlink():
        return {}
    try:
        with os.scandir(run.snapshots) as entries:
            return {
                int(match[1]): entry.stat(follow_symlinks=False).st_size
                for entry in entries
                if (match := _SNAPSHOT.fullmatch(entry.name)) and entry.is_file(follow_symlinks=False)
            }
    except OSError:
        return {}
