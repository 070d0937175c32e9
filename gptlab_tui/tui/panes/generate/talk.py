"""What the pane Generate says to the model process: one question of a kind and one writing at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from textual.widget import Widget

from gptlab_tui.model.head_names import Heads
from gptlab_tui.tui.latest import Latest
from gptlab_tui.tui.models import Models
from gptlab_tui.tui.panes.generate.lane import Lane


class Talk:
    """Numbers of requests, and whose they are."""

    def __init__(self, asker: Widget, models: Models, off_of: Callable[[str | None], Heads]) -> None:
        """`off_of` says which heads of a run are switched off."""
        self._asker, self._models, self._off_of = asker, models, off_of
        self.opening = self.writing = 0
        self.predictions = Latest(asker, models, "predict")
        self.scores = Latest(asker, models, "score")
        self.rows = Latest(asker, models, "attention_row")
        self.previews = Latest(asker, models, "write")
        self.lanes: list[Lane] = []
        """Those that are being written, in the order of the variants."""

    @property
    def is_writing(self) -> bool:
        """Whether texts are being written."""
        return self.writing != 0

    def open(self, **arguments: Any) -> None:
        """Asks what a model is."""
        self.opening = self._models.ask(self._asker, "open", **arguments)

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
        self.writing = self._models.ask(self._asker, "write", variants=variants, **arguments)

    def turn(self, knobs: Mapping[str, Any]) -> None:
        """Other knobs for the tokens to come."""
        if not self.writing:
            return
        for lane in self.lanes:
            lane.drawn_with.append(lane.knobs(knobs))
        self._models.turn(self.writing, knobs=[lane.drawn_with[-1] for lane in self.lanes])

    def stop(self) -> bool:
        """Calls off what is being written; whether there was anything."""
        number, self.writing = self.writing, 0
        if number:
            self._models.cancel(number)
            for lane in self.lanes:
                lane.state = "stopped"
        return bool(number)
