"""The pane Corpus, driven by its keys: texts, statistics, the pager, typing, tokenizers, examples."""

import asyncio
import json
import shlex
import sys
import time
from functools import partial

import pytest
from textual.widgets import DataTable, Input

from gptlab_tui.config import CorpusConfig, TokenizerConfig
from gptlab_tui.errors import JobFailed
from gptlab_tui.text.catalog import find_entry
from gptlab_tui.text.corpus import open_corpus
from gptlab_tui.text.examples import training_examples
from gptlab_tui.text.lines import line_of
from gptlab_tui.text.statistics import corpus_statistics
from gptlab_tui.text.tokenizers import build_tokenizer
from gptlab_tui.tui.dialogs import Ask, Page
from gptlab_tui.tui.panes.corpus import work
from gptlab_tui.tui.panes.corpus.explain import explain_statistics
from gptlab_tui.tui.panes.corpus.lessons import CorpusExamplesPanel, CorpusTokenizersPanel
from gptlab_tui.tui.panes.corpus.pager import CorpusPager
from gptlab_tui.tui.panes.corpus.panels import CorpusListPanel, CorpusStatisticsPanel, CorpusTypePanel
from gptlab_tui.tui.panes.corpus.tables import summary, summary_lines
from gptlab_tui.tui.terminal import Terminal
from gptlab_tui.tui.widgets.chart import ChartView
from tests.tui.driving import screen_text, until, workbench

SAID = "It went wrong: Input/output error."
TEXT = "O sol é alto.\n\nA lua, não; a lua é redonda e fria.\nFim\n" * 40


@pytest.fixture
def own(home):
    """A home with a text of one's own, called `meu`."""
    home.corpora.mkdir(parents=True)
    (home.corpora / "meu.txt").write_text(TEXT, "utf-8")
    return home


def drive(home, steps, size=(80, 24), terminal=None):
    """Opens the pane with the text `meu` and lets `steps(app, pilot, until)` press keys."""

    async def go():
        async with workbench(
            home, "corpus", size, terminal, layout={"corpus": {"name_of_text": "meu", "view": "list"}}
        ) as (app, pilot):
            wait = partial(until, pilot)
            await wait(lambda: app.pane.corpus is not None)
            await steps(app, pilot, wait)

    asyncio.run(go())


def reference(home, kind="char", name="meu"):
    """The text and a tokenizer of it, made by the engine."""
    corpus = open_corpus(CorpusConfig(name=(name,)), home)
    return corpus, build_tokenizer(TokenizerConfig(kind=kind), corpus, home)


def screen_of(app):
    """What the pager shows, row by row."""
    pager = app.query_one(CorpusPager)
    return [pager.render_line(y).text.rstrip() for y in range(pager.size.height)]


@pytest.mark.parametrize("width", [46, 50, 80])
def test_a_figure_of_several_lines_keeps_its_column(own, width):
    found = corpus_statistics(reference(own)[0], work.TOP)
    rows, lines = summary(found), summary_lines(found, width)
    column = lines[0].plain.index(rows[0][1])
    assert [line.plain[:column].rstrip() for line in lines if line.plain[:column].strip()] == [
        name for name, _ in rows
    ]
    told = " ".join(line.plain[column:] for line in lines)
    assert told == " ".join(value for _, value in rows)
    assert max(line.cell_length for line in lines) <= width
    assert (len(lines) == len(rows)) == (width == 80)


def test_a_text_is_chosen_and_its_statistics_are_the_engines(own):
    async def steps(app, pilot, until):
        table = app.query_one("#corpus-table", DataTable)
        await until(lambda: app.focused is table)
        names = [str(row.key.value) for row in table.ordered_rows]
        assert names[0] == "contos"
        assert names[-1] == "meu"
        await pilot.press("home")
        await until(lambda: app.query_one(CorpusListPanel).current.name == "contos")
        await pilot.press("end")
        await until(lambda: app.query_one(CorpusListPanel).current.name == "meu")
        while app.query_one(CorpusListPanel).current.name != "scenes":
            await pilot.press("up")
        await pilot.press("enter")
        panel = app.query_one(CorpusStatisticsPanel)
        await until(lambda: panel.found is not None)
        corpus, _ = reference(own, name="scenes")
        assert panel.found == corpus_statistics(corpus, work.TOP)
        shown = str(panel.query_one("#corpus-tables").content)
        assert f"{panel.found.entropy_0:.3f} bits" in shown
        assert "space" in shown
        words = panel.query_one(ChartView).chart.curves[1]
        assert list(words.ys) == [word.count for word in panel.found.top_words]
        assert panel.command() == "gptlab corpus stats scenes"
        await pilot.press("e")
        await until(lambda: isinstance(app.screen, Page))

    drive(own, steps)


def test_the_plot_of_zipfs_law_is_in_sight_where_there_is_room_and_a_key_away_elsewhere(own):
    async def steps(app, pilot, until):
        panel = app.query_one(CorpusStatisticsPanel)
        plot, tables = panel.query_one(ChartView), panel.query_one("VerticalScroll")

        def in_sight(*widgets):
            return lambda: [one for one in (tables, plot) if one.region.area] == list(widgets)

        await pilot.press("s")
        await until(lambda: panel.found is not None and in_sight(tables)())
        await until(lambda: panel.border_subtitle == "more below · v Zipf's law")
        await pilot.press("end")
        await until(lambda: panel.border_subtitle == "v Zipf's law")
        await pilot.press("v")
        await until(lambda: in_sight(plot)() and plot.has_focus)
        assert "tables" in panel.border_subtitle
        await pilot.press("x", "s")
        await until(lambda: plot.has_focus)
        await pilot.press("v")
        await until(lambda: in_sight(tables)() and tables.has_focus)
        for size in ((140, 40), (80, 50)):  # beside, and under
            await pilot.resize_terminal(*size)
            await until(in_sight(tables, plot))
            if size == (140, 40):  # the scroll bar of the tables is no part of the plot's axis
                assert plot.region.x > tables.region.right

    drive(own, steps)


def test_a_typed_line_is_not_typed_on_by_who_comes_back(own):
    async def steps(app, pilot, until):
        await pilot.press("w")
        panel = app.query_one(CorpusTypePanel)
        await until(lambda: panel.tokenizer is not None and isinstance(app.focused, Input))
        app.query_one("#corpus-line", Input).value = "a lua"
        await pilot.press("escape", "5")
        await until(lambda: app.pane.id == "runs")
        await pilot.press("1")
        await until(lambda: app.pane.id == "corpus" and app.focused is not None)
        await pilot.press("k")
        await until(lambda: app.pane.view == "tokenizers")
        assert app.query_one("#corpus-line", Input).value == "a lua"

    drive(own, steps)


def test_the_tokens_of_a_typed_line_are_the_tokenizers(own):
    async def steps(app, pilot, until):
        await pilot.press("w")
        panel = app.query_one(CorpusTypePanel)
        await until(lambda: panel.tokenizer is not None and isinstance(app.focused, Input))
        app.query_one("#corpus-line", Input).value = ""
        await pilot.press(*"a lua", "é")
        _, char = reference(own)
        assert panel.cut.ids == tuple(char.encode("a luaé").tolist())
        shown = str(panel.query_one("#corpus-pieces").content)
        assert str(panel.cut.ids[0]) in shown
        # What the vocabulary lacks is replaced, and told; another key leaves it out.
        await pilot.press("Z")
        await until(lambda: panel.cut.ids == tuple(char.encode("a luaéZ", "replace").tolist()))
        shown = str(panel.query_one("#corpus-pieces").content)
        assert "The vocabulary has no Z: a space stands for it; u leaves it out." in shown
        assert panel.command().endswith("--unknown replace -- 'a luaéZ'")
        await pilot.press("escape", "u")
        await until(lambda: panel.cut.ids == tuple(char.encode("a luaé").tolist()))
        assert panel.command().endswith("--unknown skip -- 'a luaéZ'")
        app.query_one("#corpus-line", Input).value = "a luaé"
        await pilot.press("t")
        await until(lambda: panel.tokenizer is not None and panel.tokenizer.kind == "bpe")
        _, bpe = reference(own, "bpe")
        assert panel.cut.ids == tuple(bpe.encode("a luaé").tolist())
        words = shlex.split(panel.command())
        assert words[:2] == ["gptlab", "tokens"]
        assert words[-1] == "a luaé"
        assert panel.explanation().numbers[1][1] == str(len(panel.cut.ids))

    drive(own, steps)


def test_the_pager_shows_the_text_and_moves(own):
    async def steps(app, pilot, until):
        await pilot.press("x")
        pager = app.query_one(CorpusPager)
        await until(lambda: pager.tokenizer is not None and app.focused is pager and app.pane.lines.done)
        lines = TEXT.split("\n")
        assert screen_of(app)[:4] == lines[:4]
        words = ["gptlab", "tokens", "--tokenizer", "char", "--corpus", "meu", "--", lines[0]]
        assert shlex.split(app.query_one("#corpus-text").command()) == words
        await pilot.press("down", "down")
        await until(lambda: screen_of(app)[:4] == lines[2:6])
        await pilot.press("up")
        await until(lambda: screen_of(app)[:3] == lines[1:4])
        await pilot.press("pagedown")
        page = pager.size.height - 1
        assert screen_of(app)[0] == lines[1 + page]
        await until(lambda: f"line {2 + page}" in str(app.query_one("#corpus-text").border_subtitle))
        assert f"of {len(lines) - 1}" in str(app.query_one("#corpus-text").border_subtitle)
        await pilot.press("end")
        await until(lambda: "Fim" in screen_of(app))
        await pilot.press("home", "up")
        await until(lambda: screen_of(app)[0] == lines[0])
        assert len({str(segment.style.bgcolor) for segment in pager.render_line(0)}) >= 4

    drive(own, steps)


def test_without_colours_bars_part_the_tokens(own):
    async def steps(app, pilot, until):
        await pilot.press("x", "t")
        pager = app.query_one(CorpusPager)
        await until(lambda: pager.tokenizer is not None and pager.tokenizer.kind == "bpe")
        _, bpe = reference(own, "bpe")
        first = TEXT.split("\n", 1)[0]
        pieces = [bpe.token_bytes(token).decode() for token in bpe.encode(first).tolist()]
        assert screen_of(app)[0] == "|".join(pieces) + "|"

    drive(own, steps, terminal=Terminal(colours="none", glyphs="ascii"))


def test_the_examples_of_a_line_are_stepped(own):
    async def steps(app, pilot, until):
        await pilot.press("l")
        panel = app.query_one(CorpusExamplesPanel)
        await until(lambda: panel.lesson is not None)
        corpus, char = reference(own)
        expected = training_examples(line_of(corpus, 1), char, 8)
        assert list(panel.lesson.examples) == expected
        for one in expected[:3]:
            said = str(panel.query_one("#corpus-sentence").content)
            ids = " ".join(map(str, one.input_ids))
            assert f"when the input is [{ids}] the target is {one.target_id}" in said
            await pilot.press("down")
        await pilot.press("right")
        await until(lambda: panel.lesson.number == 2)
        assert "need two" in panel.lesson.problem
        await pilot.press("right")
        await until(lambda: panel.lesson.number == 3)
        await pilot.press("plus")
        await until(lambda: len(panel.lesson.examples) == 16)
        assert list(panel.lesson.examples) == training_examples(line_of(corpus, 3), char, 16)
        words = "gptlab corpus examples --corpus meu --line 3 --tokenizer char --context 16"
        assert panel.command() == words
        await pilot.press("left", "left")
        await until(lambda: panel.lesson.number == 1)
        await pilot.press("j", *"101", "enter")
        await until(lambda: panel.lesson.number == 101)
        assert panel.lesson.text == TEXT.split("\n")[100]

    drive(own, steps)


def test_the_examples_of_the_typed_line_are_stepped(own):
    async def steps(app, pilot, until):
        await pilot.press("w")
        typed = app.query_one(CorpusTypePanel)
        await until(lambda: typed.tokenizer is not None and isinstance(app.focused, Input))
        app.query_one("#corpus-line", Input).value = "a lua é Z"
        await pilot.press("escape", "l")
        panel = app.query_one(CorpusExamplesPanel)
        await until(lambda: panel.lesson is not None)
        assert panel.border_title == "Examples of the typed line"
        _, char = reference(own)
        expected = training_examples("a lua é Z", char, 8, "replace")
        assert list(panel.lesson.examples) == expected
        for one in expected:
            said = str(panel.query_one("#corpus-sentence").content)
            assert f"the target is {one.target_id}\n" in said
            assert f"[{one.target_text}]" in said
            assert "a space stands for it; u leaves it out" in said
            await pilot.press("down")
        await pilot.press("right")  # a typed line has no next one
        assert panel.lesson.number is None
        words = shlex.split(panel.command())
        assert words[-4:] == ["--unknown", "replace", "--", "a lua é Z"]
        assert dict(panel.explanation().numbers)["line"] == "as typed"
        await pilot.press("u")
        await until(lambda: list(panel.lesson.examples) == training_examples("a lua é Z", char, 8, "skip"))
        await pilot.press("o")
        await until(lambda: panel.lesson.number == 1)
        await pilot.press("o")
        await until(lambda: panel.lesson.number is None)

    drive(own, steps)


def test_the_line_in_the_pager_is_the_one_that_teaches(own):
    async def steps(app, pilot, until):
        await pilot.press("x")
        pager = app.query_one(CorpusPager)
        await until(lambda: pager.tokenizer is not None and app.focused is pager and app.pane.lines.done)
        await pilot.press("down", "down", "l")
        panel = app.query_one(CorpusExamplesPanel)
        await until(lambda: panel.lesson is not None)
        assert (panel.lesson.number, panel.lesson.text) == (3, TEXT.split("\n")[2])

    drive(own, steps)


def test_tokenizers_are_compared_by_the_command(own, monkeypatch):
    answer = {
        "preset": "gpu4gb",
        "corpus": "meu",
        "characters": 9,
        "rows": [
            {
                "tokenizer": "char",
                "vocab_size": 21,
                "tokens": 9,
                "characters_per_token": 1.0,
                "embedding_parameters": 1344,
                "head_parameters": 0,
                "parameters": 201_000,
                "embedding_share": 0.25,
            }
        ],
    }
    asked = []

    def command(*arguments):
        asked.append(arguments[:2])
        warning = json.dumps({"warning": "GPT-2's vocabulary is not here.", "hint": ""})
        program = f"import sys; print({json.dumps(answer)!r}); sys.stderr.write({warning!r})"
        return [sys.executable, "-c", program]

    real = work.compare_command("meu", "cpu200k", own)
    assert real[1:6] == ["-P", "-m", "gptlab_tui", "tokens", "--compare"]
    monkeypatch.setattr(work, "compare_command", command)

    async def steps(app, pilot, until):
        await pilot.press("k")
        panel = app.query_one(CorpusTokenizersPanel)
        await until(lambda: panel.result is not None)
        shown = str(panel.query_one("#corpus-comparison").content)
        for figure in ("1,344", "25.00 %", "201,000", "GPT-2's vocabulary is not here."):
            assert figure in shown
        assert panel.explanation().numbers[1] == ("char: V x C", "21 x 64 = 1,344, 25.0% of the model")
        await pilot.press("p")
        await until(lambda: len(asked) == 2 and panel.result is not None)
        assert asked[0] == ("meu", "cpu200k")
        assert asked[1][1] != "cpu200k"
        assert panel.command().endswith(f"--corpus meu --preset {asked[1][1]}")

    drive(own, steps)


def test_a_text_is_fetched_with_progress_and_can_be_cancelled(own, monkeypatch):
    entry = find_entry("shakespeare")
    slow = []

    def fetch(wanted, home, progress):
        assert wanted == entry
        for done in range(1, 2000):
            progress(done, 2000)
            time.sleep(0.005)
            if not slow:
                break
        path = entry.path(home)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("To be, or not to be.\n" * 9)

    monkeypatch.setattr(work, "fetch", fetch)

    async def steps(app, pilot, until):
        panel = app.query_one(CorpusListPanel)
        await until(lambda: app.focused is app.query_one("#corpus-table"))
        while panel.current.name != "shakespeare":
            await pilot.press("up")
        slow.append(True)
        await pilot.press("f")
        await until(lambda: " % " in str(panel.border_subtitle))
        await pilot.press("f")
        await until(lambda: not app.pane.fetching)
        assert not entry.path(own).exists()
        slow.clear()
        await pilot.press("enter")
        await until(lambda: app.pane.corpus is not None and app.pane.corpus.name == "shakespeare")

    drive(own, steps)


def test_a_text_is_added(own, tmp_path):
    path = tmp_path / "novo livro.txt"
    path.write_text("uma linha só\n" * 20)

    async def steps(app, pilot, until):
        await pilot.press("a")
        await until(lambda: isinstance(app.screen, Ask))
        app.screen.query_one(Input).value = str(path)
        await pilot.press("enter")
        await until(lambda: any("cannot be the name" in note.message for note in app._notifications))
        good = path.rename(tmp_path / "livro.txt")
        await pilot.press("a")
        app.screen.query_one(Input).value = str(good)
        await pilot.press("enter")
        await until(lambda: app.pane.corpus is not None and app.pane.corpus.name == "livro")
        assert (own.corpora / "livro.txt").read_text() == good.read_text()

    drive(own, steps)


def test_a_missing_vocabulary_is_told(own, monkeypatch):
    real = work.make_tokenizer

    def make(choice, *others):
        if choice.kind == "gpt2":
            raise JobFailed("GPT-2's vocabulary could not be fetched.", "Bring it.")
        return real(choice, *others)

    monkeypatch.setattr(work, "make_tokenizer", make)

    async def steps(app, pilot, until):
        await pilot.press("x", "t")
        await until(lambda: app.pane.tokenizer is not None and app.pane.tokenizer.kind == "bpe")
        await pilot.press("t")
        await until(lambda: "gpt2 is missing" in str(app.query_one(CorpusTypePanel).border_title))
        await pilot.press("t")
        await until(lambda: app.pane.tokenizer is not None and app.pane.tokenizer.kind == "char")

    drive(own, steps)


def test_any_size_is_survived_in_every_view(own):
    async def steps(app, pilot, until):
        for key in "sxkwl":
            await pilot.press("escape", key)
            for size in ((20, 5), (200, 60), (1, 1), (140, 40), (80, 24)):
                await pilot.resize_terminal(*size)
        await pilot.press("escape", "c")
        await pilot.resize_terminal(140, 40)
        await until(lambda: app.query_one(CorpusStatisticsPanel).found is not None)
        shown = [panel.id for panel in app.pane.query("Panel") if panel.display and panel.size.area]
        assert set(shown) == {"corpus-list", "corpus-statistics", "corpus-type"}
        await pilot.press("f9", "z", "escape")

    monkey = pytest.MonkeyPatch()
    monkey.setattr(work, "compare_command", lambda *_: [sys.executable, "-c", "raise SystemExit(1)"])
    try:
        drive(own, steps)
    finally:
        monkey.undo()


def test_what_failed_is_told_and_made_when_it_is_wanted_again(own, monkeypatch):
    real, fails = work.count, [OSError(5, "Input/output error", "meu.txt"), ZeroDivisionError("ouch")]

    def count(*arguments):
        if fails:
            raise fails.pop(0)
        return real(*arguments)

    monkeypatch.setattr(work, "count", count)

    async def steps(app, pilot, until):
        panel = app.query_one(CorpusStatisticsPanel)
        shown = panel.query_one("#corpus-tables")
        await pilot.press("s")
        await until(lambda: "It went wrong: meu.txt: Input/output error." in str(shown.content))
        await pilot.resize_terminal(60, 20)  # nobody has asked again
        assert len(fails) == 1
        await pilot.press("s")
        await until(lambda: "ouch" in str(shown.content))
        await pilot.press("s")
        await until(lambda: panel.found is not None)
        assert panel.found.characters == len(TEXT)

    drive(own, steps)


@pytest.mark.parametrize(
    ("job", "keys"),
    [
        ("open_named", ()),
        ("texts", ()),
        ("make_tokenizer", ("x",)),
        ("lesson", ("l",)),
        ("compare", ("k",)),
        ("preset_after", ("k", "p")),
        ("place_of", ("j", "9", "enter")),
        ("find", ("slash", "s", "o", "l", "enter")),
        ("add", ("a", "y", "enter")),
    ],
)
def test_no_thread_fails_without_a_word(own, monkeypatch, job, keys):
    def fail(*_):
        raise OSError(5, "Input/output error")

    async def go():
        async with workbench(own, "corpus") as (app, pilot):
            await until(pilot, lambda: app.pane.corpus is not None)
            monkeypatch.setattr(work, job, fail)
            for key in keys:
                await pilot.press(key)
            if job == "open_named":
                app.pane.open_text("meu")
            if job == "texts":
                app.pane.show_texts()
            await until(pilot, lambda: said(app))

    def said(app):
        told = [note.message for note in app._notifications]
        return any(SAID in one for one in [" ".join(screen_text(app).split()), *told])

    asyncio.run(go())


def test_zipfs_law_is_worked_out_with_its_exponent(home, tmp_path):
    path = tmp_path / "zipf.txt"
    path.write_text(" ".join(word for rank, word in enumerate("abcdef", 1) for _ in range(3600 // rank**2)))
    corpus = open_corpus(CorpusConfig(name=(str(path),)), home)
    told = dict(explain_statistics(corpus_statistics(corpus, 5)).numbers)
    assert told["f(1) = C, 'a'"] == "3,600"
    assert told["a, from the slope"].startswith("2.000")
    assert told["f(3), 'c'"] == "400; C / 3^2.000 = 400.0"
