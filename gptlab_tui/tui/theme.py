"""Our two themes. Every colour lies on the xterm cube or its grey ramp, so 256 colours show it exactly."""

from __future__ import annotations

from textual.theme import Theme

#: What curves and other things that must be told apart take, in order; each also has a sign of its own.
SERIES_DARK = ("#5fafff", "#ffaf5f", "#87d787", "#d787d7", "#5fd7d7", "#ff8787")
SERIES_LIGHT = ("#005faf", "#875f00", "#005f00", "#870087", "#005f5f", "#af0000")

DARK = Theme(
    name="gptlab-dark",
    dark=True,
    primary="#5fafff",
    secondary="#87afd7",
    accent="#ffaf5f",
    foreground="#d0d0d0",
    background="#121212",
    surface="#1c1c1c",
    panel="#262626",
    success="#87d787",
    warning="#ffd75f",
    error="#ff5f5f",
    boost="#303030",
    variables={
        "muted": "#8a8a8a",
        "line": "#444444",
        "chosen": "#005f87",
        "on-chosen": "#ffffff",
        "border": "#5fafff",
        "border-blurred": "#444444",
        "block-cursor-background": "#005f87",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "#303030",
        "block-cursor-blurred-foreground": "#d0d0d0",
        "block-cursor-blurred-text-style": "none",
        "block-hover-background": "#303030",
        "input-cursor-background": "#d0d0d0",
        "input-cursor-foreground": "#121212",
        "input-selection-background": "#005f87",
        "scrollbar": "#444444",
        "scrollbar-hover": "#5f87af",
        "scrollbar-active": "#5fafff",
        "scrollbar-background": "#1c1c1c",
        "scrollbar-background-hover": "#1c1c1c",
        "scrollbar-background-active": "#1c1c1c",
        "scrollbar-corner-color": "#1c1c1c",
        "screen-selection-background": "#005f87",
        "screen-selection-foreground": "#ffffff",
    },
)

LIGHT = Theme(
    name="gptlab-light",
    dark=False,
    primary="#005faf",
    secondary="#5f87af",
    accent="#875f00",
    foreground="#262626",
    background="#eeeeee",
    surface="#ffffff",
    panel="#dadada",
    success="#005f00",
    warning="#5f5f00",
    error="#af0000",
    boost="#e4e4e4",
    variables={
        "muted": "#626262",
        "line": "#b2b2b2",
        "chosen": "#005faf",
        "on-chosen": "#ffffff",
        "border": "#005faf",
        "border-blurred": "#b2b2b2",
        "block-cursor-background": "#005faf",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "bold",
        "block-cursor-blurred-background": "#d0d0d0",
        "block-cursor-blurred-foreground": "#262626",
        "block-cursor-blurred-text-style": "none",
        "block-hover-background": "#e4e4e4",
        "input-cursor-background": "#262626",
        "input-cursor-foreground": "#ffffff",
        "input-selection-background": "#afd7ff",
        "scrollbar": "#b2b2b2",
        "scrollbar-hover": "#5f87af",
        "scrollbar-active": "#005faf",
        "scrollbar-background": "#eeeeee",
        "scrollbar-background-hover": "#eeeeee",
        "scrollbar-background-active": "#eeeeee",
        "scrollbar-corner-color": "#eeeeee",
        "screen-selection-background": "#afd7ff",
        "screen-selection-foreground": "#262626",
    },
)

THEMES = (DARK, LIGHT)


def series(dark: bool) -> tuple[str, ...]:
    """The colours of curves, in order."""
    return SERIES_DARK if dark else SERIES_LIGHT
