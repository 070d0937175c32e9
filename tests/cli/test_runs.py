"""`gptlab runs`: every verb in words and as JSON, on runs that a test has written."""

import csv
import io
import json
import os
import pty
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress

import pytest

from gptlab_tui import home as home_module
from gptlab_tui.cli import runs_steer
from gptlab_tui.config import Config
from gptlab_tui.home import Home
from gptlab_tui.runs import layout
from gptlab_tui.runs.control import Inbox
from gptlab_tui.runs.journal import JournalWriter
from gptlab_tui.runs.layout import Run, create_run
from gptlab_tui.runs.lock import RunLock
from gptlab_tui.runs.manifest import commit_snapshot, commit_step, valid_steps


@pytest.fixture
def home(tmp_path):
    """The home that `gptlab` uses in these tests."""
    return Home(tmp_path / "home")


def put(folder, text):
    (folder / "model.safetensors").write_text(text)


def make_run(home, name, learning_rate=1e-3, steps=300, reason="finished"):
    """A run of `steps` steps that was evaluated and saved each 100."""
    config = Config.model_validate(
        {"preset": "cpu200k", "train": {"learning_rate": learning_rate, "max_iters": 300}}
    )
    request = {
        "config": config.model_dump(mode="json"),
        "corpus": {"name": "contos", "digest": "0" * 64},
        "parameters": 207_424,
        "vocab_size": 107,
        "created": "2026-11-20T12:00:00+00:00",
        "parent": None,
    }
    run = create_run(home, name, request, {"kind": "char"})
    with JournalWriter(run.journal) as journal:

        def tell(event, step, **fields):
            journal.append(
                {"event": event, "step": step, "elapsed_s": step / 10, "time": 1.8e9 + step, **fields}
            )

        tell("started", 0, max_iters=300)
        for step in range(10, steps + 1, 10):
            loss = 4.0 - step / 200
            tell("step", step, train_loss=loss, learning_rate=learning_rate, grad_norm=1.0, tokens=step)
            if step % 100 == 0:
                tell("evaluated", step, val_loss=loss, val_bits_per_byte=1.4 * loss, best=True)
                tell("sampled", step, prompt="Era", text=f" uma vez {step}\n\x1b[31m")
                commit_step(run, step, lambda folder, step=step: put(folder, f"m{step}"))
                commit_snapshot(run, step, lambda path: path.write_bytes(b"x") and None, 64, 1 << 20)
        if reason:
            tell("ended", steps, reason=reason, message="")
    return run


@pytest.fixture
def one(home):
    """A finished run called "one"."""
    return make_run(home, "one")


@contextmanager
def in_training(run, outcome="applied", reason=""):
    """Owns the run and answers what lies in its inbox, as a training does."""
    told = []
    done = threading.Event()

    def train():
        inbox = Inbox(run)
        with JournalWriter(run.journal) as journal:
            while not done.wait(0.002):
                for command in inbox.poll():
                    told.append((command.verb, command.key, command.value))
                    answer = {"command": command.verb, "id": command.id, "outcome": outcome, "reason": reason}
                    journal.append({"event": "controlled", "step": 300, "time": time.time(), **answer})

    thread = threading.Thread(target=train)
    with RunLock(run):
        thread.start()
        try:
            yield told
        finally:
            done.set()
            thread.join()


def test_list(gptlab, home, one):
    make_run(home, "two", steps=200, reason="")
    (home.runs / "broken").mkdir()
    answer = gptlab("runs", "list", "--json")
    assert answer.status == 0
    by_name = {found["name"]: found for found in answer.json["runs"]}
    assert {name: found["state"] for name, found in by_name.items()} == {
        "one": "finished",
        "two": "interrupted",
        "broken": "broken",
    }
    assert answer.json["runs"][0]["name"] == "one"  # written to last
    assert by_name["one"]["val_bits_per_byte"] == pytest.approx(1.4 * 2.5)
    assert by_name["one"]["parameters"] == 207_424
    assert by_name["two"]["alive"] is False
    assert by_name["broken"]["reason"] == "run.json is missing"
    table = gptlab("runs", "list")
    assert table.status == 0
    for said in ("one", "finished", "300/300", "207k", "3.5000", "two", "200/300", "run.json is missing"):
        assert said in table.out


@pytest.mark.parametrize("columns", [60, 80, 96, 200])
def test_a_list_fits_the_terminal(gptlab, home, one, monkeypatch, columns):
    make_run(home, "a-name-of-sixty-four-characters-" + "x" * 32)
    gptlab("runs", "tag", "one", "some", "--title", "of a length")
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = gptlab("runs", "list").out.splitlines()
    assert max(map(len, lines)) <= columns
    assert any("finished" in line and "3.5000" in line for line in lines)
    assert any("207k" in line for line in lines) == (columns >= 96)


def test_an_empty_list_says_what_to_do(gptlab, home):
    assert "gptlab train" in gptlab("runs", "list").out
    assert gptlab("runs", "list", "--json").json == {"runs": []}
    assert not home.root.exists()


def test_show(gptlab, one):
    answer = gptlab("runs", "show", "one", "--json")
    assert answer.json["checkpoints"] == answer.json["snapshots"] == [100, 200, 300]
    assert answer.json["request"]["config"]["train"]["max_iters"] == 300
    assert answer.json["sample"]["text"].startswith(" uma vez 300")
    assert answer.json["best_step"] == 300
    text = gptlab("runs", "show", "one").out
    for said in ("state            finished", "2.5000 nats per token", "100, 200, 300", "Era uma vez 300"):
        assert said in text
    assert "┤" not in text


def test_show_draws_the_losses(gptlab, one):
    text = gptlab("runs", "show", "one", "--plot").out
    assert "aa training batches" in text
    assert "bb validation" in text
    assert "\x1b[38" not in text  # not to a file
    curves = gptlab("runs", "show", "one", "--plot", "--json").json
    assert curves["val_loss_curve"] == [[100, 3.5], [200, 3.0], [300, 2.5]]
    assert len(curves["train_loss_curve"]) == 30


def test_a_run_without_losses_and_a_broken_one_can_be_shown(gptlab, home):
    create_run(home, "bare", {"config": {}}, {})
    (home.runs / "broken").mkdir()
    assert "no losses to draw yet" in gptlab("runs", "show", "bare", "--plot").out
    answer = gptlab("runs", "show", "broken", "--plot")
    assert answer.status == 0
    assert "run.json is missing" in answer.out
    assert gptlab("runs", "show", "broken", "--json").json["request"] is None


def test_a_wrong_name_is_one_sentence(gptlab, one):
    answer = gptlab("runs", "show", "onne")
    assert (answer.status, answer.out) == (2, "")
    assert answer.err == "error: there is no run called onne\n  did you mean one?\n"
    assert gptlab("runs", "show", "../one", "--json").error["exit_code"] == 2


def test_what_others_wrote_cannot_steer_the_terminal(process, home, one):
    reader, terminal = pty.openpty()
    seen = []

    def read():
        with suppress(OSError):  # Linux says so when the last writer has gone
            while block := os.read(reader, 65536):
                seen.append(block)

    thread = threading.Thread(target=read)
    thread.start()
    answer = process("runs", "show", "one", stdout=terminal)
    os.close(terminal)
    thread.join()
    os.close(reader)
    assert answer.status == 0
    shown = b"".join(seen).decode()
    assert "uma vez 300\r\n␛[31m" in shown
    assert "\x1b" not in shown


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
def test_a_training_is_told_and_its_answer_printed(gptlab, one, arguments, told):
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


def test_a_refusal_is_a_failure_with_its_reason(gptlab, one):
    with in_training(one, "refused", "it has taken 300 steps"):
        answer = gptlab("runs", "set", "one", "max_iters=5")
    assert answer.status == 1
    assert answer.err == "error: one: set was refused: it has taken 300 steps\n"


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
def test_a_run_that_is_not_in_training_says_how_to_go_on(gptlab, home, verb):
    make_run(home, "dead", steps=200, reason="")
    answer = gptlab("runs", verb, "dead")
    assert answer.status == 2
    assert answer.err == (
        "error: dead is not in training: its state is interrupted\n"
        "  `gptlab train --resume dead` continues it\n"
    )
    assert not (home.runs / "dead" / "control").exists()


def test_a_finished_run_is_not_continued_but_trained_further(gptlab, home, one):
    assert "gptlab train --from one" in gptlab("runs", "resume", "one").err
    (home.runs / "broken").mkdir()
    assert "run.json is missing" in gptlab("runs", "resume", "broken").err


def test_a_wrong_setting_is_refused_before_it_is_sent(gptlab, one):
    answer = gptlab("runs", "set", "one", "lr_scal=2")
    assert answer.status == 2
    assert "did you mean lr_scale?" in answer.err


def test_rename(gptlab, home, one):
    assert gptlab("runs", "rename", "one", "two").out == "one is now two\n"
    answer = gptlab("runs", "rename", "two", "three", "--json")
    assert answer.json == {"run": "three", "former": "two", "path": str(home.runs / "three")}
    assert gptlab("runs", "rename", "three", "a/b").status == 2
    with RunLock(Run(home.runs / "three")):
        answer = gptlab("runs", "rename", "three", "four")
    assert answer.status == 1
    assert "being trained" in answer.err


def test_tag(gptlab, one):
    assert gptlab("runs", "tag", "one").out == "no tags, no title, no note\n"
    answer = gptlab("runs", "tag", "one", "a", "b", "--note", "hm", "--json")
    assert answer.json == {"run": "one", "tags": ["a", "b"], "title": "", "note": "hm"}
    assert gptlab("runs", "tag", "one", "--remove", "a", "--title", "T").out == "b\nT\nhm\n"
    assert gptlab("runs", "show", "one", "--json").json["tags"] == ["b"]


def test_branch(gptlab, home, one):
    answer = gptlab("runs", "branch", "one", "two", "--step", 200, "--json")
    assert answer.json == {
        "run": "two",
        "parent": {"run": "one", "step": 200},
        "path": str(home.runs / "two"),
    }
    assert valid_steps(Run(home.runs / "two")) == [200]
    assert "gptlab train --resume three" in gptlab("runs", "branch", "one", "three").out
    assert gptlab("runs", "show", "three", "--json").json["parent"] == "one@300"
    answer = gptlab("runs", "branch", "one", "four", "--step", 150)
    assert answer.status == 2
    assert "100, 200, 300" in answer.err


def test_delete(gptlab, home, one):
    make_run(home, "two", steps=100)
    answer = gptlab("runs", "delete", "two", "three")
    assert answer.status == 2  # and nothing is deleted
    assert (home.runs / "two").is_dir()
    answer = gptlab("runs", "delete", "one", "two", "--json")
    assert answer.json == {
        "deleted": [{"run": name, "path": str(home.trash / name)} for name in ("one", "two")]
    }
    assert gptlab("runs", "list", "--json").json == {"runs": []}
    assert (home.trash / "one" / "run.json").is_file()


def test_the_bundled_run_is_read_and_branched_but_not_changed(gptlab, home, tmp_path, monkeypatch):
    make_run(Home(tmp_path / "data"), "contos", steps=100)
    for module in (layout, home_module):
        monkeypatch.setattr(module, "data_root", lambda: tmp_path / "data")
    assert gptlab("runs", "show", "contos").status == 0
    for arguments in (
        ["rename", "contos", "x"],
        ["delete", "contos"],
        ["tag", "contos", "x"],
        ["pause", "contos"],
    ):
        answer = gptlab("runs", *arguments)
        assert answer.status == 2
        assert "branch contos" in answer.err
    assert gptlab("runs", "branch", "contos", "mine").status == 0
    assert (home.runs / "mine" / "run.json").is_file()
    assert not (tmp_path / "data" / "checkpoints" / "contos" / "lock").exists()


def test_compare(gptlab, home, one):
    make_run(home, "two", learning_rate=3e-3, steps=200, reason="stopped")
    answer = gptlab("runs", "compare", "one", "two", "--json")
    assert [found["val_bits_per_byte"] for found in answer.json["runs"]] == pytest.approx([3.5, 4.2])
    assert answer.json["differences"] == [{"key": "train.learning_rate", "values": [0.001, 0.003]}]
    text = gptlab("runs", "compare", "one", "two", "--plot").out
    for said in ("bits per byte", "3.5000", "4.2000", "train.learning_rate", "0.003", "aa one", "bb two"):
        assert said in text
    assert "max_iters" not in text
    assert gptlab("runs", "compare", "one").status == 2
    assert gptlab("runs", "compare", "one", "one").status == 2


def test_export(gptlab, one, tmp_path):
    answer = gptlab("runs", "export", "one")
    rows = list(csv.DictReader(io.StringIO(answer.out)))
    assert len(rows) == 33
    assert [row["val_loss"] for row in rows if row["event"] == "evaluated"] == ["3.5", "3.0", "2.5"]
    assert gptlab("runs", "export", "one", "--output", tmp_path / "m.csv").out == ""
    assert (tmp_path / "m.csv").read_text() == answer.out
    lines = [json.loads(line) for line in gptlab("runs", "export", "one", "--json").out.splitlines()]
    assert len(lines) == 33
    assert lines[-1]["val_bits_per_byte"] == 3.5


def test_names_of_runs_are_completed(process, one):
    env = {"_GPTLAB_COMPLETE": "complete_bash", "COMP_WORDS": "gptlab runs show o", "COMP_CWORD": "3"}
    assert process(env=env).out.split() == ["one"]


@pytest.mark.parametrize("words", [["list"], ["show", "one"], ["compare", "one", "two"], ["export", "one"]])
def test_reading_runs_imports_nothing_heavy(home, one, words):
    make_run(home, "two", steps=100)
    code = (
        "import sys; from gptlab_tui.cli import main; status = main(sys.argv[1:]); "
        "heavy = {'torch', 'numpy', 'textual', 'plotext'} & set(sys.modules); "
        "sys.exit(str(heavy) if heavy else status)"
    )
    environment = os.environ | {"GPTLAB_HOME": str(home.root)}
    done = subprocess.run(
        [sys.executable, "-c", code, "runs", *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "one" in done.stdout or words[0] == "export"
