"""Presets: `*.toml` files that say only what differs from the defaults -> a validated `Config`.

A preset is one of ours (by name), one of the user's own (a file in the home's `presets/`, by
name) or any file (by path). Every mistake in a file and in the overrides is reported at once:
where it stands, the key, the value, and what is allowed.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gptlab_tui.config import Config
from gptlab_tui.errors import GPTLabError
from gptlab_tui.home import Home, data_root, find_home
from gptlab_tui.validation import SECTIONS, toml_value, unknown_key, validate

MAX_BYTES = 64 * 1024
"""A larger file is not a preset."""

_LISTS_ALL = "`gptlab presets` lists all."


@dataclass(frozen=True, slots=True)
class Preset:
    """A preset that was found: its configuration, or the problem that it has."""

    name: str
    path: Path
    own: bool
    """The user's, not one that comes with GPTLab."""
    config: Config | None
    problem: str = ""


def list_presets(home: Home | None = None) -> list[Preset]:
    """All presets that have a name, ours and the user's own; a broken one says what is wrong."""
    presets = []
    for name, path in sorted(_named(home or find_home()).items()):
        own = path.parent != data_root() / "presets"
        try:
            presets.append(Preset(name, path, own, load_preset(path)))
        except GPTLabError as error:
            presets.append(Preset(name, path, own, None, error.message))
    return presets


def load_preset(name_or_path: str | Path, overrides: Sequence[str] = (), home: Home | None = None) -> Config:
    """The configuration that a preset stands for, after overrides like "train.max_iters=500".

    Raises GPTLabError with every mistake of the file and of the overrides.
    """
    path = find_preset(name_or_path, home)
    raw = _read(path)
    problems = []
    if "preset" in raw:  # a field of Config that says where it came from
        problems.append(f"{path}: {unknown_key((), 'preset')}")
        raw.pop("preset")
    return validate(raw | {"preset": path.stem}, overrides, str(path), problems)


def apply_overrides(config: Config, overrides: Sequence[str]) -> Config:
    """The configuration after overrides like "model.n_layer=6"; GPTLabError with every mistake."""
    return validate(config.model_dump(mode="json"), overrides, "the configuration", [])


def find_preset(name_or_path: str | Path, home: Home | None = None) -> Path:
    """The file of a preset. Raises GPTLabError, with the nearest name, where there is none."""
    asked = str(name_or_path)
    if isinstance(name_or_path, Path) or "/" in asked or asked.endswith(".toml"):
        path = Path(asked).expanduser()
        if path.suffix.lower() in (".txt", ".text", ".md") and path.is_file():
            raise _no_preset(asked)
        return path
    named = _named(home or find_home())
    if asked not in named and Path(asked).is_file():
        raise _no_preset(asked)
    if asked not in named:
        nearest = difflib.get_close_matches(asked, named, n=1, cutoff=0.4)
        raise GPTLabError(
            f"There is no preset {asked!r}.",
            (f"The nearest is {nearest[0]!r}; " if nearest else "") + _LISTS_ALL,
        )
    return named[asked]


def _no_preset(asked: str) -> GPTLabError:
    """A file in the place of a preset, most likely a text."""
    return GPTLabError(
        f"{asked} is no preset.", f"A preset's file ends in .toml; for a text use --corpus {asked}."
    )


def _named(home: Home) -> dict[str, Path]:
    """Name -> file. One of the user's own stands before one of ours of the same name."""
    folders = (data_root() / "presets", home.presets)
    return {path.stem: path for folder in folders for path in sorted(folder.glob("*.toml"))}


def _read(path: Path) -> dict[str, Any]:
    """The file's tables; GPTLabError where it cannot be read or is no TOML."""
    try:
        if not path.is_file():
            raise GPTLabError(f"There is no preset file {path}.", _LISTS_ALL)
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise GPTLabError(f"{path} cannot be read: {error.strerror}.") from error
    if len(data) > MAX_BYTES:
        raise GPTLabError(f"{path} is larger than {MAX_BYTES // 1024} KiB, so it is no preset.")
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise GPTLabError(f"{path} is not UTF-8 (at byte {error.start}).") from error
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise GPTLabError(f"{path} is not valid TOML: {error}.", _line_of(text, str(error))) from error
    except RecursionError as error:
        raise GPTLabError(f"{path} is nested too deeply to be a preset.") from error


def _line_of(text: str, problem: str) -> str:
    """The line that a problem "… (at line 3, column 5)" names, as a hint."""
    place = re.search(r"at line (\d+)", problem)
    lines = text.split("\n")
    if place is None or int(place[1]) > len(lines):
        return ""
    return f"Line {place[1]} reads: {lines[int(place[1]) - 1].strip()[:100]}"


def to_toml(config: Config) -> str:
    """A preset file of the configuration: what differs from the defaults, the rest as comments."""
    lines = [f"{key} = {toml_value(getattr(config, key))}" for key in ("about", "expected")]
    for name, model in SECTIONS.items():
        lines += ["", f"[{name}]"]
        defaults, section = model(), getattr(config, name)
        for key in model.model_fields:
            value, default = getattr(section, key), getattr(defaults, key)
            if value is None:  # TOML has no word for it
                lines.append(f"# {key}: none, unless it is given")
            else:
                lines.append(f"{'# ' * (value == default)}{key} = {toml_value(value)}")
    return "\n".join(lines) + "\n"
