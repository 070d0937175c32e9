"""Stop strings in a text that comes in pieces: nothing of a stop is ever let out."""

from __future__ import annotations

from collections.abc import Sequence


class StopWatch:
    """Lets text through until one of the stops is complete, which itself is left out.

    An end that may be the beginning of a stop is held back until it is clear what it is. How the
    text is cut into pieces makes no difference: the stop that is complete first counts, and of
    several that end at the same place the longest.
    """

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = tuple(stops)
        self._held = ""

    def push(self, text: str) -> tuple[str, bool]:
        """What can be shown now that `text` has come, and whether a stop is complete."""
        if not self._stops:
            return text, False
        text = self._held + text
        ends = [(start + len(stop), start) for stop in self._stops if (start := text.find(stop)) >= 0]
        if ends:
            self._held = ""
            return text[: min(ends)[1]], True
        kept = max(map(len, self._stops)) - 1
        for length in range(min(kept, len(text)), 0, -1):
            if any(stop.startswith(text[-length:]) for stop in self._stops):
                self._held = text[-length:]
                return text[:-length], False
        self._held = ""
        return text, False

    def finish(self) -> str:
        """What was held back, now that nothing more comes."""
        held, self._held = self._held, ""
        return held
