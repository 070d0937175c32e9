"""The front door `gptlab`: its table of verbs, and `main`, which says what went wrong and leaves.

A verb's file is imported when the verb is called, so that `gptlab --help` costs no more than a
bare Typer application.
"""

from __future__ import annotations

import importlib
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from gptlab_tui.cli.common import discard_output, is_terminal, report, state, usable_streams, warn
from gptlab_tui.cli.helping import tidy, tree
from gptlab_tui.errors import GPTLabError, is_full

#: Verb -> (its file in this room, what `gptlab --help` says of it), in the order of the work.
#: Each file has `app`, a Typer application of one command (the verb itself) or of several;
#: `--home` is added to each. Every help ends in `Examples:`, lines that can be pasted.
VERBS = {
    "corpus": ("corpus", "Texts: list, statistics, fetch, add, training examples."),
    "tokens": ("tokens", "Cut a text into tokens: the pieces, their ids and their bytes."),
    "model": ("model", "Show a model's tree and shapes, its parameters by part, its arithmetic and memory."),
    "presets": ("presets", "Configurations that come with GPTLab, and your own."),
    "train": ("train", "Train a model on a text."),
    "runs": ("runs", "Trained and training models: list, show, steer, compare."),
    "eval": (
        "evaluate",
        "Score a trained model: nats per token, and bits per byte, which compares all models.",
    ),
    "sample": ("sample", "Write text with a trained model: a prompt goes in, its continuation comes out."),
    "inspect": (
        "inspect",
        "Look inside a trained model: what it says next and why, what it learned, and when.",
    ),
    "tui": ("tui", "Open the workbench: texts, trainings, writing, attention and runs on one screen."),
    "watch": ("watch", "Watch a training in the workbench; several people can watch the same one."),
}


class Door(TyperCommand):
    """A verb before it is called: a name and a line of help."""

    def __init__(self, name: str, module: str, line: str) -> None:
        super().__init__(name, help=line)
        self.module = module

    def open(self, shared: Sequence[Any]) -> Any:
        """The verb's command, with the options that every verb shares."""
        app = importlib.import_module(f"gptlab_tui.cli.{self.module}").app
        app.rich_markup_mode = "rich"
        app._add_completion = False
        command = typer.main.get_command(app)
        command.name = self.name
        for each in tree(command):
            each.params.extend(shared)
            tidy(each)
        return command


class FrontDoor(TyperGroup):
    """The group of all verbs; a verb's file is imported when the verb is called."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for name, (module, line) in VERBS.items():
            self.add_command(Door(name, module, line))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Open the door that the arguments name."""
        name, command, rest = super().resolve_command(ctx, args)
        if isinstance(command, Door):
            command = command.open([option for option in self.params if option.name == "home"])
        return name, command, rest


app = typer.Typer(cls=FrontDoor, rich_markup_mode="rich", pretty_exceptions_enable=False)


def _set_home(value: str | None) -> None:
    if value is not None:
        state.home_override = value


def _print_version(value: bool) -> None:
    if value:
        from gptlab_tui import __version__

        typer.echo(f"gptlab {__version__}")
        raise typer.Exit


@app.callback()
def front(
    home: Annotated[
        str | None,
        typer.Option(
            "--home",
            metavar="FOLDER",
            callback=_set_home,
            expose_value=False,
            help="Where runs and texts are kept (also the variable GPTLAB_HOME).",
        ),
    ] = None,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_version,
            expose_value=False,
            is_eager=True,
            help="Show the version and leave.",
        ),
    ] = False,
) -> None:
    """A workbench for small GPT language models: look at a text, train on it, write with it.

    Examples:
      gptlab sample "A figura é poética"   # write, even before any training
      gptlab train                         # train on the GPU, or without one
      gptlab tui                           # the workbench; also `gptlab` alone
      gptlab runs list                     # what was trained so far
      gptlab train --help                  # what a verb can do
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line (by default the process's own) and give its exit status.

    0: done. 2: a wrong request. 1: a failed job. 130 and 143: interrupted (SIGINT, SIGTERM).
    A traceback is a bug of ours.
    """
    if arguments is None:
        arguments = sys.argv[1:]
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what must be undone is
    state.begin(arguments)
    usable_streams()
    try:
        Path.cwd()
    except OSError:  # libraries say something else then
        report("The folder that you are in is gone.", "Go to another one, such as with `cd`.", 2)
        return 2
    try:
        status = run(arguments or (["tui"] if is_terminal(sys.stdin) and is_terminal() else ["--help"]))
        sys.stdout.flush()
    except KeyboardInterrupt:
        status = 130
    except OSError as error:  # mostly standard output: a full disk, a reader that has gone
        discard_output()
        if not isinstance(error, BrokenPipeError):
            place = f" ({error.filename})" if error.filename else ""
            hint = "Free some space there, or write elsewhere." if is_full(error) else ""
            report(f"The system refused: {error.strerror or error}{place}.", hint, 1)
        status = 1
    return status


def run(arguments: Sequence[str]) -> int:
    """Parse and do what the arguments ask; the exit status, after what went wrong is reported."""
    try:
        if list(arguments) == ["tui"]:  # nothing to parse, and Typer's parsing takes a third of a second
            from gptlab_tui.cli.workbench import open_workbench

            return open_workbench()
        command = tidy(typer.main.get_command(app))
        status = command.main(list(arguments), prog_name="gptlab", standalone_mode=False)
    except GPTLabError as error:
        say_missing_home()
        report(error.message, error.hint, error.exit_code)
        return error.exit_code
    except typer.TyperException as error:
        return wrong_usage(error, arguments)
    except typer.Abort as abort:
        if isinstance(abort.__cause__, EOFError):  # Typer's word for any file that ends too early
            raise abort.__cause__ from None
        return 130
    say_missing_home()
    return status if isinstance(status, int) else 0


def say_missing_home() -> None:
    """Warn of a `--home` that nothing was found in, nor made: most likely it is misspelt."""
    with suppress(GPTLabError):  # a file in its place, of which whoever needed a home has told
        if state.home_override and not state.home.root.exists():
            warn(
                f"The home {state.home.root} does not exist yet.", "What is trained or added there makes it."
            )


def wrong_usage(error: typer.TyperException, arguments: Sequence[str]) -> int:
    """Report what Typer could not parse in the words of our own errors; the exit status."""
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "gptlab"
    message = error.format_message().replace("Value error, ", "")  # how pydantic begins them
    if message:  # a group without a command has shown its help instead
        from gptlab_tui.cli.usage import hint_for

        hint = f"{hint_for(error, arguments)} `{path} --help` says what it takes.".lstrip()
        report(message.removesuffix(".") + ".", hint, error.exit_code)
    return error.exit_code
