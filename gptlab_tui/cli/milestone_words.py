"""When a run beat the n-gram tables of its text, in words and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gptlab_tui.insight.milestones import Milestone


def milestones_json(beaten: tuple[Milestone, ...]) -> list[dict[str, object]]:
    """The tables and when the run beat them."""
    return [{"name": one.name, "loss": one.loss, "step": one.step, "after": one.after} for one in beaten]


def beaten_lines(beaten: tuple[Milestone, ...]) -> list[str]:
    """When the run got below each table, in words."""
    lines = []
    for one in beaten:
        if one.step is None:
            when = "not beaten yet"
        elif one.after is None:
            when = f"beaten from the start (step {one.step:,})"
        else:
            when = f"beaten between the evaluations of steps {one.after:,} and {one.step:,}"
        lines.append(f"{one.name} ({one.loss:.3f} nats per token): {when}")
    return lines


def beaten_briefly(beaten: tuple[Milestone, ...]) -> str:
    """The same on one line: "unigram by step 500, bigram by step 1,000, trigram not yet"."""
    return ", ".join(
        f"{one.name} not yet" if one.step is None else f"{one.name} by step {one.step:,}" for one in beaten
    )
