"""Writing a file so that it is there whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from gptlab_tui.errors import JobFailed, is_full


@contextmanager
def atomic_file(path: Path) -> Iterator[BinaryIO]:
    """A new binary file that takes the place of `path` when the block ends well.

    Until then it has a hidden name beside it; when the block raises (also on Ctrl-C) it is removed
    and `path` is as it was. Raises JobFailed where the disk refuses.
    """
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:64]}.", suffix=".tmp", dir=path.parent)
        temporary = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
        temporary = None
    except OSError as error:
        raise JobFailed(f"{path} could not be written: {error.strerror or error}.", _hint(error)) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _hint(error: OSError) -> str:
    """What may help against what the disk said."""
    if isinstance(error, IsADirectoryError):
        return "A folder stands in its place: remove it."
    if is_full(error):
        return "Free some space or choose another home with --home (or GPTLAB_HOME)."
    return "Choose another home with --home (or GPTLAB_HOME)."
