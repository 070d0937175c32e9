"""`gptlab runs pause | resume | stop | save | sample | set`: told, answered, refused, not answered."""

import pytest

from gptlab_tui.cli import runs_steer
from gptlab_tui.runs.control import Inbox
from gptlab_tui.runs.lock import RunLock


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["pause", "one"], ("pause", None, None)),
        (["resume", "one"], ("resume", None, None)),
        (["stop", "one"], ("stop", None, None)),
        (["save", "one"], ("save", None, None)),
        (["sample", "one"], ("sample", None, None)),
        (["set", "one", "lr_scale=0.5"], ("set", "lr_scale", 0.5)),
        (["set", "one", "prompts=Era uma vez"], ("set", "prompts", ["Era uma vez"])),
    ],
)
def test_a_training_is_told_and_its_answer_printed(gptlab, one, arguments, told, in_training):
    with in_training(one) as heard:
        answer = gptlab("runs", *arguments)
        assert (answer.status, answer.err) == (0, "")
        assert answer.out.startswith("one, step 300: ")
        answer = gptlab("runs", *arguments, "--json")
        assert answer.status == 0
        assert {**answer.json, "id": ""} == {
            "run": "one",
            "command": told[0],
            "key": told[1],
            "value": told[2],
            "id": "",
            "outcome": "applied",
            "reason": "",
            "step": 300,
        }
    assert heard == [told, told]


def test_a_refusal_is_a_failure_with_its_reason(gptlab, one, in_training):
    with in_training(one, "refused", "it has taken 300 steps"):
        answer = gptlab("runs", "set", "one", "max_iters=5")
    assert answer.status == 1
    assert answer.err == "error: one: set was refused: it has taken 300 steps.\n"


def test_not_waiting_leaves_the_command_there(gptlab, one):
    with RunLock(one):
        assert gptlab("runs", "pause", "one", "--no-wait").out == "one was told to pause\n"
        assert gptlab("runs", "stop", "one", "--no-wait", "--json").json["outcome"] == "sent"
    assert [command.verb for command in Inbox(one).poll()] == ["pause", "stop"]


def test_no_answer_is_said(gptlab, one, monkeypatch):
    monkeypatch.setattr(runs_steer, "PATIENCE_S", 0.0)
    with RunLock(one):
        answer = gptlab("runs", "pause", "one")
    assert answer.status == 1
    assert "has not answered within 0 s" in answer.err
    assert "inbox" in answer.err


@pytest.mark.parametrize("verb", ["pause", "resume", "stop", "save", "sample"])
def test_a_run_that_is_not_in_training_says_how_to_go_on(gptlab, home, verb, make_run):
    make_run(home, "dead", steps=200, reason="")
    answer = gptlab("runs", verb, "dead")
    assert answer.status == 2
    assert answer.err == (
        "error: dead is not in training: its state is interrupted.\n"
        "  `gptlab train --resume dead` continues it.\n"
    )
    assert not (home.runs / "dead" / "control").exists()


def test_a_finished_run_is_not_continued_but_trained_further(gptlab, home, one):
    assert "gptlab train --from one" in gptlab("runs", "resume", "one").err
    (home.runs / "broken").mkdir()
    assert "run.json is missing" in gptlab("runs", "resume", "broken").err


def test_a_wrong_setting_is_refused_before_it_is_sent(gptlab, one):
    answer = gptlab("runs", "set", "one", "lr_scal=2")
    assert answer.status == 2
    assert "Did you mean lr_scale?" in answer.err
