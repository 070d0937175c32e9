"""The model process: `python -m gptlab_tui.serving.server HOME`.

One thread reads requests, the other one answers them, in turn where there are several. It ends
when the pipe does, so a front that dies leaves nothing behind.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import IO

from gptlab_tui.errors import GPTLabError
from gptlab_tui.home import Home
from gptlab_tui.serving.job import Handler, Job
from gptlab_tui.serving.protocol import Message, pack, unpack

#: How soon a request that rests is looked at again, since it may have been cancelled, in seconds.
_LOOK_AGAIN_S = 0.05
#: Who has not been asked anything for so long is at rest, in seconds.
_REST_S = 5.0
#: The front comes first; beside a training in the background it is its equal.
_NICENESS = 10

Answers = Generator[Message | None, None, None]


class Server:
    """Answers requests from one stream on another.

    `handlers()` is called once requests are already read: what it loads may take its time.
    `leave()` is called as soon as the requests have ended, from the thread that reads, `at_rest()` once, the
    first time that there is nothing to do for a while after an answer.
    """

    def __init__(
        self,
        handlers: Callable[[], Mapping[str, Handler]],
        requests: IO[bytes],
        answers: IO[bytes],
        leave: Callable[[], object] = lambda: None,
        at_rest: Callable[[], object] = lambda: None,
    ) -> None:
        self._make_handlers = handlers
        self._requests, self._answers, self._leave = requests, answers, leave
        self._at_rest: Callable[[], object] | None = at_rest
        self._is_new = True
        self._jobs: dict[int, Job] = {}
        self._waiting: queue.Queue[Job | None] = queue.Queue()
        self._writing = threading.Lock()

    def serve(self) -> None:
        """Returns when the requests end; those that are being answered are left as they are."""
        threading.Thread(target=self._read, daemon=True, name="reader of requests").start()
        handlers = self._make_handlers()
        working: deque[tuple[Job, Answers]] = deque()
        while True:
            rest_s = min((job.rests_s for job, _ in working), default=None)
            try:
                wait_s = self._patience_s() if rest_s is None else min(rest_s, _LOOK_AGAIN_S)
                new = self._waiting.get(block=wait_s != 0.0, timeout=wait_s)
                if new is None:
                    return
                if new.begin():
                    self._is_new = False
                    working.append((new, _answers(new, handlers)))
            except queue.Empty:
                if not working and self._at_rest is not None:
                    self._at_rest()
                    self._at_rest = None
            for _ in range(len(working)):
                job, answers = working.popleft()
                if job.rests_s or self._take_turn(job, answers):
                    working.append((job, answers))

    def _patience_s(self) -> float | None:
        """How long nothing to do is waited for before it is a rest; None where that is of no interest."""
        return None if self._is_new or self._at_rest is None else _REST_S

    def _take_turn(self, job: Job, answers: Answers) -> bool:
        """One answer of a request; whether it has more."""
        try:
            answer = {"kind": "cancelled"} if job.is_cancelled else next(answers, {"kind": "done"})
            if answer is not None:
                self._say(job, answer)
            done = answer is not None and answer["kind"] in ("done", "cancelled")
        except BrokenPipeError:
            raise
        except GPTLabError as error:
            self._say(job, {"kind": "failed", "message": error.message, "hint": error.hint})
            done = True
        except Exception as error:  # whatever one request breaks, the next is answered
            traceback.print_exc()
            said = f"{type(error).__name__}: {error}"
            self._say(job, {"kind": "failed", "message": said, "hint": "This is a bug."})
            done = True
        if done:
            self._jobs.pop(job.id, None)
            answers.close()
        return not done

    def _say(self, job: Job, answer: Message) -> None:
        line = pack({"id": job.id, **answer})
        with self._writing:
            self._answers.write(line)
            self._answers.flush()

    def _read(self) -> None:
        for line in self._requests:
            with suppress(ValueError, KeyError, TypeError):
                self._hear(unpack(line))
        self._leave()
        self._waiting.put(None)

    def _hear(self, message: Message) -> None:
        if message["do"] in ("cancel", "turn"):
            target = self._jobs.get(int(message["target"]))
            if target is None:
                return
            if message["do"] == "turn":
                target.turn(message)
                return
            target.cancel()
            if target.begin():  # it has not even been looked at
                self._jobs.pop(target.id, None)
                with suppress(BrokenPipeError):
                    self._say(target, {"kind": "cancelled"})
        else:
            job = Job(int(message["id"]), message)
            self._jobs[job.id] = job
            self._waiting.put(job)


def _answers(job: Job, handlers: Mapping[str, Handler]) -> Answers:
    handler = handlers.get(str(job.request["do"]))
    if handler is None:
        raise GPTLabError(f"Nobody answers to {job.request['do']!r}.")
    yield from handler(job)


def main() -> None:
    """The process's whole life."""
    # Whatever prints must not get into the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with suppress(OSError):
        os.nice(_NICENESS)

    def handlers() -> Mapping[str, Handler]:
        from gptlab_tui.serving.desk import Desk

        return Desk(Home(Path(sys.argv[1]))).handlers()

    def load_more() -> None:
        """What the first picture of vectors would wait for longest: importing it takes seconds."""
        threading.Thread(target=import_module, args=("sklearn.manifold",), daemon=True).start()

    # No thread of a library, and no long computation, holds up the end.
    with suppress(BrokenPipeError):
        Server(handlers, sys.stdin.buffer, answers, lambda: os._exit(0), load_more).serve()
    os._exit(0)


if __name__ == "__main__":
    main()
