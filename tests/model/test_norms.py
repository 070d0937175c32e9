"""Norms and where they stand, against NumPy in double precision."""

import numpy as np
import pytest
import torch

from gptlab_tui.config import ModelConfig
from gptlab_tui.model.gpt import GPT, Block, build_norm
from gptlab_tui.model.positions import Place


def layernorm(x, gain, shift):
    mean = x.mean(-1, keepdims=True)
    return gain * (x - mean) / np.sqrt(((x - mean) ** 2).mean(-1, keepdims=True) + 1e-5) + shift


def rmsnorm(x, gain, shift):
    return gain * x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-5)


def reference(x, gain, shift):
    mean = x.mean(-1, keepdims=True)
    deviation = np.sqrt(((x - mean) ** 2).sum(-1, keepdims=True) / (x.shape[-1] - 1))
    return gain * (x - mean) / (deviation + 1e-5) + shift


@pytest.mark.parametrize("by_hand", [layernorm, rmsnorm, reference])
@pytest.mark.parametrize("scale", [1.0, 1e-3])
def test_a_norm_is_its_formula(by_hand, scale):
    """At a scale of 1e-3 the epsilon, and on which side of the root it stands, shows."""
    random = np.random.default_rng(0)
    x = scale * random.normal(size=(3, 5, 12)) + 0.1 * scale
    norm = build_norm(ModelConfig(norm=by_hand.__name__), 12).double()
    gain, shift = random.normal(size=12), random.normal(size=12)
    with torch.no_grad():
        norm.weight.copy_(torch.from_numpy(gain))
        if by_hand is not rmsnorm:
            norm.bias.copy_(torch.from_numpy(shift))
        y = norm(torch.from_numpy(x))
    np.testing.assert_allclose(y.numpy(), by_hand(x, gain, shift), rtol=1e-12, atol=1e-12)


def test_the_references_norm_is_not_the_usual_one():
    x = torch.randn(4, 12, generator=torch.Generator().manual_seed(0))
    usual = build_norm(ModelConfig(norm="layernorm"), 12)(x)
    theirs = build_norm(ModelConfig(norm="reference"), 12)(x)
    torch.testing.assert_close(theirs, usual * (11 / 12) ** 0.5, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("n_layer", "alpha"), [(1, 2**0.25), (4, 8**0.25), (8, 2.0), (100, 200**0.25)])
def test_post_placement_is_deepnorm(lively, n_layer, alpha):
    """norm(alpha x + f(x)), twice, with the alpha of DeepNet's table for decoders."""
    config = ModelConfig(n_layer=n_layer, n_head=2, n_embd=8, block_size=8, norm_placement="post")
    block: Block = lively(config).transformer.h[0]
    x, place = torch.randn(2, 5, 8), Place(is_causal=True)
    with torch.no_grad():
        middle = block.ln_1(alpha * x + block.attn(x, place))
        wanted = block.ln_2(alpha * middle + block.mlp(middle))
        torch.testing.assert_close(block(x, place), wanted)


def test_pre_placement_leaves_the_residual_stream_alone(lively):
    config = ModelConfig(n_layer=2, n_head=2, n_embd=8, block_size=8)
    block: Block = lively(config).transformer.h[0]
    x, place = torch.randn(2, 5, 8), Place(is_causal=True)
    with torch.no_grad():
        middle = x + block.attn(block.ln_1(x), place)
        torch.testing.assert_close(block(x, place), middle + block.mlp(block.ln_2(middle)))


def test_only_a_pre_norm_decoder_has_a_final_norm():
    names = {
        placement: {name for name, _ in GPT(ModelConfig(norm_placement=placement), 9).named_parameters()}
        for placement in ("pre", "post")
    }
    assert names["pre"] - names["post"] == {"transformer.ln_f.weight", "transformer.ln_f.bias"}
    assert names["post"] <= names["pre"]


def test_qk_norm_makes_queries_and_keys_of_unit_size(lively, ids):
    from gptlab_tui.model.capture import Capture

    model = lively(ModelConfig(n_head=2, n_embd=16, block_size=8, qk_norm=True))
    gains = [parameter for name, parameter in model.named_parameters() if "_norm" in name]
    assert [gain.shape for gain in gains] == [(8,)] * (2 * 4)
    with torch.no_grad():
        for gain in gains:
            gain.fill_(1.0)
        model(ids(2, 8), capture=(capture := Capture()))
    for name in ("h.0.q", "h.3.k"):
        sizes = capture[name].square().mean(-1).sqrt()
        torch.testing.assert_close(sizes, torch.ones_like(sizes), atol=1e-3, rtol=0)
    raw = model.transformer.h[0].attn.c_attn(model.transformer.h[0].ln_1(capture["embedded"]))
    q = raw[..., :16].reshape(2, 8, 2, 8).transpose(1, 2).detach().double().numpy()
    wanted = q / np.sqrt((q**2).mean(-1, keepdims=True) + 1e-5)
    np.testing.assert_allclose(capture["h.0.q"].numpy(), wanted, atol=1e-5)
