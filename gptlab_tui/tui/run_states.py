"""A run's state, told by a sign and a word, the same in every pane."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sign:
    """How a state is shown."""

    glyph: str
    plain: str
    """The glyph where there is ASCII alone."""
    word: str
    colour: str
    """A variable of the theme, without its `$`."""

    def mark(self, ascii_only: bool) -> str:
        """The glyph, as the terminal can show it."""
        return self.plain if ascii_only else self.glyph


#: States of `RunSummary`; besides, a training that has not spoken yet, and one that evaluates.
SIGNS = {
    "starting": Sign("…", ".", "starting", "warning"),
    "running": Sign("▶", ">", "running", "success"),
    "evaluating": Sign("▶", ">", "evaluating", "success"),
    "paused": Sign("‖", "=", "paused", "warning"),
    "new": Sign("·", ".", "new", "muted"),
    "branched": Sign("·", ".", "branched", "muted"),
    "finished": Sign("✓", "+", "finished", "success"),
    "early_stopping": Sign("✓", "+", "early stop", "success"),
    "stopped": Sign("■", "#", "stopped", "foreground"),
    "interrupted": Sign("!", "!", "interrupted", "warning"),
    "not_finite": Sign("∞", "~", "not finite", "error"),
    "failed": Sign("✗", "x", "failed", "error"),
    "broken": Sign("✗", "X", "broken", "error"),
}


def sign_of(state: str) -> Sign:
    """The sign of a state; a question mark for one that nobody knows."""
    return SIGNS.get(state) or Sign("?", "?", state, "muted")
