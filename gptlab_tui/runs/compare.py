"""Runs side by side, and their metrics as a table for other programs.

Losses are compared in bits per byte, which mean the same whatever the tokenizer.
"""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gptlab_tui.runs.journal import Record, read_journal
from gptlab_tui.runs.layout import BrokenRunError, Run
from gptlab_tui.runs.summary import RunSummary, summarise

Point = tuple[int, float]

#: Columns of the exported table; a row is a step or an evaluation and has those of its kind.
COLUMNS = (
    "event",
    "step",
    "time",
    "elapsed_s",
    "train_loss",
    "learning_rate",
    "grad_norm",
    "tokens",
    "tokens_per_s",
    "val_loss",
    "val_bits_per_byte",
    "val_tokens",
    "best",
)
#: Of a journal this large every step is drawn, of one twice as large every second.
_DENSE_BYTES = 8 << 20
_STEP = b'{"event":"step"'
#: Says nothing about what was trained.
_TALK = ("about", "expected")


@dataclass(frozen=True, slots=True)
class Difference:
    """A key of run.json in which runs differ, and its value in each; None where a run lacks it."""

    key: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Runs in the order asked for."""

    summaries: tuple[RunSummary, ...]
    differences: tuple[Difference, ...]


def compare(runs: Sequence[Run]) -> Comparison:
    """What the runs reached and what they were asked; raises BrokenRunError for one that is broken."""
    summaries = tuple(summarise(run) for run in runs)
    for summary in summaries:
        if summary.state == "broken":
            raise BrokenRunError(f"{summary.name} cannot be compared: {summary.reason.rstrip('.')}.")
    asked = [_asked(run.read_request()) for run in runs]
    keys = dict.fromkeys(key for one in asked for key in one)
    rows = [Difference(key, tuple(one.get(key) for one in asked)) for key in keys]
    return Comparison(summaries, tuple(row for row in rows if _differ(row.values)))


def _differ(values: tuple[Any, ...]) -> bool:
    return any(value != values[0] or type(value) is not type(values[0]) for value in values[1:])


def _asked(request: dict[str, Any]) -> dict[str, Any]:
    """The configuration with dotted keys, and what else decides the result."""
    flat = dict(_flatten(request["config"]))
    for word in _TALK:
        flat.pop(word, None)
    corpus = request.get("corpus")
    flat["corpus.digest"] = corpus.get("digest") if isinstance(corpus, dict) else None
    flat["tokenizer.digest"] = request.get("tokenizer_digest")
    versions = request.get("versions")
    for name, version in versions.items() if isinstance(versions, dict) else ():
        flat[f"versions.{name}"] = version
    return flat


def _flatten(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def metrics(run: Run, keep: Callable[[bytes], bool] = lambda line: True) -> Iterator[Record]:
    """The steps and evaluations that hold (not superseded), in order, with the columns they have."""
    for record in read_journal(run.journal, effective=True, keep=keep):
        if record.get("event") in ("step", "evaluated"):
            yield {column: record[column] for column in COLUMNS if column in record}


def export_csv(run: Run) -> Iterator[str]:
    """The metrics as CSV, a line at a time, the names of the columns first."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, COLUMNS, lineterminator="\n")
    writer.writeheader()
    yield buffer.getvalue()
    for row in metrics(run):
        buffer.seek(0)
        buffer.truncate()
        writer.writerow(row)
        yield buffer.getvalue()


def loss_curves(run: Run) -> tuple[list[Point], list[Point]]:
    """(step, loss) of the training batches and of the evaluations, in nats per token.

    Of a journal of many MiB not every step is taken, but every n-th; of evaluations all are.
    """
    every = 1 + (run.journal.stat().st_size if run.journal.is_file() else 0) // _DENSE_BYTES
    steps = itertools.count()
    rows = list(metrics(run, lambda line: not line.startswith(_STEP) or next(steps) % every == 0))
    return _points(rows, "step", "train_loss"), _points(rows, "evaluated", "val_loss")


def bits_curve(run: Run) -> list[Point]:
    """(step, bits per byte) of the evaluations."""
    rows = metrics(run, lambda line: not line.startswith(_STEP))
    return _points(rows, "evaluated", "val_bits_per_byte")


def _points(rows: Iterable[Record], event: str, key: str) -> list[Point]:
    """Only numbers that can be drawn."""
    return [
        (row["step"], float(row[key]))
        for row in rows
        if row["event"] == event
        and isinstance(row.get("step"), int)
        and isinstance(row.get(key), (int, float))
        and abs(row["step"]) < 1 << 53
        and abs(row[key]) < 1e300
    ]
