"""The story of a run, gathered from its journal bit by bit: curves that can be drawn at any length.

Pure data: what follows the journal (`follow`) makes batches, `RunHistory` takes them in order.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from gptlab_tui.events import (
    Branched,
    Controlled,
    Ended,
    Evaluated,
    Evaluating,
    Event,
    Resumed,
    Sampled,
    Skipped,
    Started,
    Warned,
)
from gptlab_tui.render.pace import Pace
from gptlab_tui.runs.journal import as_step
from gptlab_tui.tui.batch import STEP_COLUMNS, Batch, number
from gptlab_tui.tui.track import Track

#: So many reports make a pace; what is older weighs nothing in a `Pace`.
_PACE_REPORTS = 400
#: A smoothed curve averages no more than this part of the records before.
_YOUNG = 10


class RunHistory:
    """What is known of a run; what a later `resumed` supersedes is gone from it."""

    def __init__(self) -> None:
        self.steps: array[float] = array("d")
        self.tracks = {name: Track() for name in STEP_COLUMNS}
        self.evaluations: list[Evaluated] = []
        self.samples: list[Sampled] = []
        self.commands: list[Controlled] = []
        self.branches: list[Branched] = []
        self.skipped: list[Skipped] = []
        self.warnings: list[Warned] = []
        self.started: Started | None = None
        self.ended: Ended | None = None
        self.latest: Event | None = None
        self.max_iters = 0
        self.lr_scale = 1.0
        self.paused = False
        self._before_s = 0.0
        """What the commands before the present one took, in seconds."""
        self._begun = 0
        """How many of the steps are older than the present command."""

    def take(self, batch: Batch) -> None:
        """Adds what the journal said next."""
        if batch.cut is not None:
            self._cut(batch.cut)
        if len(batch.steps) and self.steps and batch.steps[0] <= self.steps[-1]:  # it is told again
            self._cut(int(batch.steps[0]) - 1)
        for event in batch.events:
            self._event(event)
        if len(batch.steps):
            self.steps.extend(batch.steps)
            for name, column in zip(STEP_COLUMNS, batch.columns, strict=True):
                later = name == "elapsed_s" and self._before_s
                self.tracks[name].extend([self._before_s + value for value in column] if later else column)

    def _cut(self, step: int) -> None:
        count = bisect_right(self.steps, step)
        del self.steps[count:]
        self._begun = count
        for track in self.tracks.values():
            track.cut(count)
        self.evaluations = [one for one in self.evaluations if one.step <= step]
        self.samples = [one for one in self.samples if one.step <= step]
        self.commands = [one for one in self.commands if one.step <= step]
        self.branches = [one for one in self.branches if one.step <= step]
        self.skipped = [one for one in self.skipped if one.step <= step]
        times = self.tracks["elapsed_s"].ys
        self._before_s = times[-1] if times and math.isfinite(times[-1]) else 0.0
        settings = [one for one in self.commands if one.outcome == "applied" and one.command == "set"]
        scales = [number(one.value) for one in settings if one.key == "lr_scale"]
        self.lr_scale = next((scale for scale in scales[::-1] if scale > 0), 1.0)

    def _event(self, event: Event) -> None:
        self.latest = event
        match event:
            case Started():
                self.started, self.ended, self.paused = event, None, False
                self.max_iters = event.max_iters
            case Resumed():
                self.ended, self.paused = None, False
            case Evaluated():
                self.evaluations.append(event)
            case Sampled():
                self.samples.append(event)
            case Branched():
                self.branches.append(event)
                self.ended, self.paused = None, False
            case Skipped():
                self.skipped.append(event)
            case Warned():
                self.warnings.append(event)
            case Controlled():
                self.commands.append(event)
                self._applied(event)
            case Ended():
                self.ended, self.paused = event, False

    def _applied(self, event: Controlled) -> None:
        if event.outcome != "applied":
            return
        if event.command in ("pause", "resume"):
            self.paused = event.command == "pause"
        elif event.key == "max_iters":
            self.max_iters = as_step(event.value) or self.max_iters
        elif event.key == "lr_scale" and number(event.value) > 0:
            self.lr_scale = number(event.value)

    @property
    def evaluating(self) -> bool:
        """Whether an evaluation has begun and nothing has come of it yet."""
        return isinstance(self.latest, Evaluating) and self.step <= self.latest.step

    @property
    def untrained(self) -> Branched | None:
        """How the run came to be, where nothing has happened to it since."""
        return self.latest if isinstance(self.latest, Branched) else None

    # -- what is read off ----------------------------------------------------------------------------

    def x_of(self, step: float, across: str) -> float:
        """Where a step lies on an axis: `step`, `tokens` or `time` (in seconds)."""
        if across == "tokens":
            return step * (self.started.tokens_per_step if self.started is not None else 1)
        if across == "time":
            times = self.tracks["elapsed_s"].ys
            at = bisect_left(self.steps, step)
            return times[min(at, len(times) - 1)] if times else 0.0
        return step

    @property
    def step(self) -> int:
        """The last step that is known."""
        last = int(self.steps[-1]) if self.steps else 0
        return max(last, self.latest.step if self.latest is not None else 0)

    @property
    def elapsed_s(self) -> float:
        """Seconds of training so far, all commands together."""
        times = self.tracks["elapsed_s"].ys
        last = times[-1] if times and math.isfinite(times[-1]) else self._before_s
        event = self._before_s + self.latest.elapsed_s if self.latest is not None else 0.0
        return max(last, event)

    @property
    def learning_rate(self) -> float:
        """That of the last step, by the factor that the next one will have."""
        told = self.steps[-1] if self.steps else 0
        factors = [
            number(one.value)
            for one in self.commands
            if one.outcome == "applied" and one.key == "lr_scale" and one.step < told
        ]
        return (
            self.last("learning_rate") * self.lr_scale / next((one for one in factors[::-1] if one > 0), 1.0)
        )

    @property
    def best(self) -> Evaluated | None:
        """The evaluation with the lowest validation loss."""
        return min(self.evaluations, key=lambda one: one.val_loss, default=None)

    @property
    def bits_per_nat(self) -> float:
        """Bits per byte that a nat per token is with this text and tokenizer; 0 where nobody has said."""
        last = next((one for one in self.evaluations[::-1] if one.val_loss > 0), None)
        return last.val_bits_per_byte / last.val_loss if last is not None else 0.0

    def last(self, name: str) -> float:
        """The newest value of a column; NaN where there is none."""
        ys = self.tracks[name].ys
        return ys[-1] if ys else math.nan

    def at(self, name: str, step: float) -> float:
        """The value of a column at a step, or at the record before it; NaN where there is none."""
        ys, place = self.tracks[name].ys, bisect_right(self.steps, step) - 1
        return ys[place] if 0 <= place < len(ys) else math.nan

    def remaining_s(self) -> float:
        """Seconds to the end at the pace of late; infinite where that is not known.

        Evaluations and checkpoints count, pauses do not; the command line reckons the same way.
        """
        tokens = self.started.tokens_per_step if self.started is not None else 0
        times, speeds = self.tracks["elapsed_s"].ys, self.tracks["tokens_per_s"].ys
        stops = [one.step for one in self.commands if one.command in ("pause", "resume")]
        pace, last_s = Pace(), math.inf
        for at in range(max(self._begun, len(self.steps) - _PACE_REPORTS), len(self.steps)):
            step, elapsed_s = self.steps[at], times[at]
            if not speeds[at] > 0 or not math.isfinite(elapsed_s):
                continue
            if elapsed_s < last_s or bisect_left(stops, self.steps[at - 1]) != bisect_left(stops, step):
                pace.interrupt()
            pace.report(int(step), elapsed_s, tokens / speeds[at])
            last_s = elapsed_s
        return pace.remaining_s(self.max_iters - self.step) if tokens else math.inf

    def envelope(
        self, name: str, first: float, last: float, xs: str | None = None
    ) -> tuple[list[float], list[float]]:
        """(xs, ys) of a column between two steps, thinned to lowest and highest of each group.

        `xs` names a column to take the horizontal values from, by default the steps.
        """
        begin, end = self._range(first, last)
        track, across = self.tracks[name], self._across(xs)
        size, level = track.pick(begin, end)
        if level is None:
            return list(across[begin:end]), list(track.ys[begin:end])
        out_x: list[float] = []
        out_y: list[float] = []
        for group in range(begin // size, min(len(level.means), -(-end // size))):
            at, half = group * size, group * size + size // 2
            out_x += [across[at], across[half]]
            out_y += [level.lows[group], level.highs[group]]
        return out_x, out_y

    def smoothed(
        self, name: str, first: float, last: float, over: int, xs: str | None = None
    ) -> tuple[list[float], list[float]]:
        """(xs, ys) of the exponential mean of a column over `over` records, 1 or more.

        A record leaves 1 - 1/n of the mean before it, n being `over`, but never more than a tenth of
        the records so far: the mean lags n - 1 records behind, and there a loss falls fastest. It is
        bias-corrected where a window begins later. Where the column is long, groups of records count
        as their mean, with the weight of as many.
        """
        begin, end = self._range(first, last)
        warm = max(0, begin - 8 * over)
        track, across = self.tracks[name], self._across(xs)
        size, level = track.pick(warm, end)
        values = track.ys if level is None else level.means
        mean = norm = 0.0
        out_x: list[float] = []
        out_y: list[float] = []
        for group in range(warm // size, min(len(values), -(-end // size))):
            value = values[group]
            if not math.isnan(value):
                kept = (1 - 1 / max(1, min(over, group * size // _YOUNG))) ** size
                mean = kept * mean + (1 - kept) * value
                norm = kept * norm + (1 - kept)
            at = min(group * size + size - 1, len(across) - 1)
            if norm and at >= begin:
                out_x.append(across[at])
                out_y.append(mean / norm)
        return out_x, out_y

    def count(self, first: float, last: float) -> int:
        """How many records lie between two steps."""
        begin, end = self._range(first, last)
        return end - begin

    def _across(self, xs: str | None) -> array[float]:
        return self.steps if xs is None else self.tracks[xs].ys

    def _range(self, first: float, last: float) -> tuple[int, int]:
        return bisect_left(self.steps, first), bisect_right(self.steps, last)


def parting(evaluations: Sequence[Evaluated]) -> int | None:
    """The step after which the run overfits: validation rises twice in a row while train falls, for good.

    None where that has not happened, or where the validation loss came below that point again.
    """
    for at in range(len(evaluations) - 2):
        one, two, three = evaluations[at : at + 3]
        if not one.val_loss < two.val_loss < three.val_loss:
            continue
        before = one.train_loss if one.train_loss is not None else math.inf
        if three.train_loss is None or two.train_loss is None or not three.train_loss < before:
            continue
        if all(later.val_loss > one.val_loss for later in evaluations[at + 1 :]):
            return one.step
    return None
