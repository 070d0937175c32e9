"""The line of keys: what fits, what a click does, and that nothing is left behind."""

import asyncio
import gc

from hypothesis import given
from hypothesis import strategies as st
from textual.widget import Widget

from gptlab_tui.tui.dialogs import Page
from gptlab_tui.tui.keyline import Entry, KeyLine, fitting
from tests.tui.driving import until, workbench

words = st.text("abcdefgh", min_size=1, max_size=9)
entries = st.lists(st.builds(Entry, words, words, words), max_size=12)


@given(entries, st.integers(0, 120))
def test_whole_entries_fit_and_the_help_is_kept(found, width):
    found = [*found, Entry("question_mark", "Help", "help"), Entry("q", "Quit", "quit")]
    taken = fitting(found, width)
    assert sum(entry.width for entry in taken) + 2 * max(0, len(taken) - 1) <= width
    others = [entry for entry in found if entry.action != "help"]
    assert taken[:-1] == others[: max(0, len(taken) - 1)]
    assert taken[-1].action == "help" if width >= len("? Help") else not taken


def drive(home, go):
    async def run():
        async with workbench(home, "runs") as (app, pilot):
            await until(pilot, lambda: "Filter" in app.query_one(KeyLine).render().plain)
            await go(app, pilot)

    asyncio.run(run())


def test_a_click_does_what_the_key_does(runs):
    async def go(app, pilot):
        line = app.query_one(KeyLine)
        shown = line.render().plain
        assert shown.startswith("enter Open")
        await pilot.click(KeyLine, offset=(shown.index("? Help"), 0))
        await pilot.pause()
        assert isinstance(app.screen, Page)

    drive(runs, go)


def test_what_a_field_takes_is_no_key(runs):
    async def go(app, pilot):
        line = app.query_one(KeyLine)
        assert "/ Filter" in line.render().plain
        await pilot.press("slash")
        await pilot.pause()
        assert "/ Filter" not in line.render().plain
        assert "F1 Help" in line.render().plain

    drive(runs, go)


def test_going_between_panes_leaves_nothing_behind(runs):
    def detached():
        gc.collect()
        return [one for one in gc.get_objects() if issubclass(type(one), Widget) and not one.is_attached]

    async def go(app, pilot):
        for _ in range(2):
            await pilot.press("1", "2", "5")
        before = len(detached())
        for _ in range(5):
            await pilot.press("1", "2", "5")
        assert len(detached()) <= before

    drive(runs, go)
