"""The help, as text: the key table, the present pane's section first; and `docs/keys.md` from the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.cells import cell_len
from textual.content import Content

from gptlab_tui.explain.explanation import Explanation
from gptlab_tui.tui.keys.key import Key
from gptlab_tui.tui.keys.table import SECTIONS, TABLE

#: Cells that a sentence needs beside its key.
_LEAST = 20
_NAMES = {
    "question_mark": "?",
    "colon": ":",
    "slash": "/",
    "comma": ",",
    "full_stop": ".",
    "plus": "+",
    "minus": "-",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "equals_sign": "=",
    "underscore": "_",
    "apostrophe": "'",
    "semicolon": ";",
    "exclamation_mark": "!",
    "number_sign": "#",
    "escape": "esc",
    "pageup": "page up",
    "pagedown": "page down",
}
_ARROWS = {"up": "↑", "down": "↓", "left": "←", "right": "→"}


def name_of(key: str, ascii_only: bool = False) -> str:
    """A key of Textual's as it is printed on the keyboard; in ASCII an arrow is a word: `<` is a key too."""
    *held, last = key.split("+")
    name = _NAMES.get(last, last) if ascii_only else _ARROWS.get(last, _NAMES.get(last, last))
    name = name.upper() if len(name) > 1 and name[0] == "f" and name[1:].isdigit() else name
    return " ".join([*held, name])


def names_of(keys: str, ascii_only: bool = False) -> str:
    """All the keys of an action."""
    return " ".join(name_of(key, ascii_only) for key in keys.split(","))


def hanging(rows: Sequence[tuple[str, str]], width: int, style: str) -> list[Content]:
    """Names, and beside them what is said of each: lines of `width` cells, the column of names kept clear.

    Where there is no room for two columns a sentence stands under its name.
    """
    column = max((cell_len(name) for name, _ in rows), default=0) + 2
    under = width - column < _LEAST
    indent = 2 if under else column
    lines: list[Content] = []
    for name, said in rows:
        shown = Content.styled(name, style)
        told = _wrapped(said, max(1, width - indent))
        if under:
            lines += shown.wrap(max(1, width))
        else:
            lines.append(shown.pad_right(column - cell_len(name)) + told.pop(0))
        lines += [Content(" " * indent) + part for part in told]
    return lines


def _wrapped(said: str, width: int) -> list[Content]:
    if cell_len(said) <= width and "\n" not in said:
        return [Content(said.rstrip())]
    return [part.rstrip() for part in Content(said).wrap(width)]


def help_lines(
    section: str,
    keymap: Mapping[str, str],
    ascii_only: bool,
    width: int,
    table: Mapping[str, tuple[Key, ...]] = TABLE,
) -> list[Content]:
    """Every key with its sentence: those of the present section first, then those of everywhere."""
    parts: list[Content] = []
    order = [section, "app", *(name for name in table if name not in (section, "app"))]
    for name in order:
        keys = table.get(name, ())
        if not keys:
            continue
        if parts:
            parts.append(Content(""))
        parts.append(Content.styled(SECTIONS.get(name, name), "bold $accent"))
        rows = [(names_of(keymap.get(key.id, key.keys), ascii_only), key.help) for key in keys]
        parts += hanging(rows, width, "bold")
    return [
        *parts,
        Content(""),
        Content.styled("Other keys: keymap.toml in the home; see docs/keys.md.", "$muted"),
    ]


def explanation_lines(explanation: Explanation, width: int) -> list[Content]:
    """An explanation as a page."""
    parts = Content(explanation.says).split("\n", allow_blank=True)
    if explanation.formula:
        formula = Content.styled(explanation.formula, "bold $accent")
        parts += [Content(""), *formula.split("\n", allow_blank=True)]
    if explanation.numbers:
        parts += [Content(""), *hanging(explanation.numbers, width, "$muted")]
    if explanation.source:
        parts += [Content(""), Content.styled(explanation.source, "$muted")]
    return parts


def keys_page(table: Mapping[str, tuple[Key, ...]] = TABLE) -> str:
    """`docs/keys.md`."""
    lines = [
        "# Keys of the workbench",
        "",
        "Made from the key table in `gptlab_tui/tui/`; a test holds them equal. The ids are what",
        '`keymap.toml` in the home calls them: a line such as `"app.quit" = "f10"` gives an action other',
        "keys, by Textual's names (`question_mark`, `ctrl+p`), several parted by commas.",
    ]
    for section, keys in table.items():
        lines += [
            "",
            f"## {SECTIONS.get(section, section)}",
            "",
            "| key | what it does | id |",
            "|---|---|---|",
        ]
        for key in keys:
            shown = " ".join(f"`{name_of(one)}`" for one in key.keys.split(","))
            lines.append(f"| {shown} | {key.help} | `{key.id}` |")
    return "\n".join(lines) + "\n"
