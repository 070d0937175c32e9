"""Checkpoints that exist or do not: written aside, proved by a manifest, and renamed.

A step directory counts if its `manifest.json`, written last, agrees with the files beside it: their
sizes always (`valid_steps`), their SHA-256 where it matters (`verify_step`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import Any

from gptlab_tui.runs import fsops
from gptlab_tui.runs.layout import Run
from gptlab_tui.runs.snapshots import commit_snapshot, snapshot_steps

__all__ = [
    "commit_snapshot",
    "commit_step",
    "discard_steps_after",
    "newest_whole_step",
    "prune_steps",
    "read_manifest",
    "snapshot_steps",
    "valid_steps",
    "verify_step",
]

MANIFEST = "manifest.json"
_STEP = re.compile(r"step-(\d{8,12})(\.old)?")
_LEFT_OVER = re.compile(r"step-\d{8,12}\.tmp")
_LIMIT_BYTES = 1 << 20
#: Fewer are never kept: a damaged last one leaves another to go on from.
LEAST_KEPT = 2


def commit_step(run: Run, step: int, write: Callable[[Path], None]) -> int:
    """Makes the checkpoint after `step` steps durable; -> its size in bytes.

    `write(folder)` puts plain files into an empty folder. Whatever happens before the last rename
    leaves what was there; one of the same step is replaced. Only the owner of the run may commit.
    """
    final, former, temporary = _names(run, step)
    fsops.remove_tree(temporary)
    try:
        fsops.make_dir(temporary)
        with fsops.explained(temporary):
            write(temporary)
            size_bytes = _seal(temporary, step)
        if final.exists():
            fsops.remove_tree(former)
            fsops.rename(final, former)  # from here to the next line, `step_dir` finds the former
        fsops.rename(temporary, final)
    except Exception:
        with suppress(fsops.DiskError):
            fsops.remove_tree(temporary)
        raise
    fsops.remove_tree(former)
    return size_bytes


def _names(run: Run, step: int) -> tuple[Path, Path, Path]:
    """Where a checkpoint is, where the one that it replaces goes, and where it is made."""
    final = run.path / f"step-{step:08d}"
    return final, final.with_name(f"{final.name}.old"), final.with_name(f"{final.name}.tmp")


def _seal(folder: Path, step: int) -> int:
    """Syncs the files, writes the manifest last and syncs the folder; -> bytes, manifest included."""
    files: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.iterdir()):
        fsops.fsync_file(path)
        files[path.name] = {"size_bytes": path.stat().st_size, "sha256": fsops.sha256_file(path)}
    if not files:
        raise ValueError("a checkpoint without files")
    manifest = folder / MANIFEST
    fsops.write_json(manifest, {"step": step, "files": files})
    return sum(path.stat().st_size for path in folder.iterdir())


def read_manifest(run: Run, step: int) -> dict[str, tuple[int, str]]:
    """File name -> (size in bytes, SHA-256); ValueError or OSError where there is no sound manifest."""
    folder = run.step_dir(step)
    if folder.is_symlink():
        raise ValueError(f"{folder.name} is a link")
    manifest = fsops.parse_json(fsops.read_bytes(folder / MANIFEST, _LIMIT_BYTES))
    if not isinstance(manifest, dict) or manifest.get("step") != step:
        raise ValueError("not the manifest of this step")
    files = manifest.get("files")
    if not isinstance(files, dict) or not files:
        raise ValueError("names no files")
    sizes = {}
    for name, file in files.items():
        if not isinstance(file, dict) or Path(name).name != name or name in ("", ".", ".."):
            raise ValueError(f"names {name!r}")
        size_bytes, sha256 = file.get("size_bytes"), file.get("sha256")
        if type(size_bytes) is not int or not isinstance(sha256, str):
            raise ValueError(f"lacks size or digest of {name}")
        sizes[name] = (size_bytes, sha256)
    return sizes


def valid_steps(run: Run) -> list[int]:
    """The steps that can be loaded, ascending: with a manifest, and files of the sizes it says."""
    return [step for step in _steps(run) if _is_valid(run, step)]


def _steps(run: Run) -> list[int]:
    """The steps that have a folder, ascending, whatever is in it."""
    try:
        matches = [_STEP.fullmatch(path.name) for path in run.path.iterdir()]
    except OSError:
        return []
    return sorted({int(match[1]) for match in matches if match})


def _is_valid(run: Run, step: int) -> bool:
    try:
        files = read_manifest(run, step)
        folder = run.step_dir(step)
        return all((folder / name).lstat().st_size == size for name, (size, _) in files.items())
    except (OSError, ValueError):
        return False


def verify_step(run: Run, step: int, only: Collection[str] | None = None) -> list[str]:
    """What is wrong with a checkpoint, one sentence each, every byte read; [] where it is whole.

    `only` some of its files can be asked about: writing needs the weights and no optimizer.
    """
    folder = run.step_dir(step)
    try:
        files = read_manifest(run, step)
    except FileNotFoundError:
        if folder.is_dir():
            return [f"{run.name}/{folder.name} has no manifest"]
        return [f"{run.name} has no checkpoint of step {step}"]
    except (OSError, ValueError) as error:
        return [f"{run.name}/{folder.name}: its manifest cannot be used: {error}"]
    problems = []
    for name, (_, sha256) in files.items():
        if only is not None and name not in only:
            continue
        try:
            if fsops.sha256_file(folder / name) != sha256:
                problems.append(f"{run.name}/{folder.name}/{name} is damaged: its digest is another")
        except OSError as error:
            problems.append(f"{run.name}/{folder.name}/{name} cannot be read: {error.strerror}")
    return problems


def newest_whole_step(run: Run, only: Collection[str] | None = None) -> tuple[int | None, list[str]]:
    """The newest checkpoint whose every byte is right, and what is wrong with those after it.

    For `only` see `verify_step`.
    """
    problems: list[str] = []
    for step in reversed(_steps(run)):
        found = verify_step(run, step, only)
        if not found:
            return step, problems
        problems += found
    return None, problems


def prune_steps(run: Run, keep: int, best: int | None) -> list[int]:
    """Removes valid checkpoints but the newest `keep` (two at least) and the best; -> those removed.

    What is not valid is no checkpoint: it does not count, and it stays for people to look at. What
    a dead process left half written goes. Only the owner of the run may prune.
    """
    for path in sorted(run.path.iterdir()):
        if _LEFT_OVER.fullmatch(path.name):
            fsops.remove_tree(path)
    steps = valid_steps(run)
    removed = [step for step in steps[: -max(keep, LEAST_KEPT)] if step != best]
    for step in removed:
        _remove_step(run, step)
    return removed


def _remove_step(run: Run, step: int) -> None:
    """First by a name that does not count, so that it vanishes whole; a former one before it."""
    final, former, temporary = _names(run, step)
    for folder in (former, final):
        if folder.exists():
            fsops.remove_tree(temporary)
            fsops.rename(folder, temporary)
            fsops.remove_tree(temporary)


def discard_steps_after(run: Run, step: int) -> list[int]:
    """Removes valid checkpoints of later steps: a run that goes on from `step` supersedes them."""
    removed = [later for later in valid_steps(run) if later > step]
    for later in removed:
        _remove_step(run, later)
    return removed
