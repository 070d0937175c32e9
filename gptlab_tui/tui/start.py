"""The workbench from its first frame to its exit status."""

from __future__ import annotations

import asyncio
import signal
import sys

from gptlab_tui.home import Home
from gptlab_tui.tui import ending
from gptlab_tui.tui.app import Workbench
from gptlab_tui.tui.plain_output import draw_plainly
from gptlab_tui.tui.terminal import Terminal

#: A key waits no longer than this for a thread that computes; Python's own 5 ms add up on its way.
_SWITCH_S = 0.0005


def run_workbench(home: Home, terminal: Terminal, pane: str | None = None, run: str | None = None) -> int:
    """Shows the workbench until it is left; the exit status."""
    if sys.__stderr__ is not None:  # where Textual draws
        draw_plainly(sys.__stderr__, terminal.encoding)
    sys.setswitchinterval(_SWITCH_S)
    app = Workbench(home, terminal, pane=pane, run=run)
    app.run(loop=asyncio.new_event_loop())  # one that does not wait for threads when it is over
    ending.insist(app.return_code or 0)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    return app.return_code or 0
