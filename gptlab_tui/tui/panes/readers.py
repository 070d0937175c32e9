"""The models that can read a sentence: as Generate offers them, or the newest that can, or a best step."""

from __future__ import annotations

from typing import TypeAlias

from gptlab_tui.home import Home
from gptlab_tui.tui.run_models import Offered, models_of

#: A step's number, "best", or None: the newest.
Step: TypeAlias = int | str | None


def readers_of(home: Home) -> list[Offered[Step]]:
    """What there is to choose from; the one of no name is the newest that can read the text."""
    any_model: Offered[Step] = Offered("", "the newest that has the text's characters", ((None, "newest"),))
    return [any_model, *(_with_best(one) for one in models_of(home))]


def _with_best(one: Offered[int | None]) -> Offered[Step]:
    """Whoever has a newest checkpoint has a best one."""
    steps: tuple[tuple[Step, str], ...] = (*one.steps,)
    if one.steps[0][0] is None:
        steps = (*steps[:1], ("best", "best"), *steps[1:])
    return Offered(one.name, one.line, steps, one.size, one.loss)
