"""What Train's threads tell it; answers that concern one run have the generation of the question."""

from __future__ import annotations

from dataclasses import dataclass, field

from textual.message import Message

from gptlab_tui.runs.evaluations import Evaluations
from gptlab_tui.runs.layout import Run
from gptlab_tui.tui.panes.train.machine import Machine


@dataclass
class Chosen(Message):
    """Which run is to be watched, and which there are."""

    generation: int
    run: Run | None
    names: tuple[str, ...]
    alive: int
    """How many of them are in training."""
    gone: Run | None = None
    """The run that was watched, where it is there no more."""


@dataclass
class Looked(Message):
    """The machine."""

    machine: Machine

    def can_replace(self, message: Message) -> bool:
        """The newer look is enough."""
        return isinstance(message, Looked)


@dataclass
class Shared(Message):
    """Other runs that are alive on the same device."""

    generation: int
    names: tuple[str, ...] = ()


@dataclass
class Launched(Message):
    """A training that was started."""

    run: str
    given_up: bool
    """Whether it was told to stop at once."""


@dataclass
class Overlaid(Message):
    """The curves of other runs."""

    generation: int
    others: tuple[Evaluations, ...] = field(default=())


@dataclass
class Logged(Message):
    """The end of the run's log."""

    generation: int
    lines: tuple[str, ...]


@dataclass
class Levelled(Message):
    """What the n-gram tables reach on this text, or why that is not known."""

    generation: int
    tables: tuple[float, ...] = ()
    problem: str = ""
