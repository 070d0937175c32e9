"""The pane Train: watch a run, steer it, start another."""

from __future__ import annotations

import time

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.css.query import NoMatches
from textual.events import Resize
from textual.timer import Timer
from textual.widgets import Static
from textual.worker import get_current_worker

from gptlab_tui.render.display import display
from gptlab_tui.render.units import about
from gptlab_tui.runs.layout import Run
from gptlab_tui.tui.keys.train import KEYS
from gptlab_tui.tui.panel import bindings
from gptlab_tui.tui.panes import train_bar
from gptlab_tui.tui.panes.train_machine import Gauge, Machine, machine_line
from gptlab_tui.tui.panes.train_messages import Looked
from gptlab_tui.tui.panes.train_others import other_curves
from gptlab_tui.tui.panes.train_panels import DrivePanel, LogPanel, LossPanel, SamplesPanel
from gptlab_tui.tui.panes.train_view import loss_chart, overfitting
from gptlab_tui.tui.panes.train_watch import TrainWatch
from gptlab_tui.tui.tabs import Tabs
from gptlab_tui.tui.widgets.chart import ChartView

_MACHINE_S = 2.0
_IDLE_MACHINE_S = 10.0


class TrainPane(TrainWatch):
    """One run at a time; `follow` feeds it."""

    section = "train"
    BINDINGS = [*bindings(KEYS)]
    SCOPED_CSS = False
    DEFAULT_CSS = """
    TrainPane { layout: vertical; }
    #train-bar { height: 2; padding: 0 1; }
    #train-body { height: 1fr; }
    #train-main { width: 1fr; }
    #train-side { width: 46; display: none; }
    #train-strip { height: 1; padding: 0 1; }
    #train-empty { height: 1fr; content-align: center middle; text-align: center; }
    DrivePanel { height: 8; }
    LogPanel { display: none; }
    TrainPane.-log LossPanel { display: none; }
    TrainPane.-log LogPanel { display: block; }
    Screen.-tall TrainPane.-log LossPanel { display: block; height: 2fr; }
    TrainPane.-texts #train-main { display: none; }
    TrainPane.-texts #train-side { display: block; width: 1fr; }
    Screen.-wide #train-side { display: block; }
    Screen.-wide TrainPane.-texts #train-main { display: block; }
    Screen.-wide TrainPane.-texts #train-side { width: 46; }
    Screen.-low TrainPane.-texts DrivePanel { height: 5; }
    Screen.-flat #train-bar { height: 1; }
    Screen.-flat #train-strip { display: none; }
    Screen.-flat DrivePanel { display: none; }
    """

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._drawn_at = -1e9
        self._timer: Timer | None = None
        self._here = False
        self._machine: Machine | None = None

    def compose(self) -> ComposeResult:
        """Bar, panels, strip."""
        yield Static(id="train-bar")
        with Horizontal(id="train-body"):
            with Vertical(id="train-main"):
                yield LossPanel(id="train-loss")
                yield LogPanel(id="train-log")
            with Vertical(id="train-side"):
                yield DrivePanel(id="train-drive-panel")
                yield SamplesPanel(id="train-samples-panel")
        yield Static(id="train-strip")

    # -- coming and going ----------------------------------------------------------------------------

    def arrive(self) -> None:
        """Watches the run that is remembered, and the machine."""
        self._here = True
        self.query_one(LossPanel).focus()
        if self.run_dir is None or self.bench.state.run not in ("", self.run_dir.name):
            self.choose_run()
        self.thread(self._look_at_machine, "machine")
        self.call_after_refresh(self.draw_all, now=True)

    def leave(self) -> None:
        """What draws stops; the journal is followed on, so that coming back finds everything."""
        self._here = False
        self.workers.cancel_group(self, "machine")
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def on_resize(self, event: Resize) -> None:
        """Another room: everything is laid out first."""
        self.call_after_refresh(self.draw_all, now=True)

    def _look_at_machine(self) -> None:
        worker, gauge = get_current_worker(), Gauge()
        gauge.read()  # the processor's share is counted from one look to the next
        wait_s = 0.3
        while not worker.cancelled_event.wait(wait_s):
            self.post_message(Looked(gauge.read()))
            wait_s = _MACHINE_S if self.alive else _IDLE_MACHINE_S

    def on_looked(self, message: Looked) -> None:
        """The strip below."""
        self._machine = message.machine
        for words in self.steering.overdue():
            self.tell(f"{words} has not been answered yet; it lies in the inbox", severity="warning")
        if self._here:
            self._draw_strip()

    def on_chart_view_picked(self, message: ChartView.Picked) -> None:
        """The mouse puts the cursor down."""
        self.pick(message.x)

    # -- drawing -------------------------------------------------------------------------------------

    def draw_all(self, *, now: bool = False) -> None:
        """Draws what is in sight: at once after a key, else at most so often."""
        if not self._here or not self.is_mounted:
            return
        redraw_s = self.bench.terminal.redraw_s
        wait_s = self._drawn_at + redraw_s - time.monotonic()
        if not now and wait_s > 0:
            if self._timer is None:
                self._timer = self.set_timer(wait_s, self._draw)
            return
        self._draw()

    def _draw(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if not self._here:
            return
        self._drawn_at = time.monotonic()
        with self.app.batch_update():
            self._draw_bar()
            self._draw_chart()
            self._draw_strip()
            self.query_one(DrivePanel).update()
            self.query_one(SamplesPanel).update()
            if self.has_class("-log"):
                self.query_one(LogPanel).update()

    def _draw_bar(self) -> None:
        width, glyphs = max(1, self.size.width - 2), self.bench.terminal.glyphs
        bar = self.query_one("#train-bar", Static)
        if self.launching:
            bar.update(Content.styled(self.launching, "bold $warning"))
            return
        if self.run_dir is None:
            bar.update("")
            return
        first = train_bar.progress(self.history, self.alive, width, glyphs)
        bar.update(Content("\n").join([first, train_bar.numbers(self.history, width)]))
        try:
            state = train_bar.state_content(train_bar.state_of(self.history, self.alive), glyphs).plain
            self.app.query_one(Tabs).status = state if self.alive else ""
        except NoMatches:
            pass

    def _draw_chart(self) -> None:
        panel, chart = self.query_one(LossPanel), self.query_one(ChartView)
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
        chart.show(loss_chart(history, self.view, self.levels, others), now=True)

    def _title(self) -> Content:
        run, started = self.run_dir, self.history.started
        if run is None:
            return Content("Loss")
        parts = [display(run.name)]
        if started is not None:
            parts.append(f"{about(started.parameters)} on {display(started.device)}")
        if self.alive_count > 1:
            parts.append(f"{self.alive_count} alive")
        return Content(" · ".join(parts) if self.bench.terminal.glyphs != "ascii" else " - ".join(parts))

    def _remark(self) -> Content:
        """The most important thing that can be said of the curves."""
        said = overfitting(self.history)
        if said:
            return Content.styled(said, "$warning")
        if self._sharing:
            return Content.styled(f"shares its device with {len(self._sharing)} other", "$warning")
        switches = self.view.words()
        if self._sketch is not None:
            switches = ["a sketch; the rest is being read", *switches]
        return Content(", ".join(switches))

    def _nothing(self, run: Run | None) -> Content:
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

    def _draw_strip(self) -> None:
        width = max(1, self.size.width - 2)
        self.query_one("#train-strip", Static).update(machine_line(self._machine, width))
