"""One optimizer step: forward and backward over micro-batches, clip, update."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn

from gptlab_tui.config import Config
from gptlab_tui.model.gpt import GPT
from gptlab_tui.training.batches import Batches
from gptlab_tui.training.devices import Device
from gptlab_tui.training.optimizer import build_optimizer, set_learning_rate
from gptlab_tui.training.randomness import derive_seed


@dataclass(frozen=True, slots=True)
class Update:
    """What became of a step."""

    loss: float
    """Of its batch, before the update; nats per token."""
    grad_norm: float
    """Before clipping."""
    applied: bool
    """False where loss or gradient was not finite: then the weights are as they were."""
    expected: bool = False
    """Not applied, but only because the loss scale of fp16 was too large, and is smaller now."""


class Stepper:
    """Computes steps; which step it is, and at what rate, is the trainer's business."""

    def __init__(self, model: GPT, tokens: Any, config: Config, device: Device, micro_batch: int) -> None:
        self.model = model
        self.config = config
        self.device = device
        self.micro_batch = micro_batch
        self.batches = Batches(tokens, config)
        self.optimizer = build_optimizer(model, config.train)
        self.scaler = torch.amp.GradScaler(
            device.torch_device.type, init_scale=2.0**14, enabled=device.dtype_name == "fp16"
        )
        self.loss_of: Any = torch.compile(model) if config.train.compile else model
        self._loss = torch.zeros(())

    def accumulate(self, step: int) -> Iterator[None]:
        """Leaves the gradient of the batch in the parameters; pauses between micro-batches."""
        starts = self.batches.starts(step)
        model = self.config.model
        self.optimizer.zero_grad()
        self._loss = torch.zeros((), device=self.device.torch_device)
        for micro_step, first in enumerate(range(0, len(starts), self.micro_batch)):
            if micro_step:
                yield
            idx, targets = self._tensors(starts[first : first + self.micro_batch])
            if model.dropout or model.attn_dropout:
                torch.manual_seed(derive_seed(self.config.train.seed, "dropout", step, micro_step))
            with self.device.precision():
                part = self.loss_of(idx, targets) * (len(idx) / len(starts))
            self.scaler.scale(part).backward()
            self._loss += part.detach()

    def update(self, rate: float) -> Update:
        """Applies the gradient at this learning rate, unless it or the loss is not finite."""
        # A scaler takes whatever has groups of parameters and steps; its types ask for PyTorch's own class.
        optimizer = cast("torch.optim.Optimizer", self.optimizer)
        self.scaler.unscale_(optimizer)
        norm = self._clip()
        set_learning_rate(self.optimizer, rate)
        finite = bool(torch.isfinite(self._loss) & torch.isfinite(norm))
        if finite:
            self.scaler.step(optimizer)
        scale = 0.0 if finite else self.scaler.get_scale()  # asking makes a GPU wait
        self.scaler.update()
        scaled_too_far = scale > 1 and self.scaler.get_scale() < scale and bool(torch.isfinite(self._loss))
        return Update(self._loss.item(), norm.item(), finite, scaled_too_far)

    def _tensors(self, starts: Any) -> tuple[Tensor, Tensor]:
        idx, targets = (torch.from_numpy(part) for part in self.batches.at(starts))
        device = self.device.torch_device
        if device.type != "cuda":
            return idx.to(device), targets.to(device)
        return (
            idx.pin_memory().to(device, non_blocking=True),
            targets.pin_memory().to(device, non_blocking=True),
        )

    def _clip(self) -> Tensor:
        """Scales the gradient down to `grad_clip` where it is longer; returns its norm before."""
        parameters = list(self.model.parameters())
        norm = nn.utils.get_total_norm([p.grad for p in parameters if p.grad is not None])
        if self.config.train.grad_clip:
            nn.utils.clip_grads_with_norm_(parameters, self.config.train.grad_clip, norm)
        return norm
