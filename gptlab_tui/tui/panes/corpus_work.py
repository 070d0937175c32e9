"""What the pane Corpus has done in threads: texts opened, counted, fetched, added, tokenizers made.

It loads NumPy and what reads texts, so those threads alone import it: the pane must stand at once.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from gptlab_tui.config import CorpusConfig, TokenizerConfig
from gptlab_tui.errors import GPTLabError
from gptlab_tui.home import Home
from gptlab_tui.presets import list_presets
from gptlab_tui.runs.layout import find_run
from gptlab_tui.text.catalog import find_entry
from gptlab_tui.text.corpus import Corpus, open_corpus
from gptlab_tui.text.examples import line_of, training_examples
from gptlab_tui.text.fetch import fetch
from gptlab_tui.text.library import Listed, add_text, list_texts
from gptlab_tui.text.protocol import Tokenizer
from gptlab_tui.text.statistics import Statistics, corpus_statistics
from gptlab_tui.text.tokenizers import build_tokenizer, tokenizer_from_json
from gptlab_tui.tui import verb
from gptlab_tui.tui.panes.corpus_jobs import Cancelled, Choice, Lesson, Stopped, Tell

#: So many characters and words are listed; Zipf's law needs many.
TOP = 2000
_TELL_S = 0.25


class Watched(Corpus):
    """A corpus whose reading can be stopped, and which tells how far it is."""

    stopped: Stopped
    tell: Tell

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[str]:
        """As the corpus's own; raises Cancelled once `stopped()`."""
        here, told = start, time.monotonic()
        for chunk in super().chunks(start, stop):
            if self.stopped():
                raise Cancelled
            if time.monotonic() - told > _TELL_S:
                told = time.monotonic()
                self.tell(f"{100 * here // max(self.characters, 1)} %")
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


def lesson(corpus: Corpus, number: int, tokenizer: Tokenizer, context: int) -> Lesson:
    """The examples of a line, counted from 1; raises GPTLabError where there is no such line."""
    text = line_of(corpus, number)
    try:
        examples = tuple(training_examples(text, tokenizer, context, "replace"))
        problem = ""
    except GPTLabError as error:
        examples, problem = (), error.message
    return Lesson(number, text, tokenizer.kind, tokenizer.vocab_size, examples, problem)


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
    told = 0.0

    def progress(done: int, total: int | None) -> None:
        nonlocal told
        if stopped():
            raise Cancelled
        if time.monotonic() - told > _TELL_S:
            told = time.monotonic()
            tell(f"{100 * done // max(total or entry.size_bytes, 1)} %")

    fetch(entry, home, progress)
    return f"{name} is here now."


def add(asked: str, home: Home) -> str:
    """Keeps a file or folder as a text of the home; its name. Raises GPTLabError."""
    return add_text(open_corpus(CorpusConfig(name=(asked,)), home), home).stem
