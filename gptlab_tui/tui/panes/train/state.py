"""What Train knows of the run that it watches; everything else of the pane stands on this."""

from __future__ import annotations

from typing import Literal

from gptlab_tui.render.display import display
from gptlab_tui.runs.evaluations import Evaluations
from gptlab_tui.runs.layout import Run
from gptlab_tui.tui.history import RunHistory
from gptlab_tui.tui.panel import Pane
from gptlab_tui.tui.panes.train.control import Steering
from gptlab_tui.tui.panes.train.machine import Machine
from gptlab_tui.tui.panes.train.view import View


class TrainState(Pane):
    """The state: what is drawn, what threads fill in, what keys turn."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.run_dir: Run | None = None
        """The run that is watched."""
        self.history = RunHistory()
        self.heard_s = 0.0
        """When its journal said something last, in monotonic seconds."""
        self.read = 0.0
        """How much of its journal has been read, 0 to 1; below 1 the history is a sketch."""
        self.view = View()
        self.alive = False
        self.alive_count = 0
        self.names: tuple[str, ...] = ()
        self.looked_for = False
        """Whether it is known which runs there are."""
        self.generation = 0
        """Goes up with every other run: answers to older questions are dropped."""
        self.chosen = 0
        """Which sample is shown."""
        self.pinned = False
        """Whether that stays when a new one comes."""
        self.launching = ""
        """What is being started, in words."""
        self.with_others = False
        self.others: tuple[Evaluations, ...] = ()
        self.tables: tuple[float, ...] = ()
        """What unigram, bigram and trigram reach on its text, in nats per token; empty until it is known."""
        self.sharing: tuple[str, ...] = ()
        """Other runs that train on the same device."""
        self.machine: Machine | None = None
        self.small: int | None = None
        """Which of the small charts stands where there is no room for all; None is none of them."""
        self.small_chosen = False
        """Whether somebody chose that; else it is what the room allows."""
        self.steering = Steering()

    @property
    def is_reading(self) -> bool:
        """Whether there is a run of which nothing has been read yet."""
        return self.run_dir is not None and self.history.latest is None and self.read < 1

    def tell(self, words: str, severity: Literal["information", "warning", "error"] = "information") -> None:
        """A toast about the run, for what the screen does not show; the words are safe to show."""
        title = display(self.run_dir.name) if self.run_dir is not None else ""
        seconds = 3 if severity == "information" else 8
        self.notify(words, title=title, severity=severity, markup=False, timeout=seconds)
