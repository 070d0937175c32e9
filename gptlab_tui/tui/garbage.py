"""Keeps Python's cycle collector from stopping the screen.

A full collection looks at every object there is: a tenth of a second with five panes built, every
other second while keys are pressed. What a pane is made of lives as long as the workbench, so it is
put aside once it stands, and full collections see only what came since.
"""

from __future__ import annotations

import gc

#: Objects made before the youngest, collections of a generation before the next one is looked at:
#: a tenth of the collections that Python's own (700, 10, 10) give.
_THRESHOLDS = (5_000, 10, 20)


def collect_rarely() -> None:
    """Makes all collections rarer; for a process that draws."""
    gc.set_threshold(*_THRESHOLDS)


def put_aside() -> None:
    """Collects, and takes all that is left for permanent."""
    gc.collect()
    gc.freeze()
