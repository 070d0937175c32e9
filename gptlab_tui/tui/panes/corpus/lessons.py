"""Two more panels of the pane Corpus: tokenizers side by side, and the training examples of a line."""

from __future__ import annotations

import shlex
from typing import Any

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import DataTable, Static

from gptlab_tui.explain.explanation import Explanation
from gptlab_tui.explain.tables import example_cells
from gptlab_tui.render.display import display
from gptlab_tui.tui.panel import Panel
from gptlab_tui.tui.panes.corpus.explain import explain_comparison, explain_lesson
from gptlab_tui.tui.panes.corpus.jobs import Choice, Lesson
from gptlab_tui.tui.panes.corpus.table import CorpusTable
from gptlab_tui.tui.panes.corpus.tables import comparison_lines, sentence


class CorpusTokenizersPanel(Panel):
    """Tokenizers side by side."""

    def __init__(self) -> None:
        super().__init__(title="Tokenizers", id="corpus-tokenizers")
        self.can_focus = True
        self.result: dict[str, Any] | None = None
        self.asked = ("", "")

    def compose(self) -> ComposeResult:
        """A table."""
        with VerticalScroll(can_focus=False):
            yield Static(id="corpus-comparison")

    def show_waiting(self, name: str, preset: str) -> None:
        """What is being compared."""
        self.asked, self.result = (name, preset), None
        self.border_title = Content(f"Tokenizers for {display(preset)}")
        self.say(Content(f"cutting {display(name)} with char, bpe and gpt2 …"))

    def show_result(self, result: dict[str, Any], warning: str) -> None:
        """Shows the table."""
        self.result = result
        self.say(Content("\n").join(comparison_lines(result, warning)))

    def say(self, text: Content) -> None:
        """Shows words in the place of the table."""
        self.query_one("#corpus-comparison", Static).update(text)

    def command(self) -> str:
        """The same table."""
        name, preset = self.asked
        return shlex.join(["gptlab", "tokens", "--compare", "--corpus", name, "--preset", preset])

    def explanation(self) -> Explanation | None:
        """What a vocabulary costs."""
        return explain_comparison(self.result)


class CorpusExamplesPanel(Panel):
    """The training examples of a line."""

    DEFAULT_CSS = """
    CorpusExamplesPanel #corpus-sentence { height: auto; max-height: 6; margin: 0 0 1 0; }
    """

    def __init__(self) -> None:
        super().__init__(title="Examples", id="corpus-examples")
        self.lesson: Lesson | None = None
        self.name_of_text = ""
        self.context = 8
        self.choice = Choice("char")

    def compose(self) -> ComposeResult:
        """The example under the cursor as a sentence, over all of them."""
        yield Static(id="corpus-sentence")
        yield CorpusTable(cursor_type="row", id="corpus-examples-table")

    def show_lesson(self, lesson: Lesson | None) -> None:
        """Shows a line; None while it is looked for."""
        self.lesson = lesson
        table: DataTable[Text] = self.query_one(DataTable)
        table.clear(columns=True)
        if lesson is None:
            self.query_one("#corpus-sentence", Static).update(Content("looking for the line …"))
            return
        which = "the typed line" if lesson.number is None else f"line {lesson.number:,}"
        self.border_title = f"Examples of {which}"
        for name in ("when the input is", "target", "text"):
            table.add_column(name)
        for one in lesson.examples:
            table.add_row(*(Text(cell, no_wrap=True) for cell in example_cells(one)))
        if not lesson.examples:
            text = f"{display(lesson.text)}\n{display(lesson.problem)}"
            self.query_one("#corpus-sentence", Static).update(Content(text))

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """The sentence follows the cursor."""
        event.stop()
        if self.lesson is not None and 0 <= event.cursor_row < len(self.lesson.examples):
            examples = self.lesson.examples
            told = sentence(examples[event.cursor_row], len(examples), event.cursor_row)
            if self.lesson.lacking:
                told = Content("\n").join([told, Content.styled(self.lesson.lacking, "$warning")])
            self.query_one("#corpus-sentence", Static).update(told)

    def command(self) -> str | None:
        """The same examples."""
        if self.lesson is None:
            return None
        options = [*self.choice.options(), "--context", str(self.context)]
        options += ["--unknown", self.lesson.unknown] if self.lesson.lacking else []
        words = ["gptlab", "corpus", "examples", "--corpus", self.name_of_text]
        if self.lesson.number is None:
            return shlex.join([*words, *options, "--", self.lesson.text])
        return shlex.join([*words, "--line", str(self.lesson.number), *options])

    def explanation(self) -> Explanation | None:
        """A window of T tokens is T examples."""
        return explain_lesson(self.lesson)
