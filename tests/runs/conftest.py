"""A run to play with, and what a training would put into its files."""

import errno
import os
import signal
import time
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from gptlab_tui.config import Config
from gptlab_tui.errors import GPTLabError
from gptlab_tui.home import Home
from gptlab_tui.runs import fsops
from gptlab_tui.runs.journal import JournalWriter
from gptlab_tui.runs.layout import Run, create_run

TOKENIZER = {"kind": "char", "characters": "abc"}


def _make_request(**overrides: Any) -> dict[str, Any]:
    """What the trainer writes to run.json, with sections of the configuration replaced."""
    config = Config(preset="cpu200k").model_dump(mode="json")
    for section, values in overrides.items():
        config[section] = {**config[section], **values} if isinstance(values, dict) else values
    return {
        "config": config,
        "corpus": {"name": "contos", "digest": "0" * 64, "paths": [], "characters": 3, "size_bytes": 3},
        "tokenizer_digest": "1" * 64,
        "parameters": 207_424,
        "vocab_size": 107,
        "versions": {"gptlab": "0.1.0"},
        "seed": 1337,
        "command": ["gptlab", "train"],
        "created": "2026-11-20T12:00:00+00:00",
        "parent": None,
    }


def _journal_of(run: Run, *events: dict[str, Any]) -> None:
    """Appends events with the time that the trainer adds."""
    with JournalWriter(run.journal) as journal:
        for event in events:
            journal.append({**event, "elapsed_s": 1.0, "time": time.time()})


def _training(steps: int, every: int = 100) -> list[dict[str, Any]]:
    """A training's events: a step record each 10, an evaluation each `every`, ever better."""
    events: list[dict[str, Any]] = [
        {"event": "started", "step": 0, "max_iters": steps, "parameters": 207_424}
    ]
    for step in range(10, steps + 1, 10):
        loss = 1.0 + 300 / (step + 100)
        events.append(
            {
                "event": "step",
                "step": step,
                "train_loss": loss,
                "learning_rate": 1e-3,
                "grad_norm": 0.5,
                "tokens": 1024 * step,
                "tokens_per_s": 50_000.0,
            }
        )
        if step % every == 0:
            events.append(
                {
                    "event": "evaluated",
                    "step": step,
                    "val_loss": loss + 0.1,
                    "val_bits_per_byte": (loss + 0.1) * 1.4,
                    "train_loss": loss,
                    "val_tokens": 1000,
                    "best": True,
                }
            )
    return events


@pytest.fixture(autouse=True)
def no_waiting_for_the_drive(monkeypatch: pytest.MonkeyPatch) -> None:
    """Syncs are counted, killed and failed like all calls, but not done: no test cuts the power."""
    monkeypatch.setattr(fsops.Disk, "fsync", lambda self, descriptor: None)


@pytest.fixture
def run(home: Home) -> Run:
    """A new run called "one"."""
    return create_run(home, "one", _make_request(), TOKENIZER)


@pytest.fixture
def record_disk(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the calls that change the disk, in order, as they happen."""
    calls: list[str] = []

    class Recording(fsops.Disk):
        def __getattribute__(self, name: str) -> Any:
            if not name.startswith("_"):
                calls.append(name)
            return super().__getattribute__(name)

    monkeypatch.setattr(fsops, "disk", Recording())
    return calls


def _in_child(work: Callable[[], None]) -> int:
    """Does the work in a forked process; -> its exit status, negative for the signal that ended it."""
    process = os.fork()
    if process == 0:
        status = 1
        try:
            work()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


class Dying(fsops.Disk):
    """Kills its process at the n-th call that changes the disk, before or after doing it."""

    def __init__(self, at: int, after: bool) -> None:
        self._left = at
        self._after = after

    def __getattribute__(self, name: str) -> Any:
        method = super().__getattribute__(name)
        if name.startswith("_"):
            return method

        def call(*arguments: Any) -> Any:
            self._left -= 1
            if self._left < 0 and not self._after:
                os.kill(os.getpid(), signal.SIGKILL)
            result = method(*arguments)
            if self._left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return call


def _kill_everywhere(work: Callable[[], None], check: Callable[[bool], None]) -> int:
    """Runs `work` again and again, killed at each call to the disk in turn; -> how many there are.

    `check(done)` is called after each, `done` telling whether the work came to its end.
    """
    for at in range(1000):
        for after in (False, True):

            def doomed(at: int = at, after: bool = after) -> None:
                fsops.disk = Dying(at, after)
                work()

            status = _in_child(doomed)
            assert status in (0, -signal.SIGKILL)
            check(status == 0)
        if status == 0:
            return at
    raise AssertionError("the work never ends")


class Failing(fsops.Disk):
    """Fails the n-th call that changes the disk, as a full disk or a broken drive does."""

    def __init__(self, at: int, number: int) -> None:
        self._left = at
        self._number = number

    def __getattribute__(self, name: str) -> Any:
        method = super().__getattribute__(name)
        if name.startswith("_"):
            return method

        def call(*arguments: Any) -> Any:
            self._left -= 1
            if self._left == -1:
                raise OSError(self._number, os.strerror(self._number))
            return method(*arguments)

        return call


@pytest.fixture(scope="session")
def make_request() -> Callable[..., dict[str, Any]]:
    """make_request(train={"seed": 2}) -> what the trainer writes to run.json."""
    return _make_request


@pytest.fixture(scope="session")
def journal_of() -> Callable[..., None]:
    """journal_of(run, *events) appends to its journal."""
    return _journal_of


@pytest.fixture(scope="session")
def training() -> Callable[..., list[dict[str, Any]]]:
    """training(steps, every) -> the events of a training without trouble."""
    return _training


@pytest.fixture(scope="session")
def in_child() -> Callable[[Callable[[], None]], int]:
    """in_child(work) -> exit status of a forked process that did it."""
    return _in_child


@pytest.fixture(scope="session")
def kill_everywhere() -> Callable[[Callable[[], None], Callable[[bool], None]], int]:
    """kill_everywhere(work, check) -> number of calls to the disk, at each of which it was killed."""
    return _kill_everywhere


@pytest.fixture
def fail_everywhere(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """fail_everywhere(work, check): each call to the disk fails in turn, with each of the errors."""

    def run_it(work: Callable[[], None], check: Callable[[bool], None]) -> int:
        for at in range(1000):
            for number in (errno.ENOSPC, errno.EIO):
                with monkeypatch.context() as patch:
                    disk = Failing(at, number)
                    patch.setattr(fsops, "disk", disk)
                    try:
                        work()
                        done = True
                    except GPTLabError:
                        done = False
                check(done)
            if disk._left >= 0:  # it came to its end without a failure
                assert done
                return at
        raise AssertionError("the work never ends")

    return run_it
