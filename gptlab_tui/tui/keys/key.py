"""The one table of keys: what is dispatched, the footer, the help and `docs/keys.md` all come from it.

Every key has an id, so that a user's `keymap.toml` can give it another one, and every action has at
least one key that tmux, screen and terminals inside a browser or an editor leave alone: letters,
digits, F-keys, arrows, enter, escape, tab, space, and the like.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gptlab_tui.errors import GPTLabError
from gptlab_tui.runs.fsops import read_bytes

#: A longer file is no keymap.
_LIMIT_BYTES = 1 << 16
#: Keys that nobody between us and the user takes away.
_SAFE = re.compile(
    r"[a-zA-Z0-9]|f([1-9]|1[0-2])|up|down|left|right|home|end|pageup|pagedown|enter|escape|tab|space|"
    r"shift\+tab|backspace|delete|slash|comma|full_stop|question_mark|plus|minus|less_than_sign|"
    r"greater_than_sign|left_square_bracket|right_square_bracket|colon|equals_sign|underscore|"
    r"left_curly_bracket|right_curly_bracket|apostrophe|semicolon|exclamation_mark|number_sign"
)


@dataclass(frozen=True, slots=True)
class Key:
    """What one key does."""

    id: str
    """`section.name`: what a keymap file calls it."""
    keys: str
    """Textual's names, several parted by commas; the first is the one that is shown."""
    action: str
    """Textual's action, such as `pane('train')`."""
    label: str
    """One or two words, for the footer."""
    help: str
    """A sentence, for the help."""
    shown: bool = field(default=True, kw_only=True)
    """Whether the footer has it."""

    @property
    def section(self) -> str:
        """Which part of the workbench it belongs to."""
        return self.id.partition(".")[0]

    @property
    def is_safe(self) -> bool:
        """Whether one of its keys reaches us from everywhere."""
        return any(_SAFE.fullmatch(key) for key in self.keys.split(","))


@dataclass(frozen=True, slots=True)
class Hint:
    """What the line of keys says at a place of a pane: the keys that matter there, and what they do."""

    keys: str
    """Ids of the table, parted by spaces; a key by Textual's name where what has the focus takes it."""
    label: str


Hints = Mapping[str, tuple[Hint, ...]]
"""Place of a pane (`Pane.place`) -> what matters there, the first things first."""


def check_table(table: Mapping[str, tuple[Key, ...]]) -> list[str]:
    """What is wrong with a table: ids twice, keys twice in a section, keys that do not reach us."""
    problems = []
    ids = [key.id for keys in table.values() for key in keys]
    problems += [f"{one} stands twice" for one in sorted({one for one in ids if ids.count(one) > 1})]
    for section, keys in table.items():
        taken: dict[str, str] = {}
        for key in keys:
            if key.section != section:
                problems.append(f"{key.id} stands in {section}")
            if not key.is_safe:
                problems.append(f"{key.id} has no key that reaches us from everywhere")
            for one in key.keys.split(","):
                if one in taken:
                    problems.append(f"{one} is {taken[one]} and {key.id}")
                taken[one] = key.id
    return problems


def read_keymap(path: Path, known: frozenset[str]) -> dict[str, str]:
    """A user's `keymap.toml`: id = "key,key". No file is no changes.

    Raises GPTLabError with every mistake at once.
    """
    try:
        flat = _flatten(tomllib.loads(read_bytes(path.resolve(), _LIMIT_BYTES).decode()))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise GPTLabError(
            f"{path} cannot be read: {error.strerror}.", "It changes keys; without it they are as they come."
        ) from None
    except ValueError as error:
        raise GPTLabError(
            f"{path} cannot be read: {error}.", 'A line of it is like "train.pause" = "p".'
        ) from None
    except RecursionError:
        raise GPTLabError(
            f"{path} is nested too deeply.", 'A line of it is like "train.pause" = "p".'
        ) from None
    wrong = [f"{key}: there is no such key" for key in flat if key not in known]
    named = {key: value for key, value in flat.items() if key in known}
    wrong += [f"{key}: {value!r} is not a key" for key, value in named.items() if not _is_keys(value)]
    if wrong:
        raise GPTLabError(
            f"{path}:\n  " + "\n  ".join(wrong), "The workbench's help (?) lists the ids; docs/keys.md too."
        )
    return {key: str(value) for key, value in flat.items()}


def _is_keys(value: object) -> bool:
    """Whether these are keys by the names that Textual gives them, parted by commas."""
    return isinstance(value, str) and all(_is_key(one.strip()) for one in value.split(","))


def _is_key(name: str) -> bool:
    from textual.keys import KEY_NAME_REPLACEMENTS, Keys

    *modifiers, last = name.split("+") if len(name) > 1 else [name]
    if not set(modifiers) <= {"ctrl", "shift", "alt", "super", "hyper", "meta"}:
        return False
    if len(last) == 1 or last in {key.value for key in Keys} | set(KEY_NAME_REPLACEMENTS.values()):
        return last.isprintable() and not last.isspace()
    try:
        return " " not in last and bool(unicodedata.lookup(last.replace("_", " ")))
    except KeyError:
        return False


def _flatten(values: Mapping[str, object], before: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            flat.update(_flatten(value, f"{before}{key}."))
        else:
            flat[f"{before}{key}"] = value
    return flat
