"""Which model writes where none was named: the newest run that can read the prompt."""

from __future__ import annotations

from contextlib import suppress

from gptlab_tui.errors import GPTLabError
from gptlab_tui.home import Home, data_root
from gptlab_tui.runs.layout import BUNDLED, Run
from gptlab_tui.runs.listing import list_runs
from gptlab_tui.runs.manifest import valid_steps
from gptlab_tui.text.tokenizers import tokenizer_from_json


def bundled_run() -> Run:
    """The run that comes with GPTLab."""
    return Run(data_root() / "checkpoints" / BUNDLED)


def choose_run(home: Home, prompt: str) -> Run:
    """The run written to last that has a checkpoint and every character of the prompt.

    Where there is none the bundled one, which is the newest of nobody; GPTLabError without even that.
    """
    bundled = bundled_run()
    for summary in list_runs(home):
        run = Run(home.runs / summary.name)
        if summary.state == "broken" or run == bundled or not valid_steps(run):
            continue
        with suppress(GPTLabError):  # a damaged tokenizer: `gptlab sample --run` says of what kind
            if not tokenizer_from_json(run.read_tokenizer()).unknown_characters(prompt):
                return run
    if not bundled.path.is_dir():
        raise GPTLabError("There is no trained model yet.", "`gptlab train` makes one.")
    return bundled
