"""Activations against their formulas, which linear maps have a bias, the head, the convolution."""

import math

import numpy as np
import pytest
import torch

from gptlab_tui.config import ModelConfig
from gptlab_tui.model.gpt import GPT, MLP, ShortConvolution, hidden_width


def gelu_tanh(x):
    """Hendrycks & Gimpel 2016: 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))"""
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def swish(x):
    return x / (1 + np.exp(-x))


SINGLE = {"gelu": gelu_tanh, "relu": lambda x: np.maximum(x, 0), "relu2": lambda x: np.maximum(x, 0) ** 2}
GATED = {"swiglu": swish, "geglu": gelu_tanh}


@pytest.mark.parametrize("activation", [*SINGLE, *GATED])
@pytest.mark.parametrize("bias", ["all", "none"])
def test_an_mlp_is_its_formula(activation, bias):
    """Gated: (f(x W) * x V) W2 (Shazeer 2020); else f(x W1) W2; relu2: So et al. 2021."""
    torch.manual_seed(0)
    mlp = MLP(ModelConfig(n_embd=12, n_head=2, activation=activation, bias=bias)).double()
    x = torch.randn(3, 5, 12, dtype=torch.float64)
    first, second = mlp.c_fc.weight.detach().numpy(), mlp.c_proj.weight.detach().numpy()
    b1 = mlp.c_fc.bias.detach().numpy() if bias == "all" else 0.0
    b2 = mlp.c_proj.bias.detach().numpy() if bias == "all" else 0.0
    h = x.numpy() @ first.T + b1
    if activation in GATED:
        half = h.shape[-1] // 2
        h = GATED[activation](h[..., :half]) * h[..., half:]
    else:
        h = SINGLE[activation](h)
    with torch.no_grad():
        np.testing.assert_allclose(mlp(x).numpy(), h @ second.T + b2, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("n_embd", [8, 48, 64, 96, 384, 768])
def test_a_gated_mlp_is_as_large_as_a_plain_one(n_embd):
    """Three matrices of 8/3 C against two of 4 C, up to the rounding to eights."""
    plain, gated = (
        sum(p.numel() for p in MLP(ModelConfig(n_embd=n_embd, activation=a, bias="none")).parameters())
        for a in ("gelu", "swiglu")
    )
    assert plain == 8 * n_embd**2
    assert plain <= gated < plain + 3 * 8 * n_embd
    assert hidden_width(ModelConfig(n_embd=n_embd, activation="geglu")) % 8 == 0
    assert hidden_width(ModelConfig(n_embd=n_embd, n_hidden=100)) == 100


@pytest.mark.parametrize(
    ("bias", "linear", "norms"),
    [("all", {"c_attn", "c_proj", "c_fc"}, True), ("qkv", {"c_attn"}, True), ("none", set(), False)],
)
@pytest.mark.parametrize("norm", ["layernorm", "rmsnorm", "reference"])
def test_biases_stand_where_the_option_says(bias, linear, norms, norm):
    names = [name.split(".") for name, _ in GPT(ModelConfig(bias=bias, norm=norm), 9).named_parameters()]
    with_bias = {parts[-2] for parts in names if parts[-1] == "bias"}
    expected_norms = (
        {"ln_1", "ln_2", "ln_f"} if norm == "reference" or (norms and norm == "layernorm") else set()
    )
    assert with_bias == linear | expected_norms


def test_a_tied_head_is_the_token_embedding(ids):
    tied, untied = GPT(ModelConfig(), 9), GPT(ModelConfig(tied_head=False), 9)
    assert tied.lm_head.weight is tied.transformer.wte.weight
    assert untied.lm_head.weight is not untied.transformer.wte.weight
    count = [sum(p.numel() for p in model.parameters()) for model in (tied, untied)]
    assert count[1] - count[0] == 9 * 64
    hidden = tied.hidden(ids(2, 4, 9))
    torch.testing.assert_close(tied(ids(2, 4, 9)), hidden @ tied.transformer.wte.weight.t())


def test_the_loss_is_the_mean_of_minus_log_p(lively, ids):
    model = lively(ModelConfig(block_size=8), 23, torch.float64)
    idx, targets = ids(3, 8), ids(3, 8, seed=1)
    with torch.no_grad():
        logits = model(idx).numpy()
        loss = float(model(idx, targets))
    p = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    chosen = np.take_along_axis(p, targets.numpy()[..., None], -1)
    assert math.isclose(loss, -np.log(chosen).mean(), rel_tol=1e-6)


def test_a_short_convolution_is_a_weighted_sum_of_the_last_tokens():
    torch.manual_seed(0)
    convolution = ShortConvolution(6, 3).double()
    x = torch.randn(2, 7, 6, dtype=torch.float64)
    assert torch.equal(convolution(x, None, "any"), x)  # it starts as the identity
    with torch.no_grad():
        convolution.weight.normal_()
    kernel = convolution.weight.t()[:, None]  # (C, 1, K)
    padded = torch.nn.functional.pad(x.transpose(1, 2), (2, 0))
    wanted = x + torch.nn.functional.conv1d(padded, kernel, groups=6).transpose(1, 2)
    torch.testing.assert_close(convolution(x, None, "any"), wanted)
