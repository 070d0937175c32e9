"""No widget of the panes' screen misses that it came into sight, or has another size."""

import asyncio

import pytest
from textual.app import App
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Static

from gptlab_tui.tui.screen import PanesScreen
from tests.tui.driving import until


class Hears(Static):
    """Keeps the widths that it was told."""

    widths = ()

    def on_resize(self, event):
        self.widths = (*self.widths, event.size.width)


class Sides(App[None]):
    """Something that scrolls, and something beside it that comes and goes."""

    CSS = """
    VerticalScroll { width: 1fr; }
    #long { height: 60; }
    #side { width: 10; display: none; }
    """

    def get_default_screen(self):
        return PanesScreen(id="_default")

    def compose(self):
        with Horizontal():
            with VerticalScroll():
                yield Hears(id="long")
            yield Hears(id="side")


@pytest.mark.parametrize("asks", [False, True])
def test_a_region_that_is_asked_for_after_a_scroll_takes_nobodys_news_away(asks):
    async def go():
        app = Sides()
        async with app.run_test(size=(80, 24)) as pilot:
            side, long = app.query_one("#side"), app.query_one("#long")
            for y in (3, 6, 9):
                app.query_one(VerticalScroll).scroll_to(y=y, animate=False)
                await pilot.pause()
                side.widths = ()
                side.display = True
                if asks:
                    side.region.area
                await until(pilot, lambda: side.widths and long.widths[-1] == 68)
                assert side.widths[-1] == 10
                side.display = False
                await until(pilot, lambda: long.widths[-1] == 78)

    asyncio.run(go())
