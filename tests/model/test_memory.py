"""The memory plan against what PyTorch truly saves and allocates, on the CPU."""

from contextlib import nullcontext

import pytest
import torch
from torch.profiler import ProfilerActivity, profile

from gptlab_tui.config import ModelConfig
from gptlab_tui.model.activations import is_fused
from gptlab_tui.model.budget import fits, memory_plan
from gptlab_tui.model.gpt import GPT

SHAPES = {
    "small": ({"n_layer": 2, "n_head": 4, "n_embd": 64, "block_size": 32}, 115, 8),
    "long": ({"n_layer": 3, "n_head": 2, "n_embd": 32, "block_size": 128}, 50, 2),
    "wide": ({"n_layer": 1, "n_head": 6, "n_embd": 192, "block_size": 16}, 1000, 4),
}


def precision(dtype_name: str):
    return nullcontext() if dtype_name == "fp32" else torch.autocast("cpu", torch.bfloat16)


def truly_saved(config: ModelConfig, vocab_size: int, micro_batch: int, dtype_name: str) -> int:
    """Bytes of all distinct storages that autograd keeps, parameters and buffers left out."""
    model = GPT(config, vocab_size).train()
    own = {t.untyped_storage().data_ptr() for t in (*model.parameters(), *model.buffers())}
    kept: dict[int, int] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor.detach()  # itself it would hold the graph that holds it, for good

    idx = torch.zeros(micro_batch, config.block_size, dtype=torch.long)
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor), precision(dtype_name):
        loss = model(idx, idx.clone())
    assert loss.requires_grad
    return sum(kept.values())


@pytest.mark.filterwarnings("ignore:Mismatch dtype between input and weight")
@pytest.mark.parametrize("dropout", ["none", "dropout", "attn_dropout"])
def test_activations_are_what_autograd_saves(varied, dropout):
    """Within 3 %; the log-probabilities, which the plan counts under the loss, taken off."""
    dropouts = {} if dropout == "none" else {dropout: 0.1}
    for size, (shape, vocab_size, micro_batch) in SHAPES.items():
        for dtype_name in ("fp32", "bf16"):
            config = ModelConfig(**{**varied.model_dump(), **shape, **dropouts})
            saved = truly_saved(config, vocab_size, micro_batch, dtype_name)
            saved -= 4 * micro_batch * config.block_size * vocab_size
            plan = memory_plan(config, vocab_size, micro_batch, dtype_name)
            assert plan.activations_bytes == pytest.approx(saved, rel=0.03), (size, dtype_name)


def truly_allocated(config: ModelConfig, vocab_size: int, micro_batch: int, dtype_name: str) -> int:
    """Most bytes that are there at once in a training step, weights and optimizer included."""
    model = GPT(config, vocab_size).train()
    optimizer = torch.optim.AdamW(model.parameters(), fused=True)
    idx = torch.zeros(micro_batch, config.block_size, dtype=torch.long)

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        with precision(dtype_name):
            loss = model(idx, idx)
        loss.backward()
        optimizer.step()

    step()
    optimizer.zero_grad(set_to_none=True)
    before = 3 * sum(parameter.nbytes for parameter in model.parameters())
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as watched:
        step()
    events = watched.profiler.kineto_results.events()
    changes = sorted((e.start_ns(), e.nbytes()) for e in events if e.name() == "[memory]")
    now = most = 0
    for _, change in changes:
        now += change
        most = max(most, now)
    return before + most


@pytest.mark.parametrize(
    ("shape", "vocab_size", "micro_batch"),
    [
        ({}, 115, 32),  # activations are the most
        ({"n_embd": 192, "n_layer": 4}, 115, 1),  # weights, gradients and moments are
        ({"n_layer": 2}, 3000, 8),  # the loss is
        ({"n_layer": 2, "n_embd": 128}, 6000, 1),  # the tied embedding is
        ({"n_layer": 2, "n_embd": 128, "tied_head": False}, 6000, 1),
        ({"positions": "rope", "norm": "rmsnorm", "activation": "swiglu", "bias": "none"}, 107, 16),
        ({"positions": "relative", "norm_placement": "post", "dropout": 0.1}, 107, 16),
    ],
)
@pytest.mark.parametrize("dtype_name", ["fp32", "bf16"])
def test_the_total_is_the_most_that_is_allocated(shape, vocab_size, micro_batch, dtype_name):
    config = ModelConfig(**shape)
    plan = memory_plan(config, vocab_size, micro_batch, dtype_name)
    measured = truly_allocated(config, vocab_size, micro_batch, dtype_name)
    assert plan.total_bytes == pytest.approx(measured, rel=0.1)


def test_a_plan_grows_with_the_micro_batch_and_shrinks_with_the_precision():
    plans = [memory_plan(ModelConfig(), 115, size) for size in (1, 2, 8)]
    assert plans[2].activations_bytes == 4 * plans[1].activations_bytes == 8 * plans[0].activations_bytes
    half = memory_plan(ModelConfig(), 115, 8, "bf16")
    assert half.activations_bytes < plans[2].activations_bytes
    assert half.weights_bytes == plans[2].weights_bytes == 4 * half.parameters
    assert half.optimizer_bytes == 8 * half.parameters


def test_a_gradient_that_accumulates_is_there_all_the_time():
    once = memory_plan(ModelConfig(), 115, 32)
    several = memory_plan(ModelConfig(), 115, 32, accumulating=True)
    assert several.total_bytes == once.total_bytes + once.gradients_bytes


def test_cuda_needs_less_for_the_same_but_something_for_itself():
    """A dropout's mask is a byte there, and attention never holds its T x T weights."""
    config = ModelConfig(dropout=0.1, attn_dropout=0.1, positions="relative", norm="rmsnorm")
    cpu, cuda = (memory_plan(config, 115, 32, device=device) for device in ("cpu", "cuda"))
    assert cuda.activations_bytes < cpu.activations_bytes
    assert is_fused(config, "cuda")
    assert not is_fused(config, "cpu")
    assert not fits(cuda, cuda.total_bytes)
    assert fits(cuda, cuda.total_bytes + cuda.overhead_bytes)
    assert fits(cpu, cpu.total_bytes)
    assert not fits(cpu, cpu.total_bytes - 1)


def test_the_plan_as_json_has_sums_and_parts():
    record = memory_plan(ModelConfig(), 115, 32).to_json()
    assert record["activations_bytes"] == sum(saved["size_bytes"] for saved in record["activations"])
    assert record["total_bytes"] > record["weights_bytes"] + record["optimizer_bytes"]
