"""What the panes look at together: one step of one run, and which of its heads are switched off.

A pane takes part by two words: it says what it looks at with `Pane.looks_at`, and its `to_step` shows
another step (`to_heads`, where it has a use for them, the same step without some heads). A pane at the
front is told at once, any other when it comes there; one that looks at another run is left alone. Keys
that come faster than a pane draws are counted, and it is told the last alone.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from typing import Any, cast

from textual.app import App

from gptlab_tui.errors import GPTLabError
from gptlab_tui.model.head_names import Heads
from gptlab_tui.render.display import display
from gptlab_tui.tui.moment import Moment, Slider, beside
from gptlab_tui.tui.panel import Bench, Pane, words_of
from gptlab_tui.tui.tabs import Tabs

#: The steps of a run are looked for again after so long, in seconds: a training adds some.
_FRESH_S = 1.0
#: While somebody looks at a run in training, they are looked for so often.
_AGAIN_S = 5.0


class Shared:
    """The moment, and who has been told of it."""

    def __init__(self, app: App[Any], tabs: Tabs) -> None:
        self._app, self._tabs = app, tabs
        self.moment: Moment | None = None
        """None until somebody has moved it, or chosen a model."""
        self._steps: dict[str, tuple[int, ...]] = {}
        self._read_s: dict[str, float] = {}
        self._pending: dict[str, int] = {}
        """Places to go in a run as soon as its steps are known."""
        self._told: dict[str | None, Moment] = {}
        self._off: dict[str, Heads] = {}
        """By run."""
        self._told_off: dict[tuple[str | None, str], Heads] = {}
        """By pane and run."""
        self._tells = False
        self._waits: set[str] = set()
        """Runs that are looked at again in a while."""

    @property
    def _pane(self) -> Pane | None:
        return cast(Bench, self._app).pane

    # -- for panes -----------------------------------------------------------------------------------

    def step_of(self, run: str | None) -> int | None:
        """The step that is looked at in a run; None is its newest."""
        return self.moment.step if self.moment is not None and self.moment.run == run else None

    def has(self, run: str, step: int) -> bool:
        """Whether a run has weights of a step, as far as is known."""
        return step in self._steps.get(run, ())

    def off_of(self, run: str | None) -> Heads:
        """The heads of a run that are switched off."""
        return self._off.get(run or "", ())

    def switch(self, run: str, heads: Heads) -> None:
        """Other heads of a run are switched off, for all panes that look at it."""
        self._off[run] = heads
        if (pane := self._pane) is not None:
            self._meet(pane)

    def last_of(self, run: str | None) -> int | None:
        """The last step that a run has weights of, as far as is known."""
        return max(self._steps.get(run or "", ()), default=None)

    def looked(self, pane: Pane, *, chosen: bool) -> None:
        """A pane has found what it looks at; with `chosen` somebody wants to look there, so all do."""
        sight = pane.sight
        if sight is None:
            self.draw()
            return
        if chosen:
            self.moment = self._told[pane.id] = sight
        if sight.run not in self._steps:
            self._read(sight.run)
        if pane is self._pane:
            self._meet(pane)

    def arrived(self, pane: Pane) -> None:
        """A pane comes to the front: it is told where the others went meanwhile.

        A training may have gone on since: then the slider says that there are newer steps.
        """
        if pane.sight is not None:
            self._read(pane.sight.run)
        self._meet(pane)

    def _meet(self, pane: Pane) -> None:
        """Tells the pane at the front what it does not know yet."""
        moment, sight = self.moment, pane.sight
        here = moment is not None and sight is not None and sight.run == moment.run
        if here and self._told.get(pane.id) != moment:
            self._tell()
        if sight is not None:
            off, key = self.off_of(sight.run), (pane.id, sight.run)
            if self._told_off.get(key, ()) != off:
                self._told_off[key] = off
                pane.to_heads(off)
        self.draw()

    def renamed(self, old: str, new: str) -> None:
        """A run has another name: all that is known of it goes by that, here and in every pane."""

        def named(moment: Moment) -> Moment:
            return Moment(new, moment.step) if moment.run == old else moment

        bench = cast(Bench, self._app)
        if bench.state.run == old:
            bench.remember(run=new)
        if bench.wanted_run == old:
            bench.wanted_run = new
        self.moment = named(self.moment) if self.moment is not None else None
        self._told = {pane: named(moment) for pane, moment in self._told.items()}
        for known in (self._off, self._steps, self._read_s, self._pending):
            _rename(known, old, new)
        self._told_off = {
            (pane, new if run == old else run): off for (pane, run), off in self._told_off.items()
        }
        for pane in self._app.query(Pane):
            pane.run_renamed(old, new)

    # -- keys ----------------------------------------------------------------------------------------

    def move(self, by: int) -> None:
        """So many steps on, from where the pane at the front stands."""
        sight = pane.sight if (pane := self._pane) is not None else None
        if sight is None:
            return
        steps = self._steps.get(sight.run)
        if steps is None:
            self._pending[sight.run] = self._pending.get(sight.run, 0) + by
        elif len(steps) < 2:
            self._app.notify(_nothing_to_go_through(sight.run, steps), markup=False, timeout=8)
        else:
            found = beside(steps, sight.step, by)
            self._go(Moment(sight.run, sight.step if found is None else found))
        self._read(sight.run)

    def _go(self, moment: Moment) -> None:
        """Tells at once which step it is, and the pane as soon as no key waits any more."""
        self.moment = moment
        pane = self._pane
        if pane is not None:
            pane.sight = moment
        self.draw()
        if not self._tells:
            self._tells = True
            self._app.call_later(self._tell)

    def _tell(self) -> None:
        self._tells = False
        pane, moment = self._pane, self.moment
        if pane is None or moment is None or pane.sight is None or pane.sight.run != moment.run:
            return
        if self._told.get(pane.id) != moment:
            self._told[pane.id] = pane.sight = moment
            pane.to_step(moment.step)

    def draw(self) -> None:
        """The line that says where one is.

        There is none where the pane at the front looks at the newest step of a run that nobody goes through.
        """
        pane, moment = self._pane, self.moment
        sight = pane.sight if pane is not None else None
        slider = None
        steps = self._steps.get(sight.run, ()) if sight is not None else ()
        if sight is not None and len(steps) > 1:
            goes = moment is not None and sight.run == moment.run
            if sight.step > steps[-1]:  # a training is ahead of what it has kept
                steps = (*steps, sight.step)
            slider = Slider(sight.step, steps) if goes or sight.step != steps[-1] else None
        self._tabs.slider = slider

    # -- which steps there are -----------------------------------------------------------------------

    def _read(self, run: str) -> None:
        """Looks for the steps of a run in a thread, unless that was just done."""
        now = time.monotonic()
        if now - self._read_s.get(run, -_FRESH_S) < _FRESH_S:
            return
        self._read_s[run] = now
        home = cast(Bench, self._app).home

        def read() -> None:
            from gptlab_tui.tui.run_models import numbers_of  # the frame stands before it is there

            try:
                steps, goes_on = numbers_of(home, run)
            except (GPTLabError, OSError) as error:
                self._app.call_later(self._give_up, run, words_of(error))
            else:
                self._app.call_later(self._take, run, steps, goes_on)

        self._app.run_worker(read, thread=True, group=f"steps of {run}", exit_on_error=False)

    def _take(self, run: str, steps: tuple[int, ...], goes_on: bool) -> None:
        self._steps[run] = steps
        if goes_on and run not in self._waits:
            self._waits.add(run)
            self._app.set_timer(_AGAIN_S, partial(self._look_again, run))
        by = self._pending.pop(run, 0)
        pane = self._pane
        if by and pane is not None and pane.sight is not None and pane.sight.run == run:
            self.move(by)
        else:
            self.draw()

    def _look_again(self, run: str) -> None:
        self._waits.discard(run)
        pane = self._pane
        if pane is not None and pane.sight is not None and pane.sight.run == run:
            self._read(run)

    def _give_up(self, run: str, words: str) -> None:
        """Says why keys do nothing, if somebody has pressed one; the next key looks again."""
        self._read_s.pop(run, None)
        if self._steps.pop(run, None) is not None:  # a run that was deleted has no slider any more
            self.draw()
        if self._pending.pop(run, 0):
            self._app.notify(words, severity="error", markup=False, timeout=8)


def _rename(known: dict[str, Any], old: str, new: str) -> None:
    """What is known by an old name is known by the new one, and nothing else is."""
    known.pop(new, None)
    if old in known:
        known[new] = known.pop(old)


def _nothing_to_go_through(run: str, steps: Sequence[int]) -> str:
    """Why the keys do nothing, and what to do about it."""
    has = f"weights of step {steps[0]:,} alone" if steps else "no weights yet"
    return (
        f"{display(run)} has {has}: there is no other step to look at. A training keeps a snapshot at every "
        "evaluation; train.snapshots says how many, and 0 keeps none."
    )
