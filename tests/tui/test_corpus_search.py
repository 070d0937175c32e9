"""Searching and going about in the pager of the pane Corpus, by keys."""

import threading

import pytest
from textual.widgets import Input

from gptlab_tui.tui.panes.corpus import work
from gptlab_tui.tui.panes.corpus.finding import target_of
from gptlab_tui.tui.panes.corpus.pager import CorpusPager
from gptlab_tui.tui.panes.corpus.search import CorpusSearch
from gptlab_tui.tui.terminal import Terminal
from tests.tui.test_corpus import TEXT, drive, screen_of

WITH_ONE = TEXT + "Só aqui há uma ilha.\n" + TEXT


@pytest.fixture
def own(home):
    """A home with a text that says one thing once, in line 161."""
    home.corpora.mkdir(parents=True)
    (home.corpora / "meu.txt").write_text(WITH_ONE, "utf-8")
    return home


def says(app):
    """What the line of the search tells."""
    return str(app.query_one("#corpus-search-says").content)


def marked(app):
    """The marked texts on the screen, those that are met in brackets."""
    pager = app.query_one(CorpusPager)
    found = []
    for y in range(pager.size.height):
        for segment in pager.render_line(y):
            if segment.style.reverse:
                found.append(segment.text)
            elif segment.style.underline:
                found.append(f"[{segment.text}]")
    return "".join(found)


async def opened(app, pilot, until):
    """The pager with its tokens, all lines counted."""
    await pilot.press("x")
    pager = app.query_one(CorpusPager)
    await until(lambda: pager.tokenizer is not None and app.focused is pager and app.pane.lines.done)
    return pager


def test_a_string_is_found_forwards_backwards_and_round_the_end(own):
    async def steps(app, pilot, until):
        pager = await opened(app, pilot, until)
        await pilot.press("slash")
        assert isinstance(app.focused, Input)
        await pilot.press(*"ilha", "enter")
        await until(lambda: says(app) == "line 161")
        assert app.focused is pager
        assert "Só aqui há uma ilha." in screen_of(app)
        assert marked(app) == "[i][l][h][a]"
        await pilot.press("n")
        await until(lambda: says(app) == "line 161 · on from the beginning")
        await pilot.press("N")
        await until(lambda: says(app) == "line 161 · on from the end")
        assert screen_of(app)[0] != WITH_ONE.split("\n")[0]

    drive(own, steps)


def test_all_places_in_sight_are_marked_and_stepped(own):
    async def steps(app, pilot, until):
        await opened(app, pilot, until)
        await pilot.press("slash", *"a lua", "enter")
        await until(lambda: says(app) == "line 3")
        first = marked(app)
        assert first.startswith("[A][ ][l][u][a]" + "a lua")  # small letters find capitals too
        await pilot.press("n")
        await until(lambda: marked(app).startswith("A lua[a][ ][l][u][a]"))
        assert says(app) == "line 3"
        await pilot.press("n")
        await until(lambda: says(app) == "line 7")
        await pilot.press("N")
        await until(lambda: says(app) == "line 3")
        await pilot.press("slash", *"A lua", "enter")  # a capital finds capitals only
        await until(lambda: says(app) == "line 7")
        await pilot.press("n")
        await until(lambda: says(app) == "line 11")
        assert "[a]" not in marked(app).replace("[l][u][a]", "")
        await pilot.press("escape")
        assert not app.query_one(CorpusSearch).is_open
        assert marked(app) == ""

    drive(own, steps)


def test_what_is_nowhere_is_told_and_moves_nothing(own):
    async def steps(app, pilot, until):
        await opened(app, pilot, until)
        before = screen_of(app)
        await pilot.press("n")  # without a search, it asks for one
        assert isinstance(app.focused, Input)
        await pilot.press(*"baleia", "enter")
        await until(lambda: says(app) == "not found")
        assert screen_of(app)[: len(before) - 1] == before[:-1]
        await pilot.press("slash", "escape")
        assert not app.query_one(CorpusSearch).is_open
        await pilot.press("c")
        await pilot.press("slash")
        assert app.pane.view == "text"
        assert isinstance(app.focused, Input)

    drive(own, steps)


def test_a_search_tells_how_far_it_is_and_can_be_stopped(own, monkeypatch):
    far = threading.Event()

    def search(corpus, wanted, place, backwards, searched):
        while not far.wait(0.02):
            searched(-(-corpus.characters * 42 // 100))

    monkeypatch.setattr(work, "search", search)
    monkeypatch.setattr(work, "_TELL_S", 0.0)

    async def steps(app, pilot, until):
        try:
            await opened(app, pilot, until)
            await pilot.press("slash", *"baleia", "enter")
            await until(lambda: says(app) == "searching 42 % · escape stops")
            await pilot.press("down")  # the pager goes on meanwhile
            assert screen_of(app)[0] == TEXT.split("\n")[1]
            await pilot.press("escape")
            await until(lambda: says(app) == "stopped")
        finally:
            far.set()

    drive(own, steps)


def test_without_colours_the_found_is_marked_too(own):
    async def steps(app, pilot, until):
        await opened(app, pilot, until)
        await pilot.press("slash", *"sol", "enter")
        await until(lambda: says(app) == "line 1")
        pager = app.query_one(CorpusPager)
        met = [segment.text for segment in pager.render_line(0) if segment.style.reverse]
        assert met == ["s", "o", "l"]
        assert screen_of(app)[0].startswith("O| |s|o|l|")

    drive(own, steps, terminal=Terminal(colours="none", glyphs="ascii"))


def test_a_line_and_a_share_are_gone_to(own):
    async def steps(app, pilot, until):
        await opened(app, pilot, until)
        lines = WITH_ONE.split("\n")
        await pilot.press("j", *"161", "enter")
        await until(lambda: screen_of(app)[0] == lines[160])
        await pilot.press("j", *"50%", "enter")
        await until(lambda: "· 50 %" in app.query_one("#corpus-text").border_subtitle)
        await pilot.press("j", *"9999", "enter")
        await until(lambda: any("has no line 9,999" in note.message for note in app._notifications))
        await pilot.press("j", *"meio", "enter")
        await until(lambda: any("such as 50%" in note.message for note in app._notifications))
        await pilot.press("j", "escape")
        assert "· 50 %" in app.query_one("#corpus-text").border_subtitle

    drive(own, steps)


@pytest.mark.parametrize(
    ("typed", "target"),
    [
        ("120", 120),
        ("1,200", 1200),
        (" 7 ", 7),
        ("50%", 0.5),
        ("12,5 %", 0.125),
        ("400%", 1.0),
        ("x", None),
        ("", None),
    ],
)
def test_what_may_be_typed(typed, target):
    assert target_of(typed) == target
