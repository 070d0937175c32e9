"""What the pane Generate says to the model process: one question of a kind and one writing at a time.

Knobs turn faster than answers come: while a question is on its way, only the newest one is kept waiting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from textual.widget import Widget

from gptlab_tui.tui.models import Models
from gptlab_tui.tui.panes.generate.lane import Lane


class Latest:
    """Questions of one kind, of which only the newest matters."""

    def __init__(self, asker: Widget, models: Models, do: str) -> None:
        self._asker, self._models, self._do = asker, models, do
        self.number = 0
        """Of the question that is on its way; 0 where there is none."""
        self._next: dict[str, Any] | None = None

    def ask(self, **arguments: Any) -> None:
        """Asks at once, or after the one that is on its way."""
        if self.number:
            self._next = arguments
        else:
            self.number = self._models.ask(self._asker, self._do, **arguments)

    def forget(self) -> None:
        """Nothing is wanted after the one that is on its way, and that one neither."""
        self._next = None
        if self.number:
            self._models.cancel(self.number)

    def answered(self) -> None:
        """The last answer is there; where something else is wanted by now, that is asked."""
        self.number = 0
        wanted, self._next = self._next, None
        if wanted is not None:
            self.ask(**wanted)


class Talk:
    """Numbers of requests, and whose they are."""

    def __init__(self, asker: Widget, models: Models) -> None:
        self._asker, self._models = asker, models
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
                variant |= {"run": lane.model[0], "step": lane.model[1]}
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
