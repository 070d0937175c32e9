"""What a list says of a run, read from its small files and the end of its journal.

A journal of a million lines is not parsed: its last part is cut into lines, and only lines that
tell something are looked into. Whatever is broken becomes a summary with a reason.
"""

from __future__ import annotations

import datetime
import math
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

from gptlab_tui.errors import GPTLabError
from gptlab_tui.events import EndReason
from gptlab_tui.runs.journal import Record, as_step, decode_line, read_backwards
from gptlab_tui.runs.layout import BrokenRunError, Run, check_name
from gptlab_tui.runs.lock import is_alive
from gptlab_tui.runs.manifest import valid_steps

#: So much of a journal's end is always looked through, ...
_TAIL_BYTES = 1 << 20
#: ... and so much where the best evaluation has not come up by then.
_FAR_BYTES = 64 << 20
_ENDS = get_args(EndReason)
#: How the lines begin that say nothing about a run, unless they are its last; written so by us,
#: and merely parsed where somebody else wrote them otherwise.
_PASSED_OVER = tuple(
    b'{"event":"%s"' % kind for kind in (b"step", b"evaluating", b"sampled", b"saved", b"skipped", b"warned")
)
_EVALUATED = b'{"event":"evaluated"'


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A line of `gptlab runs list`; None is what the run does not say."""

    name: str
    state: str
    """`running`, `paused`, `new`, `branched` (from another, and not trained yet), `broken`, or how it
    ended: `finished`, `stopped`, `interrupted` (also: died without a word), `early_stopping`,
    `not_finite`, `failed`."""
    step: int = 0
    max_iters: int | None = None
    parameters: int | None = None
    vocab_size: int | None = None
    train_loss: float | None = None
    """The mean between the last two evaluations."""
    val_loss: float | None = None
    val_bits_per_byte: float | None = None
    best_val_loss: float | None = None
    best_bits_per_byte: float | None = None
    best_step: int | None = None
    elapsed_s: float | None = None
    """Of the last command that trained it; None where none did."""
    created: str = ""
    """ISO 8601."""
    updated: str = ""
    """When something was last written, ISO 8601 in UTC."""
    preset: str = ""
    corpus: str = ""
    parent: str = ""
    """`run@step` that it was branched or fine-tuned from."""
    title: str = ""
    tags: tuple[str, ...] = ()
    size_bytes: int = 0
    reason: str = ""
    """What is broken, or what the run said when it failed."""

    @property
    def alive(self) -> bool:
        """Whether a process trains it now."""
        return self.state in ("running", "paused")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the files of a run say; whether it is alive only its lock knows."""

    summary: RunSummary
    """With the state that holds if nobody owns the run."""
    paused: bool = False

    @property
    def broken(self) -> bool:
        """Whether it cannot be read; such a run is alive for nobody."""
        return self.summary.state == "broken"

    def now(self, alive: bool) -> RunSummary:
        """The summary, given whether somebody owns the run."""
        if not alive or self.broken:
            return self.summary
        return replace(self.summary, state="paused" if self.paused else "running", reason="")


def summarise(run: Run) -> RunSummary:
    """The summary of one run, read anew; never raises for what the directory holds."""
    return read_facts(run).now(is_alive(run))


def read_facts(run: Run) -> Facts:
    """Everything but whether the run is alive; never raises for what the directory holds."""
    try:
        return _read_facts(run)
    except OSError as error:
        reason = f"it cannot be read: {error.strerror}"
        return Facts(RunSummary(run.name, "broken", size_bytes=_bytes_of(run), reason=reason))


def _read_facts(run: Run) -> Facts:
    try:
        check_name(run.name)
        if run.path.is_symlink():
            raise BrokenRunError("it is a link")
        request = run.read_request()
    except GPTLabError as error:
        reason, updated = _reason(error, run), _iso(_mtime(run.path))
        size = _bytes_of(run)
        return Facts(RunSummary(run.name, "broken", updated=updated, size_bytes=size, reason=reason))
    base = replace(_asked(run, request), size_bytes=_bytes_of(run))
    reason = _link_inside(run)
    if reason:
        return Facts(replace(base, state="broken", reason=reason))
    try:
        meta = run.read_meta()
        base = replace(base, title=_text(meta["title"]), tags=tuple(meta["tags"]))
    except BrokenRunError as error:
        base = replace(base, reason=_reason(error, run))
    return _told(run, base)


def _reason(error: GPTLabError, run: Run) -> str:
    """An error about a run as part of a line that begins with its name."""
    return error.message.removeprefix(f"{run.name}: ").rstrip(".")


def _asked(run: Run, request: dict[str, Any]) -> RunSummary:
    """What run.json says, without belief in its types."""
    config = request["config"]
    train = config.get("train") if isinstance(config.get("train"), dict) else {}
    corpus, parent = request.get("corpus"), request.get("parent")
    came_from = ""
    if isinstance(parent, dict) and _text(parent.get("run")):
        came_from = f"{_text(parent['run'])}@{as_step(parent.get('step'))}"
    return RunSummary(
        run.name,
        "new",
        max_iters=_whole(train.get("max_iters")),
        parameters=_whole(request.get("parameters")),
        vocab_size=_whole(request.get("vocab_size")),
        created=_text(request.get("created")),
        updated=_iso(max(_mtime(run.path), _mtime(run.journal))),
        preset=_text(config.get("preset")),
        corpus=_text(corpus.get("name")) if isinstance(corpus, dict) else "",
        parent=came_from,
    )


def _link_inside(run: Run) -> str:
    for path in (run.journal, run.control, run.snapshots, run.lock, run.tokenizer_json):
        if path.is_symlink():
            return f"{path.name} is a link"
    if run.journal.exists() and not run.journal.is_file():
        return f"{run.journal.name} is not a file"
    return ""


def _told(run: Run, base: RunSummary) -> Facts:
    """What the journal says, read from its end."""
    told = _Told()
    scanned_bytes = 0
    for line in read_backwards(run.journal, _FAR_BYTES):
        scanned_bytes += len(line) + 1
        if scanned_bytes > _TAIL_BYTES and "best_step" in told.found:
            break
        if not line.startswith(told.passed_over) and (record := decode_line(line)) is not None:
            told.take(record)
    if not told.found and (reason := _mute(run)):
        return Facts(replace(base, state="broken", reason=reason))
    return Facts(replace(base, **told.found), bool(told.paused))


def _mute(run: Run) -> str:
    """Why a run whose journal says nothing is not merely new; "" where it is."""
    name, there = run.journal.name, run.journal.exists()
    if there and (size := run.journal.stat().st_size):
        return f"{name} has no readable line in {size:,} bytes"
    return f"{name} is {'empty' if there else 'missing'}, checkpoints are there" if valid_steps(run) else ""


class _Told:
    """What records say of a run, taken from the last to the first; superseded ones say nothing."""

    def __init__(self) -> None:
        self.found: dict[str, Any] = {}
        """Fields of the summary; what is found first is what holds."""
        self.paused: bool | None = None
        self.passed_over: tuple[bytes, ...] = ()
        """How lines begin that need not be taken."""
        self._from_step: float = math.inf  # what a later `resumed` went on from

    def take(self, record: Record) -> None:
        """The record before the one that was taken last."""
        step, kind = as_step(record.get("step")), record.get("event")
        if step > self._from_step:
            return
        if not self.found:
            self._last_word(record, step)
        if kind == "evaluated":
            self._evaluated(record, step)
        elif kind == "controlled" and record.get("outcome") == "applied":
            if self.paused is None and record.get("command") in ("pause", "resume"):
                self.paused = record.get("command") == "pause"
            if record.get("key") == "max_iters":
                self.found.setdefault("max_iters", _whole(record.get("value")))
        elif kind in ("started", "resumed", "ended"):
            self.paused = bool(self.paused)  # who was paused before is not any more
            if kind == "started":
                self.found.setdefault("max_iters", _whole(record.get("max_iters")))
            elif kind == "resumed":
                self._from_step = min(self._from_step, as_step(record.get("from_step")))

    def _last_word(self, record: Record, step: int) -> None:
        """Where the run is, and how it ended if it could still say so."""
        self.passed_over = _PASSED_OVER
        self.found.update(step=step, elapsed_s=_number(record.get("elapsed_s")), state="interrupted")
        time_s = _number(record.get("time"))
        if time_s is not None:
            self.found["updated"] = _iso(time_s)
        if record.get("event") == "branched":
            self.found.update(state="branched", elapsed_s=None)
        elif record.get("event") == "ended":
            reason = record.get("reason")
            self.found["state"] = reason if reason in _ENDS else "interrupted"
            if _text(record.get("message")):
                self.found["reason"] = record["message"]

    def _evaluated(self, record: Record, step: int) -> None:
        """The first that comes up is the last one; the first called best is the best.

        That of step 0 alone is none of a run that has taken steps: it is of the untrained model.
        """
        if step == 0 < self.found["step"] and "val_loss" not in self.found:
            return
        loss, bits = _number(record.get("val_loss")), _number(record.get("val_bits_per_byte"))
        if "val_loss" not in self.found:
            train_loss = _number(record.get("train_loss"))
            self.found.update(train_loss=train_loss, val_loss=loss, val_bits_per_byte=bits)
        if record.get("best") is True and "best_step" not in self.found:
            self.found.update(best_val_loss=loss, best_bits_per_byte=bits, best_step=step)
            self.passed_over = (*_PASSED_OVER, _EVALUATED)


def _bytes_of(run: Run) -> int:
    """What the run takes, as far as one may look; nothing behind a link."""
    try:
        return 0 if run.path.is_symlink() else folder_bytes(run.path)
    except OSError:
        return 0


def folder_bytes(folder: Path, depth: int = 3) -> int:
    """What the files take, links not followed."""
    total = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                total += folder_bytes(Path(entry.path), depth - 1) if depth else 0
            else:
                total += _size_of(entry)
    return total


def _size_of(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat(follow_symlinks=False).st_size
    except OSError:  # a training removed it meanwhile
        return 0


def _mtime(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except OSError:
        return 0.0


def _iso(time_s: float) -> str:
    try:
        return datetime.datetime.fromtimestamp(time_s, datetime.UTC).isoformat(timespec="seconds")
    except (OverflowError, ValueError, OSError):
        return ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 63 else None


def _number(value: object) -> float | None:
    """The finite number that it is, or None."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < 1e300:
        return None
    return float(value)
