"""The pane Train, driven by its keys: a run that grows, commands and their answers, other views."""

import asyncio
import json
import shutil
import sys
import threading
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from textual.widgets import Button, Input, Static

from gptlab_tui.home import data_root
from gptlab_tui.insight.milestones import known_milestones
from gptlab_tui.runs.journal import JournalWriter
from gptlab_tui.runs.layout import Run
from gptlab_tui.runs.listing import list_runs
from gptlab_tui.runs.lock import RunLock
from gptlab_tui.tui.app import Workbench
from gptlab_tui.tui.dialogs import Ask
from gptlab_tui.tui.follow import Follow
from gptlab_tui.tui.keyline import KeyLine
from gptlab_tui.tui.panes.runs.table import RunsTable
from gptlab_tui.tui.panes.train.machine import GIB, Gpu, Machine
from gptlab_tui.tui.panes.train.others import read_other
from gptlab_tui.tui.panes.train.pane import TrainPane
from gptlab_tui.tui.panes.train.panels import DrivePanel, LogPanel, LossPanel, SamplesPanel
from gptlab_tui.tui.panes.train.runs import beside, choose
from gptlab_tui.tui.state import State, save_state
from gptlab_tui.tui.tabs import Tabs
from gptlab_tui.tui.terminal import Terminal
from gptlab_tui.tui.widgets.chart import ChartView
from tests.tui.driving import screen_text, until, workbench

STARTED = {
    "event": "started", "step": 0, "elapsed_s": 0.1, "run": "mine", "parameters": 200_000, "vocab_size": 100,
    "tokens_per_step": 64, "micro_batch": 2, "max_iters": 1000, "device": "cpu", "dtype": "fp32",
    "threads": 1, "corpus": "contos", "train_tokens": 900, "val_tokens": 100, "memory_bytes": 1,
    "free_memory_bytes": 2, "disk_bytes": 3,
}  # fmt: skip


def step(number, loss=2.0):
    return {
        "event": "step", "step": number, "elapsed_s": number / 10, "train_loss": loss,
        "learning_rate": 1e-3, "grad_norm": 0.5, "tokens": 64, "tokens_per_s": 640.0,
    }  # fmt: skip


def evaluated(number, val, train=2.0):
    return {
        "event": "evaluated", "step": number, "elapsed_s": number / 10, "val_loss": val,
        "val_bits_per_byte": val * 1.4, "train_loss": train, "val_tokens": 99, "best": True,
    }  # fmt: skip


def sampled(number, text):
    return {"event": "sampled", "step": number, "elapsed_s": 1.0, "prompt": "Era ", "text": text}


def make_run(home, name="mine"):
    run = Run(home.runs / name)
    run.path.mkdir(parents=True)
    request = json.loads((data_root() / "checkpoints" / "contos" / "run.json").read_text("utf-8"))
    run.run_json.write_text(json.dumps(request), "utf-8")
    shutil.copy(data_root() / "checkpoints" / "contos" / "tokenizer.json", run.tokenizer_json)
    return run


@contextmanager
def training(run):
    """A process that trains, as far as others can tell: it holds the lock and writes the journal."""
    with RunLock(run), JournalWriter(run.journal) as journal:
        journal.append(STARTED)
        yield journal


def drive(home, test, size=(80, 24), **how):
    async def go():
        async with workbench(home, "train", size, Terminal(**how)) as (app, pilot):
            await until(pilot, lambda: app.pane.looked_for, "the pane")
            await test(app, pilot, app.pane)

    asyncio.run(go())


async def has_begun(journal, pilot, pane):
    """The run's first step is there, and the pane has seen it."""
    journal.append(step(1))
    await until(pilot, lambda: pane.history.step == 1 and pane.alive)


async def new_run(app, pilot):
    """The form for a new run, as it begins: valid."""
    await pilot.press("n")
    await until(pilot, lambda: len(app.screen_stack) == 2)
    form = app.screen
    await until(pilot, lambda: not form.query_one("#new-start", Button).disabled, "a valid form")
    return form


def losses(app):
    return app.query_one("#train-chart", ChartView)


def commands(run):
    found = sorted(run.control.glob("*.json")) if run.control.is_dir() else []
    return [json.loads(path.read_text("utf-8")) for path in found]


def toasts(app):
    return [notification.message for notification in app._notifications]


def answer(journal, command, number, **more):
    journal.append(
        {"event": "controlled", "step": number, "elapsed_s": 1.0, "command": command["verb"],
         "key": command["key"], "value": command["value"], "outcome": "applied", "reason": "",
         "id": command["id"], **more}
    )  # fmt: skip


def test_a_run_is_not_called_new_before_its_journal_was_read(home, monkeypatch):
    may_read = threading.Event()
    real = Follow.run

    def later(self, *arguments):
        may_read.wait(60)
        real(self, *arguments)

    monkeypatch.setattr(Follow, "run", later)
    with training(make_run(home)) as journal:
        journal.append(evaluated(0, 5.0))
        journal.append(step(10))

    async def test(app, pilot, pane):
        try:
            await until(pilot, lambda: "reading the journal" in screen_text(app))
            for wrong in ("new", "no step yet", "No sample yet"):
                assert wrong not in screen_text(app)
        finally:
            may_read.set()
        await until(pilot, lambda: "validation 5.0000 (untrained)" in screen_text(app))

    drive(home, test, (140, 40))


def test_a_run_that_is_removed_while_it_is_watched_is_left(home):
    make_run(home, "other")
    run = make_run(home)
    with training(run) as journal:
        journal.append(step(10))

    async def test(app, pilot, pane):
        await until(pilot, lambda: pane.run_dir == run and pane.history.steps)
        shutil.rmtree(run.path)
        await until(pilot, lambda: pane.run_dir is not None and pane.run_dir.name == "other")
        assert "It is gone: somebody renamed or removed it." in toasts(app)

    drive(home, test)


def test_with_no_run_it_says_how_to_start_one(home):
    async def test(app, pilot, pane):
        await until(pilot, lambda: "gptlab train" in screen_text(app))
        assert "No run yet" in screen_text(app)
        for key in ("space", "x", "w", "d", "left", "up", "plus", "t", "t", "o", "o", "s", "e"):
            await pilot.press(key)

    drive(home, test)


def test_points_come_from_the_thread_and_are_drawn_by_plotext(home, monkeypatch):
    import plotext

    run, built, plotted = make_run(home), [], []
    real_build, real_plot = plotext.build, plotext.plot
    monkeypatch.setattr(plotext, "build", lambda: built.append(real_build()) or built[-1])
    monkeypatch.setattr(
        plotext, "plot", lambda xs, ys, **more: plotted.append(list(xs)) or real_plot(xs, ys, **more)
    )

    async def test(app, pilot, pane):
        with training(run) as journal:
            for number in range(1, 101):
                journal.append(step(number, 4.0 - number / 50))
            journal.append(evaluated(100, 2.5))
            pane.watch_run(run)
            await until(pilot, lambda: pane.history.step == 100 and pane.alive)
            await until(pilot, lambda: any(len(xs) == 100 for xs in plotted), "the curve")
            last = built[-1]
            for number in range(101, 301):
                journal.append(step(number, 2.0))
            await until(pilot, lambda: pane.history.step == 300, "what was appended")
            await until(pilot, lambda: built[-1] != last, "another drawing")
            follower = [worker for worker in app.workers if worker.group == "follow"]
            assert follower
            assert all(worker._thread_worker for worker in follower)
            await until(pilot, lambda: "300/1,000" in screen_text(app))
            assert "▶ running" in screen_text(app)
            assert "30 %" in screen_text(app)
        await until(pilot, lambda: not pane.alive)
        await until(pilot, lambda: "interrupted" in screen_text(app))

    drive(home, test)


def test_the_first_line_tells_of_a_training_also_from_elsewhere(home):
    run = make_run(home)

    async def test(app, pilot, pane):
        with training(run) as journal:
            journal.append(step(1))
            pane.watch_run(run)
            await until(pilot, lambda: app.query_one(Tabs).status == f"{run.name} ▶ running")
            await pilot.press("5")
            await until(pilot, lambda: app.pane is not pane)
        await until(pilot, lambda: app.query_one(Tabs).status == "")
        with training(run):
            await until(pilot, lambda: app.query_one(Tabs).status == f"{run.name} ▶ running")

    drive(home, test)


def test_a_resumed_run_is_drawn_from_where_it_went_on(home):
    run = make_run(home)

    async def test(app, pilot, pane):
        with training(run) as journal:
            for number in range(1, 51):
                journal.append(step(number, 3.0))
            await until(pilot, lambda: pane.history.step == 50)
            journal.append({"event": "resumed", "step": 20, "elapsed_s": 0.0, "from_step": 20})
            journal.append(step(21, 1.0))
            await until(pilot, lambda: len(pane.history.steps) == 21)
            assert list(pane.history.steps) == list(range(1, 22))
            assert pane.history.last("train_loss") == 1.0

    drive(home, test)


@pytest.mark.parametrize(
    ("keys", "verb", "key", "value", "letter"),
    [
        (["space"], "pause", None, None, "p"),
        (["x", "y"], "stop", None, None, "x"),
        (["w"], "save", None, None, "w"),
        (["p"], "sample", None, None, "t"),
        (["d"], "set", "lr_scale", 0.5, "l"),
        (["u"], "set", "lr_scale", 2.0, "l"),
        (["m", "3", "0", "0", "0", "enter"], "set", "max_iters", 3000, "m"),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, list) else None,
)
def test_a_key_is_a_command_and_its_answer_shows(home, keys, verb, key, value, letter):
    run = make_run(home)

    async def test(app, pilot, pane):
        with training(run) as journal:
            journal.append(step(1))
            journal.append(step(100))
            await until(pilot, lambda: pane.history.step == 100 and pane.alive)
            for one in keys:
                await pilot.press(one)
                if one == "m":
                    await until(pilot, lambda: isinstance(app.screen, Ask))
            await until(pilot, lambda: len(commands(run)) == 1, "the command")
            command = commands(run)[0]
            assert (command["verb"], command["key"], command["value"]) == (verb, key, value)
            assert "asked: " in str(app.query_one(LossPanel).border_subtitle)
            answer(journal, command, 100)
            await until(
                pilot,
                lambda: [one.letter for one in losses(app).chart.marks] == [letter],
                "the answer",
            )
            assert "asked: " not in str(app.query_one(LossPanel).border_subtitle)
            told = {
                "save": ["step 100: a checkpoint is written"],
                "sample": ["step 100: a sample is written; t shows it"],
            }
            assert toasts(app) == told.get(verb, [])  # what the screen shows has none
            if verb == "pause":
                line = app.query_one(KeyLine)
                await until(pilot, lambda: "paused" in screen_text(app))
                await until(pilot, lambda: line.render().plain.startswith("space Go on  x Stop"))
                await pilot.press("space")
                await until(pilot, lambda: len(commands(run)) == 2)
                assert commands(run)[1]["verb"] == "resume"

    drive(home, test)


def test_stop_asks_first(home):
    run = make_run(home)

    async def test(app, pilot, pane):
        with training(run) as journal:
            await has_begun(journal, pilot, pane)
            await pilot.press("x")
            await until(pilot, lambda: len(app.screen_stack) == 2)
            await pilot.press("n")
            await until(pilot, lambda: len(app.screen_stack) == 1)
            assert commands(run) == []

    drive(home, test)


def test_a_refusal_is_told_with_its_reason(home):
    run = make_run(home)

    async def test(app, pilot, pane):
        with training(run) as journal:
            journal.append(step(100))
            await until(pilot, lambda: pane.history.step == 100 and pane.alive)
            await pilot.press("w")
            await until(pilot, lambda: len(commands(run)) == 1)
            answer(journal, commands(run)[0], 100, outcome="refused", reason="the disk is full.")
            await until(pilot, lambda: any("refused: the disk is full" in words for words in toasts(app)))
            assert losses(app).chart.marks == ()

    drive(home, test)


def filled(home, name="mine"):
    run = make_run(home, name)
    with JournalWriter(run.journal) as journal:
        journal.append(STARTED)
        for at, val in enumerate((4.0, 3.0, 2.5, 2.6, 2.7)):
            for number in range(200 * at - 199 if at else 1, 200 * at + 1):
                journal.append(step(number, 4.0 - number / 400))
            journal.append(evaluated(200 * at, val, 4.0 - at / 2))
            journal.append(sampled(200 * at, f"uma vez {at}"))
        journal.append(
            {"event": "ended", "step": 800, "elapsed_s": 80.0, "reason": "finished", "message": ""}
        )
    return run


def test_samples_are_scrubbed_and_the_cursor_follows(home):
    filled(home)

    async def test(app, pilot, pane):
        await until(pilot, lambda: len(pane.history.samples) == 5)
        await until(pilot, lambda: "finished" in screen_text(app))
        await pilot.press("up")
        assert pane.chosen == 3
        assert pane.view.cursor == 600.0
        assert losses(app).chart.cursor == 600.0
        assert "step 600" in screen_text(app)
        assert "validation 2.6000" in screen_text(app)
        await pilot.press("up", "up", "up", "up", "up")
        assert pane.chosen == 0
        await pilot.press("t")
        await until(pilot, lambda: app.query_one(SamplesPanel).display and "uma vez 0" in screen_text(app))
        await pilot.press("down")
        await until(pilot, lambda: "2 of 5" in screen_text(app))

    drive(home, test)


def test_overfitting_is_told_in_words_and_marked(home):
    filled(home)

    async def test(app, pilot, pane):
        await until(pilot, lambda: "overfits since step 400" in screen_text(app))
        assert ("!", 400.0) in [(one.letter, one.x) for one in losses(app).chart.marks]

    drive(home, test)


def test_the_view_turns_with_its_keys(home):
    filled(home)

    async def test(app, pilot, pane):
        chart = losses(app)
        await until(pilot, lambda: chart.chart.x_range is not None and pane.history.step == 800)
        assert chart.chart.x_range == (0, 800)
        assert chart.chart.right_factor == pytest.approx(1.4)
        await pilot.press("l", "L")
        assert chart.chart.log_x
        assert chart.chart.log_y
        await pilot.press("l", "L", "plus")
        assert chart.chart.x_range == (400, 800)
        await pilot.press("less_than_sign")
        assert chart.chart.x_range == (200, 600)
        await pilot.press("f")
        assert chart.chart.x_range == (400, 800)
        await pilot.press("minus")
        assert chart.chart.x_range == (0, 800)
        names = [curve.name for curve in chart.chart.curves]
        assert names == ["batch", "smoothed", "validation"]
        await pilot.press("s", "s", "s")
        assert [curve.name for curve in chart.chart.curves] == ["batch", "validation"]
        await pilot.press("right")
        assert pane.view.cursor
        assert chart.chart.cursor == pane.view.cursor
        await pilot.press("i")
        assert chart.chart.x_name == "tokens"
        assert chart.chart.x_range == (0, 800 * 64)
        await pilot.press("i")
        assert chart.chart.x_name == "seconds"

    drive(home, test)


@pytest.mark.parametrize("across", ["step", "tokens", "time"])
def test_a_click_takes_the_step_under_it_however_long_the_run(home, across):
    run = make_run(home)
    with JournalWriter(run.journal) as journal:
        journal.append(STARTED)
        for number in range(1, 4101):
            journal.append(step(number))

    async def test(app, pilot, pane):
        await until(pilot, lambda: pane.history.step == 4100)
        while pane.view.across != across:
            await pilot.press("i")
        for number in (1, 1002, 2051, 4099):
            pane.pick(pane.history.x_of(number, across))
            assert pane.view.cursor == number

    drive(home, test)


def test_other_runs_are_switched_to_and_laid_over(home):
    filled(home), filled(home, "other")

    async def test(app, pilot, pane):
        await until(pilot, lambda: pane.history.step == 800)
        first = pane.run_dir.name
        await pilot.press("right_square_bracket")
        await until(pilot, lambda: pane.run_dir.name != first and pane.history.step == 800)
        assert app.state.run == pane.run_dir.name
        await pilot.press("c")
        curves = losses(app)
        await until(pilot, lambda: any(curve.name == first for curve in curves.chart.curves))
        own = next(curve for curve in curves.chart.curves if curve.name == "validation")
        await until(pilot, lambda: any(curve.name == "contos" for curve in curves.chart.curves))
        over = next(curve for curve in curves.chart.curves if curve.name == first)
        assert over.ys == pytest.approx(own.ys)
        assert tuple(over.xs) == tuple(own.xs)

    drive(home, test, size=(120, 30))


def test_runs_that_share_a_device_are_warned_about(home):
    mine, other = make_run(home), make_run(home, "other")

    async def test(app, pilot, pane):
        with training(other), training(mine) as journal:
            journal.append(step(1))
            pane.watch_run(mine)
            await until(pilot, lambda: "shares its device with other" in screen_text(app))
            assert toasts(app) == []
        with training(mine):  # the other has ended
            await until(pilot, lambda: "shares its device" not in screen_text(app))

    drive(home, test)


def test_what_was_asked_of_one_run_is_not_asked_of_the_next(home):
    mine, other = make_run(home), make_run(home, "other")

    async def test(app, pilot, pane):
        with training(other), training(mine) as journal:
            journal.append(step(1))
            pane.watch_run(mine)
            await until(pilot, lambda: pane.alive and pane.history.step == 1)
            await pilot.press("d")
            await until(pilot, lambda: "asked: " in str(app.query_one(LossPanel).border_subtitle))
            pane.run_renamed(mine.name, mine.name)
            assert pane.steering.waiting  # by any name it is the same run
            pane.watch_run(other)
            assert not pane.steering.waiting
            assert pane.steering.on_its_way("lr_scale", 1.0) == 1.0

    drive(home, test)


def test_reference_lines_are_computed_and_shown(home):
    run = Run(home.runs / "copy")
    shutil.copytree(data_root() / "checkpoints" / "contos", run.path)

    async def test(app, pilot, pane):
        await until(pilot, lambda: pane.history.step > 0)
        await pilot.press("r")
        chart = losses(app)
        await until(pilot, lambda: len(chart.chart.levels) == 4, "the levels")
        assert [one.name for one in chart.chart.levels] == ["uniform", "unigram", "bigram", "trigram"]
        known = known_milestones(run, home)  # what `gptlab runs show` says
        assert [one.y for one in chart.chart.levels[1:]] == [one.loss for one in known]
        told = [(one.letter, one.x) for one in chart.chart.spots if one.letter]
        assert len({one.step for one in known}) == 1  # all at the first evaluation: one sign for three
        assert told == [("3", known[-1].step)]
        assert "3 beats unigram, bigram, trigram" in screen_text(app)
        explained = dict(app.query_one(LossPanel).explanation().numbers)
        assert f"beaten by step {known[2].step:,}" in " ".join(explained.values())
        await until(pilot, lambda: "trigram" in screen_text(app))
        await pilot.press("r")
        assert chart.chart.levels == ()
        pane.tables = ()
        pane.watch_run(run)  # the next time nobody has to ask
        await until(pilot, lambda: "3 beats unigram" in screen_text(app))

    drive(home, test)


@pytest.mark.parametrize("glyphs", ["braille", "ascii"])
def test_every_size_is_survived(home, glyphs):
    filled(home)

    async def test(app, pilot, pane):
        await until(pilot, lambda: pane.history.step == 800)
        for size in ((140, 40), (20, 5), (200, 60), (1, 1), (40, 12), (80, 24)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            await pilot.press("t", "o", "t", "o")
        await until(pilot, lambda: "finished" in screen_text(app))

    drive(home, test, glyphs=glyphs)


def test_a_long_line_of_the_log_goes_on_below(home):
    run = filled(home)
    said = f"{'29.4 MiB of memory and ' * 9}35.9 MiB of disk"
    run.log.write_text(f"first\n{said}\n", "utf-8")

    async def test(app, pilot, pane):
        await pilot.press("o")
        panel = app.query_one(LogPanel)
        lines = panel.query_one("#train-log-lines")
        await until(pilot, lambda: "of disk" in str(lines.content))
        shown = str(lines.content).split("\n")
        assert max(map(len, shown)) <= panel.content_size.width
        assert "".join(shown).removeprefix("first") == said

    drive(home, test)


def test_a_wide_screen_has_it_all_beside(home, monkeypatch):
    run = filled(home)
    run.log.write_bytes(b"50 %\r100 %\r\n\x1b[31mwarning\x1b[0m: a \x07bell\n")

    async def test(app, pilot, pane):
        await until(pilot, lambda: pane.history.step == 800)
        for panel in (LossPanel, DrivePanel, SamplesPanel):
            await until(pilot, lambda panel=panel: app.query_one(panel).size.area > 0)
        await pilot.press("o")
        await until(pilot, lambda: app.query_one(LogPanel).display)
        await until(pilot, lambda: "100 %" in screen_text(app) and "warning: a ␇bell" in screen_text(app))
        reading, go_on = threading.Event(), threading.Event()
        monkeypatch.setattr(
            "gptlab_tui.tui.panes.train.drawing.log_tail",
            lambda path, count: reading.set() or (go_on.wait(60) and ["late"]),
        )
        pane.draw_all(now=True)
        await until(pilot, reading.is_set, "the thread that reads")
        await pilot.press("l")  # no key waits for the disk
        assert pane.view.log_y
        go_on.set()
        await until(pilot, lambda: "late" in screen_text(app))

    drive(home, test, size=(140, 40))


@pytest.mark.parametrize("panel", [LossPanel, DrivePanel, SamplesPanel])
def test_panels_explain_themselves_and_name_their_command(home, panel):
    filled(home)

    async def test(app, pilot, pane):
        await until(pilot, lambda: pane.history.step == 800)
        one = app.query_one(panel)
        assert "gptlab runs show mine" in one.command()
        explanation = one.explanation()
        assert explanation.formula
        assert explanation.numbers
        if panel is LossPanel:
            numbers = dict(explanation.numbers)
            assert numbers["ln V, V = 100 tokens"].startswith("4.6052")
            assert "3.7800" in numbers["bits per byte"]

    drive(home, test, size=(140, 40))


def test_leaving_the_pane_stops_what_draws(home, monkeypatch):
    run = filled(home)

    async def test(app, pilot, pane):
        await until(pilot, lambda: pane.history.step == 800)
        await pilot.press("3")
        await until(pilot, lambda: app.pane is not pane)
        assert not any(worker.group == "machine" and not worker.is_finished for worker in app.workers)
        drawn = []
        monkeypatch.setattr(ChartView, "_redraw", drawn.append)
        monkeypatch.setattr(TrainPane, "_draw_bar", drawn.append)
        with JournalWriter(run.journal) as journal:
            journal.append(step(801))
        await until(pilot, lambda: pane.history.step == 801)
        assert drawn == []
        monkeypatch.undo()
        await pilot.press("2")
        await until(pilot, lambda: app.pane is pane and "finished" in screen_text(app))

    drive(home, test)


def test_a_start_says_that_it_starts_and_then_watches(home, monkeypatch):
    filled(home, "new")
    asked, go = [], threading.Event()

    def launched(home, arguments, given_up, left):
        asked.append(arguments)
        assert go.wait(60)
        return "new", given_up.is_set()

    monkeypatch.setattr("gptlab_tui.tui.panes.train.actions.launch", launched)

    async def test(app, pilot, pane):
        pane.start(["--preset", "cpu200k"], "starting a training")
        await until(pilot, lambda: "starting a training" in screen_text(app))
        go.set()
        await until(pilot, lambda: pane.run_dir is not None and pane.run_dir.name == "new")
        assert asked == [["--preset", "cpu200k"]]
        assert pane.launching == ""
        assert toasts(app) == []

    drive(home, test)


def test_a_start_that_is_given_up_is_stopped_once_it_listens(home, monkeypatch, tmp_path):
    go, run = tmp_path / "go", make_run(home)
    program = (
        "import json, os, sys, time\nwhile not os.path.exists(sys.argv[1]): time.sleep(0.01)\n"
        "print(json.dumps({'run': 'mine'}))"
    )
    monkeypatch.setattr("gptlab_tui.tui.verb.command", lambda *_: [sys.executable, "-c", program, str(go)])

    async def test(app, pilot, pane):
        pane.start([], "starting a training")
        await pilot.press("x")
        await until(pilot, lambda: "given up" in screen_text(app))
        with training(run):  # it cannot be called back any more
            go.touch()
            await until(pilot, lambda: [one["verb"] for one in commands(run)] == ["stop"], "the command")
            await until(pilot, lambda: any("told to stop" in words for words in toasts(app)))
            assert pane.run_dir.name == "mine"
            assert pane.launching == ""

    drive(home, test)


@pytest.mark.parametrize("error", [OSError(13, "not allowed"), ValueError("odd")])
def test_a_start_that_fails_is_told_and_another_can_follow(home, monkeypatch, error):
    def fails(*_):
        raise error

    monkeypatch.setattr("gptlab_tui.tui.panes.train.actions.launch", fails)

    async def test(app, pilot, pane):
        for count in (1, 2):
            pane.start([], "starting a training")
            await until(
                pilot, lambda count=count: sum(str(error.args[-1]) in words for words in toasts(app)) == count
            )
            assert pane.launching == ""

    drive(home, test)


def test_a_thread_that_fails_is_told(home, monkeypatch):
    def fails(home):
        raise OSError(13, "not allowed", str(home.runs))

    monkeypatch.setattr("gptlab_tui.tui.panes.train.watch.list_runs", fails)

    async def go():
        async with workbench(home, "train") as (app, pilot):
            await until(pilot, lambda: any("not allowed" in words for words in toasts(app)))

    asyncio.run(go())


@pytest.mark.parametrize("error", [OSError(13, "not allowed"), ValueError("odd")])
def test_a_form_that_cannot_read_or_check_says_so(home, monkeypatch, error):
    from gptlab_tui.tui.panes.train.new import NewRun

    def fails(*_):
        raise error

    async def test(app, pilot, pane):
        def problem():
            return str(app.screen.query_one("#new-problem", Static).content)

        with monkeypatch.context() as patch:
            patch.setattr("gptlab_tui.presets.list_presets", fails)
            await pilot.press("n")
            await until(pilot, lambda: isinstance(app.screen, NewRun) and error.args[-1] in problem())
        await pilot.press("escape", "n")
        with monkeypatch.context() as patch:
            patch.setattr("gptlab_tui.tui.panes.train.new.check_wish", fails)
            await until(pilot, lambda: error.args[-1] in problem())
        monkeypatch.setattr("gptlab_tui.tui.panes.train.plan.Planner.ask", lambda *_: None)
        app.screen.query_one("#new-max_iters").value = "25"
        await until(pilot, lambda: not app.screen.query_one("#new-start", Button).disabled)
        assert problem() == ""

    drive(home, test)


def test_the_form_checks_in_place_and_leaves_with_a_command(home, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "gptlab_tui.tui.panes.train.plan.Planner.ask", lambda self, number, wish: asked.append(wish)
    )
    monkeypatch.setattr(TrainPane, "start", lambda self, arguments, words: asked.append(arguments))

    async def test(app, pilot, pane):
        form = await new_run(app, pilot)
        field = form.query_one("#new-max_iters", Input)
        field.value = "0"
        await until(pilot, lambda: "max_iters cannot be 0" in screen_text(app), "the problem")
        assert form.query_one("#new-start", Button).disabled
        field.value = "25"
        await until(pilot, lambda: not form.query_one("#new-start", Button).disabled)
        await until(pilot, lambda: bool(asked) and asked[-1].overrides == ("train.max_iters=25",))
        await pilot.press("f5")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        assert asked[-1] == ["--preset", "cpu200k", "--corpus", "contos", "-o", "train.max_iters=25"]

    drive(home, test)


def test_the_start_that_comes_before_the_check_waits_for_it(home, monkeypatch):
    asked = []
    monkeypatch.setattr("gptlab_tui.tui.panes.train.plan.Planner.ask", lambda *_: None)
    monkeypatch.setattr(TrainPane, "start", lambda self, arguments, words: asked.append(arguments))

    async def test(app, pilot, pane):
        form = await new_run(app, pilot)
        form.query_one("#new-max_iters", Input).focus()
        await pilot.press("2", "5", "f5")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        assert asked == [["--preset", "cpu200k", "--corpus", "contos", "-o", "train.max_iters=25"]]

    drive(home, test)


def test_keys_count_though_nobody_has_answered_the_ones_before(home):
    run = make_run(home)

    async def test(app, pilot, pane):
        with training(run) as journal:
            await has_begun(journal, pilot, pane)
            await pilot.press("d", "u", "u", "space", "space", "space")
            await until(pilot, lambda: len(commands(run)) == 6)
            told = [(one["verb"], one["value"]) for one in commands(run)]
            assert told[:3] == [("set", 0.5), ("set", 1.0), ("set", 2.0)]
            assert [verb for verb, _ in told[3:]] == ["pause", "resume", "pause"]
            assert "lr_scale = 2" in str(app.query_one(LossPanel).border_subtitle)

    drive(home, test)


def test_which_run_is_chosen(home):
    def chosen(asked="", remembered=""):
        run = choose(home, list_runs(home), asked, remembered)
        return run.name if run is not None else None

    assert chosen() is None
    filled(home), filled(home, "later")
    assert chosen() == "later"
    assert chosen(remembered="mine") == "mine"
    assert chosen(remembered="gone") == "later"
    assert chosen(asked="gone", remembered="mine") == "mine"
    assert chosen(remembered="contos") == "contos"
    with training(make_run(home, "young")), training(make_run(home, "old")):
        assert chosen(remembered="mine") in ("young", "old")
        assert chosen(remembered="young") == "young"
        assert chosen(remembered="old") == "old"
        assert chosen(asked="mine", remembered="young") == "mine"
    assert beside(["a", "b"], "b", 1) == "a"
    assert beside(["a"], "x", 1) == "a"
    assert beside([], "x", 1) is None


def test_another_runs_evaluations_are_read(home):
    found = read_other(home, filled(home).name)
    assert found.steps == (0, 200, 400, 600, 800)
    assert found.bits == pytest.approx([1.4 * val for val in (4.0, 3.0, 2.5, 2.6, 2.7)])
    assert found.tokens == (0, 12_800, 25_600, 38_400, 51_200)
    assert found.nats == (4.0, 3.0, 2.5, 2.6, 2.7)
    assert found.seconds == pytest.approx((0, 20, 40, 60, 80))
    assert read_other(home, "none") is None
    assert read_other(home, "contos").steps[-1] == 10_000  # which lies elsewhere


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
def test_the_strip_tells_what_the_gpu_does(home, monkeypatch, size):
    card = Gpu("card", 0.98, 3 * GIB, 4 * GIB, 71.0, 68.0)
    looks = Machine(0.12, 9 * GIB, 16 * GIB, (card,))
    monkeypatch.setattr("gptlab_tui.tui.panes.train.pane.Gauge", lambda: SimpleNamespace(read=lambda: looks))

    async def test(app, pilot, pane):
        said = "GPU  98 %  3.0/4.0 GiB   71 °C   68 W"
        await until(pilot, lambda: said in screen_text(app), "the strip")

    drive(home, test, size=size)


def small(app):
    """The small charts in sight, and what each shows."""
    charts = [chart for chart in app.query_one(DrivePanel).query(ChartView) if chart.size.area]
    return [chart.chart for chart in charts]


def test_small_charts_stand_beside_each_other_where_there_is_room(home):
    filled(home)

    async def test(app, pilot, pane):
        await until(pilot, lambda: len(small(app)) == 3 and "tokens/s 640" in screen_text(app))
        rates, norms, speeds = small(app)
        assert list(rates.curves[0].ys) == [1e-3] * 800
        assert list(norms.curves[0].ys) == [0.5] * 800
        assert list(speeds.curves[0].ys) == [640.0] * 800
        assert "learning rate 1.00e-03" in screen_text(app)
        assert "gradient norm 0.500" in screen_text(app)
        await pilot.press("plus", "i", "L", "up")
        losses_chart = losses(app).chart
        await until(pilot, lambda: {one.cursor for one in small(app)} == {losses_chart.cursor})  # they follow
        for chart in small(app):
            assert (chart.x_range, chart.log_x) == (losses_chart.x_range, True)
            assert chart.cursor == losses_chart.cursor == 600 * 64
        await pilot.press("v")
        await until(pilot, lambda: small(app) == [])
        await pilot.press("v")
        await until(pilot, lambda: len(small(app)) == 3)

    drive(home, test, size=(140, 40))


def test_where_there_is_none_a_key_brings_one_after_the_other(home):
    filled(home)

    async def test(app, pilot, pane):
        await until(pilot, lambda: pane.history.step == 800)
        assert small(app) == []
        for words in ("learning rate 1.00e-03", "gradient norm 0.500", "tokens/s 640"):
            await pilot.press("v")
            await until(pilot, lambda words=words: words in screen_text(app), words)
            assert len(small(app)) == 1
            assert losses(app).size.area
        await pilot.press("v")
        await until(pilot, lambda: small(app) == [])
        await pilot.press("v", "tab")
        await until(pilot, lambda: isinstance(app.focused, DrivePanel))
        await pilot.press("z")
        await until(pilot, lambda: len(small(app)) == 3)

    drive(home, test)


def titles(app):
    return {offer.title for offer in app.offers()}


def test_the_palette_offers_what_the_run_can_take(home):
    run = make_run(home)
    steering = {"Pause", "Stop", "Checkpoint", "Sample", "lr down", "lr up", "More"}

    async def test(app, pilot, pane):
        assert titles(app) & (steering | {"Smooth", "Samples", "Resume"}) == set()
        assert "New" in titles(app)
        line = app.query_one(KeyLine)
        assert "Pause" not in line.render().plain
        await pilot.press("space", "x", "w", "m")
        assert len(toasts(app)) == 4
        assert all(one.startswith("Not now, it is not in training: ") for one in toasts(app))
        with training(run) as journal:
            journal.append(step(1))
            pane.watch_run(run)
            await until(pilot, lambda: pane.history.step == 1 and pane.alive)
            assert titles(app) >= steering | {"Smooth", "Log y", "New"}
            await until(pilot, lambda: "space Pause" in line.render().plain)
            assert titles(app) & {"Resume", "Samples", "Wider"} == set()
            assert "Next run" in titles(app)  # the bundled one, to compare with
            await pilot.press("space")
            await until(pilot, lambda: commands(run))
            answer(journal, commands(run)[0], 1)
            await until(pilot, lambda: pane.history.paused)
            assert "Go on" in titles(app)
            assert "Pause" not in titles(app)
        await until(pilot, lambda: not pane.alive)
        assert titles(app) >= {"Resume", "More"}
        assert titles(app) & {"Pause", "Go on", "Stop", "Checkpoint", "Sample", "lr down", "lr up"} == set()

    drive(home, test)


def test_it_opens_on_the_run_that_is_alive(home):
    filled(home), filled(home, "young")
    save_state(home, State(run="mine"))

    async def test(app, pilot, pane):
        await until(pilot, lambda: pane.run_dir is not None)
        assert pane.run_dir.name == "young"
        await pilot.press("5")
        await until(pilot, lambda: app.pane.id == "runs" and app.query(RunsTable))
        table = app.query_one(RunsTable)
        await until(pilot, lambda: table.current)
        table.go_to("mine")
        await pilot.press("enter")
        await until(pilot, lambda: app.pane is pane and pane.run_dir.name == "mine")
        await pilot.press("3")
        await until(pilot, lambda: app.pane is not pane)
        await pilot.press("2")
        await until(pilot, lambda: app.pane is pane)
        assert pane.run_dir.name == "mine"

    with RunLock(Run(home.runs / "young")):
        drive(home, test)


def test_watch_opens_on_the_run_that_was_asked_for(home):
    filled(home), filled(home, "young")

    async def go():
        app = Workbench(home, Terminal(), pane="train", run="mine")
        async with app.run_test() as pilot:
            await until(pilot, lambda: isinstance(app.pane, TrainPane) and app.pane.run_dir is not None)
            assert app.pane.run_dir.name == "mine"

    with RunLock(Run(home.runs / "young")):
        asyncio.run(go())


@pytest.mark.parametrize(
    ("schedule", "suggested", "words"),
    [
        ("linear", "1000", ["--from", "mine", "-o", "train.max_iters=900"]),
        ("constant", "2000", ["--resume", "mine", "-o", "train.max_iters=1900"]),
    ],
)
def test_a_run_that_has_ended_is_trained_on(home, monkeypatch, schedule, suggested, words):
    run, asked = filled(home), []
    with JournalWriter(run.journal) as journal:
        journal.append(step(1000))
    request = run.read_request()
    request["config"]["train"] |= {"schedule": schedule, "min_lr": 0.0}
    run.run_json.write_text(json.dumps(request))
    monkeypatch.setattr(TrainPane, "start", lambda self, arguments, words: asked.append(arguments))

    async def test(app, pilot, pane):
        from textual.widgets import Input

        await until(pilot, lambda: pane.history.step == 1000)
        await pilot.press("m")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        assert app.screen.query_one(Input).value == suggested
        await pilot.press("n", "o", "enter")
        await until(pilot, lambda: "no is not a whole number of steps above" in screen_text(app))
        if words[0] == "--resume":  # it has taken so many already
            await pilot.press("backspace", "backspace", "9", "0", "0", "enter")
            await until(pilot, lambda: "900 is not a whole number of steps above 1,000." in screen_text(app))
        assert asked == []
        await pilot.press("home", "shift+end")  # what was typed is still there, to be mended
        await pilot.press(*words[-1].partition("=")[2], "enter")
        assert asked == [words]

    drive(home, test)


def test_a_training_that_begins_elsewhere_is_told(home, monkeypatch):
    filled(home)
    monkeypatch.setattr("gptlab_tui.tui.panes.train.pane._IDLE_MACHINE_S", 0.05)

    async def test(app, pilot, pane):
        await until(pilot, lambda: "finished" in screen_text(app))
        with training(make_run(home, "young")):
            await until(pilot, lambda: "1 other in training" in screen_text(app))
            await pilot.press("left_square_bracket")  # those in training come first
            await until(pilot, lambda: pane.run_dir.name == "young")
        await until(pilot, lambda: "other in training" not in screen_text(app))

    drive(home, test)


def test_a_branch_says_that_it_has_not_been_trained_further(home):
    filled(home)
    run = make_run(home, "twig")
    with JournalWriter(run.journal) as journal:
        journal.append(STARTED)
        journal.append(step(500))
        journal.append({"event": "branched", "step": 500, "elapsed_s": 0.0, "parent": "mine"})

    async def test(app, pilot, pane):
        pane.watch_run(run)
        await until(pilot, lambda: "not trained further" in screen_text(app))
        assert "· branched    500/1,000" in screen_text(app)
        assert "b branched" in screen_text(app)
        with training(run) as journal:
            journal.append({"event": "resumed", "step": 500, "elapsed_s": 0.0, "from_step": 500})
        await until(pilot, lambda: "! interrupted" in screen_text(app))

    drive(home, test)


def test_an_evaluation_shows_life(home, monkeypatch):
    run, now = make_run(home), SimpleNamespace(s=1000.0)
    monkeypatch.setattr("gptlab_tui.tui.panes.train.watch.time", SimpleNamespace(monotonic=lambda: now.s))
    monkeypatch.setattr("gptlab_tui.tui.panes.train.drawing.time", SimpleNamespace(monotonic=lambda: now.s))

    async def test(app, pilot, pane):
        with training(run) as journal:
            journal.append(step(100))
            pane.watch_run(run)
            await until(pilot, lambda: "▶ running" in screen_text(app))
            journal.append({"event": "evaluating", "step": 100, "elapsed_s": 10.0})
            await until(pilot, lambda: "▶ evaluating" in screen_text(app))
            assert app.query_one(Tabs).status.endswith(" ▶ evaluating")
            now.s += 7
            await until(pilot, lambda: "17 s" in screen_text(app))  # the time goes on
            journal.append(evaluated(100, 2.5))
            await until(pilot, lambda: "▶ running" in screen_text(app))

    drive(home, test)
