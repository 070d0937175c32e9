"""The pane Corpus: texts, their statistics, their tokens, and what a model learns from them."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import DataTable, Input

from gptlab_tui.tui.dialogs import Ask
from gptlab_tui.tui.keys.corpus import KEYS
from gptlab_tui.tui.panel import bindings, panel_of, style_now
from gptlab_tui.tui.panes.corpus import jobs
from gptlab_tui.tui.panes.corpus.finding import CorpusFinding
from gptlab_tui.tui.panes.corpus.lessons import CorpusExamplesPanel, CorpusTokenizersPanel
from gptlab_tui.tui.panes.corpus.pager import CorpusPager
from gptlab_tui.tui.panes.corpus.panels import (
    CorpusListPanel,
    CorpusStatisticsPanel,
    CorpusTypePanel,
)
from gptlab_tui.tui.panes.corpus.search import CorpusSearch
from gptlab_tui.tui.panes.corpus.text import CorpusTextPanel
from gptlab_tui.tui.widgets.viewtabs import ViewTabs

VIEWS = (
    ("list", "c", "Corpora"),
    ("statistics", "s", "Statistics"),
    ("text", "x", "Text"),
    ("type", "w", "Type"),
    ("tokenizers", "k", "Tokenizers"),
    ("examples", "l", "Examples"),
)
_FOCUS = {
    "list": "#corpus-table",
    "text": "CorpusPager",
    "type": "#corpus-line",
    "tokenizers": "#corpus-tokenizers",
    "examples": "#corpus-examples-table",
}
_MOST_CONTEXT = 1024


class CorpusPane(CorpusFinding):
    """The views and their keys; `CorpusFinding` searches, `CorpusThreads` has things made."""

    section = "corpus"
    BINDINGS = [*bindings(KEYS)]
    SCOPED_CSS = False
    DEFAULT_CSS = """
    CorpusPane { layout: grid; grid-size: 1; grid-rows: 1 1fr; }
    CorpusPane > Panel { display: none; height: 1fr; }
    CorpusPane.-list #corpus-list, CorpusPane.-statistics #corpus-statistics, CorpusPane.-text #corpus-text,
    CorpusPane.-type #corpus-type, CorpusPane.-tokenizers #corpus-tokenizers,
    CorpusPane.-examples #corpus-examples { display: block; }
    Screen.-wide CorpusPane { grid-size: 2; grid-columns: 36 1fr; grid-rows: 1 1fr 12; }
    Screen.-wide CorpusPane > ViewTabs { column-span: 2; }
    Screen.-wide CorpusPane > #corpus-list { display: block; row-span: 2; }
    Screen.-wide CorpusPane > #corpus-type { display: block; }
    Screen.-wide CorpusPane.-type > #corpus-type { row-span: 2; }
    Screen.-wide CorpusPane.-list > #corpus-statistics { display: block; }
    """

    _was_wide: bool | None = None

    def compose(self) -> ComposeResult:
        """The line of views, and the views."""
        self.restore()
        terminal = self.bench.terminal
        yield ViewTabs(VIEWS)
        yield CorpusListPanel(terminal.glyphs == "ascii")
        yield CorpusStatisticsPanel(terminal)
        yield CorpusTextPanel(terminal)
        yield CorpusTokenizersPanel()
        yield CorpusExamplesPanel()
        yield CorpusTypePanel(terminal)

    def on_mount(self) -> None:
        """Tokens have the theme's colours."""
        self.watch(self.app, "theme", self._recolour, init=False)
        self._show_view()

    def _recolour(self) -> None:
        self.query_one(CorpusPager).draw()
        self.query_one(CorpusTypePanel).update()

    def arrive(self) -> None:
        """Lists the texts, and opens the one that was chosen."""
        self.show_texts()
        if self.corpus is None:
            self.open_text(self.name_of_text)
        self.call_after_refresh(self._come_back)

    def _come_back(self) -> None:
        """To the view; a field takes letters only from who has gone into it."""
        if self.view == "type":
            self.query_one("#corpus-type VerticalScroll").focus()
        else:
            self._focus_view()

    # -- views -------------------------------------------------------------------------------------

    @property
    def place(self) -> str:
        """The view that has the focus, of which a wide screen has several; or the field that has it."""
        focused = self.app.focused
        if isinstance(focused, Input):
            return "search" if focused.id == "corpus-search" else "line"
        panel = panel_of(focused)
        return (panel.id or "").removeprefix("corpus-") if panel is not None else self.view

    def action_view(self, name: str) -> None:
        """Brings a view to the front."""
        if self.screen.maximized is not None:
            self.screen.minimize()
        if name == "examples":
            self._choose_line()
        self.view = name
        self.keep(view=name)
        self._show_view()
        style_now(self)
        self._focus_view()

    def _show_view(self) -> None:
        for name, _, _ in VIEWS:
            self.set_class(name == self.view, f"-{name}")
        self.query_one(ViewTabs).current = self.view
        self.need()

    def _focus_view(self) -> None:
        statistics = self.query_one(CorpusStatisticsPanel)
        front = statistics.front if self.view == "statistics" else self.query_one(_FOCUS[self.view])
        self.screen.set_focus(front)

    def action_zipf(self) -> None:
        """The plot of Zipf's law in the place of the tables, and back."""
        self.screen.set_focus(self, scroll_visible=False)  # what is hidden hands its focus to no other view
        self.query_one(CorpusStatisticsPanel).turn()
        self.action_view("statistics")

    def on_view_tabs_picked(self, message: ViewTabs.Picked) -> None:
        """The mouse does what the keys do."""
        message.stop()
        self.action_view(message.name)

    def on_resize(self) -> None:
        """A wide screen shows more, which may have to be made; what failed is not tried at every size."""
        before, self._was_wide = self._was_wide, self.is_wide
        if before != self.is_wide:
            self.need()

    # -- texts -------------------------------------------------------------------------------------

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Enter on a text chooses it; one that is not here is fetched."""
        event.stop()
        one = self.query_one(CorpusListPanel).current
        if event.data_table.id != "corpus-table" or one is None:
            return
        if one.installed:
            self.open_text(one.name)
            if self.view == "list" and not self.is_wide:
                self.action_view("statistics")
        else:
            self.action_fetch()

    def action_fetch(self) -> None:
        """Fetches the text under the cursor; again, and the fetching stops."""
        if self.fetching:
            self.stop_fetching()
            return
        one = self.query_one(CorpusListPanel).current
        if one is None or one.installed:
            self.notify("This text is here already.")
            return
        self.fetch_text(one.name)

    def action_add(self) -> None:
        """Asks for a file or a folder."""

        def answer(path: str | None) -> None:
            if path and path.strip():
                self.add_text(path.strip())

        self.app.push_screen(
            Ask("Add a text", "", "Path of a file, or of a folder of .txt and .md files."), answer
        )

    # -- tokenizers --------------------------------------------------------------------------------

    def action_next_tokenizer(self) -> None:
        """char, bpe, gpt2, then that of the run that was chosen last."""
        choices = [jobs.Choice("char"), jobs.Choice("bpe", self.bpe_size()), jobs.Choice("gpt2")]
        if self.bench.state.run:
            choices.append(jobs.Choice("run", run=self.bench.state.run))
        place = choices.index(self.choice) + 1 if self.choice in choices else 0
        self.choose_tokenizer(choices[place % len(choices)])

    def action_next_preset(self) -> None:
        """The next preset whose model the vocabularies are weighed against."""
        self.next_preset()

    def on_input_changed(self, event: Input.Changed) -> None:
        """The tokens follow what is typed, and so do its examples where they are in sight."""
        event.stop()
        if event.input.id == "corpus-line":
            self.query_one(CorpusTypePanel).update()
            if self.of_typed:
                self.need()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter leaves the line, or looks for what was typed."""
        event.stop()
        if event.input.id == "corpus-search":
            self.query_one(CorpusPager).focus()
            self.look_for(event.value, again=False)
        else:
            self.back()

    # -- finding -----------------------------------------------------------------------------------

    def action_search(self) -> None:
        """Asks for what is to be found in the text."""
        self.action_view("text")
        self.query_one(CorpusSearch).open()

    def action_find(self, by: int) -> None:
        """To the next place where it stands, or to the one before."""
        if wanted := self.query_one(CorpusSearch).wanted:
            self.action_view("text")
            self.look_for(wanted, backwards=by < 0)
        else:
            self.action_search()

    def action_go_to(self) -> None:
        """Asks for a line, or a share of the text."""
        if self.view != "examples":
            self.action_view("text")

        def answer(typed: str | None) -> None:
            if typed is not None and typed.strip():
                self.go_to(typed)

        self.app.push_screen(Ask("Go to", "", "The number of a line, or a share such as 50%."), answer)

    def action_unknown(self) -> None:
        """Characters that the tokenizer lacks: a substitute for each, or nothing."""
        self.unknown = "skip" if self.unknown == "replace" else "replace"
        self.keep(unknown=self.unknown)
        panel = self.query_one(CorpusTypePanel)
        panel.show_tokenizer(self.tokenizer, panel.options, self.unknown)
        if self.view == "examples":
            self.teach(self.line)

    # -- examples ----------------------------------------------------------------------------------

    def _choose_line(self) -> None:
        """The focus says whose examples are meant: the typed line's, or those of the line in the pager."""
        panel = panel_of(self.app.focused)
        if isinstance(panel, CorpusTypePanel):
            self.of_typed = True
        elif isinstance(panel, CorpusTextPanel):
            self.of_typed = False
            self.line = panel.first_line(self.lines) or self.line

    def action_own_line(self) -> None:
        """The examples of the typed line, or those of the text's lines again."""
        self.of_typed = not (self.of_typed and self.view == "examples")
        self.app.set_focus(None)
        self.action_view("examples")

    def action_line(self, by: int) -> None:
        """The examples of another line."""
        if self.view == "examples" and not self.of_typed:
            self.teach(max(1, self.line + by))

    def action_context(self, factor: float) -> None:
        """Longer or shorter inputs."""
        if self.view == "examples":
            self.context = max(1, min(_MOST_CONTEXT, int(self.context * factor)))
            self.teach(self.line)

    def on_corpus_pager_turned(self, message: CorpusPager.Turned) -> None:
        """Which line stands at the top, of how many."""
        message.stop()
        self.query_one(CorpusTextPanel).tell_place(self.lines)

    def back(self) -> bool:
        """Stops a fetch or a search, leaves a field, or forgets what was found."""
        field = self.app.focused
        if self.fetching:
            self.stop_fetching()
        elif isinstance(field, Input) and field.id == "corpus-search":
            self.query_one(CorpusPager).focus()
            self.stop_looking()
        elif isinstance(field, Input):
            # Letters are keys again; the panel around the field cannot have the focus.
            self.query_one("#corpus-type VerticalScroll").focus()
        elif self.view == "text" and self.stop_looking():
            pass
        elif self.view != "type":  # whose field is not for who wants to leave
            self._focus_view()
        return True

    def palette(self) -> list[tuple[str, str, str]]:
        """What can be done now."""
        examples_only = ("corpus.line_before", "corpus.line_next", "corpus.longer", "corpus.shorter")
        return [
            (key.label, key.help, key.action)
            for key in KEYS
            if self.view == "examples" or key.id not in examples_only
        ]
