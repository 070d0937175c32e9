"""A model's own numbers: any weight or activation by its name, and norms over the training."""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from gptlab_tui.errors import GPTLabError
from gptlab_tui.insight.watching import PassedOver, Stopped, Tell
from gptlab_tui.model.capture import Capture
from gptlab_tui.model.open_run import OpenModel, open_model
from gptlab_tui.model.weights import weights_of
from gptlab_tui.runs.journal import as_step, read_journal
from gptlab_tui.runs.layout import Run
from gptlab_tui.runs.snapshots import snapshot_steps

_PREFIX = "transformer."
#: Tokens of a turn, and of a large model the work, its parameters times tokens; with many words to choose
#: from, that bounds the logits too.
_AT_ONCE, _WORK = 4096, 1 << 32

#: Of a snapshot the step and the norm of each parameter.
Snapshot: TypeAlias = tuple[int, dict[str, float]]


@dataclass(frozen=True, slots=True, eq=False)
class Norms:
    """How large tensors are at each snapshot of a run."""

    steps: tuple[int, ...]
    norms: dict[str, np.ndarray]
    """Name -> (S,)"""


def weights(opened: OpenModel) -> dict[str, np.ndarray]:
    """Every parameter by its short name, `wte.weight` or `h.0.attn.c_attn.weight`; a tied head is not one."""
    return {short(name): _numbers(tensor) for name, tensor in weights_of(opened.model).items()}


def short(name: str) -> str:
    """A parameter's name without what all of them begin with."""
    return name.removeprefix(_PREFIX)


def weight(opened: OpenModel, name: str) -> np.ndarray:
    """One parameter, by its full or short name; raises GPTLabError with those that are near.

    The name of an activation is one, too, of what is there only while a text is read.
    """
    found = weights(opened)
    if short(name) not in found and name in activations(opened, [0]):
        raise GPTLabError(
            f"{name} is an activation: the model has it only while it reads a text.",
            f'`gptlab inspect weights {name} --run {shlex.quote(opened.run.name)} --text "..."` shows it.',
        )
    return _named(found, short(name), "weight")


def activations(opened: OpenModel, ids: Sequence[int]) -> dict[str, np.ndarray]:
    """Every tensor that a forward pass keeps, by name: (T, ...) or (n_head, T, ...).

    See `Capture` for the names. Of more tokens than the context holds, the last ones. Raises
    GPTLabError where there is no token.
    """
    if not len(ids):
        raise GPTLabError("There is no text to read.", 'Give one, such as "A figura".')
    kept = [int(token) for token in ids[-opened.model.config.block_size :]]
    capture = Capture()
    with torch.inference_mode():
        opened.model(torch.tensor([kept], device=opened.model.lm_head.weight.device), capture=capture)
    return {name: _numbers(tensor[0]) for name, tensor in capture.tensors.items()}


def activation(opened: OpenModel, ids: Sequence[int], name: str) -> np.ndarray:
    """One of them; raises GPTLabError with those that are near."""
    return _named(activations(opened, ids), name, "activation")


def norms_by_snapshot(run: Run, passed_over: PassedOver = lambda step, why: None) -> Iterator[Snapshot]:
    """Of every snapshot the step and the norm of each parameter, one snapshot after the other.

    Snapshots are in half precision, so a norm is right to about three digits. What cannot be read is
    passed over.
    """
    for step in snapshot_steps(run):
        try:
            with safe_open(run.snapshot(step), framework="pt") as file:
                names = list(file.keys())
                norms = {short(name): float(file.get_tensor(name).double().norm()) for name in names}
        except (SafetensorError, OSError) as error:
            passed_over(step, f"The snapshot of step {step:,} cannot be read: {error}.")
            continue
        yield step, norms


def gradients_by_snapshot(
    run: Run, ids: np.ndarray, windows: int = 32, passed_over: PassedOver = lambda step, why: None
) -> Iterator[Snapshot | None]:
    """Of every snapshot the step and the norm of each parameter's gradient on the first windows of a text.

    They are one batch, without dropout, computed in turns: None before each of them. It is what the text at
    hand would change, not what the training's batch did. What cannot be read is passed over. Raises
    GPTLabError where the text is shorter than a window.
    """
    for step in snapshot_steps(run):
        try:
            model = open_model(run, step).model.requires_grad_(True)
        except GPTLabError as error:
            passed_over(step, error.message)
            continue
        T = model.config.block_size
        if len(ids) <= T:
            raise GPTLabError(f"{len(ids)} tokens are too few for a window of {T}.")
        rows = torch.from_numpy(np.array(ids[: windows * T + 1], dtype=np.int64)).unfold(0, T + 1, T)
        names, parameters = zip(*model.named_parameters(), strict=True)
        size = sum(parameter.numel() for parameter in parameters)
        gradients = [torch.zeros_like(parameter) for parameter in parameters]
        per_turn = max(1, min(_AT_ONCE, _WORK // size) // T)
        for start in range(0, len(rows), per_turn):
            yield None
            part = rows[start : start + per_turn]
            loss = model(part[:, :-1], part[:, 1:]) * len(part) / len(rows)
            for gradient, added in zip(gradients, torch.autograd.grad(loss, parameters), strict=True):
                gradient.add_(added)
        norms = (float(gradient.double().norm()) for gradient in gradients)
        yield step, {short(name): norm for name, norm in zip(names, norms, strict=True)}


def norms_over_training(
    run: Run,
    stopped: Stopped = lambda: False,
    tell: Tell = lambda done, whole: None,
    passed_over: PassedOver = lambda step, why: None,
) -> Norms | None:
    """The norm of every parameter at every snapshot; None where it was stopped."""
    return _collected(run, norms_by_snapshot(run, passed_over), stopped, tell)


def gradients_over_training(
    run: Run,
    ids: np.ndarray,
    windows: int = 32,
    stopped: Stopped = lambda: False,
    tell: Tell = lambda done, whole: None,
) -> Norms | None:
    """The same of every parameter's gradient on a text, as `gradients_by_snapshot` has it."""
    return _collected(run, gradients_by_snapshot(run, ids, windows), stopped, tell)


def _collected(run: Run, snapshots: Iterator[Snapshot | None], stopped: Stopped, tell: Tell) -> Norms | None:
    count = len(snapshot_steps(run))
    steps: list[int] = []
    found: dict[str, list[float]] = {}
    while not stopped():
        try:
            turn = next(snapshots)
        except StopIteration:
            return Norms(tuple(steps), {name: np.array(values) for name, values in found.items()})
        if turn is None:
            continue
        step, norms = turn
        steps.append(step)
        for name, norm in norms.items():
            found.setdefault(name, []).append(norm)
        tell(len(steps), count)
    return None


def gradient_norms(run: Run) -> list[tuple[int, float]]:
    """(step, norm of the whole gradient before it was clipped) of each step that the journal has."""
    records = read_journal(run.journal, effective=True, keep=lambda line: b'"grad_norm"' in line)
    return [
        (as_step(record["step"]), float(record["grad_norm"]))
        for record in records
        if record.get("event") == "step" and isinstance(record.get("grad_norm"), float)
    ]


def whole_gradients(run: Run, steps: Sequence[int]) -> list[float | None]:
    """For each of these steps, ascending, the mean norm of the whole gradient since the one before.

    None where the journal has no step between them.
    """
    journal, means, before = gradient_norms(run), [], -1
    for step in steps:
        since = [norm for at, norm in journal if before < at <= step]
        means.append(sum(since) / len(since) if since else None)
        before = step
    return means


def _named(found: dict[str, np.ndarray], name: str, kind: str) -> np.ndarray:
    if name in found:
        return found[name]
    near = difflib.get_close_matches(name, found, n=3, cutoff=0.4)
    near = near or [one for one in found if name in one][:3]
    hint = f"There is {', '.join(near)}." if near else f"There is {', '.join(list(found)[:4])}, …"
    raise GPTLabError(f"The model has no {kind} called {name}.", hint)


def _numbers(tensor: Tensor) -> np.ndarray:
    numbers: np.ndarray = tensor.detach().float().cpu().numpy()
    return numbers
