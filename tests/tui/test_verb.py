"""A verb beside the workbench: its answer, its warnings, its own error, and an end when nobody waits."""

import json
import sys
import time

import pytest

from gptlab_tui.errors import JobFailed
from gptlab_tui.tui import verb


def program(source):
    return [sys.executable, "-c", f"import json, sys, time\n{source}"]


def never():
    return False


def test_the_last_object_is_the_answer_and_warnings_are_told():
    source = (
        "print('noise'); print(json.dumps({'n': 1})); print(json.dumps({'n': 2}))\n"
        "print(json.dumps({'warning': 'One.'}), file=sys.stderr)\n"
        "print(json.dumps({'warning': 'Two.'}), file=sys.stderr)"
    )
    assert verb.run(program(source), "It failed", never) == verb.Answer({"n": 2}, "One. Two.")


@pytest.mark.parametrize("noise", ["", "; print('later noise', file=sys.stderr)"])
def test_its_own_error_and_hint_are_told(noise):
    error = json.dumps({"error": "No text.", "hint": "Bring it."})
    with pytest.raises(JobFailed) as told:
        verb.run(program(f"print({error!r}, file=sys.stderr){noise}; sys.exit(2)"), "It failed", never)
    assert (told.value.message, told.value.hint) == ("No text.", "Bring it.")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("sys.exit('killed by somebody.')", "It failed: killed by somebody."),
        ("sys.exit(3)", "It failed: it left no word."),
        ("pass", "It failed: it left no word."),
    ],
)
def test_else_its_last_words(source, message):
    with pytest.raises(JobFailed) as told:
        verb.run(program(source), "It failed", never)
    assert told.value.message == message


def test_one_that_need_not_answer_may_be_silent():
    assert verb.run(program("pass"), "It failed", never, answers=False).result == {}


@pytest.mark.parametrize("kill", [True, False])
def test_nobody_waits_any_more(tmp_path, kill):
    started, go, ended = tmp_path / "started", tmp_path / "go", tmp_path / "ended"
    source = (
        f"import os; open({str(started)!r}, 'w')\nwhile not os.path.exists({str(go)!r}): time.sleep(0.01)\n"
        f"open({str(ended)!r}, 'w')"
    )
    heard = []
    with pytest.raises(verb.Unwanted):
        verb.run(program(source), "It failed", started.exists, waiting=heard.append, kill=kill)
    assert heard == sorted(heard)
    go.touch()
    if kill:  # it has been waited for: nobody is left to see it
        assert not ended.exists()
        return
    deadline = time.monotonic() + 60
    while not ended.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
