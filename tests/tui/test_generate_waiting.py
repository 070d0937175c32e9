"""The pane Generate while its model loads: what is pressed is done later, or told to be too early."""

import asyncio

from gptlab_tui.tui.keyline import KeyLine
from gptlab_tui.tui.panes.generate.looked import LookedPanel
from tests.tui.driving import until, workbench
from tests.tui.in_this_process import InThisProcess


def drive(home, go):
    """Opens the pane with a model that loads until `deliver`."""
    models = InThisProcess(home)
    models.slow = {"open"}

    async def run():
        async with workbench(home, "generate", models=models) as (app, pilot):
            await until(pilot, lambda: app.models.held)
            await go(app, pilot)

    asyncio.run(run())


def frame(app):
    return app.pane.query_one("#main").border_subtitle


def told(app):
    """What the notifications say."""
    return [one.message for one in app._notifications]


def test_what_is_pressed_while_a_model_loads_is_done_when_it_is_there(home):
    async def go(app, pilot):
        pane, line = app.pane, app.query_one(KeyLine)
        await until(pilot, lambda: frame(app) == "loading the model …")
        # Enter waits, and escape takes it back.
        await pilot.press("enter")
        await until(pilot, lambda: frame(app) == "loading, then writes …")
        await until(pilot, lambda: line.render().plain.startswith("esc Take back"))
        await pilot.press("escape")
        await until(pilot, lambda: frame(app) == "loading the model …")
        await until(pilot, lambda: line.render().plain.startswith("i Prompt"))
        # So does another prompt: only what was read is written from.
        await pilot.press("i", "enter")
        await until(pilot, lambda: "then writes …" in frame(app) and pane.text_view.has_focus)
        await pilot.press("i", "x")
        await until(pilot, lambda: frame(app) == "loading the model …")
        await pilot.press("backspace", "escape")
        # Two tokens.
        await pilot.press("space", "space")
        await until(pilot, lambda: "then writes one token …" in frame(app))
        app.models.deliver()
        await until(pilot, lambda: pane.main.story and len(pane.main.story.path) == 2 and not pane._steps)
        # Another model loads: what is pressed is for that one.
        pane.turn_to({"pace": 0, "max_tokens": 7})
        pane.seen, pane.main.story = None, None
        pane.open_model("contos", 0, chosen=True)
        await until(pilot, lambda: app.models.held)
        await pilot.press("enter")
        app.models.deliver()
        await until(pilot, lambda: pane.main.story and len(pane.main.story.path) == 7)
        assert pane.main.story.step == 0

    drive(home, go)


def test_texts_side_by_side_wait_for_the_model_too(home):
    async def go(app, pilot):
        await pilot.press("s")
        await until(pilot, lambda: frame(app) == "loading, then compares …")
        app.models.deliver()
        await until(pilot, lambda: len(app.pane.views) == 4)

    drive(home, go)


def test_other_keys_say_that_they_need_a_model(home):
    async def go(app, pilot):
        await pilot.press("t", "G")
        await until(pilot, lambda: told(app) == ["The model is still loading. This key needs one."])
        await pilot.press("a")
        head = app.pane.query_one(LookedPanel).query_one("#looked-head")
        await until(pilot, lambda: str(head.render()) == "loading the model …")

    drive(home, go)


def test_a_wish_ends_where_no_model_opens_and_the_next_key_tries_again(home):
    async def go(app, pilot):
        pane, models = app.pane, app.models
        for number in 1, 2:  # the run of yesterday, then any
            await pilot.press("enter")
            failed = {"kind": "failed", "message": "There is no trained model yet.", "hint": ""}
            (asked,) = models.held
            asker, posts = models.held[asked]
            models.held[asked] = (asker, [type(posts[0])({"id": asked, **failed})])
            models.deliver()
            await until(pilot, lambda number=number: models.held if number == 1 else pane.wish is None)
        await until(pilot, lambda: frame(app) == "" and not models.held)
        await pilot.press("enter")
        await until(pilot, lambda: frame(app) == "loading, then writes …")
        models.deliver()
        await until(pilot, lambda: pane.main.story and pane.main.story.path)

    drive(home, go)
