"""The pane Train: watch a run, steer it, start another."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.events import Resize
from textual.worker import get_current_worker

from gptlab_tui.tui.keys.train import KEYS
from gptlab_tui.tui.panel import bindings
from gptlab_tui.tui.panes.train.actions import TrainActions
from gptlab_tui.tui.panes.train.machine import Gauge
from gptlab_tui.tui.panes.train.messages import Looked
from gptlab_tui.tui.panes.train.palette import Situation, applies, commands, why_not
from gptlab_tui.tui.panes.train.panels import DrivePanel, LogPanel, LossPanel, SamplesPanel
from gptlab_tui.tui.widgets.chart import ChartView
from gptlab_tui.tui.widgets.words import Words

_MACHINE_S = 2.0
_IDLE_MACHINE_S = 10.0


class TrainPane(TrainActions):
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
    TrainPane DrivePanel { height: 25%; min-height: 7; max-height: 15; display: none; }
    TrainPane.-small DrivePanel { display: block; }
    LogPanel { display: none; }
    TrainPane.-log LossPanel { display: none; }
    TrainPane.-log LogPanel { display: block; }
    Screen.-tall TrainPane.-log LossPanel { display: block; height: 2fr; }
    TrainPane.-texts #train-main { display: none; }
    TrainPane.-texts #train-side { display: block; width: 1fr; }
    Screen.-wide #train-side { display: block; }
    Screen.-wide TrainPane.-texts #train-main { display: block; }
    Screen.-wide TrainPane.-texts #train-side { width: 46; }
    Screen.-flat #train-bar { height: 1; }
    Screen.-flat #train-strip { display: none; }
    Screen.-flat TrainPane DrivePanel { display: none; }
    """

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._known = Situation()
        """What the footer was made from."""

    def compose(self) -> ComposeResult:
        """Bar, panels, strip."""
        yield Words(id="train-bar")
        with Horizontal(id="train-body"):
            with Vertical(id="train-main"):
                yield LossPanel(id="train-loss")
                yield LogPanel(id="train-log")
            with Vertical(id="train-side"):
                yield SamplesPanel(id="train-samples-panel")
        yield DrivePanel(id="train-drive-panel")
        yield Words(id="train-strip")

    # -- coming and going ----------------------------------------------------------------------------

    def arrive(self) -> None:
        """Watches the run that was asked for, or goes on with its own; and the machine."""
        self.here = True
        self.query_one(LossPanel).focus()
        asked, self.bench.wanted_run = self.bench.wanted_run, ""
        if asked or self.run_dir is None:
            self.choose_run(asked)
        self.in_thread(self._look_around, "machine")
        self.call_after_refresh(self.draw_all, now=True)

    def leave(self) -> None:
        """What draws stops; the journal is followed on, so that coming back finds everything."""
        self.here = False
        self.workers.cancel_group(self, "machine")
        self.draw_no_more()

    def on_resize(self, event: Resize) -> None:
        """Another room: everything is laid out first."""
        self.show_small()
        self.call_after_refresh(self.draw_all, now=True)

    def _look_around(self) -> None:
        worker, gauge = get_current_worker(), Gauge()
        gauge.read()  # the processor's share is counted from one look to the next
        wait_s = 0.3
        while not worker.cancelled_event.wait(wait_s):
            self.post_message(Looked(gauge.read()))
            self.look_for_runs()
            wait_s = _MACHINE_S if self.alive else _IDLE_MACHINE_S

    def on_looked(self, message: Looked) -> None:
        """The strip below."""
        self.machine = message.machine
        for words in self.steering.overdue():
            self.tell(f"{words} has not been answered yet; it lies in the inbox", severity="warning")
        if self.here:
            self.draw_between()

    def on_chart_view_picked(self, message: ChartView.Picked) -> None:
        """The mouse puts the cursor down."""
        self.pick(message.x)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only keys that do something with the run as it is act, and stand in the footer and the palette."""
        return applies(action, parameters, self._situation())

    def why_not(self, action: str) -> str:
        """What of the run as it is stands against it."""
        return why_not(action, self._situation())

    def palette(self) -> list[tuple[str, str, str]]:
        """What can be done with the run and its picture now."""
        return commands(self.keys_that_act(KEYS), self._situation())

    def draw_all(self, *, now: bool = False) -> None:
        """Draws, and tells the footer where other keys act than before."""
        super().draw_all(now=now)
        situation = self._situation()
        if situation != self._known:
            self._known = situation
            self.refresh_bindings()

    @property
    def place(self) -> str:
        """What the run is doing."""
        now = self._situation()
        if now.launching or not now.watched:
            return ""
        if not now.alive:
            return "ended"
        return "paused" if now.paused else "training"

    def _situation(self) -> Situation:
        run, history = self.run_dir, self.history
        return Situation(
            watched=run is not None,
            own=run is not None and not run.is_bundled,
            alive=self.alive,
            paused=history.paused,
            launching=bool(self.launching),
            begun=history.started is not None,
            finished=history.step >= history.max_iters > 0,
            points=bool(history.steps or history.evaluations),
            samples=bool(history.samples),
            others=len(self.names) > 1,
            zoomed=self.view.span is not None,
        )
