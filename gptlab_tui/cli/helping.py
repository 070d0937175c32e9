"""How the help of every verb looks: paragraphs that flow, plain words for what an option takes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any, get_args

#: Type of a value -> what stands for it in a help.
WORDS = {int: "N", float: "NUMBER", str: "TEXT"}
EXAMPLES = "Examples:"
#: Rich does not print it. It stands where Typer would take the indentation of all lines away.
KEEP = "\b"


def tree(command: Any) -> Iterator[Any]:
    """A command and all that are under it."""
    yield command
    for child in getattr(command, "commands", {}).values():
        yield from tree(child)


def tidy(command: Any) -> Any:
    """The command, its help made good to read on a screen of any width."""
    command.help = flowing(command.help or "")
    for param in (*command.params, command.get_help_option(command.context_class(command))):
        if param is not None:
            _in_plain_words(param)
    return command


def flowing(text: str) -> str:
    """The text with every paragraph on one line, so that a terminal breaks it once, where it ends.

    The lines under `Examples:` stay, each indented by two, under a heading of their own.
    """
    prose, heading, examples = inspect.cleandoc(text).partition(EXAMPLES)
    paragraphs = [" ".join(part.split()) for part in prose.split("\n\n")]
    if heading:
        lines = [f"  {line.strip()}" for line in examples.splitlines() if line.strip()]
        paragraphs.append("\n".join([heading, KEEP + "\n".join(lines)]))
    return "\n\n".join(part for part in paragraphs if part)


def _in_plain_words(param: Any) -> None:
    """Let a help say N or TEXT for a type, nothing for a switch, and `1 to 9` for a range."""
    option = param.param_type_name == "option"
    if not option:
        if param.metavar is not None and not param.required:  # the usage puts brackets around it
            param.metavar = param.metavar.strip("[]")
        word = ""
    elif param.metavar is not None:
        word = param.metavar
    else:
        word = "" if param.is_flag else _word(param.type_descriptor)
    param.display_type_rich = _always(word)
    low, high = getattr(param, "min", None), getattr(param, "max", None)
    if low is not None or high is not None:
        said = f"up to {high}" if low is None else f"from {low}" if high is None else f"{low} to {high}"
        param._get_number_range_help_str = _always(said)


def _word(kind: Any) -> str:
    if kind.is_choice:
        return "|".join(map(str, kind.choices or ()))
    if kind.is_path:
        return "FILE"
    of = get_args(kind.annotation)[0] if kind.is_list else kind.annotation
    return "N" if kind.is_ranged and of is not float else WORDS.get(of, "VALUE")


def _always(text: str) -> Callable[..., str]:
    def say(ctx: Any = None) -> str:
        return text

    return say
