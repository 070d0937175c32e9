"""What the pane Attention asks the model process, and what it does with the answers."""

from __future__ import annotations

from typing import Any

from gptlab_tui.explain.explanation import Explanation
from gptlab_tui.insight.links import Link
from gptlab_tui.render.heat import Scale
from gptlab_tui.tui.models import ModelAnswer
from gptlab_tui.tui.panes.attention.data import (
    Heads,
    Map,
    command_line,
    explain,
    heads_of,
    map_of,
    what_was_read,
)
from gptlab_tui.tui.panes.attention.follow import Written
from gptlab_tui.tui.panes.attention.panels import HeadsPanel, MapPanel, SentencePanel, TellingPanel
from gptlab_tui.tui.panes.looking import ReadingPane
from gptlab_tui.tui.question import Question
from gptlab_tui.tui.unknown import lacking_in
from gptlab_tui.tui.widgets.headgrid import HeadGrid
from gptlab_tui.tui.widgets.heatmap import Heatmap
from gptlab_tui.tui.widgets.sentence import SentenceField


class AttentionBase(ReadingPane):
    """A sentence and a model, the maps of its heads, and the one of them that is chosen."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.heads: Heads | None = None
        """The sentence as it was read; None where none was yet."""
        self.found: Map | None = None
        """The map that is shown."""
        self.scale: Scale = "sqrt"
        self.walks_links = False
        """Whether the cursor goes from link to link, so that their list has to keep up."""
        self._layer, self._head = -1, -1  # -1 counts from the end; as a head it is the mean
        self._last_head = 0
        self.maps = Question(self, self._say_reading)
        self._wants_heads = False
        """Whether the maps of all heads are still to come."""

    def look_at(
        self,
        text: str,
        run: str | None = None,
        step: int | None = None,
        head: tuple[int, int | None] | None = None,
    ) -> None:
        """Reads another text, with another model and another head of a layer where they are named."""
        if head is not None:
            self._layer, self._head = head[0], -1 if head[1] is None else head[1]
        if run is not None:
            self._run, self._step, self._guessed = run, step, False
        self._text, self._declined = text, None
        field = self.query_one(SentenceField)
        if not field.has_focus:
            field.text = text
        if self.heads is None:
            self.query_one(HeadsPanel).say("The model reads …")
        self.ask_anew()

    def to_step(self, step: int) -> None:
        """The same text read by the model of another step, as soon as the one on its way has answered."""
        if self.sight is not None:
            self._run, self._step, self._guessed = self.sight.run, step, False
        self._ask_soon()

    def _ask_soon(self) -> None:
        """Reads anew, as soon as what is on its way has answered."""
        self.maps.ask_next("attention", **self._wanted_maps(heads=True))

    def ask_anew(self) -> None:
        """Reads the text with the chosen model: the maps of all heads, and the chosen one."""
        self._ask(heads=True)

    def _ask(self, *, heads: bool) -> None:
        """Asks for the chosen map, and for those of all heads where the text is another."""
        heads = heads or self.maps.is_outdated or (self.maps.is_waiting and self._wants_heads)
        self.maps.ask("attention", **self._wanted_maps(heads=heads))

    def _wanted_maps(self, *, heads: bool) -> dict[str, Any]:
        self._wants_heads = heads
        return {
            "run": self._run,
            "step": self._step,
            "off": self.bench.shared.off_of(self._run),
            "prompt": self._text,
            "unknown": self.unknown,
            "layer": self._layer,
            "head": self._head,
            "heads": heads,
        }

    def _say_reading(self) -> None:
        self.query_one(SentencePanel).border_subtitle = "reading …"

    def on_model_answer(self, message: ModelAnswer) -> None:
        """An answer."""
        self.maps.hear(message, self._hear_of_maps)

    def _hear_of_maps(self, message: ModelAnswer) -> None:
        if message.kind == "heads":
            before, self.heads = self.heads, heads_of(message.answer)
            if before is None or before.pieces != self.heads.pieces:
                self.found = None
            self._wants_heads = self.maps.is_outdated
            if not self.maps.is_outdated:
                self.model_found(self.heads.run, self.heads.step)
        elif message.kind == "map" and self.heads is not None:
            self._take(map_of(message.answer))
        elif message.kind == "lacking":
            self.lacks(lacking_in(message.answer))
        elif message.kind == "failed":
            self._failed(message.words)

    def _take(self, found: Map) -> None:
        assert self.heads is not None
        first = self.found is None
        self.found, self._guessed = found, False
        self._layer, self._head = found.layer, -1 if found.head is None else found.head
        if found.head is not None:
            self._last_head = found.head
        self.query_one(HeadsPanel).say("")
        self.draw()
        if first:
            last = len(self.heads.pieces) - 1
            self.query_one(Heatmap).go(last, int(found.weights[last].argmax()))

    def _failed(self, said: str) -> None:
        if not self.tries_another():
            self.show_nothing(said)

    def show_nothing(self, reason: str) -> None:
        """Nothing was read, and why."""
        self.query_one(SentencePanel).border_subtitle = "not read"
        self.query_one(HeadsPanel).say(reason, error=True)
        self.heads = self.found = None
        self.draw()

    def last_read(self) -> Written | None:
        """The text that is shown, with its model, for whoever reads it too."""
        heads = self.heads
        return None if heads is None else Written(self._text, heads.run, heads.step)

    # -- showing -----------------------------------------------------------------------------------

    @property
    def link(self) -> Link | None:
        """The weight under the cursor."""
        return self.query_one(Heatmap).link

    def command(self) -> str | None:
        """The command that prints the map."""
        return self._command(None)

    def row_command(self) -> str | None:
        """The command that prints the row under the cursor."""
        return self._command(self.link.query if self.link is not None else None)

    def _command(self, row: int | None) -> str:
        return command_line(
            self._text, self.heads, self.found, self.way, self.scale, self._step, self.unknown, row
        )

    def explanation(self) -> Explanation | None:
        """Formula, shapes, and the numbers of the weight under the cursor."""
        if self.heads is None or self.found is None:
            return None
        return explain(self.heads, self.found, self.link, self.way)

    def draw(self) -> None:
        """All heads, the chosen map, and what is told of it."""
        heads, found = self.heads, self.found
        grid, heatmap = self.query_one(HeadGrid), self.query_one(Heatmap)
        if heads is None or found is None:
            grid.show(None, (0, 0), self.way, self.scale)
            heatmap.show(None, (), self.way, self.scale)
        else:
            head = heads.n_head if found.head is None else found.head
            grid.show(heads.small, (found.layer, head), self.way, self.scale)
            heatmap.show(found.weights, heads.pieces, self.way, self.scale)
            self.query_one(SentencePanel).border_subtitle = what_was_read(heads, self.unknown)
        self.turn_text()
        self._describe()

    def turn_text(self) -> None:
        """Of a long text its end, where the map is about that or where it grows."""
        is_late = self.heads is not None and self.heads.dropped > 0
        self.query_one(SentenceField).from_end = is_late or self.has_class("-following")

    def _describe(self) -> None:
        self.query_one(MapPanel).describe()
        for panel in self.query(TellingPanel):
            panel.describe()

    def on_heatmap_moved(self) -> None:
        """The cursor of the map."""
        self._describe()

    def on_resize(self) -> None:
        """The map may be pooled otherwise now."""
        self.call_after_refresh(self._describe)

    def _choose(self, layer: int, head: int) -> None:
        """Another map: heads are counted from 0, and their number is the mean's."""
        if self.heads is None:
            return
        self._layer = max(0, min(layer, self.heads.n_layer - 1))
        self._head = -1 if head >= self.heads.n_head else max(0, head)
        # The choice is seen at once, its map when it comes.
        column = self.heads.n_head if self._head < 0 else self._head
        self.query_one(HeadGrid).show(self.heads.small, (self._layer, column), self.way, self.scale)
        self._ask(heads=False)
