"""Steering a run: commands into its inbox, and what the journal says became of them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from gptlab_tui.errors import GPTLabError
from gptlab_tui.events import Controlled
from gptlab_tui.runs.control import Verb, send
from gptlab_tui.runs.layout import Run
from gptlab_tui.runs.lock import is_alive

#: A training looks into its inbox between micro-batches; a slow one takes a while for one.
PATIENCE_S = 15.0

#: What of an applied command the screen does not show by itself: state, scale and last step it does.
_DONE = {"save": "a checkpoint is written", "sample": "a sample is written; t shows it"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A command that was sent."""

    words: str
    sent_s: float
    """Monotonic."""
    verb: Verb
    key: str | None
    value: Any


@dataclass(slots=True)
class Steering:
    """Commands on their way: sent, and not yet answered."""

    waiting: dict[str, Asked] = field(default_factory=dict)
    """By the command's id, in the order in which they were sent."""

    def tell(self, run: Run, verb: Verb, key: str | None = None, value: Any = None) -> str:
        """Sends a command; what was said, in words. Raises GPTLabError where nobody would hear it."""
        if run.is_bundled:
            raise GPTLabError(f"{run.name} comes with GPTLab and stays as it is.", "n starts a run of yours.")
        if not is_alive(run):
            raise GPTLabError(f"{run.name} is not in training.", "space goes on with a run that was left.")
        command = send(run, verb, key, value)
        words = f"{key} = {value:g}" if verb == "set" and isinstance(value, float) else verb
        words = f"{key} = {value}" if verb == "set" and not isinstance(value, float) else words
        self.waiting[command.id] = Asked(words, time.monotonic(), verb, key, value)
        return words

    def on_its_way(self, key: str, else_now: Any) -> Any:
        """The value that a setting is about to have, or has now: keys come faster than answers."""
        return next((one.value for one in reversed(self.waiting.values()) if one.key == key), else_now)

    def pauses(self, is_paused: bool) -> bool:
        """Whether it is about to be paused, or is now."""
        verbs = (one.verb for one in reversed(self.waiting.values()))
        return next((verb == "pause" for verb in verbs if verb in ("pause", "resume")), is_paused)

    @property
    def asked(self) -> str:
        """What has been sent and not answered yet, in words; empty for nothing."""
        return ", ".join(one.words for one in self.waiting.values())

    def answered(self, event: Controlled) -> tuple[str, bool] | None:
        """(what is to be said, whether it was applied) for an answer to one of ours.

        None for another's, and where the screen shows by itself what became of it.
        """
        found = self.waiting.pop(event.id, None)
        if found is None:
            return None
        if event.outcome == "applied":
            words = _DONE.get(event.command)
            return (f"step {event.step:,}: {words}", True) if words else None
        reason = f": {event.reason.rstrip('.')}" if event.reason else ""
        return f"{found.words} was {event.outcome}{reason}", False

    def overdue(self) -> list[str]:
        """The words of commands that nobody answered in time; each is told once."""
        late = [ident for ident, one in self.waiting.items() if time.monotonic() - one.sent_s > PATIENCE_S]
        return [self.waiting.pop(ident).words for ident in late]
