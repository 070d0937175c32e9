"""How a run trains further: itself, or a new run from its weights where its learning rate is spent."""

from __future__ import annotations

from gptlab_tui.errors import GPTLabError
from gptlab_tui.runs.layout import Run

#: Told where somebody is asked for the steps.
STRETCHED = "A decaying learning rate is stretched over what is left."
ANEW = "Its learning rate has come down to 0: a new run goes on from it, with a schedule of its own."


def is_spent(run: Run) -> bool:
    """Whether the learning rate is 0 once all steps are taken, so that the run itself learns no more."""
    try:
        train = run.read_request()["config"]["train"]
    except (GPTLabError, KeyError, TypeError):
        return False
    if not isinstance(train, dict) or train.get("min_lr"):
        return False
    decays = train.get("schedule") in ("cosine", "linear")
    return decays or (train.get("schedule") == "trapezoid" and bool(train.get("cooldown")))


def on_to(name: str, max_iters: int | None) -> list[str]:
    """The words after `gptlab train` that train a run on, to another last step if one is given."""
    return ["--resume", name, *(["-o", f"train.max_iters={max_iters}"] if max_iters is not None else [])]


def anew(name: str, steps: int) -> list[str]:
    """The words after `gptlab train` that start a new run from the weights of another."""
    return ["--from", name, "-o", f"train.max_iters={steps}"]


def steps_in(text: str) -> int | None:
    """The number of steps that somebody typed, such as `20,000`; None where it is none."""
    digits = text.replace(",", "").replace("_", "").strip()
    return int(digits) if digits.isdecimal() and len(digits) < 16 and int(digits) > 0 else None
