"""Every key of the panes that ask the model process, where its answers are failures."""

import asyncio

import pytest

from gptlab_tui.serving.desk import Desk
from gptlab_tui.serving.job import Job
from gptlab_tui.serving.protocol import pack, unpack
from gptlab_tui.tui.dialogs import Page
from gptlab_tui.tui.keys import attention, generate, model
from gptlab_tui.tui.models import ModelAnswer
from tests.tui.driving import screen_text, until, workbench

SAID = "The model cannot be read."


class Failing:
    """Stands in for the model process: what it cannot do fails at once."""

    def __init__(self, home, can=()):
        self.handlers = {do: handler for do, handler in Desk(home).handlers().items() if do in can}
        self.asked = []

    def ask(self, asker, do, **arguments):
        self.asked.append(do)
        number = len(self.asked)
        answers = [{"kind": "failed", "message": SAID, "hint": "Look at its folder."}]
        if do in self.handlers:
            request = unpack(pack({"id": number, "do": do, **arguments}))
            answers = [*filter(None, self.handlers[do](Job(number, request))), {"kind": "done"}]
        for answer in answers:
            asker.post_message(ModelAnswer(unpack(pack({"id": number, **answer}))))
        return number

    def turn(self, number, **arguments):
        pass

    def cancel(self, number):
        pass

    def owes(self, number):
        return False

    def close(self):
        pass


def first_keys(section):
    return [key.keys.split(",")[0] for key in section.KEYS]


@pytest.mark.parametrize(
    ("can", "place"),
    [
        ((), "#text"),
        (("open", "predict"), "#next"),
        (("open", "predict", "write"), "#looked"),
    ],
)
def test_no_key_of_generate_ends_the_workbench(home, tmp_path, monkeypatch, can, place):
    monkeypatch.chdir(tmp_path)  # where a transcript goes

    async def go():
        async with workbench(home, "generate", models=Failing(home, can)) as (app, pilot):
            pane = app.pane
            await until(pilot, lambda: app.models.asked and not pane.talk.opening.is_waiting)
            for key in first_keys(generate):
                pane.query_one(place).focus()
                await pilot.press(key)
                await pilot.pause()
                while app.screen is not app.screen_stack[0]:
                    await pilot.press("escape")
                    await pilot.pause()
                if app.pane is not pane:  # to all heads at that token
                    await pilot.press("3")
            assert bool(pane.own) == ("open" in can)
            assert "write" in app.models.asked or not can
            if not can:  # it asks no model that has not opened
                assert set(app.models.asked) == {"open"}

    asyncio.run(go())


def test_no_key_of_attention_ends_the_workbench(home):
    async def go():
        async with workbench(home, "attention", (140, 40), models=Failing(home)) as (app, pilot):
            await until(pilot, lambda: SAID in " ".join(screen_text(app).replace("│", " ").split()))
            for key in (*first_keys(attention), "e", "y"):
                await pilot.press(key)
                await pilot.pause()
                assert not isinstance(app.screen, Page)  # there is nothing to explain
                if app.screen is not app.screen_stack[0]:
                    await pilot.press("escape")
                await pilot.press("escape")
            assert app.pane.heads is None
            assert "not read" in screen_text(app)

    asyncio.run(go())


@pytest.mark.parametrize("can", [(), ("model_tree",)])
def test_no_key_of_model_ends_the_workbench(home, can):
    async def go():
        async with workbench(home, "model", (140, 40), models=Failing(home, can)) as (app, pilot):
            pane = app.pane
            await until(pilot, lambda: "model_tree" in app.models.asked)
            for view in ("weights", "walk"):
                await until(pilot, lambda view=view: pane.view == view)
                for key in (*first_keys(model), "e", "y"):
                    if key == "v":
                        continue
                    await pilot.press(key)
                    await pilot.pause()
                    while app.screen is not app.screen_stack[0]:
                        await pilot.press("escape")
                        await pilot.pause()
                    if pane.view != view:  # a text is only typed for a walk
                        await pilot.press("escape", "v")
                await pilot.press("v")
            assert (pane.modules is not None) == bool(can)
            assert pane.weight is None
            assert pane.steps is None
            await pilot.press("v")
            assert SAID in " ".join(screen_text(app).replace("│", " ").split())

    asyncio.run(go())
