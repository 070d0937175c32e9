"""The panels of the pane Corpus; what they show is given to them.

What reads and cuts texts is imported when there is something to cut: a thread has loaded it by then.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import DataTable, Input, Static

from gptlab_tui.explain.explanation import Explanation
from gptlab_tui.render.display import display
from gptlab_tui.render.fitting import fit
from gptlab_tui.render.units import counted
from gptlab_tui.tui.panel import Panel
from gptlab_tui.tui.panes.corpus.explain import explain_corpus, explain_cut, explain_statistics
from gptlab_tui.tui.panes.corpus.lacking import told_lacking
from gptlab_tui.tui.panes.corpus.pager import KINDS, token_styles
from gptlab_tui.tui.panes.corpus.table import CorpusTable
from gptlab_tui.tui.panes.corpus.tables import interlinear, statistics_lines
from gptlab_tui.tui.terminal import Terminal
from gptlab_tui.tui.widgets.chart import ChartView
from gptlab_tui.tui.widgets.chart_spec import Chart, Curve

if TYPE_CHECKING:
    from gptlab_tui.text.corpus import Corpus
    from gptlab_tui.text.cutting import Cut
    from gptlab_tui.text.library import Listed
    from gptlab_tui.text.protocol import Tokenizer, Unknown
    from gptlab_tui.text.statistics import Statistics


#: Cells of the plot beside the tables, the fewest that these need then, and lines for one under the other.
_PLOT = 50
_TABLES = 50
_BOTH = 32


class CorpusListPanel(Panel):
    """The texts that have a name."""

    DEFAULT_CSS = "CorpusListPanel { padding: 0; }"

    def __init__(self, ascii_only: bool) -> None:
        super().__init__(title="Corpora", id="corpus-list")
        self._signs = ("*", "v") if ascii_only else ("●", "↓")
        self.texts: list[Listed] = []
        self._chosen = ""
        self.corpus: Corpus | None = None

    def compose(self) -> ComposeResult:
        """A line for each."""
        yield CorpusTable(cursor_type="row", id="corpus-table")

    def show_texts(self, texts: list[Listed], chosen: str) -> None:
        """Shows them; the chosen one is marked."""
        at = self.current.name if self.current is not None else chosen
        self.texts, self._chosen = texts, chosen
        self._fill(at)

    def on_resize(self) -> None:
        """More room tells more."""
        if self.current is not None:
            self._fill(self.current.name)

    def _fill(self, at: str) -> None:
        table: DataTable[Text] = self.query_one(DataTable)
        table.clear(columns=True)
        for name, width in (("", 1), ("text", 16), ("      MB", 8)):
            table.add_column(name, width=width)
        room = self.size.width - 34
        if room >= 16:
            table.add_column("what", width=room)
        for one in self.texts:
            here, fetched = self._signs
            sign = ">" if one.name == self._chosen else here if one.installed else fetched
            cells = [sign, fit(display(one.name), 16), f"{one.size_bytes / 1e6:8.2f}"]
            if room >= 16:
                cells.append(fit(display(_what(one)), room))
            style = "bold" if one.name == self._chosen else ""
            table.add_row(*(Text(cell, style, no_wrap=True) for cell in cells), key=one.name)
        names = [one.name for one in self.texts]
        if at in names:
            table.move_cursor(row=names.index(at))

    @property
    def current(self) -> Listed | None:
        """The text under the cursor."""
        row = self.query_one(DataTable).cursor_row
        return self.texts[row] if 0 <= row < len(self.texts) else None

    def command(self) -> str:
        """The same list."""
        return "gptlab corpus list"

    def explanation(self) -> Explanation:
        """How a text is split."""
        name = self.corpus.name if self.corpus is not None else ""
        return explain_corpus(self.corpus, next((_what(one) for one in self.texts if one.name == name), ""))


def _what(one: Listed) -> str:
    """Where a text comes from, and what it is."""
    origin = {"added": "yours", "bundled": "bundled"}.get(one.origin, "fetched")
    origin = origin if one.installed else "f fetches it"
    return " · ".join(part for part in (origin, one.author, one.title, one.licence) if part)


class ZipfView(ChartView, can_focus=True):
    """The words by rank."""


class CorpusStatisticsPanel(Panel):
    """Characters and words in tables, Zipf's law as a plot: beside them, under them, or in their place."""

    DEFAULT_CSS = """
    CorpusStatisticsPanel VerticalScroll { scrollbar-size-vertical: 1; }
    CorpusStatisticsPanel ZipfView { display: none; }
    CorpusStatisticsPanel.-counted.-under ZipfView { display: block; height: 16; }
    CorpusStatisticsPanel.-counted.-beside { layout: horizontal; }
    CorpusStatisticsPanel.-counted.-beside ZipfView {
        display: block; width: 50; height: 1fr; margin: 0 0 0 1;  /* a scroll bar is no part of its axis */
    }
    CorpusStatisticsPanel.-counted.-alone ZipfView { display: block; width: 1fr; height: 1fr; }
    CorpusStatisticsPanel.-counted.-alone VerticalScroll { display: none; }
    """

    def __init__(self, terminal: Terminal) -> None:
        super().__init__(title="Statistics", id="corpus-statistics")
        self._terminal = terminal
        self.found: Statistics | None = None
        self._problem = ""
        """Why there are none."""

    def compose(self) -> ComposeResult:
        """The tables, and the words by rank."""
        with VerticalScroll():
            yield Static(id="corpus-tables")
        yield ZipfView(self._terminal, id="corpus-zipf")

    def on_mount(self) -> None:
        """The frame says whether there is more below."""
        self.watch(self.query_one(VerticalScroll), "scroll_y", self._tell_more)

    @property
    def front(self) -> Widget:
        """What has the focus: the tables, or the plot in their place."""
        alone = self.has_class("-alone") and self.found is not None
        return self.query_one(ZipfView) if alone else self.query_one(VerticalScroll)

    def turn(self) -> None:
        """The plot in the place of the tables, or the tables again."""
        self.toggle_class("-alone")
        self.fill()

    def show_statistics(self, found: Statistics | None) -> None:
        """Shows them; None while they are counted."""
        self.found, self._problem = found, ""
        self.border_title = Content("Statistics" if found is None else f"Statistics of {display(found.name)}")
        self.set_class(found is not None, "-counted")
        self.fill()
        if found is not None:
            self.query_one(ChartView).show(zipf_chart(found))

    def say(self, problem: str) -> None:
        """Shows why there are none, in their place."""
        self.found, self._problem = None, problem
        self.set_class(False, "-counted")
        self.fill()

    def fill(self) -> None:
        """The tables in the present width."""
        beside = self.size.width >= _PLOT + _TABLES
        self.set_class(beside, "-beside")
        self.set_class(not beside and self.size.height >= _BOTH, "-under")
        width = max(20, self.size.width - 2 - (_PLOT + 2 if beside else 0))
        ascii_only = self._terminal.glyphs == "ascii"
        lines = [Content.styled(display(self._problem), "$error") if self._problem else Content("counting …")]
        if self.found is not None:
            lines = statistics_lines(self.found, width, ascii_only)
        self.query_one("#corpus-tables", Static).update(Content("\n").join(lines))
        self.call_after_refresh(self._tell_more)

    def _tell_more(self) -> None:
        """In the frame: what is not in sight, and the key for it."""
        if self.found is None:
            return
        if self.has_class("-alone"):
            self.tell_below("v tables", "words by rank: straight is Zipf's law")
            return
        tables, plot = self.query_one(VerticalScroll), self.query_one(ZipfView)
        more = ["more below"] if tables.scroll_y < tables.max_scroll_y else []
        self.tell_below(*more, "v Zipf's law" if not plot.display else "v the plot alone")

    def on_resize(self) -> None:
        """Tables stand side by side where there is room."""
        self.fill()

    def command(self) -> str | None:
        """The same numbers."""
        return None if self.found is None else f"gptlab corpus stats {shlex.quote(self.found.name)}"

    def explanation(self) -> Explanation | None:
        """Entropy and Zipf's law."""
        return explain_statistics(self.found)


def zipf_chart(found: Statistics) -> Chart:
    """How often the r-th word comes, over r, both logarithmic, beside C / r."""
    ranks = tuple(float(rank) for rank in range(1, len(found.top_words) + 1))
    counts = tuple(float(word.count) for word in found.top_words)
    law = tuple(counts[0] / rank for rank in ranks) if counts else ()
    curves = (Curve("C / r", ranks, law, 1, "cloud"), Curve("words", ranks, counts, 0))
    return Chart(curves, x_name="rank", y_name="times", log_x=True, log_y=True)


class CorpusTypePanel(Panel):
    """A line to type into, and its tokens."""

    DEFAULT_CSS = """
    CorpusTypePanel VerticalScroll { scrollbar-size-vertical: 1; margin: 1 0 0 0; }
    Screen.-flat CorpusTypePanel VerticalScroll { margin: 0; }
    """
    SCOPED_CSS = False

    def __init__(self, terminal: Terminal) -> None:
        super().__init__(title="Type", id="corpus-type")
        self._terminal = terminal
        self.tokenizer: Tokenizer | None = None
        self.options: list[str] = []
        self.unknown: Unknown = "replace"
        self.lacking = ""
        """What is to be said of characters that the tokenizer lacks."""
        self.cut: Cut | None = None

    def compose(self) -> ComposeResult:
        """The line over its tokens."""
        yield Input("A figura é poética", placeholder="type something", compact=True, id="corpus-line")
        with VerticalScroll():
            yield Static(id="corpus-pieces")

    def show_tokenizer(
        self, tokenizer: Tokenizer | None, options: list[str], unknown: Unknown = "replace"
    ) -> None:
        """Cuts with another tokenizer; `options` ask `gptlab tokens` for the same.

        `unknown` says what becomes of characters that it lacks.
        """
        self.tokenizer, self.options, self.unknown = tokenizer, options, unknown
        self.update()

    @property
    def typed(self) -> str:
        """What stands in the line."""
        return self.query_one(Input).value

    def update(self) -> None:
        """The tokens of what stands in the line now."""
        text = self.typed
        self.cut, self.lacking = None, ""
        if self.tokenizer is None:
            shown = Content("making the tokenizer …")
        else:
            from gptlab_tui.text.cutting import cut

            self.cut = cut(text, self.tokenizer, self.unknown)
            self.lacking = told_lacking(text, self.tokenizer, self.unknown)
            shown = self._pieces(self.cut)
        self.query_one("#corpus-pieces", Static).update(shown)
        self.tell_below(*(tell_cut(self.cut) if self.cut is not None else ()))

    def _pieces(self, made: Cut) -> Content:
        barred = self._terminal.colours in ("none", "16")
        styles = [str(style) for style in token_styles(self.app.current_theme.dark, barred)]
        lines, number = [], 0
        for row in interlinear(made.pieces, made.ids, max(8, self.size.width - 6)):
            pieces: list[tuple[str, str]] = []
            ids: list[str | tuple[str, str]] = []
            for piece, token in row:
                pieces += [(piece, "" if barred else styles[number % KINDS]), ("|", "$muted")]
                ids += [(token, "$muted"), " "]
                number += 1
            lines += [Content.assemble(*pieces), Content.assemble(*ids), Content("")]
        if self.lacking:
            lines.append(Content.styled(self.lacking, "$warning"))
        return Content("\n").join(lines)

    def on_resize(self) -> None:
        """Rows are as wide as the panel."""
        self.update()

    def command(self) -> str:
        """The same tokens."""
        unknown = ["--unknown", self.unknown] if self.lacking else []
        return shlex.join(["gptlab", "tokens", *self.options, *unknown, "--", self.typed])

    def explanation(self) -> Explanation | None:
        """Bits per byte."""
        return explain_cut(self.cut)


def tell_cut(made: Cut) -> tuple[str, str]:
    """How many tokens of how many characters, and of what vocabulary."""
    tokens, characters = counted(len(made.ids), "token"), counted(len(made.text), "character")
    return f"{tokens} of {characters}", f"V {made.vocab_size:,}"
