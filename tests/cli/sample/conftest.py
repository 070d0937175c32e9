"""Runs of random models that can be written with, and a home without a bundled one."""

import itertools

import pytest
import torch

from gptlab_tui.config import Config
from gptlab_tui.home import Home
from gptlab_tui.model.gpt import GPT
from gptlab_tui.model.weights import save_weights
from gptlab_tui.runs import fsops
from gptlab_tui.runs.journal import JournalWriter
from gptlab_tui.runs.layout import create_run
from gptlab_tui.runs.manifest import commit_step
from gptlab_tui.sampling import choose
from gptlab_tui.text.tokenizers import tokenizer_from_json

CLOCK = itertools.count(1.8e9)  # a run made later was written to later
LETTERS = "\n !,.abcdefghijklmnopqrstuvwxyzãçé"


def random_run(home, name, characters=LETTERS, steps=(5, 10), best=5, max_iters=10):
    """A run of a random model, with checkpoints whose weights differ."""
    tokenizer = tokenizer_from_json({"kind": "char", "characters": "".join(sorted(characters))})
    config = Config.model_validate(
        {
            "model": {"n_layer": 1, "n_head": 2, "n_embd": 16, "block_size": 8, "positions": "rope"},
            "train": {"max_iters": max_iters},
            "sample": {"temperature": 1.0, "max_tokens": 30},
        }
    )
    request = {"config": config.model_dump(mode="json"), "corpus": {"name": "test"}}
    run = create_run(home, name, request, tokenizer.to_json())
    for step in steps:
        torch.manual_seed(step)
        model = GPT(config.model, tokenizer.vocab_size)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.normal_(0.0, 0.6)

        def write(folder, model=model):
            save_weights(model, folder / "model.safetensors")
            fsops.write_json(folder / "state.json", {"best_step": best})

        commit_step(run, step, write)
    with JournalWriter(run.journal) as journal:
        last = max(steps, default=0)
        started = {"event": "started", "step": last, "max_iters": max_iters}
        journal.append({**started, "elapsed_s": 1.0, "time": next(CLOCK)})
    return run


@pytest.fixture
def home(tmp_path, monkeypatch):
    """The home that `gptlab` uses in these tests, and no bundled run."""
    monkeypatch.setattr(choose, "data_root", lambda: tmp_path / "nothing")
    return Home(tmp_path / "home")


@pytest.fixture
def make_run():
    return random_run


@pytest.fixture
def run(home):
    return random_run(home, "small")
