"""From a run directory to a training that goes on in it: the one owner of the run.

A new run, a resumed one and a fine-tuning all come through here; a run without a checkpoint starts
at step 0. Whatever the trainer says goes into the journal first, then to whoever watches.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

import torch

from gptlab_tui.config import Config, SampleConfig
from gptlab_tui.errors import GPTLabError, JobFailed
from gptlab_tui.events import Controlled, Ended, Event, Resumed, Started, Warned, from_json
from gptlab_tui.home import Home
from gptlab_tui.model.gpt import GPT
from gptlab_tui.model.open_run import config_of
from gptlab_tui.render.units import mib
from gptlab_tui.runs import manifest
from gptlab_tui.runs.control import Command, Inbox, parse_setting
from gptlab_tui.runs.journal import JournalWriter, read_journal
from gptlab_tui.runs.layout import STATE, Run
from gptlab_tui.runs.lock import RunLock
from gptlab_tui.runs.neighbours import on_same_device
from gptlab_tui.runs.snapshots import discard_snapshots_after
from gptlab_tui.sampling.decoder import continue_text
from gptlab_tui.text.beginnings import beginning, left_out_of
from gptlab_tui.text.run_text import tokens_of_run
from gptlab_tui.text.token_files import TokenFiles
from gptlab_tui.text.tokenizers import Tokenizer, tokenizer_from_json
from gptlab_tui.training.checkpoints import RunStore, read_state, restore
from gptlab_tui.training.create import check_disk, new_model
from gptlab_tui.training.devices import Device, choose_device
from gptlab_tui.training.fit import (
    is_out_of_memory,
    out_of_memory_advice,
    plan_bytes,
    resolve_micro_batch,
)
from gptlab_tui.training.needs import Data
from gptlab_tui.training.trainer import Trainer


class Session:
    """A training and the run that it owns, from the taking of the lock to the last event.

    Use it as a context manager: the lock and the journal are released on leaving.
    """

    def __init__(
        self,
        run: Run,
        home: Home,
        *,
        device: str | None = None,
        changes: Sequence[str] = (),
        micro_batch: int | None = None,
        began_s: float | None = None,
    ) -> None:
        """Takes the lock and brings model, optimizer and tokens to where the run stands.

        `changes` are settings such as `max_iters=4000`, journalled like those of `gptlab runs set`;
        `micro_batch` is taken instead of the run's own, which ends bit-identity and is told;
        `began_s` is when the command began, on the monotonic clock.
        Raises GPTLabError: the run is owned by another process, its text is gone, it is finished.
        """
        self.run = run
        self._began_s = began_s
        self._stack = ExitStack()
        try:
            self._stack.enter_context(RunLock(run))
            self._open(run, home, device, changes, micro_batch)
        except BaseException:
            self._stack.close()
            raise

    def _open(
        self, run: Run, home: Home, device: str | None, changes: Sequence[str], micro_batch: int | None
    ) -> None:
        self.request = run.read_training_request()
        self.config: Config = config_of(run)
        train = (
            self.config.train if device is None else self.config.train.model_copy(update={"device": device})
        )
        self.device: Device = choose_device(train)
        torch.set_num_threads(self.device.threads)
        torch.set_float32_matmul_precision("high")  # TF32 where there is any
        self.tokenizer: Tokenizer = tokenizer_from_json(run.read_tokenizer())
        self.tokens: TokenFiles = tokens_of_run(self.request, self.tokenizer, home)
        self.inbox = Inbox(run)
        self.dropped: list[Command] = self.inbox.drain()
        self.warnings = [Warned(step=0, elapsed_s=0.0, message=text) for text in self._warnings(home)]

        model = new_model(self.config, self.tokenizer.vocab_size)
        checkpoint, problems = manifest.newest_whole_step(run)
        if checkpoint is None and problems:
            raise JobFailed(
                f"None of the checkpoints of {run.name} is whole: {problems[0]}.",
                f"Where the weights are, `gptlab train --from {run.name}` starts from them; "
                f"`gptlab runs delete {run.name}` makes room to start over.",
            )
        self.warnings += [Warned(step=0, elapsed_s=0.0, message=text) for text in problems]
        self.from_step = checkpoint or 0
        self.goes_on = run.journal.exists()  # perhaps from 0, after a life without a checkpoint
        self.micro_batch = self._choose_micro_batch(model, checkpoint, micro_batch)
        self._check_memory()
        replay = list(applied_settings(run, self.from_step))
        self.trainer = Trainer(
            model,
            Data(self.tokens.train, self.tokens.val, self.tokenizer.token_lengths()),
            self.config,
            self.device,
            store=RunStore(run, self.config.train),
            inbox=self.inbox.poll,
            write=self._write,
            replay=replay,
            micro_batch=self.micro_batch,
            began_s=self._began_s,
        )
        if checkpoint is not None:
            restore(self.trainer, run.step_dir(checkpoint))
        manifest.discard_steps_after(run, self.from_step)
        discard_snapshots_after(run, self.from_step)
        self._changes = [self.trainer.change(*parse_setting(text)) for text in changes]
        if self.config.train.prompt_tokens:
            left_out = left_out_of(self.trainer.steering.prompts, self.tokenizer)
            hint = "Give it another: -o 'train.prompts=…', or `gptlab runs set RUN prompts=…` meanwhile."
            self.warnings += [Warned(step=0, elapsed_s=0.0, message=text, hint=hint) for text in left_out]
        self._refuse_a_finished_run()
        self.disk_bytes = check_disk(self.config, self.request["parameters"], run.path)

    # ------------------------------------------------------------------- running

    def events(self) -> Iterator[Event]:
        """Everything that happens, journalled before it is yielded; the last event is `Ended`.

        Raises JobFailed after the journal has said why, for what a machine may do to a training.
        """
        journal = self._stack.enter_context(JournalWriter(self.run.journal))
        try:
            for event in self._all_events():
                journal.append({**event.to_json(), "time": time.time()})
                if isinstance(event, Ended):
                    journal.sync()
                yield event
        except GeneratorExit:
            raise
        except BaseException as error:
            if is_out_of_memory(error):
                self._fail(journal, f"out of memory on {self.device.name}")
                advice = out_of_memory_advice(
                    self.config, self.tokenizer.vocab_size, self.micro_batch, self.device
                )
                raise JobFailed(f"{self.device.name} is out of memory.", advice) from error
            self._fail(journal, str(error) or type(error).__name__)
            raise

    def _all_events(self) -> Iterator[Event]:
        if self.goes_on:
            yield Resumed(step=self.from_step, elapsed_s=0.0, from_step=self.from_step)
        yield self._started()
        yield from self.warnings
        for command in self.dropped:
            yield Controlled(
                step=self.trainer.progress.step,
                elapsed_s=self.trainer.elapsed_s(),
                command=command.verb,
                key=command.key,
                value=command.value,
                id=command.id,
                outcome="dropped",
                reason="it was sent before the training started",
            )
        yield from self._changes
        yield from self.trainer.events()

    def _started(self) -> Started:
        train = self.config.train
        return Started(
            step=self.from_step,
            elapsed_s=self.trainer.elapsed_s(),
            run=self.run.name,
            parameters=self.request["parameters"],
            vocab_size=self.tokenizer.vocab_size,
            tokens_per_step=train.batch_size * self.config.model.block_size,
            micro_batch=self.micro_batch,
            max_iters=self.trainer.steering.max_iters,
            device=self.device.name,
            dtype=self.device.dtype_name,
            threads=self.device.threads,
            corpus=self.request["corpus"]["name"],
            train_tokens=len(self.tokens.train),
            val_tokens=len(self.tokens.val),
            memory_bytes=self.memory_bytes,
            free_memory_bytes=self.free_memory_bytes,
            disk_bytes=self.disk_bytes,
            card=self.device.card,
        )

    def _fail(self, journal: JournalWriter, message: str) -> None:
        """Tells the journal, if it can still be told, why the training ends."""
        step, elapsed_s = self.trainer.progress.step, self.trainer.elapsed_s()
        ended = Ended(step=step, elapsed_s=elapsed_s, reason="failed", message=message)
        try:
            journal.append({**ended.to_json(), "time": time.time()})
        except JobFailed:
            return  # the disk is full: what went wrong reaches the user by the exception

    def _write(self, model: GPT, prompt: str) -> tuple[str, str]:
        """What the vocabulary has of a prompt, and how the model goes on from it."""
        lacking = {character for character, _ in self.tokenizer.unknown_characters(prompt)}
        read = "".join(character for character in prompt if character not in lacking)
        sample: SampleConfig = self.config.sample
        return read, continue_text(model, self.tokenizer, read, sample, self.config.train.prompt_tokens)

    # -------------------------------------------------------------------- checks

    def _choose_micro_batch(self, model: GPT, checkpoint: int | None, asked: int | None) -> int:
        """The one asked for, or that of the run so far, or for a new run the configured one."""
        so_far = micro_batch_of(self.run, checkpoint)
        if asked is None:
            return so_far or resolve_micro_batch(model, self.config, self.device)
        if self.config.train.batch_size % asked:
            raise GPTLabError(f"{asked} sequences do not fill a batch of {self.config.train.batch_size}.")
        if so_far not in (None, asked):
            message = f"micro-batches of {asked} instead of {so_far}: from here on other dropout masks"
            self.warnings.append(Warned(step=0, elapsed_s=0.0, message=message))
        return asked

    def _warnings(self, home: Home) -> list[str]:
        found = list(self.request.get("warnings", []))
        neighbours = on_same_device(home, self.run, self.device.name, self.device.card)
        if neighbours:
            found.append(
                f"{', '.join(neighbours)} is training on {self.device.name} too: both will be slower"
            )
        return found

    def _refuse_a_finished_run(self) -> None:
        progress, limit = self.trainer.progress, self.trainer.steering.max_iters
        if progress.step >= limit and progress.evaluated_at == progress.step:
            raise GPTLabError(
                f"{self.run.name} has finished its {progress.step:,} steps.",
                f"Train it on with a new schedule: `gptlab train --from {self.run.name}`.",
            )

    def _check_memory(self) -> None:
        """Warns where the plan does not fit: it is a plan, and the system may still find room."""
        vocab_size = self.tokenizer.vocab_size
        self.free_memory_bytes = self.device.memory_bytes()
        self.memory_bytes = plan_bytes(self.config, vocab_size, self.micro_batch, self.device)
        if self.memory_bytes > self.free_memory_bytes:
            message = (
                f"the plan needs {mib(self.memory_bytes)} on {self.device.name}, "
                f"and {mib(self.free_memory_bytes)} are free"
            )
            hint = out_of_memory_advice(self.config, vocab_size, self.micro_batch, self.device)
            self.warnings.append(Warned(step=0, elapsed_s=0.0, message=message, hint=hint))

    def prompt_to_try(self) -> str:
        """A beginning that the model can continue, or "" where none is at hand."""
        return beginning(self.trainer.steering.prompts, self.tokenizer, self.tokens.val)

    # ------------------------------------------------------------------- leaving

    def close(self) -> None:
        """Gives up the lock and the journal."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def micro_batch_of(run: Run, checkpoint: int | None) -> int | None:
    """The micro-batch that the run was trained with so far: another one would draw other dropout masks."""
    if checkpoint is None or not (run.step_dir(checkpoint) / STATE).exists():
        return None
    return read_state(run.step_dir(checkpoint)).micro_batch or None


def applied_settings(run: Run, until_step: int) -> Iterator[tuple[int, str, Any]]:
    """(step, key, value) of the settings that hold at a checkpoint, in the order they were applied."""
    for record in read_journal(run.journal, effective=True):
        event = from_json(record)  # None for a record that lacks something
        if (
            isinstance(event, Controlled)
            and (event.command, event.outcome) == ("set", "applied")
            and event.step <= until_step
        ):
            yield event.step, str(event.key), event.value
