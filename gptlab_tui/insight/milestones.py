"""When a training learnt more than counting knows: the evaluation that first beat each n-gram table.

Both are measured on the same validation part in nats per token, unless the run evaluates on less than
the whole of it (`train.eval_tokens`). No torch here, and NumPy only where something has to be counted:
what the tables reach on a run's text is kept in the home's cache under a name that `run.json` gives.
"""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gptlab_tui.errors import GPTLabError
from gptlab_tui.home import Home
from gptlab_tui.runs.compare import Point, loss_curves
from gptlab_tui.runs.layout import Run
from gptlab_tui.text.catalog import installed
from gptlab_tui.text.files import atomic_file

NAMES = ("unigram", "bigram", "trigram")
#: Counting a text of at most so many characters takes about a second.
QUICK_CHARACTERS = 2_000_000
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Milestone:
    """One table, and when the run got below it."""

    name: str
    """`unigram`, `bigram` or `trigram`."""
    loss: float
    """What the table reaches, in nats per token."""
    step: int | None
    """The first evaluation with a lower loss; None where there is none yet."""
    after: int | None
    """The evaluation before that one: somewhere between the two it happened. None where there is none."""


def milestones(levels: Sequence[float], curve: Sequence[Point]) -> tuple[Milestone, ...]:
    """The losses of the tables (`NAMES`) against a curve of (step, validation loss) in order of the steps."""
    found = []
    for name, level in zip(NAMES, levels, strict=True):
        first = next((place for place, (_, loss) in enumerate(curve) if loss < level), None)
        step = None if first is None else curve[first][0]
        after = curve[first - 1][0] if first else None
        found.append(Milestone(name, level, step, after))
    return tuple(found)


def table_losses(
    run: Run, home: Home, stopped: Callable[[], bool] = lambda: False, *, quickly: bool = False
) -> tuple[float, ...] | None:
    """What the tables (`NAMES`) reach on a run's text; counting takes seconds once, and is then kept.

    None where `stopped()` became true, or where it is to come `quickly` and would take more than about
    a second. Raises GPTLabError where the run's text is gone or too short.
    """
    request = run.read_training_request()
    levels = _kept(request, home)
    if levels is not None:
        return levels
    if quickly and not _quick(request["corpus"], home):
        return None
    from gptlab_tui.text.ngrams import baselines
    from gptlab_tui.text.run_text import tokens_of_run
    from gptlab_tui.text.tokenizers import tokenizer_from_json

    tokens = tokens_of_run(request, tokenizer_from_json(run.read_tokenizer()), home)
    try:
        counted = baselines(tokens, home, stopped)
    except ValueError as error:
        raise GPTLabError(f"The text of {run.name} is too short to count n-grams in.") from error
    if counted is None:
        return None
    with suppress(OSError, GPTLabError), atomic_file(_place(request, home)) as file:
        file.write(json.dumps({"format": _FORMAT, "orders": counted.orders}).encode())
    return counted.orders


def milestones_of(
    run: Run, home: Home, stopped: Callable[[], bool] = lambda: False
) -> tuple[Milestone, ...] | None:
    """Those of a run; None and errors as of `table_losses`."""
    levels = table_losses(run, home, stopped)
    return None if levels is None else milestones(levels, loss_curves(run)[1])


def known_milestones(run: Run, home: Home) -> tuple[Milestone, ...] | None:
    """Those of a run if they take no more than about a second, else None; also where its text is gone."""
    try:
        levels = table_losses(run, home, quickly=True)
        return None if levels is None else milestones(levels, loss_curves(run)[1])
    except GPTLabError:
        return None


def why_unknown(run: Run, home: Home) -> str:
    """Where `known_milestones` has none: why, in whole sentences."""
    from gptlab_tui.text.run_corpus import corpus_of_run

    try:
        table_losses(run, home, quickly=True)
        corpus_of_run(run.read_training_request(), home)
    except GPTLabError as error:
        return f"{error.message} {error.hint}".strip()
    return f"`gptlab inspect counts --run {shlex.quote(run.name)}` counts its text."


def _quick(corpus: dict[str, Any], home: Home) -> bool:
    """Whether the text is short, and where it was or among those that have a name."""
    if corpus["characters"] > QUICK_CHARACTERS:
        return False
    return corpus["name"] in installed(home) or any(Path(path).is_file() for path in corpus["paths"])


def _place(request: dict[str, Any], home: Home) -> Path:
    """Where the levels are kept: the text, the tokenizer and the split decide."""
    corpus = request["corpus"]
    asked = corpus["digest"], request.get("tokenizer_digest"), corpus["val_start"], request.get("unknown")
    told = " ".join(map(str, asked))
    return home.cache / "ngrams" / f"{hashlib.sha256(told.encode()).hexdigest()[:32]}-orders.json"


def _kept(request: dict[str, Any], home: Home) -> tuple[float, ...] | None:
    try:
        record = json.loads(_place(request, home).read_text("utf-8"))
        levels = tuple(map(float, record["orders"]))
        return levels if record["format"] == _FORMAT and len(levels) == len(NAMES) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
