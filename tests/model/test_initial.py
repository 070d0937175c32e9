"""The start of every parameter: its rule, and that it depends on seed, name and shape alone."""

import math

import pytest
import torch

from gptlab_tui.config import ModelConfig
from gptlab_tui.model.gpt import GPT
from gptlab_tui.model.initial import initialise


@pytest.fixture
def start():
    """start(seed, **options) -> the parameters of a fresh model by name"""

    def build(seed: int = 1, vocab_size: int = 200, **options) -> dict[str, torch.Tensor]:
        model = GPT(ModelConfig(**{"block_size": 64, "n_embd": 128, **options}), vocab_size)
        initialise(model, seed)
        return {name: parameter.detach().clone() for name, parameter in model.named_parameters()}

    return build


def test_every_parameter_has_a_start(varied):
    """None keeps what PyTorch's constructors or the memory had there."""
    models = [GPT(varied, 23) for _ in range(2)]
    for model in models:
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.fill_(math.nan)
        torch.rand(3)  # the global generator has no part in it
        initialise(model, 7)
    for (name, one), other in zip(models[0].named_parameters(), models[1].parameters(), strict=True):
        assert torch.equal(one, other), name
        assert bool(one.isfinite().all()), name


def test_the_rules_of_gpt2(start):
    options = {"bias": "all", "positions": "relative", "tied_head": False, "conv_width": 3, "qk_norm": True}
    for name, value in start(**options).items():
        leaf = name.rpartition(".")[2]
        if leaf == "bias" or ".conv_" in name:
            assert not value.any(), name
        elif ".ln_" in name or "_norm." in name:
            assert bool((value == 1).all()), name
        else:
            wanted = 0.02 / math.sqrt(8) if name.endswith("c_proj.weight") else 0.02
            tolerance = 4 / math.sqrt(2 * value.numel())  # 4 standard errors of a standard deviation
            assert float(value.std()) == pytest.approx(wanted, rel=tolerance), name
            assert abs(float(value.mean())) < 4 * wanted / math.sqrt(value.numel()), name


def test_the_spread_is_an_option(start):
    small, large = start(), start(init_std=0.06)
    for name, value in small.items():
        torch.testing.assert_close(large[name], value * (1 if ".ln_" in name else 3))


def test_residual_branches_can_start_at_zero(start):
    scaled, zero = start(), start(residual_init="zero")
    for name, value in zero.items():
        if name.endswith("c_proj.weight"):
            assert not value.any()
        else:
            assert torch.equal(value, scaled[name])


@pytest.mark.parametrize("activation", ["gelu", "swiglu"])
def test_post_norm_starts_as_deepnorm_says(start, activation):
    """Xavier normal; a gain of (8 n_layer)^(-1/4) on v, output projections and MLP."""
    values = start(n_layer=4, norm_placement="post", activation=activation)
    beta, C = 32**-0.25, 128
    q, k, v = values["transformer.h.1.attn.c_attn.weight"].chunk(3)
    inside = values["transformer.h.1.mlp.c_proj.weight"].shape[1]
    pieces = values["transformer.h.1.mlp.c_fc.weight"].split(inside)
    assert len(pieces) == (2 if activation == "swiglu" else 1)
    matrices = {"q": (q, 1.0), "k": (k, 1.0), "v": (v, beta)}
    matrices["c_proj"] = values["transformer.h.1.attn.c_proj.weight"], beta
    matrices["mlp.c_proj"] = values["transformer.h.1.mlp.c_proj.weight"], beta
    matrices |= {f"mlp.c_fc {index}": (piece, beta) for index, piece in enumerate(pieces)}
    for name, (matrix, gain) in matrices.items():
        fan_out, fan_in = matrix.shape
        wanted = gain * math.sqrt(2 / (fan_in + fan_out))
        assert float(matrix.std()) == pytest.approx(wanted, rel=0.03), name
    assert float(values["transformer.wte.weight"].std()) == pytest.approx(0.02, rel=0.03)
    assert q.shape[0] == C


def test_a_start_depends_on_seed_and_name(start):
    one, again, other = start(1), start(1), start(2)
    for name, value in one.items():
        assert torch.equal(value, again[name])
        assert ".ln_" in name or name.endswith("bias") or not torch.equal(value, other[name])
    first, second = (one[f"transformer.h.{layer}.attn.c_attn.weight"] for layer in (0, 1))
    assert not torch.equal(first, second)


def test_a_start_does_not_depend_on_the_other_parameters(start):
    """So two models that differ in one thing differ in nothing else."""
    plain = start()
    other = start(positions="rope", norm="rmsnorm", qk_norm=True, tied_head=False, vocab_size=200, seed=1)
    shared = plain.keys() & other.keys()
    assert "transformer.wte.weight" in shared
    assert all(torch.equal(plain[name], other[name]) for name in shared)
    deeper = start(n_layer=6)
    assert torch.equal(plain["transformer.h.3.mlp.c_fc.weight"], deeper["transformer.h.3.mlp.c_fc.weight"])


def test_threads_and_the_global_generator_have_no_say(start, threads):
    one = start()
    threads(2)
    torch.manual_seed(99)
    two = start()
    assert all(torch.equal(one[name], two[name]) for name in one)
