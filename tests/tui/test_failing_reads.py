"""Every key of the panes that read runs from a disk, where the disk does not answer."""

import asyncio

import pytest
from textual.widgets import Input

from gptlab_tui.runs.journal import JournalWriter
from gptlab_tui.tui.keys import runs as runs_keys
from gptlab_tui.tui.keys import train as train_keys
from gptlab_tui.tui.panes.runs.table import RunsTable
from tests.tui.driving import until, workbench
from tests.tui.test_failing_model import first_keys
from tests.tui.test_train import STARTED, evaluated, filled, sampled, step

SAID = "the disk is gone"
PANES = "gptlab_tui.tui.panes"
READS = (
    f"{PANES}.train.watch.list_runs",
    f"{PANES}.train.watch.read_other",
    f"{PANES}.train.runs.find_run",
    f"{PANES}.train.actions.find_run",
    f"{PANES}.train.drawing.log_tail",
    f"{PANES}.runs.reading.list_runs",
    f"{PANES}.runs.reading.read_preview",
    f"{PANES}.runs.pane.find_run",
    f"{PANES}.runs.asking.valid_steps",
    f"{PANES}.runs.actions.find_run",
    f"{PANES}.further.is_spent",
    "gptlab_tui.insight.milestones.table_losses",
    "gptlab_tui.presets.list_presets",
)


def fail(monkeypatch):
    """From now on nothing can be read."""

    def fails(*_, **__):
        raise OSError(5, SAID)

    for name in READS:
        monkeypatch.setattr(name, fails)


async def press_all(app, pilot, section, *more):
    """Presses each key of a pane, and leaves whatever it has opened."""
    name = app.pane.id
    for key in (*first_keys(section), *more):
        await pilot.press(key)
        await pilot.pause()
        if app.screen is not app.screen_stack[0] and app.screen.query(Input):
            await pilot.press("1", "enter")  # an answer, where one is asked for
            await pilot.pause()
        while app.screen is not app.screen_stack[0]:
            await pilot.press("escape")
            await pilot.pause()
        if app.pane.id != name:
            await app.show(name)
    await pilot.press("escape")


@pytest.mark.parametrize("known", [False, True], ids=["from the start", "later"])
def test_no_key_of_train_ends_the_workbench(home, monkeypatch, known):
    filled(home)
    other = filled(home, "other")
    with JournalWriter(other.journal) as journal:
        for record in (STARTED, step(900), evaluated(900, 1.0), sampled(900, "x")):
            journal.append(record)
    if not known:
        fail(monkeypatch)

    async def go():
        async with workbench(home, "train", (140, 40)) as (app, pilot):
            if known:
                await until(pilot, lambda: app.pane.history.samples)
                fail(monkeypatch)
            await press_all(app, pilot, train_keys, "e", "y")
            await until(pilot, lambda: any(SAID in note.message for note in app._notifications))
            assert app.pane.id == "train"

    asyncio.run(go())


@pytest.mark.parametrize("known", [False, True], ids=["from the start", "later"])
def test_no_key_of_runs_ends_the_workbench(runs, monkeypatch, known):
    if not known:
        fail(monkeypatch)

    async def go():
        async with workbench(runs, "runs", (140, 40)) as (app, pilot):
            if known:
                await until(pilot, lambda: app.query_one(RunsTable).row_count == 4)
                fail(monkeypatch)
            for name in ("gamma", "ruin") if known else ("",):  # one that is whole, and a broken one
                app.query_one(RunsTable).go_to(name)
                await press_all(app, pilot, runs_keys, "e", "y")
            await until(pilot, lambda: SAID in str(app.query_one("#runs-list").border_subtitle))
            assert app.pane.id == "runs"

    asyncio.run(go())
