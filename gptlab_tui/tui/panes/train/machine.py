"""What the machine does while it trains: processor, memory and, where there is one, the GPU."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from textual.content import Content

from gptlab_tui.render.display import display
from gptlab_tui.tui.named_values import named_values

GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Gpu:
    """One NVIDIA GPU; None is what it does not tell."""

    name: str
    busy: float | None
    """0 to 1."""
    used_bytes: int | None
    total_bytes: int | None
    celsius: float | None
    watts: float | None
    uuid: str = ""
    """Its own name, whatever a process calls it."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A look at the machine."""

    cpu: float
    """All cores together, 0 to 1, since the last look."""
    used_bytes: int
    total_bytes: int
    gpus: tuple[Gpu, ...] = ()


class Gauge:
    """Looks at the machine; cheap enough for every other second. Without a GPU it never asks again."""

    def __init__(self) -> None:
        self._nvml: Any = None
        self._handles: list[Any] | None = None

    def read(self) -> Machine:
        """The machine now."""
        import psutil

        memory = psutil.virtual_memory()
        busy = float(psutil.cpu_percent(interval=None)) / 100
        return Machine(busy, int(memory.total - memory.available), int(memory.total), self._gpus())

    def _gpus(self) -> tuple[Gpu, ...]:
        if self._handles is None:
            self._handles = self._open()
        return tuple(self._gpu(handle) for handle in self._handles)

    def _open(self) -> list[Any]:
        try:
            import pynvml

            pynvml.nvmlInit()
            self._nvml = pynvml
            return [pynvml.nvmlDeviceGetHandleByIndex(at) for at in range(pynvml.nvmlDeviceGetCount())]
        except Exception:  # no library, no driver, no card, no permission: then there is none to show
            return []

    def _gpu(self, handle: Any) -> Gpu:
        nvml = self._nvml

        def ask(question: str, *more: Any) -> Any:
            try:
                return getattr(nvml, question)(handle, *more)
            except Exception:  # many cards answer only some questions
                return None

        rates = ask("nvmlDeviceGetUtilizationRates")
        memory = ask("nvmlDeviceGetMemoryInfo")
        watts = ask("nvmlDeviceGetPowerUsage")
        return Gpu(
            _text(ask("nvmlDeviceGetName")) or "GPU",
            None if rates is None else rates.gpu / 100,
            None if memory is None else int(memory.used),
            None if memory is None else int(memory.total),
            ask("nvmlDeviceGetTemperature", 0),
            None if watts is None else watts / 1000,
            _text(ask("nvmlDeviceGetUUID")),
        )


def _text(said: str | bytes | None) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said or ""


def machine_line(machine: Machine | None, width: int, card: str = "") -> Content:
    """The machine in a line; a GPU's numbers only where they are told. Places do not jump.

    Where the room is short, what says least goes first: power, temperature, then memory. Of many GPUs
    the one whose own name is `card` stands first: the run that is watched computes there.
    """
    if machine is None:
        return Content.styled("looking at the machine", "$muted")
    words: list[tuple[str, str]] = []
    for left_out in range(4):
        words = _words(machine, left_out, card)
        if sum(len(name) + len(value) + 1 for name, value in words) + 3 * (len(words) - 1) <= width:
            break
    return named_values(words, width)


def _words(machine: Machine, left_out: int, card: str) -> list[tuple[str, str]]:
    """(name, value) of each part, without so many of the things that say least."""
    memory = _share(machine.used_bytes, machine.total_bytes)
    parts = [("CPU", f"{100 * machine.cpu:3.0f} %"), ("memory", memory)]
    if left_out > 2 and machine.gpus:
        del parts[1]
    for number, gpu in sorted(enumerate(machine.gpus), key=lambda one: bool(card) and one[1].uuid != card):
        said = []
        if gpu.busy is not None:
            said.append(f"{100 * gpu.busy:3.0f} %")
        if gpu.used_bytes is not None and gpu.total_bytes is not None:
            said.append(_share(gpu.used_bytes, gpu.total_bytes))
        if gpu.celsius is not None and left_out < 2:
            said.append(f"{gpu.celsius:3.0f} °C")
        if gpu.watts is not None and left_out < 1:
            said.append(f"{gpu.watts:3.0f} W")
        label = "GPU" if len(machine.gpus) == 1 else f"GPU {number}"
        parts.append((label, "  ".join(said) or display(gpu.name)))
    return parts


def _share(used_bytes: int, total_bytes: int) -> str:
    """`3.1/15.6 GiB`, as wide as it becomes when all is used."""
    total = f"{total_bytes / GIB:.1f}"
    return f"{used_bytes / GIB:>{len(total)}.1f}/{total} GiB"
