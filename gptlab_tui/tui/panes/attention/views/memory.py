"""The view Memory: what of the sentence stands in the training text, and where."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from gptlab_tui.explain.explanation import Explanation
from gptlab_tui.render.cells_text import text_of
from gptlab_tui.render.display import display
from gptlab_tui.render.memory import legend, step_of
from gptlab_tui.render.painted import Piece, painting
from gptlab_tui.serving import protocol
from gptlab_tui.tui.dialogs import Page
from gptlab_tui.tui.keys.attention_views import MEMORY
from gptlab_tui.tui.models import ModelAnswer
from gptlab_tui.tui.panel import bindings
from gptlab_tui.tui.panes.attention.views import memory_words as words
from gptlab_tui.tui.panes.attention.views.memory_words import Remembered, Run, Source
from gptlab_tui.tui.panes.attention.views.view import CanvasPanel, Told, ToldPanel, View
from gptlab_tui.tui.question import Question

#: Runs so long count as copied at first.
AT_LEAST = 24
#: Characters of the training text on a page, on each side of the run.
PAGE = 1500


class MemoryView(View):
    """The text in the colours of its runs; beside it the source of the one under the cursor, and shares."""

    asks = "memory"
    SCOPED_CSS = False
    BINDINGS = [*bindings(MEMORY)]
    DEFAULT_CSS = """
    MemoryView { layout: vertical; }
    MemoryView .view-foot { height: auto; max-height: 4; }
    MemoryView #memory-side { height: 8; layout: horizontal; }
    MemoryView #memory-side ToldPanel { width: 1fr; height: 1fr; }
    MemoryView #memory-side #memory-shares { width: 40; max-width: 50%; }
    Screen.-wide MemoryView { layout: horizontal; }
    Screen.-wide MemoryView #memory-side { width: 44; height: 1fr; layout: vertical; }
    Screen.-wide MemoryView #memory-side #memory-shares { width: 1fr; max-width: 100%; }
    Screen.-tall MemoryView #memory-side { height: 14; }
    Screen.-wide.-tall MemoryView #memory-side { height: 1fr; }
    Screen.-tiny MemoryView #memory-source { display: none; }
    Screen.-flat MemoryView #memory-side, Screen.-flat MemoryView .view-foot { display: none; }
    """

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.found: Remembered | None = None
        """What was found; None where nothing was yet."""
        self.at_least = AT_LEAST
        """Runs so long count as copied."""
        self._place = Question(self)
        self._asked_run: Run | None = None
        """The one whose place was asked for last."""

    def compose(self) -> ComposeResult:
        """The text, and what is told of it."""
        yield CanvasPanel(self, title="Memory", id="memory-text")
        with Vertical(id="memory-side"):
            yield ToldPanel(self, self._source, title="Source", id="memory-source")
            yield ToldPanel(self, self._shares, title="Copied share", id="memory-shares")

    def _source(self, width: int, height: int) -> Told:
        if self.found is None or not self.is_there:
            return Told("Source", [])
        return words.source_told(self.found, self.run, width, height)

    def _shares(self, width: int, height: int) -> Told:
        if self.found is None or not self.is_there:
            return Told("Copied share", [])
        return words.shares_told(self.found, self.at_least, self.way, width, height)

    @property
    def run(self) -> Run | None:
        """The run under the cursor."""
        return self.found.run_at(self.canvas.place) if self.found is not None and self.is_there else None

    # -- the answers -------------------------------------------------------------------------------

    def take(self, answer: protocol.Message) -> None:
        """Another text: the cursor goes to its longest run, unless it goes on as before."""
        before, self.found = self.found, words.remembered_of(answer)
        if before is None or not self.found.text.startswith(before.text):
            self.canvas.place = self.found.runs[0].start if self.found.runs else 0

    def hear(self, message: ModelAnswer) -> None:
        """Where a run stands."""
        self._place.hear(message, self._hear_of_place)

    def _hear_of_place(self, message: ModelAnswer) -> None:
        answer = message.answer
        if message.kind == "source" and self.found is not None and self._asked_run is not None:
            source = Source(answer["line"], answer["before"], answer["after"])
            self.found.sources[self._asked_run] = source
            self.describe()
        elif message.kind == "failed":
            self.app.notify(display(str(answer["message"])), severity="error", markup=False)

    def _ask_source(self) -> None:
        """Where the run under the cursor stands, unless that is known."""
        run = self.run
        if run is None or self.found is None or self.reading is None or run in self.found.sources:
            return
        if run == self._asked_run and self._place.is_waiting:
            return
        self._asked_run = run
        size = len(self.found.text[run.start : run.end].encode())
        self._place.ask("memory_source", run=self.reading.run, place=run.place, size=size)

    # -- showing -----------------------------------------------------------------------------------

    def draw(self) -> None:
        """The text as it is drawn now."""
        panel, found, way = self.query_one(CanvasPanel), self.found, self.way
        if found is None or not self.is_there:
            self.canvas.show(None)
            panel.border_title = "Memory"
        else:
            pieces = [
                Piece(character, step_of(cover) or float("nan"))
                for character, cover in zip(found.text, found.covers, strict=True)
            ]
            self.canvas.show(lambda width: painting(pieces, width, way))
            mine, theirs = found.share(self.at_least)
            panel.border_title = (
                f"Memory: {mine:.1%} in runs of {self.at_least} or more (held-out {theirs:.1%})"
            )
            self._ask_source()
        self.describe()

    def describe(self) -> None:
        """The run under the cursor, and what else is told."""
        super().describe()
        found, run = self.found, self.run
        if found is None or not self.is_there:
            return
        self.canvas.stress(frozenset(range(run.start, run.end)) if run is not None else frozenset())
        panel = self.query_one(CanvasPanel)
        line = text_of([])
        line.append(words.readout(found, run, found.sources.get(run) if run is not None else None))
        width = max(20, panel.content_region.width)
        rows = legend(self.way, width)
        for row in rows if len(rows) == 1 else legend(self.way, width, brief=True):
            line.append("\n")
            line.append_text(text_of(row))
        panel.foot(line)

    def moved(self) -> None:
        """Another character, perhaps of another run."""
        self._ask_source()
        self.describe()

    def action_link(self, by: int) -> None:
        """To the next of the runs, the longest first."""
        if self.found is None or not self.found.runs:
            return
        runs, here = self.found.runs, self.run
        at = runs.index(here) + by if here is not None else 0
        self.canvas.go(runs[at % len(runs)].start)

    def action_open(self) -> None:
        """The lines around the run, on a page."""
        run, found = self.run, self.found
        source = found.sources.get(run) if run is not None and found is not None else None
        if run is None or found is None or source is None:
            self.app.notify("The cursor is on no run whose place is known.")
            return
        here = found.text[run.start : run.end]
        text = Content.assemble(
            _lines(source.before[-PAGE:]), (_lines(here), "bold reverse"), _lines(source.after[:PAGE])
        )
        lines = text.split("\n", allow_blank=True)
        self.app.push_screen(Page(f"Line {source.line:,} of {display(found.corpus)}", lambda width: lines))

    def change_length(self, by: int) -> None:
        """Longer or shorter runs count as copied."""
        if self.found is not None and self.is_there:
            lengths = [length for length, _, _ in self.found.shares]
            at = max(0, min(lengths.index(self.at_least) + by, len(lengths) - 1))
            self.at_least = lengths[at]
            self.draw()

    # -- what the panels say -----------------------------------------------------------------------

    def command(self) -> str | None:
        """The same on the command line."""
        if self.reading is None:
            return None
        options = ["--at-least", str(self.at_least)] if self.at_least != AT_LEAST else []
        options += ["--ascii"] if self.way == "ascii" else []
        return self.reading.words("memory", *options, asks_model=False)

    def explanation(self) -> Explanation | None:
        """What a run is, and numbers."""
        if self.found is None or self.reading is None or not self.is_there:
            return None
        return words.explain(self.found, self.reading, self.run, self.at_least)


def _lines(text: str) -> str:
    """Safe to show, in lines."""
    return "\n".join(display(line) for line in text.split("\n"))
