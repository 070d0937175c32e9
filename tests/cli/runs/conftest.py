"""Runs as a training leaves them, and a training that answers."""

import threading
import time
from contextlib import contextmanager

import pytest

from gptlab_tui.config import Config
from gptlab_tui.home import Home
from gptlab_tui.runs.control import Inbox
from gptlab_tui.runs.journal import JournalWriter
from gptlab_tui.runs.layout import create_run
from gptlab_tui.runs.lock import RunLock
from gptlab_tui.runs.manifest import commit_snapshot, commit_step


@pytest.fixture
def home(tmp_path):
    """The home that `gptlab` uses in these tests."""
    return Home(tmp_path / "home")


def _put(folder, text):
    (folder / "model.safetensors").write_text(text)


def _make_run(home, name, learning_rate=1e-3, steps=300, reason="finished", texts=("contos",)):
    """A run of `steps` steps that was evaluated and saved each 100."""
    config = Config.model_validate(
        {
            "preset": "cpu200k",
            "corpus": {"name": texts},
            "train": {"learning_rate": learning_rate, "max_iters": 300},
        }
    )
    request = {
        "config": config.model_dump(mode="json"),
        "corpus": {"name": "contos", "digest": "0" * 64},
        "parameters": 207_424,
        "vocab_size": 107,
        "created": "2026-11-20T12:00:00+00:00",
        "parent": None,
    }
    run = create_run(home, name, request, {"kind": "char"})
    with JournalWriter(run.journal) as journal:

        def tell(event, step, **fields):
            journal.append(
                {"event": event, "step": step, "elapsed_s": step / 10, "time": 1.8e9 + step, **fields}
            )

        tell("started", 0, max_iters=300)
        for step in range(10, steps + 1, 10):
            loss = 4.0 - step / 200
            tell("step", step, train_loss=loss, learning_rate=learning_rate, grad_norm=1.0, tokens=step)
            if step % 100 == 0:
                tell("evaluated", step, val_loss=loss, val_bits_per_byte=1.4 * loss, best=True)
                tell("sampled", step, prompt="Era", text=f" uma vez {step}\n\x1b[31m")
                commit_step(run, step, lambda folder, step=step: _put(folder, f"m{step}"))
                commit_snapshot(run, step, lambda path: path.write_bytes(b"x") and None, 64, 1 << 20)
        if reason:
            tell("ended", steps, reason=reason, message="")
    return run


@pytest.fixture
def one(home):
    """A finished run called "one"."""
    return _make_run(home, "one")


@contextmanager
def _in_training(run, outcome="applied", reason=""):
    """Owns the run and answers what lies in its inbox, as a training does."""
    told = []
    done = threading.Event()

    def train():
        inbox = Inbox(run)
        with JournalWriter(run.journal) as journal:
            while not done.wait(0.002):
                for command in inbox.poll():
                    told.append((command.verb, command.key, command.value))
                    answer = {"command": command.verb, "id": command.id, "outcome": outcome, "reason": reason}
                    journal.append({"event": "controlled", "step": 300, "time": time.time(), **answer})

    thread = threading.Thread(target=train)
    with RunLock(run):
        thread.start()
        try:
            yield told
        finally:
            done.set()
            thread.join()


@pytest.fixture(scope="session")
def make_run():
    """make_run(home, name, learning_rate, steps, reason) -> a run that was trained."""
    return _make_run


@pytest.fixture(scope="session")
def in_training():
    """in_training(run, outcome, reason): a context in which a training answers; gives what it heard."""
    return _in_training
