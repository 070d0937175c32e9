"""Which model writes where none was named: the newest run that can read the prompt."""

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
from gptlab_tui.text.tokenizers import tokenizer_from_json


def bundled_run() -> Run:
    """The run that comes with GPTLab."""
    return Run(data_root() / "checkpoints" / BUNDLED)


def candidates(home: Home, prompt: str) -> Iterator[Run]:
    """The runs with a checkpoint and every character of the prompt, the one written to last first.

    The bundled one comes last, whatever it can read: it is the newest of nobody.
    """
    bundled = bundled_run()
    for summary in list_runs(home):
        run = Run(home.runs / summary.name)
        if summary.state == "broken" or run == bundled or not valid_steps(run):
            continue
        with suppress(GPTLabError):  # a damaged tokenizer: `gptlab sample --run` says of what kind
            if not tokenizer_from_json(run.read_tokenizer()).unknown_characters(prompt):
                yield run
    if bundled.path.is_dir():
        yield bundled


def open_newest(
    home: Home, prompt: str, step: Step, device: torch.device | str, already: OpenModel | None = None
) -> OpenModel:
    """The first candidate that opens, or `already` where that is the one; what does not open is told.

    Raises GPTLabError where there is no model at all, or why the newest does not open where none does.
    """
    passed_over: list[GPTLabError] = []
    for run in candidates(home, prompt):
        if already is not None and run == already.run:
            return already
        try:
            opened = open_model(run, step, device)
        except GPTLabError as error:
            passed_over.append(error)
            continue
        return replace(opened, warnings=(*(error.message for error in passed_over), *opened.warnings))
    if passed_over:
        raise passed_over[0]
    raise GPTLabError("There is no trained model yet.", "`gptlab train` makes one.")
