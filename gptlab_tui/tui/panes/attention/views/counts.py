"""The view Counts: for the token under the cursor the model's next ones beside the corpus's own n-grams."""

from __future__ import annotations

import textwrap

from textual.app import ComposeResult

from gptlab_tui.explain.explanation import Explanation
from gptlab_tui.render.display import display
from gptlab_tui.render.heat import label_of
from gptlab_tui.render.painted import lettering
from gptlab_tui.serving import protocol
from gptlab_tui.tui.panes.attention.views import counts_words as words
from gptlab_tui.tui.panes.attention.views.reading import Reading
from gptlab_tui.tui.panes.attention.views.view import CanvasPanel, Told, ToldPanel, View

_LEGEND = "seen: how often the context is in the training text; KL: how far the model is, * nearest"


class CountsView(View):
    """The text above, the table of the place under its cursor below."""

    asks = "counts"
    SCOPED_CSS = False
    DEFAULT_CSS = """
    CountsView { layout: vertical; }
    CountsView #counts-text { height: 5; }
    CountsView #counts-text .view-foot { display: none; }
    CountsView #counts-table { height: 1fr; }
    Screen.-tall CountsView #counts-text { height: 9; }
    Screen.-flat CountsView #counts-table { display: none; }
    Screen.-flat CountsView #counts-text { height: 1fr; }
    """

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.pieces: list[str] = []
        """The sentence as the model cuts it."""
        self.tables: dict[int, protocol.Message] = {}
        """Place -> what may follow there, as far as it was asked for."""
        self._problem = ""

    def compose(self) -> ComposeResult:
        """Text and table."""
        yield CanvasPanel(self, title="Counts", id="counts-text")
        yield ToldPanel(self, self._table, title="What may follow", id="counts-table")

    @property
    def place(self) -> int:
        """The token under the cursor: what follows it is told."""
        return self.canvas.place

    @property
    def table(self) -> protocol.Message | None:
        """That of the place under the cursor; None where it is not there yet."""
        return self.tables.get(self.place)

    # -- asking ------------------------------------------------------------------------------------

    def look(self, reading: Reading | None, problem: str = "", *, again: bool = False) -> None:
        """Another sentence has other tables."""
        if reading != self.reading:
            self.tables, self._problem = {}, ""
        super().look(reading, problem, again=again)

    def take_part(self, kind: str, answer: protocol.Message) -> None:
        """The tokens come first; where the run's text is missing, the table says so."""
        before, self.pieces = self.pieces, answer["pieces"]
        if self.pieces[: len(before)] != before or not before:
            self.canvas.place = max(0, len(self.pieces) - 1)
        self.say("")
        self.draw()
        if self.place != len(self.pieces) - 1:
            self._ask_here()

    def fail(self, words: str) -> None:
        """The sentence stays where only the run's text is missing."""
        if self.pieces:
            self._problem = words
            self.describe()
        else:
            super().fail(words)

    def take(self, answer: protocol.Message) -> None:
        """A table."""
        self.tables[answer["at"]], self._problem = answer, ""

    def moved(self) -> None:
        """Another place: its table may be there already."""
        self._ask_here()
        self.describe()

    def _ask_here(self) -> None:
        if self.table is not None or self._problem or self.reading is None:
            return
        self._call_off()
        self.question.ask("counts", **self.about(), at=self.place)

    # -- showing -----------------------------------------------------------------------------------

    def draw(self) -> None:
        """The text as it is drawn now."""
        if self.reading is None or not self.pieces:
            self.canvas.show(None)
        else:
            pieces, way = self.pieces, self.way
            self.canvas.show(lambda width: lettering(pieces, width, way))
        self.describe()

    def _table(self, width: int, height: int) -> Told:
        title = "What may follow"
        if self.reading is None or not self.pieces:
            return Told(title, [])
        title = f"What may follow `{self._label}`"
        if self._problem:
            return Told(title, textwrap.wrap(display(self._problem), max(20, width)))
        if self.table is None:
            return Told(title, ["counting …"] if self.question.is_waiting else [])
        following = self.pieces[self.place + 1] if self.place + 1 < len(self.pieces) else None
        lines = words.table(self.table, following, self.way, width, height)
        return Told(title, lines, _LEGEND if len(_LEGEND) < width else "* nearest to the model")

    @property
    def _label(self) -> str:
        """What the cursor is on, with a little before it."""
        return label_of("".join(self.pieces[max(0, self.place - 7) : self.place + 1]), self.way)

    # -- what the panels say -----------------------------------------------------------------------

    def command(self) -> str | None:
        """The table on the command line."""
        if self.reading is None or not self.pieces:
            return None
        options = ["--ascii"] if self.way == "ascii" else []
        return self.reading.words("counts", *options, text="".join(self.pieces[: self.place + 1]))

    def explanation(self) -> Explanation | None:
        """Formula and numbers."""
        if self.reading is None or self.table is None:
            return None
        return words.explain(self.table, self.reading, self._label, self.way)
