"""What a configuration will cost where it is going to be trained, or somewhere else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, cast

from gptlab_tui.config import Config, TrainConfig
from gptlab_tui.errors import GPTLabError
from gptlab_tui.model.activations import DeviceKind
from gptlab_tui.model.budget import MemoryPlan, checkpoint_bytes, fits, memory_plan
from gptlab_tui.training.devices import Device, choose_device
from gptlab_tui.training.fit import micro_batches

UNITS = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


@dataclass(frozen=True, slots=True)
class Outlook:
    """The memory plan of a training, and whether it fits."""

    plan: MemoryPlan
    memory_bytes: int
    """What it has to fit into."""
    free_here: bool
    """Whether that is what is free on this machine now, and not what somebody asked about."""

    @property
    def fits(self) -> bool:
        """Whether the plan and what the device takes for itself go into the memory."""
        return fits(self.plan, self.memory_bytes)

    def to_json(self) -> dict[str, Any]:
        """The plan and the verdict."""
        return {
            "plan": self.plan.to_json(),
            "checkpoint_bytes": checkpoint_bytes(self.plan.parameters),
            "memory_bytes": self.memory_bytes,
            "fits": self.fits,
        }


def outlook(
    config: Config, vocab_size: int, device: DeviceKind | None = None, memory_bytes: int | None = None
) -> Outlook:
    """The plan of `config` for a kind of device (by default the one that it would be trained on).

    `memory_bytes` is by default what is free there now; a kind of device that this machine does not
    have needs one said. With `train.micro_batch = "auto"` the plan is that of the largest
    micro-batch that fits, or of one sequence. For a device that is not here, `train.dtype = "auto"`
    is planned as fp32, the most that it can be.
    """
    train = config.train
    here: Device | None
    if device is None:
        here = choose_device(train)
        kind = cast(DeviceKind, here.torch_device.type)
    else:
        here, kind = _here(train, device), device
    free_here = memory_bytes is None
    if memory_bytes is None:
        if here is None:
            raise GPTLabError(
                f"This machine has no {kind} device, so how much memory it has is not known.",
                "Say it: --memory 4GB.",
            )
        memory_bytes = here.memory_bytes()
    dtype = here.dtype_name if here else "fp32" if train.dtype == "auto" else train.dtype

    def plan(size: int) -> MemoryPlan:
        several = size < train.batch_size
        return memory_plan(config.model, vocab_size, size, dtype, kind, accumulating=several)

    if isinstance(train.micro_batch, int):
        chosen = plan(train.micro_batch)
    elif train.micro_batch is None:
        chosen = plan(train.batch_size)
    else:
        plans = (plan(size) for size in micro_batches(train.batch_size))
        chosen = next((one for one in plans if fits(one, memory_bytes)), plan(1))
    return Outlook(chosen, memory_bytes, free_here)


def _here(train: TrainConfig, kind: DeviceKind) -> Device | None:
    """The device of that kind that this machine has, or None."""
    try:
        return choose_device(train.model_copy(update={"device": kind}))
    except GPTLabError:
        if kind == "cpu":  # that one is always there, so it is something else
            raise
        return None


def parse_memory(text: str) -> int:
    """Bytes of a size such as 4GB, 512 MiB or 2.5g: powers of 1,024, as memory is sold.

    Raises GPTLabError where it is not one.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt])(?:i?b)?", text.strip().lower())
    if match is None or float(match[1]) == 0:
        raise GPTLabError(f"{text!r} is not an amount of memory.", "Write it like 4GB or 512MB.")
    return int(float(match[1]) * UNITS[match[2]])
