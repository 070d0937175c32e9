"""Which model writes where none was named: the newest run that can read the prompt.

One that has had less than a tenth of its training writes noise, so it is not taken while there is another.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import torch

from gptlab_tui.errors import GPTLabError
from gptlab_tui.home import Home, data_root
from gptlab_tui.model.open_run import OpenModel, Step, open_model
from gptlab_tui.runs.layout import BUNDLED, Run
from gptlab_tui.runs.listing import list_runs
from gptlab_tui.runs.manifest import valid_steps
from gptlab_tui.runs.summary import RunSummary
from gptlab_tui.text.tokenizers import tokenizer_from_json


def bundled_run() -> Run:
    """The run that comes with GPTLab."""
    return Run(data_root() / "checkpoints" / BUNDLED)


def candidates(home: Home, prompt: str) -> Iterator[tuple[Run, str]]:
    """The runs with a checkpoint and every character of the prompt, the one written to last first.

    Each comes with a reason to pass it over, or "". The bundled one is the last, whatever it can
    read: it is the newest of nobody.
    """
    bundled = bundled_run()
    for summary in list_runs(home):
        run = Run(home.runs / summary.name)
        if summary.state == "broken" or run == bundled or not (steps := valid_steps(run)):
            continue
        with suppress(GPTLabError):  # a damaged tokenizer: `gptlab sample --run` says of what kind
            if not tokenizer_from_json(run.read_tokenizer()).unknown_characters(prompt):
                yield run, has_only_begun(summary, max(steps))
    if bundled.path.is_dir():
        yield bundled, ""


def has_only_begun(summary: RunSummary, step: int) -> str:
    """Why nobody means a run whose newest weights are of `step`; "" where somebody may.

    It began at random, and has had less than a tenth of its training.
    """
    asked = summary.max_iters or 0
    if summary.parent or summary.state == "early_stopping" or step * 10 >= asked:
        return ""
    return f"{summary.name} is newer, but has only begun to learn: step {step:,} of {asked:,}."


def open_newest(
    home: Home, prompt: str, step: Step, device: torch.device | str, already: OpenModel | None = None
) -> OpenModel:
    """The first candidate that opens, or `already` where that is the one; what is passed over is told.

    Those that have only begun come last. Raises GPTLabError where there is no model at all, or why
    the newest does not open where none does.
    """
    failed: list[GPTLabError] = []
    begun: dict[Run, str] = {}

    def in_order() -> Iterator[Run]:
        for run, reason in candidates(home, prompt):
            if reason:
                begun[run] = reason
            else:
                yield run
        yield from begun

    for run in in_order():
        if already is not None and run == already.run:
            return already
        try:
            opened = open_model(run, step, device)
        except GPTLabError as error:
            failed.append(error)
            continue
        passed_over = () if run in begun else begun.values()
        return replace(
            opened, warnings=(*passed_over, *(error.message for error in failed), *opened.warnings)
        )
    if failed:
        raise failed[0]
    raise GPTLabError("There is no trained model yet.", "`gptlab train` makes one.")
