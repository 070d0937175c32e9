"""The walk ends where the model does, to the last bit, for every kind of block; its steps by NumPy."""

import math
from typing import get_args

import numpy as np
import pytest
import torch

from gptlab_tui.config import Activation, Bias, Norm, NormPlacement, Positions
from gptlab_tui.errors import GPTLabError
from gptlab_tui.insight.walk import walk
from gptlab_tui.model.capture import Capture
from gptlab_tui.model.open_run import open_model
from gptlab_tui.runs.layout import find_run
from tests.small_models import LETTERS, small

IDS = LETTERS.encode("o rato ").tolist()


CHOICES = [
    {norm: value}
    for norm, values in {
        "norm": get_args(Norm),
        "positions": get_args(Positions),
        "activation": get_args(Activation),
        "bias": get_args(Bias),
        "qk_norm": (False, True),
        "tied_head": (True, False),
        "conv_width": (0, 3),
        "dropout": (0.0, 0.3),
    }.items()
    for value in values
]


@pytest.mark.parametrize("placement", get_args(NormPlacement))
@pytest.mark.parametrize("options", CHOICES, ids=str)
def test_the_last_line_is_the_models_own_forward(options, placement):
    opened = small(**options, norm_placement=placement)
    found = walk(opened, IDS)
    capture = Capture()
    with torch.inference_mode():
        logits = opened.model(torch.tensor([IDS]), capture=capture)
        fast = opened.model(torch.tensor([IDS]))
    np.testing.assert_array_equal(found.line("lm_head", "logits").values, logits[0].numpy())
    np.testing.assert_array_equal(found.lines[-1].values, logits[0].softmax(-1).numpy())
    assert found.difference == 0.0
    assert found.difference_fast == pytest.approx(float((fast - logits).abs().max()))
    for layer in (0, 1):
        for name, key in {"weights": "weights", "heads": "heads", "masked": "masked"}.items():
            ours = found.line(f"h.{layer}.attn", name).values
            np.testing.assert_array_equal(ours, capture[f"h.{layer}.{key}"][0].numpy())
        np.testing.assert_array_equal(
            found.line(f"h.{layer}.mlp", "activation").values, capture[f"h.{layer}.activation"][0].numpy()
        )
    for line in found.lines:
        assert line.values.ndim == len(line.axes.split()), line.name


@pytest.mark.parametrize("norm", get_args(Norm))
def test_norms_by_hand(norm):
    found = walk(small(norm=norm), IDS)
    x = found.line("", "embedded").values.astype(np.float64)
    mean, std = x.mean(1, keepdims=True), x.std(1, keepdims=True)
    np.testing.assert_allclose(found.line("h.0.ln_1", "mean before").values, mean[:, 0], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(found.line("h.0.ln_1", "deviation before").values, std[:, 0], rtol=1e-5)
    divided = {
        "layernorm": (x - mean) / np.sqrt(std**2 + 1e-5),
        "rmsnorm": x / np.sqrt((x**2).mean(1, keepdims=True) + 1e-5),
        "reference": (x - mean) / (std * math.sqrt(16 / 15) + 1e-5),
    }[norm]
    np.testing.assert_allclose(found.line("h.0.ln_1", "divided").values, divided, rtol=1e-4, atol=1e-5)
    normed = divided * found.line("h.0.ln_1", "gain").values
    if norm != "rmsnorm":
        normed = normed + found.line("h.0.ln_1", "shift").values
    np.testing.assert_allclose(found.line("h.0.ln_1", "normed").values, normed, rtol=1e-4, atol=1e-5)
    after = {line.name: line.values for line in found.lines if line.where == "h.0.ln_1" and line.axes == "T"}
    np.testing.assert_allclose(after["deviation after"], normed.std(1), rtol=1e-4)
    assert ("root mean square after" in after) == (norm == "rmsnorm")
    if norm == "rmsnorm":  # what it makes alike
        size = np.sqrt((normed**2).mean(1))
        np.testing.assert_allclose(after["root mean square after"], size, rtol=1e-4)


def test_attention_by_hand_with_scaling_on_and_off():
    found = walk(small(positions="rope", qk_norm=True), IDS)

    def of(name):
        return found.line("h.1.attn", name).values.astype(np.float64)

    scores = of("queries turned") @ of("keys turned").transpose(0, 2, 1)
    np.testing.assert_allclose(of("scores"), scores, rtol=1e-4, atol=1e-5)
    for name, divisor in (("weights", math.sqrt(8)), ("weights without scaling", 1.0)):
        raised = np.exp(scores / divisor) * np.tri(len(IDS))
        np.testing.assert_allclose(of(name), raised / raised.sum(-1, keepdims=True), rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(of("heads"), of("weights") @ of("values"), rtol=1e-4, atol=1e-5)
    assert np.array_equal(of("heads joined"), np.concatenate(list(of("heads")), axis=-1))


def test_shares_of_the_stream():
    found = walk(small(), IDS)
    total = sum(share for _, share in found.contributions)
    np.testing.assert_allclose(total, 1.0, atol=1e-5)
    assert [name for name, _ in found.contributions] == [
        "embedding", "h.0.attn", "h.0.mlp", "h.1.attn", "h.1.mlp",
    ]  # fmt: skip
    stream, branch = (
        found.line(*key).values for key in (("h.1", "stream after mlp"), ("h.1.mlp", "MLP's branch"))
    )
    by_hand = [branch[t] @ stream[t] / (stream[t] @ stream[t]) for t in range(len(IDS))]
    np.testing.assert_allclose(found.contributions[-1][1], by_hand, rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(found.line("h.1", "share of mlp").values, by_hand, rtol=1e-3, atol=1e-6)
    assert walk(small(norm_placement="post"), IDS).contributions == ()


@pytest.mark.parametrize("kind", get_args(Activation))
def test_the_curve_and_where_values_fall(kind):
    found = walk(small(activation=kind), IDS)
    curve = found.curves[1]
    before = found.line("h.1.mlp", "gate" if "glu" in kind else "before activation").values
    assert curve.counts.sum() == before.size
    for count, low, high in zip(curve.counts[:-1], curve.edges, curve.edges[1:], strict=False):
        assert count == ((before >= low) & (before < high)).sum()
    by_hand = {
        "relu": lambda x: max(0.0, x),
        "relu^2": lambda x: max(0.0, x) ** 2,
        "silu": lambda x: x / (1 + math.exp(-x)),
        "gelu": lambda x: 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    }[curve.name]
    np.testing.assert_allclose(curve.y, [by_hand(x) for x in curve.x], atol=1e-6)


def test_dropout_in_training_and_in_inference():
    found = walk(small(dropout=0.25), IDS)
    mask = found.line("h.0.dropout", "mask in training").values
    assert set(np.unique(mask)) == {np.float32(0), np.float32(1 / 0.75)}
    assert 0.1 < (mask == 0).mean() < 0.4
    branch = found.line("h.0.attn", "attention's branch").values
    np.testing.assert_array_equal(found.line("h.0.dropout", "branch in inference").values, branch)
    np.testing.assert_array_equal(found.line("h.0.dropout", "branch in training").values, branch * mask)
    assert "p = 0.25" in found.line("h.0.dropout", "mask in training").note
    assert "has none" in walk(small(dropout=0.0), IDS).line("h.0.dropout", "mask in training").note


def test_layers_that_are_not_wanted_are_computed_all_the_same():
    opened = small()
    some = walk(opened, IDS, wanted=lambda layer: layer == 1)
    assert {line.where.split(".")[1] for line in some.lines if line.where.startswith("h.")} == {"1"}
    assert [curve.layer for curve in some.curves] == [1]
    np.testing.assert_array_equal(some.lines[-1].values, walk(opened, IDS).lines[-1].values)


def test_of_a_long_text_the_last_tokens_and_of_none_an_error():
    opened = small()
    found = walk(opened, IDS * 2)
    assert (len(found.ids), found.dropped) == (8, 6)
    assert walk(opened, IDS[:1]).difference == 0.0
    with pytest.raises(GPTLabError, match="no text"):
        walk(opened, [])


def test_the_bundled_model(home):
    opened = open_model(find_run(home, "contos"))
    found = walk(opened, opened.tokenizer.encode("A figura").tolist())
    assert found.difference == 0.0
    assert found.difference_fast < 1e-4
