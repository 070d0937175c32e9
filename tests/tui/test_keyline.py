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
keys = st.lists(words, min_size=1, max_size=3).map(tuple)
entries = st.lists(st.builds(Entry, keys, words, words), max_size=12)


@given(entries, st.integers(0, 120))
def test_whole_entries_fit_and_palette_and_help_are_kept(found, width):
    found = [
        Entry(("colon",), "Palette", "command_palette"),
        *found,
        Entry(("question_mark",), "Help", "help"),
        Entry(("q",), "Quit", "quit"),
    ]
    taken = fitting(found, width)
    assert sum(entry.width for entry in taken) + 2 * max(0, len(taken) - 1) <= width
    kept = [one for one in ("Palette", "Help") if one in [entry.label for entry in taken[-2:]]]
    assert kept == (["Palette", "Help"] if width >= 17 else ["Help"] if width >= 6 else [])
    others = found[1:-2] + found[-1:]
    assert taken[: len(taken) - len(kept)] == others[: len(taken) - len(kept)]


def test_each_key_of_an_entry_has_its_columns():
    entry = Entry(("minus", "plus", "page up"), "Context", "")
    assert [entry.key_at(x) for x in (0, 1, 2, 3, 4, 11, 16)] == [
        "minus", "minus", "plus", "plus", "page up", "page up", "page up",
    ]  # fmt: skip


def drive(home, go, pane="runs"):
    async def run():
        async with workbench(home, pane) as (app, pilot):
            line = app.query_one(KeyLine)
            await until(pilot, lambda: "Palette" in line.render().plain and app.focused is not None)
            await go(app, pilot)

    asyncio.run(run())


def test_a_click_does_what_the_key_does(runs):
    async def go(app, pilot):
        line = app.query_one(KeyLine)
        await until(pilot, lambda: line.render().plain.startswith("enter Open"))
        shown = line.render().plain
        await pilot.click(KeyLine, offset=(shown.index("? Help"), 0))
        await pilot.pause()
        assert isinstance(app.screen, Page)

    drive(runs, go)


def test_what_a_field_takes_is_no_key(runs):
    async def go(app, pilot):
        line = app.query_one(KeyLine)
        await until(pilot, lambda: "/ Filter" in line.render().plain)
        await pilot.press("slash")
        await until(pilot, lambda: "/ Filter" not in line.render().plain)
        assert "F1 Help" in line.render().plain

    drive(runs, go)


def test_the_line_follows_the_view_and_the_field(home):
    async def go(app, pilot):
        def begins(text):
            return lambda: app.query_one(KeyLine).render().plain.startswith(text)

        for key, text in {
            "l": "↑ ↓ Example  ← → Line  - + Context",
            "x": "↑ ↓ Scroll  / Search  n N Next",
            "slash": "enter Find  esc Leave",  # and no letter, which the field takes
            "escape": "↑ ↓ Scroll",
            "k": "p Preset",
            "2": "n New",
        }.items():
            await pilot.press(key)
            await until(pilot, begins(text))

    drive(home, go, "corpus")


def test_the_line_follows_what_one_looks_at_in_attention(home):
    async def go(app, pilot):
        begins = {"d": "t Told  p Lens", "m": "enter Source", "w": "enter Map", "enter": "enter Heads"}
        for key, text in begins.items():
            await pilot.press(key)
            line = app.query_one(KeyLine)
            await until(pilot, lambda text=text: line.render().plain.startswith(text))

    drive(home, go, "attention")


def test_a_keymaps_key_is_the_one_that_is_told(home):
    home.root.mkdir(parents=True, exist_ok=True)
    (home.root / "keymap.toml").write_text('"corpus.preset" = "f7"\n')

    async def go(app, pilot):
        await pilot.press("k")
        await until(pilot, lambda: app.query_one(KeyLine).render().plain.startswith("F7 Preset"))

    drive(home, go, "corpus")


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
