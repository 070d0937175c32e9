"""Screens draw no more than they must, and no widget misses that it came into sight or has another size."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.segment import Segment
from rich.style import Style
from textual._compositor import Compositor
from textual.app import App
from textual.color import Color
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.geometry import Region
from textual.renderables.background_screen import BackgroundScreen
from textual.widgets import Label, Static

from gptlab_tui.tui.dialogs import Confirm, Leaf, Page
from gptlab_tui.tui.screen import Dimmed, PanesScreen, SparingCompositor
from gptlab_tui.tui.theme import THEMES
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


class Layered(App[None]):
    """Widgets beside each other, one that scrolls, and two that lie over others."""

    CSS = """
    Screen { layers: below above; }
    #box { width: 20; height: 6; }
    #long { height: 30; }
    .over { layer: above; position: absolute; width: 11; height: 4; background: green; }
    """

    def __init__(self):
        super().__init__()
        self.register_theme(THEMES[0])
        self.theme = THEMES[0].name

    def get_default_screen(self):
        return PanesScreen(id="_default")

    def compose(self):
        with Horizontal():
            yield Label("left\n" * 9)
            with VerticalScroll(id="box"):
                yield Static("abc def ghi " * 60, id="long")
            yield Label("right\nside")
        for number, offset in enumerate([(3, 2), (12, 4)]):
            over = Static(f"over {number}\n" * 4, classes="over")
            over.styles.offset = offset
            yield over


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

            @settings(max_examples=200, deadline=None)
            @given(st.lists(PLACES, min_size=1, max_size=4))
            def check(places):
                drawn = []
                for kind in (SparingCompositor, Compositor):
                    compositor._dirty_regions = {place.intersection(screen) for place in places}
                    drawn.append(kind.render_partial_update(compositor).render_segments(app.console))
                assert drawn[0] == drawn[1]

            check()

    asyncio.run(go())


def test_what_has_not_changed_is_not_rendered():
    async def go():
        app = Layered()
        async with app.run_test(size=(40, 12)) as pilot:
            await pilot.pause()
            asked = []
            for widget in app.screen.walk_children(with_self=True):
                widget.render_lines = lambda crop, w=widget, old=widget.render_lines: (
                    asked.append((w, crop)) or old(crop)
                )
            right = app.query(Label).last()
            app.screen._compositor._dirty_regions = {right.region}
            app.screen._compositor.render_partial_update()
            assert {widget for widget, _ in asked} <= {right, *right.ancestors}
            assert {crop.height for _, crop in asked} == {right.region.height}

    asyncio.run(go())


COLOURS = st.builds("#{:02x}{:02x}{:02x}".format, *[st.integers(0, 255)] * 3)


@given(
    text=st.text("ab ", max_size=3),
    style=st.builds(Style, color=COLOURS, bgcolor=COLOURS, bold=st.booleans()) | st.none(),
    over=st.builds(Color, *[st.integers(0, 255)] * 3, st.sampled_from([0.0, 0.3, 0.6])),
)
def test_a_style_is_dimmed_as_textual_dims_it(text, style, over):
    pieces = [Segment(text, style), Segment("x", style)]
    assert list(Dimmed.process_segments(pieces, over)) == list(
        BackgroundScreen.process_segments(pieces, over)
    )


def test_a_dialog_is_drawn_once_as_it_opens_and_the_panes_once_as_it_closes():
    async def go():
        app = Layered()
        async with app.run_test(size=(100, 30)) as pilot:
            await pilot.pause()
            panes, laid = app.screen, []
            await app.push_screen(Confirm("Nothing?"))  # what the start has left to lay out is
            await pilot.press("n")
            await until(pilot, lambda: app.screen is panes)
            await pilot.pause(0.1)
            reflow = panes._compositor.reflow
            panes._compositor.reflow = lambda *args: laid.append(1) or reflow(*args)
            before = panes._pictures
            dialog = Confirm("Stop it?", "It goes on otherwise.")
            await app.push_screen(dialog)
            await until(pilot, lambda: dialog._pictures > 0)
            first = "".join(segment.text for line in dialog._compositor.render_strips() for segment in line)
            assert "Stop it?" in first
            assert "It goes on otherwise." in first
            await pilot.pause()
            assert not laid  # the panes stand as they stood
            await pilot.press("n")
            await until(pilot, lambda: app.screen is panes and not panes._dirty_widgets)
            await pilot.pause()
            assert panes._pictures - before <= 2  # the second finds nothing to draw

    asyncio.run(go())


def test_a_page_is_laid_out_once_for_a_width_and_what_is_marked_of_it_can_be_copied():
    widths = []

    def lay(width):
        widths.append(width)
        return [Content(f"line {number} of many") for number in range(200)] + [Content("word " * 40)]

    async def go():
        app = Layered()
        async with app.run_test(size=(100, 30)) as pilot:
            await app.push_screen(Page("Long", lay))
            leaf = app.screen.query_one(Leaf)
            await until(pilot, lambda: leaf.size.area)
            assert len(set(widths)) == len(widths)  # with and without a scrollbar
            assert leaf.size.height > 201  # the last line is broken
            x, y = leaf.region.offset
            await pilot.mouse_down(offset=(x + 5, y + 3))
            await pilot.hover(offset=(x + 4, y + 5))
            await pilot.mouse_up(offset=(x + 4, y + 5))
            await until(pilot, app.screen.get_selected_text)
            assert app.screen.get_selected_text() == "3 of many\nline 4 of many\nline "
            marked = leaf.render_line(4)
            other = leaf.render_line(6)
            assert [segment.style.bgcolor for segment in marked if segment.text.startswith("line 4")] != [
                segment.style.bgcolor for segment in other if segment.text.startswith("line 6")
            ]

    asyncio.run(go())
