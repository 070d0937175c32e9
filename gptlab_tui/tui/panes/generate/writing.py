"""The keys that write. What is pressed while a model loads is kept, and done when it is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from textual.widgets import TextArea

from gptlab_tui.tui.models import ModelAnswer
from gptlab_tui.tui.panes.generate.lane import LOADING, TAKEN_BACK
from gptlab_tui.tui.panes.generate.turning import GenerateTurning

#: So many presses of a key that is held down are kept for later.
MOST_STEPS = 5


class Wish(NamedTuple):
    """What is to be done when the model is there."""

    says: str
    """As it goes on after "loading, then"."""
    do: Callable[[], Any]


class GenerateWriting(GenerateTurning):
    """The part of the pane that starts and ends a writing."""

    wish: Wish | None = None
    """The last thing that was asked for while a model loads."""

    # -- wishes ------------------------------------------------------------------------------------

    @property
    def place(self) -> str:
        """While something waits for the model, that; else where one is."""
        return super().place if self.wish is None else "waiting"

    def open_first(self) -> None:
        """Opens the model that was in use last, or whatever there is."""
        run = self.bench.state.run or None
        self.open_model(run, self.bench.shared.step_of(run))

    def has_to_wait(self, says: str, do: Callable[[], Any]) -> bool:
        """Keeps what is wished for until the model is there; whether it has to be kept."""
        if self.own and not self.talk.opening.is_waiting:
            return False
        self.wish = Wish(says, do)
        if self.talk.opening.is_waiting:
            self._tell_wish()
        else:  # none could be opened; perhaps there is one by now
            self.open_first()
        return True

    def open_model(self, run: str | None, step: int | None, *, chosen: bool = False) -> None:
        """Has a model opened; a wish is kept."""
        super().open_model(run, step, chosen=chosen)
        self._tell_wish()

    def _tell_wish(self) -> None:
        if self.talk.opening.is_waiting:
            self.main.state = f"loading, then {self.wish.says} …" if self.wish else LOADING
        self.draw_text()
        self.draw_next()
        self.ask_where_it_looked()

    def take_wish_back(self) -> bool:
        """Wants nothing any more when the model is there; whether anything was wanted."""
        if self.wish is None:
            return False
        self.wish, self._steps = None, 0
        self._tell_wish()
        return True

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Another prompt is not the one that was to be written from."""
        self.take_wish_back()

    def _hear_opening(self, message: ModelAnswer) -> None:
        super()._hear_opening(message)
        if self.wish is not None and message.kind == "opened":
            wish, self.wish = self.wish, None
            self.call_later(wish.do)
        elif message.is_last and not self.talk.opening.is_waiting:
            self.take_wish_back()

    # -- keys --------------------------------------------------------------------------------------

    def action_prompt(self) -> None:
        """Into the prompt."""
        self.query_one("#prompt").focus()

    def action_newline(self) -> None:
        """A line break where the prompt's cursor is."""
        self.query_one("#prompt", TextArea).insert("\n")

    def write_from_prompt(self) -> None:
        """All lanes from the prompt on, with their luck as before."""
        self.text_view.focus()
        if not self.has_to_wait("writes", self._write_prompt):
            self._write_prompt()

    def _write_prompt(self) -> None:
        self.keep(prompt=self.prompt)
        self.write_anew(self.lanes)

    async def action_write(self) -> None:
        """On from the cursor; from where it looked on to all heads."""
        if self.query_one("#looked").has_focus:
            await self.open_attention()
        elif not self.has_to_wait("writes", self._write_from_cursor):
            self._write_from_cursor()

    def _write_from_cursor(self) -> None:
        if self.lane.story is None:
            self._write_prompt()
        else:
            self.write_on(self.lane, self.knobs["max_tokens"])

    def action_step(self) -> None:
        """One token; where a text streams it stops."""
        if self.has_to_wait("writes one token", self._write_token) or self._steps:
            self._steps = min(self._steps + 1, MOST_STEPS)
        elif not self.action_stop():
            self._steps = 1
            self._write_token()

    def _write_token(self) -> None:
        if self.lane.story is None:
            self.write_anew([self.lane], 1)
        else:
            self.write_on(self.lane, 1)

    def action_stop(self) -> bool:
        """No more; whether anything was being written, or was to be."""
        stopped = self.hold()
        if stopped:
            self.moved()
        return stopped

    def hold(self) -> bool:
        """The same without drawing."""
        wished = self.take_wish_back()
        self._steps = 0
        return self.talk.stop() or wished

    def action_undo(self) -> None:
        """Back to before the last writing."""
        self.hold()
        if self.has_model() and self.lane.story is not None and self.lane.story.undo():
            self.lane.state, self.lane.rate = TAKEN_BACK, None
            self.moved()
