"""What a training has to remember beside its weights and its optimizer."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any


@dataclass(slots=True)
class Progress:
    """Kept in every checkpoint as `state.json`; all else follows from the step."""

    step: int = 0
    evaluated_at: int = -1
    """The step of the last evaluation; -1 before the first."""
    best_loss: float | None = None
    best_step: int | None = None
    without_better: int = 0
    """Evaluations since the best."""
    loss_sum: float = 0.0
    """Of the training losses since the last evaluation, and over how many steps."""
    loss_count: int = 0
    skipped: int = 0
    """Steps in a row that were not applied."""
    micro_batch: int = 0
    """Sequences a forward pass had; another number would draw other dropout masks."""
    scaler: dict[str, Any] = field(default_factory=dict)
    """State of the loss scaler (fp16)."""

    def to_json(self) -> dict[str, Any]:
        """For `state.json`."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Progress:
        """Back from `state.json`; keys that are not known are left out."""
        known = {item.name for item in fields(cls)}
        return cls(**{key: value for key, value in data.items() if key in known})
