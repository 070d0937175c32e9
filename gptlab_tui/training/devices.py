"""Where a training computes and in what precision."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import psutil
import torch

from gptlab_tui.config import TrainConfig
from gptlab_tui.errors import GPTLabError

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


@dataclass(frozen=True, slots=True)
class Device:
    """A device, the precision of its matrix products, and how many threads serve it."""

    torch_device: torch.device
    dtype_name: str
    threads: int

    @property
    def name(self) -> str:
        """As the user would write it: `cpu`, `cuda:0`, `mps`."""
        return str(self.torch_device)

    @property
    def card(self) -> str:
        """Its own name, by which NVIDIA's tools know it whatever a process calls it; "" where it has none."""
        if self.torch_device.type != "cuda":
            return ""
        uuid = getattr(torch.cuda.get_device_properties(self.torch_device), "uuid", None)
        return f"GPU-{uuid}" if uuid is not None else ""

    def precision(self) -> AbstractContextManager[Any]:
        """Autocast to the chosen precision; nothing for fp32."""
        if self.dtype_name == "fp32":
            return nullcontext()
        return torch.autocast(self.torch_device.type, dtype=DTYPES[self.dtype_name])

    def memory_bytes(self) -> int:
        """Memory that is free there now."""
        if self.torch_device.type == "cuda":
            return int(torch.cuda.mem_get_info(self.torch_device)[0])
        return int(psutil.virtual_memory().available)


def choose_device(train: TrainConfig) -> Device:
    """The device that is asked for, or the best there is; `auto` precision is what it does well.

    Raises GPTLabError where the machine does not have it.
    """
    device = _torch_device(train.device)
    threads = train.threads or wished_threads(os.environ) or available_cores()
    dtype = train.dtype if train.dtype != "auto" else _natural_dtype(device)
    if dtype == "fp16" and device.type != "cuda":
        raise GPTLabError(f"train.dtype = 'fp16' needs a CUDA device, not {device}.", "Take bf16 or fp32.")
    return Device(device, dtype, threads)


def wished_threads(environ: Mapping[str, str]) -> int:
    """What OMP_NUM_THREADS asks of every program that computes; 0 where it says nothing of use."""
    wish = environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    return int(wish) if wish.isdecimal() else 0


def available_cores() -> int:
    """Cores that this process may use (a container or `taskset` may allow fewer than there are)."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def has_gpu() -> bool:
    """Whether a CUDA device is there; without one nothing of CUDA is initialised."""
    return torch.cuda.is_available()


def _torch_device(name: str) -> torch.device:
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda", torch.cuda.current_device())
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise GPTLabError(
            f"There is no device {name!r}.", "It can be cpu, cuda, cuda:1, mps or auto."
        ) from error
    if device.type == "cuda":
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if (device.index or 0) >= count:
            has = f"{count} CUDA device(s)" if count else "no CUDA device"
            raise GPTLabError(f"This machine has {has}, so not {name!r}.", "Take --device cpu, or auto.")
        return torch.device("cuda", device.index or 0)
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise GPTLabError("This machine has no Metal device.", "Take --device cpu, or auto.")
    if device.type not in ("cpu", "mps"):
        raise GPTLabError(f"Device {name!r} is not supported.", "It can be cpu, cuda, cuda:1, mps or auto.")
    return device


def _natural_dtype(device: torch.device) -> str:
    """bf16 from Ampere on, fp16 on Volta and Turing (tensor cores), fp32 everywhere else.

    Pascal (GTX 10xx) has neither bf16 nor fast fp16.
    """
    if device.type != "cuda":
        return "fp32"
    major, _ = torch.cuda.get_device_capability(device)
    return "bf16" if major >= 8 else "fp16" if major == 7 else "fp32"
