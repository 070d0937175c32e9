"""What a training takes of the machine."""

import pytest

from gptlab_tui.config import TrainConfig
from gptlab_tui.training.devices import available_cores, choose_device, wished_threads


@pytest.mark.parametrize(
    ("said", "threads"), [("3", 3), ("4,2", 4), (" 2 ", 2), ("", 0), ("-1", 0), ("all", 0), ("0", 0)]
)
def test_threads_are_as_the_environment_wishes(said, threads):
    assert wished_threads({"OMP_NUM_THREADS": said}) == threads
    assert wished_threads({}) == 0


def test_the_configuration_wins_then_the_environment_then_all_cores(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert choose_device(TrainConfig(device="cpu", threads=5)).threads == 5
    assert choose_device(TrainConfig(device="cpu")).threads == 3
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert choose_device(TrainConfig(device="cpu")).threads == available_cores()
