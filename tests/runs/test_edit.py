"""Renaming, tagging, branching, deleting: whole or not at all, and not under a training's feet."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gptlab_tui.errors import GPTLabError, JobFailed
from gptlab_tui.home import Home
from gptlab_tui.runs import edit, fsops
from gptlab_tui.runs.journal import JournalWriter, read_journal
from gptlab_tui.runs.layout import Run, create_run, run_paths
from gptlab_tui.runs.listing import summarise
from gptlab_tui.runs.lock import RunLock, RunOwnedError
from gptlab_tui.runs.manifest import commit_snapshot, commit_step, snapshot_steps, valid_steps, verify_step
from gptlab_tui.runs.snapshots import discard_snapshots_after

Events = Callable[..., list[dict[str, Any]]]
JournalOf = Callable[..., None]


@pytest.fixture
def trained(run: Run, journal_of: JournalOf, training: Events) -> Run:
    """500 steps with checkpoints of 400 and 500 and a snapshot each 100."""
    journal_of(run, *training(500), {"event": "ended", "step": 500, "reason": "finished", "message": ""})
    for step in range(100, 600, 100):
        commit_snapshot(run, step, lambda path, step=step: path.write_text(f"s{step}") and None, 64, 1 << 30)
    for step in (400, 500):
        commit_step(run, step, lambda folder, step=step: (folder / "model").write_text(f"m{step}") and None)
    return run


def test_a_renamed_run_is_the_same_run(home: Home, trained: Run):
    before = summarise(trained)
    renamed = edit.rename(trained, "other")
    assert renamed == Run(home.runs / "other")
    assert [path.name for path in run_paths(home)] == ["other"]
    assert summarise(renamed).val_loss == before.val_loss
    for name in ("../out", "", ".x", "a b"):
        with pytest.raises(GPTLabError, match="name"):
            edit.rename(renamed, name)
    create_run(home, "taken", {"config": {}}, {})
    with pytest.raises(GPTLabError, match="already"):
        edit.rename(renamed, "taken")


def test_nothing_moves_under_a_training(home: Home, run: Run):
    with RunLock(run):
        for change in (lambda: edit.rename(run, "other"), lambda: edit.delete(run, home)):
            with pytest.raises(RunOwnedError):
                change()
        assert edit.tag(run, ["hot"])["tags"] == ["hot"]  # what people add can change
    assert run.path.is_dir()


def test_tags_are_added_once_and_removed(run: Run):
    assert edit.tag(run, ["b", "a", "b"])["tags"] == ["b", "a"]
    assert edit.tag(run, ["c"], ["b"], title="T", note="é\n")["tags"] == ["a", "c"]
    assert run.read_meta() == {"title": "T", "tags": ["a", "c"], "note": "é\n"}
    assert summarise(run).tags == ("a", "c")
    for bad in ("", " ", "a,b", "a\x1b", "x" * 65):
        with pytest.raises(GPTLabError, match="tag"):
            edit.tag(run, [bad])
    with pytest.raises(GPTLabError, match="tags"):
        edit.tag(run, [f"t{number}" for number in range(40)])
    with pytest.raises(GPTLabError, match="note"):
        edit.tag(run, note="x" * 20_000)
    assert run.read_meta()["tags"] == ["a", "c"]


def test_deleting_moves_to_the_trash_and_never_over_another(home: Home, make_request: Any):
    places = []
    for content in "abc":
        run = create_run(home, "one", make_request(), {"content": content})
        places.append(edit.delete(run, home))
    assert run_paths(home) == []
    assert [place.parent for place in places] == [home.trash] * 3
    assert [place.name for place in places] == ["one", "one.2", "one.3"]
    assert [Run(place).read_tokenizer()["content"] for place in places] == list("abc")


def test_a_broken_run_can_be_deleted(home: Home, run: Run):
    run.run_json.write_text("{")
    assert edit.delete(run, home).is_dir()
    assert not run.path.exists()


def test_a_branch_goes_on_from_its_step(home: Home, trained: Run, make_request: Any):
    branch = edit.branch(trained, 400, "two")
    assert branch == Run(home.runs / "two")
    assert valid_steps(branch) == [400]
    assert verify_step(branch, 400) == []
    assert (branch.step_dir(400) / "model").read_text() == "m400"
    assert snapshot_steps(branch) == [100, 200, 300, 400]
    assert branch.snapshot(300).read_text() == "s300"
    request = branch.read_request()
    assert request["parent"] == {"run": "one", "step": 400}
    unchanged = {key: value for key, value in make_request().items() if key not in ("parent", "created")}
    assert unchanged.items() <= request.items()
    assert branch.read_tokenizer() == trained.read_tokenizer()
    original = [r for r in read_journal(trained.journal) if r["step"] <= 400 and r["event"] != "ended"]
    *copied, last = read_journal(branch.journal)
    assert copied == original
    assert (last["event"], last["step"], last["parent"]) == ("branched", 400, "one")
    assert original[-1] == {**original[-1], "event": "evaluated", "step": 400}
    found = summarise(branch)
    assert (found.state, found.step, found.best_step, found.parent) == ("branched", 400, 400, "one@400")
    assert found.elapsed_s is None
    with JournalWriter(branch.journal) as journal:
        journal.append({"event": "resumed", "step": 400, "elapsed_s": 0.0, "from_step": 400})
    assert summarise(branch).state == "interrupted"  # it was begun, and died without a word
    three = edit.branch(trained, None, "three")
    assert three.step_dir(500).is_dir()  # the newest
    assert "ended" not in {record["event"] for record in read_journal(three.journal)}
    assert trained.read_request()["parent"] is None


def test_a_branch_leaves_out_what_was_superseded(trained: Run, journal_of: JournalOf):
    journal_of(trained, {"event": "resumed", "step": 200, "from_step": 200}, {"event": "step", "step": 210})
    steps = [record["step"] for record in read_journal(edit.branch(trained, 400, "two").journal)]
    assert steps[-3:] == [200, 210, 400]
    assert max(steps[:-1]) == 210


def test_a_branch_can_be_made_of_a_run_in_training(trained: Run):
    with RunLock(trained):
        assert valid_steps(edit.branch(trained, 500, "two")) == [500]


def test_a_branch_into_another_home(trained: Run, tmp_path: Path):
    other = Home(tmp_path / "other")
    assert edit.branch(trained, 500, "two", other).path == other.runs / "two"


def test_where_a_branch_cannot_be_made_nothing_is(home: Home, trained: Run, make_request: Any):
    bare = create_run(home, "bare", make_request(), {})
    with pytest.raises(GPTLabError, match="no checkpoint to branch from"):
        edit.branch(bare, None, "two")
    with pytest.raises(GPTLabError, match="step 100") as caught:
        edit.branch(trained, 100, "two")
    assert "400, 500" in caught.value.hint
    with pytest.raises(GPTLabError, match="already"):
        edit.branch(trained, 400, "one")
    with pytest.raises(GPTLabError, match="name"):
        edit.branch(trained, 400, "../two")
    (trained.step_dir(500) / "model").write_text("m50x")
    with pytest.raises(JobFailed, match="damaged"):
        edit.branch(trained, 500, "two")
    assert valid_steps(edit.branch(trained, None, "whole")) == [400]
    assert sorted(path.name for path in home.runs.iterdir()) == ["bare", "one", "whole"]


@pytest.mark.system
def test_a_branch_is_there_whole_or_not_at_all(
    home: Home, trained: Run, kill_everywhere: Callable[..., int], fail_everywhere: Callable[..., int]
):
    discard_snapshots_after(trained, 100)

    def work() -> None:
        edit.branch(trained, 400, "two")

    def check(done: bool) -> None:
        names = [path.name for path in run_paths(home)]
        assert names in ([["one", "two"]] if done else [["one"], ["one", "two"]])
        if "two" in names:
            assert verify_step(Run(home.runs / "two"), 400) == []
            assert len(list(read_journal(home.runs / "two" / "journal.jsonl"))) == 46
        for path in [*home.runs.glob(".new-*"), home.runs / "two"]:
            fsops.remove_tree(path)

    assert kill_everywhere(work, check) > 30

    def check_without_rest(done: bool) -> None:
        assert not list(home.runs.glob(".*"))
        check(done)

    assert fail_everywhere(work, check_without_rest) > 30


def test_a_checkpoint_that_is_pruned_while_it_is_copied_is_said(
    trained: Run, monkeypatch: pytest.MonkeyPatch, home: Home
):
    def vanished(source: Path, target: Path) -> None:
        with fsops.explained(source):
            raise FileNotFoundError(2, os.strerror(2))

    monkeypatch.setattr(fsops, "copy_file", vanished)
    with pytest.raises(JobFailed, match="No such file"):
        edit.branch(trained, 400, "two")
    assert [path.name for path in home.runs.iterdir()] == ["one"]
