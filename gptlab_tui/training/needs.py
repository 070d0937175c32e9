"""What a trainer is given beside the model: the encoded text, and where its weights go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from gptlab_tui.events import Saved

if TYPE_CHECKING:
    from gptlab_tui.training.trainer import Trainer


class Store(Protocol):
    """Where checkpoints and snapshots go."""

    def checkpoint(self, trainer: Trainer) -> Saved:
        """Keeps all that is needed to go on from here."""

    def snapshot(self, trainer: Trainer) -> Saved | None:
        """Keeps the weights alone, for those who look at how the model changed."""


@dataclass(frozen=True, slots=True)
class Data:
    """The encoded corpus, and what turns a loss per token into bits per byte."""

    train: Any  # 1-D unsigned array
    val: Any
    token_lengths: Any  # (V,) UTF-8 bytes of each token
