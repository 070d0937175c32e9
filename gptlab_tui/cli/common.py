"""What every verb needs at the door: the home, one way to print JSON, a console, and errors.

Imports little beyond the standard library; Rich and the home come when they are asked for.
"""

from __future__ import annotations

import json
import math
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from gptlab_tui.errors import GPTLabError
from gptlab_tui.render.display import display

if TYPE_CHECKING:
    from rich.console import Console

    from gptlab_tui.home import Home
    from gptlab_tui.text.protocol import Tokenizer, Unknown

#: So many of the characters that a model lacks are named.
_FEW = 20
_SURROGATE = re.compile("[\ud800-\udfff]")

#: Columns of a table that does not go to a terminal: nothing is folded for want of room.
PIPE_COLUMNS = 250


class State:
    """What the command line said to all verbs. One object, `state`, for the life of the process."""

    def __init__(self) -> None:
        self.home_override: str | None = None
        self.json = False

    def begin(self, arguments: Sequence[str]) -> None:
        """Forget the last command line and look ahead at this one.

        Whether errors are wanted as JSON must be known before the arguments are parsed, because
        parsing them may be what fails; so `--json` is looked for here.
        """
        self.home_override = None
        options = arguments[: arguments.index("--")] if "--" in arguments else arguments
        self.json = "--json" in options

    @property
    def home(self) -> Home:
        """The home in force: `--home`, GPTLAB_HOME, the checkout, or the platform's folder.

        Raises GPTLabError where a file stands in its place, or in its way.
        """
        from gptlab_tui.home import find_home

        home = find_home(self.home_override)
        there = next(place for place in (home.root, *home.root.parents) if os.path.lexists(place))
        if there.is_file():
            raise GPTLabError(
                f"The home cannot be {home.root}: {'that' if there == home.root else there} is a file.",
                "Name a folder with --home, or with GPTLAB_HOME.",
            )
        return home


state = State()


def is_terminal(stream: IO[str] | None = None) -> bool:
    """Whether a stream (by default standard output) is a terminal."""
    stream = sys.stdout if stream is None else stream
    try:
        return stream.isatty()
    except (AttributeError, ValueError):  # no stream, or a closed one
        return False


def shown(text: str, *, multiline: bool = False, stream: IO[str] | None = None) -> str:
    """Text that we did not write, made safe where the stream is a terminal, else as it is."""
    return display(text, multiline=multiline) if is_terminal(stream) else text


def piped_text(what: str) -> str:
    """Standard input as text, less its last line break; raises GPTLabError where it is not UTF-8."""
    try:
        text = sys.stdin.buffer.read().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise GPTLabError(
            f"The {what} on standard input is not UTF-8 (at byte {error.start}).",
            "Convert it first, for example with iconv.",
        ) from error
    return text[:-1] if text.endswith("\n") and len(text) > 1 else text


def console(stream: IO[str] | None = None) -> Console:
    """A Rich console on a stream (by default standard output) that reads no markup in texts."""
    from rich.console import Console

    stream = sys.stdout if stream is None else stream
    width = None if is_terminal(stream) or "COLUMNS" in os.environ else PIPE_COLUMNS
    return Console(file=stream, width=width, markup=False, emoji=False, highlight=False)


def emit_json(value: Any, stream: IO[str] | None = None) -> None:
    """Write one JSON value as one line, at once. What is not a finite number becomes null.

    Characters are written as themselves where the stream can carry them; a lone surrogate (from a
    file name that is not UTF-8) as its escape, and so is everything but ASCII where a
    terminal would obey something in the text.
    """
    stream = sys.stdout if stream is None else stream
    unicode = (getattr(stream, "encoding", None) or "utf-8").lower().replace("-", "") == "utf8"
    text = json.dumps(_finite(value), ensure_ascii=not unicode, allow_nan=False)
    if is_terminal(stream) and display(text) != text:  # C1 and bidi controls, which JSON leaves alone
        text = json.dumps(_finite(value), allow_nan=False)
    stream.write(_SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text) + "\n")
    stream.flush()


def _finite(value: Any) -> Any:
    """The value with null in place of every NaN and infinity."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value


def warn(message: str, hint: str = "") -> None:
    """One sentence on standard error that does not stop anything; an object with `--json`."""
    if state.json:
        emit_json({"warning": message, "hint": hint}, sys.stderr)
    else:
        _say("warning", message, hint)


def report(message: str, hint: str, exit_code: int) -> None:
    """An error on standard error: one sentence and what to do; an object with `--json`."""
    if state.json:
        emit_json({"error": message, "hint": hint, "exit_code": exit_code}, sys.stderr)
    else:
        _say("error", message, hint)


def _say(kind: str, message: str, hint: str) -> None:
    colour = "31" if kind == "error" else "33"
    if is_terminal(sys.stderr) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb":
        kind = f"\x1b[1;{colour}m{kind}\x1b[0m"
    lines = [f"{kind}: {shown(message, multiline=True, stream=sys.stderr)}"]
    if hint:
        lines.append(f"  {shown(hint, multiline=True, stream=sys.stderr)}")
    sys.stderr.write("\n".join(lines) + "\n")
    sys.stderr.flush()


def usable_streams() -> None:
    """Let neither a closed stream nor a character that its encoding lacks stop the program."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115 (for the process's life)
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def discard_output() -> None:
    """Let what is left in the buffer go nowhere, or the interpreter's last flush fails again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def few(characters: Sequence[str]) -> str:
    """The first of many characters, quoted, and whether there are more."""
    return _few([repr(character) for character in characters])


def _few(told: Sequence[str]) -> str:
    return ", ".join(told[:_FEW]) + ", …" * (len(told) > _FEW)


def say_unknown(tokenizer: Tokenizer, text: str, unknown: Unknown, what: str = "prompt") -> None:
    """On standard error: what became of the characters of a text that the model lacks."""
    lacking = [character for character, _ in tokenizer.unknown_characters(text)]
    if not lacking:
        return
    if unknown == "skip":
        warn(f"The model lacks characters of the {what}; left out: {few(lacking)}.")
        return
    written = {one: tokenizer.decode(tokenizer.encode(one, unknown)) for one in lacking}
    pairs = _few([f"{one!r} -> {substitute!r}" for one, substitute in written.items()])
    warn(f"The model lacks characters of the {what}; replaced: {pairs}.")
