"""Checkpoints and snapshots of a training: what is in them, written and read back.

A checkpoint is weights, the optimizer's two moments per parameter, and a small `state.json`; the
generators need no saving. How it becomes durable is `runs.manifest`'s business.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor

from gptlab_tui.config import TrainConfig
from gptlab_tui.errors import GPTLabError
from gptlab_tui.events import Saved
from gptlab_tui.model.adamw import AdamW
from gptlab_tui.model.gpt import GPT
from gptlab_tui.model.weights import load_weights, save_weights
from gptlab_tui.runs import manifest, snapshots
from gptlab_tui.runs.layout import OPTIMIZER, STATE, WEIGHTS, Run
from gptlab_tui.training.progress import Progress

if TYPE_CHECKING:
    from gptlab_tui.training.trainer import Trainer


class RunStore:
    """Keeps a training's checkpoints and snapshots in its run directory."""

    def __init__(self, run: Run, train: TrainConfig) -> None:
        self.run = run
        self.train = train

    def checkpoint(self, trainer: Trainer) -> Saved:
        """Writes `step-N/`, then lets go of those that need not be kept."""
        step = trainer.progress.step

        def write(folder: Path) -> None:
            save_weights(trainer.model, folder / WEIGHTS)
            moments = optimizer_tensors(trainer.model, trainer.stepper.optimizer)
            (folder / OPTIMIZER).write_bytes(save(moments))
            (folder / STATE).write_text(json.dumps(trainer.state().to_json(), indent=1), encoding="utf-8")

        size_bytes = manifest.commit_step(self.run, step, write)
        best = trainer.progress.best_step if self.train.keep_best else None
        manifest.prune_steps(self.run, self.train.keep_checkpoints, best)
        path = self.run.step_dir(step).name
        return Saved(
            step=step, elapsed_s=trainer.elapsed_s(), kind="checkpoint", path=path, size_bytes=size_bytes
        )

    def snapshot(self, trainer: Trainer) -> Saved | None:
        """Writes the weights alone, in half precision, and thins the older ones."""
        if not self.train.snapshots:
            return None
        step = trainer.progress.step
        budget_bytes = int(self.train.snapshot_budget_mib * 2**20)
        path, size_bytes = snapshots.commit_snapshot(
            self.run,
            step,
            lambda file: save_weights(trainer.model, file, torch.float16),
            self.train.snapshots,
            budget_bytes,
        )
        where = str(path.relative_to(self.run.path))
        return Saved(
            step=step, elapsed_s=trainer.elapsed_s(), kind="snapshot", path=where, size_bytes=size_bytes
        )


def optimizer_tensors(model: GPT, optimizer: AdamW) -> dict[str, Tensor]:
    """AdamW's state by the parameters' names: `exp_avg/h.0...`, `exp_avg_sq/...`, `step/...`."""
    return {
        f"{key}/{name}": value.detach().cpu().contiguous()
        for name, parameter in model.named_parameters()
        for key, value in optimizer.state.get(parameter, {}).items()
    }


def restore_optimizer(model: GPT, optimizer: AdamW, path: Path) -> None:
    """Puts the tensors of `optimizer_tensors` back. Raises GPTLabError where they do not fit."""
    found: dict[str, dict[str, Tensor]] = {}
    try:
        tensors = load_file(path)
    except SafetensorError:
        raise _misfit(path, "its first bytes") from None
    for key, value in tensors.items():
        kind, _, name = key.partition("/")
        found.setdefault(name, {})[kind] = value
    for name, parameter in model.named_parameters():
        state = found.pop(name, {})
        forms = {kind: (value.shape, value.dtype) for kind, value in state.items()}
        moment = (parameter.shape, parameter.dtype)
        expected = {"step": (torch.Size(), torch.float32), "exp_avg": moment, "exp_avg_sq": moment}
        if forms and forms != expected:  # a kernel that is handed less reads what lies behind it
            raise _misfit(path, name)
        if state:
            optimizer.state[parameter] = {kind: value.to(parameter.device) for kind, value in state.items()}
    if found:
        raise _misfit(path, min(found) or "a tensor without a name")


def _misfit(path: Path, name: str) -> GPTLabError:
    return GPTLabError(
        f"{path.parent.name}/{path.name} does not fit the model at {name}.",
        "It is of another model or was changed; `gptlab train --from` takes the weights alone.",
    )


def restore(trainer: Trainer, folder: Path) -> None:
    """Weights, optimizer and progress of a checkpoint that was verified before."""
    load_weights(trainer.model, folder / WEIGHTS)
    if (folder / STATE).exists():  # a fine-tuning starts with its parent's weights and nothing else
        if not (folder / OPTIMIZER).exists():
            name = folder.parent.name
            raise GPTLabError(
                f"{name} was packed without its optimizer, so it cannot be resumed.",
                f"Train it on with a new schedule: `gptlab train --from {name}`.",
            )
        restore_optimizer(trainer.model, trainer.stepper.optimizer, folder / OPTIMIZER)
        trainer.restore(read_state(folder))


def read_state(folder: Path) -> Progress:
    """`state.json` of a checkpoint."""
    return Progress.from_json(json.loads((folder / STATE).read_text(encoding="utf-8")))
