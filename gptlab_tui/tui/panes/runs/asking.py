"""The keys of the pane Runs that do something to a run: they ask, work in a thread, and tell."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from textual.message import Message
from textual.timer import Timer
from textual.worker import get_current_worker

from gptlab_tui.errors import GPTLabError
from gptlab_tui.render.display import display
from gptlab_tui.render.units import duration, mib
from gptlab_tui.runs import edit
from gptlab_tui.runs.layout import Run, check_name
from gptlab_tui.runs.manifest import valid_steps
from gptlab_tui.runs.summary import RunSummary
from gptlab_tui.tui import going_on
from gptlab_tui.tui.dialogs import Ask, Choose, Confirm
from gptlab_tui.tui.going_on import Further
from gptlab_tui.tui.panes.further import AsksFurther
from gptlab_tui.tui.panes.generate.requests import WriteWith
from gptlab_tui.tui.panes.runs import actions
from gptlab_tui.tui.panes.runs.actions import Did
from gptlab_tui.tui.panes.runs.reading import RunsReading

#: The group of the threads that do something to a run, one at a time.
_DOING = "doing"
_NAMES = "Up to 64 letters, digits, dots, dashes and underscores."


@dataclass
class Done(Message):
    """Something was done."""

    did: Did


@dataclass
class Branchable(Message):
    """A run's checkpoints, the newest first."""

    run: RunSummary
    steps: tuple[int, ...]


class RunsAsking(RunsReading, AsksFurther):
    """Rename, tag, branch, delete, resume."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._doing = ""
        self._since = 0.0
        self._pulse: Timer | None = None

    # -- how ---------------------------------------------------------------------------------------

    def _do(self, what: str, work: Callable[[], Did]) -> None:
        """Does it in a thread; `what` stands in the frame meanwhile."""
        if self._doing:
            self.notify(f"Wait: {self._doing}.", markup=False)
            return
        self._doing, self._since = what, time.monotonic()
        self._pulse = self.set_interval(1.0, self._beat)
        self._beat()
        self.in_thread(lambda: self._work(work), _DOING)

    def _work(self, work: Callable[[], Did]) -> None:
        self.post_message(Done(work()))

    def thread_failed(self, group: str, words: str) -> None:
        """What was to be done is not; that frees the keys for the next."""
        super().thread_failed(group, words)
        if group == _DOING:
            self._done()
            self.read_runs()
            self.show_runs()

    def _beat(self) -> None:
        self.activity = f"{display(self._doing)} … {duration(time.monotonic() - self._since)}"
        self.show_runs()

    def on_done(self, message: Done) -> None:
        """Tells, and reads the runs anew."""
        self._done()
        did = message.did
        if did.says:
            self.notify(display(did.says), markup=False, timeout=4)
        if did.renamed:
            self.bench.shared.renamed(did.renamed, did.run)
        if did.trains:
            self.bench.wanted_run = did.run
        if did.run:
            self.go_to_when_listed(did.run)
        else:
            self.read_runs()
        self.show_runs()

    def _done(self) -> None:
        if self._pulse is not None:
            self._pulse.stop()
        self._doing = self.activity = ""

    def _usable(self) -> RunSummary | None:
        """The run under the cursor, unless it is broken, which is said."""
        one = self.under_cursor()
        if one is not None and one.state == "broken":
            self.notify(display(f"{one.name} is broken: {one.reason}."), severity="warning", markup=False)
            return None
        return one

    def _own(self, names: Iterable[str], what: str) -> bool:
        """Whether all are the user's; of one that comes with GPTLab it is said before anything is asked."""
        for name in names:
            if Run(self.bench.home.runs / name).is_bundled:
                said = f"{display(name)} comes with GPTLab and cannot be {what}; b branches one of your own."
                self.notify(said, severity="warning", markup=False)
                return False
        return True

    def _check_name(self, name: str, but: str = "") -> None:
        """Raises GPTLabError where a run cannot be called that, or one is; `but` is its own name."""
        check_name(name)
        if name != but and self.run_named(name) is not None:
            raise GPTLabError(f"There is already a run called {name}.")

    # -- keys --------------------------------------------------------------------------------------

    async def action_open(self) -> None:
        """Train, with this run."""
        await self._go("train")

    async def action_write(self) -> None:
        """Generate, with this run."""
        await self._go("generate")

    async def _go(self, pane: str) -> None:
        one = self._usable()
        if one is not None:
            self.bench.remember(run=one.name)
            if pane == "generate":
                await self.hand_over(pane, WriteWith(one.name))
                return
            self.bench.wanted_run = one.name
            await self.app.run_action(f"app.pane('{pane}')")

    def action_rename(self) -> None:
        """Asks for the new name."""
        one = self._usable()
        if one is None or not self._own([one.name], "renamed"):
            return

        def answer(name: str | None) -> None:
            if name is not None and name != one.name:
                self._do(
                    f"renaming {one.name}",
                    partial(actions.rename, self.bench.home, one.name, name),
                )

        question = f"New name of {display(one.name)}"
        check = partial(self._check_name, but=one.name)
        self.app.push_screen(Ask(question, one.name, _NAMES, check), answer)

    def action_tag(self) -> None:
        """Asks for all tags at once."""
        one = self._usable()
        if one is None or not self._own([one.name], "tagged"):
            return

        def answer(words: str | None) -> None:
            if words is not None:
                work = partial(actions.set_tags, self.bench.home, one.name, words.split())
                self._do(f"tagging {one.name}", work)

        tags = " ".join(one.tags)
        hint = "Words parted by spaces, without commas."
        self.app.push_screen(Ask(f"Tags of {display(one.name)}", tags, hint, _check_tags), answer)

    def action_delete(self) -> None:
        """Asks, then moves the run to the trash; all marked ones if it is one of them."""
        one = self.under_cursor()
        if one is None:
            return
        marked = self.marked
        names = marked if one.name in marked else [one.name]
        if not self._own(names, "deleted"):
            return

        def answer(yes: bool | None) -> None:
            if yes:
                work = partial(actions.delete, self.bench.home, names)
                self._do(f"deleting {', '.join(names)}", work)

        found = [run for run in map(self.run_named, names) if run is not None]
        size = mib(sum(run.size_bytes for run in found))
        listed = "\n".join(f"  {display(name)}" for name in names)
        what = display(names[0]) if len(names) == 1 else f"{len(names)} runs"
        detail = f"{listed}\n\n{size} go to the trash, {display(str(self.bench.home.trash))}"
        self.app.push_screen(Confirm(f"Delete {what}?", detail), answer)

    def action_branch(self) -> None:
        """Asks for the checkpoint, then for the name."""
        one = self._usable()
        if one is None:
            return

        def read() -> None:
            steps = valid_steps(Run(self.bench.home.runs / one.name))
            self.post_message(Branchable(one, tuple(reversed(steps))))

        self.in_thread(read, "branch")

    def on_branchable(self, message: Branchable) -> None:
        """The checkpoints are known: which of them?"""
        one = message.run
        if not message.steps:
            self.notify(display(f"{one.name} has no checkpoint to branch from."), markup=False)
            return
        choices = [(str(step), _checkpoint(step, one)) for step in message.steps]

        def answer(step: str | None) -> None:
            if step is not None:
                self._ask_branch(one, int(step))

        self.app.push_screen(Choose(f"Branch {display(one.name)} from which checkpoint?", choices), answer)

    def _ask_branch(self, one: RunSummary, step: int) -> None:
        def answer(name: str | None) -> None:
            if name is not None:
                work = partial(actions.branch, self.bench.home, one.name, step, name)
                self._do(f"branching {one.name}", work)

        hint = f"It goes on from step {step:,}; {display(one.name)} stays as it is."
        name = f"{one.name[:48]}-from-{step}"
        self.app.push_screen(Ask("Name of the new run", name, hint, self._check_name), answer)

    def action_resume(self) -> None:
        """Trains the run further; one that has all its steps is asked how many more."""
        one = self._usable()
        if one is None:
            return
        if one.alive:
            self.notify(display(f"{one.name} is being trained now; enter watches it."), markup=False)
            return
        if one.max_iters is None or one.step < one.max_iters:
            self._ask_resume(one)
            return
        run = Run(self.bench.home.runs / one.name)
        self.ask_further(run, one.step, one.max_iters, alive=False, go=self._further)

    def _ask_resume(self, one: RunSummary) -> None:
        def answer(yes: bool | None) -> None:
            if yes:
                self._train(one.name, going_on.on_to(one.name, None))

        to = f" to step {one.max_iters:,}" if one.max_iters is not None else ""
        detail = (
            f"It goes on{to} from its newest checkpoint, from the\n"
            "first step where it has none, in a process of its\nown; 2 watches and stops it."
        )
        self.app.push_screen(Confirm(f"Train {display(one.name)} further?", detail), answer)

    def _further(self, further: Further, steps: int) -> None:
        self._train(further.name, further.words(steps))

    def _train(self, name: str, words: list[str]) -> None:
        def work() -> Did:
            worker = get_current_worker()
            return actions.train(self.bench.home, name, words, lambda: worker.is_cancelled)

        self._do(f"starting {name}", work)


def _check_tags(words: str) -> None:
    for word in words.split():
        edit.checked_tag(word)


def _checkpoint(step: int, one: RunSummary) -> str:
    best = " · the best" if step == one.best_step else ""
    return f"step {step:,}{best}"
