"""Counts of parameters and of arithmetic, against the reference's and the papers' and a counter."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from gptlab_tui.config import ModelConfig
from gptlab_tui.model.budget import (
    blueprint,
    checkpoint_bytes,
    count_parameters,
    flops_per_token,
    parameters_by_part,
    snapshot_bytes,
)
from gptlab_tui.model.gpt import GPT

GPU = {"n_layer": 6, "n_head": 6, "n_embd": 384}


@pytest.mark.parametrize(
    ("shape", "vocab_size", "with_positions", "without"),
    [
        ({"bias": "qkv"}, 115, 207_936, 205_888),
        ({"bias": "qkv"}, 107, 207_424, 205_376),
        ({"bias": "qkv", **GPU, "block_size": 64}, 115, 10_702_464, 10_677_888),
        ({"bias": "none", **GPU, "block_size": 32}, 115, 10_683_264, 10_670_976),
        ({"bias": "qkv", **GPU, "block_size": 32}, 50_257, 29_944_704, 29_932_416),
    ],
)
def test_the_references_models_have_its_counts(shape, vocab_size, with_positions, without):
    config = ModelConfig(norm="reference", **shape)
    assert count_parameters(config, vocab_size) == with_positions
    assert with_positions - parameters_by_part(config, vocab_size)["positions"] == without


@pytest.mark.parametrize(
    ("shape", "vocab_size", "share"),
    [
        ({}, 115, 3.54),
        ({**GPU, "block_size": 64}, 115, 0.41),
        ({**GPU, "block_size": 32}, 50_257, 64.45),  # of all; 64.47 where positions are left out
    ],
)
def test_the_share_of_the_embedding_is_the_references(shape, vocab_size, share):
    config = ModelConfig(norm="reference", bias="qkv", **shape)
    part = parameters_by_part(config, vocab_size)["token embedding"]
    assert 100 * part / count_parameters(config, vocab_size) == pytest.approx(share, abs=0.005)


@pytest.mark.parametrize(
    ("n_layer", "n_head", "n_embd", "context", "vocab_size", "published"),
    [(12, 12, 768, 1024, 50_257, 124_439_808), (48, 25, 1600, 1024, 50_257, 1_557_611_200)],
)
def test_gpt2_has_its_published_size(n_layer, n_head, n_embd, context, vocab_size, published):
    config = ModelConfig(n_layer=n_layer, n_head=n_head, n_embd=n_embd, block_size=context)
    assert count_parameters(config, vocab_size) == published


def test_gpt3_has_its_published_size():
    config = ModelConfig(n_layer=96, n_head=96, n_embd=12_288, block_size=2048)
    assert count_parameters(config, 50_257) == pytest.approx(175e9, rel=0.003)


def test_parts_add_up_and_leave_nothing_out(varied):
    parts = parameters_by_part(varied, 23)
    model = GPT(varied, 23)
    assert sum(parts.values()) == sum(parameter.numel() for parameter in model.parameters())
    assert parts["token embedding"] == 23 * 16
    assert parts["head"] == (0 if varied.tied_head else 23 * 16)
    assert parts.get("short convolutions", 0) == 4 * varied.conv_width * 16
    assert ("positions" in parts) == (varied.positions in ("learned", "relative"))


def test_a_blueprint_has_the_names_and_shapes_of_the_model(varied):
    real = {name: parameter.shape for name, parameter in GPT(varied, 23).named_parameters()}
    drawn = dict(blueprint(varied, 23).named_parameters())
    assert {name: parameter.shape for name, parameter in drawn.items()} == real
    assert all(parameter.is_meta for parameter in drawn.values())


def test_flops_are_those_that_a_counter_counts(varied, ids):
    """PyTorch's counter looks at the products that are really dispatched."""
    rows, T = 3, varied.block_size
    model = GPT(varied, 23)
    flops = flops_per_token(varied, 23)
    with (
        FlopCounterMode(display=False) as counter,
        torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH),
    ):
        loss = model(ids(rows, T), ids(rows, T))
    assert counter.get_total_flops() == rows * T * flops.forward
    with FlopCounterMode(display=False) as backward:
        loss.backward()
    assert backward.get_total_flops() + rows * T * flops.forward == rows * T * flops.training
    assert flops.to_json()["training"] == 3 * flops.forward


def test_flops_of_gpt2_are_about_two_per_parameter():
    config = ModelConfig(n_layer=12, n_head=12, n_embd=768, block_size=1024)
    flops = flops_per_token(config, 50_257)
    assert flops.matrices == pytest.approx(2 * 124e6, rel=0.02)
    assert flops.attention == 12 * 4 * 1024 * 768


def test_a_checkpoint_takes_the_disk_space_that_was_said(tmp_path):
    from safetensors.torch import save_file

    from gptlab_tui.model.weights import save_weights

    model = GPT(ModelConfig(), 115)
    parameters = count_parameters(ModelConfig(), 115)
    save_weights(model, tmp_path / "model.safetensors")
    moments = {
        f"{moment}/{name}": torch.zeros_like(parameter)
        for name, parameter in model.named_parameters()
        for moment in ("exp_avg", "exp_avg_sq")
    }
    save_file(moments, tmp_path / "optimizer.safetensors")
    size_bytes = sum(path.stat().st_size for path in tmp_path.iterdir())
    assert 0.97 < size_bytes / checkpoint_bytes(parameters) <= 1
    save_weights(model, tmp_path / "snapshot", torch.float16)
    assert 0.95 < (tmp_path / "snapshot").stat().st_size / snapshot_bytes(parameters) <= 1
