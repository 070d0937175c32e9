"""`gptlab inspect draw`: a distribution of one's own, and the model's."""

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from gptlab_tui.render import histogram
from gptlab_tui.render.cells_png import MARGIN, cells_dots
from gptlab_tui.render.cells_svg import cells_svg
from gptlab_tui.render.glyphs import HEIGHT, WIDTH
from gptlab_tui.render.heat import text
from gptlab_tui.render.histogram import Row
from gptlab_tui.render.png import rgb


def test_four_outcomes(gptlab):
    answer = gptlab("inspect", "draw", "--probs", "0.1,0.1,0.3,0.5", "-n", 5000, "--json").json
    assert [trial["temperature"] for trial in answer["trials"]] == [0, 0.5, 1, 2]
    for trial in answer["trials"]:
        assert sum(trial["counts"]) == 5000
        far = np.abs(np.subtract(trial["counts"], trial["expected"]))
        assert (far <= 5 * np.array(trial["spread"]) + 1e-9).all()
    assert answer["trials"][2]["expected"] == pytest.approx([500, 500, 1500, 2500])
    assert answer["run"] is None
    out = gptlab("inspect", "draw").out
    assert "Always the largest: entropy 0.00 bits" in out
    assert "Temperature 0.5: entropy 1.15 bits, as of 2.2 alike; chi-square" in out


def test_the_models_own(gptlab):
    arguments = ("inspect", "draw", "A figura é poétic", "--run", "contos", "--temperature", "1", "-n", 2000)
    answer = gptlab(*arguments, "--largest", 20, "--json").json
    trial = answer["trials"][1]
    likeliest = int(np.argmax(trial["probabilities"]))
    assert answer["outcomes"][likeliest] == "a"
    assert len(answer["outcomes"]) == len(trial["counts"]) == 107
    assert answer["largest_text"].startswith("a")
    assert answer["largest_tokens"] == 20
    out = gptlab(*arguments, "--largest", 20, "--best", 3).out
    assert "contos, step 10,000: the next of 107 tokens" in out
    assert "others" in out
    assert "for 20 tokens, runs into no loop: a" in out


def test_what_a_chain_leaves(gptlab):
    arguments = ("inspect", "draw", "A figura é poétic", "--run", "contos", "--temperature", "1", "-n", 500)
    own = gptlab(*arguments, "--largest", 1, "--json").json["trials"][1]["probabilities"]
    left = gptlab(*arguments, "--largest", 1, "-o", "top_k=2", "--json").json["trials"][1]["probabilities"]
    best = np.argsort(own)[-2:]
    assert np.flatnonzero(left).tolist() == sorted(best.tolist())
    np.testing.assert_allclose(
        np.array(left)[best], np.array(own)[best] / np.array(own)[best].sum(), rtol=1e-5
    )


def test_two_models_know_different_loops(gptlab):
    out = gptlab("inspect", "draw", "Era uma vez", "--run", "contos", "--step", 500, "--largest", 900).out
    assert "runs into a loop: after" in out


@pytest.mark.parametrize("columns", [40, 80, 140])
def test_it_fits(gptlab, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    out = gptlab("inspect", "draw").out
    assert max(map(len, out.splitlines())) <= columns
    plain = gptlab("inspect", "draw", "Era uma vez", "--run", "contos", "--largest", 9, "--ascii").out
    assert max(map(len, plain.splitlines())) <= columns
    assert plain.isascii()


def test_bars_and_marks():
    rows = [Row("a", 0.5, 100, 50.0, 5.0), Row("b", 0.5, 0, 50.0, 5.0), Row("c", 0.0, 0, 0.0, 0.0)]
    drawn = text(histogram.draw(rows, 39, "ascii")).splitlines()
    bars = [line[17:] for line in drawn[1:]]
    room = 39 - 17
    assert bars[0].count("#") == room - 1
    assert bars[0].index("|") == bars[1].index("|") == round(room / 2)
    assert bars[2] == "|"
    assert drawn[0].endswith("| expected, + both")
    assert text(histogram.draw(rows, 28, "ascii")).splitlines()[0].endswith("| expected")


@pytest.mark.parametrize("way", ["colour", "grey", "ascii"])
def test_no_bar_is_said_to_end_before_a_mark_that_it_goes_beyond(way):
    mark, both = ("|", "+") if way == "ascii" else ("│", "┼")
    for drawn in range(0, 401, 7):
        for expected in range(0, 401, 3):
            rows = [Row("a", 0.5, 400, 400.0, 0.0), Row("b", 0.5, drawn, float(expected), 0.0)]
            line = histogram.draw(rows, 57, way)[2][17:]
            glyphs = "".join(cell.glyph for cell in line)
            at = next(place for place, glyph in enumerate(glyphs) if glyph in (mark, both))
            assert at == min(39, expected // 10)
            if glyphs[at] == mark:
                assert bool(glyphs[at + 1 :].strip()) == (drawn > expected)
            else:
                assert not glyphs[at + 1 :].strip()
                assert abs(drawn - expected) <= (
                    15 if way == "ascii" else 10
                )  # of a column 10; ASCII has no half ones


def test_a_picture_has_its_marks_where_they_belong():
    rows = [Row("others", 0.1, 356, 341.1, 17.0), Row("a", 0.9, 2400, 2500.0, 30.0)]
    lines, marks = histogram.picture(rows, 80)
    start = next(at for at, cell in enumerate(lines[1]) if cell.foreground == histogram.BAR)
    scale = (80 - start) / 2530
    assert [mark.column for mark in marks] == pytest.approx([start + 341.1 * scale, start + 2500 * scale])
    drawn = cells_svg(lines, marks=marks)
    bars = [
        float(wide) for wide in re.findall(rf'width="([0-9.]+)" height="18" fill="{histogram.BAR}"', drawn)
    ]
    strokes = [float(x) - 12 - 8 * start for x in re.findall(r'<path d="M([0-9.]+)', drawn)]
    assert bars[0] > strokes[0]
    assert bars[1] < strokes[1]
    dots = cells_dots(lines, marks=marks)
    for number, mark in enumerate(marks, 1):
        line = dots[MARGIN + number * HEIGHT :][:HEIGHT]
        columns = np.flatnonzero((line == rgb(histogram.MARK)).all(axis=(0, 2))) - MARGIN
        assert columns.mean() == pytest.approx(mark.column * WIDTH, abs=1.01)
        assert len(columns) == 2


def test_svg(gptlab, tmp_path):
    path = tmp_path / "draw.svg"
    assert gptlab("inspect", "draw", "--svg", path).out == ""
    ElementTree.parse(path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["A figura", "--probs", "1"], "two distributions"),
        (["--probs", "0.5,x"], "no numbers"),
        (["--probs", "0.5,0.5", "-o", "top_k=1"], "--probs has none"),
        (["--probs", "0.5,0.4"], "sum to 0.9"),
        (["--temperature", "-1"], "from 0 on"),
        (["", "--run", "contos"], "no text"),
        (["字", "--run", "contos"], "not in the vocabulary"),
    ],
)
def test_what_cannot_be_is_said(gptlab, arguments, message):
    answer = gptlab("inspect", "draw", *arguments)
    assert answer.status == 2
    assert message in answer.err
    assert answer.out == ""


def test_numbers_that_are_no_distribution(gptlab, recwarn):
    assert "'' are no numbers" in gptlab("inspect", "draw", "--probs", "").err
    assert "sum to inf, not to 1" in gptlab("inspect", "draw", "--probs", "1e308,1e308").err
    assert not recwarn.list
    assert "1 outcome " in gptlab("inspect", "draw", "--probs", "1").out.replace("\n", " ").replace(",", " ")
