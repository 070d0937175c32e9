"""Runs side by side: what they reached, where their requests differ, and their evaluations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gptlab_tui.render.display import display
from gptlab_tui.render.fitting import shorten
from gptlab_tui.render.units import about
from gptlab_tui.runs.compare import Comparison, compare
from gptlab_tui.runs.evaluations import Evaluations, read_evaluations
from gptlab_tui.runs.layout import Run
from gptlab_tui.runs.summary import RunSummary
from gptlab_tui.tui.panes.train.others import xs_of
from gptlab_tui.tui.panes.train.view import ACROSS, X_NAMES
from gptlab_tui.tui.run_states import sign_of
from gptlab_tui.tui.widgets.chart_spec import Chart, Curve

#: Of a value's cell; digests differ within this.
_WIDEST = 26


@dataclass(frozen=True, slots=True)
class Compared:
    """Runs that were compared, and the evaluations of each."""

    comparison: Comparison
    evaluations: tuple[Evaluations, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The runs, in the order asked for."""
        return tuple(one.name for one in self.comparison.summaries)

    @property
    def same_tokens(self) -> bool:
        """Whether the runs have one tokenizer, so that nats per token compare too."""
        return not any(one.key.startswith("tokenizer.") for one in self.comparison.differences)


@dataclass(frozen=True, slots=True)
class CurvesView:
    """How the curves of compared runs are looked at."""

    across: str = "step"
    """One of `train_view.ACROSS`."""
    nats: bool = False
    """Nats per token in the place of bits per byte."""

    def further(self) -> CurvesView:
        """The next axis."""
        return replace(self, across=ACROSS[(ACROSS.index(self.across) + 1) % len(ACROSS)])

    def turned(self) -> CurvesView:
        """The other unit."""
        return replace(self, nats=not self.nats)


def compared_chart(compared: Compared, view: CurvesView) -> Chart:
    """The evaluations of several runs, one over the other; each has the letter of its place in ASCII."""
    curves = tuple(
        Curve(
            shorten(display(one.name), _WIDEST),
            xs_of(one, view.across),
            one.nats if view.nats else one.bits,
            number,
            letter="abcdefghijklmnopqrstuvwxyz"[number % 26],
            ends=True,
        )
        for number, one in enumerate(compared.evaluations)
    )
    unit = "nats/token" if view.nats else "bits/byte"
    return Chart(curves, x_name=X_NAMES[view.across], y_name=unit)


def remark(compared: Compared, view: CurvesView) -> str:
    """What the curves are, and whether they can be compared."""
    if not view.nats:
        return "validation, bits per byte"
    warning = "" if compared.same_tokens else "; their tokens differ: these do not compare"
    return f"validation, nats per token{warning}"


def read_compared(runs: Sequence[Run], stopped: Callable[[], bool]) -> Compared | None:
    """Compares runs; None once `stopped()`. Raises GPTLabError for one that is broken."""
    result = compare(runs)
    found: list[Evaluations] = []
    for run in runs:
        if stopped():
            return None
        found.append(read_evaluations(run))
    return Compared(result, tuple(found))


def table_rows(result: Comparison, ascii_only: bool) -> list[tuple[str, tuple[str, ...]]]:
    """The rows of the comparison: (what, its value in each run), safe to show."""
    shown: tuple[tuple[str, Callable[[RunSummary], str]], ...] = (
        ("state", lambda one: f"{sign_of(one.state).mark(ascii_only)} {sign_of(one.state).word}"),
        ("step", lambda one: f"{one.step:,}" + (f"/{one.max_iters:,}" if one.max_iters else "")),
        ("bits per byte", lambda one: _bits(one.val_bits_per_byte)),
        ("best", lambda one: _bits(one.best_bits_per_byte)),
        ("at step", lambda one: "" if one.best_step is None else f"{one.best_step:,}"),
        ("parameters", lambda one: "" if one.parameters is None else about(one.parameters)),
    )
    reached = [(what, tuple(say(one) for one in result.summaries)) for what, say in shown]
    asked = [
        (display(difference.key), tuple(_value(value) for value in difference.values))
        for difference in result.differences
    ]
    return reached + (asked or [("(the same request)", ("",) * len(result.summaries))])


def best_of(result: Comparison) -> RunSummary | None:
    """The run with the fewest bits per byte at its best; None where none was evaluated."""
    known = [one for one in result.summaries if one.best_bits_per_byte is not None]
    return min(known, key=lambda one: one.best_bits_per_byte or 0.0, default=None)


def _bits(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _value(value: Any) -> str:
    text = "–" if value is None else value if isinstance(value, str) else str(value)
    return display(text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…")
