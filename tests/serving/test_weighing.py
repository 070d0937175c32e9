"""What the model process says of weights, against the tensors themselves."""

import numpy as np
import pytest
import torch

from gptlab_tui.cli.inspect_tensor import look_at, to_json
from gptlab_tui.errors import GPTLabError
from gptlab_tui.insight.units import units
from gptlab_tui.insight.weights import norms_over_training, weight
from gptlab_tui.model.open_run import open_model
from gptlab_tui.model.weights import save_weights
from gptlab_tui.render.matrix import pooled
from gptlab_tui.runs.layout import find_run
from gptlab_tui.serving.desk import Desk
from gptlab_tui.serving.job import Job
from gptlab_tui.serving.protocol import unpack_array
from gptlab_tui.text.run_text import tokens_of_run
from tests.damage import damage
from tests.embedded_runs import moving_run


def ask(home, do, **arguments):
    job = Job(1, {"do": do, **arguments})
    return [answer for answer in Desk(home).handlers()[do](job) if answer is not None]


def test_the_tree_has_every_shape(home):
    opened = open_model(moving_run(home, "one"))
    [answer] = ask(home, "model_tree", run="one")
    assert (answer["run"], answer["step"], answer["n_layer"]) == ("one", 200, 1)
    assert answer["parameters"] == sum(one.numel() for one in opened.model.parameters())
    assert sum(part["parameters"] for part in answer["parts"]) == answer["parameters"]
    [transformer, head] = answer["tree"]["children"]
    assert [child["name"] for child in transformer["children"]][:2] == ["wte", "wpe"]
    assert head["tensors"][0]["tied_to"] == "transformer.wte.weight"


@pytest.mark.parametrize("name", ["h.0.mlp.c_fc.weight", "transformer.wte.weight", "ln_f.weight"])
def test_a_weight_is_pooled_here_and_its_numbers_are_of_all_of_it(home, name):
    opened = open_model(moving_run(home, "one"))
    [answer] = ask(home, "model_weight", run="one", name=name, rows=6, columns=9)
    values = weight(opened, name)
    matrix = values.reshape(-1, values.shape[-1])
    found = unpack_array(answer["map"])
    assert found.shape[0] <= 6
    assert found.shape[1] <= 9
    inside = np.abs(found) < 1.99
    np.testing.assert_allclose(
        (found * answer["limit"])[inside], pooled(matrix, 6, 9)[inside], rtol=2e-3, atol=1e-4
    )
    assert answer["about"]["count"] == values.size
    assert answer["about"]["norm"] == pytest.approx(np.linalg.norm(values))
    assert sum(answer["counts"]) == values.size
    if values.ndim == 2:
        assert answer["rank"][0] == np.linalg.matrix_rank(matrix)
    else:
        assert answer["rank"] is None


def test_a_weight_of_a_snapshot_has_the_rank_that_it_had(home):
    run = moving_run(home, "one")
    model = open_model(run, 100).model
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        wte = model.transformer.wte.weight
        thin = [torch.randn(size, generator=generator) for size in ((len(wte), 5), (5, wte.shape[1]))]
        wte.copy_(thin[0] @ thin[1])
    for dtype in (torch.float32, torch.float16):
        run.snapshot(100).unlink()
        save_weights(model, run.snapshot(100), dtype)
        [answer] = ask(home, "model_weight", run="one", step=100, name="wte.weight")
        assert answer["rank"][0] == 5
        opened = open_model(run, 100)
        assert opened.epsilon == torch.finfo(dtype).eps
        assert to_json(opened, look_at(opened, "wte.weight", None, 0, None))["rank"] == 5


def test_an_unknown_weight_is_an_error_with_those_that_are_near(home):
    moving_run(home, "one")
    with pytest.raises(GPTLabError, match="no weight called"):
        ask(home, "model_weight", run="one", name="h.0.mlp.fc")


def test_the_past_is_one_norm_a_snapshot(home):
    moving_run(home, "one")
    *turns, answer = ask(home, "model_past", run="one")
    assert [turn["done"] for turn in turns] == [1, 2, 3]
    norms = norms_over_training(find_run(home, "one"))
    assert answer["steps"] == list(norms.steps) == [0, 100, 200]
    assert set(answer["norms"]) == set(norms.norms)
    for name, values in norms.norms.items():
        assert answer["norms"][name] == values.tolist()
    assert answer["whole"] == [None, None, None]  # it has no journal


def test_units_are_those_of_insight(home):
    opened = open_model(find_run(home, "contos"))
    [answer] = ask(home, "model_units", run="contos")
    text = tokens_of_run(opened.run.read_training_request(), opened.tokenizer, home).train[:16_384]
    for told, found in zip(answer["layers"], units(opened, text), strict=True):
        assert (told["layer"], told["dead"], told["saturated"]) == (found.layer, found.dead, found.saturated)
        assert tuple(told["bounds"]) == found.bounds
        np.testing.assert_allclose(unpack_array(told["on"]), np.sort(found.on)[::-1], atol=1e-3)


def test_without_its_text_units_are_not_counted(home):
    moving_run(home, "one")
    with pytest.raises(GPTLabError):
        ask(home, "model_units", run="one")


def test_weights_that_are_not_finite_are_shown_and_used_for_nothing_else(home):
    run = moving_run(home, "one")
    damage(run.snapshot(100))
    desk = Desk(home)

    def answers(do, **arguments):
        return list(
            filter(None, desk.handlers()[do](Job(1, {"do": do, "run": "one", "step": 100, **arguments})))
        )

    [answer] = answers("model_weight", name="wte.weight")
    assert (answer["about"]["not_finite"], answer["about"]["count"]) == (1, 25 * 16 - 1)
    assert np.isfinite(answer["about"]["norm"])
    assert answers("model_tree")
    for do in ("lens", "surprise", "attention", "walk", "embeddings", "predict", "model_units", "open"):
        with pytest.raises(GPTLabError, match=r"not finite: transformer\.wte\.weight"):
            answers(do, prompt="abc", layer=0, head=0)
