"""The text of a run, found again: at its last path, by its digest, or already encoded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gptlab_tui.config import CorpusConfig
from gptlab_tui.errors import GPTLabError
from gptlab_tui.home import Home
from gptlab_tui.text.corpus import Corpus, find_corpus_by_digest
from gptlab_tui.text.protocol import Tokenizer
from gptlab_tui.text.text_index import TextIndex, find_text_index, text_index
from gptlab_tui.text.token_files import TokenFiles, find_tokens, prepare_tokens


def corpus_of_run(request: Mapping[str, Any], home: Home) -> Corpus:
    """The text that `run.json` names, with the same digest. Raises GPTLabError where it is gone."""
    corpus = request["corpus"]
    config = CorpusConfig.model_validate(request["config"]["corpus"])
    paths = [Path(path) for path in corpus["paths"]]
    found = find_corpus_by_digest(corpus["digest"], home, paths, config)
    if found is None:
        raise GPTLabError(
            f"The text of this run, {corpus['name']}, is not to be found any more.",
            f"Put it back at {paths[0] if paths else 'its place'}, or bring it with `gptlab corpus fetch` "
            "or `gptlab corpus add`.",
        )
    return found


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
