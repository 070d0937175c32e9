"""`gptlab inspect walk`: shapes, formulas and numbers in lines, as JSON, and as a picture."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from gptlab_tui.render.walk import by_token, draw_curve, first_of, number


def test_lines_have_shape_formula_and_numbers(gptlab):
    out = gptlab("inspect", "walk", "A figura", "--run", "contos", "--width", 80).out
    assert "scores = q k^T   (nh T S) = 4 x 8 x 8" in out
    assert "h.0.attn" in out
    assert "h.1.attn\n" not in out
    assert "The logits equal the model's own, step by step, exactly" in out
    assert max(map(len, out.splitlines())) <= 80
    assert "\xa0" not in out


def test_in_ascii_and_narrow(gptlab):
    out = gptlab("inspect", "walk", "A fig", "--run", "contos", "--ascii", "--width", 40, "--layer", -1).out
    assert not set("●│█␣√") & set(out)
    assert "h.3.attn" in out
    assert max(map(len, out.splitlines())) <= 40


def test_json_has_all_numbers(gptlab):
    answer = gptlab("inspect", "walk", "A figura", "--run", "contos", "--all", "--json").json
    lines = {(line["where"], line["name"]): line for line in answer["lines"]}
    for line in lines.values():
        assert list(np.shape(line["values"])) == line["shape"], line["name"]
        assert len(line["axes"].split()) == len(line["shape"])
    weights = np.array(lines["h.2.attn", "weights"]["values"])
    np.testing.assert_allclose(weights.sum(-1), 1, atol=1e-5)
    last = lines["lm_head", "probabilities"]["values"][-1]
    assert answer["next"][0]["probability"] == pytest.approx(max(last))
    assert answer["difference"] == 0
    np.testing.assert_allclose(
        np.sum([one["shares"] for one in answer["contributions"]], axis=0), 1, atol=1e-4
    )


def test_tokens_are_counted_from_1(gptlab):
    words = ["inspect", "walk", "A figura", "--run", "contos", "--position"]
    assert "numbers of `A` (token 1)" in gptlab(*words, 1).out.replace("\n", " ")
    for position, place in (("1", 0), ("4", 3), ("8", 7), ("-1", 7), ("-8", 0)):
        assert gptlab(*words, position, "--json").json["position"] == place


def test_svg_and_what_cannot_be(gptlab, tmp_path):
    path = tmp_path / "walk.svg"
    assert gptlab("inspect", "walk", "A <b>", "--unknown", "skip", "--svg", path).out == ""
    assert "lm_head" in "".join(ElementTree.parse(path).getroot().itertext())
    for arguments, message in {
        ("--layer", "4"): "There is no layer 4.",
        ("--head", "4"): "There is no head 4.",
        ("--position", "9"): "The text has 1 to 8.",
        ("--position", "0"): "There is no token 0.",
    }.items():
        answer = gptlab("inspect", "walk", "A figura", "--run", "contos", *arguments)
        assert (answer.status, answer.out) == (2, "")
        assert message in answer.err
    assert gptlab("inspect", "walk", "").status == 2


def test_numbers():
    assert [number(value) for value in (0, 0.123456, -12.3456, 1.2e-5, 123456.0)] == [
        "0", "0.1235", "-12.35", "1.2e-05", "1.2e+05",
    ]  # fmt: skip
    assert first_of([1, 2, 3], 2) == "1  2  ... 1 more"
    assert first_of([1, 2], 2) == "1  2"
    assert by_token(["a", "b"], [1, 2]) == "a\xa01   b\xa02"


@pytest.mark.parametrize("way", ["grey", "ascii"])
def test_a_curve_on_its_side(way):
    rows = draw_curve([-1, 0, 1, 2], [0, 0, 1, 2], [3, 0, 6, 1], way, 60)
    dot = "*" if way == "ascii" else "●"
    places = [row.index(dot) for row in rows]
    assert places[0] == places[1] < places[2] < places[3]
    assert all(len(row) <= 60 for row in rows)
    bars = [row.count("#" if way == "ascii" else "█") for row in rows]
    assert bars[1] == 0 < bars[3] < bars[0] < bars[2]
    assert rows[2].endswith(" 6")
