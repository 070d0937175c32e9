"""Which panes there are: their titles, and how each is built when it is first shown."""

from __future__ import annotations

import importlib
from contextlib import suppress
from dataclasses import dataclass

from gptlab_tui.errors import GPTLabError
from gptlab_tui.home import Home
from gptlab_tui.tui.panel import Pane
from gptlab_tui.tui.state import State


@dataclass(frozen=True, slots=True)
class Entry:
    """A pane before it is imported."""

    title: str
    module: str
    """In this room: has the class `cls`."""
    cls: str


PANES = {
    "corpus": Entry("Corpus", "corpus.pane", "CorpusPane"),
    "train": Entry("Train", "train.pane", "TrainPane"),
    "generate": Entry("Generate", "generate.pane", "GeneratePane"),
    "attention": Entry("Attention", "attention.pane", "AttentionPane"),
    "runs": Entry("Runs", "runs.pane", "RunsPane"),
    "embeddings": Entry("Embeddings", "embeddings.pane", "EmbeddingsPane"),
    "model": Entry("Model", "model.pane", "ModelPane"),
}


def titles() -> dict[str, str]:
    """Name -> title, in the order of the digits."""
    return {name: entry.title for name, entry in PANES.items()}


def build(name: str) -> Pane:
    """A new pane, with its name as its id."""
    entry = PANES[name]
    module = importlib.import_module(f"gptlab_tui.tui.panes.{entry.module}")
    pane: Pane = getattr(module, entry.cls)(id=name)
    return pane


def import_all() -> None:
    """Imports what has not been shown yet, so that its key is answered at once; for a thread."""
    for entry in PANES.values():
        importlib.import_module(f"gptlab_tui.tui.panes.{entry.module}")


def first(home: Home, state: State) -> str:
    """Where there is something to do: a live training, else a model that can write. For a thread."""
    from gptlab_tui.runs.listing import list_runs  # the frame stands before it is there

    with suppress(GPTLabError, OSError):  # the pane that lists them says what is wrong
        if any(summary.alive for summary in list_runs(home)):
            return "train"
    return state.pane if state.pane in PANES else "generate"
