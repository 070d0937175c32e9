"""How long it will still take, from reports of how far it is: a mean that forgets slowly."""

from __future__ import annotations

#: What a report's weight becomes with each later one; about the last fifty count.
FADE = 0.98


class Pace:
    """Seconds per step, evaluations and checkpoints between the reports included."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self._steps = 0.0
        self._last: tuple[int, float] | None = None

    def report(self, step: int, elapsed_s: float, first_guess_s: float) -> None:
        """Takes in that `step` was reached; `first_guess_s` a step serves until there are two reports."""
        if self._last is None and not self._steps:
            self._seconds, self._steps = first_guess_s, 1.0
        elif self._last is not None and step > self._last[0]:
            self._seconds = FADE * self._seconds + elapsed_s - self._last[1]
            self._steps = FADE * self._steps + step - self._last[0]
        self._last = step, elapsed_s

    def interrupt(self) -> None:
        """What passes until the next report does not count: a pause."""
        self._last = None

    def remaining_s(self, steps: int) -> float:
        """Seconds for so many steps more; infinity before the first report."""
        return max(0, steps) * self._seconds / self._steps if self._steps else float("inf")
