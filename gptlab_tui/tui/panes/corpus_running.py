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
from gptlab_tui.tui.panes import corpus_jobs as jobs


@dataclass
class Ready(Message):
    """A thread has made something; `group` says what, `generation` for which request."""

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
    from gptlab_tui.tui.panes import corpus_work

    return corpus_work


class CorpusRunning(Pane):
    """Starts threads, and hands what they bring to `_<group>_ready`."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._generations: dict[str, int] = {}
        self._workers: dict[str, Worker[None]] = {}

    def _start(self, group: str, job: Job) -> None:
        """Does a job in a thread; what an older one of the group brings is dropped."""
        generation = self._generations.get(group, 0) + 1
        self._generations[group] = generation
        body = partial(self._run, group, generation, job)
        self._workers[group] = self.run_worker(
            body, thread=True, group=f"corpus-{group}", exclusive=True, exit_on_error=False
        )

    def _run(self, group: str, generation: int, job: Job) -> None:
        worker = get_current_worker()

        def tell(says: str) -> None:
            self.post_message(Told(group, generation, says))

        try:
            self.post_message(Ready(group, generation, job(lambda: worker.is_cancelled, tell)))
        except jobs.Cancelled:
            self.post_message(Ready(group, generation, error="stopped"))
        except GPTLabError as error:
            self.post_message(Ready(group, generation, error=f"{error.message} {error.hint}".strip()))

    def on_ready(self, message: Ready) -> None:
        """Hands what was made to whoever shows it."""
        if self.is_newest(message):
            getattr(self, f"_{message.group}_ready")(message)

    def is_newest(self, message: Ready | Told) -> bool:
        """Whether nothing newer of the kind was asked for since."""
        return message.generation == self._generations.get(message.group)

    def cancel(self, group: str) -> None:
        """Asks a thread to stop."""
        if group in self._workers:
            self._workers[group].cancel()
