"""Which parameters decay, and at what rate they learn."""

from __future__ import annotations

from torch import nn

from gptlab_tui.config import TrainConfig
from gptlab_tui.model.adamw import AdamW


def build_optimizer(model: nn.Module, train: TrainConfig) -> AdamW:
    """AdamW over the model's parameters in two groups, `decay` and `no_decay`.

    Weight decay pulls on what multiplies (matrices of linear maps and embeddings), not on gains,
    biases and short convolutions, unless `train.decay` is `all`.
    """
    decaying = decaying_parameters(model) if train.decay == "matrices" else set(model.parameters())
    pulled = [p for p in model.parameters() if p in decaying]
    free = [p for p in model.parameters() if p not in decaying]
    groups = [
        {"params": parameters, "weight_decay": decay, "name": name}
        for name, parameters, decay in (("decay", pulled, train.weight_decay), ("no_decay", free, 0.0))
        if parameters
    ]
    return AdamW(groups, train.learning_rate, (train.beta1, train.beta2), train.epsilon)


def decaying_parameters(model: nn.Module) -> set[nn.Parameter]:
    """The matrices of all linear maps and embeddings."""
    owners = [module for module in model.modules() if isinstance(module, nn.Linear | nn.Embedding)]
    return {module.weight for module in owners if isinstance(module.weight, nn.Parameter)}


def set_learning_rate(optimizer: AdamW, rate: float) -> None:
    """The rate of the next update, for every group."""
    for group in optimizer.param_groups:
        group["lr"] = rate
