"""Which run Train watches, and what its threads say of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from textual.worker import Worker, WorkerState, get_current_worker

from gptlab_tui.events import Controlled, Ended, Started
from gptlab_tui.render.display import display
from gptlab_tui.runs.layout import Run
from gptlab_tui.runs.listing import list_runs
from gptlab_tui.tui.batch import Batch
from gptlab_tui.tui.follow import Follow, Grown
from gptlab_tui.tui.history import RunHistory
from gptlab_tui.tui.panes.train_actions import TrainActions
from gptlab_tui.tui.panes.train_messages import Chosen, Launched, Levelled, Overlaid, Shared
from gptlab_tui.tui.panes.train_runs import choose, order, sharing
from gptlab_tui.tui.run_states import sign_of

_ANY = -1  # a generation: whichever run is watched


class TrainWatch(TrainActions):
    """Chooses a run, follows it, and takes what comes."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._follow: Follow | None = None
        self._sketch: RunHistory | None = None
        self._sketched = 0
        self._whole_history = RunHistory()
        self._sharing: tuple[str, ...] = ()
        self._ended_said = True

    def thread(self, body: Callable[[], None], group: str) -> None:
        """Runs a body in a thread; a newer one of its group takes its place."""
        self.run_worker(body, thread=True, group=group, exclusive=True, exit_on_error=False)

    def choose_run(self) -> None:
        """Finds out which run to watch."""
        self.thread(partial(self._chosen, self.generation, self.bench.state.run), "choose")

    def _chosen(self, generation: int, remembered: str) -> None:
        home = self.bench.home
        run = choose(home, remembered)
        listed = list_runs(home)
        alive = sum(one.alive for one in listed)
        self.post_message(Chosen(generation, run, tuple(order(listed)), alive))

    def on_chosen(self, message: Chosen) -> None:
        """The run is known: follow it."""
        if message.generation not in (self.generation, _ANY):
            return
        self.names, self.alive_count, self.looked_for = message.names, message.alive, True
        if message.run is None or message.generation == _ANY:
            self.draw_all(now=True)
        else:
            self.watch_run(message.run)

    def watch_run(self, run: Run) -> None:
        """Follows another run from now on."""
        self.generation += 1
        self.run_dir = run
        self._whole_history, self._sketch, self._sharing = RunHistory(), None, ()
        self._sketched = 0
        self.history, self.alive, self.chosen, self.pinned = self._whole_history, False, 0, False
        self.others, self.levels, self._ended_said = (), (), True
        self.view = self.view.fresh()
        self._follow = Follow(run, self.generation, self.bench.terminal.redraw_s)
        self.thread(partial(self._following, self._follow), "follow")
        if self.with_others:
            self.load_others()
        if self.view.levels:
            self.load_levels()
        self.draw_all(now=True)

    def _following(self, follow: Follow) -> None:
        follow.run(self, get_current_worker().cancelled_event)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What no thread should have come to is said, not hidden."""
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self.tell(display(f"{event.worker.group}: {event.worker.error!r}"), severity="error")

    # -- what the threads say ------------------------------------------------------------------------

    def on_grown(self, message: Grown) -> None:
        """The journal has said more."""
        follow = self._follow
        if follow is None or message.generation != self.generation:
            return
        if len(message.sketch) > self._sketched:
            self._sketch, self._sketched = RunHistory(), len(message.sketch)
            for batch in message.sketch:
                self._sketch.take(batch)
        started = False
        for number, batch in message.news:
            if number > follow.taken:
                self._whole_history.take(batch)
                follow.taken = number
                started |= any(isinstance(event, Started) for event in batch.events)
                self._react(batch)
        if message.whole:
            self._sketch = None
        self.history = self._sketch if self._sketch is not None else self._whole_history
        if message.alive and self._ended_said:
            self._ended_said = False
        if started and message.alive:
            self.thread(partial(self._look_for_sharing, self.generation), "sharing")
        if self.alive != message.alive:
            self.alive = message.alive
            self._choose_names()
        if not self.pinned:
            self.chosen = max(0, len(self.history.samples) - 1)
        self.draw_all()

    def _react(self, batch: Batch) -> None:
        """Answers to our own commands, and the end of a run that was watched alive, are told."""
        for event in batch.events:
            if isinstance(event, Controlled) and (answer := self.steering.answered(event)) is not None:
                words, applied = answer
                self.tell(words, severity="information" if applied else "error")
            elif isinstance(event, Ended) and not self._ended_said:
                self._ended_said = True
                self.tell(f"{sign_of(event.reason).word} at step {event.step:,}")

    def _choose_names(self) -> None:
        def look() -> None:
            listed = list_runs(self.bench.home)
            alive = sum(one.alive for one in listed)
            self.post_message(Chosen(_ANY, None, tuple(order(listed)), alive))

        self.thread(look, "names")

    def _look_for_sharing(self, generation: int) -> None:
        run, started = self.run_dir, self._whole_history.started
        if run is not None and started is not None:
            names = sharing(self.bench.home, run, started.device)
            self.post_message(Shared(generation, tuple(names)))

    def on_shared(self, message: Shared) -> None:
        """Two trainings on one device slow each other down."""
        if message.generation == self.generation and message.names:
            self._sharing = message.names
            others = ", ".join(display(name) for name in message.names)
            self.tell(f"shares its device with {others}: both take longer", severity="warning")
            self.draw_all()

    def on_launched(self, message: Launched) -> None:
        """A training that we started, or could not start."""
        self.launching = ""
        if message.problem:
            self.tell(message.problem, severity="error")
        else:
            self.bench.remember(run=message.run)
            self.watch_run(Run(self.bench.home.runs / message.run))
            self.tell(f"{display(message.run)} trains by itself now")
        self.draw_all(now=True)

    def on_overlaid(self, message: Overlaid) -> None:
        """Other runs' curves."""
        if message.generation == self.generation:
            self.others = message.others
            self.draw_all(now=True)

    def on_levelled(self, message: Levelled) -> None:
        """Reference lines."""
        if message.generation == self.generation:
            self.levels = message.levels
            if message.problem:
                self.tell(message.problem, severity="warning")
            self.draw_all(now=True)
