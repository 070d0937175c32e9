"""A run as a model that can be used: its weights at some step, its tokenizer, its configuration."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import torch
from pydantic import ValidationError
from torch import Tensor

from gptlab_tui.config import Config
from gptlab_tui.errors import GPTLabError
from gptlab_tui.model.gpt import GPT
from gptlab_tui.model.head_names import Heads, ordered
from gptlab_tui.model.switch_off import without_heads
from gptlab_tui.model.weights import ANOTHER_STEP, load_weights, weights_of
from gptlab_tui.runs import fsops, manifest
from gptlab_tui.runs.layout import STATE, WEIGHTS, BrokenRunError, Run
from gptlab_tui.runs.snapshots import snapshot_steps
from gptlab_tui.text.tokenizers import Tokenizer, tokenizer_from_json

#: A step: its number, the best so far, or (None) the newest.
Step = int | Literal["best"] | None


@dataclass(frozen=True, slots=True)
class OpenModel:
    """A model in evaluation mode with all that belongs to it."""

    run: Run
    model: GPT
    tokenizer: Tokenizer
    config: Config
    step: int
    digest: str
    """SHA-256 of the file of weights."""
    epsilon: float
    """Of the precision that the weights were kept in; that of a snapshot is half."""
    warnings: tuple[str, ...] = ()
    """Why newer checkpoints were passed over."""
    off: Heads = ()
    """Heads that are switched off; see `with_heads_off`."""
    damage: str = ""
    """The first tensor whose numbers are not all finite; "" where there is none."""


def open_model(
    run: Run, step: Step = None, device: torch.device | str = "cpu", *, may_be_damaged: bool = False
) -> OpenModel:
    """Opens the newest checkpoint, the best one, or the checkpoint or snapshot of a step.

    Raises GPTLabError where there is none, or where it cannot be read; and where a weight is not finite,
    since all that is computed with it would be wrong, unless it is to be looked at as it is.
    """
    config = config_of(run)
    tokenizer = tokenizer_from_json(run.read_tokenizer())
    chosen, path, warnings = find_weights(run, step)
    model = GPT(config.model, tokenizer.vocab_size)
    epsilon = load_weights(model, path)
    model.requires_grad_(False).eval().to(device)
    digest, damage = fsops.sha256_file(path), not_finite(weights_of(model))
    opened = OpenModel(run, model, tokenizer, config, chosen, digest, epsilon, warnings, damage=damage)
    if not may_be_damaged:
        refuse_damage(opened)
    return opened


def not_finite(tensors: Mapping[str, Tensor]) -> str:
    """The name of the first of them that has a number which is not finite; "" where there is none."""
    return next((name for name, tensor in tensors.items() if not bool(tensor.isfinite().all())), "")


def refuse_damage(opened: OpenModel) -> None:
    """Raises DamagedWeightsError where a weight of a model is not finite."""
    if opened.damage:
        raise DamagedWeightsError(opened.run, opened.step, opened.damage)


class DamagedWeightsError(GPTLabError):
    """A tensor of a step has numbers that are not finite."""

    def __init__(self, run: Run, step: int, tensor: str) -> None:
        super().__init__(
            f"The weights of {run.name}, step {step:,}, are not finite: {tensor} has NaN or infinity.",
            f"They may be damaged. {ANOTHER_STEP}",
        )


def with_heads_off(opened: OpenModel, heads: Heads) -> OpenModel:
    """The same without what some heads found out; raises GPTLabError for a head that it has not."""
    off = ordered((*opened.off, *heads))
    if off == opened.off:
        return opened
    return replace(opened, model=without_heads(opened.model, off), off=off)


def config_of(run: Run) -> Config:
    """The configuration in `run.json`; raises BrokenRunError where it is not one."""
    try:
        return Config.model_validate(run.read_request()["config"])
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(part) for part in problem["loc"])
        raise BrokenRunError(f"{run.name}: run.json has {where} wrong: {problem['msg']}.") from error


def find_weights(run: Run, step: Step) -> tuple[int, Path, tuple[str, ...]]:
    """The step and the file of weights that `step` stands for, and why newer ones were passed over.

    Digests are checked where they are kept. The newest checkpoint is the newest whose weights are
    right; one that was asked for and is damaged is an error.
    """
    if step is None:
        newest, problems = manifest.newest_whole_step(run, (WEIGHTS,))
        if newest is None and problems:
            kept = ", ".join(str(number) for number in snapshot_steps(run)[-3:])
            hint = f"Its snapshots may do, with --step: {kept}." if kept else "Take another run."
            raise GPTLabError(f"{problems[0]}.", hint)
        if newest is None:
            raise GPTLabError(f"{run.name} has no checkpoint yet.", "One comes with the first evaluation.")
        return newest, run.step_dir(newest) / WEIGHTS, tuple(problems)
    if step == "best":
        step = best_step(run)
    if step in manifest.valid_steps(run):
        damage = manifest.verify_step(run, step, (WEIGHTS,))
        if damage:
            raise GPTLabError(f"{damage[0]}.", ANOTHER_STEP)
        return step, run.step_dir(step) / WEIGHTS, ()
    if step in snapshot_steps(run):
        return step, run.snapshot(step), ()
    there = sorted({*manifest.valid_steps(run), *snapshot_steps(run)})
    raise GPTLabError(f"{run.name} has nothing of step {step}.", nearest_steps(there, step))


def nearest_steps(there: Sequence[int], step: int) -> str:
    """A hint for somebody who wants a step that is not among those that are there (ascending)."""
    if not there:
        return "It has no step."
    at = bisect_left(there, step)
    near = " and ".join(f"{number:,}" for number in there[max(0, at - 1) : at + 1])
    if len(there) == 1:
        return f"It has step {near} alone."
    nearest = f"The nearest is {near}" if at in (0, len(there)) else f"The nearest are {near}"
    return f"{nearest}; it has {len(there)} from {there[0]:,} to {there[-1]:,}."


def best_step(run: Run) -> int:
    """The step with the lowest validation loss so far; raises GPTLabError where none was measured."""
    newest, problems = manifest.newest_whole_step(run, (WEIGHTS, STATE))
    if problems:  # what they said of the best is lost
        raise GPTLabError(f"{problems[0]}, so the best step is not known.", "Name a step with --step.")
    if newest is not None:
        try:
            state = fsops.parse_json(fsops.read_bytes(run.step_dir(newest) / STATE, 1 << 20))
        except (OSError, ValueError):  # a fine-tuning that has only its parent's weights yet
            state = None
        if isinstance(state, dict) and isinstance(state.get("best_step"), int):
            return int(state["best_step"])
    raise GPTLabError(f"{run.name} has no evaluation yet, so no best step.")
