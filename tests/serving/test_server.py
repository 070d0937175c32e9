"""The loop of the model process, over pipes, without a model."""

import os
import threading

from gptlab_tui.serving import server as server_module
from gptlab_tui.serving.protocol import pack, unpack
from gptlab_tui.serving.server import Server

DEADLINE_S = 60.0


def test_it_is_at_rest_once_and_only_after_an_answer(monkeypatch):
    monkeypatch.setattr(server_module, "_REST_S", 0.01)
    asked, ask = (os.fdopen(end, mode) for end, mode in zip(os.pipe(), ("rb", "wb"), strict=True))
    answers, answer = (os.fdopen(end, mode) for end, mode in zip(os.pipe(), ("rb", "wb"), strict=True))
    order, rested = [], threading.Event()

    def at_rest():
        order.append("rest")
        rested.set()

    def echo(job):
        order.append(job.request["word"])
        yield {"kind": "echo"}

    server = Server(lambda: {"echo": echo}, asked, answer, at_rest=at_rest)
    serving = threading.Thread(target=server.serve)
    serving.start()

    def say(number, word):
        ask.write(pack({"id": number, "do": "echo", "word": word}))
        ask.flush()
        assert [unpack(answers.readline())["kind"] for _ in range(2)] == ["echo", "done"]

    say(1, "first")
    assert rested.wait(DEADLINE_S)
    rested.clear()
    say(2, "second")
    say(3, "third")
    ask.close()
    serving.join(DEADLINE_S)
    assert order == ["first", "rest", "second", "third"]
    for end in (asked, answers, answer):
        end.close()
