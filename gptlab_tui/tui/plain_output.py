"""A terminal that lacks what we draw gets something as wide in its place, never an escape.

In the ASCII tier every sign that we or Textual draw becomes its likeness (`+-|` a frame, `~` what is
cut), while the letters of a text stay. Where the encoding lacks those as well, an accent falls off its
letter, and what has no likeness becomes a question mark for each cell that it would have taken.
"""

from __future__ import annotations

import codecs
import unicodedata
from typing import IO

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

NAME = "gptlab-plain"

#: Of one cell for one cell, of two for two: nothing moves.
_LIKENESS = {
    **dict.fromkeys(map(chr, range(0x2500, 0x2580)), "+"),  # corners and crossings of frames
    **dict.fromkeys(map(chr, range(0x2580, 0x25A0)), "#"),  # blocks
    **dict.fromkeys(map(chr, range(0x2400, 0x2422)), "?"),  # what stands for controls
    **dict.fromkeys("─━═╌┄┈╴╶▔▁‾–—", "-"),
    **dict.fromkeys("│┃║╎┆┊▏▕▎▊▌▐", "|"),
    **dict.fromkeys("■□", "#"),
    **dict.fromkeys("▓▒▅", "*"),
    **dict.fromkeys("░▃▂", ":"),
    **dict.fromkeys("•∙◦", "."),
    **dict.fromkeys("●◉◆", "*"),
    **dict.fromkeys("○◌◇°", "o"),
    **dict.fromkeys("↑▲△▴", "^"),
    **dict.fromkeys("↓▼▾", "v"),
    **dict.fromkeys("←◀‹", "<"),
    **dict.fromkeys("→▶▸›␉", ">"),
    **dict.fromkeys("…±∞", "~"),
    **dict.fromkeys("⏎↵␊", "\\"),
    "·": "-",
    "‖": "=",
    "✓": "+",
    "✚": "+",
    "✗": "x",
    "×": "x",
    "−": "-",
    **dict.fromkeys("“”„«»", '"'),
    **dict.fromkeys("‘’", "'"),
    "₂": "2",
    "¡": "!",
    "¿": "?",
    "§": "S",
    "�": "?",
    "\N{NO-BREAK SPACE}": " ",
    "␣": "_",
    "🔎": "/ ",
}
_TRANSLATION = str.maketrans(_LIKENESS)


def likeness(character: str) -> str:
    """ASCII that takes as many cells as the character."""
    if character in _LIKENESS:
        return _LIKENESS[character]
    folded = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    width = cell_len(character)
    return folded if len(folded) == width else "?" * width


class _InAscii(LineFilter):
    """What is on its way to the screen, its signs as their likenesses."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments, as wide as they were."""
        return [
            one if one.text.isascii() else Segment(one.text.translate(_TRANSLATION), one.style, one.control)
            for one in segments
        ]


#: All lines of the workbench pass through it in the ASCII tier: its own, the frames, Textual's.
IN_ASCII = _InAscii()


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(likeness, error.object[error.start : error.end])), error.end


def draw_plainly(stream: IO[str], encoding: str | None = None) -> None:
    """What the stream's encoding lacks is replaced from now on; it may get another encoding first."""
    codecs.register_error(NAME, _replace)
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(encoding=encoding, errors=NAME)
