"""Answers that come when nobody wants them any more, held back by the stand-in until then."""

import torch
from textual.widgets import OptionList

from gptlab_tui.insight.linear_lens import LinearLens
from gptlab_tui.insight.weights import norms_by_snapshot
from gptlab_tui.serving import depth
from tests.embedded_runs import moving_run
from tests.tui import test_attention as attention
from tests.tui import test_model as model
from tests.tui.driving import lists_models, until


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


def test_gradients_of_a_run_are_not_shown_under_another(home, monkeypatch):
    monkeypatch.setattr(
        "gptlab_tui.serving.weighing.gradients_by_snapshot",
        lambda run, ids, **_: ((step, dict.fromkeys(norms, 1.0)) for step, norms in norms_by_snapshot(run)),
    )
    moving_run(home, "one")

    async def scene(stage):
        pane, models = stage.pane, stage.app.models
        models.slow = {"model_past"}
        await stage.pilot.press("d")
        await until(stage.pilot, lambda: models.held and pane.measuring)
        (number,) = models.held
        await stage.pilot.press("r")
        await until(stage.pilot, lambda: lists_models(stage.app))
        await stage.pilot.press("home", "enter")
        await until(stage.pilot, lambda: pane.modules.run == "one" and len(models.held) == 2)
        assert models.called_off == [number]
        assert not pane.measuring
        models.deliver()  # the one that was called off first
        await until(stage.pilot, lambda: pane.past is not None)
        assert pane.past.run == "one"
        assert pane.past.steps == (0, 100, 200)
        assert not pane.past.gradients

    model.play(home, scene)


def test_what_is_copied_is_the_lens_that_is_shown(home, monkeypatch):
    same = LinearLens(torch.zeros(4, 64, 64), torch.zeros(4, 64), 7, (0.0,) * 4, (0.0,) * 4)
    monkeypatch.setattr(depth.linear_lens, "kept", lambda *_: same)

    async def scene(stage):
        await stage.pilot.press("d")
        view = stage.pane.view
        await until(stage.pilot, lambda: view.is_there)
        stage.app.models.slow = {"lens"}
        await stage.pilot.press("p")
        await until(stage.pilot, lambda: stage.app.models.held)
        assert "logit lens" in stage.screen()
        assert "--linear" not in view.command()
        assert "linear" not in view.explanation().says
        stage.app.models.deliver()
        await stage.shows("linear lens")
        assert "--linear" in view.command()
        assert "linear" in view.explanation().says

    attention.play(home, scene)
