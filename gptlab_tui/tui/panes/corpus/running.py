"""How the pane Corpus has things done: a thread for each kind of thing, of which the newest counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any

from textual.message import Message
from textual.worker import Worker, get_current_worker

from gptlab_tui.errors import GPTLabError
from gptlab_tui.tui.panel import Pane
from gptlab_tui.tui.panes.corpus import jobs


@dataclass
class Ready(Message):
    """A thread has made something; `group` says of what kind, `generation` for which request."""

    group: str
    generation: int
    value: Any = None
    error: str = ""


@dataclass
class Told(Message):
    """How far a thread is."""

    group: str
    generation: int
    says: str


Job = Callable[[jobs.Stopped, jobs.Tell], Any]


def engine() -> ModuleType:
    """What does the work; called in threads, since importing it takes its time."""
    from gptlab_tui.tui.panes.corpus import work

    return work


@dataclass(frozen=True, slots=True)
class _Request:
    """What a thread is at, and who waits for it."""

    generation: int
    ready: Callable[[Ready], None]
    told: Callable[[str], None] | None
    worker: Worker[None]


class CorpusRunning(Pane):
    """Starts threads, and hands what they bring to whoever asked for it."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._requests: dict[str, _Request] = {}
        """The newest of each group."""
        self._made: dict[str, object] = {}
        """What each group has made, or is about to make."""

    def _start(
        self,
        group: str,
        job: Job,
        ready: Callable[[Ready], None],
        told: Callable[[str], None] | None = None,
    ) -> None:
        """Does a job in a thread; what an older one of the group brings is dropped.

        `told` hears how far it is, `ready` what it has made, or why it has not.
        """
        before = self._requests.get(group)
        generation = before.generation + 1 if before is not None else 1
        body = partial(self._run, group, generation, job)
        worker = self.run_worker(
            body, thread=True, group=f"corpus-{group}", exclusive=True, exit_on_error=False
        )
        self._requests[group] = _Request(generation, ready, told, worker)

    def _once(
        self,
        group: str,
        key: object,
        job: Job,
        ready: Callable[[Ready], None],
        told: Callable[[str], None] | None = None,
    ) -> bool:
        """Starts it unless the same is made or being made; whether it did. What failed is made anew."""
        if self._made.get(group) == key:
            return False
        self._made[group] = key
        self._start(group, job, ready, told)
        return True

    def _run(self, group: str, generation: int, job: Job) -> None:
        worker = get_current_worker()

        def tell(says: str) -> None:
            self.post_message(Told(group, generation, says))

        try:
            self.post_message(Ready(group, generation, job(lambda: worker.is_cancelled, tell)))
        except jobs.Cancelled:
            self.post_message(Ready(group, generation, error=jobs.STOPPED))
        except GPTLabError as error:
            self.post_message(Ready(group, generation, error=f"{error.message} {error.hint}".strip()))
        except Exception as error:  # else nobody would hear of it, and somebody would wait forever
            says = error.strerror if isinstance(error, OSError) and error.strerror else repr(error)
            place = f"{error.filename}: " if isinstance(error, OSError) and error.filename else ""
            self.post_message(Ready(group, generation, error=f"It went wrong: {place}{says}."))

    def on_ready(self, message: Ready) -> None:
        """Hands what was made to whoever waits for it."""
        request = self._requests[message.group]
        if message.generation == request.generation:
            if message.error:
                self._made.pop(message.group, None)
            request.ready(message)

    def on_told(self, message: Told) -> None:
        """Hands on how far it is."""
        request = self._requests[message.group]
        if message.generation == request.generation and request.told is not None:
            request.told(message.says)

    def cancel(self, group: str) -> None:
        """Asks a thread to stop."""
        if group in self._requests:
            self._requests[group].worker.cancel()
