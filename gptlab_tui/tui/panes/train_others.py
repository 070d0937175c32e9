"""The validation curves of other runs, laid beside the one that is watched."""

from __future__ import annotations

import math
from dataclasses import dataclass

from gptlab_tui.errors import GPTLabError
from gptlab_tui.render.display import display
from gptlab_tui.runs.journal import as_step, read_journal
from gptlab_tui.runs.layout import Run
from gptlab_tui.tui.batch import number
from gptlab_tui.tui.widgets.chart_spec import Curve

MOST = 5
_NAME = 24


@dataclass(frozen=True, slots=True)
class Other:
    """Another run's evaluations."""

    name: str
    steps: tuple[float, ...]
    bits: tuple[float, ...]
    """Bits per byte, which compares whatever the tokenizer."""
    seconds: tuple[float, ...]
    tokens_per_step: int


def read_other(run: Run) -> Other | None:
    """The evaluations of a run; None where it has none or cannot be read."""
    steps: list[float] = []
    bits: list[float] = []
    seconds: list[float] = []
    tokens = 1
    before = last = 0.0
    try:
        for record in read_journal(run.journal, effective=True, keep=_wanted):
            if record.get("event") == "started":
                tokens = as_step(record.get("tokens_per_step")) or tokens
                before = last
            elif record.get("event") == "evaluated":
                value, elapsed = number(record.get("val_bits_per_byte")), number(record.get("elapsed_s"))
                if not math.isfinite(value) or not math.isfinite(elapsed):
                    continue
                last = before + elapsed
                steps.append(float(as_step(record.get("step"))))
                bits.append(value)
                seconds.append(last)
    except GPTLabError:
        return None
    return Other(run.name, tuple(steps), tuple(bits), tuple(seconds), tokens) if steps else None


def _wanted(line: bytes) -> bool:
    return b'"evaluated"' in line or b'"started"' in line


def other_curves(others: tuple[Other, ...], bits_per_nat: float, across: str) -> tuple[Curve, ...]:
    """The runs as curves on the watched run's scale of nats: where bits per byte are equal, so are they."""
    curves = []
    for place, one in enumerate(others):
        xs = one.seconds if across == "time" else one.steps
        if across == "tokens":
            xs = tuple(step * one.tokens_per_step for step in one.steps)
        ys = tuple(bits / bits_per_nat for bits in one.bits) if bits_per_nat else one.bits
        name = display(one.name)
        short = name if len(name) <= _NAME else name[: _NAME - 1] + "~"
        curves.append(Curve(short, xs, ys, colour=2 + place, letter="abcdefgh"[place % 8], ends=True))
    return tuple(curves)
