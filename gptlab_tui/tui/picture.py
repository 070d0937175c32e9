"""A part of the screen as a picture (SVG) and as text."""

from __future__ import annotations

import io

from rich.console import Console
from rich.segment import Segment, Segments
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip


def picture(screen: Screen[object], region: Region, title: str) -> tuple[str, str]:
    """What stands in a region of the screen now: (SVG, text)."""
    lines = _strips(screen, region)
    console = Console(
        file=io.StringIO(),
        record=True,
        width=max(1, region.width),
        force_terminal=True,
        color_system="truecolor",
        legacy_windows=False,
    )
    for line in lines:
        console.print(Segments([*line, Segment.line()]), end="", soft_wrap=True)
    return console.export_svg(title=title), _text(lines)


def text_in(screen: Screen[object], region: Region) -> str:
    """The text that stands in a region of the screen now."""
    return _text(_strips(screen, region))


def _strips(screen: Screen[object], region: Region) -> list[Strip]:
    region = region.intersection(screen.region)
    # Textual draws whole screens for its own screenshots; it has no public way to get a part of one.
    strips = screen._compositor.render_strips(screen.size)
    return [strip.crop(region.x, region.right) for strip in strips[region.y : region.bottom]]


def _text(lines: list[Strip]) -> str:
    return "\n".join(line.text.rstrip() for line in lines) + "\n"
