"""What the shell proposes when Tab is pressed: runs, presets, texts, settings. Nothing slow is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gptlab_tui.cli.common import state

#: More entries of a folder than these are no help to anybody.
MOST_FILES = 200


def complete_run(incomplete: str) -> list[str]:
    """Names of runs that begin like this."""
    from gptlab_tui.home import data_root
    from gptlab_tui.runs.layout import BUNDLED, run_paths

    names = {path.name for path in run_paths(state.home)}
    if (data_root() / "checkpoints" / BUNDLED).is_dir():
        names.add(BUNDLED)
    return sorted(name for name in names if name.startswith(incomplete))


def complete_thrown(incomplete: str) -> list[str]:
    """Names of what lies in the trash."""
    from gptlab_tui.runs.edit import in_trash

    return _beginning(set(in_trash(state.home)), incomplete)


def complete_preset(incomplete: str) -> list[str]:
    """Names of presets, ours and the user's own, and files that may be one."""
    from gptlab_tui.home import data_root

    folders = data_root() / "presets", state.home.presets
    names = {path.stem for folder in folders for path in folder.glob("*.toml")}
    return [*_beginning(names, incomplete), *_files(incomplete, (".toml",))]


def complete_corpus(incomplete: str) -> list[str]:
    """Names of texts, here or to be fetched, and files and folders that may hold one."""
    from gptlab_tui.text.catalog import catalog, installed
    from gptlab_tui.text.sources import SUFFIXES

    names = {entry.name for entry in catalog()} | set(installed(state.home))
    return [*_beginning(names, incomplete), *_files(incomplete, SUFFIXES)]


def complete_fetch(incomplete: str) -> list[str]:
    """Names of texts that can be fetched."""
    from gptlab_tui.text.catalog import catalog

    return _beginning({entry.name for entry in catalog() if not entry.bundled}, incomplete)


def complete_setting(incomplete: str) -> list[str]:
    """What `gptlab runs set` can change, each with its `=`."""
    from gptlab_tui.runs.control import SETTINGS

    return _beginning({f"{key}=" for key in SETTINGS}, incomplete)


def _beginning(names: set[str], incomplete: str) -> list[str]:
    return sorted(name for name in names if name.startswith(incomplete))


def _files(incomplete: str, suffixes: tuple[str, ...]) -> list[str]:
    """Files with one of these endings, and folders, whose path begins as it was typed."""
    return sorted(_paths(incomplete, suffixes))[:MOST_FILES]


def _paths(incomplete: str, suffixes: tuple[str, ...]) -> Iterator[str]:
    typed, slash, start = incomplete.rpartition("/")
    try:
        for path in Path(typed + slash or ".").expanduser().iterdir():
            if not path.name.startswith(start) or (path.name.startswith(".") and not start):
                continue
            if path.is_dir():
                yield f"{typed}{slash}{path.name}/"
            elif path.name.lower().endswith(suffixes):
                yield f"{typed}{slash}{path.name}"
    except (OSError, RuntimeError):  # no such folder, or none of ours; nobody of that name has a home
        return
