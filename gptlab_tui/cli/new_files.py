"""Files that a verb writes and that must not be there yet: refused before the work, not after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from gptlab_tui.errors import GPTLabError, JobFailed

_TAKEN = "Give another name, or remove it first."


def new_path(path: Path | None) -> Path | None:
    """Where such a file is to be, as an option; raises GPTLabError, or JobFailed without its folder."""
    if path is None:
        return None
    if path.is_dir():
        raise GPTLabError(f"{path} is a folder.", "Name a file in it.")
    if path.exists():
        raise GPTLabError(f"{path} is there already.", _TAKEN)
    if not path.parent.is_dir():
        raise JobFailed(f"There is no folder {path.parent}.", "Make it, or choose another place.")
    return path


@contextmanager
def new_file(path: Path, *, binary: bool = False) -> Iterator[IO[Any]]:
    """Opens it. Raises GPTLabError where it is there by now, JobFailed where it cannot be written."""
    try:
        with path.open("xb") if binary else path.open("x", encoding="utf-8") as file:
            yield file
    except FileExistsError:
        raise GPTLabError(f"{path} is there already.", _TAKEN) from None
    except OSError as error:
        raise JobFailed(f"{path} cannot be written: {error.strerror}.", "Choose another place.") from error
