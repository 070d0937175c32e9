"""`gptlab inspect heads`: the table, the numbers, and what is named."""

import xml.etree.ElementTree as ElementTree
from types import SimpleNamespace

import numpy as np
import pytest

from gptlab_tui.cli.inspect_heads import kind_at
from gptlab_tui.insight.head_kinds import SCORES
from gptlab_tui.render.heat import text as drawn
from gptlab_tui.render.table import Column, draw_table

TEXT = "A figura é poética, mas não é a da heroína. "


def test_table_and_json_agree(gptlab):
    answer = gptlab("inspect", "heads", TEXT * 3, "--run", "contos", "--json").json
    assert (answer["run"], answer["tokens"], answer["windows"], len(answer["heads"])) == (
        "contos",
        128,
        1,
        16,
    )
    out = gptlab("inspect", "heads", TEXT * 3, "--run", "contos", "--width", 90).out
    lines = out.splitlines()
    kinds = ["mostly"] if any(head["kind"] for head in answer["heads"]) else []
    assert lines[0].split() == ["head", *SCORES, "bits", "off", *kinds]
    assert "one window has no standard error" in out
    for line, head in zip(lines[1:17], answer["heads"], strict=True):
        numbers = line.split()
        assert numbers[0] == f"{head['layer']}.{head['head']}"
        assert [float(number) for number in numbers[1:6]] == pytest.approx(
            [head[name] for name in SCORES], abs=0.006
        )
        assert float(numbers[7]) == pytest.approx(head["loss_without"] - answer["loss"], abs=1e-4)
    assert lines[17].startswith("even")
    two = gptlab("inspect", "heads", TEXT * 6, "--run", "contos", "--width", 90).out
    assert two.splitlines()[0].split()[:9] == ["head", *SCORES, "bits", "off", "±"]
    assert "standard error over 2 windows" in two


def test_the_validation_part_by_default(gptlab):
    answer = gptlab("inspect", "heads", "--run", "contos", "--tokens", 300, "--no-loss", "--json").json
    assert (answer["source"], answer["tokens"], answer["loss"]) == ("validation part of contos", 256, None)
    assert answer["heads"][0]["loss_without"] is None


def test_narrow_and_svg_and_errors(gptlab, tmp_path):
    out = gptlab("inspect", "heads", TEXT, "--run", "contos", "--no-loss", "--width", 30).out
    assert max(len(line) for line in out.splitlines()[:18]) <= 30
    path = tmp_path / "heads.svg"
    assert gptlab("inspect", "heads", TEXT, "--no-loss", "--svg", path).out == ""
    assert "previous" in "".join(ElementTree.parse(path).getroot().itertext())
    assert "too few tokens" in gptlab("inspect", "heads", "A", "--run", "contos").err


def test_a_head_is_named_only_for_what_is_far_from_even():
    def scores(**values):
        named = {name: np.full((1, 1), values.get(name, 0.01)) for name in SCORES}
        return SimpleNamespace(**named, even=dict.fromkeys(SCORES, 0.05) | {"same": 0.3})

    assert kind_at(scores(), 0, 0) == ""
    assert kind_at(scores(previous=0.6, first=0.5), 0, 0) == "previous"
    assert kind_at(scores(same=0.55), 0, 0) == ""
    assert kind_at(scores(induction=float("nan"), first=0.41), 0, 0) == "first"


def test_columns_that_do_not_fit_are_left_out_by_rank():
    columns = [
        Column("a", ["x", "yy"], left=True),
        Column("number", ["1", "22"], rank=2),
        Column("b", ["3", "4"]),
    ]
    assert drawn(draw_table(columns, "grey", 80)) == "a   number  b\nx        1  3\nyy      22  4"
    assert drawn(draw_table(columns, "grey", 8)) == "a   b\nx   3\nyy  4"
    assert drawn(draw_table(columns, "grey", 1)) == "a\nx\nyy"
