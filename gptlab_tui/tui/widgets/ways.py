"""Which drawings of weights a terminal can show."""

from __future__ import annotations

from gptlab_tui.render.heat import WAYS, Way
from gptlab_tui.tui.terminal import Terminal


def ways_of(terminal: Terminal) -> tuple[Way, ...]:
    """The drawings that a terminal can show, the best first."""
    if terminal.glyphs == "ascii":
        return ("ascii",)
    return WAYS if terminal.colours in ("truecolor", "256") else ("grey", "ascii")
