"""What is asked of the model process again and again, and of which only the newest matters."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from textual.widget import Widget

from gptlab_tui.tui.models import ModelAnswer, Models

if TYPE_CHECKING:
    from gptlab_tui.tui.panel import Bench

#: An answer that takes longer is waited for visibly, in seconds; a quicker one would only flicker.
SLOW_S = 0.1


class Question:
    """One kind of question in the name of a widget: one of it is on its way at most.

    Keys come faster than answers. `ask` calls off what is on its way: for what takes long. `ask_next` lets
    it come first, and of what waits behind it keeps the newest: while a key is held down something is seen.
    The widget hands every answer that it gets to `hear`, which drops those that come too late.
    """

    def __init__(self, asker: Widget, slow: Callable[[], None] | None = None) -> None:
        """`slow` is called where an answer is still to come after `SLOW_S`."""
        self._asker, self._slow = asker, slow
        self.number = 0
        """Of the request that is on its way; 0 where there is none."""
        self.asked: dict[str, Any] = {}
        """What was asked last, which tells what an answer is about."""
        self._next: tuple[str, dict[str, Any]] | None = None

    @property
    def _models(self) -> Models:
        return cast("Bench", self._asker.app).models

    @property
    def is_waiting(self) -> bool:
        """Whether there are answers to come."""
        return self.number != 0

    @property
    def is_outdated(self) -> bool:
        """Whether another question waits behind the one that is on its way."""
        return self._next is not None

    def ask(self, do: str, **arguments: Any) -> None:
        """Asks at once, in the place of what is on its way."""
        self.call_off()
        self.asked = arguments
        self.number = self._models.ask(self._asker, do, **arguments)
        if self._slow is not None:
            self._asker.set_timer(SLOW_S, partial(self._still_waiting, self.number, self._slow))

    def ask_next(self, do: str, **arguments: Any) -> None:
        """Asks at once, or after what is on its way."""
        if self.number:
            self._next = (do, arguments)
        else:
            self.ask(do, **arguments)

    def call_off(self) -> bool:
        """Wants no answer any more, nor what waits behind it; whether one was to come."""
        number, self.number, self._next = self.number, 0, None
        if number:
            self._models.cancel(number)
        return bool(number)

    def owns(self, message: ModelAnswer) -> bool:
        """Whether a message answers what was asked last."""
        return bool(self.number) and message.number == self.number

    def hear(self, message: ModelAnswer, take: Callable[[ModelAnswer], None]) -> bool:
        """Hands on what answers it; after the last answer it asks what waited. Whether it was its own."""
        if not self.owns(message):
            return False
        if message.is_last:
            self.number = 0
        take(message)
        if message.is_last and not self.number and self._next is not None:
            (do, arguments), self._next = self._next, None
            self.ask(do, **arguments)
        return True

    def _still_waiting(self, number: int, slow: Callable[[], None]) -> None:
        if number == self.number:
            slow()
