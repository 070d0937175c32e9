"""Files that a verb writes and that must not be there yet: refused before the work, not after it.

They are there whole or not at all.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from gptlab_tui.errors import GPTLabError, JobFailed
from gptlab_tui.runs.fsops import unlike_any

_TAKEN = "Give another name, or remove it first."


def new_path(path: Path | None) -> Path | None:
    """Where such a file is to be, as an option; raises GPTLabError, or JobFailed without its folder."""
    if path is None:
        return None
    try:
        if path.is_dir():
            raise GPTLabError(f"{path} is a folder.", "Name a file in it.")
        if os.path.lexists(path):
            raise GPTLabError(f"{path} is there already.", _TAKEN)
        if not path.parent.is_dir():
            raise JobFailed(f"There is no folder {path.parent}.", "Make it, or choose another place.")
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or error
        raise GPTLabError(f"No file can be called {str(path)!r}: {said}.", "Give another name.") from error
    return path


def differ(**paths: Path | None) -> None:
    """Raises GPTLabError where two options, by their names, give one file."""
    seen: dict[Path, str] = {}
    for option, path in paths.items():
        other = seen.setdefault(path.resolve(), option) if path is not None else option
        if other != option:
            raise GPTLabError(f"--{other} and --{option} both name {path}.", "Name two files.")


@contextmanager
def new_place(path: Path) -> Iterator[Path]:
    """A hidden name beside it to write to; when the block ends well the file gets its own name.

    Else (also on Ctrl-C) it is removed, so that no half of a file stands in the way of another try.
    Raises GPTLabError where `path` is there by now, JobFailed where the disk refuses.
    """
    temporary = path.with_name(f".{path.name[:64]}.{unlike_any()}.tmp")
    try:
        yield temporary
        if os.path.lexists(path):
            raise GPTLabError(f"{path} is there already.", _TAKEN)
        temporary.rename(path)
    except OSError as error:
        raise JobFailed(f"{path} cannot be written: {error.strerror}.", "Choose another place.") from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextmanager
def new_file(path: Path, *, binary: bool = False) -> Iterator[IO[Any]]:
    """The same, opened; raises what `new_place` raises."""
    with (
        new_place(path) as temporary,
        temporary.open("xb") if binary else temporary.open("x", encoding="utf-8") as file,
    ):
        yield file
