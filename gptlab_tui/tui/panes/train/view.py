"""How a run's curves are looked at: scales, smoothing, window, cursor; and the chart that comes of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from gptlab_tui.tui.history import RunHistory
from gptlab_tui.tui.panes.train.signs import levels, marks, spots
from gptlab_tui.tui.widgets.chart_spec import Chart, Curve, nearest

#: How strongly the noise of the batches is smoothed away; 0 is not at all.
SMOOTHING = (0, 1, 3, 10)
#: Horizontal axes, and the names that they bear.
X_NAMES = {"step": "step", "tokens": "tokens", "time": "seconds"}
ACROSS = tuple(X_NAMES)
_LEAST_SPAN = 10.0


@dataclass(frozen=True, slots=True)
class View:
    """The switches of the loss chart. Steps are the run's own."""

    log_x: bool = False
    log_y: bool = False
    smoothing: int = 1
    """Index into SMOOTHING."""
    span: float | None = None
    """Steps in the window; None is all."""
    end: float | None = None
    """The window's last step; None follows the run."""
    cursor: float | None = None
    levels: bool = False
    """Whether the reference lines are shown."""
    across: str = "step"
    """One of ACROSS."""

    def fresh(self) -> View:
        """The same switches for another run."""
        return replace(self, span=None, end=None, cursor=None)

    def words(self, history: RunHistory) -> list[str]:
        """What is not as usual."""
        said = [name for on, name in ((self.log_y, "log y"), (self.log_x, "log x")) if on]
        over = self.smoothed_over(history)
        if over > 1:
            said.append(f"smoothed over {over:,} records")
        elif SMOOTHING[self.smoothing]:
            said.append("too few records to smooth")
        if self.span is not None:
            said.append("zoomed" if self.end is not None else "zoomed, following")
        return said

    def window(self, history: RunHistory) -> tuple[float, float]:
        """First and last step in sight."""
        last = float(max(history.step, 1))
        end = last if self.end is None else min(self.end, last)
        if self.span is None:
            return 0.0, end
        return max(0.0, end - self.span), max(end, min(last, self.span))

    def smoothed_over(self, history: RunHistory) -> int:
        """How many records the smoothed loss averages; 1 is no smoothing.

        More of them take more noise away, but lag further behind: with n in sight, n^(2/3) of them
        weigh one error against the other. A round number, so that it stays while the run goes on.
        """
        most = SMOOTHING[self.smoothing] * history.count(*self.window(history)) ** (2 / 3) / 6
        power = int(10 ** math.floor(math.log10(max(1.0, most))))
        return max(part * power for part in (1, 2, 3, 5) if part == 1 or part * power <= most)

    def zoomed(self, history: RunHistory, closer: bool) -> View:
        """Half or twice the window, around the cursor, or at the end where there is none."""
        first, last = self.window(history)
        span = max(_LEAST_SPAN, (last - first) * (0.5 if closer else 2.0))
        if span >= history.step:
            return replace(self, span=None, end=None)
        middle = self.cursor if self.cursor is not None else (first + last) / 2
        if self.end is None and self.cursor is None:
            return replace(self, span=span)
        return replace(self, span=span, end=min(max(middle + span / 2, span), float(history.step)))

    def panned(self, history: RunHistory, share: float) -> View:
        """The window moved by a share of itself; at the end of the run it follows again."""
        if self.span is None:
            return self
        _, last = self.window(history)
        end = max(self.span, last + share * self.span)
        return replace(self, end=None if end >= history.step else end)

    def moved(self, history: RunHistory, cells: int, columns: int) -> View:
        """The cursor moved by cells of a chart so many columns wide; the window goes with it."""
        first, last = self.window(history)
        if not history.steps and not history.evaluations:
            return self
        start = self.cursor if self.cursor is not None else (last if cells < 0 else first)
        if self.log_x:
            low, high = math.log(max(first, 1.0)), math.log(max(last, 2.0))
            place = math.log(max(start, 1.0)) + cells * (high - low) / max(1, columns)
            cursor = math.exp(place)
        else:
            cursor = start + cells * (last - first) / max(1, columns)
        cursor = known_step(history, min(max(cursor, 0.0), float(history.step)), start, cells)
        return replace(self, cursor=cursor)._showing(history, cursor)

    def _showing(self, history: RunHistory, step: float) -> View:
        first, last = self.window(history)
        if self.span is None or first <= step <= last:
            return self
        end = step if step > last else step + self.span
        return replace(self, end=None if end >= history.step else end)

    def at(self, history: RunHistory, step: float) -> View:
        """The cursor on a step, with the window where one sees it."""
        return replace(self, cursor=step)._showing(history, step)


def known_step(history: RunHistory, wanted: float, start: float, direction: int) -> float:
    """The recorded step nearest to the wanted one, but always on from `start` where there is one."""
    at = nearest(history.steps, wanted)
    if at is None:
        return wanted
    if history.steps[at] == start and direction:
        at = min(len(history.steps) - 1, max(0, at + (1 if direction > 0 else -1)))
    return history.steps[at]


def step_at(history: RunHistory, x: float, across: str) -> float:
    """The recorded step that lies nearest to an x of the axis that is chosen; there is one at least."""
    xs = history.tracks["elapsed_s"].ys if across == "time" else history.steps
    at = nearest(xs, x / history.x_of(1, "tokens") if across == "tokens" else x)
    return history.steps[at or 0]


def loss_chart(
    history: RunHistory,
    view: View,
    tables: tuple[float, ...] = (),
    others: tuple[Curve, ...] = (),
) -> Chart:
    """Training loss raw and smoothed, validation, the best, and what happened on the way.

    `tables` are the losses of the n-gram tables, where they are known.
    """
    first, last = view.window(history)
    over = view.smoothed_over(history)
    raw = laid_across(history, view, *history.envelope("train_loss", first, last, x_column(view)))
    curves = []
    if over > 1:
        smooth = history.smoothed("train_loss", first, last, over, x_column(view))
        curves.append(Curve("smoothed", *laid_across(history, view, *smooth), colour=0, letter="t"))
    raw_curve = Curve("batch", *raw, colour=0, kind="cloud")
    xs = tuple(history.x_of(one.step, view.across) for one in history.evaluations)
    ys = tuple(one.val_loss for one in history.evaluations)
    if not others or over == 1:
        curves.insert(0, raw_curve)  # a cloud is in the way of a comparison
    curves += [Curve("validation", xs, ys, colour=1, kind="points", letter="v"), *others]
    return Chart(
        curves=tuple(curves),
        x_name=X_NAMES[view.across],
        y_name="nats",
        right_name="bits/byte" if history.bits_per_nat else "",
        right_factor=history.bits_per_nat or 1.0,
        log_x=view.log_x,
        log_y=view.log_y,
        x_range=x_range(history, view),
        marks=marks(history, view.across),
        levels=levels(history, tables) if view.levels else (),
        spots=spots(history, tables, view.across),
        cursor=None if view.cursor is None else history.x_of(view.cursor, view.across),
    )


def x_range(history: RunHistory, view: View) -> tuple[float, float]:
    """The window on the axis that is chosen."""
    low, high = (history.x_of(step, view.across) for step in view.window(history))
    return (max(low, history.x_of(1, view.across)) if view.log_x else low, high)


def x_column(view: View) -> str | None:
    """The column that the horizontal values come from, where it is not the steps."""
    return "elapsed_s" if view.across == "time" else None


def laid_across(
    history: RunHistory, view: View, xs: list[float], ys: list[float]
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The points of a column on the axis that is chosen."""
    factor = history.x_of(1, "tokens") if view.across == "tokens" else 1.0
    return tuple(x * factor for x in xs), tuple(ys)
