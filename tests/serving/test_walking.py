"""What the model process says of a walk, against the walk itself."""

import numpy as np
import pytest

from gptlab_tui.insight.walk import walk
from gptlab_tui.model.open_run import open_model, with_heads_off
from gptlab_tui.runs.layout import find_run
from gptlab_tui.serving.desk import Desk
from gptlab_tui.serving.job import Job
from gptlab_tui.serving.protocol import unpack_array

TEXT = "A figura"


@pytest.fixture
def desk(home):
    return Desk(home).handlers()["walk"]


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    from gptlab_tui.home import Home

    opened = open_model(find_run(Home(tmp_path_factory.mktemp("home")), "contos"))
    return walk(opened, opened.tokenizer.encode(TEXT).tolist())


def ask(desk, **arguments):
    request = {"do": "walk", "run": "contos", "prompt": TEXT, **arguments}
    return [answer for answer in desk(Job(1, request)) if answer is not None]


def test_the_steps_are_those_of_the_walk_through_one_layer(desk, found):
    steps, line = ask(desk, layer=2)
    told = [tuple(step[:2]) for step in steps["steps"]]
    own = [
        (line.where, line.name)
        for line in found.lines
        if not line.where.startswith("h.") or line.where.startswith("h.2")
    ]
    assert [one for one in told if one[1] not in ("activation's curve", "who wrote the stream")] == own
    assert told.index(("h.2.mlp", "activation's curve")) == told.index(("h.2.mlp", "activation")) - 1
    assert steps["pieces"] == list(found.pieces)
    assert (steps["layer"], steps["n_layer"], steps["difference"]) == (2, 4, 0.0)
    assert line["place"] == 0
    assert line["row"] == list(found.ids)


@pytest.mark.parametrize(
    ("where", "name", "head"),
    [
        ("wte", "token embedding", None),
        ("h.*.attn", "masked", 3),
        ("h.*.attn", "weights", 1),
        ("h.*.mlp", "activation", None),
        ("lm_head", "logits", None),
    ],
)
def test_a_step_has_its_map_and_the_row_of_a_token(desk, found, where, name, head):
    [answer] = ask(
        desk, layer=1, where=where, name=name, head=head or 0, position=5, steps=False, columns=400
    )
    values = found.line(where.replace("*", "1"), name).values
    values = values if head is None else values[head]
    assert (answer["position"], answer["head"]) == (5, head)
    assert answer["row"] == values[5].astype(float).tolist()[: len(answer["row"])]
    shown = unpack_array(answer["map"])
    assert shown.shape == values.shape
    assert (np.isfinite(shown) == np.isfinite(values)).all()
    small = np.isfinite(shown) & (np.abs(shown) < 1.99)
    np.testing.assert_allclose((shown * answer["limit"])[small], values[small], rtol=2e-3, atol=1e-3)


def test_heads_that_are_off_make_another_walk_of_the_same_text(home, desk, found):
    """The digest of the weights does not tell the two models apart; one walk comes after the other."""
    off = ((1, 2), (3, 0))
    cut = walk(with_heads_off(open_model(find_run(home, "contos")), off), list(found.ids))
    branch = {"where": "h.*.attn", "name": "attention's branch", "layer": 1, "position": 5}
    last = {"where": "lm_head", "name": "probabilities", "layer": 1, "position": 5}
    for options, expected, heads in (({}, found, ()), ({"off": off}, cut, off), ({}, found, ())):
        steps, line = ask(desk, **branch, **options)
        assert steps["off"] == heads
        row = expected.line("h.1.attn", "attention's branch").values[5]
        np.testing.assert_allclose(line["row"], row, rtol=1e-5)
        told = next(step for step in steps["steps"] if step[:2] == ["h.1.attn", "attention's branch"])
        assert told[-1] == ("Heads that are off add nothing to it: 1.2." if heads else "")
        [line] = ask(desk, **last, **options, steps=False)
        np.testing.assert_allclose(line["row"], expected.lines[-1].values[5][: len(line["row"])], rtol=1e-5)


def test_what_stands_beside_a_row(desk, found):
    [weights] = ask(desk, where="h.*.attn", name="weights", position=3, steps=False)
    assert weights["other"] == pytest.approx(
        found.line("h.0.attn", "weights without scaling").values[0, 3].tolist()
    )
    [norm] = ask(desk, where="h.*.ln_1", name="mean before", position=3, steps=False)
    assert dict(norm["beside"])["deviation after"] == pytest.approx(
        float(found.line("h.0.ln_1", "deviation after").values[3])
    )
    [last] = ask(desk, where="lm_head", name="probabilities", position=3, steps=False)
    row = found.lines[-1].values[3]
    assert [value for _, value in last["best"]][:5] == pytest.approx(np.sort(row)[::-1][:5].tolist())
    [shares] = ask(desk, where="", name="who wrote the stream", position=3, steps=False)
    assert shares["row"] == pytest.approx([float(share[3]) for _, share in found.contributions])
    assert sum(shares["row"]) == pytest.approx(1.0, abs=1e-4)
    [curve] = ask(desk, where="h.*.mlp", name="activation's curve", position=3, steps=False)
    before = found.line("h.0.mlp", "before activation").values
    assert sum(curve["curve"][2]) == before.size
    assert dict(curve["beside"])["above 0"] == (before[3] > 0).sum()


def test_what_is_not_there_is_met_halfway(desk):
    """Another text may be shorter, another model may have fewer layers and no such step."""
    steps, line = ask(desk, layer=99, head=99, position=99, where="h.*.attn", name="weights")
    assert steps["layer"] == 3
    assert (line["head"], line["position"]) == (3, 7)
    _, line = ask(desk, where="h.*.attn", name="no such step")
    assert line["place"] == 0


def test_characters_that_it_lacks_are_told(desk):
    [answer] = ask(desk, prompt="A 日本")
    assert answer["kind"] == "lacking"
    assert answer["characters"] == ["日", "本"]
    steps, _ = ask(desk, prompt="A 日", unknown="skip")
    assert steps["lacking"] == ["日"]
    assert len(steps["pieces"]) == 2
