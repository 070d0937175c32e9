"""What the pane Generate says to the model process: one question of a kind and one writing at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from textual.widget import Widget

from gptlab_tui.model.head_names import Heads
from gptlab_tui.tui.models import Models
from gptlab_tui.tui.panes.generate.lane import Lane
from gptlab_tui.tui.question import Question


class Talk:
    """The questions of the pane, and the lanes that are being written."""

    def __init__(self, asker: Widget, models: Models, off_of: Callable[[str | None], Heads]) -> None:
        """`off_of` says which heads of a run are switched off."""
        self._models, self._off_of = models, off_of
        self.opening = Question(asker)
        self.writing = Question(asker)
        self.predictions = Question(asker)
        self.scores = Question(asker)
        self.rows = Question(asker)
        self.previews = Question(asker)
        self.lanes: list[Lane] = []
        """Those that are being written, in the order of the variants."""

    @property
    def is_writing(self) -> bool:
        """Whether texts are being written."""
        return self.writing.is_waiting

    def open(self, **arguments: Any) -> None:
        """Asks what a model is."""
        self.opening.ask("open", **arguments)

    def write(self, lanes: Sequence[Lane], knobs: Mapping[str, Any], **arguments: Any) -> None:
        """Has texts written; what is being written is called off."""
        self.stop()
        self.lanes = list(lanes)
        variants = []
        for lane in lanes:
            lane.drawn_with = [lane.knobs(knobs)]
            variant: dict[str, Any] = {"knobs": lane.drawn_with[0]}
            if lane.model is not None:
                run, step = lane.model
                variant |= {"run": run, "step": step, "off": self._off_of(run)}
            variants.append(variant)
        self.writing.ask("write", variants=variants, **arguments)

    def turn(self, knobs: Mapping[str, Any]) -> None:
        """Other knobs for the tokens to come."""
        if not self.is_writing:
            return
        for lane in self.lanes:
            lane.drawn_with.append(lane.knobs(knobs))
        self._models.turn(self.writing.number, knobs=[lane.drawn_with[-1] for lane in self.lanes])

    def stop(self) -> bool:
        """Calls off what is being written; whether there was anything."""
        if not self.writing.call_off():
            return False
        for lane in self.lanes:
            lane.state = "stopped"
        return True
