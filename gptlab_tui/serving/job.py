"""A request that is being answered: what it asks for, and what was said of it since."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from time import monotonic
from typing import TypeAlias

from gptlab_tui.serving.protocol import Message


class Job:
    """A request. The thread that reads tells it things; the one that answers looks at them."""

    def __init__(self, number: int, request: Message) -> None:
        self.id = number
        self.request = request
        self.rests_until = 0.0
        self._begun = False
        self._cancelled = threading.Event()
        self._turns: list[Message] = []
        self._lock = threading.Lock()

    def begin(self) -> bool:
        """True for the first who takes the request on, and for nobody after."""
        with self._lock:
            first, self._begun = not self._begun, True
        return first

    @property
    def is_cancelled(self) -> bool:
        """Whether nobody wants further answers."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """No further answers are wanted."""
        self._cancelled.set()

    def turn(self, message: Message) -> None:
        """A knob was turned meanwhile."""
        with self._lock:
            self._turns.append(message)

    def turns(self) -> list[Message]:
        """What was turned since the last call."""
        with self._lock:
            turns, self._turns = self._turns, []
        return turns

    def rest(self, until: float) -> None:
        """Wants no turn before a time of `monotonic()`; what is yielded next is still sent at once."""
        self.rests_until = until

    @property
    def rests_s(self) -> float:
        """How long it still wants no turn, in seconds; 0 where it is cancelled."""
        return 0.0 if self.is_cancelled else max(0.0, self.rests_until - monotonic())


#: Yields answers; None where there is none yet, but others may have their turn.
Handler: TypeAlias = Callable[[Job], Iterator[Message | None]]
