"""The small charts of Train: what drives a step, in the window and under the cursor of the losses."""

from __future__ import annotations

import math

from gptlab_tui.tui.history import RunHistory
from gptlab_tui.tui.panes.train.signs import marks
from gptlab_tui.tui.panes.train.view import View, laid_across, x_column, x_range
from gptlab_tui.tui.widgets.chart_spec import Chart, Curve

#: (title, column, how its values are written): numbers of one width, as far as one can know.
DRIVES = (
    ("learning rate", "learning_rate", ".2e"),
    ("gradient norm", "grad_norm", ".3f"),
    ("tokens/s", "tokens_per_s", ",.0f"),
)


def drive_chart(history: RunHistory, view: View, which: int) -> Chart:
    """One of DRIVES over the steps in sight, with the value of now, or the one under the cursor."""
    title, name, form = DRIVES[which]
    window, over = view.window(history), view.smoothed_over(history)
    raw = laid_across(history, view, *history.envelope(name, *window, x_column(view)))
    now = history.learning_rate if name == "learning_rate" else history.last(name)
    said = f"{title} {now:{form}}" if math.isfinite(now) and view.cursor is None else title
    curves: tuple[Curve, ...]
    if over > 1 and name != "learning_rate":  # which has no noise to be smoothed
        smooth = laid_across(history, view, *history.smoothed(name, *window, over, x_column(view)))
        curves = (
            Curve(title if view.cursor is not None else "", *raw, colour=2 + which, kind="cloud"),
            Curve(said if view.cursor is None else "", *smooth, colour=2 + which, letter="*"),
        )
    else:
        curves = (Curve(said, *raw, colour=2 + which, letter="*"),)
    return Chart(
        curves=curves,
        x_name="",
        y_name="",
        y_form=form,
        log_x=view.log_x,
        x_range=x_range(history, view),
        marks=marks(history, view.across),
        cursor=None if view.cursor is None else history.x_of(view.cursor, view.across),
    )
