"""Statistics, norms over a training and hidden units, against plain sums and hooks."""

import math
from typing import get_args

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from gptlab_tui.config import Activation
from gptlab_tui.errors import GPTLabError
from gptlab_tui.insight.units import BOUNDS, units
from gptlab_tui.insight.weights import (
    activation,
    activations,
    gradient_norms,
    gradients_by_snapshot,
    gradients_over_training,
    norms_over_training,
    weight,
    weights,
    whole_gradients,
)
from gptlab_tui.model.open_run import open_model
from gptlab_tui.runs.layout import find_run
from gptlab_tui.runs.snapshots import snapshot_steps
from tests.small_models import small

IDS = [6, 0, 7, 1, 9, 6, 0, 3, 2, 8]


@pytest.fixture
def contos(home):
    return open_model(find_run(home, "contos"))


def test_every_weight_once_and_by_name():
    opened = small(tied_head=True)
    found = weights(opened)
    assert sum(array.size for array in found.values()) == sum(p.numel() for p in opened.model.parameters())
    expected = opened.model.transformer.h[1].mlp.c_fc.weight.numpy(force=True)
    for name in ("h.1.mlp.c_fc.weight", "transformer.h.1.mlp.c_fc.weight"):
        np.testing.assert_array_equal(weight(opened, name), expected)
    with pytest.raises(GPTLabError, match="no weight called") as error:
        weight(opened, "h.1.mlp.fc")
    assert "h.1.mlp.c_fc" in error.value.hint


def test_activations_by_hooks():
    opened = small()
    kept = {}
    opened.model.transformer.h[1].mlp.c_fc.register_forward_hook(lambda m, i, out: kept.update(out=out[0]))
    found = activation(opened, IDS, "h.1.before_activation")
    np.testing.assert_array_equal(found, kept["out"].numpy())
    assert found.shape == (8, 64)
    assert activations(opened, IDS)["h.0.weights"].shape == (2, 8, 8)
    with pytest.raises(GPTLabError, match="no activation"):
        activation(opened, IDS, "nothing")
    with pytest.raises(GPTLabError, match="no text"):
        activations(opened, [])


def test_norms_at_every_snapshot(contos):
    told = []
    found = norms_over_training(contos.run, tell=lambda done, whole: told.append((done, whole)))
    assert list(found.steps) == snapshot_steps(contos.run)
    assert told[-1] == (12, 12)
    for place in (0, -1):
        tensors = load_file(contos.run.snapshot(found.steps[place]))
        for name in ("wte.weight", "h.3.mlp.c_proj.weight"):
            values = tensors[f"transformer.{name}"].double().flatten().tolist()
            assert found.norms[name][place] == pytest.approx(math.sqrt(sum(v * v for v in values)))
    assert set(found.norms) == set(weights(contos))
    assert norms_over_training(contos.run, lambda: True) is None


def test_gradients_at_snapshots(contos, monkeypatch):
    monkeypatch.setattr("gptlab_tui.insight.weights.snapshot_steps", lambda run: [500])
    ids = contos.tokenizer.encode("A figura é poética, mas não é a da heroína. " * 10)
    found = gradients_over_training(contos.run, ids, windows=2)
    model = open_model(contos.run, 500).model.requires_grad_(True)
    losses = [
        model(torch.tensor([ids[s : s + 128].tolist()]), torch.tensor([ids[s + 1 : s + 129].tolist()]))
        for s in (0, 128)
    ]
    (sum(losses) / 2).backward()
    for name, parameter in model.named_parameters():
        expected = float(parameter.grad.norm())
        assert found.norms[name.removeprefix("transformer.")][0] == pytest.approx(
            expected, rel=1e-3, abs=1e-6
        )
    assert gradients_over_training(contos.run, ids, stopped=lambda: True) is None
    with pytest.raises(GPTLabError, match="too few"):
        gradients_over_training(contos.run, ids[:10])


def test_gradients_in_turns_are_those_of_one_batch(contos, monkeypatch):
    monkeypatch.setattr("gptlab_tui.insight.weights.snapshot_steps", lambda run: [0, 500])
    ids = contos.tokenizer.encode("A figura é poética, mas não é a da heroína. " * 18)
    assert len(ids) // 128 == 6
    at_once = [*gradients_by_snapshot(contos.run, ids)]
    monkeypatch.setattr("gptlab_tui.insight.weights._AT_ONCE", 4 * 128)
    in_turns = [*gradients_by_snapshot(contos.run, ids)]
    assert [turn and turn[0] for turn in at_once] == [None, 0, None, 500]
    assert [turn and turn[0] for turn in in_turns] == [None, None, 0, None, None, 500]  # 4 windows, then 2
    for (_, one), (_, other) in zip(filter(None, at_once), filter(None, in_turns), strict=True):
        assert other == pytest.approx(one, rel=1e-4, abs=1e-7)
    monkeypatch.setattr(
        "gptlab_tui.insight.weights._WORK", 1
    )  # a model of any size goes on, window by window
    assert [*gradients_by_snapshot(contos.run, ids)].count(None) == 12


def test_the_whole_gradient_between_snapshots(contos, monkeypatch):
    journal = [(2, 1.0), (5, 2.0), (6, 4.0), (10, 8.0), (20, 16.0), (25, 32.0)]
    monkeypatch.setattr("gptlab_tui.insight.weights.gradient_norms", lambda run: journal)
    steps = [0, 5, 10, 12, 20]
    expected = []
    for place, step in enumerate(steps):
        after = range((steps[place - 1] if place else -1) + 1, step + 1)  # those that led to this one
        norms = [norm for at, norm in journal if at in after]
        expected.append(sum(norms) / len(norms) if norms else None)
    assert expected == [None, 1.5, 6.0, None, 16.0]
    assert whole_gradients(contos.run, steps) == expected


def test_gradient_norms_of_the_journal(contos):
    found = gradient_norms(contos.run)
    assert len(found) > 50
    assert [step for step, _ in found] == sorted(step for step, _ in found)
    assert all(norm > 0 for _, norm in found)


@pytest.mark.parametrize("kind", get_args(Activation))
def test_units_that_never_or_always_fire(kind):
    opened = small(activation=kind, bias="all", norm="layernorm")
    mlp = opened.model.transformer.h[1].mlp
    with torch.no_grad():
        mlp.c_fc.bias[3], mlp.c_fc.bias[5], mlp.c_fc.bias[6] = -1e3, 1e3, 1e3
    kept = {}
    mlp.c_fc.register_forward_hook(lambda m, i, out: kept.update(out=out))
    first, second = units(opened, IDS[:8])
    width = kept["out"].shape[-1] // (2 if "glu" in kind else 1)
    assert len(second.on) == width
    low, high = second.bounds
    assert (low, high) == BOUNDS[kind]
    for unit in range(width):
        values = kept["out"][0, :, unit].tolist()
        assert second.on[unit] == sum(value > low for value in values) / 8
        assert second.open[unit] == sum(value > high for value in values) / 8
    assert second.on[3] == 0
    assert second.open[5] == second.open[6] == 1
    assert second.dead == sum(on == 0 for on in second.on)
    assert second.saturated == sum(share == 1 for share in second.open)
    assert first.layer == 0
    assert units(opened, IDS, lambda: True) is None


@pytest.mark.parametrize(
    ("kind", "function"), [("gelu", torch.nn.functional.gelu), ("swiglu", torch.nn.functional.silu)]
)
def test_where_a_smooth_activation_counts_as_off_it_nearly_is(kind, function):
    low, high = BOUNDS[kind]
    assert float(function(torch.linspace(low - 9, low, 100)).abs().max()) < 0.02
    x = torch.linspace(high, high + 9, 100)
    assert float((function(x) - x).abs().max()) < 0.02
