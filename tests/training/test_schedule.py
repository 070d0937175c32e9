"""The learning rate is a function of the step and of the commands."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gptlab_tui.config import TrainConfig
from gptlab_tui.errors import GPTLabError
from gptlab_tui.training.schedule import Steering, learning_rate

SCHEDULES = ["cosine", "linear", "trapezoid", "constant"]


def rates(train: TrainConfig, steering: Steering | None = None) -> list[float]:
    steering = steering or Steering.start(train)
    return [learning_rate(train, steering, step) for step in range(steering.max_iters)]


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_rate_warms_up_linearly_to_its_height(schedule):
    train = TrainConfig(schedule=schedule, max_iters=100_000, warmup_iters=10, learning_rate=1e-3)
    assert rates(train)[:10] == pytest.approx([1e-3 * (i + 1) / 10 for i in range(10)], rel=1e-3)


@pytest.mark.parametrize("schedule", SCHEDULES)
@given(max_iters=st.integers(1, 400), share=st.floats(0, 1), cooldown=st.floats(0, 1))
def test_after_the_warm_up_the_rate_never_rises_and_stays_above_its_end(schedule, max_iters, share, cooldown):
    low = 1e-3 * share
    train = TrainConfig(
        schedule=schedule, max_iters=max_iters, learning_rate=1e-3, min_lr=low, cooldown=cooldown
    )
    found = rates(train)
    assert all(after <= before + 1e-12 for before, after in itertools.pairwise(found))
    assert all(low - 1e-12 <= rate <= 1e-3 + 1e-12 for rate in found)


def test_the_schedules_are_the_published_formulas():
    train = TrainConfig(max_iters=100, learning_rate=2.0, min_lr=1.0, cooldown=0.2)
    at = {
        name: [
            learning_rate(train.model_copy(update={"schedule": name}), Steering.start(train), s)
            for s in (0, 25, 90)
        ]
        for name in SCHEDULES
    }
    assert at["cosine"] == pytest.approx([1 + 0.5 * (1 + math.cos(math.pi * p)) for p in (0, 0.25, 0.9)])
    assert at["linear"] == pytest.approx([2.0, 1.75, 1.1])
    assert at["trapezoid"] == pytest.approx([2.0, 2.0, 1.5])
    assert at["constant"] == pytest.approx([2.0, 2.0, 2.0])


@pytest.mark.parametrize("schedule", ["cosine", "linear", "trapezoid"])
@given(at=st.integers(0, 99), more=st.integers(1, 300))
def test_a_new_length_stretches_what_is_left_and_leaves_what_was(schedule, at, more):
    train = TrainConfig(schedule=schedule, max_iters=100, learning_rate=1.0)
    before = Steering.start(train)
    after = before.apply("max_iters", at + more, at)
    assert learning_rate(train, after, at) == pytest.approx(learning_rate(train, before, at))
    # half-way through what is left, both stand at the same rate
    assert after.progress(at + more) == 1.0
    old = [before.progress(at + (100 - at) * share) for share in (0.25, 0.5)]
    new = [after.progress(at + more * share) for share in (0.25, 0.5)]
    assert new == pytest.approx(old)


def test_a_scale_multiplies_and_settings_that_cannot_be_are_refused():
    train = TrainConfig(schedule="constant", learning_rate=1e-3)
    steering = Steering.start(train)
    assert learning_rate(train, steering.apply("lr_scale", 0.5, 7), 8) == pytest.approx(5e-4)
    for key, value in [
        ("max_iters", 7),
        ("lr_scale", -1),
        ("prompts", []),
        ("n_layer", 3),
        ("eval_interval", 0),
    ]:
        with pytest.raises(GPTLabError):
            steering.apply(key, value, 7)
