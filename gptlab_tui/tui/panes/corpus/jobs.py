"""What the pane Corpus asks of its threads and gets from them, without what the threads need for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from gptlab_tui.text.examples import Example
    from gptlab_tui.text.protocol import Unknown

Stopped = Callable[[], bool]
Tell = Callable[[str], None]

#: What is told instead of a reason where somebody stopped it.
STOPPED = "stopped"


class Cancelled(Exception):
    """Somebody does not want it any more."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A tokenizer that can be chosen."""

    kind: Literal["char", "bpe", "gpt2", "run"]
    vocab_size: int = 1024
    run: str = ""

    @property
    def label(self) -> str:
        """What it is called in a frame; the name of a run is as it is."""
        if self.kind == "run":
            return f"that of {self.run}"
        return f"bpe {self.vocab_size:,}" if self.kind == "bpe" else self.kind

    def options(self) -> list[str]:
        """Options of `gptlab tokens` that ask for it; a run's is close, not the same."""
        size = ["--vocab-size", str(self.vocab_size)] if self.kind == "bpe" else []
        return ["--tokenizer", "char" if self.kind == "run" else self.kind, *size]


@dataclass(frozen=True, slots=True)
class Lesson:
    """A line, and its training examples."""

    number: int | None
    """Of the corpus; None is a line that somebody typed."""
    text: str
    tokenizer: str
    vocab_size: int
    examples: tuple[Example, ...]
    problem: str = ""
    """Why there are none."""
    lacking: str = ""
    """What is to be said of characters that the tokenizer lacks."""
    unknown: Unknown = "replace"
    """What became of them."""
