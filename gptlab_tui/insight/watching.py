"""How long work is watched: it asks whether to stop, and tells how far it is."""

from __future__ import annotations

from collections.abc import Callable

#: Whether nobody wants the result any more.
Stopped = Callable[[], bool]
#: Called with how much is done and how much there is.
Tell = Callable[[int, int], None]

#: Called with a step whose weights cannot be used, and why.
PassedOver = Callable[[int, str], None]
