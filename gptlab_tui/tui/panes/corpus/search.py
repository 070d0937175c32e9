"""The line of a search, under the text: what is looked for, and what came of it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Static

from gptlab_tui.render.display import display
from gptlab_tui.tui.panel import style_now


class CorpusSearch(Horizontal):
    """`/ lua          line 12 · on from the beginning`; hidden while nothing is looked for."""

    DEFAULT_CSS = """
    CorpusSearch { height: 1; display: none; }
    CorpusSearch.-open { display: block; }
    CorpusSearch #corpus-search-sign { width: 2; color: $muted; }
    CorpusSearch Input { width: 1fr; min-width: 8; }
    CorpusSearch #corpus-search-says { width: auto; max-width: 60%; padding: 0 0 0 1; color: $muted; }
    """

    def compose(self) -> ComposeResult:
        """A field between a sign and what came of it."""
        yield Static("/", id="corpus-search-sign")
        yield Input(
            placeholder="text to find; small letters find capitals too",
            select_on_focus=True,
            compact=True,
            id="corpus-search",
        )
        yield Static(id="corpus-search-says")

    @property
    def wanted(self) -> str:
        """What is looked for."""
        return self.query_one(Input).value if self.is_open else ""

    @property
    def is_open(self) -> bool:
        """Whether it can be seen."""
        return self.has_class("-open")

    def open(self) -> None:
        """Shows the line, to be typed into."""
        self.add_class("-open")
        style_now(self)
        self.screen.set_focus(self.query_one(Input))

    def close(self) -> None:
        """Hides it."""
        self.remove_class("-open")
        self.say("")

    def say(self, text: str) -> None:
        """What came of it."""
        self.query_one("#corpus-search-says", Static).update(Content(display(text)))
