"""What the terminal can do, found out before Textual is imported: colours, glyphs, and how far it is.

Nothing is imported but the standard library, since Textual reads its settings from the environment
when it is imported.
"""

from __future__ import annotations

import codecs
import locale
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Literal, get_args

Colours = Literal["truecolor", "256", "16", "none"]
Glyphs = Literal["braille", "block", "ascii"]
COLOURS: tuple[Colours, ...] = get_args(Colours)
GLYPHS: tuple[Glyphs, ...] = get_args(Glyphs)

_TEXTUAL_NAMES = {"truecolor": "truecolor", "256": "256", "16": "standard", "none": "256"}
#: Terminals that show 256 colours although their name does not say so.
_MORE_THAN_THEY_SAY = ("screen", "tmux", "xterm", "rxvt", "alacritty", "foot", "wezterm", "vte", "konsole")

#: Locales that have ASCII alone; and what Python makes of them, since it reads and writes more.
_PLAIN = ("C", "POSIX")
_PUT_IN_ITS_PLACE = ("C.UTF-8", "C.utf8", "UTF-8")

#: Over SSH a frame costs bytes, and a person cannot see more of them than this.
SSH_FRAMES_PER_S = 15
SSH_REDRAW_S = 2.0
LOCAL_REDRAW_S = 1.0

#: How long the escape key waits for what might make it the beginning of another key, in ms.
ESCAPE_MS = 10
SSH_ESCAPE_MS = 25


@dataclass(frozen=True, slots=True)
class Terminal:
    """The terminal as we use it."""

    colours: Colours = "256"
    glyphs: Glyphs = "braille"
    is_remote: bool = False
    encoding: str | None = None
    """What it takes, where that is not UTF-8."""

    @property
    def redraw_s(self) -> float:
        """How long a picture of a running training stays before the next, in seconds."""
        return SSH_REDRAW_S if self.is_remote else LOCAL_REDRAW_S


def detect(
    environ: Mapping[str, str],
    encoding: str | None = None,
    *,
    colours: Colours | None = None,
    glyphs: Glyphs | None = None,
) -> Terminal:
    """The terminal that the environment tells of; what is given by name is taken as it is.

    `encoding` is the locale's, by default the one that the environment names.
    """
    lesser = _lesser(_named(environ) if encoding is None else encoding)
    remote = any(environ.get(name) for name in ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"))
    found = glyphs or _glyphs(environ, lesser)
    return Terminal(colours or _colours(environ), found, remote, lesser if found == "ascii" else None)


def _named(environ: Mapping[str, str]) -> str:
    """The encoding of the locale that the user has named; Python's own where none was.

    Python itself takes UTF-8 in the locale C, which is well for files but says nothing of a terminal,
    and writes so into LC_CTYPE where LC_ALL does not forbid it.
    """
    language, kind = environ.get("LANG", ""), environ.get("LC_CTYPE", "")
    by_python = language in _PLAIN and kind in _PUT_IN_ITS_PLACE
    name = environ.get("LC_ALL") or (language if by_python else kind or language)
    if name in _PLAIN:
        return "ascii"
    return name.partition(".")[2].partition("@")[0] or locale.getencoding()


def _lesser(encoding: str) -> str | None:
    """An encoding by the name that Python knows; None is UTF-8."""
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        return "ascii"
    return None if name == "utf-8" else name


def _colours(environ: Mapping[str, str]) -> Colours:
    name = environ.get("TERM", "").lower()
    if environ.get("NO_COLOR") or name in ("", "dumb"):
        return "none"
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return "truecolor"
    if name.endswith(("-direct", "-truecolor")):
        return "truecolor"
    if name.endswith("-16color") or name in ("linux", "ansi", "vt220", "vt100", "xterm-color"):
        return "16"
    if "256" in name or name.startswith(_MORE_THAN_THEY_SAY):
        return "16" if name in ("screen", "xterm") and not environ.get("TMUX") else "256"
    return "16"


def _glyphs(environ: Mapping[str, str], encoding: str | None) -> Glyphs:
    if encoding is not None:
        return "ascii"
    # The Linux console's font has blocks but no braille.
    return "block" if environ.get("TERM") == "linux" else "braille"


def prepare(environ: MutableMapping[str, str], terminal: Terminal) -> None:
    """Tells Textual; to be called before it is imported. What the user has set stays."""
    environ.setdefault("TEXTUAL_COLOR_SYSTEM", _TEXTUAL_NAMES[terminal.colours])
    environ.setdefault("ESCDELAY", str(SSH_ESCAPE_MS if terminal.is_remote else ESCAPE_MS))
    if terminal.colours == "none":
        environ.setdefault("NO_COLOR", "1")
    if terminal.is_remote:
        environ.setdefault("TEXTUAL_ANIMATIONS", "none")
        environ.setdefault("TEXTUAL_FPS", str(SSH_FRAMES_PER_S))
