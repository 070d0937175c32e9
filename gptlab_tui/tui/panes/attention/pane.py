"""The pane Attention: where every head of a model looks while it reads a sentence."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.timer import Timer
from textual.widgets import Input

from gptlab_tui.render.heat import SCALES
from gptlab_tui.tui.keys.attention import KEYS
from gptlab_tui.tui.panel import Pane, bindings
from gptlab_tui.tui.panes.attention.follow import ReadText, Writer, Written
from gptlab_tui.tui.panes.attention.head_panels import NextPanel
from gptlab_tui.tui.panes.attention.panels import (
    HeadsPanel,
    MapPanel,
    RowPanel,
    SentencePanel,
    TellingPanel,
    links_told,
    row_told,
)
from gptlab_tui.tui.panes.attention.switching import AttentionHeads
from gptlab_tui.tui.panes.looking import DEFAULT_TEXT
from gptlab_tui.tui.widgets.headgrid import HeadGrid
from gptlab_tui.tui.widgets.heatmap import Heatmap
from gptlab_tui.tui.widgets.sentence import SentenceField

#: A text that somebody writes is looked at again after so long, in seconds, if nothing is slower.
FOLLOW_S = 0.5


class AttentionPane(AttentionHeads):
    """A sentence above; all heads, one map, and what is told of it side by side."""

    section = "attention"
    question = "Which model reads?"
    BINDINGS = [*bindings(KEYS)]
    SCOPED_CSS = False  # the screen's classes say how much room there is
    DEFAULT_CSS = """
    AttentionPane { layout: vertical; }
    AttentionPane #attention-sentence { height: 3; }
    AttentionPane #attention-heads { width: 42; max-width: 53%; }
    AttentionPane #attention-map-panel { width: 1fr; }
    AttentionPane #attention-side { width: 38; }
    AttentionPane #attention-readout, AttentionPane #attention-legend {
        height: 1; text-wrap: nowrap; text-overflow: ellipsis;
    }
    AttentionPane #attention-side Static { text-wrap: nowrap; text-overflow: ellipsis; }
    AttentionPane #attention-message { height: auto; }
    AttentionPane #attention-row { height: 3fr; }
    AttentionPane #attention-links { height: 2fr; }
    AttentionPane.-map #attention-heads { display: none; }
    AttentionPane.-heads #attention-side { display: none; }
    Screen.-wide AttentionPane #attention-heads { display: block; width: 34%; max-width: 100%; }
    Screen.-wide AttentionPane #attention-side { display: block; width: 38; }
    Screen.-tiny AttentionPane.-heads #attention-map-panel { display: none; }
    Screen.-tiny AttentionPane.-heads #attention-heads { width: 100%; max-width: 100%; }
    Screen.-tiny AttentionPane #attention-side { display: none; }
    Screen.-flat AttentionPane #attention-sentence { display: none; }
    Screen.-flat AttentionPane.-typing #attention-sentence { display: block; }
    Screen.-flat AttentionPane #attention-legend { display: none; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.add_class("-heads")
        self._started = False
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """The sentence above; heads, map, and what is told of it side by side."""
        yield from self.compose_tabs()
        yield SentencePanel(self, title="Sentence", id="attention-sentence")
        with Horizontal(id="attention-heads-view"):
            yield HeadsPanel(self, title="Heads", id="attention-heads")
            yield MapPanel(self, title="Map", id="attention-map-panel")
            with Vertical(id="attention-side"):
                yield RowPanel(self, row_told, title="Row", id="attention-row")
                yield TellingPanel(self, links_told, title="Strongest links", id="attention-links")
                yield NextPanel(self, id="attention-next")
        yield from self.compose_views()

    # -- coming and going --------------------------------------------------------------------------

    def arrive(self) -> None:
        """Goes on where one was; the first time it reads the sentence of last time."""
        if not self._started:
            self._started = True
            self.call_after_refresh(self._begin)
            return
        self.put_question()
        if self._timer is not None:
            self._timer.resume()

    def leave(self) -> None:
        """Remembers, and looks at nobody's text any more."""
        if self._timer is not None:
            self._timer.pause()
        self._remember()

    def _begin(self) -> None:
        kept = self.kept
        self.recall_way()
        self.scale = self.kept_one_of("scale", SCALES, "sqrt")
        if not self._text:  # else somebody has brought one along
            self._layer, self._head = self.kept_number("layer", -1), self.kept_number("head", -1)
            self.guess()
            written = self._written()
            text = written.text if written else kept.get("text")
            if written:
                self._run, self._step = written.run, written.step
            self.look_at(text if isinstance(text, str) and text else DEFAULT_TEXT)
        self.show_view(kept.get("view"))

    def _remember(self) -> None:
        if self._started and self._way is not None:
            self.keep(text=self._text, way=self.way, scale=self.scale, layer=self._layer, head=self._head)

    # -- keys --------------------------------------------------------------------------------------

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in the field."""
        event.stop()
        self._follow(False)
        self.remove_class("-typing")
        self.focus_view()
        self.look_at(self.query_one(SentenceField).text)
        self._remember()

    def on_read_text(self, message: ReadText) -> None:
        """Somebody else has a text to look at."""
        self.look_at(message.text, message.run, message.step, (message.layer, message.head))

    def on_head_grid_chosen(self, event: HeadGrid.Chosen) -> None:
        """The mouse on a small map."""
        self._choose(event.layer, event.head)

    def action_open(self) -> None:
        """From the heads to the map, and back."""
        to_map = not self.has_class("-map") or not self.query_one(Heatmap).has_focus
        self.set_class(to_map, "-map")
        self.set_class(not to_map, "-heads")
        (self.query_one(Heatmap) if to_map else self.query_one(HeadGrid)).focus()
        self.call_after_refresh(self._describe)

    def action_move(self, columns: int, rows: int) -> None:
        """The arrows: in the grid another head or layer, in the map another weight."""
        if self.query_one(HeadGrid).has_focus and self.heads is not None:
            column = self.heads.n_head if self._head < 0 else self._head
            self._choose(self._layer + rows, max(0, min(column + columns, self.heads.n_head)))
        else:
            self.walks_links = False
            self.query_one(Heatmap).move(columns, rows)

    def action_layer(self, by: int) -> None:
        """Another layer, round and round."""
        if self.heads is not None:
            head = self.heads.n_head if self._head < 0 else self._head
            self._choose((self._layer + by) % self.heads.n_layer, head)

    def action_head(self, by: int) -> None:
        """Another head, round and round; after the mean comes the first, or the last."""
        if self.heads is not None:
            n_head = self.heads.n_head
            head = (self._head + by) % n_head if self._head >= 0 else (0 if by > 0 else n_head - 1)
            self._choose(self._layer, head)

    def action_mean(self) -> None:
        """The mean over the heads, and back."""
        if self.heads is not None:
            self._choose(self._layer, self._last_head if self._head < 0 else self.heads.n_head)

    def action_scale(self) -> None:
        """The other scale."""
        self.scale = SCALES[1 - SCALES.index(self.scale)]
        self.draw()

    def action_link(self, by: int) -> None:
        """The cursor to the next of the strongest links, or to the one before."""
        links = self.found.links if self.found is not None else ()
        if links:
            here = (self.link.query, self.link.key) if self.link is not None else None
            places = [(link.query, link.key) for link in links]
            # Who has been elsewhere begins with the strongest.
            at = places.index(here) if self.walks_links and here in places else -1 if by > 0 else 0
            chosen = links[(at + by) % len(links)]
            self.walks_links = True
            self.query_one(Heatmap).go(chosen.query, chosen.key)

    def action_text(self) -> None:
        """To the field."""
        self.add_class("-typing")
        self.query_one(SentenceField).focus()

    def action_follow(self) -> None:
        """Keeps up with what Generate writes, or lets it be."""
        self._follow(self._timer is None)

    def _follow(self, on: bool) -> None:
        if on and self._written() is None:
            self.app.notify("Generate has no text yet: 3 goes there.")
            return
        if self._timer is not None:
            self._timer.stop()
        every_s = max(FOLLOW_S, self.bench.terminal.redraw_s)
        self._timer = self.set_interval(every_s, self._catch_up) if on else None
        self.set_class(on, "-following")
        self.turn_text()
        self.query_one(SentencePanel).border_title = "Sentence (follows Generate)" if on else "Sentence"
        if on:
            self._catch_up()

    def _catch_up(self) -> None:
        """Reads on where the text is another, and the last question is answered."""
        written = self._written()
        if written is not None and written.text != self._text and not self.maps.is_waiting:
            self.look_at(written.text, written.run, written.step)

    def _written(self) -> Written | None:
        """What has been written, if a pane that writes is there."""
        writer = next((pane for pane in self.app.query(Pane) if isinstance(pane, Writer)), None)
        return writer.written() if writer is not None else None
