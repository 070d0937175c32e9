"""`gptlab inspect weights`: the whole model, one tensor, an activation."""

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from gptlab_tui.cli.inspect_weights import unit_lines
from gptlab_tui.insight.units import BOUNDS, Units


def test_the_whole_model(gptlab):
    answer = gptlab("inspect", "weights", "--run", "contos", "--json").json
    assert answer["parameters"] == 206_400 == sum(part["parameters"] for part in answer["parts"])
    assert sum(one["count"] for one in answer["tensors"]) == 206_400
    assert all(len(one["norms"]) == len(answer["snapshots"]) == 12 for one in answer["tensors"])
    for one in answer["tensors"]:  # a snapshot has half the precision of the checkpoint of its step
        assert one["norms"][-1] == pytest.approx(one["norm"], rel=1e-3)
    assert [one["layer"] for one in answer["units"]] == [0, 1, 2, 3]
    assert all(0 < one["on"] < 1 for one in answer["units"])
    assert len(answer["gradients"]) > 50
    out = gptlab("inspect", "weights", "--run", "contos", "--width", 60).out
    assert "h.3.mlp.c_proj.weight" in out
    assert "244 units" in out
    assert "on and open above 0" in out  # of relu2
    assert "short convolutions" in out
    plain = gptlab("inspect", "weights", "--run", "contos", "--width", 60, "--ascii").out
    assert plain.isascii()
    assert "    h  ModuleList" in plain
    assert re.search(r"^MLP +124,928 +60\.53 %$", plain, re.MULTILINE)


def test_a_matrix(gptlab, tmp_path):
    name = "h.1.attn.c_proj.weight"
    answer = gptlab("inspect", "weights", name, "--run", "contos", "--json").json
    values = np.array(answer["values"])
    assert answer["shape"] == [64, 64] == list(values.shape)
    assert answer["norm"] == pytest.approx(float(np.linalg.norm(values)))
    assert sum(answer["histogram"]["counts"]) == 64 * 64
    assert [one["step"] for one in answer["training"]][:3] == [0, 500, 1000]
    assert answer["training"][0]["gradient"] is None
    out = gptlab("inspect", "weights", name, "--run", "contos", "--width", 50, "--ascii").out
    assert max(map(len, out.splitlines())) <= 50
    assert "whole gradient" in out
    path = tmp_path / "w.svg"
    assert gptlab("inspect", "weights", name, "--run", "contos", "--svg", path).out == ""
    ElementTree.parse(path)


def test_gradients_at_snapshots(gptlab):
    answer = gptlab("inspect", "weights", "ln_f.weight", "--run", "contos", "--gradients", "--json").json
    assert all(one["gradient"] > 0 for one in answer["training"])


def test_an_activation_and_a_head(gptlab):
    asked = ("--run", "contos", "--text", "A figura")
    answer = gptlab("inspect", "weights", "h.2.activation", *asked, "--json").json
    assert (answer["shape"], answer["minimum"], answer["training"]) == ([8, 244], 0, [])
    assert answer["pieces"] == list("A figura")
    weights = gptlab("inspect", "weights", "h.2.weights", *asked, "--head", 3, "--json").json
    np.testing.assert_allclose(np.sum(weights["values"], axis=1), 1, atol=1e-5)
    assert (weights["shape"], weights["head"]) == ([4, 8, 8], 3)
    out = gptlab("inspect", "weights", "h.2.masked", *asked).out
    assert "h.2.masked, 4 x 8 x 8, head 0" in out
    assert "inf" not in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["h.9.mlp"], "no weight called h.9.mlp"),
        (["h.0.nothing", "--text", "A"], "no activation called"),
        (["h.0.weights", "--text", "A", "--head", "4"], "There is no head 4."),
        (["--text", "A"], "none is named"),
    ],
)
def test_what_cannot_be(gptlab, arguments, message):
    answer = gptlab("inspect", "weights", *arguments, "--run", "contos")
    assert (answer.status, answer.out) == (2, "")
    assert message in answer.err


def test_the_bounds_of_a_smooth_activation_are_told():
    hidden = [Units(0, np.array([1.0, 0.5]), np.array([0.0, 0.0]), BOUNDS["gelu"])]
    assert "on above -3, open above 3" in unit_lines(hidden)[0]
    assert unit_lines([]) == unit_lines(None) == []


def test_an_activation_without_a_text_is_told_with_its_command(gptlab):
    answer = gptlab("inspect", "weights", "h.1.weights", "--run", "contos")
    assert answer.status == 2
    said = " ".join(answer.err.split())
    assert "h.1.weights is an activation" in said
    assert "gptlab inspect weights h.1.weights --run contos --text" in said
    assert "no weight called h.1.wights" in gptlab("inspect", "weights", "h.1.wights", "--run", "contos").err
