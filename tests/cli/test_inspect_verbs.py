"""What all of `gptlab inspect …` keep to: sentences with a hint where they cannot look, room, ASCII."""

import struct
import zlib
from pathlib import Path

import pytest
from rich.cells import cell_len

from gptlab_tui.model.open_run import nearest_steps
from gptlab_tui.sampling import choose

TEXT = "A figura"
VERBS = {
    "attention": (TEXT,),
    "counts": (TEXT,),
    "draw": (TEXT,),
    "embeddings": (),
    "heads": (TEXT,),
    "lens": (TEXT,),
    "memory": (TEXT,),
    "motion": (),
    "next": (TEXT,),
    "surprise": (TEXT,),
    "walk": (TEXT,),
    "weights": (),
}


@pytest.mark.parametrize("verb", VERBS)
def test_a_step_that_is_not_there(gptlab, verb):
    answer = gptlab("inspect", verb, *VERBS[verb], "--step", 77, "--json")
    assert answer.status == 2
    assert answer.error["error"] == "contos has nothing of step 77."
    assert answer.error["hint"].startswith("The nearest are 0 and 500; it has ")


def test_the_nearest_steps_are_named_on_both_sides():
    there = range(0, 10_001, 200)
    assert nearest_steps(there, 450) == "The nearest are 400 and 600; it has 51 from 0 to 10,000."
    assert nearest_steps(there, 20_000) == "The nearest is 10,000; it has 51 from 0 to 10,000."
    assert nearest_steps([100, 200], 7) == "The nearest is 100; it has 2 from 100 to 200."
    assert nearest_steps([100], 7) == "It has step 100 alone."
    assert nearest_steps([], 7) == "It has no step."


def test_half_a_surrogate_pair_stands_nowhere(gptlab):
    answer = gptlab("inspect", "memory", "\ud800figura", "--run", "contos", "--json")
    assert answer.json["covers"][0] == 0
    assert min(answer.json["covers"][1:]) > 2


@pytest.mark.parametrize("verb", VERBS)
def test_a_picture_that_cannot_be_new_is_refused_before_the_work(gptlab, tmp_path, verb, monkeypatch):
    monkeypatch.setattr(choose, "candidates", None)  # called, it would end the test
    (tmp_path / "there").write_text("mine", "utf-8")
    for name, status, words in (
        ("", 2, "is a folder"),
        ("there", 2, "is there already"),
        ("nowhere/a", 1, "There is no folder"),
    ):
        for option in ("--svg", "--png"):
            answer = gptlab("inspect", verb, *VERBS[verb], option, tmp_path / name)
            assert answer.status == status
            assert words in answer.err
            assert answer.err.count("\n") == 2  # a sentence and a hint
    assert (tmp_path / "there").read_text("utf-8") == "mine"


@pytest.mark.parametrize(
    "words",
    [
        ("heads", TEXT, "--no-loss"),
        ("walk", TEXT),
        ("weights",),
        ("weights", "wte.weight"),
        ("attention", TEXT),
        ("next", TEXT),
    ],
    ids=" ".join,
)
def test_numbers_and_a_picture_at_once(gptlab, tmp_path, words):
    answer = gptlab("inspect", *words, "--json", "--svg", tmp_path / "a.svg", "--png", tmp_path / "a.png")
    assert answer.json["run"] == "contos"
    assert (tmp_path / "a.svg").read_text("utf-8").startswith("<svg")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "words",
    [
        ("attention",),
        ("counts",),
        ("draw", "--largest", "5"),
        ("heads", "--no-loss"),
        ("lens",),
        ("next",),
        ("surprise",),
        ("walk",),
        ("weights", "h.0.activation"),
    ],
    ids=" ".join,
)
def test_characters_that_are_replaced_are_told(gptlab, words):
    verb, *options = words
    given = ("--text", "Ω figura") if verb == "weights" else ("Ω figura",)
    answer = gptlab("inspect", verb, *options, *given, "--unknown", "replace", "--json")
    assert answer.status == 0
    assert "'Ω' -> " in answer.error["warning"]


@pytest.mark.parametrize(
    ("words", "error", "hint"),
    [
        (("next", TEXT, "--step", "-5"), "A step is a number or `best`, not '-5'.", "runs show"),
        (("next", TEXT, "-o", "temperature"), "-o 'temperature' is not a knob with its value.", "=0.5"),
        (("lens", TEXT, "--show", "x"), "'--show': 'x' is not one of 'best', 'rank',", "--help"),
        (("heads", TEXT, "--tokens", "1"), "should be greater than or equal to 2.", "--help"),
        (("draw", "--probs", "1.5,-0.5"), "Of the probabilities -0.5 is none.", "0 or more"),
        (("draw", "--probs", "nan,1"), "Of the probabilities nan is none.", "0 or more"),
        (("draw", "--probs", "1,2"), "The probabilities sum to 3, not to 1.", "--probs"),
        (("draw", "--temperature", "-1"), "A temperature is a number from 0 on, not -1.", "the largest"),
    ],
    ids=lambda one: " ".join(one) if isinstance(one, tuple) else "",
)
def test_a_sentence_and_what_to_do(gptlab, words, error, hint):
    answer = gptlab("inspect", *words, "--json")
    assert answer.status == 2
    assert error in answer.error["error"]
    assert answer.error["error"].endswith(".")
    assert hint in answer.error["hint"]


#: What is quick and drawn from everything that a verb has to tell.
SCENES = [
    ("attention", "Era uma vez"),
    ("counts", "Era uma vez"),
    ("draw", "Era uma vez", "--largest", "5"),
    ("heads", "Era uma vez"),
    ("lens", "Era uma vez"),
    ("memory", "Era uma vez, e uma vez mais"),
    ("next", "Era uma vez"),
    ("surprise", "Era uma vez"),
    ("walk", "Era"),
    ("weights",),
    ("weights", "wte.weight"),
]


#: The same, and what takes a layout.
PICTURES = [
    *SCENES,
    ("attention", "Era uma vez", "--each", "--against-step", "500"),
    ("surprise", "Era uma vez", "--against-step", "500"),
    ("embeddings", "--method", "pca"),
    ("motion", "--method", "pca"),
]


@pytest.mark.parametrize("words", PICTURES, ids=lambda words: " ".join(words[:3]))
def test_a_picture_as_dots(gptlab, tmp_path, words):
    path = tmp_path / "a.png"
    assert gptlab("inspect", *words, "--png", path).out == ""
    data = path.read_bytes()
    assert data[:16] == b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
    width, height = struct.unpack(">II", data[16:24])
    at = data.index(b"IDAT")
    (length,) = struct.unpack(">I", data[at - 4 : at])
    raw = zlib.decompress(data[at + 4 : at + 4 + length])
    assert len(raw) == height * (1 + 3 * width)
    assert 300 < width < 1600
    assert len(set(raw)) > 2  # there is something on it


def test_a_folder_that_lets_nobody_write(gptlab, tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    for option in ("--svg", "--png"):
        answer = gptlab("inspect", "draw", option, tmp_path / "a")
        assert answer.status == 1
        assert "cannot be written: Permission denied." in answer.err


@pytest.mark.parametrize("words", SCENES, ids=lambda words: " ".join(words[:2]))
def test_everything_fits_forty_columns_and_is_ascii_where_it_is_to_be(gptlab, monkeypatch, words):
    monkeypatch.setenv("COLUMNS", "40")
    for options in ((), ("--ascii",)):
        out = gptlab("inspect", *words, *options).out
        assert max(map(cell_len, out.splitlines())) <= 40
    ours = set(out) - {*map(chr, range(128))}
    assert ours <= {*"áâãàçéêíóôõúÁÂÃÀÇÉÊÍÓÔÕÚªº”“—"}  # of the text, or of the vocabulary
