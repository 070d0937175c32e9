"""Which files a corpus is made of: names of the catalogue, added texts, files and folders."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gptlab_tui.errors import GPTLabError
from gptlab_tui.home import Home
from gptlab_tui.text.catalog import CatalogEntry, catalog, find_entry, installed

SUFFIXES = (".txt", ".text", ".md")
"""What a file of a folder must end in to be taken as a text."""

Fetch = Callable[[CatalogEntry], None]
"""Brings a text of the catalogue to its place; raises where it cannot."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file of a corpus, as it was when the corpus was opened."""

    name: str
    path: Path
    size_bytes: int
    modified_ns: int = 0


def find_paths(asked: str, home: Home, fetch: Fetch | None) -> tuple[str, list[Path]]:
    """The short name of a corpus and its files, for one word of `--corpus`.

    A name of the catalogue or of an added text comes before a file of the same name; `./contos`
    means the file. Raises GPTLabError where there is nothing of the kind.
    """
    if not asked.strip():
        raise GPTLabError(
            "An empty name is no corpus.", "Name one (`gptlab corpus list`), a file or a folder."
        )
    known = installed(home)
    if asked in known:
        return asked, [known[asked]]
    entry = find_entry(asked)
    if entry is not None:
        if fetch is None:
            raise GPTLabError(
                f"The text '{entry.name}' has not been fetched yet.",
                f"Fetch it ({entry.size_bytes / 1e6:.1f} MB): gptlab corpus fetch {entry.name}.",
            )
        fetch(entry)
        return entry.name, [entry.path(home)]
    path = Path(asked).expanduser()
    if os.path.lexists(path):
        return (path.name or path.absolute().name, _texts_of(path)) if path.is_dir() else (path.stem, [path])
    raise _unknown(asked, known)


def stat_source(path: Path) -> Source:
    """The file with its size and time; raises GPTLabError where the system does not give them."""
    try:
        stat = path.stat()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise GPTLabError(
            f"{path} cannot be read: {reason}.", "Check the path and its permissions."
        ) from error
    return Source(path.name, path.absolute(), stat.st_size, stat.st_mtime_ns)


def _texts_of(folder: Path) -> list[Path]:
    """The texts of a folder and of the folders in it, sorted by path; hidden ones are left out."""
    refused: list[OSError] = []
    found = []
    for place, folders, names in os.walk(folder, onerror=refused.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        texts = [name for name in names if name.lower().endswith(SUFFIXES) and not name.startswith(".")]
        found += [Path(place, name) for name in texts]
    if refused:
        raise GPTLabError(
            f"The folder {refused[0].filename} cannot be read: {(refused[0].strerror or '').lower()}.",
            "Check its permissions.",
        )
    if not found:
        raise GPTLabError(
            f"The folder {folder} holds no text.", f"Texts of a folder end in {', '.join(SUFFIXES)}."
        )
    return sorted(found)


def _unknown(asked: str, known: dict[str, Path]) -> GPTLabError:
    names = sorted({*known, *(entry.name for entry in catalog())})
    near = difflib.get_close_matches(asked, names, n=1)
    hint = f"Did you mean '{near[0]}'? " if near else ""
    return GPTLabError(
        f"There is no corpus, file or folder '{asked}'.", f"{hint}Names: {', '.join(names)}; or give a path."
    )
