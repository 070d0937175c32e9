"""The reference lines of a run's chart: what guessing and counting reach on its text."""

from __future__ import annotations

from collections.abc import Callable

from gptlab_tui.home import Home
from gptlab_tui.runs.layout import Run
from gptlab_tui.text.ngrams import baselines
from gptlab_tui.text.run_text import tokens_of_run
from gptlab_tui.text.tokenizers import tokenizer_from_json
from gptlab_tui.tui.widgets.chart_spec import Level

_NAMES = ("unigram", "bigram", "trigram")


def levels_of(run: Run, home: Home, cancelled: Callable[[], bool]) -> tuple[Level, ...]:
    """Uniform, unigram, bigram and trigram in nats per token; empty where it was cancelled.

    Takes seconds the first time, for a thread. Raises GPTLabError where the run's text is gone.
    """
    request = run.read_training_request()
    tokens = tokens_of_run(request, tokenizer_from_json(run.read_tokenizer()), home)
    found = baselines(tokens, home, cancelled)
    if found is None:
        return ()
    named = zip(_NAMES, found.orders, strict=False)
    return (Level(found.uniform, "uniform"), *(Level(loss, name) for name, loss in named))
