"""The outlook: what is planned for which device, and against which memory."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gptlab_tui.config import Config, ModelConfig, TrainConfig
from gptlab_tui.errors import GPTLabError
from gptlab_tui.model.budget import memory_plan
from gptlab_tui.training.plan import outlook, parse_memory


def config(**train) -> Config:
    return Config(train=TrainConfig(**{"device": "cpu", **train}))


def test_by_default_it_is_this_machine_and_the_whole_batch():
    prospect = outlook(config(batch_size=8), 115)
    assert prospect.free_here
    assert prospect.memory_bytes > 1 << 20
    assert prospect.plan == memory_plan(ModelConfig(), 115, 8, "fp32", "cpu")


def test_a_smaller_micro_batch_holds_the_gradient_meanwhile():
    plan = outlook(config(batch_size=8, micro_batch=2), 115).plan
    assert plan == memory_plan(ModelConfig(), 115, 2, accumulating=True)


@pytest.mark.parametrize(("mib", "micro_batch", "fits"), [(100, 32, True), (9, 8, True), (1, 1, False)])
def test_auto_takes_the_largest_micro_batch_that_fits(mib, micro_batch, fits):
    prospect = outlook(config(micro_batch="auto"), 115, memory_bytes=mib << 20)
    assert (prospect.plan.micro_batch, prospect.fits) == (micro_batch, fits)
    if fits and micro_batch < 32:
        larger = memory_plan(ModelConfig(), 115, 2 * micro_batch, accumulating=2 * micro_batch < 32)
        assert larger.total_bytes > mib << 20


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device here")
def test_a_device_that_is_not_here_can_be_planned_for():
    with pytest.raises(GPTLabError, match="no cuda device") as raised:
        outlook(config(), 115, "cuda")
    assert "--memory" in raised.value.hint
    prospect = outlook(config(), 115, "cuda", 4 << 30)
    assert (prospect.plan.device, prospect.plan.dtype, prospect.fits) == ("cuda", "fp32", True)
    assert outlook(config(dtype="fp16"), 115, "cuda", 4 << 30).plan.dtype == "fp16"
    record = prospect.to_json()
    assert record["fits"] is True
    assert record["checkpoint_bytes"] > 12 * prospect.plan.parameters


@given(
    number=st.integers(1, 999),
    unit=st.sampled_from(["GB", "gb", "G", " GiB", "g"]),
)
def test_memory_is_read_in_every_way_it_is_written(number, unit):
    assert parse_memory(f"{number}{unit}") == number << 30


def test_memory_in_other_units():
    assert parse_memory("512MB") == 512 << 20
    assert parse_memory("1.5 GiB") == 3 << 29
    assert parse_memory("2T") == 2 << 40


@pytest.mark.parametrize("text", ["", "4", "GB", "-4GB", "4 apples", "0GB", "4GBB", "nan GB"])
def test_what_is_no_memory_is_refused(text):
    with pytest.raises(GPTLabError, match="is not an amount of memory"):
        parse_memory(text)
