"""Screens are laid out and drawn no more often than they must be."""

import asyncio

from textual.content import Content
from textual.widgets import Label

from gptlab_tui.tui.dialogs import Confirm, Leaf, Page
from tests.tui.driving import until
from tests.tui.layers import Layered, follow, whole


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
            terminal = follow(app)
            below, dialog = counted(panes), Confirm("Stop it?", "It goes on otherwise.")
            above = counted(dialog)
            follow(app, dialog, terminal)
            await app.push_screen(dialog)
            await until(pilot, lambda: above["pictures"])
            shown = "\n".join(terminal.screen.display)
            assert "Stop it?" in shown
            assert "It goes on otherwise." in shown
            assert "right" in shown  # the panes are in sight around it
            await pilot.pause(0.1)
            assert terminal.cells == whole(app)
            # Those that have just come ask for their own places once more, and find nothing to be moved.
            assert above["pictures"] <= 2
            assert above["layouts"] <= 2
            assert below == {"pictures": 0, "layouts": 0}  # they stand as they stood
            await pilot.press("n")
            await until(pilot, lambda: app.screen is panes and below["pictures"])
            await pilot.pause(0.1)
            assert below["pictures"] == 1
            assert terminal.cells == whole(app)

    asyncio.run(go())


def test_what_changes_beside_and_below_a_dialog_is_seen():
    """Text that changes under it, and dialogs on dialogs: the terminal has it all."""

    async def go():
        app = Layered()
        async with app.run_test(size=(100, 30)) as pilot:
            await pilot.pause(0.1)
            panes, terminal = app.screen, follow(app)
            label = app.query(Label).last()

            async def open_one(dialog):
                follow(app, dialog, terminal)
                await app.push_screen(dialog)
                await pilot.pause(0.1)
                assert terminal.cells == whole(app)

            await open_one(Confirm("First?", "one\ntwo\nthree"))
            label.update("other\nwords")
            await pilot.pause(0.1)
            assert terminal.cells == whole(app)
            await open_one(Page("Second", lambda width: [Content(f"line {n}") for n in range(60)]))
            await pilot.press("down", "down", "escape")
            await pilot.pause(0.1)
            assert terminal.cells == whole(app)
            await pilot.press("n")
            await until(pilot, lambda: app.screen is panes)
            await pilot.pause(0.1)
            assert terminal.cells == whole(app)
            assert any("other" in line for line in terminal.screen.display)

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
