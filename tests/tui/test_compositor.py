"""What has changed alone is rendered, and no widget misses that it came into sight or has another size."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual._compositor import Compositor
from textual.app import App
from textual.containers import Horizontal, VerticalScroll
from textual.geometry import Region
from textual.widgets import Label, Static

from gptlab_tui.tui.screen import PanesScreen, SparingCompositor
from tests.tui.driving import until
from tests.tui.layers import Layered, Terminal, follow, whole


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


PLACES = st.builds(
    Region, x=st.integers(0, 38), y=st.integers(0, 10), width=st.integers(1, 20), height=st.integers(1, 6)
)


def test_what_has_changed_is_drawn_as_textual_draws_it():
    async def go():
        app = Layered()
        async with app.run_test(size=(40, 12)) as pilot:
            app.query_one(VerticalScroll).scroll_to(y=5, animate=False)
            await pilot.pause()
            compositor, screen = app.screen._compositor, app.screen.size.region
            assert isinstance(compositor, SparingCompositor)

            @settings(max_examples=100, deadline=None)
            @given(st.lists(PLACES, min_size=1, max_size=4))
            def check(places):
                drawn = []
                for kind in (SparingCompositor, Compositor):
                    compositor._dirty_regions = {place.intersection(screen) for place in places}
                    terminal = Terminal(app)
                    terminal.take(kind.render_partial_update(compositor))
                    drawn.append(terminal.cells)
                assert drawn[0] == drawn[1]

            check()

    asyncio.run(go())


@pytest.mark.parametrize("which", [0, -1])
def test_what_has_not_changed_is_not_rendered(which):
    async def go():
        app = Layered()
        async with app.run_test(size=(40, 12)) as pilot:
            await pilot.pause()
            for over in app.query(".over"):
                await over.remove()
            await pilot.pause()
            asked = []
            for widget in app.screen.walk_children(with_self=True):
                widget.render_lines = lambda crop, w=widget, old=widget.render_lines: (
                    asked.append((w, crop)) or old(crop)
                )
            changed = app.query(Label)[which]
            app.screen._compositor._dirty_regions = {changed.region}
            app.screen._compositor.render_partial_update()
            assert {widget for widget, _ in asked} <= {changed, *changed.ancestors}
            assert {crop.height for _, crop in asked} == {changed.region.height}

    asyncio.run(go())


@pytest.mark.parametrize("asks", [False, True])
def test_what_stands_on_the_terminal_is_the_layout_after_a_scroll_and_another(asks):
    """Back to where it was told of, in one picture with something else that changes the layout."""

    async def go():
        app = Sides()
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            box, long, side = app.query_one(VerticalScroll), app.query_one("#long"), app.query_one("#side")
            long.update("\n".join(f"line {number}" for number in range(60)))
            await pilot.pause()
            terminal = follow(app)
            box.scroll_to(y=5, animate=False)
            await until(pilot, lambda: terminal.screen.display[0].startswith("line 5"))
            if asks:
                side.region.area
            with app.batch_update():
                box.scroll_to(y=0, animate=False, immediate=True)
                box.styles.margin = (0, 3, 0, 0)
            await until(pilot, lambda: long.size.width < 78)
            await pilot.pause()
            assert terminal.cells == whole(app)

    asyncio.run(go())
