"""What the pane Attention asks the model process, and what it does with the answers."""

from __future__ import annotations

from textual.widgets import Input

from gptlab_tui.explain.explanation import Explanation
from gptlab_tui.insight.links import Link
from gptlab_tui.render.display import display
from gptlab_tui.render.heat import WAYS, Scale, Way
from gptlab_tui.tui.models import ModelAnswer
from gptlab_tui.tui.panel import Pane
from gptlab_tui.tui.panes.attention_data import Heads, Map, command_line, explain, heads_of, map_of
from gptlab_tui.tui.panes.attention_panels import HeadsPanel, LinksPanel, MapPanel, RowPanel, SentencePanel
from gptlab_tui.tui.terminal import Terminal
from gptlab_tui.tui.widgets.headgrid import HeadGrid
from gptlab_tui.tui.widgets.heatmap import Heatmap


def ways_of(terminal: Terminal) -> tuple[Way, ...]:
    """The drawings that a terminal can show, the best first."""
    if terminal.glyphs == "ascii":
        return ("ascii",)
    return WAYS if terminal.colours in ("truecolor", "256") else ("grey", "ascii")


class AttentionBase(Pane):
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
        self._way: Way | None = None
        self._layer, self._head = -1, -1  # -1 counts from the end; as a head it is the mean
        self._last_head = 0
        self._run: str | None = None
        self._step: int | str | None = None
        self._text = ""
        self._asked = 0
        self._wants_heads = False
        self._guessed = False

    def look_at(self, text: str, run: str | None = None, step: int | None = None) -> None:
        """Reads another text, with another model where one is named."""
        if run is not None:
            self._run, self._step, self._guessed = run, step, False
        self._text = text
        field = self.query_one(Input)
        if not field.has_focus:
            field.value = text
        if self.heads is None:
            self.query_one(HeadsPanel).say("The model reads …")
        self._ask(heads=True)

    def _ask(self, *, heads: bool) -> None:
        """Asks for the chosen map, and for those of all heads where the text is another."""
        if self.bench.models.owes(self._asked):
            heads = heads or self._wants_heads
            self.bench.models.cancel(self._asked)
        self._wants_heads = heads
        self._asked = self.bench.models.ask(
            self,
            "attention",
            run=self._run,
            step=self._step,
            prompt=self._text,
            layer=self._layer,
            head=self._head,
            heads=heads,
        )
        self.query_one(SentencePanel).border_subtitle = "reading …"

    def on_model_answer(self, message: ModelAnswer) -> None:
        """An answer; those to questions that were asked before the last one do not count."""
        if message.number != self._asked:
            return
        if message.kind == "heads":
            self.heads, self.found = heads_of(message.answer), None
            self._wants_heads = False
        elif message.kind == "map" and self.heads is not None:
            self._take(map_of(message.answer))
        elif message.kind == "failed":
            self._failed(str(message.answer.get("message", "")), str(message.answer.get("hint", "")))

    def _take(self, found: Map) -> None:
        assert self.heads is not None
        first = self.found is None
        self.found, self._guessed = found, False
        self._layer, self._head = found.layer, -1 if found.head is None else found.head
        if found.head is not None:
            self._last_head = found.head
        self.query_one(HeadsPanel).say("")
        self._draw()
        if first:
            last = len(self.heads.pieces) - 1
            self.query_one(Heatmap).go(last, int(found.weights[last].argmax()))

    def _failed(self, message: str, hint: str) -> None:
        if self._guessed and self._run is not None:  # nobody chose it: the newest that can read the text
            self._run, self._step, self._guessed = None, None, False
            self._ask(heads=True)
            return
        self.query_one(SentencePanel).border_subtitle = "not read"
        hint = "" if "--unknown" in hint else hint
        self.query_one(HeadsPanel).say(f"{message} {hint}".strip(), error=True)
        self.heads = self.found = None
        self._draw()

    # -- showing -----------------------------------------------------------------------------------

    @property
    def way(self) -> Way:
        """The drawing in use."""
        return self._way or ways_of(self.bench.terminal)[0]

    @property
    def link(self) -> Link | None:
        """The weight under the cursor."""
        return self.query_one(Heatmap).link

    def command(self) -> str | None:
        """The command that prints the map."""
        return command_line(self._text, self.heads, self.found, self.way, self.scale, self._step)

    def explanation(self) -> Explanation | None:
        """Formula, shapes, and the numbers of the weight under the cursor."""
        if self.heads is None or self.found is None:
            return None
        return explain(self.heads, self.found, self.link, self.way)

    def _draw(self) -> None:
        heads, found = self.heads, self.found
        grid, heatmap = self.query_one(HeadGrid), self.query_one(Heatmap)
        panel = self.query_one(HeadsPanel)
        if heads is None or found is None:
            grid.show(None, (0, 0), self.way, self.scale)
            heatmap.show(None, (), self.way, self.scale)
        else:
            head = heads.n_head if found.head is None else found.head
            grid.show(heads.small, (found.layer, head), self.way, self.scale)
            heatmap.show(found.weights, heads.pieces, self.way, self.scale)
            panel.border_subtitle = "layer.head"
            gone = f", the {heads.dropped:,} before left out" if heads.dropped else ""
            self.query_one(SentencePanel).border_subtitle = display(
                f"{heads.run}, step {heads.step:,} - {len(heads.pieces)} tokens{gone}"
            )
        self._describe()

    def _describe(self) -> None:
        self.query_one(MapPanel).describe()
        self.query_one(RowPanel).describe()
        self.query_one(LinksPanel).describe()

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
