"""How many sequences a forward pass may have: the memory plan, tried out where that is possible."""

from __future__ import annotations

import gc
from typing import cast

import torch

from gptlab_tui.config import Config
from gptlab_tui.model.activations import DeviceKind
from gptlab_tui.model.budget import memory_plan
from gptlab_tui.model.gpt import GPT
from gptlab_tui.training.devices import Device

#: Of the memory that is free, what a plan may use; the rest is fragmentation and other programs.
USABLE = 0.9


def micro_batches(batch_size: int) -> list[int]:
    """The sizes that fill a batch evenly, largest first."""
    return [size for size in range(batch_size, 0, -1) if batch_size % size == 0]


def largest_that_fits(config: Config, vocab_size: int, device: Device) -> int | None:
    """The largest micro-batch whose plan fits what is free on the device, or None where not even one does."""
    for size in micro_batches(config.train.batch_size):
        if plan_bytes(config, vocab_size, size, device) <= device.memory_bytes() * USABLE:
            return size
    return None


def plan_bytes(config: Config, vocab_size: int, micro_batch: int, device: Device) -> int:
    """What training with this micro-batch adds on the device, by the plan.

    A CUDA context is not counted: it exists by the time anybody asks how much is free.
    """
    kind = cast(DeviceKind, device.torch_device.type)
    accumulating = micro_batch < config.train.batch_size
    plan = memory_plan(
        config.model, vocab_size, micro_batch, device.dtype_name, kind, accumulating=accumulating
    )
    return plan.total_bytes - plan.overhead_bytes


def resolve_micro_batch(model: GPT, config: Config, device: Device) -> int:
    """The micro-batch to train with: as configured, or for `auto` the largest that fits.

    On a GPU the plan's answer is tried out with a real forward and backward pass, and halved until
    it goes through.
    """
    asked = config.train.micro_batch
    if isinstance(asked, int):
        return asked
    if asked is None:
        return config.train.batch_size
    planned = largest_that_fits(config, model.vocab_size, device) or 1
    if device.torch_device.type != "cuda":
        return planned
    model.to(device.torch_device)
    for size in micro_batches(config.train.batch_size):
        if size <= planned and _goes_through(model, config, device, size):
            return size
    return 1


def _goes_through(model: GPT, config: Config, device: Device, size: int) -> bool:
    idx = torch.zeros(size, config.model.block_size, dtype=torch.long, device=device.torch_device)
    try:
        with device.precision():
            loss = model(idx, idx)
        loss.backward()
        return True
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        return False
    finally:
        model.zero_grad(set_to_none=True)
        gc.collect()
        torch.cuda.empty_cache()


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a device, or the machine itself, had no room; not every part of torch has a type for it."""
    words = ("can't allocate memory", "CUBLAS_STATUS_ALLOC_FAILED", "MPS backend out of memory")
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or (
        isinstance(error, RuntimeError) and any(word in str(error) for word in words)
    )


def out_of_memory_advice(config: Config, vocab_size: int, micro_batch: int, device: Device) -> str:
    """What to do about a training that did not fit: a micro-batch that the plan says would."""
    gc.collect()
    if device.torch_device.type == "cuda":
        torch.cuda.empty_cache()
    fitting = largest_that_fits(config, vocab_size, device)
    if fitting is not None and micro_batch > 1:
        size = next(
            size for size in micro_batches(config.train.batch_size) if size <= min(fitting, micro_batch - 1)
        )
        return (
            f"With -o train.micro_batch={size} it would fit (the same training, a little slower), "
            "or train.micro_batch=auto."
        )
    return "Lower model.block_size, model.n_embd or model.n_layer, or train on the CPU with --device cpu."
