"""The learning rate: a pure function of the step and of the commands that were applied.

Nothing of it has to be saved: a resumed run replays the commands of its journal and stands where
it stood.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from gptlab_tui.config import TrainConfig
from gptlab_tui.errors import GPTLabError
from gptlab_tui.runs.control import check_setting


@dataclass(frozen=True, slots=True)
class Steering:
    """What people may change while a run goes on.

    The schedule runs over a progress from 0 to 1. `anchor` is a (step, progress) that it passed
    through; from there it goes straight to 1 at `max_iters`. So changing `max_iters` stretches
    what is left of a decay and leaves what was.
    """

    max_iters: int
    eval_interval: int
    prompts: tuple[str, ...]
    lr_scale: float = 1.0
    anchor: tuple[int, float] = (0, 0.0)

    @classmethod
    def start(cls, train: TrainConfig) -> Steering:
        """Before anybody has touched anything."""
        return cls(train.max_iters, train.eval_interval, train.prompts)

    def progress(self, step: int) -> float:
        """Share of the schedule that lies behind after `step` steps, 0 to 1."""
        start, done = self.anchor
        if step >= self.max_iters:
            return 1.0
        return done + (1.0 - done) * (step - start) / (self.max_iters - start)

    def apply(self, key: str, value: Any, step: int) -> Steering:
        """What holds after `key` was set to `value` when `step` steps were taken.

        Raises GPTLabError with what is allowed; nothing is changed then.
        """
        value = check_setting(key, value)
        if key == "prompts":
            return replace(self, prompts=tuple(value))
        if key == "max_iters":
            if value <= step:
                raise GPTLabError(f"max_iters must be above {step}, the steps that were taken, not {value}.")
            return replace(self, max_iters=value, anchor=(step, self.progress(step)))
        return replace(self, **{key: value})


def learning_rate(train: TrainConfig, steering: Steering, step: int) -> float:
    """The rate of the update that follows after `step` steps.

    Warm-up is linear over the first `warmup_iters` steps; the decay goes from `learning_rate` to
    `min_lr` over the progress: `cosine` (Loshchilov & Hutter 2017), `linear`, `trapezoid`
    (constant, then linear over the last `cooldown`), or not at all.
    """
    progress = steering.progress(step)
    if train.schedule == "cosine":
        share = 0.5 * (1.0 + math.cos(math.pi * progress))
    elif train.schedule == "linear":
        share = 1.0 - progress
    elif train.schedule == "trapezoid":
        share = min(1.0, (1.0 - progress) / train.cooldown) if train.cooldown else 1.0
    else:
        return train.learning_rate * _warmup(train, step) * steering.lr_scale
    rate = train.min_lr + (train.learning_rate - train.min_lr) * share
    return rate * _warmup(train, step) * steering.lr_scale


def _warmup(train: TrainConfig, step: int) -> float:
    return min(1.0, (step + 1) / train.warmup_iters) if train.warmup_iters else 1.0
