"""Characters of a text that a model lacks: which they are, what to do about them, and what was done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from gptlab_tui.render.display import display
from gptlab_tui.tui.dialogs import Choose

#: So many of them are named.
_NAMED = 20


@dataclass(frozen=True, slots=True)
class Lacking:
    """What a run's model has never seen of a text."""

    run: str
    characters: tuple[str, ...]
    """Each once."""
    substitute: str
    """What its tokenizer would write for each."""

    @property
    def says(self) -> str:
        """Which are lacking, safe to show."""
        return f"{display(self.run)} has never seen {named(self.characters)}"


def lacking_in(answer: Mapping[str, Any]) -> Lacking:
    """An answer of kind `lacking`."""
    return Lacking(str(answer["run"]), tuple(answer["characters"]), str(answer["substitute"]))


def named(characters: Iterable[str]) -> str:
    """The characters parted by spaces, safe to show; blank ones as they are written in code."""
    some = list(islice(characters, _NAMED + 1))
    shown = [display(one) if one.strip() else repr(one) for one in some[:_NAMED]]
    return " ".join(shown) + (" …" if len(some) > _NAMED else "")


def ask_about(lacking: Lacking) -> Choose:
    """Which are lacking, and whether to `skip` or to `replace` them."""
    answers = [("skip", "Leave them out"), ("replace", f"Write {named([lacking.substitute])} for each")]
    return Choose(lacking.says, answers)


def what_became_of(typed: str, read: str) -> str:
    """How the text that a model read differs from what was typed: `? for 日 本`, or `without 日 本`.

    What it lacks it lacks everywhere, so it is what stands nowhere in the text that was read.
    """
    lost = dict.fromkeys(one for one in typed if one not in read)
    if not lost:
        return ""
    if len(read) < len(typed):
        return f"without {named(lost)}"
    return f"{named(read[typed.index(next(iter(lost)))])} for {named(lost)}"
