"""The frame: digits, what every panel can, what is remembered, and any size."""

import asyncio
import re
import shlex
import shutil
import threading
import time

import pytest
from textual.command import CommandList, CommandPalette
from textual.widgets import Input

from gptlab_tui.errors import GPTLabError
from gptlab_tui.home import Home
from gptlab_tui.tui.app import Workbench
from gptlab_tui.tui.choose_model import ChooseModel
from gptlab_tui.tui.dialogs import Ask, Choose, Confirm, Leaf, Page
from gptlab_tui.tui.help import names_of
from gptlab_tui.tui.jump import Jump
from gptlab_tui.tui.keys.table import TABLE
from gptlab_tui.tui.moment import Moment
from gptlab_tui.tui.palette import Palette
from gptlab_tui.tui.panel import Pane, Panel
from gptlab_tui.tui.panes import catalogue
from gptlab_tui.tui.panes.catalogue import PANES
from gptlab_tui.tui.panes.train.panels import LogPanel
from gptlab_tui.tui.run_models import Offered
from gptlab_tui.tui.screen import SparingScreen
from gptlab_tui.tui.state import Keeper, State, load_state, save_state, state_path
from gptlab_tui.tui.tabs import Status, Tabs
from gptlab_tui.tui.terminal import Terminal
from tests.tui.driving import screen_text, until, workbench
from tests.tui.made_runs import make_several


def drive(home, go, size=(80, 24), **options):
    """Runs `go(app, pilot)` on a workbench."""
    options.setdefault("pane", "runs")

    async def run():
        async with workbench(home, size=size, **options) as (app, pilot):
            await pilot.pause()
            await go(app, pilot)

    asyncio.run(run())


def test_a_pane_may_speak_while_the_frame_goes(home):
    """Leaving takes the widgets down one beside the other: what waits for a pane comes after the tabs."""

    async def go(app, pilot):
        tabs = app.query_one(Tabs)
        await tabs.remove()
        app.shared.moment = Moment("contos", 0)
        app.pane.looks_at("contos", 0, chosen=True)
        app.pane.post_message(Status("still here"))
        await until(pilot, lambda: tabs.status == "still here")

    drive(home, go)


def test_a_digit_brings_a_pane_which_is_built_once(home):
    async def go(app, pilot):
        seen = {}
        for digit, name in enumerate(PANES, 1):
            app.set_focus(None)
            await pilot.press(str(digit))
            await pilot.pause()
            await until(pilot, lambda: app.pane.id == name)
            assert app.query_one(Tabs).current == name
            seen[name] = app.pane
        for name in PANES:
            await app.show(name)
            assert app.pane is seen[name]
        assert len(app.query_one("#panes").children) == len(PANES)

    drive(home, go)


def test_the_pane_and_the_theme_are_remembered(home):
    async def first(app, pilot):
        await pilot.press("f9")
        await app.show("corpus")

    async def second(app, pilot):
        assert app.pane.id == "corpus"
        assert app.theme == "gptlab-light"

    drive(home, first)
    drive(home, second, pane=None)


def test_a_state_with_infinite_numbers_is_the_first_day(home):
    home.runs.mkdir(parents=True)
    state_path(home).write_text('{"knobs": {"seed": [1e400]}}', "utf-8")
    assert load_state(home) == State()
    save_state(home, State(knobs={"seed": float("inf")}))  # is no reason to stop


def test_a_disk_that_does_not_answer_holds_up_no_key_and_gets_the_newest_at_the_end(home, monkeypatch):
    writing, go_on, written = threading.Event(), threading.Event(), []

    def slowly(home, state):
        writing.set()
        assert go_on.wait(60)
        written.append(state)

    monkeypatch.setattr("gptlab_tui.tui.state.save_state", slowly)

    async def go(app, pilot):
        app.remember(knobs={"seed": 0})
        await until(pilot, writing.is_set, "the thread that writes")
        for number in range(1, 50):
            app.remember(knobs={"seed": number})
        await pilot.press("5")
        await until(pilot, lambda: app.pane.id == "runs")
        assert written == []
        go_on.set()

    drive(home, go)
    assert written[-1].knobs == {"seed": 49}
    assert written[-1].pane == "runs"
    assert len(written) < 5  # once for many changes


def test_looking_for_what_to_show_does_not_hold_up_a_key(home, monkeypatch):
    go_on, looked = threading.Event(), threading.Event()

    def first(home, state):
        assert go_on.wait(60)
        looked.set()
        return "train"

    monkeypatch.setattr(catalogue, "first", first)

    async def go():
        app = Workbench(home, Terminal())
        async with app.run_test() as pilot:
            await pilot.press("5")
            await until(pilot, lambda: app.pane is not None and app.pane.id == "runs")
            go_on.set()
            await until(pilot, lambda: looked.is_set() and not first_of(app))
            assert app.pane.id == "runs"

    def first_of(app):
        return {worker for worker in app.workers if worker.group == "first" and not worker.is_finished}

    asyncio.run(go())


def test_a_damaged_state_is_the_first_day(home):
    save_state(home, State(pane="runs", knobs={"temperature": 0.5}))
    assert load_state(home).knobs == {"temperature": 0.5}
    for damage in (b"{", b"[]", b'{"pane": 3, "knobs": []}'):
        state_path(home).write_bytes(damage)
        assert load_state(home) == State()


def test_a_home_that_cannot_be_written_to_is_no_reason_to_stop(home):
    home.root.mkdir()
    home.runs.write_text("in the way")
    save_state(home, State(pane="runs"))
    assert load_state(home) == State()


def test_help_has_every_key_of_the_pane_and_closes(home):
    async def go(app, pilot):
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, Page) and app.screen.query_one(Leaf).size.width)
        said = " ".join(app.screen.query_one(Leaf).render().plain.split())
        for key in (*TABLE["runs"], *TABLE["app"]):
            assert f"{names_of(key.keys)} {key.help}" in said, key.id
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, Page))
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(app.screen, Page))

    drive(home, go)


def test_a_keymap_is_obeyed_and_its_mistakes_stop_the_start(home):
    home.root.mkdir()
    (home.root / "keymap.toml").write_text('"app.help" = "f5"\n')

    async def go(app, pilot):
        await pilot.press("f1")
        await until(pilot, lambda: not isinstance(app.screen, Page))
        await pilot.press("f5")
        await until(pilot, lambda: isinstance(app.screen, Page))

    drive(home, go)
    (home.root / "keymap.toml").write_text('"app.hlep" = "f5"\n')
    with pytest.raises(GPTLabError, match=r"app\.hlep"):
        Workbench(home, Terminal())


@pytest.mark.parametrize("name", PANES)
def test_every_panel_has_a_title_and_its_answers_are_lines(runs, name):
    async def go(app, pilot):
        if name == "train":
            await until(pilot, lambda: app.pane.run_dir is not None)
        panels = list(app.pane.query(Panel))
        assert panels
        for panel in panels:
            assert str(panel.border_title or "")
            command = panel.command()
            if command is not None:
                assert shlex.split(command)[0] == ("tail" if panel.id == "train-log" else "gptlab")
            explanation = panel.explanation()
            assert explanation is None or (explanation.title and explanation.says.endswith((".", ":")))

    drive(runs, go, pane=name, size=(140, 40))


def test_the_command_of_a_log_is_one_that_a_shell_takes(tmp_path):
    home = Home(tmp_path / "a home, it's mine")
    make_several(home)

    async def go(app, pilot):
        await until(pilot, lambda: app.pane.run_dir is not None)
        log = app.pane.run_dir.log
        assert shlex.split(app.query_one(LogPanel).command()) == ["tail", str(log)]

    drive(home, go, pane="train")


def test_a_panel_is_zoomed_and_given_back(home):
    async def go(app, pilot):
        await pilot.press("z")
        await pilot.pause()
        await until(pilot, lambda: app.screen.maximized is not None)
        await pilot.press("escape")
        await pilot.pause()
        await until(pilot, lambda: app.screen.maximized is None)

    drive(home, go)


def test_a_panel_is_saved_as_picture_and_text(home, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    async def go(app, pilot):
        title = str(app.panel.border_title)
        await pilot.press("S")
        await pilot.pause()
        (svg,) = tmp_path.glob("*.svg")
        assert svg.read_text("utf-8").startswith("<svg")
        text = svg.with_suffix(".txt").read_text("utf-8")
        assert title.split(maxsplit=1)[0] in text
        assert not re.search("\x1b", text)
        await pilot.press("S")
        await pilot.pause()
        await until(pilot, lambda: len(list(tmp_path.glob("*.svg"))) == 2)

    drive(home, go)


def test_what_is_saved_takes_nobodys_place(home, tmp_path, monkeypatch):
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    (folder / "gptlab-runs.txt").write_text("precious")
    (folder / "gptlab-runs-2.svg").symlink_to(tmp_path / "elsewhere")

    async def go(app, pilot):
        await pilot.press("S")
        await until(pilot, (folder / "gptlab-runs-3.txt").is_file)
        shutil.rmtree(folder)  # and then there is the home
        await pilot.press("S")
        await until(pilot, (home.root / "gptlab-runs.txt").is_file)

    drive(home, go)
    assert not (tmp_path / "elsewhere").exists()


def test_a_text_that_is_too_long_to_be_kept_costs_nothing_else(home):
    async def go(app, pilot):
        app.pane.keep(prompt="short", other=1)
        app.pane.keep(prompt="x" * 2_000_000)
        assert app.pane.kept == {"prompt": "short", "other": 1}
        await until(pilot, lambda: load_state(home).layout.get("runs") == app.pane.kept)
        app.remember(knobs={"stop": ["x" * 2_000_000]})

    drive(home, go)
    assert load_state(home).layout["runs"] == {"prompt": "short", "other": 1}


def test_the_text_of_a_panel_is_copied(home):
    async def go(app, pilot):
        await until(pilot, lambda: "characters by category" in screen_text(app))
        shown = screen_text(app)
        await pilot.press("Y")
        await until(pilot, lambda: "characters by category" in app.clipboard)
        lines = app.clipboard.splitlines()
        assert all(line.strip() in shown for line in lines)
        assert not any("╭" in line or "│" in line for line in lines)  # without its frame

    drive(home, go, pane="corpus")


def test_a_letter_jumps_to_a_field(home):
    async def go(app, pilot):
        targets = [each for each in app.screen.focus_chain if each.region.area and not isinstance(each, Pane)]
        await pilot.press("g")
        await until(pilot, lambda: isinstance(app.screen, Jump))
        await pilot.press("a")
        await pilot.pause()
        await until(pilot, lambda: app.focused is targets[0])
        app.set_focus(None)
        await pilot.press("g")
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, Jump))

    drive(home, go, pane="generate", size=(140, 40))


def test_the_palette_offers_what_the_table_has(home):
    async def go(app, pilot):
        offered = {offer.title: offer.keys for offer in app.offers()}
        assert {"Corpus", "Train", "Generate", "Attention", "Runs", "Quit"} <= set(offered)
        assert (offered["Theme"], offered["Help"]) == ("F7", "? F1")  # F7 is a keymap's
        await pilot.press("colon")
        await until(pilot, lambda: isinstance(app.screen, CommandPalette))
        # What is typed is looked for in the names, then in the sentences; the keys stand at the right.
        await pilot.press(*"light")
        found = app.screen.query_one(CommandList)
        await until(pilot, lambda: found.option_count == 1 and found.highlighted is not None)
        assert re.search(r"^  Theme +F7\s*$", screen_text(app), re.MULTILINE)
        await pilot.press("enter")
        await until(pilot, lambda: app.theme == "gptlab-light")

    home.root.mkdir()
    (home.root / "keymap.toml").write_text('"app.theme" = "f7"\n')
    drive(home, go)


@pytest.mark.parametrize("name", PANES)
def test_any_size_is_survived(home, name):
    async def go(app, pilot):
        for size in ((20, 5), (200, 60), (1, 1), (60, 12), (80, 24)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert app.is_running

    drive(home, go, pane=name)


@pytest.mark.parametrize("size", [(1, 1), (3, 4), (10, 9), (1, 40), (40, 1)])
def test_lists_survive_where_there_is_no_room(home, size):
    def read():
        return [Offered("run", "Run", [(None, "newest")])]

    async def go(app, pilot):
        for question in (Choose("Which?", [("a", "One")]), ChooseModel("Which?", read)):
            app.push_screen(question)
            await pilot.press("pagedown", "right", "pagedown", "up", "escape")
        await pilot.press("colon", "pagedown", "down", "escape")
        await pilot.resize_terminal(80, 24)
        await pilot.press("colon")
        await pilot.resize_terminal(*size)
        await pilot.press("pagedown", "down", "escape")
        assert app.is_running

    drive(home, go, size=size)


def test_questions_are_answered_by_keys(home):
    async def go(app, pilot):
        answers = []
        app.push_screen(Confirm("Really?", "It goes."), answers.append)
        await pilot.press("enter")
        app.push_screen(Confirm("Really?"), answers.append)
        await pilot.press("n")
        app.push_screen(Ask("Name", "old"), answers.append)
        await pilot.pause()
        await until(pilot, lambda: isinstance(app.focused, Input))
        await pilot.press(*"new", "enter")
        app.push_screen(Ask("Name"), answers.append)
        await pilot.press("escape")
        await pilot.pause()
        await until(pilot, lambda: answers == [True, False, "new", None])

    drive(home, go)


def test_q_leaves(home):
    async def go(app, pilot):
        app.set_focus(None)
        await pilot.press("q")
        await pilot.pause()
        assert not app.is_running or app._exit

    drive(home, go)


def test_a_second_click_on_a_dialog_that_goes_closes_nothing_more(home):
    """Two quick clicks come before the first has been answered."""

    async def go(app, pilot):
        panes = app.screen
        for opened in (Ask("Name?"), Palette(id="--command-palette")):
            answers = []
            app.push_screen(opened, answers.append)
            await until(pilot, lambda opened=opened: app.screen is opened and opened.size.area)
            opened.dismiss(None)
            opened.dismiss(None)
            await until(pilot, lambda: app.screen is panes)
            assert answers == [None]
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, Page))

    drive(home, go)


def test_a_home_that_was_taken_away_is_not_made_again(home):
    keeper = Keeper(home)
    keeper.keep(State(pane="runs"))
    keeper.finish()
    assert load_state(home) == State(pane="runs")  # a home of which nothing was needed yet is made
    keeper = Keeper(home)
    keeper.keep(State(pane="train"))
    until_kept(keeper)
    shutil.rmtree(home.root)
    keeper.keep(State(pane="corpus"))
    keeper.finish()
    assert not home.root.exists()


def until_kept(keeper):
    """Returns once what was given has been written."""
    end = time.monotonic() + 60
    while load_state(keeper._home).pane != "train":
        assert time.monotonic() < end


def test_ctrl_c_says_what_leaves(home):
    async def go(app, pilot):
        await pilot.press("ctrl+c")
        await until(pilot, lambda: any("q leaves" in one.message for one in app._notifications))

    drive(home, go)


def test_a_key_that_does_nothing_now_says_so_and_why(runs):
    async def go(app, pilot):
        await until(pilot, lambda: app.pane.under_cursor() is not None)
        await pilot.press("c")
        await until(
            pilot, lambda: any("fewer than two runs are marked" in one.message for one in app._notifications)
        )
        app.clear_notifications()
        await pilot.press("down", "slash")
        await pilot.press("c")  # typed into the filter
        assert not app._notifications

    drive(runs, go)


@pytest.mark.parametrize("key", ["question_mark", "ctrl+p", "g", "e"])
def test_what_comes_over_the_panes_leaves_them_as_they_stand(runs, key):
    """It is drawn upon what stands on the terminal, so it must not be meant to dim that."""

    async def go(app, pilot):
        await until(pilot, lambda: app.pane.under_cursor() is not None)
        panes = app.screen
        await pilot.press(key)
        await until(pilot, lambda: app.screen is not panes)
        assert isinstance(app.screen, SparingScreen)
        assert app.screen.styles.background.a == 0

    drive(runs, go)
