"""`gptlab inspect surprise`: on the terminal, as JSON, as a picture; alone and against another model."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from gptlab_tui.cli.surprise_views import _where, compared
from gptlab_tui.errors import GPTLabError
from gptlab_tui.home import Home
from gptlab_tui.insight.surprise import surprise
from gptlab_tui.insight.surprise_difference import difference
from gptlab_tui.model.open_run import open_model
from gptlab_tui.runs.layout import find_run
from gptlab_tui.text.escapes import escaped_end

TEXT = "A figura é poética, mas não é a da heroína do romance"


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    return open_model(find_run(Home(tmp_path_factory.mktemp("home")), "contos"))


def test_the_text_and_its_figures(gptlab, opened):
    found = surprise(opened, opened.tokenizer.encode(TEXT))
    out = gptlab("inspect", "surprise", TEXT, "--width", 30).out.splitlines()
    assert [line.rstrip() for line in out[:4:2]] == [TEXT[:30].rstrip(), TEXT[30:]]
    digits = "".join(line.ljust(30) for line in out[1:4:2])
    shown = [
        " " if bits < 0.5 or place == 0 else str(min(9, round(bits))) for place, bits in enumerate(found.bits)
    ]
    assert digits.rstrip() == "".join(shown).rstrip()
    told = "\n".join(out)
    assert f"{found.bits_per_byte:.3f} bits per byte" in told
    assert "14.63 bits  `é` after `A␣figura␣é␣po`" in told
    assert "by class" in told
    assert "by frequency" in told


def test_json(gptlab, opened):
    found = surprise(opened, opened.tokenizer.encode(TEXT))
    answer = gptlab("inspect", "surprise", TEXT, "--run", "contos", "--json").json
    assert answer["bits"][0] is None
    np.testing.assert_allclose(answer["bits"][1:], found.bits[1:], atol=1e-5)
    assert answer["bits_per_byte"] == pytest.approx(found.bits_per_byte)
    assert answer["pieces"] == list(TEXT)
    assert sum(part["tokens"] for part in answer["parts"]) == 3 * answer["tokens"]


def test_against_another_step(gptlab, opened, home):
    earlier = open_model(find_run(home, "contos"), 500)
    ids = opened.tokenizer.encode(TEXT)
    apart = difference(surprise(opened, ids), surprise(earlier, ids))
    answer = gptlab("inspect", "surprise", TEXT, "--against-step", 500, "--json").json
    np.testing.assert_allclose(answer["bits"], apart.first_bits, atol=1e-5)
    assert answer["difference_bits_per_byte"] == pytest.approx(np.subtract(*apart.bits_per_byte))
    assert (answer["step"], answer["against"]["step"]) == (10000, 500)
    out = gptlab("inspect", "surprise", TEXT, "--against-step", 500).out
    assert out.splitlines()[1].rstrip() == TEXT  # with its first token, which neither model told
    assert "contos, step 10,000 against contos, step 500" in out
    assert "the first lost most" in out
    same = gptlab("inspect", "surprise", TEXT, "--run", "contos", "--against-step", 10000).out
    assert "bits per byte: they are equal" in " ".join(same.split())


def test_the_validation_part_is_read_like_eval_reads_it(gptlab):
    answer = gptlab("inspect", "surprise", "--limit", 3000, "--json").json
    assert answer["source"] == "the validation part of contos"
    assert (answer["limited"], answer["windows"], answer["tokens"]) == (True, "consecutive", 2999)
    out = gptlab("inspect", "surprise", "--limit", 3000, "--show", 90, "--ascii").out
    assert "Shown are the first 90 of 3,000 tokens." in out
    assert "#" in out


def test_a_text_in_which_characters_are_unknown(gptlab):
    assert "not in the vocabulary" in gptlab("inspect", "surprise", "um 字", "--run", "contos").err
    answer = gptlab("inspect", "surprise", "um 字字", "--run", "contos", "--unknown", "skip", "--json")
    assert answer.json["pieces"] == list("um ")
    assert "contos, step 10,000 lacks characters of the text; left out in 2 places: '字'." in answer.err


def test_where_the_training_text_is_gone_only_the_frequencies_are(gptlab, monkeypatch):
    def gone(*_):
        raise GPTLabError("The text of this run is not to be found any more.", "Put it back.")

    monkeypatch.setattr("gptlab_tui.text.run_text.tokens_of_run", gone)
    out = gptlab("inspect", "surprise", TEXT, "--run", "contos").out
    assert "by frequency: not known. The text of this run is not to be found any more. Put it back." in out
    assert "by class" in out
    for words in (["surprise"], ["counts", TEXT], ["lens", TEXT, "--linear"]):
        answer = gptlab("inspect", *words, "--run", "contos")
        assert (answer.status, answer.out) == (2, "")
        assert "Put it back." in answer.err


def test_svg(gptlab, tmp_path):
    for more in ([], ["--against-step", "500"]):
        path = tmp_path / f"{len(more)}.svg"
        assert gptlab("inspect", "surprise", TEXT, "--svg", path, *more).out == ""
        told = "".join(ElementTree.parse(path).getroot().itertext())
        assert "bits per byte" in told
        below = ("the first gained most",) if more else ("most surprising", "by context", "by class")
        assert all(words in told for words in below)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["A"], "fewer than two tokens"),
        (["A b", "--corpus", "scenes"], "both given"),
        (["A b", "--against", "absent"], "absent"),
    ],
)
def test_what_cannot_be_is_said(gptlab, arguments, message):
    answer = gptlab("inspect", "surprise", *arguments)
    assert answer.status == 2
    assert message in answer.err


def test_numbers_that_look_equal_are_not_said_to_differ():
    assert compared(1.0, 1.0) == "they are equal"
    assert compared(1.0, 1.0004) == "to three digits they are equal"
    assert compared(1.0, 1.0006) == "the first is 0.001 better"
    assert compared(2.5, 1.0) == "the first is 1.500 worse"


def test_what_stands_before_is_cut_between_characters():
    raw = "é😀".encode()
    assert escaped_end(raw * 3, 3) == "😀é😀"
    assert escaped_end(raw[:-1], 2) == "\\x9f\\x98"
    assert escaped_end(raw[1:], 9) == "\\xa9😀"
    assert _where("a", "😀".encode()[:3] * 30, "grey") == "`a` after `" + "\\xf0\\x9f\\x98" * 8 + "`"
    assert _where("a", b"", "grey") == "`a` after ``"
