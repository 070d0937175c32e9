"""What ends the workbench from outside: signals; and a last resort.

Textual handles none of them. A training is another process and goes on whatever
happens here.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable

#: After this long the process ends, whatever hangs.
_LAST_S = 2.0


def watch(leave: Callable[[int], None]) -> None:
    """Calls `leave(signal number)` on SIGHUP, SIGINT, SIGTERM and SIGQUIT.

    To be called where the event loop runs; only the main thread hears signals.
    """
    if threading.current_thread() is threading.main_thread():
        loop = asyncio.get_running_loop()
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGQUIT):
            loop.add_signal_handler(number, leave, int(number))


def insist(status: int) -> None:
    """Ends the process a little later, if it is still there: nothing is left spinning.

    A thread that learns the merges of a large text, say, cannot be told to stop.
    """
    timer = threading.Timer(_LAST_S, os._exit, args=(status,))
    timer.daemon = True
    timer.start()
