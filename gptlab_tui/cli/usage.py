"""What a command line that could not be parsed may have meant: one hint, in words that can be typed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from typing import Any

#: What people call settings that have another name here.
ALSO_CALLED = {
    "lr": "learning_rate",
    "iters": "max_iters",
    "steps": "max_iters",
    "layers": "n_layer",
    "heads": "n_head",
}
_EXTRA = re.compile(r"Got unexpected extra argument\(s\) \((.*)\)")


def hint_for(error: Any, arguments: Sequence[str]) -> str:
    """What was probably meant; "" where that is not known. `error` is what Typer raised."""
    context = getattr(error, "ctx", None)
    if context is None:
        return ""
    options = {option for param in context.command.params for option in param.opts}
    extra = _EXTRA.match(error.format_message())
    if extra and "--corpus" in options:
        return _instead_of(extra[1], options)
    name = getattr(error, "option_name", "")
    if name.startswith("--") and "--override" in options and type(error).__name__ == "NoSuchOption":
        return _setting(name.removeprefix("--").replace("-", "_"), _value_of(name, arguments))
    return ""


def _instead_of(extra: str, options: set[str]) -> str:
    """An argument where there are only options: most likely a text, or the name of a preset."""
    from gptlab_tui.cli.complete import complete_preset

    word = extra.partition(" ")[0]
    preset = "--preset" in options and (word.endswith(".toml") or word in complete_preset(word))
    return (
        f"Did you mean `{'--preset' if preset else '--corpus'} {shlex.quote(extra if not preset else word)}`?"
    )


def _setting(name: str, value: str) -> str:
    """The keys of the configuration that end like an option that there is not."""
    from gptlab_tui.validation import SECTIONS

    name = ALSO_CALLED.get(name, name)
    keys = [(section, key) for section, model in SECTIONS.items() for key in model.model_fields]
    exact = [place for place in keys if place[1] == name]
    ending = [place for place in keys if place[1].rstrip("s").endswith("_" + name.rstrip("s"))]
    written = [f"`-o {section}.{key}={value}`" for section, key in exact or ending]
    return f"Did you mean {' or '.join(written[:3])}?" if written else ""


def _value_of(option: str, arguments: Sequence[str]) -> str:
    """What was given with an option, or `VALUE`."""
    for at, argument in enumerate(arguments):
        if argument.startswith(option + "="):
            return argument.partition("=")[2]
        if argument == option and at + 1 < len(arguments) and not arguments[at + 1].startswith("--"):
            return shlex.quote(arguments[at + 1])
    return "VALUE"
