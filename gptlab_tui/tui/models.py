"""The workbench's one way to the model process: whoever asks gets the answers as messages."""

from __future__ import annotations

import threading
from typing import Any

from textual.message import Message
from textual.widget import Widget

from gptlab_tui.home import Home
from gptlab_tui.serving import protocol
from gptlab_tui.serving.client import ModelClient


class ModelAnswer(Message, bubble=False):
    """An answer of the model process to a request of the widget that gets it (`on_model_answer`)."""

    def __init__(self, answer: protocol.Message) -> None:
        super().__init__()
        self.answer = answer

    @property
    def number(self) -> int:
        """The request's number, as `Models.ask` returned it."""
        return int(self.answer.get("id", 0))

    @property
    def kind(self) -> str:
        """What it is; of kind `done`, `failed` or `cancelled` it is the request's last one."""
        return str(self.answer.get("kind", ""))

    @property
    def words(self) -> str:
        """Of one of kind `failed`, why, and what to do."""
        return f"{self.answer.get('message', '')} {self.answer.get('hint', '')}".strip()

    @property
    def is_last(self) -> bool:
        """Whether the request has no further answers."""
        return self.kind in protocol.LAST


class Models:
    """Asks the model process, which is started at the first request, in the name of a widget."""

    def __init__(self, home: Home) -> None:
        self._client = ModelClient(home, self._deliver)
        self._askers: dict[int, Widget] = {}
        self._lock = threading.Lock()

    def ask(self, asker: Widget, do: str, **arguments: Any) -> int:
        """Asks and returns at once: the request's number. `asker` gets a `ModelAnswer` for each answer."""
        with self._lock:  # no answer can be handed on before it is known whose it is
            number = self._client.ask(do, **arguments)
            self._askers[number] = asker
        return number

    def turn(self, number: int, **arguments: Any) -> None:
        """Tells a request that is being answered of something that was turned meanwhile."""
        self._client.turn(number, **arguments)

    def cancel(self, number: int) -> None:
        """Wants no further answers; one of kind `cancelled` (or `done`) comes all the same."""
        self._client.cancel(number)

    def owes(self, number: int) -> bool:
        """Whether a request has answers to come."""
        return self._client.owes(number)

    def close(self) -> None:
        """Ends the process."""
        self._client.close()

    def _deliver(self, answer: protocol.Message) -> None:
        message = ModelAnswer(answer)
        with self._lock:
            asker = self._askers.get(message.number)
            if message.is_last:
                self._askers.pop(message.number, None)
        if asker is not None:
            asker.post_message(message)
