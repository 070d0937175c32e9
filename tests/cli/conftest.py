"""The command line as a test calls it: in this process, or as one of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from gptlab_tui.cli import main

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Answer:
    """What a command line gave back."""

    status: int
    out: str
    err: str

    @property
    def json(self):
        """The one JSON object on standard output."""
        [line] = self.out.splitlines()
        return json.loads(line)

    @property
    def error(self):
        """The one JSON object on standard error."""
        [line] = self.err.splitlines()
        return json.loads(line)


@pytest.fixture
def gptlab(capsys, monkeypatch, tmp_path):
    """Calls `gptlab` in this process, with a home of its own."""
    monkeypatch.setenv("GPTLAB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NO_COLOR", "1")

    def call(*arguments):
        capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        return Answer(status, *capsys.readouterr())

    return call


@pytest.fixture
def process(tmp_path):
    """Calls `gptlab` as a process; keywords go to subprocess.run."""

    def call(*arguments, env=None, **settings):
        environment = (
            os.environ | {"GPTLAB_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)} | (env or {})
        )
        settings.setdefault("stdin", subprocess.DEVNULL)
        done = subprocess.run(
            [sys.executable, "-m", "gptlab_tui", *map(str, arguments)],
            env=environment,
            capture_output="stdout" not in settings,
            timeout=120,
            check=False,
            **settings,
        )
        return Answer(done.returncode, *((text or b"").decode() for text in (done.stdout, done.stderr)))

    return call
