"""Work that takes long, done in a thread while other requests are answered; it tells how far it is."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator
from contextlib import suppress
from time import monotonic
from typing import TypeVar

from gptlab_tui.serving.job import Job
from gptlab_tui.serving.protocol import Message

#: So long others have their turn before it is looked at again, in seconds.
_LOOK_AGAIN_S = 0.05

Result = TypeVar("Result")
#: Says how far it is; whether nobody wants the result any more.
Tell = Callable[[Message], None]
Stopped = Callable[[], bool]


def in_background(
    job: Job, work: Callable[[Tell, Stopped], Result]
) -> Generator[Message | None, None, Result]:
    """What `work(tell, stopped)` returns, or raises; meanwhile the newest of what it tells is yielded.

    `stopped()` becomes true with the end of the request, however it ends. The thread is not waited for.
    """
    told: queue.SimpleQueue[Message] = queue.SimpleQueue()
    found: list[Result] = []
    failed: list[BaseException] = []
    stopped, done = threading.Event(), threading.Event()

    def body() -> None:
        try:
            found.append(work(told.put, stopped.is_set))
        except BaseException as error:  # whatever it is, who waits for it is told
            failed.append(error)
        finally:
            done.set()

    threading.Thread(target=body, daemon=True, name="work in the background").start()
    try:
        done.wait(_LOOK_AGAIN_S)  # most of the time it is soon there
        while not done.is_set():
            job.rest(monotonic() + _LOOK_AGAIN_S)
            yield _newest(told)
    finally:
        stopped.set()
    if failed:
        raise failed[0]
    return found[0]


def _newest(told: queue.SimpleQueue[Message]) -> Message | None:
    """What was told last; it and all before are taken out, and what comes meanwhile is for the next time."""
    newest = None
    with suppress(queue.Empty):
        for _ in range(told.qsize()):
            newest = told.get_nowait()
    return newest
