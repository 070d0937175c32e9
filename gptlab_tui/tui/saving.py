"""Files that somebody saves from the workbench: never in the place of others."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from itertools import count
from pathlib import Path


def save_new(folder: Path, stem: str, texts: Mapping[str, str]) -> list[Path]:
    """Writes a file for each ending: `stem.svg`, or `stem-2.svg` …, all of them with a name that nobody has.

    Raises OSError where they cannot be written; then none of them is there.
    """
    for number in count(1):
        name = stem if number == 1 else f"{stem}-{number}"
        written: list[Path] = []
        try:
            for ending, text in texts.items():
                path = folder / f"{name}{ending}"
                with path.open("x", encoding="utf-8") as file:  # a link that leads nowhere is a name, too
                    written.append(path)
                    file.write(text)
        except OSError as error:
            for path in written:
                with suppress(OSError):
                    path.unlink()
            if not isinstance(error, FileExistsError):
                raise
        else:
            return written
    raise AssertionError("there is always another number")
