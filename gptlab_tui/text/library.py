"""The texts of a home: the catalogue's and the user's own, listed and added to."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gptlab_tui.errors import GPTLabError
from gptlab_tui.home import Home
from gptlab_tui.text.catalog import catalog, find_entry, installed
from gptlab_tui.text.corpus import Corpus
from gptlab_tui.text.files import atomic_file

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Listed:
    """A text that has a name. `path` is where it is, or would be."""

    name: str
    title: str
    author: str
    language: str
    licence: str
    size_bytes: int
    path: str
    origin: str
    """`bundled`, `catalogue` (can be fetched) or `added`."""
    installed: bool

    def to_json(self) -> dict[str, Any]:
        """The facts as a JSON object."""
        return asdict(self)


def list_texts(home: Home) -> list[Listed]:
    """Every text that can be used by its name, now or once it is fetched."""
    here = installed(home)
    named = [
        Listed(
            entry.name,
            entry.title,
            entry.author,
            entry.language,
            entry.licence,
            entry.size_bytes,
            str(entry.path(home)),
            "bundled" if entry.bundled else "catalogue",
            entry.name in here,
        )
        for entry in catalog()
    ]
    known = {entry.name for entry in named}
    return named + [
        Listed(name, "", "", "", "", path.stat().st_size, str(path), "added", True)
        for name, path in here.items()
        if name not in known
    ]


def add_text(corpus: Corpus, home: Home, name: str | None = None, replace: bool = False) -> Path:
    """Keep a corpus in the home under a name, as one UTF-8 file; returns where it lies.

    Raises GPTLabError for a name that cannot be or is taken.
    """
    name = corpus.name if name is None else name
    if not _NAME.fullmatch(name):
        raise GPTLabError(
            f"'{name}' cannot be the name of a text.",
            "Use letters, digits, '-', '_' and '.', at most 64 of them: --name my-text.",
        )
    if find_entry(name) is not None:
        raise GPTLabError(f"'{name}' is a text of the catalogue.", "Choose another name with --name.")
    path = home.corpora / f"{name}.txt"
    if path.exists() and not replace:
        raise GPTLabError(
            f"There is a text '{name}' already.", "Choose another name with --name, or --replace it."
        )
    with atomic_file(path) as file:
        for chunk in corpus.chunks():
            file.write(chunk.encode("utf-8"))
    return path
