"""A run that is renamed: whoever knows it by its old name follows."""

import asyncio

from gptlab_tui.tui.models import Models
from gptlab_tui.tui.moment import Moment
from gptlab_tui.tui.panel import Pane
from gptlab_tui.tui.panes.attention.views.surprise import SurpriseView
from gptlab_tui.tui.panes.generate.lane import Lane
from gptlab_tui.tui.panes.generate.story import Story
from gptlab_tui.tui.panes.runs.table import RunsTable
from tests.tui.driving import screen_text, until, workbench

PIECE = {"id": 1, "piece": "a", "bytes": "61"}


def test_all_panes_follow_a_run_to_its_new_name(runs, monkeypatch):
    asked = []
    monkeypatch.setattr(Models, "ask", lambda self, asker, do, **more: asked.append((asker.id, more)) or 0)

    async def go():
        async with workbench(runs, "train", watched="gamma") as (app, pilot):
            await until(pilot, lambda: app.pane.run_dir is not None and app.pane.run_dir.name == "gamma")
            for name in ("generate", "attention", "embeddings", "model"):
                await app.show(name)
                await until(pilot, lambda name=name: any(pane == name for pane, _ in asked), name)
            panes = {pane.id: pane for pane in app.query(Pane)}
            for pane in panes.values():
                pane.sight = Moment("gamma", 100)
            panes["attention"].query_one(SurpriseView)._against = ("gamma", 50)
            writing = panes["generate"]
            writing.model, writing.second = ("gamma", 100), ("gamma", 50)
            writing.main.story = Story("a", [PIECE], run="gamma", step=100)
            writing.lanes = [
                Lane("alpha newest", model=("alpha", None)),
                Lane("gamma step 50", model=("gamma", 50)),
            ]
            app.shared.moment = Moment("gamma", 100)
            app.shared._off["gamma"] = ((0, 1),)
            await app.show("runs")
            await until(pilot, lambda: app.query_one(RunsTable).row_count == 4)
            table = app.query_one(RunsTable)
            for name in ("alpha", "gamma"):
                table.go_to(name)
                await pilot.press("space")
            table.go_to("gamma")
            asked.clear()
            await pilot.press("n", *"omega", "enter")
            await until(pilot, lambda: table.current == "omega" and (runs.runs / "omega").exists())
            assert set(app.pane.marked) == {"alpha", "omega"}
            assert app.state.run == "omega"
            assert (app.shared.moment, app.shared.off_of("omega")) == (Moment("omega", 100), ((0, 1),))
            assert {panes[name].sight for name in panes if name != "train"} == {Moment("omega", 100)}
            await until(pilot, lambda: panes["train"].sight == Moment("omega", 150))  # it is read anew
            assert panes["train"].run_dir.path == runs.runs / "omega"
            assert {pane: more["run"] for pane, more in asked if "run" in more} == dict.fromkeys(
                ("attention", "embeddings", "model"), "omega"
            )
            assert panes["attention"].query_one(SurpriseView)._against == ("omega", 50)
            assert (writing.model, writing.second) == (("omega", 100), ("omega", 50))
            assert writing.main.story.model["run"] == "omega"
            assert [(lane.title, lane.model) for lane in writing.lanes] == [
                ("alpha newest", ("alpha", None)), ("omega step 50", ("omega", 50)),
            ]  # fmt: skip
            await app.show("train")
            await until(pilot, lambda: "omega" in screen_text(app))

    asyncio.run(go())
