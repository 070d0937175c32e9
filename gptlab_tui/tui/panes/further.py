"""Training a run further than it was to go, asked the same way in Train and in Runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual.message import Message

from gptlab_tui.render.display import display
from gptlab_tui.runs.layout import Run
from gptlab_tui.tui.dialogs import Ask
from gptlab_tui.tui.going_on import Further, is_spent
from gptlab_tui.tui.panel import Pane

Go = Callable[[Further, int], None]
"""Takes what was asked and the number of steps."""


@dataclass
class Askable(Message):
    """What is to be asked is known."""

    further: Further
    go: Go


class AsksFurther(Pane):
    """Asks for the steps."""

    def ask_further(self, run: Run, step: int, max_iters: int, *, alive: bool, go: Go) -> None:
        """Asks how far a run that has taken `step` of `max_iters` steps is to train, then goes."""

        def read() -> None:
            spent = not alive and step >= max_iters and is_spent(run)
            self.post_message(Askable(Further(run.name, step, max_iters, spent), go))

        self.in_thread(read, "further")

    def on_askable(self, message: Askable) -> None:
        """The question; it takes only a number that will do."""
        further = message.further

        def answer(text: str | None) -> None:
            if text is not None:
                message.go(further, further.steps(text))

        question = Ask(display(further.question), str(further.suggestion), further.hint, further.steps)
        self.app.push_screen(question, answer)
