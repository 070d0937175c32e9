"""The strip of the machine: what it tells of GPUs, and what gives way where the room is short."""

import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest

from gptlab_tui.tui.panes.train.machine import GIB, Gauge, Gpu, Machine, machine_line

CARD = Gpu("NVIDIA GeForce GTX 1050 Ti", 0.98, int(3.2 * GIB), 4 * GIB, 71.0, 68.4)
MACHINE = Machine(0.12, int(9.3 * GIB), int(15.6 * GIB), (CARD,))


def line(machine, width):
    text = machine_line(machine, width).plain
    assert len(text) <= width
    return text


def test_all_of_a_card_is_told_at_80_columns():
    assert line(MACHINE, 78) == "CPU  12 %   memory  9.3/15.6 GiB   GPU  98 %  3.2/4.0 GiB   71 °C   68 W"


def test_places_do_not_jump():
    idle = replace(CARD, busy=0.0, used_bytes=0, celsius=9.0, watts=7.0)
    least = line(Machine(0.0, 0, MACHINE.total_bytes, (idle,)), 138)
    busy = replace(CARD, busy=1.0, used_bytes=CARD.total_bytes, celsius=101.0, watts=350.0)
    most = line(Machine(1.0, MACHINE.total_bytes, MACHINE.total_bytes, (busy,)), 138)
    assert len(least) == len(most)
    for sign in ("%", "memory", "GPU", "°C", "W"):
        assert least.index(sign) == most.index(sign)


def test_what_says_least_gives_way():
    big = Machine(1.0, 99 * GIB, 128 * GIB, (replace(CARD, total_bytes=139 * GIB, watts=699.0),))
    assert line(big, 78).endswith("699 W")
    assert line(big, 76).endswith("71 °C")
    two = Machine(1.0, 99 * GIB, 128 * GIB, (CARD, CARD))
    narrow = line(two, 78)
    assert "GPU 0" in narrow
    assert "GPU 1  98 %  3.2/4.0 GiB" in narrow
    assert "°C" not in narrow
    assert line(MACHINE, 20) == "CPU  12 %"
    assert line(MACHINE, 5) == ""


def test_a_card_that_tells_nothing_is_named():
    mute = Gpu("Quiet \x1b[31mcard", None, None, None, None, None)
    assert line(Machine(0.5, GIB, 2 * GIB, (mute,)), 78).endswith("GPU Quiet ␛[31mcard")
    assert line(Machine(0.5, GIB, 2 * GIB), 78) == "CPU  50 %   memory 1.0/2.0 GiB"


class _Refused(Exception):
    """NVML's error, as far as we care."""


def nvml(**refused):
    """A driver with one card, in the words of NVML: percent, bytes, degrees, milliwatts."""

    def refuse(*_):
        raise _Refused

    answers = {
        "nvmlInit": lambda: None,
        "nvmlDeviceGetCount": lambda: 1,
        "nvmlDeviceGetHandleByIndex": lambda at: f"card {at}",
        "nvmlDeviceGetUtilizationRates": lambda card: SimpleNamespace(gpu=98, memory=40),
        "nvmlDeviceGetMemoryInfo": lambda card: SimpleNamespace(used=CARD.used_bytes, total=4 * GIB),
        "nvmlDeviceGetTemperature": lambda card, sensor: 71,
        "nvmlDeviceGetPowerUsage": lambda card: 68_400,
        "nvmlDeviceGetName": lambda card: CARD.name.encode(),
    }
    return SimpleNamespace(**{name: refuse if name in refused else tell for name, tell in answers.items()})


def test_readings_are_in_the_units_of_the_strip(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", nvml())
    assert Gauge().read().gpus == (CARD,)


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ("nvmlDeviceGetUtilizationRates", "busy"),
        ("nvmlDeviceGetTemperature", "celsius"),
        ("nvmlDeviceGetPowerUsage", "watts"),
    ],
)
def test_what_a_card_does_not_answer_is_left_out(monkeypatch, question, field):
    monkeypatch.setitem(sys.modules, "pynvml", nvml(**{question: True}))
    assert Gauge().read().gpus == (replace(CARD, **{field: None}),)


def test_without_a_driver_there_is_no_gpu(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", nvml(nvmlInit=True))
    gauge = Gauge()
    assert gauge.read().gpus == ()
    monkeypatch.setitem(sys.modules, "pynvml", nvml())
    assert gauge.read().gpus == ()  # it does not ask again
