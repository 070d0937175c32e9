"""`gptlab train` and `gptlab eval` in this process: requests, refusals, what they print."""

from __future__ import annotations

import json
import shlex

import pytest
import torch

from gptlab_tui.home import Home
from gptlab_tui.model.open_run import open_model
from gptlab_tui.runs.layout import find_run

PRESET = """
about = "tiny"
[corpus]
name = ["TEXT"]
[model]
n_layer = 1
n_head = 2
n_embd = 16
block_size = 16
[train]
batch_size = 4
max_iters = 12
eval_interval = 6
log_interval = 3
prompt_tokens = 4
prompts = ["O gato"]
threads = 1
device = "cpu"
"""


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "gato.txt"
    path.write_text("O gato dorme no telhado, e a noite é longa.\n" * 60, encoding="utf-8")
    return path


@pytest.fixture
def preset(tmp_path, text):
    path = tmp_path / "tiny.toml"
    path.write_text(PRESET.replace("TEXT", str(text)), encoding="utf-8")
    return path


@pytest.fixture
def trained(gptlab, preset):
    """A finished run called `a`."""
    answer = gptlab("train", "--preset", preset, "--name", "a")
    assert answer.status == 0, answer.err
    return answer


def test_plain_lines_tell_what_happens_and_what_to_do_next(trained):
    lines = trained.out.splitlines()
    assert lines[0].startswith("a: ")
    assert sum("validation" in line for line in lines) >= 3
    assert any("finished after 12 steps" in line for line in lines)
    assert "--run a" in trained.out
    assert "\x1b" not in trained.out


def test_json_is_an_object_a_line(gptlab, preset):
    answer = gptlab("train", "--preset", preset, "--json")
    events = [json.loads(line) for line in answer.out.splitlines()]
    assert answer.status == 0
    assert events[0]["event"] == "started"
    assert events[0]["run"] == "gato-tiny-1"
    assert [e["step"] for e in events if e["event"] == "step"] == [1, 3, 6, 9, 12]
    assert events[-1]["reason"] == "finished"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--preset", "cpu20k"), "cpu200k"),
        (("--preset", "PRESET", "-o", "train.max_iter=3"), "max_iters"),
        (("--preset", "PRESET", "-o", "model.n_head=3"), "multiple"),
        (("--preset", "PRESET", "--corpus", "nowhere.txt"), "nowhere"),
        (("--preset", "PRESET", "--device", "cuda:9"), "cuda"),
        (("--preset", "PRESET", "--device", "abacus"), "abacus"),
        (("--preset", "PRESET", "--name", "../x"), "name"),
        (("--preset", "PRESET", "-o", "model.block_size=100000"), "context"),
        (("--preset", "PRESET", "-o", "sample.ban=ß"), "ban"),
        (("--resume", "nobody"), "nobody"),
        (("--resume", "a", "--preset", "PRESET"), "--from"),
        (("--from", "nobody"), "nobody"),
        (("--preset", "PRESET", "--step", "3"), "--from"),
    ],
)
def test_a_wrong_request_is_one_sentence_and_makes_no_run(gptlab, preset, tmp_path, arguments, words):
    answer = gptlab("train", *[str(preset) if a == "PRESET" else a for a in arguments])
    assert answer.status == 2
    assert words in answer.err
    assert "Traceback" not in answer.err
    assert answer.out == ""
    runs = tmp_path / "home" / "checkpoints"
    assert not runs.exists() or not [p for p in runs.iterdir() if not p.name.startswith(".cache")]


def test_a_name_that_is_taken_is_refused(gptlab, preset, trained):
    answer = gptlab("train", "--preset", preset, "--name", "a")
    assert answer.status == 2
    assert "--resume a" in answer.err


def test_a_finished_run_says_how_to_train_it_further(gptlab, trained):
    answer = gptlab("train", "--resume", "a")
    assert answer.status == 2
    assert "--from a" in answer.err


def test_fine_tuning_takes_model_and_vocabulary_and_tells_what_is_lacking(gptlab, trained, tmp_path):
    other = tmp_path / "other.txt"
    other.write_text("A noite é do gato: ñ.\n" * 60, encoding="utf-8")
    answer = gptlab("train", "--from", "a", "--corpus", other, "--name", "b", "--json")
    assert answer.status == 0
    events = [json.loads(line) for line in answer.out.splitlines()]
    assert any(e["event"] == "warned" and "ñ" in e["message"] for e in events)
    assert events[-1]["step"] == 12


def test_eval_scores_the_validation_part_as_the_training_did(gptlab, trained):
    answer = gptlab("eval", "a", "--device", "cpu", "--json")
    assert answer.status == 0
    told = [line for line in trained.out.splitlines() if line.startswith("     12  validation")]
    assert f"{answer.json['loss']:.4f} ({answer.json['bits_per_byte']:.3f} bits" in told[0]
    assert answer.json["part"] == "validation part"
    assert answer.json["step"] == 12
    assert answer.json["perplexity"] > 1


def test_eval_at_a_temperature_divides_the_logits_by_it(gptlab, trained, tmp_path):
    text = "O gato dorme."
    (tmp_path / "line.txt").write_text(text, encoding="utf-8")
    asked = ("eval", "a", "--corpus", tmp_path / "line.txt", "--device", "cpu")
    opened = open_model(find_run(Home(tmp_path / "home"), "a"), None, "cpu")
    losses = {}
    for temperature in (0.5, 1.0, 2.0):
        answer = gptlab(*asked, "--temperature", temperature, "--json").json
        expected, ids = [], opened.tokenizer.encode(text).tolist()
        T = opened.model.config.block_size
        for place in range(1, len(ids)):
            start = (place - 1) // T * T
            logits = opened.model(torch.tensor([ids[start:place]]))[0, -1] / temperature
            expected.append(-float(torch.softmax(logits.double(), -1)[ids[place]].log()))
        losses[temperature] = sum(expected) / len(expected)
        assert answer["loss"] == pytest.approx(losses[temperature], abs=1e-5)
        assert answer["temperature"] == temperature
    assert len(set(losses.values())) == 3
    assert "at temperature 0.5" in gptlab(*asked, "-t", 0.5).out


def test_eval_of_another_text_names_the_character_that_the_model_lacks(gptlab, trained, tmp_path):
    other = tmp_path / "other.txt"
    other.write_text("gato ß gato", encoding="utf-8")
    refused = gptlab("eval", "a", "--corpus", other, "--device", "cpu")
    assert refused.status == 2
    assert "ß" in refused.err
    skipped = gptlab("eval", "a", "--corpus", other, "--unknown", "skip", "--device", "cpu", "--json")
    assert skipped.status == 0
    assert skipped.json["tokens"] == 9
    assert skipped.json["part"] == "whole text"


def test_a_fallback_text_is_told_and_journalled(gptlab, tmp_path, monkeypatch):
    """A public text that cannot be fetched: the bundled one serves, and the results say so."""
    monkeypatch.setattr("gptlab_tui.text.fetch.download", _no_network)
    path = tmp_path / "far.toml"
    path.write_text(
        PRESET.replace('name = ["TEXT"]', 'name = ["machado-contos"]\nfallback = "scenes"'), encoding="utf-8"
    )
    answer = gptlab("train", "--preset", path, "-o", "train.eval_tokens=200", "--json")
    assert answer.status == 0, answer.err
    events = [json.loads(line) for line in answer.out.splitlines()]
    warning = next(e["message"] for e in events if e["event"] == "warned")
    assert "scenes" in warning
    assert events[0]["corpus"] == "scenes"


def _no_network(*_, **__):
    from gptlab_tui.errors import JobFailed

    raise JobFailed("There is no network.")


def test_sampling_passes_over_a_run_whose_weights_are_damaged(gptlab, trained, tmp_path):
    for path in (tmp_path / "home" / "checkpoints" / "a").glob("step-*/model.safetensors"):
        data = bytearray(path.read_bytes())
        data[-1] ^= 1
        path.write_bytes(data)
    answer = gptlab("sample", "O gato", "--max-tokens", "5")
    assert answer.status == 0
    assert "damaged" in answer.err
    assert "contos" in answer.err
    assert gptlab("sample", "O gato", "--run", "a").status == 2


def test_the_hint_to_write_can_be_typed_whatever_the_prompt(gptlab, preset):
    """A prompt in letters that the vocabulary lacks is told at the start and not recommended at the end."""
    arguments = ("--preset", preset, "--name", "p", "-o", "train.prompts=ZZ gato")
    answer = gptlab("train", *arguments)
    assert answer.status == 0, answer.err
    assert "warning: 2 characters of the prompt 'ZZ gato' are left out" in answer.out
    [hint] = [line for line in answer.out.splitlines() if line.startswith("write:")]
    words = shlex.split(hint.removeprefix("write:"))
    assert words[-2:] == ["--run", "p"]
    assert "ZZ" not in hint
    assert gptlab(*words[1:], "--max-tokens", "2").status == 0


def test_the_hints_of_another_home_name_it(gptlab, preset, tmp_path):
    """Ctrl-C or not, with a home of its own or not: what is told can be typed."""
    home = tmp_path / "not there yet"
    answer = gptlab("train", "--preset", preset, "--name", "h", "--home", home, "-o", "train.max_iters=2")
    assert answer.status == 0, answer.err
    hints = [shlex.split(line.partition(":")[2]) for line in answer.out.splitlines() if ":    " in line]
    write = next(words for words in hints if words[1] == "sample")
    assert write == ["gptlab", "sample", "O gato", "--run", "h", "--home", str(home)]
    assert gptlab(*write[1:], "--max-tokens", "2").status == 0


def test_eval_says_what_was_left_out(gptlab, trained, tmp_path):
    other = tmp_path / "other.txt"
    other.write_text("gato ß gato", encoding="utf-8")
    asked = ("eval", "a", "--corpus", other, "--device", "cpu", "--unknown")
    answer = gptlab(*asked, "skip")
    assert "1 character of the text (9.09 %) was left out" in answer.out
    assert "does not compare" in answer.err
    answer = gptlab(*asked, "replace", "--json")
    assert (answer.json["unknown"], answer.json["unknown_characters"]) == ("replace", 1)
    assert answer.json["unknown_share"] == pytest.approx(1 / 11)
    assert "does not compare" in answer.error["warning"]
    answer = gptlab("eval", "a", "--device", "cpu", "--json")
    assert (answer.err, answer.json["unknown_characters"]) == ("", 0)


def test_a_presets_sentence_in_other_letters_gives_way_to_words_of_the_text(gptlab, tmp_path):
    """What was asked for stays, and of it is told what the model reads."""
    text, runs = tmp_path / "en.txt", tmp_path / "home" / "checkpoints"
    line = "the cat sat on the mat and the dog lay in the sun"
    text.write_text(f"{line}\n" * 200)
    small = ("model.n_layer=1", "train.batch_size=2", "train.max_iters=2", "train.eval_interval=2")
    usual = ("--preset", "cpu200k", "--corpus", str(text), *(part for one in small for part in ("-o", one)))

    def prompts(name, *changes):
        answer = gptlab("train", *usual, "--name", name, *changes)
        assert answer.status == 0, answer.err
        asked = json.loads((runs / name / "run.json").read_text())["config"]["train"]["prompts"]
        events = map(json.loads, (runs / name / "journal.jsonl").read_text().splitlines())
        return asked, {one["prompt"] for one in events if one["event"] == "sampled"}, answer.out

    [words], sampled, said = prompts("w")
    assert words in line
    assert sampled == {words}
    assert f"lacks letters of 'A figura é poética', so evaluations go on from {words!r}" in said
    asked, sampled, said = prompts("x", "-o", "train.prompts=é cat")
    assert (asked, sampled) == (["é cat"], {" cat"})
    assert "1 character of the prompt 'é cat' is left out" in said
