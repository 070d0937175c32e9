"""Text in so many cells of a terminal, where a wide character takes two."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from rich.cells import cell_len, get_character_cell_size


def fit(text: str, width: int) -> str:
    """The text in exactly `width` cells, cut at its end."""
    while cell_len(text) > width:
        text = text[:-2] + "…" if len(text) > 1 else ""
    return text + " " * (width - cell_len(text))


def fit_end(text: str, width: int) -> str:
    """The text in exactly `width` cells, cut at its beginning."""
    if cell_len(text) > width > 0:
        text = text[-width:]
        while cell_len(text) > width - 1:
            text = text[1:]
        text = "…" + text
    return fit(text, width)


def fold(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` cells (of 2 at least), broken at spaces where there are some.

    Put together again the lines are the text.
    """
    width, lines = max(2, width), []
    while cell_len(text) > width:
        end = used = 0
        while used + (size := get_character_cell_size(text[end])) <= width:
            used, end = used + size, end + 1
        if text[end] != " ":
            end = text.rfind(" ", 0, end) + 1 or end
        lines.append(text[:end])
        text = text[end:]
    return [*lines, text]


def broken(line: str, room: int) -> list[str]:
    """A line of a caption in at most so many characters a line; one that fits stays as it is."""
    return [line] if len(line) <= room else wrap(line, room, break_on_hyphens=False)


def packed(words: Sequence[str], width: int) -> list[str]:
    """Words with a comma between, as many on a line as there is room for."""
    lines: list[str] = []
    for word in words:
        if lines and cell_len(lines[-1]) + 2 + cell_len(word) <= width:
            lines[-1] += f", {word}"
        else:
            lines.append(word)
    return lines


def shorten(text: str, width: int) -> str:
    """The text in at most `width` characters, cut in its middle, where names of runs differ least."""
    if len(text) <= width:
        return text
    tail = (width - 1) // 2
    return text[: width - 1 - tail] + "…" + text[len(text) - tail :] if width > 2 else text[:width]


def joined(parts: Sequence[str], width: int, between: str = " · ") -> str:
    """As many of the parts as there is room for, the first ones first; the first at least."""
    line = parts[0] if parts else ""
    for part in parts[1:]:
        if cell_len(line + between + part) > width:
            break
        line += between + part
    return line
