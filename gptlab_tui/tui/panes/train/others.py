"""The validation curves of other runs, laid beside the one that is watched."""

from __future__ import annotations

from gptlab_tui.errors import GPTLabError
from gptlab_tui.home import Home
from gptlab_tui.render.display import display
from gptlab_tui.runs.evaluations import Evaluations, read_evaluations
from gptlab_tui.runs.layout import find_run
from gptlab_tui.tui.widgets.chart_spec import Curve

MOST = 5
_NAME = 24


def read_other(home: Home, name: str) -> Evaluations | None:
    """The evaluations of a run; None where it has none or cannot be read."""
    try:
        found = read_evaluations(find_run(home, name))
    except GPTLabError:
        return None
    return found if found.steps else None


def xs_of(one: Evaluations, across: str) -> tuple[float, ...]:
    """Where its evaluations lie on an axis: `step`, `tokens` or `time` (in seconds)."""
    return {"step": one.steps, "tokens": one.tokens, "time": one.seconds}[across]


def other_curves(others: tuple[Evaluations, ...], bits_per_nat: float, across: str) -> tuple[Curve, ...]:
    """The runs as curves on the watched run's scale of nats: where bits per byte are equal, so are they."""
    curves = []
    for place, one in enumerate(others):
        ys = tuple(bits / bits_per_nat for bits in one.bits) if bits_per_nat else one.bits
        name = display(one.name)
        short = name if len(name) <= _NAME else name[: _NAME - 1] + "~"
        letter = "abcdefgh"[place % 8]
        curves.append(Curve(short, xs_of(one, across), ys, colour=2 + place, letter=letter, ends=True))
    return tuple(curves)
