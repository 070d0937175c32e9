"""Real training processes on a tiny model: started, signalled, hung up on, killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gptlab_tui.home import Home
from gptlab_tui.runs.journal import JournalFollower
from gptlab_tui.runs.layout import Run

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 120

PRESET = """
about = "tiny"
expected = "nothing"
[corpus]
name = ["gato.txt"]
[model]
n_layer = 1
n_head = 2
n_embd = 16
block_size = 16
dropout = 0.1
[train]
batch_size = 4
micro_batch = 2
max_iters = 4000
eval_interval = 25
log_interval = 1
prompt_tokens = 4
prompts = ["O gato"]
threads = 1
device = "cpu"
"""


class Training:
    """A process `gptlab train …` and the journal of its run."""

    def __init__(self, process: subprocess.Popen, run: Run):
        self.process, self.run = process, run
        self.follower = JournalFollower(run.journal)
        self.records: list[dict] = []

    def wait_for(self, event: str, **fields) -> dict:
        """The first record of that kind and those fields, once it is there."""
        until = time.monotonic() + PATIENCE_S
        seen = 0
        while True:
            dead = self.process.poll() is not None
            self.records += self.follower.poll()
            for record in self.records[seen:]:
                seen += 1
                if record["event"] == event and all(record.get(k) == v for k, v in fields.items()):
                    return record
            assert not dead, f"the process ended ({self.process.returncode}) without {event} {fields}"
            assert time.monotonic() < until, f"no {event} {fields} in time"
            time.sleep(0.01)

    def ended(self) -> int:
        """The exit status, once there is one."""
        status = self.process.wait(PATIENCE_S)
        self.records += self.follower.poll()
        return status


@pytest.fixture
def workplace(tmp_path) -> Path:
    (tmp_path / "gato.txt").write_text("O gato dorme no telhado, e a noite é longa.\n" * 60, encoding="utf-8")
    (tmp_path / "tiny.toml").write_text(PRESET, encoding="utf-8")
    return tmp_path


@pytest.fixture
def environment(workplace) -> dict[str, str]:
    return os.environ | {
        "GPTLAB_HOME": str(workplace / "home"),
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": "1",
        "NO_COLOR": "1",
    }


@pytest.fixture
def start(workplace, environment):
    """`start("--name", "a", …)` starts `gptlab train` there; `start.home` is the home."""
    processes = []

    def begin(*arguments, name, **settings) -> Training:
        settings.setdefault("stdin", subprocess.DEVNULL)
        settings.setdefault("stdout", subprocess.PIPE)
        settings.setdefault("stderr", subprocess.PIPE)
        process = subprocess.Popen(
            [sys.executable, "-m", "gptlab_tui", "train", *arguments],
            cwd=workplace,
            env=environment,
            **settings,
        )
        processes.append(process)
        return Training(process, Run(Home(workplace / "home").runs / name))

    yield begin
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait()
