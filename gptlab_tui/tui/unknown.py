"""The question about characters of a text that a model lacks."""

from __future__ import annotations

from collections.abc import Sequence

from gptlab_tui.render.display import display
from gptlab_tui.tui.dialogs import Choose

#: So many of them are named.
_NAMED = 20


def named(characters: Sequence[str]) -> str:
    """The characters parted by spaces, safe to show; blank ones as they are written in code."""
    shown = [display(one) if one.strip() else repr(one) for one in characters[:_NAMED]]
    return " ".join(shown) + (" …" if len(characters) > _NAMED else "")


def ask_about(run: str, characters: Sequence[str]) -> Choose:
    """Which are lacking, and whether to `skip` or to `replace` them."""
    answers = [("skip", "Leave them out"), ("replace", "Write a substitute for each")]
    return Choose(f"{display(run)} has never seen {named(characters)}", answers)
