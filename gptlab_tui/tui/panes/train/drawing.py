"""How Train draws what it knows: at once after a key, else at most so often, and only in sight."""

from __future__ import annotations

import time
from functools import cached_property, partial

from textual.content import Content
from textual.widgets import Static

from gptlab_tui.render.display import display
from gptlab_tui.render.fitting import shorten
from gptlab_tui.render.units import about, counted
from gptlab_tui.runs.layout import Run
from gptlab_tui.tui.panes.train.bar import numbers, progress
from gptlab_tui.tui.panes.train.machine import machine_line
from gptlab_tui.tui.panes.train.messages import Logged
from gptlab_tui.tui.panes.train.others import other_curves
from gptlab_tui.tui.panes.train.panels import DrivePanel, LogPanel, LossPanel, SamplesPanel
from gptlab_tui.tui.panes.train.signs import overfitting
from gptlab_tui.tui.panes.train.state import TrainState
from gptlab_tui.tui.panes.train.text import log_tail
from gptlab_tui.tui.panes.train.view import loss_chart
from gptlab_tui.tui.redraw import Redraw
from gptlab_tui.tui.widgets.chart import ChartView
from gptlab_tui.tui.widgets.words import Words

_ROOMY = 26  # lines of the pane
_LOG_LINES = 200  # that are read of a log
#: Charts cost most; while a run says nothing but steps they stay so long, in seconds.
_CHART_S, _SMALL_CHARTS_S = 4.0, 12.0
#: The answer to a key does not wait for the small charts; they follow so much later, in seconds.
_ASIDE_S = 0.03


class TrainDrawing(TrainState):
    """Bar, chart, panels, strip."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.here = False
        """Whether the pane is at the front."""

    @cached_property
    def _parts(self) -> tuple[Redraw, ...]:
        """What is drawn, the cheap things more often: a training shares the processor with us."""
        redraw_s = self.bench.terminal.redraw_s
        return (
            Redraw(self, redraw_s, self._draw_words),
            Redraw(self, _CHART_S, self._draw_chart),
            Redraw(self, _SMALL_CHARTS_S, self._draw_small_charts),
        )

    def draw_all(self, *, now: bool = False) -> None:
        """Draws what is in sight: at once after a key, else at most so often."""
        if self.here and self.is_mounted:
            *first, small_charts = self._parts
            with self.app.batch_update():
                for part in first:
                    part.ask(now=now)
                if now:
                    small_charts.soon(_ASIDE_S)
                else:
                    small_charts.ask()

    @property
    def shows_samples(self) -> bool:
        """Whether the samples are in sight."""
        return self.here and bool(self.query_one(SamplesPanel).size.area)

    def draw_no_more(self) -> None:
        """What waits to be drawn is not."""
        for part in self._parts:
            part.stop()

    def show_small(self) -> None:
        """The small charts, or none of them where nobody asked and the losses need the room."""
        if not self.small_chosen:
            self.small = 0 if self.size.height >= _ROOMY else None
        self.set_class(self.small is not None, "-small")
        self.query_one(DrivePanel).show_one(self.small or 0)

    def _draw_words(self) -> None:
        self._draw_bar()
        self.draw_strip()
        self.query_one(SamplesPanel).update()
        if self.has_class("-log"):
            self.in_thread(partial(self._read_log, self.run_dir, self.generation), "log")

    def _read_log(self, run: Run | None, generation: int) -> None:
        lines = log_tail(run.log, _LOG_LINES) if run is not None else []
        self.post_message(Logged(generation, tuple(lines)))

    def on_logged(self, message: Logged) -> None:
        """The end of the log has been read."""
        if message.generation == self.generation:
            self.query_one(LogPanel).show_lines(message.lines)

    def _draw_small_charts(self) -> None:
        self.query_one(DrivePanel).update()

    def _draw_bar(self) -> None:
        width, glyphs = max(1, self.size.width - 2), self.bench.terminal.glyphs
        bar = self.query_one("#train-bar", Words)
        if self.launching:
            bar.say(Content.styled(self.launching, "bold $warning"))
            return
        if self.run_dir is None:
            bar.say("")
            return
        if self.is_reading:
            bar.say(Content.styled("reading the journal …", "$muted"))
            return
        silent_s = time.monotonic() - self.heard_s
        first = progress(self.history, self.alive, width, glyphs, silent_s)
        bar.say(Content("\n").join([first, numbers(self.history, width)]))

    def _draw_chart(self) -> None:
        panel, chart = self.query_one(LossPanel), self.query_one("#train-chart", ChartView)
        history, run = self.history, self.run_dir
        empty = self.query_one("#train-empty", Static)
        has_points = bool(history.steps or history.evaluations)
        empty.display, chart.display = not has_points, has_points
        panel.border_title = self._title()
        panel.border_subtitle = self._remark()
        if not has_points:
            empty.update(self._nothing(run))
            return
        others = other_curves(self.others, history.bits_per_nat, self.view.across)
        chart.show(loss_chart(history, self.view, self.tables, others))

    def _title(self) -> Content:
        run, started = self.run_dir, self.history.started
        if run is None:
            return Content("Loss")
        parts = [display(run.name)]
        if started is not None:
            parts.append(f"{about(started.parameters)} on {display(started.device)}")
        others = self.alive_count - 1 if self.alive else self.alive_count
        if others > 0:
            parts.append(f"{counted(others, 'other')} in training")
        return Content(" · ".join(parts) if self.bench.terminal.glyphs != "ascii" else " - ".join(parts))

    def _remark(self) -> Content:
        """The most important thing that can be said of the curves."""
        if self.steering.asked:
            return Content.styled(f"asked: {self.steering.asked} …", "$warning")
        said = overfitting(self.history)
        if said:
            return Content.styled(said, "$warning")
        if self.sharing:
            more = f" and {len(self.sharing) - 1} more" if len(self.sharing) > 1 else ""
            other = f"{shorten(display(self.sharing[0]), 24)}{more}"
            return Content.styled(f"slower: shares its device with {other}", "$warning")
        switches = self.view.words(self.history)
        if self.read < 1 and self.history.steps:
            switches = [f"a sketch, {100 * self.read:2.0f} % read", *switches]
        return Content(", ".join(switches))

    def _nothing(self, run: Run | None) -> Content:
        if self.is_reading:
            return Content.styled("Reading the journal.", "$muted")
        if run is not None:
            waits = "Waiting for its first step." if self.alive else "This run has no step yet."
            return Content(waits)
        if not self.looked_for:
            return Content.styled("Looking for runs.", "$muted")
        return Content.assemble(
            ("No run yet.\n\n", "bold"),
            ("n", "bold $accent"),
            " starts a training here,\n",
            ("gptlab train", "bold $accent"),
            " starts one in a shell.",
        )

    def draw_between(self) -> None:
        """What goes on though the journal is silent: the machine, and the time of an evaluation."""
        self.draw_strip()
        if self.alive and self.history.evaluating:
            self._draw_bar()

    def draw_strip(self) -> None:
        """The machine, below."""
        width = max(1, self.size.width - 2)
        card = self.history.started.card if self.history.started is not None else ""
        self.query_one("#train-strip", Words).say(machine_line(self.machine, width, card))
