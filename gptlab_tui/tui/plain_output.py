"""A terminal whose encoding lacks what we draw gets something as wide in its place, never an escape.

In a locale without UTF-8 an accent falls off its letter, frames become `+-|`, and what has no likeness
becomes a question mark for each cell that it would have taken.
"""

from __future__ import annotations

import codecs
import unicodedata
from typing import IO

from rich.cells import cell_len

NAME = "gptlab-plain"

_LIKENESS = {
    **dict.fromkeys("─━═╌┄┈╴╶▔▁‾–—", "-"),
    **dict.fromkeys("│┃║╎┆┊▏▕▎▊▌▐", "|"),
    **dict.fromkeys("╭╮╰╯┌┐└┘├┤┬┴┼╔╗╚╝╠╣╦╩╬╞╡╪", "+"),
    **dict.fromkeys("█▉▇▆■▀▄", "#"),
    **dict.fromkeys("▓▒▅", "*"),
    **dict.fromkeys("░▃▂", ":"),
    **dict.fromkeys("•·∙◦", "."),
    **dict.fromkeys("●◉", "*"),
    **dict.fromkeys("○◌", "o"),
    "…": ".",
    "↑": "^",
    "↓": "v",
    "←": "<",
    "→": ">",
    "▶": ">",
    "◀": "<",
    "▲": "^",
    "▼": "v",
    "‖": "=",
    "✓": "+",
    "✗": "x",
    "×": "x",
    "−": "-",
    "“": '"',
    "”": '"',
    "„": '"',
    "‘": "'",
    "’": "'",
    "⏎": "$",
    "␣": "_",
}


def likeness(character: str) -> str:
    """ASCII that takes as many cells as the character."""
    if character in _LIKENESS:
        return _LIKENESS[character]
    folded = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    width = cell_len(character)
    return folded if len(folded) == width else "?" * width


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(likeness, error.object[error.start : error.end])), error.end


def draw_plainly(stream: IO[str]) -> None:
    """What the stream's encoding lacks is replaced from now on."""
    codecs.register_error(NAME, _replace)
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors=NAME)
