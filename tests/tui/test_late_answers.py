"""Answers that come when nobody wants them any more, held back by the stand-in until then."""

from textual.widgets import OptionList

from tests.tui import test_attention as attention
from tests.tui.driving import lists_models, until

TEXT = attention.TEXT


def test_a_comparison_that_was_left_does_not_come_back(home):
    async def scene(stage):
        await stage.pilot.press("u")
        view = stage.pane.view
        await until(stage.pilot, lambda: view.is_there)
        stage.app.models.slow = {"difference"}
        await stage.pilot.press("v")
        await until(stage.pilot, lambda: lists_models(stage.app))
        await stage.pilot.press("right")
        steps = stage.app.screen.query_one("#steps", OptionList)
        await until(stage.pilot, lambda: steps.has_focus)
        await stage.pilot.press("end", "enter")
        await until(stage.pilot, lambda: stage.app.models.held)
        (number,) = stage.app.models.held
        await stage.shows("reads with contos")
        await stage.pilot.press("v")
        await until(stage.pilot, lambda: stage.app.models.called_off == [number])
        assert "reads with contos" not in stage.screen()
        stage.app.models.deliver()
        stage.app.models.slow = set()
        await stage.pilot.press("b")  # what is asked for later is heard later
        await until(stage.pilot, lambda: len(view.found.pieces) == 1000)
        assert view.apart is None
        assert view.shown is view.found

    attention.play(home, scene)
