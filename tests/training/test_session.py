"""Whole trainings in a run directory: made, left, resumed, fine-tuned, refused."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
import torch

from gptlab_tui.config import Config
from gptlab_tui.errors import GPTLabError, JobFailed
from gptlab_tui.model.open_run import open_model
from gptlab_tui.runs import control
from gptlab_tui.runs.journal import read_journal
from gptlab_tui.runs.manifest import valid_steps
from gptlab_tui.runs.snapshots import snapshot_steps
from gptlab_tui.training.create import create, prepare
from gptlab_tui.training.session import Session

TEXT = "O gato dorme no telhado.\nA moça espera à janela, e a noite é longa.\n" * 40


@pytest.fixture
def text(tmp_path) -> Path:
    path = tmp_path / "gato.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture
def config(text, tiny_maker) -> Config:
    tiny = tiny_maker(
        model={"dropout": 0.1, "block_size": 16},
        max_iters=20,
        eval_interval=6,
        prompts=["O gato"],
        prompt_tokens=10,
        device="cpu",
        threads=1,
    )
    return tiny.model_copy(update={"corpus": tiny.corpus.model_copy(update={"name": (str(text),)})})


def new_run(config, home, name=None, parent=None):
    return create(prepare(config, home, parent=parent), home, name, ["gptlab", "train"])


def train(run, home, until=None, **others):
    """The events of a session; interrupted after step `until`."""
    events = []
    with Session(run, home, **others) as session:
        for event in session.events():
            events.append(event)
            if until is not None and event.event == "step" and event.step == until:
                session.trainer.interrupted = True
    return events


def digest_of(run, step):
    return [
        hashlib.sha256((run.step_dir(step) / name).read_bytes()).hexdigest()
        for name in ("model.safetensors", "optimizer.safetensors")
    ]


def test_a_run_directory_holds_all_that_was_asked_and_all_that_happened(config, home):
    run = new_run(config, home, "gato")
    events = train(run, home)
    request = run.read_request()
    assert Config.model_validate(request["config"]) == config
    assert request["corpus"]["digest"]
    assert request["parameters"] == sum(p.numel() for p in open_model(run).model.parameters())
    journal = list(read_journal(run.journal))
    assert [{k: v for k, v in record.items() if k != "time"} for record in journal] == [
        {**event.to_json()} for event in events
    ]
    assert next(record["event"] for record in journal) == "started"
    assert journal[-1]["event"] == "ended"
    assert valid_steps(run)[-2:] == [18, 20]
    assert set(snapshot_steps(run)) == {0, 6, 12, 18, 20}
    samples = [record for record in journal if record["event"] == "sampled"]
    assert {sample["step"] for sample in samples} == {0, 6, 12, 18, 20}
    assert all(len(sample["text"]) == 10 for sample in samples)


@pytest.mark.parametrize("cut", [1, 6, 13, 19])
def test_a_run_resumed_from_its_directory_ends_with_the_same_bits(config, home, cut):
    whole = new_run(config, home, "whole")
    train(whole, home)
    parts = new_run(config, home, "parts")
    assert train(parts, home, until=cut)[-1].reason == "interrupted"
    events = train(parts, home)
    assert events[0].event == "resumed"
    assert events[0].from_step == cut
    assert digest_of(whole, 20) == digest_of(parts, 20)
    effective = [
        (r["step"], r["val_loss"])
        for r in read_journal(parts.journal, effective=True)
        if r["event"] == "evaluated"
    ]
    assert effective == [
        (r["step"], r["val_loss"]) for r in read_journal(whole.journal) if r["event"] == "evaluated"
    ]


def test_commands_before_the_cut_are_replayed_from_the_journal(config, home):
    def steered(run, cut=None):
        with Session(run, home) as session:
            for event in session.events():
                if event.event == "step" and event.step == 4 and "lr_scale" not in str(sent):
                    sent.append(control.send(run, "set", "lr_scale", 0.3))
                if cut is not None and event.event == "step" and event.step == cut:
                    session.trainer.interrupted = True

    sent: list = []
    whole = new_run(config, home, "whole")
    steered(whole)
    sent.clear()
    parts = new_run(config, home, "parts")
    steered(parts, cut=9)
    train(parts, home)
    assert digest_of(whole, 20) == digest_of(parts, 20)
    plain = new_run(config, home, "plain")
    train(plain, home)
    assert digest_of(plain, 20) != digest_of(whole, 20)  # the command did something


def test_what_a_dead_training_did_after_its_checkpoint_is_superseded(config, home):
    run = new_run(config, home)
    with Session(run, home) as session:
        for event in session.events():
            if event.event == "step" and event.step == 9:
                break  # as if killed: no checkpoint of step 9, the lock released
    assert valid_steps(run) == [6]
    train(run, home)
    steps = [r["step"] for r in read_journal(run.journal, effective=True) if r["event"] == "step"]
    assert steps == list(range(1, 21))


def test_a_damaged_newest_checkpoint_is_told_and_the_one_before_it_taken(config, home):
    run = new_run(config, home)
    train(run, home, until=13)
    path = run.step_dir(13) / "model.safetensors"
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    path.write_bytes(data)
    events = train(run, home)
    assert next(e for e in events if e.event == "resumed").from_step == 12
    assert any(e.event == "warned" and "model.safetensors" in e.message for e in events)


def test_a_finished_run_is_not_trained_further_without_a_new_schedule(config, home):
    run = new_run(config, home)
    train(run, home)
    with pytest.raises(GPTLabError, match="20"):
        Session(run, home)
    decayed = config.model_copy(update={"train": config.train.model_copy(update={"schedule": "linear"})})
    other = new_run(decayed, home, "decayed")
    train(other, home)
    with pytest.raises(GPTLabError) as error:
        Session(other, home, changes=["max_iters=40"])
    assert "--from" in error.value.hint


def test_a_run_with_a_constant_rate_can_be_extended(config, home):
    constant = config.model_copy(update={"train": config.train.model_copy(update={"schedule": "constant"})})
    run = new_run(constant, home)
    train(run, home)
    events = train(run, home, changes=["max_iters=26"])
    assert events[-1].step == 26
    assert any(e.event == "controlled" and e.key == "max_iters" for e in events)
    longer = constant.model_copy(update={"train": constant.train.model_copy(update={"max_iters": 26})})
    whole = new_run(longer, home, "whole")
    train(whole, home)
    assert digest_of(run, 26) == digest_of(whole, 26)


def test_fine_tuning_starts_from_the_parent_and_tells_what_it_lacks(config, home, tmp_path):
    parent = new_run(config, home, "parent")
    train(parent, home)
    other = tmp_path / "other.txt"
    other.write_text("A moça e o gato: ñ ñ ß.\n" * 60, encoding="utf-8")
    finer = config.model_copy(update={"corpus": config.corpus.model_copy(update={"name": (str(other),)})})
    opened = open_model(parent)
    prepared = prepare(finer, home, parent=opened)
    assert any("'ñ' (120)" in warning and "'ß' (60)" in warning for warning in prepared.warnings)
    run = create(prepared, home, "child", [])
    assert run.read_request()["parent"] == {"run": "parent", "step": 20, "digest": opened.digest}
    start = open_model(run, 0).model
    assert all(
        torch.equal(mine, theirs)
        for mine, theirs in zip(start.parameters(), opened.model.parameters(), strict=True)
    )
    events = train(run, home)
    assert any(e.event == "warned" and "'ñ'" in e.message for e in events)
    assert events[-1].reason == "finished"
    assert open_model(run).tokenizer.digest == opened.tokenizer.digest


def test_two_trainings_cannot_own_one_run(config, home):
    run = new_run(config, home)
    with Session(run, home), pytest.raises(GPTLabError):
        Session(run, home)


def test_commands_from_before_the_start_are_dropped_and_journalled(config, home):
    run = new_run(config, home)
    sent = control.send(run, "stop")
    events = train(run, home)
    dropped = next(e for e in events if e.event == "controlled")
    assert (dropped.id, dropped.outcome) == (sent.id, "dropped")
    assert events[-1].reason == "finished"


def test_a_text_that_is_gone_is_not_needed_while_its_tokens_are_kept(config, home, text):
    run = new_run(config, home)
    train(run, home, until=3)
    text.unlink()
    assert train(run, home)[-1].reason == "finished"


def test_a_text_that_is_gone_altogether_is_told_with_the_way_out(config, home, text):
    run = new_run(config, home)
    train(run, home, until=3)
    text.unlink()
    for kept in (home.cache / "tokens").iterdir():
        kept.unlink()
    with pytest.raises(GPTLabError, match="gato") as error:
        Session(run, home)
    assert error.value.hint


def test_a_changed_text_is_never_taken_for_the_old_one(config, home, text):
    run = new_run(config, home)
    train(run, home, until=3)
    text.write_text(TEXT.upper(), encoding="utf-8")
    for kept in (home.cache / "tokens").iterdir():
        kept.unlink()
    with pytest.raises(GPTLabError):
        Session(run, home)


def test_a_full_disk_is_one_sentence_before_the_first_step(config, home, monkeypatch):
    run = new_run(config, home)
    monkeypatch.setattr("shutil.disk_usage", lambda path: os.statvfs_result and _Usage())
    with pytest.raises(JobFailed, match="MiB"):
        Session(run, home)


class _Usage:
    free = 1000


def test_a_failure_in_the_middle_is_journalled(config, home, monkeypatch):
    run = new_run(config, home)
    with Session(run, home) as session:

        def explode(step):
            raise RuntimeError("boom")

        monkeypatch.setattr(session.trainer.stepper.batches, "starts", explode)
        with pytest.raises(RuntimeError):
            list(session.events())
    last = list(read_journal(run.journal))[-1]
    assert (last["event"], last["reason"], last["message"]) == ("ended", "failed", "boom")


def test_out_of_memory_says_what_would_fit(config, home, monkeypatch):
    run = new_run(config, home)
    with Session(run, home) as session:

        def explode(idx, targets):
            raise torch.OutOfMemoryError("no room")

        monkeypatch.setattr(session.trainer.stepper, "loss_of", explode)
        with pytest.raises(JobFailed) as error:
            list(session.events())
    assert "train.micro_batch=2" in error.value.hint


def test_auto_micro_batch_takes_the_largest_that_fits(config, home, monkeypatch):
    from gptlab_tui.training import fit
    from gptlab_tui.training.devices import Device

    auto = config.model_copy(update={"train": config.train.model_copy(update={"micro_batch": "auto"})})
    device = Device(torch.device("cpu"), "fp32", 1)
    need = {size: fit.plan_bytes(auto, 30, size, device) for size in (4, 2, 1)}
    assert need[4] > need[2] > need[1]
    for size, bytes_needed in need.items():
        monkeypatch.setattr(Device, "memory_bytes", lambda self, n=bytes_needed: int(n / fit.USABLE) + 1)
        assert fit.largest_that_fits(auto, 30, device) == size
    monkeypatch.setattr(Device, "memory_bytes", lambda self: 1)
    assert fit.largest_that_fits(auto, 30, device) is None
    monkeypatch.undo()
    assert train(new_run(auto, home), home)[0].micro_batch == 4


def test_the_plan_is_told_before_the_first_step_and_a_warning_where_it_does_not_fit(
    config, home, monkeypatch
):
    from gptlab_tui.training import fit
    from gptlab_tui.training.devices import Device

    run = new_run(config, home)
    with Session(run, home) as session:
        started = next(e for e in session.events() if e.event == "started")
    assert 0 < started.memory_bytes < started.free_memory_bytes
    assert started.disk_bytes > 3 * 12 * started.parameters
    half = fit.plan_bytes(config, started.vocab_size, 2, session.device)
    monkeypatch.setattr(Device, "memory_bytes", lambda self: int(half / fit.USABLE) + 1)
    with Session(run, home) as session:
        assert any("train.micro_batch=2 " in warning.hint for warning in session.warnings)
    monkeypatch.setattr(Device, "memory_bytes", lambda self: 1000)
    with Session(run, home) as session:
        assert any("model.n_embd" in warning.hint for warning in session.warnings)


def test_a_machine_without_room_is_out_of_memory_as_a_gpu_is(config, home, monkeypatch):
    run = new_run(config, home)
    with Session(run, home) as session:

        def explode(idx, targets):
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes.")

        monkeypatch.setattr(session.trainer.stepper, "loss_of", explode)
        with pytest.raises(JobFailed, match="out of memory"):
            list(session.events())


def test_a_life_without_a_checkpoint_counts_no_more_after_a_restart(config, home):
    """Its steps, and the commands that it was given, are superseded, so a later resume is exact."""
    late = config.model_copy(
        update={"train": config.train.model_copy(update={"save_interval": 12, "keep_best": False})}
    )
    run = new_run(late, home, "parts")
    with Session(run, home) as session:
        for event in session.events():
            if event.event == "step" and event.step == 3:
                control.send(run, "set", "lr_scale", 0.1)
            if event.event == "step" and event.step == 9:
                break  # as if killed, before the first checkpoint
    assert valid_steps(run) == []
    train(run, home, until=13)
    train(run, home)
    whole = new_run(late, home, "whole")
    train(whole, home)
    assert digest_of(whole, 20) == digest_of(run, 20)
    steps = [r["step"] for r in read_journal(run.journal, effective=True) if r["event"] == "step"]
    assert steps == list(range(1, 21))


def test_a_resumed_run_keeps_its_micro_batch_and_a_change_is_told(config, home, monkeypatch):
    from gptlab_tui.training import session as module

    auto = config.model_copy(update={"train": config.train.model_copy(update={"micro_batch": "auto"})})
    run = new_run(auto, home)
    monkeypatch.setattr(module, "resolve_micro_batch", lambda *_: 2)
    assert train(run, home, until=5)[0].micro_batch == 2
    monkeypatch.setattr(module, "resolve_micro_batch", lambda *_: 4)
    events = train(run, home, until=8)
    assert next(e for e in events if e.event == "started").micro_batch == 2
    events = train(run, home, micro_batch=1)
    assert next(e for e in events if e.event == "started").micro_batch == 1
    assert any(e.event == "warned" and "instead of 2" in e.message for e in events)


def test_fine_tuning_takes_its_own_dropout_and_no_other_shape(config, home):
    parent = new_run(config, home, "parent")
    train(parent, home, until=2)
    opened = open_model(parent)
    dropped = config.model_copy(update={"model": config.model.model_copy(update={"dropout": 0.4})})
    assert prepare(dropped, home, parent=opened).config.model.dropout == 0.4
    wider = config.model_copy(update={"model": config.model.model_copy(update={"n_embd": 32})})
    with pytest.raises(GPTLabError, match="n_embd"):
        prepare(wider, home, parent=opened)


def test_best_of_a_run_without_an_evaluation_is_a_sentence(config, home):
    parent = new_run(config, home, "parent")
    train(parent, home, until=2)
    child = create(prepare(config, home, parent=open_model(parent)), home, "child", [])
    with pytest.raises(GPTLabError, match="no evaluation"):
        open_model(child, "best")


def test_a_run_whose_checkpoints_are_all_damaged_is_not_started_over_in_silence(config, home):
    run = new_run(config, home)
    train(run, home, until=13)
    for step in valid_steps(run):
        (run.step_dir(step) / "manifest.json").write_text("{")
    with pytest.raises(JobFailed, match="None of the checkpoints"):
        Session(run, home)


def test_weights_serve_although_the_optimizer_is_damaged(config, home):
    run = new_run(config, home)
    train(run, home)
    path = run.step_dir(20) / "optimizer.safetensors"
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)
    opened = open_model(run)
    assert (opened.step, opened.warnings) == (20, ())


def test_a_checkpoint_that_is_passed_over_is_told(config, home):
    run = new_run(config, home)
    train(run, home)
    path = run.step_dir(20) / "model.safetensors"
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)
    opened = open_model(run)
    assert opened.step == 18
    assert "step-00000020" in opened.warnings[0]
    with pytest.raises(GPTLabError, match="best step is not known"):
        open_model(run, "best")


@pytest.mark.parametrize(
    ("key", "value"), [("corpus", None), ("corpus", {"name": 5}), ("warnings", 3), ("parameters", "many")]
)
def test_a_request_that_no_training_wrote_is_told(config, home, key, value):
    import json

    run = new_run(config, home)
    request = json.loads(run.run_json.read_text())
    run.run_json.write_text(json.dumps(request | {key: value}))
    with pytest.raises(GPTLabError, match=r"run\.json"):
        Session(run, home)


def test_a_text_of_which_the_parent_knows_nothing_is_refused(config, home, tmp_path):
    parent = new_run(config, home, "parent")
    train(parent, home, until=2)
    other = tmp_path / "other.txt"
    other.write_text("日本語" * 200, encoding="utf-8")
    foreign = config.model_copy(update={"corpus": config.corpus.model_copy(update={"name": (str(other),)})})
    with pytest.raises(GPTLabError, match="no token for any character"):
        prepare(foreign, home, parent=open_model(parent))


def test_a_disk_without_room_leaves_no_run_behind(config, home, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda path: _Usage())
    with pytest.raises(JobFailed, match="MiB"):
        new_run(config, home)
    assert not home.runs.exists() or not [p for p in home.runs.iterdir() if p.name != ".cache"]
