"""Text in so many cells of a terminal, where a wide character takes two."""

from __future__ import annotations

from rich.cells import cell_len


def fit(text: str, width: int) -> str:
    """The text in exactly `width` cells, cut at its end."""
    while cell_len(text) > width:
        text = text[:-2] + "…" if len(text) > 1 else ""
    return text + " " * (width - cell_len(text))


def shorten(text: str, width: int) -> str:
    """The text in at most `width` characters, cut in its middle, where names of runs differ least."""
    if len(text) <= width:
        return text
    tail = (width - 1) // 2
    return text[: width - 1 - tail] + "…" + text[len(text) - tail :] if width > 2 else text[:width]
