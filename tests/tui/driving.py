"""What every test of the workbench needs: to open it, to wait for something, to read the screen."""

import time
from contextlib import asynccontextmanager
from dataclasses import replace

from textual.widgets import OptionList

from gptlab_tui.tui.app import Workbench
from gptlab_tui.tui.choose_model import ChooseModel
from gptlab_tui.tui.state import load_state, save_state
from gptlab_tui.tui.terminal import Terminal

#: Longer than anything takes on a busy machine.
PATIENCE_S = 60.0


@asynccontextmanager
async def workbench(home, pane=None, size=(80, 24), terminal=None, *, models=None, watched=None, **kept):
    """A workbench with a pane at the front: (app, pilot).

    `models` stands in for the model process; `watched` is the run that is asked for, `kept` what is
    remembered of the day before.
    """
    if kept:
        save_state(home, replace(load_state(home), **kept))
    app = Workbench(home, terminal or Terminal(), pane=pane, run=watched)
    if models is not None:
        app.models = models
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.pane is not None)  # the frame stands before the pane
        yield app, pilot


async def until(pilot, condition, what="what was waited for"):
    """Lets the workbench work until something is so."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, f"{what} did not come:\n{screen_text(pilot.app)}"
        await pilot.pause(0.01)
    await pilot.pause()


def lists_models(app):
    """Whether it is asked which model is meant, and the runs are there to choose from."""
    return isinstance(app.screen, ChooseModel) and app.screen.query_one("#steps", OptionList).option_count


def screen_text(app):
    """What stands on the screen."""
    strips = app.screen._compositor.render_strips(app.screen.size)
    return "\n".join(strip.text.rstrip() for strip in strips)
