"""What passes between a pane that writes and one that looks at texts: a text to read, or how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from textual.message import Message


@dataclass(frozen=True, slots=True)
class Written:
    """A text as it stands now."""

    text: str
    run: str | None
    step: int | None
    """The model that writes it; None is the newest of the run."""


@dataclass
class ReadText(Message, bubble=False):
    """Asks to read a text with the model that wrote it, and to show a head of a layer."""

    text: str
    run: str
    step: int
    layer: int
    head: int | None
    """None is the mean of the layer's heads."""


@runtime_checkable
class Writer(Protocol):
    """A pane that has a text."""

    def written(self) -> Written | None:
        """The text so far, or None where there is none yet."""


@runtime_checkable
class Reader(Protocol):
    """A pane that reads a text."""

    def last_read(self) -> Written | None:
        """The text that it shows, with its model; None where it shows none."""
