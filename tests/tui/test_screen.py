"""Screens are laid out and drawn no more often than they must be."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.content import Content
from textual.renderables.background_screen import BackgroundScreen

from gptlab_tui.tui.dialogs import Confirm, Leaf, Page
from gptlab_tui.tui.screen import dimmed
from tests.tui.driving import until
from tests.tui.layers import Layered

COLOURS = st.builds("#{:02x}{:02x}{:02x}".format, *[st.integers(0, 255)] * 3)


@given(
    text=st.text("ab ", max_size=3),
    style=st.builds(Style, color=COLOURS, bgcolor=COLOURS, bold=st.booleans()) | st.none(),
    over=st.builds(Color, *[st.integers(0, 255)] * 3, st.sampled_from([0.0, 0.3, 0.6])),
)
def test_a_style_is_dimmed_as_textual_dims_it(text, style, over):
    (piece,) = BackgroundScreen.process_segments([Segment(text, style)], over)
    assert dimmed(style or Style(), over) == piece.style


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
            assert "right" in first  # the panes are in sight behind it
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
