"""What the keys of Train do: the view, the samples, the run that is watched, and its steering."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from textual.timer import Timer
from textual.worker import get_current_worker

from gptlab_tui.errors import GPTLabError
from gptlab_tui.render.display import display
from gptlab_tui.render.units import duration
from gptlab_tui.runs.control import Verb
from gptlab_tui.runs.layout import Run, find_run
from gptlab_tui.tui import going_on, verb
from gptlab_tui.tui.dialogs import Confirm
from gptlab_tui.tui.going_on import Further
from gptlab_tui.tui.panel import words_of
from gptlab_tui.tui.panes.further import AsksFurther
from gptlab_tui.tui.panes.train.drive import DRIVES
from gptlab_tui.tui.panes.train.launch import launch
from gptlab_tui.tui.panes.train.messages import Launched
from gptlab_tui.tui.panes.train.panels import LossPanel, SamplesPanel
from gptlab_tui.tui.panes.train.runs import beside
from gptlab_tui.tui.panes.train.view import ACROSS, SMOOTHING, View, step_at
from gptlab_tui.tui.panes.train.watch import TrainWatch
from gptlab_tui.tui.widgets.chart import ChartView

#: The group of the thread that starts a training.
_LAUNCH = "launch"


class TrainActions(TrainWatch, AsksFurther):
    """What each key does."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._pulse: Timer | None = None
        self._starting, self._began = "", 0.0
        self._given_up = threading.Event()
        """Whether what is being started is not wanted any more."""

    # -- the view ------------------------------------------------------------------------------------

    def _look(self, view: View) -> None:
        self.view = view
        self.draw_all(now=True)

    def action_switch(self, name: str) -> None:
        """Logarithmic scales, reference lines."""
        changed: dict[str, Any] = {name: not getattr(self.view, name)}
        self._look(replace(self.view, **changed))
        if name == "levels" and self.view.levels and not self.tables:
            self.load_tables()

    def action_smooth(self) -> None:
        """The next strength of smoothing."""
        self._look(replace(self.view, smoothing=(self.view.smoothing + 1) % len(SMOOTHING)))

    def action_axis(self) -> None:
        """Steps, tokens, time."""
        at = ACROSS.index(self.view.across)
        self._look(replace(self.view, across=ACROSS[(at + 1) % len(ACROSS)]))

    def action_zoom_in(self) -> None:
        """Fewer steps in sight."""
        self._look(self.view.zoomed(self.history, True))

    def action_zoom_out(self) -> None:
        """More steps in sight."""
        self._look(self.view.zoomed(self.history, False))

    def action_pan(self, share: float) -> None:
        """Other steps in sight."""
        self._look(self.view.panned(self.history, share))

    def action_follow(self) -> None:
        """No cursor, and the run's end in sight; the newest sample."""
        self.pinned = False
        self.chosen = max(0, len(self.history.samples) - 1)
        self._look(replace(self.view, end=None, cursor=None))
        self.stand()

    def action_cursor(self, cells: int) -> None:
        """The cursor, a cell on; the sample that was written then comes along."""
        width = max(1, self.query_one("#train-chart", ChartView).drawing.width)
        self._put_down(self.view.moved(self.history, cells, width))

    def pick(self, x: float) -> None:
        """The cursor at an x of the chart."""
        steps = self.history.steps
        if not steps:
            return
        self._put_down(self.view.at(self.history, step_at(self.history, x, self.view.across)))

    def _put_down(self, view: View) -> None:
        """The cursor somewhere else, with the sample that belongs there."""
        self.view = view
        self.choose_sample()
        self.draw_all(now=True)
        self.stand()

    def action_scrub(self, step: int) -> None:
        """Another sample, and the chart's cursor to where it was written."""
        samples = self.history.samples
        if not samples:
            return
        self.chosen = min(max(self.chosen + step, 0), len(samples) - 1)
        self.pinned = self.chosen < len(samples) - 1
        self._look(self.view.at(self.history, float(samples[self.chosen].step)))
        self.stand()

    def action_samples(self) -> None:
        """Samples in place of the curves, or back; on a wide screen both are there."""
        self.toggle_class("-texts")
        target = SamplesPanel if self.has_class("-texts") else LossPanel
        self.call_after_refresh(self._go, target)

    def _go(self, target: type[SamplesPanel] | type[LossPanel]) -> None:
        self.query_one(target).focus()
        self.draw_all(now=True)

    def action_small(self) -> None:
        """The next of the small charts, and none; all of them or none on a wide screen."""
        wide = self.screen.has_class("-wide")
        order = (None, 0) if wide else (None, *range(len(DRIVES)))
        at = order.index(self.small) if self.small in order else len(order) - 1
        self.small, self.small_chosen = order[(at + 1) % len(order)], True
        self.show_small()
        self.call_after_refresh(self.draw_all, now=True)

    def action_log(self) -> None:
        """The log in place of the curves, or back; on a tall screen below them."""
        self.toggle_class("-log")
        self.remove_class("-texts")
        if not self.has_class("-log"):
            self.query_one(LossPanel).focus()
        self.call_after_refresh(self.draw_all, now=True)

    # -- other runs ----------------------------------------------------------------------------------

    def action_run(self, step: int) -> None:
        """The next run of the list."""
        here = self.run_dir.name if self.run_dir is not None else ""
        name = beside(list(self.names), here, step)
        if name is None or name == here:
            self.notify("There is no other run.", markup=False)
            return
        try:
            run = find_run(self.bench.home, name)
        except (GPTLabError, OSError) as error:
            self.notify(words_of(error), severity="error", markup=False)
            return
        self.bench.remember(run=name)
        self.watch_run(run)

    def action_others(self) -> None:
        """Validation curves of the newest other runs."""
        self.with_others = not self.with_others
        self.others = ()
        if self.with_others:
            self.load_others()
        self.draw_all(now=True)

    # -- steering ------------------------------------------------------------------------------------

    def _tell_run(self, verb: Verb, key: str | None = None, value: Any = None) -> None:
        if self.run_dir is None:
            self.notify("There is no run to steer; n starts one.", markup=False)
            return
        try:
            self.steering.tell(self.run_dir, verb, key, value)
        except GPTLabError as error:
            self.tell(f"{error.message} {error.hint or ''}".strip(), severity="warning")
        else:
            self.draw_all(now=True)  # the chart's frame says that it waits for an answer

    def action_pause(self) -> None:
        """Pause, resume, or go on with a run that was left."""
        if self.run_dir is not None and not self.alive and self.history.started is not None:
            self._ask_resume(self.run_dir)
        else:
            self._tell_run("resume" if self.steering.pauses(self.history.paused) else "pause")

    def _ask_resume(self, run: Run) -> None:
        name = run.name
        if self.history.step >= self.history.max_iters > 0:
            self.action_extend()
            return

        def answer(yes: bool | None) -> None:
            if yes:
                self.start(going_on.on_to(name, None), f"going on with {name}")

        detail = (
            "It goes on from its newest checkpoint, from the\n"
            "first step where it has none, in a process of its\nown; x stops it."
        )
        self.app.push_screen(Confirm(f"Train {display(name)} further?", detail), answer)

    def action_stop(self) -> None:
        """Asks, then stops; a training that is only being started is given up."""
        if self.launching:
            self._given_up.set()
            self._tell_launch()
            return
        if not self.alive:
            self._tell_run("stop")
            return

        def answer(yes: bool | None) -> None:
            if yes:
                self._tell_run("stop")

        detail = "It finishes its step, saves and ends; space goes on with it."
        self.app.push_screen(Confirm("Stop the training?", detail), answer)

    def action_save_now(self) -> None:
        """A checkpoint."""
        self._tell_run("save")

    def action_sample_now(self) -> None:
        """A sample."""
        self._tell_run("sample")

    def action_scale_lr(self, factor: float) -> None:
        """The learning rate, times a factor."""
        scale = self.steering.on_its_way("lr_scale", self.history.lr_scale)
        self._tell_run("set", "lr_scale", scale * factor)

    def action_extend(self) -> None:
        """Asks for the last step; an ended run goes on to it, or a new one from where it is spent."""
        if self.run_dir is not None:
            history = self.history
            self.ask_further(
                self.run_dir, history.step, history.max_iters or 500, alive=self.alive, go=self._extend
            )

    def _extend(self, further: Further, steps: int) -> None:
        if self.alive:
            self._tell_run("set", "max_iters", steps)
        else:
            how = "a new run from" if further.spent else "going on with"
            self.start(further.words(steps), f"{how} {further.name}")

    def action_new_run(self) -> None:
        """The form."""
        from gptlab_tui.tui.panes.train.new import NewRun

        def answer(arguments: list[str] | None) -> None:
            if arguments is not None:
                self.start(arguments, "starting a training")

        self.app.push_screen(NewRun(self.bench.home), answer)

    def start(self, arguments: list[str], words: str) -> None:
        """Starts a training in a process of its own; the bar says so until it speaks."""
        if self.launching:
            self.tell("A training is being started already.", severity="warning")
            return
        self._starting, self._began, self._given_up = words, time.monotonic(), threading.Event()
        self._pulse = self.set_interval(1.0, self._tell_launch)
        self._tell_launch()
        self.in_thread(partial(self._launch, arguments, self._given_up), _LAUNCH)

    def _tell_launch(self) -> None:
        waits = "PyTorch takes a while to load (x gives up)"
        if self._given_up.is_set():
            waits = "given up, it is stopped as soon as it listens"
        seconds = duration(time.monotonic() - self._began)
        self.launching = f"{display(self._starting)}: {waits} … {seconds}"
        self.draw_all(now=True)

    def _launch(self, arguments: list[str], given_up: threading.Event) -> None:
        worker = get_current_worker()
        with suppress(verb.Unwanted):  # the workbench is left
            self.post_message(
                Launched(*launch(self.bench.home, arguments, given_up, lambda: worker.is_cancelled))
            )

    def _launched(self) -> None:
        self.launching = ""
        if self._pulse is not None:
            self._pulse.stop()
        self.draw_all(now=True)

    def thread_failed(self, group: str, words: str) -> None:
        """A training that did not start is not waited for."""
        super().thread_failed(group, words)
        if group == _LAUNCH:
            self._launched()

    def on_launched(self, message: Launched) -> None:
        """A training that we started."""
        self._launched()
        self.bench.remember(run=message.run)
        self.watch_run(Run(self.bench.home.runs / message.run))
        if message.given_up:
            self.tell(f"{display(message.run)} had begun; it is told to stop, and can be deleted in Runs.")
