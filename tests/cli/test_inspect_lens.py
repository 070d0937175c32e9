"""`gptlab inspect lens`: on the terminal, as JSON, as a picture; with a lens that is trained and kept."""

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from gptlab_tui.home import Home
from gptlab_tui.insight.lens import lens
from gptlab_tui.model.open_run import open_model
from gptlab_tui.runs.layout import find_run

TEXT = "A figura é poética"


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    opened = open_model(find_run(Home(tmp_path_factory.mktemp("home")), "contos"))
    return lens(opened, opened.tokenizer.encode(TEXT))


def test_the_table(gptlab, seen):
    out = gptlab("inspect", "lens", TEXT, "--width", 100).out
    lines = out.splitlines()
    assert lines[0].split() == ["reads", *TEXT.replace(" ", "␣")]
    assert lines[6].split() == ["follows", *TEXT[1:].replace(" ", "␣")]
    assert "contos, step 10,000, logit lens, 18 tokens" in out
    [layer] = [line for line in lines if line.startswith("layer 1") and "%" in line]
    assert f"{seen.divergence_bits[2].mean():.2f}" in layer
    [heading] = [line.split() for line in lines if "KL" in line and ":" not in line]
    assert heading == ["right", "rank", "bits", "KL", "how", "often", "right"]
    one = gptlab("inspect", "lens", "A", "--run", "contos").out
    assert "logit lens, 1 token\n" in one
    assert "KL" not in one


def test_ranks_and_probabilities_of_what_follows(gptlab, seen):
    lines = gptlab("inspect", "lens", TEXT, "--width", 120, "--show", "rank").out.splitlines()
    assert [int(word) for word in lines[5].split() if word.isdigit()] == seen.next_rank[-1, :-1].tolist()
    lines = gptlab(
        "inspect", "lens", TEXT, "--width", 120, "--show", "probability", "--ascii"
    ).out.splitlines()
    shown = [float(number) for number in re.findall(r"\.\d\d", lines[5])]
    assert shown == pytest.approx(
        [round(2.0**-bits, 2) for bits in seen.next_bits[-1, :-1] if 2.0**-bits < 0.995], abs=1e-6
    )


def test_json(gptlab, seen):
    answer = gptlab("inspect", "lens", TEXT, "--json").json
    np.testing.assert_allclose(np.array(answer["next_bits"], float), seen.next_bits, atol=1e-4)
    assert answer["next_rank"][2][-1] is None
    assert (answer["lens"], answer["training"]) == ("logit", None)
    assert answer["depths"] == list(seen.depths)


def test_a_linear_lens_is_trained_once(gptlab, monkeypatch):
    first = gptlab("inspect", "lens", TEXT, "--train-steps", 8, "--json").json
    assert first["training"]["steps"] == 8
    assert np.less(first["training"]["after_bits"], first["training"]["before_bits"]).all()
    monkeypatch.setattr("gptlab_tui.insight.linear_lens.train", None)
    assert gptlab("inspect", "lens", TEXT, "--linear", "--json").json == first
    assert "linear lens, trained for 8 steps" in gptlab("inspect", "lens", TEXT, "--linear").out


def test_a_narrow_drawing(gptlab):
    lines = gptlab("inspect", "lens", TEXT, "--width", 40).out.splitlines()
    assert max(len(line) for line in lines[:14]) <= 40


def test_svg(gptlab, tmp_path):
    assert gptlab("inspect", "lens", TEXT, "--svg", tmp_path / "lens.svg").out == ""
    assert "logit lens" in "".join(ElementTree.parse(tmp_path / "lens.svg").getroot().itertext())


def test_what_cannot_be_is_said(gptlab):
    answer = gptlab("inspect", "lens", TEXT, "--linear", "--branches")
    assert (answer.status, "whole layers only" in answer.err) == (2, True)
    assert gptlab("inspect", "lens", "").status == 2
