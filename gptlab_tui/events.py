"""What a training says: frozen events, one JSON object each.

The trainer yields them, the journal keeps them, the command line prints them and the workbench
draws them. Times are seconds since the command began, losses nats per token.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, Literal

Outcome = Literal["applied", "refused", "dropped"]
EndReason = Literal["finished", "stopped", "interrupted", "early_stopping", "not_finite", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The part that all events share. `step` counts optimizer steps, with those that were skipped;
    `elapsed_s` is seconds since the command began, pauses left out.
    """

    event: ClassVar[str]
    step: int
    elapsed_s: float

    def to_json(self) -> dict[str, Any]:
        """The event as a JSON object whose first key, `event`, names its kind."""
        return {"event": self.event, **asdict(self)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Started(Event):
    """The first event of a run: what is about to be trained, and on what."""

    event: ClassVar[str] = "started"
    run: str
    parameters: int
    vocab_size: int
    tokens_per_step: int
    micro_batch: int
    max_iters: int
    device: str
    dtype: str
    threads: int
    corpus: str
    train_tokens: int
    val_tokens: int
    memory_bytes: int = 0
    """What the plan says that the training needs on its device; 0 where it was not reckoned."""
    free_memory_bytes: int = 0
    disk_bytes: int = 0
    """What checkpoints and snapshots may come to."""
    card: str = ""
    """The device's own name, as NVIDIA's tools tell it; "" where it has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned(Event):
    """Something that the reader of the results should know (a fallback corpus, a shared device)."""

    event: ClassVar[str] = "warned"
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Event):
    """An optimizer step: the loss of its batch *before* the update, and what drove the update."""

    event: ClassVar[str] = "step"
    train_loss: float
    learning_rate: float
    grad_norm: float
    tokens: int
    tokens_per_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped(Event):
    """A step that was not applied because its loss or gradient was not finite."""

    event: ClassVar[str] = "skipped"
    in_a_row: int
    expected: bool = False
    """fp16 alone: the loss scale was too large and is halved; that is no reason to worry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluating(Event):
    """An evaluation begins, which takes its time; `Evaluated` follows unless the training is left."""

    event: ClassVar[str] = "evaluating"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated(Event):
    """The validation loss after `step` steps; `train_loss` is the mean since the last evaluation."""

    event: ClassVar[str] = "evaluated"
    val_loss: float
    val_bits_per_byte: float
    train_loss: float | None
    val_tokens: int
    best: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled(Event):
    """What the model writes after `step` steps; `text` is the continuation without the prompt."""

    event: ClassVar[str] = "sampled"
    prompt: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved(Event):
    """A checkpoint (resumable) or a snapshot (weights alone) that now exists; `path` is relative."""

    event: ClassVar[str] = "saved"
    kind: Literal["checkpoint", "snapshot"]
    path: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Controlled(Event):
    """A command from outside and what became of it; an applied one holds from the next step on."""

    event: ClassVar[str] = "controlled"
    command: str
    key: str | None = None
    value: Any = None
    outcome: Outcome = "applied"
    reason: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed(Event):
    """The run goes on from a checkpoint; what the journal says after `from_step` is superseded."""

    event: ClassVar[str] = "resumed"
    from_step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Branched(Event):
    """The run begins here, as a copy of `parent`: all before is what that run's training said."""

    event: ClassVar[str] = "branched"
    parent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended(Event):
    """The last event of a run that could still speak."""

    event: ClassVar[str] = "ended"
    reason: EndReason
    message: str = ""
    val_loss: float | None = None
    val_bits_per_byte: float | None = None
    best_val_loss: float | None = None
    best_step: int | None = None


KINDS: dict[str, type[Event]] = {
    kind.event: kind
    for kind in (
        Started,
        Warned,
        Step,
        Skipped,
        Evaluating,
        Evaluated,
        Sampled,
        Saved,
        Controlled,
        Resumed,
        Branched,
        Ended,
    )
}


def from_json(record: dict[str, Any]) -> Event | None:
    """The event of a journal record, or None where the record is of no kind that we know.

    Keys that the kind does not have are ignored, so that an older reader survives a newer journal.
    """
    kind = KINDS.get(str(record.get("event")))
    if kind is None:
        return None
    known = {field.name for field in fields(kind)}
    try:
        return kind(**{key: value for key, value in record.items() if key in known})
    except TypeError:
        return None
