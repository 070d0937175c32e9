"""What a pane that writes may tell of its text, so that another one can keep up with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Written:
    """A text as it stands now."""

    text: str
    run: str | None
    step: int | None
    """The model that writes it; None is the newest of the run."""


@runtime_checkable
class Writer(Protocol):
    """A pane that has a text."""

    def written(self) -> Written | None:
        """The text so far, or None where there is none yet."""
