"""A tiny model and text that train in milliseconds, and a store that keeps nothing."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from gptlab_tui.config import Config
from gptlab_tui.events import Saved
from gptlab_tui.model.gpt import GPT
from gptlab_tui.model.initial import initialise
from gptlab_tui.training.devices import Device
from gptlab_tui.training.needs import Data
from gptlab_tui.training.trainer import Trainer

VOCABULARY = 11
CPU = Device(torch.device("cpu"), "fp32", 1)


class Forgetful:
    """A store that says that it saved."""

    def __init__(self):
        self.checkpoints: list[int] = []
        self.snapshots: list[int] = []

    def checkpoint(self, trainer):
        self.checkpoints.append(trainer.progress.step)
        return Saved(step=trainer.progress.step, elapsed_s=0.0, kind="checkpoint", path="x", size_bytes=1)

    def snapshot(self, trainer):
        self.snapshots.append(trainer.progress.step)


def tiny_config(**train) -> Config:
    model = train.pop("model", {})
    return Config.model_validate(
        {
            "model": {"n_layer": 1, "n_head": 2, "n_embd": 16, "block_size": 8} | model,
            "train": {
                "batch_size": 4,
                "max_iters": 12,
                "eval_interval": 5,
                "log_interval": 1,
                "learning_rate": 1e-2,
                "prompt_tokens": 0,
            }
            | train,
        }
    )


def tiny_data(n: int = 400) -> Data:
    tokens = (np.arange(n) * 7 % VOCABULARY).astype(np.uint16)
    noise = np.random.default_rng(0).integers(0, VOCABULARY, n).astype(np.uint16)
    mixed = np.where(np.arange(n) % 3 == 0, noise, tokens).astype(np.uint16)
    return Data(mixed[: n * 9 // 10], mixed[n * 9 // 10 :], np.ones(VOCABULARY, dtype=np.int64))


@pytest.fixture
def build():
    """Builds a trainer of the tiny kind: `build(config, store=..., inbox=...)`."""

    def make(config: Config | None = None, *, seed: int = 1, **others) -> Trainer:
        config = config or tiny_config()
        model = GPT(config.model, VOCABULARY)
        initialise(model, seed)
        others.setdefault("store", Forgetful())
        return Trainer(model, others.pop("data", None) or tiny_data(), config, CPU, **others)

    return make


@pytest.fixture
def tiny_maker():
    """`tiny_maker(**train)` is a configuration; `model=` takes settings of the model."""
    return tiny_config
