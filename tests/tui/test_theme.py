"""Every colour of ours lies on the xterm cube or its grey ramp, and can be read on what it stands on."""

import itertools
import re
from pathlib import Path

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

import gptlab_tui.tui
from gptlab_tui.tui.colourless import COLOURLESS
from gptlab_tui.tui.theme import SERIES_DARK, SERIES_LIGHT, THEMES

LEVELS = (0x00, 0x5F, 0x87, 0xAF, 0xD7, 0xFF)
EXACT = {"#{:02x}{:02x}{:02x}".format(*rgb) for rgb in itertools.product(LEVELS, repeat=3)} | {
    f"#{grey:02x}{grey:02x}{grey:02x}" for grey in range(8, 239, 10)
}
FOLDER = Path(gptlab_tui.tui.__file__).parent


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_colours_lie_on_the_cube(theme):
    names = ("primary", "secondary", "accent", "foreground", "background", "surface", "panel")
    named = {name: getattr(theme, name) for name in (*names, "success", "warning", "error", "boost")}
    for name, value in {**named, **theme.variables}.items():
        if value.startswith("#"):
            assert value in EXACT, name
    assert set(SERIES_DARK + SERIES_LIGHT) <= EXACT


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_texts_can_be_read(theme):
    series = SERIES_DARK if theme.dark else SERIES_LIGHT
    muted = theme.variables["muted"]
    for text in (theme.foreground, theme.accent, theme.success, theme.warning, theme.error, muted, *series):
        assert contrast(text, theme.background) >= 4.5, text  # WCAG 2.1, AA
    assert contrast(theme.variables["on-chosen"], theme.variables["chosen"]) >= 4.5


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.1."""

    def luminance(colour: str) -> float:
        channels = [value / 255 for value in Color.parse(colour).rgb]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_stylesheets_name_no_colour_of_their_own():
    for path in [*FOLDER.rglob("*.tcss"), *FOLDER.rglob("*.py")]:
        if path.name == "theme.py":
            continue
        for css in re.findall(r'DEFAULT_CSS\s*=\s*"""(.*?)"""', path.read_text("utf-8"), re.DOTALL) or (
            [path.read_text("utf-8")] if path.suffix == ".tcss" else []
        ):
            assert not re.search(r":[^;{}]*#[0-9a-fA-F]{3,8}\b", css), path


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_without_colour_what_is_chosen_is_reversed_and_what_is_muted_dim(theme):
    ground, more = theme.background, theme.variables
    kinds = {
        "plain": Style(color=theme.foreground, bgcolor=ground),
        "muted": Style(color=more["muted"], bgcolor=ground),
        "frame": Style(color=more["border-blurred"], bgcolor=theme.surface),
        "focused": Style(color=more["border"], bgcolor=ground),
        "chosen": Style(color=more["on-chosen"], bgcolor=more["chosen"], bold=True),
        "cursor": Style(color=more["input-cursor-foreground"], bgcolor=more["input-cursor-background"]),
        "turned": Style(color=theme.foreground, bgcolor=ground, reverse=True),
        "nothing": Style(),
    }
    segments = [Segment(name, style) for name, style in kinds.items()] + [Segment("bare")]
    seen = {text: style for text, style, _ in COLOURLESS.apply(segments, Color.parse(ground))}
    assert seen.pop("bare") is None
    assert all(style.color is None and style.bgcolor is None for style in seen.values())
    assert {name for name, style in seen.items() if style.reverse} == {"chosen", "cursor", "turned"}
    assert {name for name, style in seen.items() if style.dim} == {"muted", "frame"}
    assert seen["chosen"].bold
