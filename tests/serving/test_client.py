"""The client and its process, for real: life, death, deafness and the end."""

import os
import queue
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gptlab_tui.serving import client as client_module
from gptlab_tui.serving.client import ModelClient
from gptlab_tui.serving.protocol import LAST

DEADLINE_S = 60.0


class Front:
    """A client with its answers in a queue."""

    def __init__(self, home, **options):
        self.answers = queue.Queue()
        self.client = ModelClient(home, self.answers.put, **options)

    def next(self, number):
        answer = self.answers.get(timeout=DEADLINE_S)
        assert answer["id"] == number, answer
        return answer

    def until(self, number, *kinds):
        """All answers of a request up to one of these kinds; those of others are dropped."""
        got = []
        while not got or got[-1]["kind"] not in kinds:
            answer = self.answers.get(timeout=DEADLINE_S)
            if answer["id"] == number:
                got.append(answer)
        return got

    def all(self, number):
        return self.until(number, *LAST)


@pytest.fixture
def front(home):
    front = Front(home, deaf_s=1.0)
    yield front
    front.client.close()


def is_gone(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def wait_until(condition):
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


ENDLESS = {"run": "contos", "prompt": "A figura", "variants": [{"knobs": {"max_tokens": 10**6}}], "pace": 50}


def test_a_life(front):
    """One process after another, each test of which would cost the loading of PyTorch."""
    client = front.client
    # A request that is called off before anybody has looked at it.
    early = client.ask("write", **ENDLESS)
    client.cancel(early)
    assert front.all(early)[-1]["kind"] == "cancelled"
    # Nobody is asked in vain.
    assert front.all(client.ask("dance"))[-1] == {
        "id": 2, "kind": "failed", "message": "Nobody answers to 'dance'.", "hint": ""
    }  # fmt: skip
    lost = front.all(client.ask("open", run="no-such-run"))[-1]
    assert lost["kind"] == "failed"
    assert "no-such-run" in lost["message"]
    # A prediction is answered while a text streams, and the text goes on.
    stream = client.ask("write", **ENDLESS)
    front.until(stream, "tokens")
    prediction = client.ask("predict", run="contos", prompt="A figura")
    assert [answer["kind"] for answer in front.all(prediction)] == ["prediction", "done"]
    front.until(stream, "tokens")
    client.turn(stream, knobs=[{"top_p": 9.0}])
    assert front.until(stream, "problem")[-1]["variant"] == 0
    # Killed: what it owes fails with a sentence, and the next request is answered by another one.
    first = client.process
    first.kill()
    failed = front.all(stream)[-1]
    assert failed["message"] == f"The model process has ended ({-signal.SIGKILL})."
    assert failed["hint"]
    assert not client.owes(stream)
    stream = client.ask("write", **ENDLESS)
    front.until(stream, "tokens")
    assert client.process.pid != first.pid
    # Told to stop, it stops and stays.
    client.cancel(stream)
    assert front.all(stream)[-1]["kind"] == "cancelled"
    # Deaf: it is killed.
    second = client.process
    stream = client.ask("write", **ENDLESS)
    front.until(stream, "tokens")
    os.kill(second.pid, signal.SIGSTOP)
    client.cancel(stream)
    assert front.all(stream)[-1]["kind"] == "failed"
    assert is_gone(second.pid)


def test_closing_ends_the_process_and_delivers_nothing_more(front):
    front.client.ask("open")
    wait_until(lambda: front.client.process is not None)
    process = front.client.process
    front.client.close()
    assert is_gone(process.pid)
    assert front.client.process is None
    assert not front.client.owes(front.client.ask("open"))
    assert front.answers.empty()


def test_a_process_that_cannot_be_started_is_told(front, monkeypatch):
    def refuse(*arguments, **options):
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(client_module.subprocess, "Popen", refuse)
    number = front.client.ask("open")
    assert front.all(number)[-1]["message"] == "The model process cannot be started: Cannot allocate memory."


FRONT = """
import sys, time
from pathlib import Path
from gptlab_tui.home import Home
from gptlab_tui.serving.client import ModelClient
assert "torch" not in sys.modules
client = ModelClient(Home(Path(sys.argv[1])), lambda answer: None)
client.ask("open")
while client.process is None:
    time.sleep(0.01)
print(client.process.pid, flush=True)
time.sleep(600)
"""


def test_a_front_that_is_killed_leaves_nothing_behind(home):
    front = subprocess.Popen([sys.executable, "-c", FRONT, str(home.root)], stdout=subprocess.PIPE, text=True)
    pid = int(front.stdout.readline())
    front.kill()
    front.wait()
    wait_until(lambda: is_gone(pid))
