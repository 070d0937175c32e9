"""The evaluations of a run as columns, to be laid beside those of other runs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from gptlab_tui.runs.journal import as_step, read_journal
from gptlab_tui.runs.layout import Run


@dataclass(frozen=True, slots=True)
class Evaluations:
    """What a run's evaluations said, in their order; columns of one length."""

    name: str
    """The run's."""
    steps: tuple[float, ...] = ()
    tokens: tuple[float, ...] = ()
    """That had been trained on."""
    seconds: tuple[float, ...] = ()
    """Of training, all commands together."""
    nats: tuple[float, ...] = ()
    """Per token: compares runs of one tokenizer."""
    bits: tuple[float, ...] = ()
    """Per byte: compares whatever the tokenizer."""


def read_evaluations(run: Run) -> Evaluations:
    """The evaluations that hold; those without numbers are left out. DiskError where there is no reading."""
    rows: list[tuple[float, ...]] = []
    tokens, before, last = 1, 0.0, 0.0
    for record in read_journal(run.journal, effective=True, keep=_wanted):
        if record.get("event") == "started":
            tokens = as_step(record.get("tokens_per_step")) or tokens
            before = last
        elif record.get("event") == "evaluated":
            names = ("elapsed_s", "val_loss", "val_bits_per_byte")
            elapsed_s, nats, bits = (_finite(record.get(name)) for name in names)
            if math.isfinite(elapsed_s + nats + bits):
                last, step = before + elapsed_s, as_step(record.get("step"))
                rows.append((float(step), float(step * tokens), last, nats, bits))
    return Evaluations(run.name, *zip(*rows, strict=True)) if rows else Evaluations(run.name)


def _wanted(line: bytes) -> bool:
    return b'"evaluated"' in line or b'"started"' in line


def _finite(value: object) -> float:
    """The number that it is, or NaN where it cannot be drawn."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < 1e300:
        return math.nan
    return float(value)
