"""The pane Runs, driven by its keys: filter, order, compare, rename, tag, branch, delete, resume."""

import asyncio
import json
import re
import sys
import threading
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.widgets import DataTable, Input

from gptlab_tui.runs.compare import bits_curve, compare, loss_curves
from gptlab_tui.runs.evaluations import read_evaluations
from gptlab_tui.runs.layout import find_run
from gptlab_tui.runs.listing import list_runs
from gptlab_tui.runs.lock import RunLock
from gptlab_tui.runs.summary import RunSummary
from gptlab_tui.tui.dialogs import Ask, Choose, Confirm, Page
from gptlab_tui.tui.keyline import KeyLine
from gptlab_tui.tui.panes.runs import actions, rows
from gptlab_tui.tui.panes.runs.panels import (
    RunsCurvesPanel,
    RunsListPanel,
    RunsPreviewPanel,
)
from gptlab_tui.tui.panes.runs.reading import Listed
from gptlab_tui.tui.panes.runs.table import RunsTable
from gptlab_tui.tui.terminal import Terminal
from gptlab_tui.tui.widgets.chart import ChartView
from tests.tui.driving import screen_text, until, workbench
from tests.tui.made_runs import make_run


def drive(home, steps, size=(80, 24), terminal=None):
    """Opens the pane, waits for the runs, and lets `steps(app, pilot, until)` press keys."""

    async def go():
        async with workbench(home, "runs", size, terminal) as (app, pilot):
            wait = partial(until, pilot)
            await wait(lambda: names(app) or app.query_one(RunsListPanel).has_class("-empty"))
            await steps(app, pilot, wait)

    asyncio.run(go())


def names(app):
    """The runs of the table, from above."""
    table = app.query_one(RunsTable)
    return [str(row.key.value) for row in table.ordered_rows]


def words(app, row):
    """A row's cells as words."""
    return [cell.plain.strip() for cell in app.query_one(RunsTable).get_row(row)]


def body(app):
    """What stands below the curves of the preview."""
    return str(app.query_one("#run-body").content)


def test_the_table_is_the_list_and_a_broken_run_breaks_nothing(runs):
    async def steps(app, pilot, until):
        listed = list_runs(runs)
        assert names(app) == [one.name for one in listed]
        assert re.search(r"  ruin +✗ broken: run.json is not valid JSON +\d+ min", screen_text(app))
        beta = next(one for one in listed if one.name == "beta")
        bits, best = f"{beta.val_bits_per_byte:.4f}", f"{beta.best_bits_per_byte:.4f}"
        assert words(app, "beta")[2:8] == ["✓ finished", "cpu200k", "207k", "300/300", bits, best]
        assert words(app, "gamma")[2:6] == ["■ stopped", "cpu200k", "207k", "150/300"]
        assert "4 runs" in str(app.query_one(RunsListPanel).border_subtitle)
        app.query_one(RunsTable).go_to("ruin")
        await until(lambda: "not valid JSON" in str(app.query_one("#run-head").content))
        await pilot.press("w")
        assert app.pane.id == "runs"

    drive(runs, steps)


@pytest.mark.parametrize(
    ("width", "more"),
    [
        (80, ["preset", "params", "step", "bits/B", "best", "age"]),
        (140, ["preset", "params", "step", "train", "val", "bits/B", "best", "age"]),
        (200, ["preset", "params", "step", "train", "val", "bits/B", "best", "age", "size", "tags"]),
    ],
)
def test_the_wider_the_screen_the_more_is_told_of_a_run(runs, width, more):
    (runs.runs / "alpha" / "meta.json").write_text('{"tags": ["rope", "good"]}')

    async def steps(app, pilot, until):
        table = app.query_one(RunsTable)
        assert table.in_sight == ["run", "state", *more]
        orders = set()
        for _ in table.in_sight:  # the order goes through what one sees
            await pilot.press("o")
            orders.add(app.pane._order[0])
        assert orders == set(table.in_sight)
        app.pane._order_by("size" if width < 100 else "age", False)
        first = table.ordered_columns[1].label.plain.strip()
        assert first == ("run, by size▼" if width < 100 else "run")
        if width == 200:
            assert "rope good" in screen_text(app)

    drive(runs, steps, (width, 40))


names_of_runs = st.text(st.sampled_from("abc-名"), min_size=1, max_size=70)


@given(st.integers(0, 220), st.lists(st.tuples(names_of_runs, st.booleans(), st.integers(0, 10**7))))
def test_columns_never_take_more_than_the_width(width, told):
    found = [
        RunSummary(name, "broken" if broken else "finished", step, step, 207_424, preset=name, reason=name)
        for name, broken, step in told
    ]
    layout = rows.fitting(width, found)
    takes = 1 + layout.gap + sum(cells + layout.gap for _, cells in layout.columns)
    assert takes - layout.gap <= max(width, 1 + 1 + 16 + 1 + 13)
    for one in found:
        over = rows.laid_over(one.reason, layout, 1, len(layout.columns))
        assert [cell_len(cell) for cell in over] == [cells + layout.gap for _, cells in layout.columns[1:]]
        assert "".join(over).replace(" ", "").startswith(one.reason[:3])


def test_the_preview_shows_the_run_under_the_cursor(runs):
    async def steps(app, pilot, until):
        app.query_one(RunsTable).go_to("alpha")
        panel = app.query_one(RunsPreviewPanel)
        await until(lambda: panel.preview is not None and panel.preview.summary.name == "alpha")
        await until(lambda: "it wrote" in body(app))
        preview = panel.preview
        train, val = loss_curves(find_run(runs, "alpha"))
        assert (list(preview.train), list(preview.val)) == (train, val)
        assert "A figura é [b]poética[/b]␛[31m" in body(app)
        assert "300" in body(app)
        chart = app.query_one("#run-chart", ChartView).chart
        assert list(chart.curves[1].ys) == [loss for _, loss in val]
        assert app.query_one(RunsPreviewPanel).command() == "gptlab runs show alpha --plot"

    drive(runs, steps, (140, 40))


def test_the_order_is_turned_by_key_and_remembered(runs):
    async def steps(app, pilot, until):
        while app.pane._order[0] != "bits/B":
            await pilot.press("o")
        assert names(app) == ["beta", "gamma", "alpha", "ruin"]
        await pilot.press("i")
        assert names(app) == ["alpha", "gamma", "beta", "ruin"]
        await pilot.press("O")
        assert app.pane._order == ("step", False)
        while app.pane._order[0] != "run":
            await pilot.press("O")
        await pilot.press("i")
        assert names(app) == ["ruin", "gamma", "beta", "alpha"]

    drive(runs, steps)

    async def again(app, pilot, until):
        assert names(app) == ["ruin", "gamma", "beta", "alpha"]

    drive(runs, again)


def test_the_filter_follows_what_is_typed(runs):
    async def steps(app, pilot, until):
        await pilot.press("slash", *"sto")
        assert names(app) == ["gamma"]
        await pilot.press("enter")
        assert isinstance(app.focused, RunsTable)
        assert "1 of 4 runs" in str(app.query_one(RunsListPanel).border_subtitle)
        await pilot.press("escape")
        assert len(names(app)) == 4
        await pilot.press("slash", *"loss")
        await pilot.press("less_than_sign", *"1.7")
        assert names(app) == ["beta"]
        await pilot.press("backspace", "backspace", "backspace", *"0")
        assert names(app) == []
        assert app.query_one(RunsListPanel).has_class("-empty")
        await pilot.press("escape")
        assert len(names(app)) == 4
        assert isinstance(app.focused, RunsTable)

    drive(runs, steps)


def test_marked_runs_are_compared(runs):
    async def steps(app, pilot, until):
        while app.pane._order[0] != "run":
            await pilot.press("o")
        await pilot.press("c")
        assert not app.pane.has_class("-comparing")
        await pilot.press("home")
        app.query_one(RunsTable).go_to("alpha")
        await pilot.press("space", "space", "c")
        await until(lambda: app.pane.has_class("-comparing"))
        chart = app.query_one(RunsCurvesPanel).query_one(ChartView).chart
        both = [find_run(runs, name) for name in ("alpha", "beta")]
        assert [list(zip(one.xs, one.ys, strict=True)) for one in chart.curves] == [
            bits_curve(run) for run in both
        ]
        evaluations = [read_evaluations(run) for run in both]
        for key, name, columns in (
            ("a", "tokens", [one.tokens for one in evaluations]),
            ("a", "seconds", [one.seconds for one in evaluations]),
            ("a", "step", [one.steps for one in evaluations]),
        ):
            await pilot.press(key)
            chart = app.query_one(RunsCurvesPanel).query_one(ChartView).chart
            assert (chart.x_name, [one.xs for one in chart.curves]) == (name, columns)
        await pilot.press("u")
        chart = app.query_one(RunsCurvesPanel).query_one(ChartView).chart
        assert [one.ys for one in chart.curves] == [one.nats for one in evaluations]
        assert "nats per token" in app.query_one(RunsCurvesPanel).border_subtitle
        assert "do not compare" not in app.query_one(RunsCurvesPanel).border_subtitle
        await pilot.press("d", "n", "u")
        assert len(app.screen_stack) == 1  # what is out of sight is not touched
        titles = {offer.title for offer in app.offers()}
        assert {"Axis", "Unit", "Compare"} <= titles
        assert titles & {"Delete", "Open", "Resume", "Rename", "Mark"} == set()
        table = app.query_one("#runs-differences-table", DataTable)
        shown = {
            row[0].plain: [cell.plain for cell in row[1:]]
            for row in map(table.get_row_at, range(table.row_count))
        }
        for difference in compare(both).differences:
            assert shown[difference.key] == [str(value) for value in difference.values]
        assert shown["train.learning_rate"] == ["0.001", "0.003"]
        assert app.panel.command() == "gptlab runs compare alpha beta --plot"
        await pilot.press("e")
        assert isinstance(app.screen, Page)
        await pilot.press("escape", "c")
        assert not app.pane.has_class("-comparing")
        assert app.focused is app.query_one(RunsTable)
        await pilot.press("escape")
        assert app.pane.marked == []

    drive(runs, steps)


def test_a_run_is_renamed_and_tagged(runs):
    async def steps(app, pilot, until):
        app.query_one(RunsTable).go_to("gamma")
        await pilot.press("n")
        assert isinstance(app.screen, Ask)
        await pilot.press(*"delta", "enter")
        await until(lambda: "delta" in names(app) and app.query_one(RunsTable).current == "delta")
        assert not (runs.runs / "gamma").exists()
        assert find_run(runs, "delta").read_request()["config"]["preset"] == "cpu200k"
        await pilot.press("t", *"rope", "space", *"good", "enter")
        await until(lambda: find_run(runs, "delta").read_meta()["tags"] == ["rope", "good"])
        await until(lambda: app.pane.run_named("delta").tags == ("rope", "good"))
        await pilot.press("t", *"good", "enter")
        await until(lambda: find_run(runs, "delta").read_meta()["tags"] == ["good"])

    drive(runs, steps)


def test_the_run_that_comes_with_gptlab_is_refused_before_anything_is_asked(runs, monkeypatch):
    monkeypatch.setattr("gptlab_tui.runs.layout.data_root", lambda: runs.root)
    monkeypatch.setattr("gptlab_tui.runs.layout.BUNDLED", "beta")

    async def steps(app, pilot, until):
        app.query_one(RunsTable).go_to("beta")
        for key in ("n", "t", "d"):
            app.clear_notifications()
            await pilot.press(key)
            assert len(app.screen_stack) == 1
            assert any("b branches one of your own" in note.message for note in app._notifications)
        app.query_one(RunsTable).go_to("gamma")
        await pilot.press("r")
        await until(lambda: isinstance(app.screen, Confirm))
        await pilot.press("n")
        assert not app.pane.activity  # whoever says no starts nothing

    drive(runs, steps)


def test_a_name_that_is_taken_is_refused_in_words(runs):
    async def steps(app, pilot, until):
        app.query_one(RunsTable).go_to("gamma")
        await pilot.press("n", *"beta", "enter")
        await until(lambda: "There is already a run called beta." in screen_text(app))
        assert isinstance(app.screen, Ask)  # what was typed is still there
        await pilot.press("backspace", "space", "x")
        await until(lambda: "already" not in screen_text(app))
        await pilot.press("enter")
        await until(lambda: "'bet x' cannot be the name of a run." in screen_text(app))
        await pilot.press("escape", "t", *"a,b", "enter")
        await until(lambda: "'a,b' cannot be a tag." in screen_text(app))
        await pilot.press("escape")
        assert (runs.runs / "gamma").exists()
        assert not app.pane.activity
        assert not app._notifications

    drive(runs, steps)


def test_deleting_asks_and_goes_to_the_trash(runs):
    async def steps(app, pilot, until):
        app.query_one(RunsTable).go_to("beta")
        await pilot.press("d")
        assert isinstance(app.screen, Confirm)
        await pilot.press("n")
        assert (runs.runs / "beta").exists()
        await pilot.press("d", "y")
        await until(lambda: "beta" not in names(app))
        await until(lambda: any("gptlab runs restore beta" in note.message for note in app._notifications))
        assert (runs.trash / "beta" / "run.json").exists()
        app.query_one(RunsTable).go_to("ruin")
        await pilot.press("space")
        app.query_one(RunsTable).go_to("alpha")
        await pilot.press("space")
        app.query_one(RunsTable).go_to("alpha")
        await pilot.press("delete", "y")
        await until(lambda: names(app) == ["gamma"])
        assert {path.name for path in runs.trash.iterdir()} == {"alpha", "beta", "ruin"}

    drive(runs, steps)


def test_a_branch_goes_on_from_a_checkpoint(runs):
    async def steps(app, pilot, until):
        app.query_one(RunsTable).go_to("alpha")
        await pilot.press("b")
        await until(lambda: isinstance(app.screen, Choose))
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, Ask))
        assert app.screen.query_one(Input).value == "alpha-from-300"
        await pilot.press(*"twig", "enter")
        await until(lambda: app.query_one(RunsTable).current == "twig")
        assert find_run(runs, "twig").read_request()["parent"] == {"run": "alpha", "step": 300}

    drive(runs, steps)


def test_resume_starts_the_command_and_tells_how_it_ended(runs, monkeypatch, tmp_path):
    make_run(runs, "flat", schedule="constant")
    told = tmp_path / "told.json"
    real = actions.train_command
    program = (
        "import json, os, sys, time\nwhile not os.path.exists(sys.argv[1] + '.go'): time.sleep(0.01)\n"
        "json.dump(sys.argv[2:], open(sys.argv[1], 'w'))"
    )

    def instead(*arguments):
        return [sys.executable, "-c", program, str(told), *real(*arguments)]

    monkeypatch.setattr(actions, "train_command", instead)

    async def steps(app, pilot, until):
        app.query_one(RunsTable).go_to("gamma")
        await pilot.press("r")
        await until(lambda: isinstance(app.screen, Confirm))
        await pilot.press("y")
        assert "starting gamma" in str(app.query_one(RunsListPanel).border_subtitle)
        (tmp_path / "told.json.go").touch()
        await until(lambda: any("trains again" in note.message for note in app._notifications))
        command = json.loads(told.read_text())
        assert command[1:7] == ["-P", "-m", "gptlab_tui", "train", "--resume", "gamma"]
        assert "--detach" in command
        assert str(runs.root) in command
        await until(lambda: not app.pane.activity and not app.pane._wanted)
        app.query_one(RunsTable).go_to("beta")
        await pilot.press("r")
        await until(lambda: isinstance(app.screen, Ask))
        assert app.screen.query_one(Input).value == "300"  # its rate is 0 by then: it would learn no more
        await pilot.press(*"500", "enter")
        await until(lambda: '"--from", "beta", "-o", "train.max_iters=500"' in told.read_text())
        await until(lambda: not app.pane.activity)
        app.query_one(RunsTable).go_to("flat")
        await pilot.press("r")
        await until(lambda: isinstance(app.screen, Ask))
        assert app.screen.query_one(Input).value == "600"
        await pilot.press(*"500", "enter")
        await until(lambda: '"--resume", "flat", "-o", "train.max_iters=500"' in told.read_text())
        await until(lambda: app.wanted_run == "flat")

    drive(runs, steps)


def test_a_training_that_does_not_start_says_why(runs, monkeypatch):
    error = json.dumps({"error": "Its text is gone.", "hint": "Bring it.", "exit_code": 2})
    program = f"import sys; sys.stderr.write({error!r}); sys.exit(2)"
    monkeypatch.setattr(actions, "train_command", lambda *_: [sys.executable, "-c", program])

    async def steps(app, pilot, until):
        app.query_one(RunsTable).go_to("gamma")
        await pilot.press("r")
        await until(lambda: isinstance(app.screen, Confirm))
        await pilot.press("y")
        await until(lambda: any(note.message == "Its text is gone. Bring it." for note in app._notifications))

    drive(runs, steps)


def test_a_list_that_cannot_be_read_says_so_and_is_read_again(runs, monkeypatch):
    def fails(home):
        raise OSError(13, "not allowed", str(home.runs))

    async def go():
        async with workbench(runs, "runs") as (app, pilot):
            await until(pilot, lambda: "not allowed" in app.query_one("#runs-empty").content.plain)
            monkeypatch.undo()
            app.pane.read_runs()
            await until(pilot, lambda: len(names(app)) == 4)
            assert "4 runs" in str(app.query_one(RunsListPanel).border_subtitle)

    monkeypatch.setattr("gptlab_tui.tui.panes.runs.reading.list_runs", fails)
    asyncio.run(go())


@pytest.mark.parametrize("error", [OSError(13, "not allowed"), ValueError("odd")])
def test_a_mistake_in_a_thread_is_told_and_the_next_key_works(runs, monkeypatch, error):
    def fails(*_):
        raise error

    async def steps(app, pilot, until):
        for key, function in (("t", "set_tags"), ("n", "rename"), ("d", "delete")):
            monkeypatch.setattr(actions, function, fails)
            app.query_one(RunsTable).go_to("gamma")
            app.clear_notifications()
            await pilot.press(key, *([] if key == "d" else "word"), "enter")
            await until(lambda: any(error.args[-1] in note.message for note in app._notifications))
            assert not app.pane.activity

    drive(runs, steps)


def test_an_older_list_does_not_take_the_place_of_a_newer(runs, monkeypatch):
    go, real, calls = threading.Event(), list_runs, []

    def slowly(home):
        found = real(home)
        calls.append(len(found))
        if len(calls) == 1:
            assert go.wait(60)
        return found

    async def steps(app, pilot, until):
        await until(lambda: not app.pane._listing)
        monkeypatch.setattr("gptlab_tui.tui.panes.runs.reading.list_runs", slowly)
        app.pane.read_runs()
        await until(lambda: calls)
        app.pane.read_runs()  # one at a time
        make_run(runs, "omega")
        app.pane.go_to_when_listed("omega")
        await until(lambda: app.query_one(RunsTable).current == "omega")
        posted, post = [], app.pane.post_message
        monkeypatch.setattr(app.pane, "post_message", lambda one: posted.append(one) or post(one))
        go.set()
        await until(lambda: any(isinstance(one, Listed) and len(one.runs) == 4 for one in posted), "the old")
        assert "omega" in names(app)

    drive(runs, steps)


@pytest.mark.parametrize(("key", "pane"), [("enter", "train"), ("w", "generate")])
def test_a_run_is_taken_to_another_pane(runs, key, pane):
    async def steps(app, pilot, until):
        app.query_one(RunsTable).go_to("beta")
        await pilot.press(key)
        await until(lambda: app.pane.id == pane)
        assert app.state.run == "beta"

    drive(runs, steps)


def test_the_cursor_stays_on_its_run_when_another_comes(runs):
    async def steps(app, pilot, until):
        app.query_one(RunsTable).go_to("alpha")
        make_run(runs, "omega")
        app.pane.read_runs()
        await until(lambda: "omega" in names(app))
        assert app.query_one(RunsTable).current == "alpha"

    drive(runs, steps)


def test_nothing_is_drawn_again_when_nothing_has_changed(runs, monkeypatch):
    async def steps(app, pilot, until):
        table = app.query_one(RunsTable)
        drawn = []
        monkeypatch.setattr(table, "update_cell", lambda *_, **__: drawn.append("cell"))
        monkeypatch.setattr(table, "clear", lambda *_, **__: drawn.append("all"))
        heard = app.pane._runs
        app.pane._read_anew()
        await until(lambda: app.pane._runs is not heard)
        assert drawn == []

    drive(runs, steps)


def test_a_home_without_runs_says_what_to_do(home):
    async def steps(app, pilot, until):
        assert "Press 2" in app.query_one("#runs-empty").content.plain
        await pilot.press("d", "r", "b", "n", "t", "w", "space", "c", "e", "escape")

    drive(home, steps)


def test_any_size_is_survived(runs):
    async def steps(app, pilot, until):
        for size in ((20, 5), (200, 60), (1, 1), (59, 17), (140, 40), (80, 24)):
            await pilot.resize_terminal(*size)
            await pilot.press("j", "k")
        columns = [str(column.key.value) for column in app.query_one(RunsTable).ordered_columns]
        assert columns == ["mark", "run", "state", "preset", "params", "step", "bits/B", "best", "age"]
        await pilot.press("f9")
        assert len(names(app)) == 4

    drive(runs, steps, terminal=Terminal(glyphs="ascii", colours="none"))


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
def test_the_line_of_keys_says_what_the_run_can_take(runs, size):
    async def steps(app, pilot, until):
        def line():
            return app.query_one(KeyLine).render().plain

        wide = size[0] > 100
        table = app.query_one(RunsTable)
        table.go_to("alpha")
        more = "  d Delete  b Branch  n Rename  t Tags" if wide else ""
        whole = f"enter Open  space Mark  w Write  r Resume  / Filter  o Order{more}  "
        await until(lambda: line().startswith(whole))
        table.go_to("ruin")
        await until(lambda: line().startswith("space Mark  / Filter  o Order  d Delete  "))
        await pilot.press("slash")
        await until(lambda: line().startswith("enter To the runs  esc All runs"))
        await pilot.press("escape")
        await until(lambda: app.focused is table)
        await pilot.press("home", "space", "space")
        await until(lambda: "c Compare" in line())
        await pilot.press("c")
        await until(lambda: line().startswith("c All runs  a Axis  u Unit"))

    drive(runs, steps, size)


def test_the_palette_offers_what_a_run_can_take(runs):
    async def steps(app, pilot, until):
        def offered():
            return {offer.title for offer in app.offers()}

        app.query_one(RunsTable).go_to("alpha")
        await until(lambda: app.query_one(RunsTable).current == "alpha")
        assert {"Open", "Resume", "Rename", "Delete", "Branch", "Tags", "Filter"} <= offered()
        assert offered() & {"Axis", "Unit", "Compare"} == set()
        app.query_one(RunsTable).go_to("ruin")
        await until(lambda: app.query_one(RunsTable).current == "ruin")
        assert offered() & {"Open", "Resume", "Rename", "Branch", "Tags", "Write"} == set()
        assert "Delete" in offered()
        with RunLock(find_run(runs, "gamma")):
            app.pane.read_runs()
            app.query_one(RunsTable).go_to("gamma")
            await until(lambda: app.pane.under_cursor().alive)
            assert offered() & {"Resume", "Rename", "Delete"} == set()
            assert {"Open", "Write", "Tags"} <= offered()

    drive(runs, steps)


def test_runs_of_other_tokens_are_not_compared_in_nats(runs):
    (runs.runs / "beta" / "run.json").write_text(
        json.dumps(find_run(runs, "beta").read_request() | {"tokenizer_digest": "another"})
    )

    async def steps(app, pilot, until):
        for name in ("alpha", "beta"):
            app.query_one(RunsTable).go_to(name)
            await pilot.press("space")
        await pilot.press("c")
        await until(lambda: app.pane.has_class("-comparing"))
        await pilot.press("u")
        assert "these do not compare" in app.query_one(RunsCurvesPanel).border_subtitle

    drive(runs, steps)
