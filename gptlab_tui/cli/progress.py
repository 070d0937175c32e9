"""How far work of minutes is: its share and what remains, on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gptlab_tui.cli.watching import busy
from gptlab_tui.render.units import roughly

#: Where nobody draws over it, a line is written so often, in seconds.
EVERY_S = 10.0


@contextmanager
def progress(message: str, *, quiet: bool) -> Iterator[Callable[[int, int, str], None]]:
    """What to call with how much is done, how much there is, and what else is known.

    On a terminal the sign of life says so; else a line does, every few seconds. With `quiet` nothing is.
    """
    began_s = last_s = time.monotonic()
    with busy(message, quiet=quiet) as status:

        def tell(done: int, whole: int, also: str = "") -> None:
            nonlocal last_s
            now_s = time.monotonic()
            left = roughly((now_s - began_s) / max(1, done) * (whole - done))
            line = f"{message}: {done / max(1, whole):.0%}, about {left} left{also and f', {also}'}"
            if status is not None:
                status.update(line)
            elif not quiet and now_s - last_s >= EVERY_S:
                last_s = now_s
                sys.stderr.write(f"{line}\n")
                sys.stderr.flush()

        yield tell
