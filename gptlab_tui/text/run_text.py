"""The text of a run as tokens, or with its places sorted: made again, or as they were kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gptlab_tui.home import Home
from gptlab_tui.text.protocol import Tokenizer
from gptlab_tui.text.run_corpus import corpus_of_run
from gptlab_tui.text.text_index import TextIndex, find_text_index, text_index
from gptlab_tui.text.token_files import TokenFiles, find_tokens, prepare_tokens


def tokens_of_run(request: Mapping[str, Any], tokenizer: Tokenizer, home: Home) -> TokenFiles:
    """The encoded text of a run; where it was encoded before, the text itself is not needed."""
    corpus = request["corpus"]
    unknown = request.get("unknown", "error")
    found = find_tokens(corpus["digest"], tokenizer, corpus["val_start"], home, unknown)
    return found or prepare_tokens(corpus_of_run(request, home), tokenizer, home, unknown=unknown)


def index_of_run(
    request: Mapping[str, Any],
    home: Home,
    tell: Callable[[int, int], None] = lambda done, total: None,
    stopped: Callable[[], bool] = lambda: False,
) -> TextIndex | None:
    """The training part of a run with all its places sorted; where that was done before, without the text.

    `tell` hears of the bytes that are done, and of how many. None where it was stopped.
    """
    corpus = request["corpus"]
    found = find_text_index(corpus["digest"], corpus["val_start"], home)
    return found or text_index(corpus_of_run(request, home), home, tell, stopped)
