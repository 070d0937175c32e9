"""How a run trains further: itself, or a new run from its weights where its learning rate is spent."""

from __future__ import annotations

from dataclasses import dataclass

from gptlab_tui.errors import GPTLabError
from gptlab_tui.runs.layout import Run

_STRETCHED = "A decaying learning rate is stretched over what is left."
_ANEW = "Its learning rate has come down to 0: a new run goes on from it, with a schedule of its own."


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


@dataclass(frozen=True, slots=True)
class Further:
    """What somebody is asked who wants a run to take more steps than it was to."""

    name: str
    step: int
    """The last that it has taken."""
    max_iters: int
    spent: bool
    """Whether it learns no more, so that a new run goes on from it."""

    @property
    def question(self) -> str:
        """For how many steps, or to which."""
        how = "Train on from {} for how many steps?" if self.spent else "Train {} to which step?"
        return how.format(self.name)

    @property
    def suggestion(self) -> int:
        """As many again."""
        return self.max_iters if self.spent else 2 * self.max_iters

    @property
    def hint(self) -> str:
        """What becomes of the learning rate."""
        return _ANEW if self.spent else _STRETCHED

    def steps(self, text: str) -> int:
        """The number that was typed; raises GPTLabError where it is none, or not beyond the last step."""
        steps, least = steps_in(text), 0 if self.spent else self.step
        if steps is None or steps <= least:
            raise GPTLabError(f"{text} is not a whole number of steps above {least:,}.")
        return steps

    def words(self, steps: int) -> list[str]:
        """The words after `gptlab train`."""
        return anew(self.name, steps) if self.spent else on_to(self.name, steps)
