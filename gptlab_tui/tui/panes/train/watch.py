"""Which run Train watches, and what its threads say of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from importlib import import_module

from textual.worker import get_current_worker

from gptlab_tui.errors import GPTLabError
from gptlab_tui.events import Controlled, Ended, Event, Started, Warned
from gptlab_tui.render.display import display
from gptlab_tui.render.fitting import shorten
from gptlab_tui.runs.layout import Run
from gptlab_tui.runs.listing import list_runs
from gptlab_tui.runs.neighbours import on_same_device
from gptlab_tui.tui.follow import Follow, Grown
from gptlab_tui.tui.history import RunHistory
from gptlab_tui.tui.panes.train.bar import state_content, state_of
from gptlab_tui.tui.panes.train.control import Steering
from gptlab_tui.tui.panes.train.drawing import TrainDrawing
from gptlab_tui.tui.panes.train.messages import Chosen, Levelled, Overlaid, Shared
from gptlab_tui.tui.panes.train.others import MOST, read_other
from gptlab_tui.tui.panes.train.runs import choose, count_alive, order
from gptlab_tui.tui.run_states import sign_of
from gptlab_tui.tui.tabs import Status

#: Cells of a run's name in the first line.
_SHORT = 16
#: What a training has to say at its start is told to who watches it then.
_YOUNG_S = 20.0
_ANY = -1  # a generation: whichever run is watched
#: A run that is watched so long is looked at, and not passed over.
_SETTLED_S = 2.0


class TrainWatch(TrainDrawing):
    """Chooses a run, follows it, and takes what comes."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._follow: Follow | None = None
        self._ended_said = True

    def choose_run(self, asked: str) -> None:
        """Finds out which run to watch: the one that was asked for, or the one that lies nearest."""
        generation, remembered = self.generation, self.bench.state.run

        def look() -> None:
            listed = list_runs(self.bench.home)
            run = choose(self.bench.home, listed, asked, remembered)
            self.post_message(Chosen(generation, run, tuple(order(listed)), count_alive(listed)))

        self.in_thread(look, "choose")

    def on_chosen(self, message: Chosen) -> None:
        """The run is known: follow it."""
        if message.generation not in (self.generation, _ANY):
            return
        known = (self.looked_for, self.names, self.alive_count)
        self.looked_for, self.names, self.alive_count = True, message.names, message.alive
        if message.gone is not None and message.gone == self.run_dir:
            self._leave_gone()
        elif message.run is not None:
            self.watch_run(message.run)
        elif known != (True, self.names, self.alive_count):
            self.draw_all(now=True)

    def _leave_gone(self) -> None:
        """The run is there no more: goes to another, if there is one."""
        self.tell("It is gone: somebody renamed or removed it.", "warning")
        self.workers.cancel_group(self, "follow")
        self._turn_to(None)
        self.choose_run("")
        self.draw_all(now=True)

    def run_renamed(self, old: str, new: str) -> None:
        """The run that is watched is followed under its new name."""
        super().run_renamed(old, new)
        if self.run_dir is not None and self.run_dir.name == old:
            sent = self.steering
            self.watch_run(Run(self.run_dir.path.with_name(new)))
            self.steering = sent
        elif self.with_others:
            self.load_others()

    def watch_run(self, run: Run) -> None:
        """Follows another run from now on."""
        self._turn_to(run)
        self._follow = Follow(run, self.generation, self.bench.terminal.redraw_s)
        self.in_thread(partial(self._following, self._follow), "follow")
        if self.with_others:
            self.load_others()
        if self.view.levels:
            self.load_tables()
        else:
            self.set_timer(_SETTLED_S, partial(self._look_for_tables, self.generation))
        self.draw_all(now=True)

    def _turn_to(self, run: Run | None) -> None:
        """Of another run nothing is known yet, and nothing was asked of it."""
        if run != self.run_dir:
            self.steering = Steering()
        self.run_dir = run
        self.history, self.read, self.alive = RunHistory(), 0.0, False
        self.chosen, self.pinned, self.sight = 0, False, None
        self.others, self.tables, self.sharing, self._ended_said = (), (), (), True
        self.view = self.view.fresh()
        self.generation += 1  # at last: what a thread has read of the run before is of an older one
        self.bench.shared.draw()
        self._tell_status()

    def _look_for_tables(self, generation: int) -> None:
        """What is known of the tables, or known in a second, is there without being asked for."""
        if generation == self.generation and not self.tables:
            self.load_tables(quickly=True)

    def _tell_status(self) -> None:
        """The first line tells of a training, also while another pane is at the front."""
        state = state_content(state_of(self.history, self.alive), self.bench.terminal.glyphs).plain
        name = shorten(display(self.run_dir.name), _SHORT) if self.run_dir is not None else ""
        self.post_message(Status(f"{name} {state}" if self.alive else ""))

    def _following(self, follow: Follow) -> None:
        import_module("plotext")  # takes a while, which the charts need not know
        follow.run(self, get_current_worker().cancelled_event)

    # -- what is laid beside it ----------------------------------------------------------------------

    def load_others(self) -> None:
        """Reads them in a thread."""
        generation, home = self.generation, self.bench.home
        here = self.run_dir.name if self.run_dir is not None else ""
        names = [name for name in self.names if name != here][:MOST]

        def read() -> None:
            worker = get_current_worker()
            found = []
            for name in names:
                if worker.is_cancelled:
                    return
                found.append(read_other(home, name))
            others = tuple(one for one in found if one is not None)
            self.post_message(Overlaid(generation, others))

        self.in_thread(read, "others")

    def load_tables(self, *, quickly: bool = False) -> None:
        """Counts in a thread what the n-gram tables reach; that is kept for the next time.

        With `quickly` only what takes a second at most, and nobody is told why it is not known.
        """
        run, home, generation = self.run_dir, self.bench.home, self.generation
        if run is None:
            return

        def compute() -> None:
            from gptlab_tui.insight.milestones import table_losses

            stopped = get_current_worker().cancelled_event.is_set
            try:
                tables = table_losses(run, home, stopped, quickly=quickly)
            except GPTLabError as error:
                self.post_message(Levelled(generation, problem="" if quickly else error.message))
            else:
                self.post_message(Levelled(generation, tables or ()))

        self.in_thread(compute, "levels")

    # -- what the threads say ------------------------------------------------------------------------

    def on_grown(self, message: Grown) -> None:
        """The journal has said more."""
        follow = self._follow
        if follow is None or message.generation != self.generation:
            return
        before, nothing_yet = self.history, not self.history.steps
        self.history, follow.taken, added = message.into(before, follow.taken)
        self.read, self.heard_s = message.read, time.monotonic()
        if message.alive:
            self._ended_said = False
        events = [event for batch in added for event in batch.events]
        if self.history is not before:  # a long one was read: what it says came while it was
            ended = self.history.ended
            events = [*self.history.commands, *([ended] if ended is not None else []), *events]
            events += [self.history.started] if self.history.started is not None else []
        self._react(events)
        started = message.alive and any(isinstance(event, Started) for event in events)
        if self.alive != message.alive or started:
            self.alive = message.alive
            self.in_thread(self.look_for_runs, "names")
        self._tell_status()
        if not self.pinned:
            self.chosen = max(0, len(self.history.samples) - 1)
        elif self.history is not before:
            self.choose_sample()
        if self.view.cursor is None or nothing_yet:
            self.stand()
        self.draw_all(now=nothing_yet or bool(events))  # more than steps is news

    # -- the moment that all panes share -------------------------------------------------------------

    def stand(self) -> None:
        """Says which step the cursor is on; where there are weights of it, the other panes go there too.

        Between two snapshots one only reads the curves, and what the others show stays.
        """
        if self.run_dir is not None and self.history.steps:
            cursor, run = self.view.cursor, self.run_dir.name
            step = self.history.step if cursor is None else int(cursor)
            self.looks_at(run, step, chosen=cursor is not None and self.bench.shared.has(run, step))

    def to_step(self, step: int) -> None:
        """The cursor, and the sample that was written last by then."""
        self.view = self.view.at(self.history, float(step))
        self.choose_sample()
        self.draw_all(now=True)

    def choose_sample(self) -> None:
        """The sample that was written last by the cursor's step."""
        cursor = self.view.cursor
        if cursor is None or not self.history.samples:
            return
        before = [at for at, one in enumerate(self.history.samples) if one.step <= cursor]
        self.chosen, self.pinned = (before[-1] if before else 0), True

    def _react(self, events: Sequence[Event]) -> None:
        """Answers to our own commands, and the end of a run that was watched alive, are told."""
        for event in events:
            if isinstance(event, Controlled) and (answer := self.steering.answered(event)) is not None:
                words, applied = answer
                if event.command == "sample" and applied and self.shows_samples:
                    continue
                self.tell(words, severity="information" if applied else "error")
            elif isinstance(event, Warned) and self.alive and self.history.elapsed_s < _YOUNG_S:
                self.tell(display(event.message), "warning")
            elif isinstance(event, Ended) and not self._ended_said:
                self._ended_said = True
                if not self.here:  # or the bar says it
                    self.tell(f"{sign_of(event.reason).word} at step {event.step:,}")

    def look_for_runs(self) -> None:
        """Tells which runs there are, which of them are alive, and which on our device; for a thread."""
        generation = self.generation  # at first: the run may change on the way
        home, run, started = self.bench.home, self.run_dir, self.history.started
        listed = list_runs(home)
        # Where no run is there the disk may only be away for a while.
        gone = run is not None and home.runs.is_dir() and not run.path.exists()
        names, alive = tuple(order(listed)), count_alive(listed)
        self.post_message(Chosen(_ANY, None, names, alive, run if gone else None))
        if run is not None and started is not None:
            may_share = self.alive and alive > 1  # or there is nobody to be looked for
            others = on_same_device(home, run, started.device, started.card) if may_share else ()
            self.post_message(Shared(generation, tuple(others)))

    def on_shared(self, message: Shared) -> None:
        """Two trainings on one device slow each other down."""
        if message.generation == self.generation and message.names != self.sharing:
            self.sharing = message.names
            self.draw_all(now=True)

    def on_overlaid(self, message: Overlaid) -> None:
        """Other runs' curves."""
        if message.generation == self.generation:
            self.others = message.others
            self.draw_all(now=True)

    def on_levelled(self, message: Levelled) -> None:
        """Reference lines."""
        if message.generation == self.generation:
            self.tables = message.tables
            if message.problem:
                self.tell(message.problem, severity="warning")
            self.draw_all(now=True)
