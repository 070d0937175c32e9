"""A checkpoint is whole or does not exist, whatever kills the process and whatever the disk does."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gptlab_tui.runs import fsops
from gptlab_tui.runs.layout import Run
from gptlab_tui.runs.manifest import (
    commit_step,
    discard_steps_after,
    newest_whole_step,
    prune_steps,
    valid_steps,
    verify_step,
)


def writer(text: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / "model.safetensors").write_text(text)
        (folder / "state.json").write_text("{}" + text)

    return write


def content(run: Run, step: int) -> str:
    return (run.step_dir(step) / "model.safetensors").read_text()


def test_a_commit_says_its_size_and_can_be_verified(run: Run):
    size_bytes = commit_step(run, 500, writer("weights"))
    assert run.step_dir(500).name == "step-00000500"
    assert size_bytes == sum(path.stat().st_size for path in run.step_dir(500).iterdir())
    assert valid_steps(run) == [500]
    assert verify_step(run, 500) == []


def test_the_order_survives_a_cut_of_power(run: Run, record_disk: list[str]):
    commit_step(run, 1, writer("weights"))
    aside = ["mkdir", "fsync"]
    two_files = ["open", "fsync", "open"] * 2
    manifest = ["open", "write", "fsync", "rename", "fsync"]
    assert record_disk == [*aside, *two_files, *manifest, "rename", "fsync"]


@pytest.mark.system
@pytest.mark.parametrize("replacing", [False, True])
def test_killed_at_any_call_a_commit_leaves_the_old_or_the_new_state(
    run: Run, kill_everywhere: Callable[..., int], replacing: bool
):
    commit_step(run, 100, writer("first"))
    if replacing:
        commit_step(run, 200, writer("old"))

    def check(done: bool) -> None:
        assert verify_step(run, 100) == []
        found = {step: content(run, step) for step in valid_steps(run)}
        old = {100: "first", 200: "old"} if replacing else {100: "first"}
        new = {100: "first", 200: "new"}
        assert found in ([new] if done else [old, new])
        assert all(verify_step(run, step) == [] for step in found)
        prune_steps(run, 2, None)  # the next owner clears what the dead one left ...
        commit_step(run, 200, writer("old"))  # ... and can commit
        assert sorted(path.name for path in run.path.glob("step-*")) == ["step-00000100", "step-00000200"]
        if not replacing:
            discard_steps_after(run, 100)

    assert kill_everywhere(lambda: commit_step(run, 200, writer("new")), check) > 12


def test_failing_at_any_call_a_commit_leaves_no_temporary_and_the_old_state(
    run: Run, fail_everywhere: Callable[..., int]
):
    commit_step(run, 100, writer("first"))
    commit_step(run, 200, writer("old"))

    def check(done: bool) -> None:
        assert verify_step(run, 100) == verify_step(run, 200) == []
        assert content(run, 200) in (["new"] if done else ["old", "new"])
        assert not list(run.path.glob("*.tmp"))
        commit_step(run, 200, writer("old"))

    assert fail_everywhere(lambda: commit_step(run, 200, writer("new")), check) > 12


def test_a_writer_that_fails_leaves_nothing(run: Run):
    def full(folder: Path) -> None:
        (folder / "model.safetensors").write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(fsops.DiskError, match="full"):
        commit_step(run, 1, full)
    with pytest.raises(ValueError):
        commit_step(run, 1, lambda folder: None)
    assert not list(run.path.glob("step-*"))


def spoil_cut(folder: Path) -> None:
    os.truncate(folder / "model.safetensors", 3)


def spoil_missing(folder: Path) -> None:
    (folder / "state.json").unlink()


def spoil_no_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


def spoil_renamed(folder: Path) -> None:
    text = (folder / "manifest.json").read_text()
    (folder / "manifest.json").write_text(text.replace('"step": 200', '"step": 300'))


def spoil_leading_out(folder: Path) -> None:
    text = (folder / "manifest.json").read_text()
    (folder / "manifest.json").write_text(text.replace("state.json", "../run.json"))


def spoil_linked(folder: Path) -> None:
    (folder / "state.json").rename(folder.parent / "elsewhere")
    (folder / "state.json").symlink_to("../elsewhere")


def spoil_garbage(folder: Path) -> None:
    (folder / "manifest.json").write_bytes(b"[" * 100_000)


@pytest.mark.parametrize(
    "spoil",
    [
        spoil_cut,
        spoil_missing,
        spoil_no_manifest,
        spoil_renamed,
        spoil_leading_out,
        spoil_linked,
        spoil_garbage,
    ],
)
def test_a_step_that_its_manifest_does_not_prove_does_not_exist(run: Run, spoil: Callable[[Path], None]):
    commit_step(run, 100, writer("first"))
    commit_step(run, 200, writer("second"))
    spoil(run.step_dir(200))
    assert valid_steps(run) == [100]
    assert verify_step(run, 200)


def test_a_flipped_byte_is_found_and_the_step_before_taken(run: Run):
    commit_step(run, 100, writer("first"))
    commit_step(run, 200, writer("second"))
    (run.step_dir(200) / "model.safetensors").write_text("secone")
    assert valid_steps(run) == [100, 200]  # sizes agree
    step, problems = newest_whole_step(run)
    assert step == 100
    assert [problem for problem in problems if "model.safetensors is damaged" in problem]


def test_the_newest_and_the_best_stay(run: Run):
    for step in (100, 200, 300, 400, 500):
        commit_step(run, step, writer("x"))
    assert prune_steps(run, 2, best=200) == [100, 300]
    assert valid_steps(run) == [200, 400, 500]
    assert prune_steps(run, 1, best=None) == [200]  # two at least
    assert valid_steps(run) == [400, 500]


def test_damaged_steps_do_not_count_as_kept(run: Run):
    for step in (100, 200, 300, 400):
        commit_step(run, step, writer("x"))
    for step in (300, 400):
        spoil_cut(run.step_dir(step))
    assert prune_steps(run, 2, best=None) == []
    assert valid_steps(run) == [100, 200]


@pytest.mark.system
def test_killed_at_any_call_pruning_leaves_every_step_whole_or_gone(
    run: Run, kill_everywhere: Callable[..., int]
):
    for step in (100, 200, 300, 400):
        commit_step(run, step, writer("x"))

    def check(done: bool) -> None:
        steps = valid_steps(run)
        assert set(steps) >= {300, 400}
        assert all(verify_step(run, step) == [] for step in steps)
        assert not done or steps == [300, 400]
        prune_steps(run, 2, None)
        assert [path.name for path in sorted(run.path.glob("step-*"))] == ["step-00000300", "step-00000400"]
        for step in (100, 200):
            commit_step(run, step, writer("x"))

    assert kill_everywhere(lambda: prune_steps(run, 2, None), check) > 5


def test_later_steps_can_be_discarded(run: Run):
    for step in (100, 200, 300):
        commit_step(run, step, writer("x"))
    assert discard_steps_after(run, 100) == [200, 300]
    assert valid_steps(run) == [100]


def test_a_former_checkpoint_does_not_come_back_when_its_successor_goes(run: Run):
    for text in ("old", "new"):
        commit_step(run, 100, writer(text))
        if text == "old":  # a process died after its last rename
            fsops.rename(run.step_dir(100), run.path / "kept")
    fsops.rename(run.path / "kept", run.path / "step-00000100.old")
    assert content(run, 100) == "new"
    assert discard_steps_after(run, 0) == [100]
    assert valid_steps(run) == []


def test_steps_of_many_digits_count(run: Run):
    commit_step(run, 123_456_789, writer("x"))
    assert valid_steps(run) == [123_456_789]
