"""Questions to the model process of which only the newest matters.

Keys come faster than answers: while a question is on its way, only the newest one is kept waiting.
"""

from __future__ import annotations

from typing import Any

from textual.widget import Widget

from gptlab_tui.tui.models import Models


class Latest:
    """Questions of one kind, of which only the newest matters."""

    def __init__(self, asker: Widget, models: Models, do: str) -> None:
        self._asker, self._models, self._do = asker, models, do
        self.number = 0
        """Of the question that is on its way; 0 where there is none."""
        self.question: dict[str, Any] = {}
        """What was asked last: an answer is worth something as long as that is what one wants to know."""
        self._next: dict[str, Any] | None = None

    def ask(self, **arguments: Any) -> None:
        """Asks at once, or after the one that is on its way."""
        if self.number:
            self._next = arguments
        else:
            self.question = arguments
            self.number = self._models.ask(self._asker, self._do, **arguments)

    def forget(self) -> None:
        """Nothing is wanted after the one that is on its way, and that one neither."""
        self._next = None
        if self.number:
            self._models.cancel(self.number)

    def answered(self) -> None:
        """The last answer is there; where something else is wanted by now, that is asked."""
        self.number = 0
        wanted, self._next = self._next, None
        if wanted is not None:
            self.ask(**wanted)
