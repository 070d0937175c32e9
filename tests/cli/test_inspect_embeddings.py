"""`gptlab inspect embeddings` on the bundled run and on one that has learned positions."""

import struct
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from gptlab_tui.home import Home
from gptlab_tui.insight.claims import cosines
from gptlab_tui.insight.embeddings import embedding
from gptlab_tui.model.open_run import open_model
from gptlab_tui.render import cosine_map, film
from tests.embedded_runs import moving_run


@pytest.fixture
def run(tmp_path):
    return moving_run(Home(tmp_path / "home"), "learned")


def test_the_bundled_run_in_words(gptlab):
    out = gptlab("inspect", "embeddings", "--run", "contos", "--group", "aeiou", "--neighbours", "a").out
    assert "contos, tokens (wte): 107 vectors of 64 dimensions" in out
    assert "[a]" in out
    assert "Nearest to a: A 0.51" in out
    assert "N n 0.67" in out  # a capital lies beside its small letter
    [line] = [line for line in out.splitlines() if line.startswith("aeiou: mean cosine ")]
    assert line.split()[3:7] == ["64", "dims", "0.01", "0.09"]
    assert "aeiou: by chance is 5 of the 26 small letters." in out


@pytest.mark.parametrize("columns", [40, 60, 80, 140])
def test_it_fits(gptlab, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    for extra in ([], ["--ascii", "--map"]):
        out = gptlab("inspect", "embeddings", "--run", "contos", "--method", "pca", *extra).out
        assert max(map(len, out.splitlines())) <= columns
        drawing, _, words = out.partition("\n\n")
        assert drawing.isascii() == bool(extra)  # words name the letters as they are
        assert ("Cosine of every pair" in words) == bool(extra)


def test_json(gptlab, run):
    answer = gptlab(
        *("inspect", "embeddings", "--run", "learned", "--of", "positions", "--method", "pca"),
        *("--group", "12-14", "--neighbours", "3", "--map", "--json"),
    ).json
    table = cosines(embedding(open_model(run), "positions").vectors)
    np.testing.assert_allclose(answer["cosines"], table, atol=1e-6)
    [group] = answer["groups"]
    assert group["ids"] == [12, 13, 14]
    assert group["cosine"] == pytest.approx(np.mean([table[12, 13], table[12, 14], table[13, 14]]))
    assert group["by_chance"] == "the group at 21 other places"
    others = [np.mean([table[i, i + 1], table[i + 1, i + 2], table[i, i + 2]]) for i in range(22) if i != 12]
    assert group["cosine_chance"] == pytest.approx(np.mean(others))
    reached = sum(other >= group["cosine"] for other in others)
    assert group["cosine_p"] == pytest.approx((1 + reached) / 22)
    assert answer["cosine_by_distance"][0] == pytest.approx(table.diagonal(1).mean())
    claims = {(one["claim"], one["in"], one["step"]): one for one in answer["claims"]}
    assert claims["adjacent", "space", 200]["value"] > claims["adjacent", "space", 200]["chance_high"]
    assert not claims["adjacent", "space", 0]["holds"]
    assert (answer["start_step"], answer["step"], len(answer["points"])) == (0, 200, 24)
    assert answer["divergence"] is None
    [asked] = answer["neighbours"]
    assert {one["name"] for one in asked["nearest"][:2]} <= {"1", "2", "4", "5"}


def test_two_steps_of_a_run_side_by_side(gptlab):
    asked = ("inspect", "embeddings", "--run", "contos", "--method", "pca", "--group", "aeiou", "--json")
    late, early = gptlab(*asked).json, gptlab(*asked, "--step", 500).json
    both = gptlab(*asked, "--against-step", 500).json
    assert (both["start_step"], both["step"], both["start_origin"]) == (500, 10_000, "")
    assert [(p["x"], p["y"]) for p in both["points"]] == [(p["x"], p["y"]) for p in late["points"]]
    assert [(p["start_x"], p["start_y"]) for p in both["points"]] == [
        (p["x"], p["y"]) for p in early["points"]
    ]
    assert both["groups"][0]["start_cosine"] == early["groups"][0]["cosine"] != late["groups"][0]["cosine"]
    assert "of the variance at step 500," in gptlab(*asked[:-1], "--against-step", 500).out


def test_the_perplexity_that_was_used_is_told(gptlab, run):
    asked = ("inspect", "embeddings", "--run", "learned")
    assert gptlab(*asked, "--json").json["perplexity"] == 8
    assert gptlab(*asked, "--perplexity", 24, "--json").json["perplexity"] == 24
    assert "(perplexity 8)" in gptlab(*asked).out
    assert gptlab(*asked, "--method", "pca", "--json").json["perplexity"] is None


def test_only_some_tokens_and_those_asked_for(gptlab, run):
    answer = gptlab("inspect", "embeddings", "--run", "learned", "--most", 5, "--group", "hk", "--json").json
    assert len(answer["points"]) == 7
    assert [point["name"] for point in answer["points"]][-2:] == ["h", "k"]
    assert answer["vectors"] == 25


def test_svg(gptlab, run, tmp_path):
    path = tmp_path / "points.svg"
    assert gptlab("inspect", "embeddings", "--run", "learned", "--svg", path).out == ""
    ElementTree.parse(path)
    again = gptlab("inspect", "embeddings", "--run", "learned", "--svg", path)
    assert again.status == 2
    assert "is there already" in again.err


def test_pictures_hold_the_numbers_and_the_map(gptlab, run, tmp_path):
    asked = ("inspect", "embeddings", "--run", "learned", "--of", "positions", "--method", "pca")
    sizes = {}
    for name, extra in (("plain", ()), ("mapped", ("--map",))):
        svg, png = tmp_path / f"{name}.svg", tmp_path / f"{name}.png"
        assert gptlab(*asked, "--group", "12-14", *extra, "--svg", svg, "--png", png).out == ""
        root = ElementTree.parse(svg).getroot()
        told = "".join(root.itertext()).replace("\xa0", " ")
        assert "nearest is next in order" in told
        assert "12-14: mean cosine" in told
        assert "5 of 100 by lot" in told
        assert ("Cosine of every pair at step 200" in told) == bool(extra)
        sizes[name] = struct.unpack(">II", png.read_bytes()[16:24])
        height = float(root.get("height"))
        lowest = max(float(one.get("y", 0)) for one in root.iter("{http://www.w3.org/2000/svg}text"))
        assert lowest < height
    squares = [
        one for one in root.iter("{http://www.w3.org/2000/svg}rect") if one.get("fill") == cosine_map.RAMP[-1]
    ]
    assert len(squares) > 24  # the diagonal, and the legend
    assert sizes["mapped"][1] > sizes["plain"][1] + film.SIDE


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--run", "contos", "--of", "positions"], "has no position embedding"),
        (["--run", "learned", "--of", "positions", "--group", "20-40"], "no position 40"),
        (["--run", "learned", "--group", "Z"], "not in the vocabulary"),
        (["--run", "learned", "--step", "7"], "nothing of step 7"),
        (["--run", "learned", "--perplexity", "25"], "A perplexity of 25 is too much for 25 points."),
        (["--run", "learned", "--against-step", "7"], "nothing of step 7"),
    ],
)
def test_what_cannot_be_is_said(gptlab, run, arguments, message):
    answer = gptlab("inspect", "embeddings", *arguments)
    assert answer.status == 2
    assert message in answer.err
    assert answer.out == ""
