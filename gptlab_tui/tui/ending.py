"""What a terminal may do to us: signals, hanging up, garbage; and a last resort.

Textual handles neither SIGHUP nor SIGTERM, reads a vanished terminal in a circle, and dies of bytes
that are no UTF-8. A training is
another process and goes on whatever happens here.
"""

from __future__ import annotations

import asyncio
import codecs
import functools
import os
import select
import signal
import threading
from collections.abc import Callable

#: After this long the process ends, whatever hangs.
_LAST_S = 2.0
_LOOK_EVERY_S = 1.0


def watch(leave: Callable[[int], None]) -> None:
    """Calls `leave(signal number)` on SIGHUP, SIGTERM, and where standard input has hung up.

    To be called from the main thread, where the event loop runs.
    """
    loop = asyncio.get_running_loop()
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGHUP, signal.SIGTERM):
        loop.add_signal_handler(number, leave, int(number))
    threading.Thread(
        target=_watch_input, args=(loop, leave), daemon=True, name="watch of the terminal"
    ).start()


def _watch_input(loop: asyncio.AbstractEventLoop, leave: Callable[[int], None]) -> None:
    """A terminal that hangs up without a signal (no controlling terminal, SIGHUP lost on the way)."""
    import sys
    import time

    try:
        descriptor = sys.__stdin__.fileno() if sys.__stdin__ is not None else -1
    except (ValueError, OSError):
        return
    if descriptor < 0 or not os.isatty(descriptor):
        return
    poll = select.poll()
    poll.register(descriptor, 0)
    while True:
        if any(event & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, event in poll.poll(0)):
            insist(int(signal.SIGHUP))
            loop.call_soon_threadsafe(leave, int(signal.SIGHUP))
            return
        time.sleep(_LOOK_EVERY_S)


def tolerate_garbage() -> None:
    """Lets bytes that are no UTF-8 pass as U+FFFD; the thread that reads the terminal would die of them."""
    from textual.drivers import linux_driver

    linux_driver.getincrementaldecoder = lambda encoding: functools.partial(  # type: ignore[attr-defined]
        codecs.getincrementaldecoder(encoding), "replace"
    )


def insist(number: int) -> None:
    """Ends the process a little later, if it is still there: nothing is left spinning."""
    timer = threading.Timer(_LAST_S, os._exit, args=(128 + number,))
    timer.daemon = True
    timer.start()
