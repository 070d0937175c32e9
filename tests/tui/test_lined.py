"""Widgets that draw their own lines keep the style sheets of what they are, and scroll."""

import asyncio

import pytest
from textual.app import App
from textual.scroll_view import ScrollView

from gptlab_tui.tui.panes.generate.shaded import ShadedText
from gptlab_tui.tui.panes.generate.text import TextView
from gptlab_tui.tui.theme import THEMES
from gptlab_tui.tui.widgets.canvas import Canvas
from gptlab_tui.tui.widgets.lined import Lined


@pytest.mark.parametrize("kind", [TextView, ShadedText, Canvas])
def test_what_scrolls_is_styled_as_what_scrolls(kind):
    assert issubclass(kind, Lined)

    class One(App[None]):
        def __init__(self):
            super().__init__()
            self.register_theme(THEMES[0])
            self.theme = THEMES[0].name

        def compose(self):
            yield kind()

    async def go():
        app = One()
        async with app.run_test(size=(40, 10)):
            widget = app.query_one(kind)
            assert isinstance(widget, ScrollView)
            assert widget.styles.overflow_y == "auto"
            assert widget.rich_style == super(Lined, widget).rich_style

    asyncio.run(go())
