"""Where things are: what comes with GPTLab, and the user's runs, texts and caches.

A source checkout is its own home, so a student finds everything in one folder; an installed wheel
keeps its home in the platform's data directory. `--home` and `GPTLAB_HOME` override both.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def checkout() -> Path | None:
    """The root of the source checkout that this package runs from, or None in an installed wheel."""
    root = _PACKAGE.parent
    return root if (root / "pyproject.toml").is_file() and (root / "presets").is_dir() else None


def data_root() -> Path:
    """The folder that holds what GPTLab ships: `corpus/`, `presets/`, `checkpoints/`."""
    return checkout() or _PACKAGE / "_data"


def standing(otherwise: Path = Path("/")) -> Path:
    """The folder that this process stands in; `otherwise` where somebody has removed it meanwhile."""
    try:
        return Path.cwd()
    except OSError:
        return otherwise


@dataclass(frozen=True, slots=True)
class Home:
    """The folders of one user. Nothing is created until somebody writes there."""

    root: Path

    @property
    def runs(self) -> Path:
        """Run directories, one each."""
        return self.root / "checkpoints"

    @property
    def corpora(self) -> Path:
        """Texts that were fetched or added."""
        return self.root / "corpus"

    @property
    def presets(self) -> Path:
        """Presets of the user's own."""
        return self.root / "presets"

    @property
    def cache(self) -> Path:
        """What can be computed again: token files, indexes."""
        return self.runs / ".cache"

    @property
    def trash(self) -> Path:
        """Runs that were deleted; on the same file system, so that deleting is a rename."""
        return self.runs / ".trash"


def find_home(override: str | os.PathLike[str] | None = None) -> Home:
    """The home in force: `override`, `GPTLAB_HOME`, the checkout, or the platform's data directory."""
    chosen = override or os.environ.get("GPTLAB_HOME")
    if chosen:
        return Home(Path(chosen).expanduser().absolute())
    root = checkout()
    if root is not None:
        return Home(root)
    from platformdirs import user_data_path

    return Home(user_data_path("gptlab", appauthor=False))
