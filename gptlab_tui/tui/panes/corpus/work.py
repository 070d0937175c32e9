"""What the pane Corpus has done in threads: texts opened, counted, fetched, added, tokenizers made.

It loads NumPy and what reads texts, so those threads alone import it: the pane must stand at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any

from gptlab_tui.config import CorpusConfig, TokenizerConfig
from gptlab_tui.errors import GPTLabError
from gptlab_tui.home import Home
from gptlab_tui.presets import list_presets
from gptlab_tui.runs.layout import find_run
from gptlab_tui.text.catalog import find_entry
from gptlab_tui.text.corpus import Corpus, open_corpus
from gptlab_tui.text.examples import training_examples
from gptlab_tui.text.fetch import fetch
from gptlab_tui.text.library import Listed, add_text, list_texts
from gptlab_tui.text.lines import line_of, start_of_line
from gptlab_tui.text.pieces import LIMIT
from gptlab_tui.text.protocol import Tokenizer, Unknown
from gptlab_tui.text.search import Found, search
from gptlab_tui.text.statistics import Statistics, corpus_statistics
from gptlab_tui.text.tokenizers import build_tokenizer, tokenizer_from_json
from gptlab_tui.tui import verb
from gptlab_tui.tui.panes.corpus.jobs import Cancelled, Choice, Lesson, Stopped, Tell
from gptlab_tui.tui.panes.corpus.lacking import told_lacking

#: So many characters and words are listed; Zipf's law needs many.
TOP = 2000
_TELL_S = 0.25


def _progress(whole: int, stopped: Stopped, tell: Tell) -> Callable[[int], None]:
    """Told how much is done, it tells percent now and then, and raises Cancelled once `stopped()`."""
    told = time.monotonic()

    def progress(done: int) -> None:
        nonlocal told
        if stopped():
            raise Cancelled
        if time.monotonic() - told > _TELL_S:
            told = time.monotonic()
            tell(f"{100 * done // max(whole, 1)} %")

    return progress


class Watched(Corpus):
    """A corpus whose reading can be stopped, and which tells how far it is."""

    stopped: Stopped
    tell: Tell

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[str]:
        """As the corpus's own; raises Cancelled once `stopped()`."""
        here, progress = start, _progress(self.characters, self.stopped, self.tell)
        for chunk in super().chunks(start, stop):
            progress(here)
            yield chunk
            here += len(chunk)


def watched(corpus: Corpus, stopped: Stopped, tell: Tell) -> Watched:
    """The same corpus, watched."""
    same = Watched(**{field.name: getattr(corpus, field.name) for field in fields(Corpus)})
    object.__setattr__(same, "stopped", stopped)
    object.__setattr__(same, "tell", tell)
    return same


def open_named(name: str, home: Home) -> Corpus:
    """A text by its name; raises GPTLabError."""
    return open_corpus(CorpusConfig(name=(name,)), home)


def texts(home: Home) -> list[Listed]:
    """Every text that has a name."""
    return list_texts(home)


def preset_after(name: str, home: Home) -> str:
    """The preset that follows in the list; the first after the last."""
    names = [one.name for one in list_presets(home) if one.config is not None]
    place = names.index(name) + 1 if name in names else 0
    return names[place % len(names)]


def count(corpus: Corpus, stopped: Stopped, tell: Tell) -> Statistics:
    """The statistics; raises Cancelled."""
    return corpus_statistics(watched(corpus, stopped, tell), TOP)


def make_tokenizer(choice: Choice, corpus: Corpus, home: Home, stopped: Stopped, tell: Tell) -> Tokenizer:
    """The tokenizer that was chosen; raises GPTLabError, Cancelled."""
    if choice.kind == "run":
        return tokenizer_from_json(find_run(home, choice.run).read_tokenizer())
    config = TokenizerConfig(kind=choice.kind, vocab_size=choice.vocab_size)
    return build_tokenizer(config, watched(corpus, stopped, tell), home)


def place_of(corpus: Corpus, number: int, known: tuple[int, int], stopped: Stopped, tell: Tell) -> int:
    """Where a line begins; `known` are a place and the line ends before it. Raises GPTLabError, Cancelled."""
    return start_of_line(watched(corpus, stopped, tell), number, *known)


def line(corpus: Corpus, number: int, known: tuple[int, int], stopped: Stopped, tell: Tell) -> str:
    """A line of the corpus; likewise."""
    return line_of(watched(corpus, stopped, tell), number, *known)


def lesson(text: str, number: int | None, tokenizer: Tokenizer, context: int, unknown: Unknown) -> Lesson:
    """The examples of a text: line `number` of the corpus, or (None) one that somebody typed."""
    try:
        examples = tuple(training_examples(text, tokenizer, context, unknown))
        problem = ""
    except GPTLabError as error:
        examples, problem = (), error.message
    lacking = told_lacking(text[:LIMIT], tokenizer, unknown)
    return Lesson(number, text, tokenizer.kind, tokenizer.vocab_size, examples, problem, lacking, unknown)


def find(
    corpus: Corpus, wanted: str, place: int, backwards: bool, stopped: Stopped, tell: Tell
) -> Found | None:
    """Where a string stands next; raises JobFailed where the file has changed, Cancelled."""
    return search(corpus, wanted, place, backwards, _progress(corpus.characters, stopped, tell))


def compare_command(name: str, preset: str, home: Home) -> list[str]:
    """The command that sets tokenizers side by side; it alone may load what models are made of."""
    return verb.command(home, "tokens", "--compare", "--corpus", name, "--preset", preset)


def compare(name: str, preset: str, home: Home, stopped: Stopped, tell: Tell) -> tuple[dict[str, Any], str]:
    """What `gptlab tokens --compare` says, and its warning; raises JobFailed, Cancelled."""
    command = compare_command(name, preset, home)
    try:
        answer = verb.run(
            command,
            "The tokenizers could not be compared",
            stopped,
            waiting=lambda elapsed_s: tell(f"{elapsed_s:.0f} s"),
        )
    except verb.Unwanted:
        raise Cancelled from None
    return answer.result, answer.warnings


def bring(name: str, home: Home, stopped: Stopped, tell: Tell) -> str:
    """Fetches a text of the catalogue; what happened. Raises GPTLabError, Cancelled."""
    entry = find_entry(name)
    if entry is None or entry.bundled:
        return f"{name} is here already."
    progress = _progress(entry.size_bytes, stopped, tell)
    fetch(entry, home, lambda done, _: progress(done))
    return f"{name} is here now."


def add(asked: str, home: Home) -> str:
    """Keeps a file or folder as a text of the home; its name. Raises GPTLabError."""
    return add_text(open_corpus(CorpusConfig(name=(asked,)), home), home).stem
