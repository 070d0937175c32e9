"""`gptlab runs list | show | compare | export`, in words and as JSON."""

import csv
import io
import json
import os
import pty
import subprocess
import sys
import threading
from contextlib import suppress

import pytest

from gptlab_tui.runs.layout import create_run


def test_list(gptlab, home, one, make_run):
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
def test_a_list_fits_the_terminal(gptlab, home, one, monkeypatch, columns, make_run):
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


def test_show_has_what_was_written_after_any_step(gptlab, one):
    answer = gptlab("runs", "show", "one", "--sample", 200)
    assert "after step 200 it wrote:\nEra uma vez 200" in answer.out
    refused = gptlab("runs", "show", "one", "--sample", 250)
    assert refused.status != 0
    assert "one wrote nothing after step 250." in refused.err
    assert "100, 200, 300" in refused.err


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
    assert answer.err == "error: There is no run called onne.\n  Did you mean one?\n"
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


def test_compare(gptlab, home, one, make_run):
    make_run(home, "two", learning_rate=3e-3, steps=200, reason="stopped")
    answer = gptlab("runs", "compare", "one", "two", "--json")
    assert [found["val_bits_per_byte"] for found in answer.json["runs"]] == pytest.approx([3.5, 4.2])
    assert answer.json["differences"] == [{"key": "train.learning_rate", "values": [0.001, 0.003]}]
    text = gptlab("runs", "compare", "one", "two", "--plot").out
    for said in ("bits per byte", "3.5000", "4.2000", "train.learning_rate", "0.003", "aa one", "bb two"):
        assert said in text
    assert "max_iters" not in text
    make_run(home, "three", texts=("my.txt",))
    text = gptlab("runs", "compare", "one", "three").out
    assert "my.txt" in text
    assert "['" not in text
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
def test_reading_runs_imports_nothing_heavy(home, one, words, make_run):
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
