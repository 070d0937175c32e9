"""The texts that have a name: bundled with GPTLab, or to be fetched from a public address."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gptlab_tui.home import Home, data_root


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogEntry:
    """One text of `corpus/catalog.toml`. `sha256` and `size_bytes` are of the file as it is served."""

    name: str
    title: str
    author: str
    language: str
    licence: str
    sha256: str
    size_bytes: int
    url: str = ""
    bundled: bool = False

    def path(self, home: Home) -> Path:
        """Where the text is, or would be once it is fetched."""
        folder = data_root() / "corpus" if self.bundled else home.corpora
        return folder / f"{self.name}.txt"

    def to_json(self) -> dict[str, Any]:
        """The entry as a JSON object."""
        return asdict(self)


@functools.cache
def catalog() -> tuple[CatalogEntry, ...]:
    """Every entry, in the catalogue's order."""
    data = tomllib.loads((data_root() / "corpus" / "catalog.toml").read_text("utf-8"))
    return tuple(CatalogEntry(name=name, **entry) for name, entry in data.items())


def find_entry(name: str) -> CatalogEntry | None:
    """The entry of that name, or None."""
    return next((entry for entry in catalog() if entry.name == name), None)


def installed(home: Home) -> dict[str, Path]:
    """Name -> file of every text that can be used by its name now, the catalogue's first."""
    named = {entry.name: entry.path(home) for entry in catalog()}
    here = {name: path for name, path in named.items() if path.is_file()}
    for path in sorted(home.corpora.glob("*.txt")):
        if path.is_file() and path.stem not in named and not path.name.startswith("."):
            here[path.stem] = path
    return here
