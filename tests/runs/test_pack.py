"""A packed run holds what writing needs and nothing of the machine it was made on."""

import json

import pytest

from gptlab_tui.errors import GPTLabError
from gptlab_tui.runs import manifest
from gptlab_tui.runs.journal import JournalWriter, read_journal
from gptlab_tui.runs.layout import create_run
from gptlab_tui.runs.pack import pack
from gptlab_tui.runs.snapshots import commit_snapshot, snapshot_steps


@pytest.fixture
def run(home):
    request = {
        "config": {"preset": "p"},
        "corpus": {
            "name": "c",
            "digest": "d",
            "paths": ["/secret/place/c.txt"],
            "characters": 3,
            "size_bytes": 3,
            "val_start": 2,
        },
        "parameters": 1,
        "vocab_size": 3,
        "warnings": [],
    }
    run = create_run(home, "a", request, {"kind": "char", "characters": "abc"})

    def write(folder):
        for name in ("model", "optimizer"):
            (folder / f"{name}.safetensors").write_bytes(name.encode() * 100)
        (folder / "state.json").write_text("{}")

    for step in (5, 10):
        manifest.commit_step(run, step, write)
        commit_snapshot(run, step, lambda path: path.write_bytes(b"s"), 9, 1000)
    with JournalWriter(run.journal) as journal:
        for step in (5, 10):
            journal.append({"event": "step", "step": step})
    return run


def test_it_has_one_checkpoint_without_optimizer_snapshots_journal_and_no_path(run, tmp_path):
    packed = pack(run, None, tmp_path / "gift")
    assert manifest.valid_steps(packed) == [10]
    assert manifest.verify_step(packed, 10) == []
    assert sorted(manifest.read_manifest(packed, 10)) == ["model.safetensors", "state.json"]
    assert snapshot_steps(packed) == [5, 10]
    assert [r["step"] for r in read_journal(packed.journal)] == [5, 10]
    assert packed.read_tokenizer() == run.read_tokenizer()
    everything = b"".join(path.read_bytes() for path in packed.path.rglob("*") if path.is_file())
    assert b"secret" not in everything
    assert json.loads(packed.run_json.read_text())["corpus"]["digest"] == "d"


def test_an_earlier_step_takes_what_came_before_it(run, tmp_path):
    packed = pack(run, 5, tmp_path / "gift")
    assert manifest.valid_steps(packed) == [5]
    assert snapshot_steps(packed) == [5]
    assert [r["step"] for r in read_journal(packed.journal)] == [5]


def test_nothing_is_overwritten_and_nothing_left_behind(run, tmp_path):
    (tmp_path / "gift").mkdir()
    with pytest.raises(GPTLabError, match="already"):
        pack(run, None, tmp_path / "gift")
    with pytest.raises(GPTLabError, match="no checkpoint of step 7"):
        pack(run, 7, tmp_path / "other")
    assert not list(tmp_path.glob("*other*"))
