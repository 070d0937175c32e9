"""`gptlab inspect attention`: the map of the bundled model in text, numbers and as a picture."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from gptlab_tui.home import Home
from gptlab_tui.insight.attention import attend
from gptlab_tui.insight.links import entropy_bits, strongest
from gptlab_tui.model.open_run import open_model
from gptlab_tui.render import heat
from gptlab_tui.runs.layout import find_run

TEXT = "A figura é poética"


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    opened = open_model(find_run(Home(tmp_path_factory.mktemp("home")), "contos"))
    return attend(opened, opened.tokenizer.encode(TEXT).tolist())


@pytest.mark.parametrize(("head", "width"), [(None, 80), (2, 80), (1, 60), (None, 25)])
def test_the_map_in_ascii(gptlab, seen, head, width):
    chosen = [] if head is None else ["--head", head]
    out = gptlab("inspect", "attention", TEXT, "--ascii", "--layer", 1, *chosen, "--width", width).out
    labels = [heat.label_of(piece, "ascii") for piece in seen.pieces]
    layout = heat.plan(labels, "ascii", width)
    matrix = seen.matrix(1, head)
    expected = heat.text(heat.draw(matrix.tolist(), labels, layout))
    assert out.startswith(expected + "\n")
    assert max(map(len, expected.splitlines())) <= width
    assert "contos, step 10,000, layer 1 of 0-3" in out
    assert "causal mask" in out
    assert ("mean of 4 heads" in out) == (head is None)


def test_the_strongest_links_in_words(gptlab):
    out = gptlab("inspect", "attention", TEXT).out
    assert "`i` looks at `␣` 0.56  (3 → 1)" in out


def test_json(gptlab, seen):
    answer = gptlab("inspect", "attention", TEXT, "--layer", -2, "--head", 3, "--json").json
    np.testing.assert_allclose(answer["weights"], seen.matrix(2, 3), atol=1e-6)
    assert (answer["run"], answer["layer"], answer["head"], answer["dropped"]) == ("contos", 2, 3, 0)
    assert answer["pieces"] == list(seen.pieces)
    assert len(answer["heads"]) == 16


@pytest.mark.parametrize("width", [40, 80, 120])
def test_every_head_of_a_layer_at_two_steps(gptlab, seen, width):
    out = gptlab(
        *("inspect", "attention", TEXT, "--run", "contos", "--each", "--against-step", 500, "--width", width)
    ).out
    assert max(map(len, out.partition("0  ░")[0].splitlines())) <= width
    for head in range(4):
        assert f"head {head}: {entropy_bits(seen.matrix(3, head)).mean():.2f} bits" in out
    assert "step 10,000, layer 3 of 0-3, each of its 4 heads" in out
    assert "step 500, layer 3 of 0-3, each of its 4 heads" in out
    link = strongest(seen.matrix(3, 2), 1)[0]
    labels = [heat.label_of(piece) for piece in seen.pieces]
    assert f"head 2: {link.words(labels)}" in out


def test_each_head_has_its_numbers_in_ascii(gptlab, seen):
    out = gptlab("inspect", "attention", TEXT, "--run", "contos", "--each", "--ascii", "--width", 80).out
    labels = [heat.label_of(piece, "ascii") for piece in seen.pieces]
    layout = heat.plan(labels, "ascii", 80)
    for head in range(4):
        drawn = heat.text(heat.draw(seen.matrix(3, head).tolist(), labels, layout))
        assert drawn in out


def test_json_of_every_head_and_of_another_step(gptlab, seen):
    asked = ("inspect", "attention", TEXT, "--run", "contos", "--layer", 1, "--json")
    both = gptlab(*asked, "--each", "--against-step", 500).json
    assert (both["head"], both["against"]["step"], both["text"]) == (None, 500, TEXT)
    maps = {(one["layer"], one["head"]): one.get("weights") for one in both["heads"]}
    np.testing.assert_allclose(maps[1, 2], seen.matrix(1, 2), atol=1e-6)
    assert maps[0, 2] is None
    np.testing.assert_allclose(both["weights"], seen.matrix(1, None), atol=1e-6)
    early = gptlab(*asked, "--each", "--step", 500).json
    assert both["against"] == {key: value for key, value in early.items() if key != "text"}


def test_a_long_text_is_pooled_and_cut_and_said_so(gptlab):
    out = gptlab("inspect", "attention", "A figura é poética. " * 8, "--width", 50).out
    assert "Each place is the largest of 3 x 3 weights" in out
    assert "The context holds 128 tokens; the first 32 are left out." in out
    assert max(len(line) for line in out.splitlines()[:40]) <= 50


def test_svg(gptlab, tmp_path):
    several = tmp_path / "several.svg"
    assert gptlab("inspect", "attention", TEXT, "--run", "contos", "--each", "--svg", several).out == ""
    assert "each of its 4 heads" in "".join(ElementTree.parse(several).getroot().itertext())
    path = tmp_path / "map.svg"
    assert gptlab("inspect", "attention", TEXT, "--svg", path).out == ""
    ElementTree.parse(path)
    answer = gptlab("inspect", "attention", TEXT, "--svg", path)
    assert answer.status == 2
    assert "is there already" in answer.err
    assert gptlab("inspect", "attention", TEXT, "--svg", tmp_path / "no" / "map.svg").status == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--layer", "4"], "There is no layer 4."),
        (["--head", "-5"], "There is no head -5."),
        (["--run", "absent"], "absent"),
        (["--against", "absent"], "absent"),
        (["--each", "--head", "1"], "--each and --head are both given."),
        (["--step", "x"], "A step is a number"),
    ],
)
def test_what_cannot_be_is_said(gptlab, arguments, message):
    answer = gptlab("inspect", "attention", TEXT, *arguments)
    assert answer.status == 2
    assert message in answer.err
    assert answer.out == ""


def test_characters_that_the_model_lacks(gptlab):
    assert "not in the vocabulary" in gptlab("inspect", "attention", "A 字", "--run", "contos").err
    answer = gptlab("inspect", "attention", "A 字", "--run", "contos", "--unknown", "skip", "--json").json
    assert answer["tokens"] == 2
    words = gptlab("inspect", "attention", "A 字", "--run", "contos", "--unknown", "replace", "--ascii")
    assert words.status == 0
    assert "The model lacks characters of the text; replaced: '字' -> '?'." in words.err
    assert gptlab("inspect", "attention", "").status == 2


def test_the_overview_has_an_example_of_every_verb(gptlab):
    from gptlab_tui.cli.inspect import app

    verbs = {command.name or command.callback.__name__ for command in app.registered_commands}
    out = gptlab("inspect", "--help").out
    assert len(verbs) == 12
    assert {verb for verb in verbs if f"gptlab inspect {verb} " not in out} == set()


@pytest.mark.parametrize("token", [0, 5, -1])
def test_what_one_token_looks_at(gptlab, seen, token):
    row = token % len(seen.ids)
    words = ("inspect", "attention", TEXT, "--run", "contos", "--head", 1, "--row", token)
    lines = gptlab(*words, "--width", 60).out.splitlines()
    weights, spread = seen.matrix(3, 1)[row], entropy_bits(seen.matrix(3, 1))[row]
    assert lines[0].startswith(f"`{heat.label_of(seen.pieces[row])}` ({row}) looks at: {spread:.2f} of ")
    assert [line[-5:] for line in lines[1 : row + 2]] == [f"{one:.3f}" for one in weights[: row + 1]]
    assert lines[row + 2] == ""
    assert max(map(len, lines)) <= 60
    answer = gptlab(*words, "--json").json
    assert answer["row"] == row
    np.testing.assert_allclose(answer["weights"][row], weights, atol=1e-6)


def test_a_row_as_a_picture(gptlab, seen, tmp_path):
    gptlab("inspect", "attention", TEXT, "--row", -1, "--svg", tmp_path / "row.svg")
    told = "".join(ElementTree.parse(tmp_path / "row.svg").getroot().itertext())
    assert f"{seen.matrix(3, None)[-1].max():.3f}" in told


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--row", 18], "There is no token 18."),
        (["--row", -19], "There is no token -19."),
        (["--row", 1, "--each"], "--each and --row are both given."),
        (["--svg", "one", "--png", "one"], "--svg and --png both name one."),
    ],
)
def test_a_row_that_is_not_there(gptlab, options, said):
    assert said in gptlab("inspect", "attention", TEXT, "--run", "contos", *options).err
