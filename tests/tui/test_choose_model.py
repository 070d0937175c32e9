"""The question which model is meant: it stands before the disk has answered."""

import asyncio
import threading

import pytest

from gptlab_tui.tui.choose_model import ChooseModel
from gptlab_tui.tui.panes import looking
from gptlab_tui.tui.panes.generate import pane as generate
from gptlab_tui.tui.run_models import Offered, lines_of, models_of
from tests.tui.driving import lists_models, screen_text, until, workbench


class Disk:
    """Answers when it is let, from a thread of its own or not."""

    def __init__(self, *answers):
        self.answers, self.may, self.asked_from = list(answers), threading.Event(), []

    def __call__(self, home):
        self.asked_from.append(threading.current_thread())
        self.may.wait()
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


RUNS = [Offered(name, f"{name} [b]", ((None, "newest"), (7, "step 7"))) for name in ("um", "dois")]


@pytest.mark.parametrize(
    ("module", "pane", "read", "key"),
    [(generate, "generate", "models_of", "o"), (looking, "attention", "readers_of", "r")],
)
def test_the_runs_are_read_in_a_thread(home, monkeypatch, module, pane, read, key):
    disk = Disk(RUNS, [], OSError(5, "Input/output error"))
    monkeypatch.setattr(module, read, disk)

    async def go():
        async with workbench(home, pane) as (app, pilot):
            await pilot.press(key)
            await until(pilot, lambda: isinstance(app.screen, ChooseModel) and disk.asked_from)
            await until(pilot, lambda: "reading the runs …" in screen_text(app))
            await pilot.press("down", "right", "enter", "left")  # there is nothing to take yet
            assert isinstance(app.screen, ChooseModel)
            disk.may.set()
            await until(pilot, lambda: lists_models(app))
            await until(pilot, lambda: "dois [b]" in screen_text(app) and "step 7" in screen_text(app))
            for said in ("There is no model yet.", "The runs cannot be read: Input/output error."):
                await pilot.press("escape", key)
                await until(pilot, lambda said=said: said in screen_text(app))
                await pilot.press("enter")
            await pilot.press("escape")
            await until(pilot, lambda: not isinstance(app.screen, ChooseModel))
            assert threading.main_thread() not in disk.asked_from

    asyncio.run(go())


def test_sizes_and_losses_stand_below_each_other():
    steps = ((None, "newest"),)
    found = [
        Offered("", "the newest that has the text's characters", steps),
        Offered("um", "um", steps, "1.21M", "10.825 nats"),
        Offered("x", "a-run-of-a-very-long-name", steps, "206k", ""),
        Offered("contos", "contos (bundled)", steps, "206k", "1.225 nats"),
    ]
    assert lines_of(found, 40) == [
        "the newest that has the text's characters",
        "um                    1.21M  10.825 nats",
        "a-run-of-a…long-name   206k             ",
        "contos (bundled)       206k   1.225 nats",
    ]
    assert lines_of([], 40) == []


def test_the_bundled_run_says_as_much_as_the_others(home):
    [bundled] = models_of(home)
    assert (bundled.line, bundled.size) == ("contos (bundled)", "206k")
    assert bundled.loss.endswith(" nats")
    assert [shown for _, shown in bundled.steps][:3] == ["newest", "step 10,000", "step 7,500   snapshot"]
