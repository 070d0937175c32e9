"""The training loop, as an iterator of events.

It knows the model, the tokens and the recipe; not who watches, and not where files go. Between
micro-batches and between evaluation batches it looks into its inbox, so a command is answered
within the time of one forward pass.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from gptlab_tui.config import Config
from gptlab_tui.errors import GPTLabError
from gptlab_tui.events import (
    Controlled,
    Ended,
    EndReason,
    Evaluated,
    Evaluating,
    Event,
    Sampled,
    Skipped,
    Step,
)
from gptlab_tui.model.gpt import GPT
from gptlab_tui.model.score import Score, score_in_batches
from gptlab_tui.runs.control import Command
from gptlab_tui.training.devices import Device
from gptlab_tui.training.needs import Data, Store
from gptlab_tui.training.progress import Progress
from gptlab_tui.training.schedule import Steering, learning_rate
from gptlab_tui.training.stepper import Stepper, Update

#: So many steps without a finite gradient, one after the other, end a run.
NOT_FINITE_LIMIT = 3
#: How often a paused training looks into its inbox.
PAUSE_S = 0.1


class Trainer:
    """Trains a model and tells about it; see `events`."""

    def __init__(
        self,
        model: GPT,
        data: Data,
        config: Config,
        device: Device,
        *,
        store: Store,
        inbox: Callable[[], Sequence[Command]] = lambda: (),
        write: Callable[[GPT, str], tuple[str, str]] | None = None,
        replay: Sequence[tuple[int, str, Any]] = (),
        micro_batch: int | None = None,
        began_s: float | None = None,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        """`write(model, prompt)` -> (what is read of the prompt, how it goes on); `micro_batch` sequences
        go through the model at a time, by default the batch; `replay` are settings (step, key, value)
        that were applied before a checkpoint from which this trainer will go on; `began_s` is when the
        command began, on the monotonic clock.
        """
        self.model = model.to(device.torch_device)
        self.data = data
        self.config = config
        self.train = config.train
        self.device = device
        self.store = store
        self.inbox = inbox
        self.write = write
        self.wait = wait
        self.stepper = Stepper(self.model, data.train, config, device, micro_batch or config.train.batch_size)
        self.progress = Progress()
        self.steering = Steering.start(config.train)
        for step, key, value in replay:
            self.steering = self.steering.apply(key, value, step)
        self.interrupted = False
        """Set from a signal handler: finish the step, save, end."""
        self.activity = "starting"
        """What it does now, in a word, for those who watch."""
        self._began_s = time.monotonic() if began_s is None else began_s
        self._paused = False
        self._stopped = False
        self._failure = ""  # what was not finite
        self._saved_at = -1  # the step of the last checkpoint
        self._timed_from = (0.0, 0)  # when the steps since the last log line began, and the step
        self._last: Evaluated | None = None

    # ------------------------------------------------------------------ the loop

    def events(self) -> Iterator[Event]:
        """Everything that happens until the training ends; the last event is `Ended`.

        The last evaluation and the last checkpoint come about like every other.
        """
        self.model.train()
        self._timed_from = (time.monotonic(), self.progress.step)
        while True:
            yield from self._obey()
            if self._failure:
                yield self._end("not_finite", self._failure)
                return
            if self._leaving():
                yield self.store.checkpoint(self)
                yield self._end("stopped" if self._stopped else "interrupted")
                return
            # Every phase goes back to the top: somebody may have changed what is due meanwhile.
            if self._evaluation_is_due():
                yield from self._evaluate()
            elif self._save_is_due():
                self._saved_at = self.progress.step
                yield self.store.checkpoint(self)
            elif ending := self._ending():
                yield self._end(ending)
                return
            else:
                yield from self._step()

    def _evaluation_is_due(self) -> bool:
        step = self.progress.step
        due = step % self.steering.eval_interval == 0 or step >= self.steering.max_iters
        return due and self.progress.evaluated_at != step

    def _save_is_due(self) -> bool:
        """At the interval, at the end, and for a step that was just found to be the best."""
        progress = self.progress
        if progress.step in (0, self._saved_at):
            return False
        evaluated = progress.evaluated_at == progress.step
        if self._ending() or (evaluated and self.train.keep_best and progress.best_step == progress.step):
            return True
        interval = self.train.save_interval
        return evaluated if interval is None else progress.step % interval == 0

    def _ending(self) -> EndReason | None:
        """Why the training is over, or None."""
        if self.progress.step >= self.steering.max_iters:
            return "finished"
        if self.train.patience and self.progress.without_better >= self.train.patience:
            return "early_stopping"
        return None

    def _step(self) -> Iterator[Event]:
        """One optimizer step, with an ear for commands between its micro-batches."""
        self.activity = "training"
        progress = self.progress
        for _ in self.stepper.accumulate(progress.step):
            yield from self._obey()
        rate = learning_rate(self.train, self.steering, progress.step)
        update = self.stepper.update(rate)
        if not update.applied:
            progress.skipped += not update.expected
            yield Skipped(
                step=progress.step,
                elapsed_s=self.elapsed_s(),
                in_a_row=progress.skipped,
                expected=update.expected,
            )
            if progress.skipped >= NOT_FINITE_LIMIT:
                self._failure = f"no finite gradient at step {progress.step + 1}"
            else:
                progress.step += 1
            return
        progress.skipped = 0
        progress.step += 1
        progress.loss_sum += update.loss
        progress.loss_count += 1
        if progress.step % self.train.log_interval == 0 or progress.step in (1, self.steering.max_iters):
            yield self._report(update, rate)

    def _report(self, update: Update, rate: float) -> Step:
        now = time.monotonic()
        since, first = self._timed_from
        steps = self.progress.step - first
        per_step = self.train.batch_size * self.config.model.block_size
        self._timed_from = (now, self.progress.step)
        return Step(
            step=self.progress.step,
            elapsed_s=self.elapsed_s(),
            train_loss=update.loss,
            learning_rate=rate,
            grad_norm=update.grad_norm,
            tokens=self.progress.step * per_step,
            tokens_per_s=steps * per_step / max(now - since, 1e-9),
        )

    # ------------------------------------------------------------ evaluation, saving

    def _evaluate(self) -> Iterator[Event]:
        """The validation loss, a snapshot, and what the model writes; once per step."""
        progress = self.progress
        self.activity = "evaluating"
        began, (timed_from, timed_step) = time.monotonic(), self._timed_from
        yield Evaluating(step=progress.step, elapsed_s=self.elapsed_s())
        total = Score()
        for part in score_in_batches(
            self.model,
            self.data.val,
            self.data.token_lengths,
            self.train.eval_tokens,
            self.device.precision(),
        ):
            total += part
            yield from self._obey()
            if self._leaving():
                return
        if not math.isfinite(total.loss):
            self._failure = f"the validation loss at step {progress.step} is not finite"
            return
        better = progress.best_loss is None or total.loss < progress.best_loss
        if better:
            progress.best_loss, progress.best_step, progress.without_better = total.loss, progress.step, 0
        else:
            progress.without_better += 1
        mean = progress.loss_sum / progress.loss_count if progress.loss_count else None
        progress.evaluated_at, progress.loss_sum, progress.loss_count = progress.step, 0.0, 0
        self._last = Evaluated(
            step=progress.step,
            elapsed_s=self.elapsed_s(),
            val_loss=total.loss,
            val_bits_per_byte=total.bits_per_byte,
            train_loss=mean,
            val_tokens=total.tokens,
            best=better,
        )
        yield self._last
        yield from self._sample()
        snapshot = self.store.snapshot(self)
        if snapshot is not None:
            yield snapshot
        self._timed_from = (timed_from + time.monotonic() - began, timed_step)

    def _sample(self) -> Iterator[Event]:
        if self.write is None or not self.train.prompt_tokens:
            return
        self.activity = "writing"
        for prompt in self.steering.prompts:
            try:
                read, text = self.write(self.model, prompt)
            except GPTLabError as error:  # such as numbers that are not finite
                read, text = prompt, f"({error.message})"
            yield Sampled(step=self.progress.step, elapsed_s=self.elapsed_s(), prompt=read, text=text)

    # -------------------------------------------------------------------- steering

    def _obey(self) -> Iterator[Event]:
        """Answers what lies in the inbox; while paused, waits there."""
        while True:
            for command in self.inbox():
                yield self._answer(command)
                if command.verb == "sample":
                    yield from self._sample()
                elif command.verb == "save":
                    yield self.store.checkpoint(self)
            if not self._paused or self._leaving():
                return
            self.activity = "paused"
            began_s = time.monotonic()
            self.wait(PAUSE_S)
            waited_s = time.monotonic() - began_s
            self._began_s += waited_s
            self._do_not_count(waited_s)

    def change(self, key: str, value: Any) -> Controlled:
        """A setting of the command line, applied like one of the inbox. Raises GPTLabError."""
        self._set(key, value)
        return Controlled(
            step=self.progress.step, elapsed_s=self.elapsed_s(), command="set", key=key, value=value
        )

    def _answer(self, command: Command) -> Controlled:
        """Takes a command on; the answer says what became of it."""
        reply = Controlled(
            step=self.progress.step,
            elapsed_s=self.elapsed_s(),
            command=command.verb,
            key=command.key,
            value=command.value,
            id=command.id,
        )
        if command.verb == "set":
            try:
                self._set(str(command.key), command.value)
            except GPTLabError as error:
                return replace(reply, outcome="refused", reason=error.message)
        elif command.verb in ("pause", "resume"):
            self._paused = command.verb == "pause"
        elif command.verb == "stop":
            self._stopped = True
        return reply

    def _set(self, key: str, value: Any) -> None:
        """Raises GPTLabError where the value cannot be, or where it would change nothing any more."""
        step = self.progress.step
        steering = self.steering.apply(key, value, step)
        if key == "max_iters" and learning_rate(self.train, steering, step) == 0.0 < steering.lr_scale:
            raise GPTLabError(
                "The learning rate has come down to 0, so more steps would change nothing.",
                "Train on with a new schedule: `gptlab train --from` with the name of the run.",
            )
        self.steering = steering

    def _leaving(self) -> bool:
        """Whether somebody wants the training to save and end."""
        return self._stopped or self.interrupted

    # ----------------------------------------------------------------------- small

    def restore(self, progress: Progress) -> None:
        """Goes on from what a checkpoint kept; weights and optimizer are the caller's to load."""
        self.progress = progress
        self._saved_at = progress.step
        if progress.scaler:
            self.stepper.scaler.load_state_dict(progress.scaler)

    def state(self) -> Progress:
        """What a checkpoint keeps beside weights and optimizer."""
        stepper = self.stepper
        return replace(self.progress, scaler=stepper.scaler.state_dict(), micro_batch=stepper.micro_batch)

    def elapsed_s(self) -> float:
        """Seconds since this command began, pauses left out."""
        return time.monotonic() - self._began_s

    def _do_not_count(self, spent_s: float) -> None:
        """Leaves a pause or an evaluation out of the throughput."""
        since, step = self._timed_from
        self._timed_from = (since + spent_s, step)

    def _end(self, reason: EndReason, message: str = "") -> Ended:
        last = self._last
        return Ended(
            step=self.progress.step,
            elapsed_s=self.elapsed_s(),
            reason=reason,
            message=message,
            val_loss=last.val_loss if last else None,
            val_bits_per_byte=last.val_bits_per_byte if last else None,
            best_val_loss=self.progress.best_loss,
            best_step=self.progress.best_step,
        )
