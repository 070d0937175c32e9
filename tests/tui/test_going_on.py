"""Training further: when a run itself can, and when only a new one from its weights."""

import json

import pytest

from gptlab_tui.config import TrainConfig
from gptlab_tui.runs.layout import Run
from gptlab_tui.training.schedule import Steering, learning_rate
from gptlab_tui.tui.going_on import anew, is_spent, on_to, steps_in


@pytest.mark.parametrize("schedule", ["cosine", "linear", "trapezoid", "constant"])
@pytest.mark.parametrize("min_lr", [0.0, 1e-5])
@pytest.mark.parametrize("cooldown", [0.0, 0.2])
def test_a_run_is_spent_where_its_schedule_ends_at_0(tmp_path, schedule, min_lr, cooldown):
    train = TrainConfig(schedule=schedule, min_lr=min_lr, cooldown=cooldown, max_iters=100)
    run = Run(tmp_path / "one")
    run.path.mkdir()
    run.run_json.write_text(json.dumps({"config": {"train": train.model_dump(mode="json")}}))
    assert is_spent(run) == (learning_rate(train, Steering.start(train), 100) == 0)


def test_a_broken_request_is_not_spent(tmp_path):
    run = Run(tmp_path / "one")
    assert not is_spent(run)
    run.path.mkdir()
    for text in ("{", '{"config": {}}', '{"config": {"train": 3}}'):
        run.run_json.write_text(text)
        assert not is_spent(run)


def test_the_words_of_the_command():
    assert on_to("a", None) == ["--resume", "a"]
    assert on_to("a", 500) == ["--resume", "a", "-o", "train.max_iters=500"]
    assert anew("a", 500) == ["--from", "a", "-o", "train.max_iters=500"]


@pytest.mark.parametrize(
    ("text", "steps"), [("500", 500), (" 20,000 ", 20_000), ("1_000", 1000), ("0", None), ("", None),
                        ("-5", None), ("many", None), ("1e5", None), ("9" * 40, None)],
)  # fmt: skip
def test_steps_as_people_type_them(text, steps):
    assert steps_in(text) == steps
