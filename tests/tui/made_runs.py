"""Runs as trainings leave them, without a training."""

import os
import time

from gptlab_tui.config import Config
from gptlab_tui.runs.journal import JournalWriter
from gptlab_tui.runs.layout import create_run
from gptlab_tui.runs.manifest import commit_step

FILES = ("model.safetensors", "optimizer.safetensors", "state.json")


def make_run(home, name, loss=2.0, steps=300, ended="finished", ago_s=0, **train):
    """A run as a training left it `ago_s` ago: its request, its journal, a checkpoint at its end."""
    config = Config(preset="cpu200k").model_dump(mode="json")
    config["train"] |= {"max_iters": steps, **train}
    request = {
        "config": config,
        "corpus": {"name": "contos", "digest": "0" * 64, "characters": 3, "size_bytes": 3, "paths": []},
        "parameters": 207_424,
        "vocab_size": 107,
        "command": ["gptlab", "train"],
        "created": "2026-11-20T12:00:00+00:00",
        "parent": None,
    }
    now_s = time.time() - ago_s
    run = create_run(home, name, request, {"kind": "char", "characters": "abc"})
    with JournalWriter(run.journal) as journal:

        def say(event, step, **more):
            journal.append({"event": event, "step": step, "elapsed_s": 1.0, "time": now_s, **more})

        say("started", 0, max_iters=steps)
        last = steps if ended == "finished" else steps // 2
        for step in range(50, last + 1, 50):
            now = loss + 20 / step
            say("step", step, train_loss=now, learning_rate=1e-3, grad_norm=1.0, tokens=1, tokens_per_s=1.0)
            bits = now * 1.5
            say(
                "evaluated",
                step,
                val_loss=now,
                val_bits_per_byte=bits,
                train_loss=now,
                val_tokens=99,
                best=True,
            )
        say("sampled", last, prompt="A figura", text=" é [b]poética[/b]\x1b[31m")
        if ended:
            say("ended", last, reason=ended)
    commit_step(run, last, lambda folder: [(folder / each).write_bytes(b"x") for each in FILES])
    return run


def make_several(home):
    """Three runs and a folder that is none, each a minute older than the one before."""
    make_run(home, "alpha", 2.0)
    make_run(home, "beta", 1.5, ago_s=60, learning_rate=3e-3)
    make_run(home, "gamma", 1.8, ended="stopped", ago_s=120)
    broken = home.runs / "ruin"
    broken.mkdir()
    (broken / "run.json").write_text("{")
    long_ago_s = time.time() - 180
    os.utime(broken, (long_ago_s, long_ago_s))
