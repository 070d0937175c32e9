"""The text of a run as characters, found again at its last path or by its digest. No NumPy here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gptlab_tui.config import CorpusConfig
from gptlab_tui.errors import GPTLabError
from gptlab_tui.home import Home
from gptlab_tui.text.catalog import find_entry, installed
from gptlab_tui.text.corpus import Corpus, find_corpus_by_digest


def corpus_of_run(request: Mapping[str, Any], home: Home) -> Corpus:
    """The text that `run.json` names, with the same digest. Raises GPTLabError where it is gone."""
    corpus = request["corpus"]
    config = CorpusConfig.model_validate(request["config"]["corpus"])
    paths = [Path(path) for path in corpus["paths"]]
    found = find_corpus_by_digest(corpus["digest"], home, paths, config)
    if found is None:
        raise _gone(request, home)
    return found


def _gone(request: Mapping[str, Any], home: Home) -> GPTLabError:
    """What is said where a run's text is not to be found, and how to bring it."""
    corpus = request["corpus"]
    here = installed(home)
    names = CorpusConfig.model_validate(request["config"]["corpus"]).name
    missing = [name for name in names if find_entry(name) is not None and name not in here]
    bring = f"gptlab corpus fetch {' '.join(missing)}" if missing else "gptlab corpus add"
    return GPTLabError(
        f"The text of this run, {corpus['name']}, is not to be found any more.",
        f"Put it back at {next(iter(corpus['paths']), 'its place')}, or bring it with `{bring}`.",
    )
