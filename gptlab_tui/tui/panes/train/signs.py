"""What is marked on a run's charts: commands, branches, the best, n-gram tables that it beat, overfitting."""

from __future__ import annotations

import math

from gptlab_tui.events import Controlled
from gptlab_tui.insight.milestones import NAMES, Milestone, milestones
from gptlab_tui.render.display import display
from gptlab_tui.tui.history import RunHistory, parting
from gptlab_tui.tui.widgets.chart_spec import Level, Mark, Spot

#: Command, or what it sets -> the letter that marks it on a chart, and what that stands for.
_MARKS = {
    "pause": ("p", "paused"),
    "resume": ("r", "went on"),
    "stop": ("x", "stopped"),
    "save": ("w", "saved"),
    "sample": ("t", "sample"),
    "lr_scale": ("l", "lr scaled"),
    "max_iters": ("m", "last step moved"),
    "eval_interval": ("v", "evaluations moved"),
    "prompts": ("t", "other prompts"),
}


def marks(history: RunHistory, across: str = "step") -> tuple[Mark, ...]:
    """Every command that was applied, where the run left another, and where it began to overfit."""
    found = [
        Mark(history.x_of(one.step, across), *mark_of(one), said(one))
        for one in history.commands
        if one.outcome == "applied"
    ]
    found += [
        Mark(history.x_of(one.step, across), "b", "branched", display(f"branched from {one.parent}"))
        for one in history.branches
    ]
    parted = parting(history.evaluations)
    if parted is not None:
        found.append(Mark(history.x_of(parted, across), "!", "overfits from here"))
    return tuple(found)


def mark_of(command: Controlled) -> tuple[str, str]:
    """The letter that marks a command on a chart, and what it stands for."""
    return _MARKS.get(command.key or command.command, ("?", "another command"))


def said(command: Controlled) -> str:
    """A command in words: `paused`, `learning rate scaled: lr_scale = 0.5`."""
    words = mark_of(command)[1]
    return display(f"{words}: {command.key} = {command.value}") if command.key else words


def beaten(history: RunHistory, tables: tuple[float, ...]) -> tuple[Milestone, ...]:
    """When the validation loss came below each of the tables; nothing where they are not known."""
    if len(tables) != len(NAMES):
        return ()
    return milestones(tables, [(one.step, one.val_loss) for one in history.evaluations])


def spots(history: RunHistory, tables: tuple[float, ...], across: str = "step") -> tuple[Spot, ...]:
    """The best evaluation, and the first below each of the tables by the number of the last of them."""
    best = history.best
    found = [Spot(history.x_of(best.step, across), best.val_loss)] if best is not None else []
    losses = {one.step: one.val_loss for one in history.evaluations}
    at_once: dict[int, list[tuple[int, Milestone]]] = {}
    for number, one in enumerate(beaten(history, tables), 1):
        if one.step is not None:
            at_once.setdefault(one.step, []).append((number, one))
    for place, (step, several) in enumerate(at_once.items()):
        name = ", ".join(one.name for _, one in several)
        full = "beats " + ", ".join(f"{one.name} ({one.loss:.3f})" for _, one in several)
        letter = str(several[-1][0])
        name = name if place else f"beats {name}"
        found.append(Spot(history.x_of(step, across), losses[step], name, letter, full))
    return tuple(found)


def levels(history: RunHistory, tables: tuple[float, ...]) -> tuple[Level, ...]:
    """What a blind guess and the tables reach, as lines; nothing where the tables are not known."""
    if not tables:
        return ()
    vocab_size = history.started.vocab_size if history.started is not None else 0
    uniform = (Level(math.log(vocab_size), "uniform"),) if vocab_size > 1 else ()
    return (*uniform, *(Level(loss, name) for name, loss in zip(NAMES, tables, strict=False)))


def overfitting(history: RunHistory) -> str:
    """A sentence on train and validation parting; empty where they have not."""
    step = parting(history.evaluations)
    if step is None:
        return ""
    return f"! overfits since step {step:,}: validation rises while training falls"
