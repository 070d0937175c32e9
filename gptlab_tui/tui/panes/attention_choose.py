"""Choosing the model that reads: as Generate does, or the newest that can, or a run's best step."""

from __future__ import annotations

from typing import TypeAlias

from gptlab_tui.home import Home
from gptlab_tui.tui.dialogs import ChooseModel
from gptlab_tui.tui.run_models import models_of, steps_of

#: A step's number, "best", or None: the newest.
Step: TypeAlias = int | str | None

_ANY = ("", "the newest that has the text's characters")


def choose_model(home: Home, present: str) -> ChooseModel[Step]:
    """The question; an answer of no name stands for the newest that can read the text."""

    def steps(name: str) -> list[tuple[Step, str]]:
        newest: list[tuple[Step, str]] = [(None, "newest")]
        if not name:
            return newest
        found: list[tuple[Step, str]] = [*steps_of(home, name)]
        return [*found[:1], ("best", "best"), *found[1:]] if found and found[0][0] is None else found

    return ChooseModel("Which model reads?", [_ANY, *models_of(home)], steps, present)
