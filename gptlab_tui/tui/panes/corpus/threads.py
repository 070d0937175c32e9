"""What the pane Corpus knows, and how it comes to know it: a thread for each thing, made when needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.content import Content
from textual.widgets import Static

from gptlab_tui.errors import GPTLabError
from gptlab_tui.render.display import display
from gptlab_tui.render.units import counted
from gptlab_tui.tui.panes.corpus import jobs
from gptlab_tui.tui.panes.corpus.lessons import CorpusExamplesPanel, CorpusTokenizersPanel
from gptlab_tui.tui.panes.corpus.pager import CorpusPager
from gptlab_tui.tui.panes.corpus.pages import LineCount
from gptlab_tui.tui.panes.corpus.panels import (
    CorpusListPanel,
    CorpusStatisticsPanel,
    CorpusTypePanel,
)
from gptlab_tui.tui.panes.corpus.running import CorpusRunning, Ready, engine
from gptlab_tui.tui.panes.corpus.search import CorpusSearch
from gptlab_tui.tui.panes.corpus.text import CorpusTextPanel

if TYPE_CHECKING:
    from textual.notifications import SeverityLevel

    from gptlab_tui.text.corpus import Corpus
    from gptlab_tui.text.protocol import Tokenizer, Unknown
    from gptlab_tui.text.statistics import Statistics


class CorpusThreads(CorpusRunning):
    """The text that was chosen, and what was made of it so far."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.view = "statistics"
        self.name_of_text = "contos"
        self.preset = "cpu200k"
        self.choice = jobs.Choice("char")
        self.context = 8
        self.line = 1
        self.of_typed = False
        """Whether the examples are those of the typed line."""
        self.unknown: Unknown = "replace"
        """What becomes of characters that the tokenizer lacks."""
        self.corpus: Corpus | None = None
        self.statistics: Statistics | None = None
        self.tokenizer: Tokenizer | None = None
        self.lines = LineCount()
        self.fetching = ""

    def restore(self) -> None:
        """Takes up what was remembered."""
        for name in ("view", "name_of_text", "preset"):
            value = self.kept.get(name)
            if isinstance(value, str) and value:
                setattr(self, name, value)
        if self.kept.get("unknown") == "skip":
            self.unknown = "skip"
        if self.view not in ("list", "statistics", "text", "type", "tokenizers", "examples"):
            self.view = "statistics"

    def _activity(self, says: str) -> None:
        self.query_one(CorpusListPanel).tell_below(display(says))

    # -- the text ----------------------------------------------------------------------------------

    def open_text(self, name: str) -> None:
        """Opens a text; all that was made of another is forgotten."""
        self.name_of_text, self.corpus, self.statistics, self.tokenizer = name, None, None, None
        self.lines, self.line = LineCount(), 1
        for group in ("find", "go"):
            self.cancel(group)
        self._made.clear()
        self.keep(name_of_text=name)
        self._activity(f"opening {name} …")
        self.query_one(CorpusStatisticsPanel).show_statistics(None)
        self.query_one(CorpusPager).show_text(None, None)
        self.query_one(CorpusSearch).close()
        home = self.bench.home
        self._start("open", lambda stopped, tell: engine().open_named(name, home), self._open_ready)

    def _open_ready(self, message: Ready) -> None:
        if message.error:
            self._activity("")
            self.query_one(CorpusStatisticsPanel).say(message.error)
            self.notify(display(message.error), severity="error", markup=False)
            return
        corpus: Corpus = message.value
        self.corpus = corpus
        self._activity(counted(corpus.characters, "character"))
        panel = self.query_one(CorpusListPanel)
        panel.corpus = corpus
        panel.show_texts(panel.texts, self.name_of_text)
        self.query_one(CorpusPager).show_text(corpus, None)
        lines = self.lines
        self._start("lines", lambda stopped, tell: lines.grow(corpus, stopped), self._lines_ready)
        self.need()

    def _lines_ready(self, message: Ready) -> None:
        if message.error and message.error != jobs.STOPPED:
            self.notify(
                display(f"The lines are not counted. {message.error}"), severity="error", markup=False
            )
        self.query_one(CorpusPager).post_message(CorpusPager.Turned())

    # -- what the views need -----------------------------------------------------------------------

    def need(self) -> None:
        """Makes what the views in sight show, where it is not made or being made yet."""
        corpus = self.corpus
        if corpus is None or not self.is_mounted:
            return
        wide = self.is_wide
        if self.view == "statistics" or (wide and self.view == "list"):
            self._need_statistics(corpus)
        if wide or self.view in ("text", "type", "examples"):
            self._need_tokenizer(corpus)
        if self.view == "tokenizers":
            self._need_comparison(corpus)
        if self.view == "examples" and self.tokenizer is not None:
            self.teach(self.line)

    @property
    def is_wide(self) -> bool:
        """Whether the list and the line to type into are there whatever the view."""
        return self.screen.has_class("-wide")

    # -- statistics --------------------------------------------------------------------------------

    def _need_statistics(self, corpus: Corpus) -> None:
        panel = self.query_one(CorpusStatisticsPanel)

        def job(stopped: jobs.Stopped, tell: jobs.Tell) -> Statistics:
            found: Statistics = engine().count(corpus, stopped, tell)
            return found

        def told(says: str) -> None:
            panel.tell_below(f"counting {says}")

        if self._once("statistics", True, job, self._statistics_ready, told):
            panel.show_statistics(None)

    def _statistics_ready(self, message: Ready) -> None:
        panel = self.query_one(CorpusStatisticsPanel)
        panel.tell_below()
        if message.error:
            panel.say(message.error)
        else:
            self.statistics = message.value
            panel.show_statistics(self.statistics)

    # -- the tokenizer -----------------------------------------------------------------------------

    def bpe_size(self) -> int:
        """The size of a byte-pair vocabulary: the chosen preset's."""
        from gptlab_tui.presets import load_preset

        try:
            return load_preset(self.preset, (), self.bench.home).tokenizer.vocab_size
        except GPTLabError:
            return 1024

    def choose_tokenizer(self, choice: jobs.Choice) -> None:
        """Cuts everything another way."""
        self.choice, self.tokenizer = choice, None
        self.query_one(CorpusExamplesPanel).show_lesson(None)
        if self.corpus is not None:
            self._need_tokenizer(self.corpus)

    def _need_tokenizer(self, corpus: Corpus) -> None:
        choice, home = self.choice, self.bench.home

        def job(stopped: jobs.Stopped, tell: jobs.Tell) -> Tokenizer:
            made: Tokenizer = engine().make_tokenizer(choice, corpus, home, stopped, tell)
            return made

        def told(says: str) -> None:
            self._title_tokens(f"{says} …")

        if self._once("tokenizer", choice, job, self._tokenizer_ready, told):
            self.query_one(CorpusTypePanel).show_tokenizer(None, [])
            self._title_tokens("…")

    def _title_tokens(self, says: str) -> None:
        name = display(self.choice.label)
        self.query_one(CorpusTypePanel).border_title = Content(f"Type · {name} {says}".rstrip())
        self.query_one(CorpusTextPanel).border_title = Content(
            f"{display(self.name_of_text)} · tokens: {name} {says}".rstrip()
        )

    def _tokenizer_ready(self, message: Ready) -> None:
        if message.error:
            self._title_tokens("is missing")
            self.notify(display(message.error), severity="error", markup=False, timeout=12)
            self.query_one("#corpus-pieces", Static).update(Content.styled(display(message.error), "$error"))
            return
        self.tokenizer = message.value
        self._title_tokens("")
        options = [*self.choice.options(), "--corpus", self.name_of_text]
        self.query_one(CorpusTypePanel).show_tokenizer(self.tokenizer, options, self.unknown)
        self.query_one(CorpusTextPanel).options = options
        self.query_one(CorpusPager).show_text(self.corpus, self.tokenizer)
        if self.view == "examples":
            self.teach(self.line)

    # -- side by side ------------------------------------------------------------------------------

    def next_preset(self) -> None:
        """The preset after the chosen one, for the next comparison."""
        home, before = self.bench.home, self.preset
        self._start("preset", lambda stopped, tell: engine().preset_after(before, home), self._preset_ready)

    def _preset_ready(self, message: Ready) -> None:
        if message.error:
            self.notify(display(message.error), severity="error", markup=False)
            return
        self.preset = message.value
        self.keep(preset=self.preset)
        self.need()

    def _need_comparison(self, corpus: Corpus) -> None:
        name, preset, home = self.name_of_text, self.preset, self.bench.home

        def job(stopped: jobs.Stopped, tell: jobs.Tell) -> tuple[dict[str, Any], str]:
            compared: tuple[dict[str, Any], str] = engine().compare(name, preset, home, stopped, tell)
            return compared

        panel = self.query_one(CorpusTokenizersPanel)

        def told(says: str) -> None:
            panel.tell_below(f"at work for {says}")

        if self._once("comparison", (corpus.digest, preset), job, self._comparison_ready, told):
            panel.show_waiting(name, preset)

    def _comparison_ready(self, message: Ready) -> None:
        panel = self.query_one(CorpusTokenizersPanel)
        panel.tell_below()
        if message.error:
            panel.say(Content.styled(display(message.error), "$error"))
        else:
            panel.show_result(*message.value)

    # -- examples ----------------------------------------------------------------------------------

    def teach(self, number: int) -> None:
        """The examples of a line, or of the typed one."""
        corpus, tokenizer, context, unknown = self.corpus, self.tokenizer, self.context, self.unknown
        if corpus is None or tokenizer is None:
            return
        typed = self.query_one(CorpusTypePanel).typed if self.of_typed else None
        known = self.lines.before(number)

        def job(stopped: jobs.Stopped, tell: jobs.Tell) -> jobs.Lesson:
            if typed is not None:
                lesson: jobs.Lesson = engine().lesson(typed, None, tokenizer, context, unknown)
            else:
                text = engine().line(corpus, number, known, stopped, tell)
                lesson = engine().lesson(text, number, tokenizer, context, unknown)
            return lesson

        def told(says: str) -> None:
            self.query_one(CorpusExamplesPanel).tell_below(f"looking for the line {says}")

        key = (number if typed is None else typed, context, unknown, self.choice)
        self._once("lesson", key, job, self._lesson_ready, told)

    def _lesson_ready(self, message: Ready) -> None:
        panel = self.query_one(CorpusExamplesPanel)
        if message.error:
            panel.tell_below()
            self.notify(display(message.error), markup=False)
            return
        lesson: jobs.Lesson = message.value
        self.line = self.line if lesson.number is None else lesson.number
        panel.name_of_text, panel.context, panel.choice = self.name_of_text, self.context, self.choice
        lines = ["o the text's lines"] if lesson.number is None else ["← → lines", "o the typed line"]
        panel.tell_below(display(self.choice.label), f"context {self.context}", *lines)
        panel.show_lesson(lesson)

    # -- more texts --------------------------------------------------------------------------------

    def fetch_text(self, name: str) -> None:
        """Brings a text of the catalogue."""
        home, self.fetching = self.bench.home, name
        self._activity(f"fetching {name} … f stops")

        def job(stopped: jobs.Stopped, tell: jobs.Tell) -> str:
            happened: str = engine().bring(name, home, stopped, tell)
            return happened

        def told(says: str) -> None:
            self._activity(f"fetching {name} {says} · f stops")

        self._start("fetch", job, self._fetch_ready, told)

    def stop_fetching(self) -> None:
        """Leaves nothing behind."""
        self.cancel("fetch")

    def _fetch_ready(self, message: Ready) -> None:
        name, self.fetching = self.fetching, ""
        self._activity("")
        if message.error:
            severity: SeverityLevel = "information" if message.error == jobs.STOPPED else "error"
            told = f"{name}: {message.error}"
            self.notify(display(told), severity=severity, markup=False, timeout=12)
            return
        self.notify(display(message.value), markup=False)
        self.show_texts()
        self.open_text(name)

    def add_text(self, path: str) -> None:
        """Keeps a file or folder of the user's as a text."""
        home = self.bench.home
        self._activity(f"reading {path} …")
        self._start("add", lambda stopped, tell: engine().add(path, home), self._add_ready)

    def _add_ready(self, message: Ready) -> None:
        self._activity("")
        if message.error:
            self.notify(display(message.error), severity="error", markup=False, timeout=12)
            return
        self.show_texts()
        self.open_text(message.value)

    def show_texts(self) -> None:
        """The list, as the disk has it now."""
        home = self.bench.home
        self._start("texts", lambda stopped, tell: engine().texts(home), self._texts_ready)

    def _texts_ready(self, message: Ready) -> None:
        if message.error:
            self.notify(display(f"The texts are not listed. {message.error}"), severity="error", markup=False)
            return
        self.query_one(CorpusListPanel).show_texts(message.value, self.name_of_text)
