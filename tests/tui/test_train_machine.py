"""The strip of the machine: what it tells of GPUs, and what gives way where the room is short."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from gptlab_tui.tui.panes.train.machine import GIB, Gauge, Gpu, Machine, machine_line
from tests.tui.made_runs import make_run

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


def test_of_many_cards_that_of_the_run_stands_first():
    cards = tuple(replace(CARD, busy=at / 100, uuid=f"GPU-{at}") for at in range(8))
    many = Machine(1.0, 99 * GIB, 128 * GIB, cards)
    assert "GPU 0   0 %" in line(many, 78)
    told = machine_line(many, 78, "GPU-5").plain
    assert told.index("GPU 5   5 %") < told.index("GPU 0   0 %")
    assert machine_line(many, 78, "GPU-elsewhere") == machine_line(many, 78)


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    """A folder with a library that answers like NVIDIA's."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    if not sys.platform.startswith("linux"):
        pytest.skip("the library has another name here")
    folder = tmp_path_factory.mktemp("driver")
    source, library = Path(__file__).with_name("nvml_driver.c"), folder / "libnvidia-ml.so.1"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source], check=True)
    return folder


_ASK = """
import json
from dataclasses import asdict
from gptlab_tui.tui.panes.train.machine import Gauge
print(json.dumps([asdict(gpu) for gpu in Gauge().read().gpus]))
"""


def test_a_drivers_own_library_is_asked_in_its_own_words(driver):
    """NVIDIA's Python package speaks with a library of the driver's interface: nothing of ours stands in."""
    env = {**os.environ, "LD_LIBRARY_PATH": str(driver)}
    asked = subprocess.run([sys.executable, "-c", _ASK], env=env, check=True, capture_output=True, text=True)
    uuid = "GPU-00000000-0000-0000-0000-00000000000"
    full = Gpu("NVIDIA GeForce GTX 1050 Ti", 0.98, 3 * GIB, 4 * GIB, 71.0, 68.4, uuid + "0")
    quiet = Gpu("Quiet card", None, GIB, 4 * GIB, 44.0, None, uuid + "1")
    assert [Gpu(**one) for one in json.loads(asked.stdout)] == [full, quiet]


def test_the_strip_shows_the_cards_on_a_terminal(driver, home, session):
    make_run(home, "mine")
    opened = session("watch", "mine", columns=120, LD_LIBRARY_PATH=str(driver))
    opened.shows("GPU 0  98 %  3.0/4.0 GiB   71 °C   68 W")
    opened.shows("GPU 1 1.0/4.0 GiB   44 °C")
