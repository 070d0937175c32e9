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


def counted(screen):
    """How often a screen hands out a picture, and how often it is laid out, from now on."""
    made = {"pictures": 0, "layouts": 0}
    render, reflow = screen._compositor.render_update, screen._compositor.reflow

    def rendered(*args, **options):
        update = render(*args, **options)
        made["pictures"] += update is not None
        return update

    def laid_out(*args):
        made["layouts"] += 1
        return reflow(*args)

    screen._compositor.render_update, screen._compositor.reflow = rendered, laid_out
    return made


def test_a_dialog_is_drawn_once_as_it_opens_and_the_panes_once_as_it_closes():
    async def go():
        app = Layered()
        async with app.run_test(size=(100, 30)) as pilot:
            await pilot.pause()
            panes = app.screen
            await app.push_screen(Confirm("Nothing?"))  # what the start has left to lay out is
            await pilot.press("n")
            await until(pilot, lambda: app.screen is panes)
            await pilot.pause(0.1)
            below, dialog = counted(panes), Confirm("Stop it?", "It goes on otherwise.")
            above = counted(dialog)
            await app.push_screen(dialog)
            await until(pilot, lambda: above["pictures"])
            first = "".join(segment.text for line in dialog._compositor.render_strips() for segment in line)
            assert "Stop it?" in first
            assert "It goes on otherwise." in first
            assert "right" in first  # the panes are in sight behind it
            await pilot.pause(0.1)
            # Those that have just come ask for their own places once more, and find nothing to be moved.
            assert above["pictures"] <= 2
            assert above["layouts"] <= 2
            assert below == {"pictures": 0, "layouts": 0}  # they stand as they stood
            await pilot.press("n")
            await until(pilot, lambda: app.screen is panes and below["pictures"])
            await pilot.pause(0.1)
            assert below["pictures"] == 1

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
