"""One moment for all panes: a step of a run that goes with whoever looks at that run."""

import asyncio
import shlex
import shutil

import numpy as np
import pytest

from gptlab_tui.cli import main
from gptlab_tui.insight.attention import attend
from gptlab_tui.insight.weights import weight
from gptlab_tui.model.open_run import open_model
from gptlab_tui.runs.layout import find_run
from gptlab_tui.sampling.next_token import next_token
from gptlab_tui.sampling.settings import resolve
from gptlab_tui.serving.protocol import pack_array, unpack_array
from gptlab_tui.tui import run_models, shared
from gptlab_tui.tui.moment import Moment, Slider, beside
from gptlab_tui.tui.run_models import numbers_of
from gptlab_tui.tui.tabs import Tabs
from tests.embedded_runs import moving_run
from tests.tui.driving import screen_text, until, workbench
from tests.tui.in_this_process import InThisProcess
from tests.tui.test_generate import is_quiet

STEPS = (0, 500, 1000, 2000, 10_000)


@pytest.mark.parametrize(
    ("step", "by", "found"),
    [
        (500, 1, 1000), (500, -1, 0), (500, 2, 2000), (500, 99, 10_000), (10_000, -99, 0),
        (0, -1, None), (10_000, 1, None), (700, 1, 1000), (700, -1, 500), (20_000, -1, 10_000),
        (500, 0, None),
    ],
)  # fmt: skip
def test_the_step_beside(step, by, found):
    assert beside(STEPS, step, by) == found


#: t-SNE takes seconds.
PCA = {"embeddings": {"method": "pca"}}


def test_a_line_of_one_width_with_the_step_in_its_place():
    lines = [Slider(step, STEPS).line(40, "braille") for step in STEPS]
    assert lines[0] == "step      0 ├●────┤ 10,000"
    assert [line.index("●") for line in lines] == [13, 14, 15, 16, 17]
    assert {len(line) for line in lines} == {26}
    assert Slider(700, STEPS).line(40, "ascii") == "step    700 |-o---| 10,000"
    many = tuple(range(0, 6400, 100))
    first, last = (Slider(step, many).line(30, "braille") for step in (0, 6300))
    assert len(first) == len(last) == 30
    assert (first.index("●"), last.index("●")) == (12, 22)
    assert Slider(500, STEPS).line(Slider(500, STEPS).least(), "braille").count("─") == 3
    assert Slider(500, STEPS).line(14, "braille") == "step    500"
    assert Slider(500, STEPS).line(5, "braille") == ""


def test_a_step_goes_from_pane_to_pane(home, capsys):
    run = find_run(home, "contos")
    moving_run(home, "one", tied_head=False)

    async def go():
        opened = workbench(home, "embeddings", models=InThisProcess(home), run="one", layout=PCA)
        async with opened as (app, pilot):
            vectors = app.pane
            await until(pilot, lambda: vectors.reel is not None and vectors.reel.ended)
            app.remember(run="contos")
            await pilot.press("3")
            generate = app.pane
            await until(pilot, lambda: generate.lane.story is not None and is_quiet(generate.talk))
            assert "├" not in screen_text(app).splitlines()[0]

            # Bars and what would be written are those of the step before; the text stays.
            await pilot.press("comma")
            await until(pilot, lambda: generate.previewed is not None and is_quiet(generate.talk))
            assert app.shared.moment == Moment("contos", 7500)
            assert "step  7,500 ├──────────●─┤ 10,000" in screen_text(app).splitlines()[0]
            opened = open_model(run, 7500)
            ids = opened.tokenizer.encode("Era uma vez")
            expected = next_token(opened, ids, resolve(opened.config.sample, opened.tokenizer))
            best = generate.seen["tokens"][0]
            assert best["raw"] == pytest.approx(expected.raw.max(), rel=1e-4)
            assert generate.text_view.preview
            previewed = generate.text_view.preview
            assert previewed[:10] in screen_text(app).replace("\n", "")

            # Enter writes what was previewed, and the command writes it too.
            generate.turn_to({"pace": 0, "max_tokens": 64})
            await until(pilot, lambda: is_quiet(generate.talk))
            await pilot.press("enter")
            await until(pilot, lambda: len(generate.lane.story.path) == 64 and is_quiet(generate.talk))
            assert generate.lane.story.text == previewed
            assert generate.previewed is None
            written_by_7500 = generate.query_one("#main").command()
            assert "--step 7500" in written_by_7500

            # Another step looks at what this one wrote, and says so; the command stays that of the writer.
            surprise = [node.raw for node in generate.lane.story.path]
            await pilot.press("comma")
            await until(pilot, lambda: generate.model[1] == 6000 and is_quiet(generate.talk))
            assert generate.lane.story.text == previewed
            assert [node.raw for node in generate.lane.story.path] != surprise
            assert "by step 7,500; here p" in screen_text(app)
            assert generate.query_one("#main").command() == written_by_7500

            # The map is that of the step, and the cursor stays where it was.
            await pilot.press("4")
            await until(pilot, lambda: app.pane.found is not None and app.pane.heads.step == 6000)
            heads = app.pane
            before = heads.link
            await pilot.press("full_stop", "full_stop", "comma")
            await until(pilot, lambda: heads.heads.step == 7500 and heads._step == 7500)
            seen = attend(opened, opened.tokenizer.encode(heads._text).tolist())
            wanted = unpack_array(pack_array(seen.matrix(heads.found.layer, heads.found.head)))
            np.testing.assert_array_equal(heads.found.weights, wanted)
            assert (heads.link.query, heads.link.key) == (before.query, before.key)

            # The cursor of the losses stands there, and the sample of that step.
            await pilot.press("2")
            train = app.pane
            await until(pilot, lambda: train.view.cursor == 7500 and train.history.samples)
            await until(pilot, lambda: train.history.samples[train.chosen].step <= 7500)
            assert train.history.samples[train.chosen + 1].step > 7500
            await pilot.press("comma", "comma")
            await until(pilot, lambda: train.view.cursor == 5000)
            # Where it stands on another snapshot the others go there; between two of them they stay.
            await pilot.press("down")
            assert train.view.cursor == 5500
            assert app.shared.moment == Moment("contos", 5000)
            await pilot.press("down", "down")  # there are two samples of each step
            assert app.shared.moment == Moment("contos", 6000)
            await pilot.press("3")
            await until(pilot, lambda: generate.model[1] == 6000 and is_quiet(generate.talk))

            # The weights are those of the step; keys that come faster than they are read end at the last.
            await pilot.press("7")
            model = app.pane
            await until(pilot, lambda: model.modules is not None and model.modules.step == 6000)
            await until(pilot, lambda: model.weight is not None)
            await pilot.press("comma", "comma", "comma")
            assert app.shared.moment == Moment("contos", 3000)
            there = weight(open_model(run, 3000), model.weight.name)
            norm = pytest.approx(float(np.linalg.norm(there)), rel=1e-5)
            await until(pilot, lambda: model.modules.step == 3000 and model.weight.about.norm == norm)

            # Who looks at another run is left alone.
            await pilot.press("6")
            await until(pilot, lambda: app.pane is vectors)
            assert vectors.sight == Moment("one", 200)
            assert "├" not in screen_text(app).splitlines()[0]
            return written_by_7500, previewed

    command, previewed = asyncio.run(go())
    capsys.readouterr()
    assert main(shlex.split(command)[1:]) == 0
    assert capsys.readouterr().out == "Era uma vez" + previewed + "\n"


def test_what_is_being_written_is_written_on_by_the_new_step(home):
    async def go():
        async with workbench(home, "generate", run="contos") as (app, pilot):
            pane = app.pane
            await until(pilot, lambda: pane.lane.story is not None and is_quiet(pane.talk))
            pane.turn_to({"pace": 20, "max_tokens": 60})
            await pilot.press("enter")
            await until(pilot, lambda: pane.lane.taken > 2)
            await pilot.press("left_curly_bracket")
            await until(pilot, lambda: pane.model[1] == 0 and pane.talk.is_writing)
            pane.turn_to({"pace": 0})
            await until(pilot, lambda: is_quiet(pane.talk))
            steps = [node.writer.step for node in pane.lane.story.path]
            assert len(steps) == 60
            assert steps == sorted(steps, reverse=True)
            assert set(steps) == {10_000, 0}

    asyncio.run(go())


def test_another_prompt_stays_though_the_step_changes_before_it_was_taken_up(home):
    models = InThisProcess(home)

    async def go():
        async with workbench(home, "generate", models=models, run="contos") as (app, pilot):
            pane = app.pane
            await until(pilot, lambda: pane.lane.story is not None and is_quiet(pane.talk))
            pane.turn_to({"pace": 0, "max_tokens": 5})
            await pilot.press("enter")
            await until(pilot, lambda: len(pane.lane.story.path) == 5 and is_quiet(pane.talk))
            models.slow = {"write"}
            pane.query_one("#prompt").text = "A figura"
            await pilot.press("i", "enter")
            await until(pilot, lambda: pane.talk.is_writing)
            await pilot.press("left_curly_bracket")
            await until(pilot, lambda: pane.model[1] == 0)
            models.slow = set()
            models.deliver()
            await until(pilot, lambda: is_quiet(pane.talk) and pane.lane.story.prompt == "A figura")
            assert [node.writer.step for node in pane.lane.story.path] == [0] * 5

    asyncio.run(go())


def test_what_is_known_of_a_run_goes_by_its_new_name(home):
    moving_run(home, "one", tied_head=False)

    async def go():
        opened = workbench(home, "embeddings", models=InThisProcess(home), run="one", layout=PCA)
        async with opened as (app, pilot):
            await until(pilot, lambda: app.shared.has("one", 100))
            app.shared.switch("other", ((0, 0),))
            app.shared.renamed("one", "other")
            assert app.shared.has("other", 100)
            assert not app.shared.has("one", 100)
            assert app.shared.last_of("one") is None
            assert app.shared.off_of("other") == ()

    asyncio.run(go())


def test_a_run_with_one_step_says_so_and_how_to_get_more(home):
    moving_run(home, "lone", steps=(100,), tied_head=False)

    async def go():
        opened = workbench(home, "embeddings", models=InThisProcess(home), run="lone", layout=PCA)
        async with opened as (app, pilot):
            await until(pilot, lambda: app.pane.reel is not None and app.pane.reel.ended)
            await pilot.press("comma")
            await until(pilot, lambda: len(app._notifications))
            [told] = app._notifications
            assert "lone has weights of step 100 alone" in told.message
            assert "train.snapshots" in told.message

    asyncio.run(go())


def test_a_run_that_is_deleted_while_one_looks_at_it_is_said_to_be_gone(home, monkeypatch):
    run = moving_run(home, "lone", steps=(100,), tied_head=False)
    monkeypatch.setattr(shared, "_FRESH_S", 0.0)

    async def go():
        opened = workbench(home, "embeddings", models=InThisProcess(home), run="lone", layout=PCA)
        async with opened as (app, pilot):
            await until(pilot, lambda: app.pane.reel is not None and app.pane.reel.ended)
            await until(pilot, lambda: app.shared.has("lone", 100))
            shutil.rmtree(run.path)
            await pilot.press("comma")  # it is looked for again
            await until(pilot, lambda: not app.shared.has("lone", 100))
            await pilot.press("comma")
            said = "There is no run called lone. `gptlab runs list` shows what there is."
            await until(pilot, lambda: said in [one.message for one in app._notifications])

    asyncio.run(go())


def test_steps_that_cannot_be_read_are_told_to_who_wants_to_go_there(home, monkeypatch):
    async def go():
        def unreadable(home, run):
            raise OSError(5, "Input/output error")

        monkeypatch.setattr(run_models, "numbers_of", unreadable)
        async with workbench(home, "attention", models=InThisProcess(home), run="contos") as (app, pilot):
            await until(pilot, lambda: app.pane.heads is not None)
            await pilot.press("comma", "comma")
            said = "It could not be done: Input/output error."
            await until(pilot, lambda: said in [one.message for one in app._notifications])
            assert app.pane.heads.step == 10_000
            monkeypatch.undo()
            await pilot.press("comma")
            await until(pilot, lambda: app.pane.heads.step == 7_500)

    asyncio.run(go())


def test_a_pane_at_an_old_step_says_so_also_where_the_others_look_at_another_run(home):
    moving_run(home, "one")

    async def go():
        async with workbench(home, "attention", models=InThisProcess(home), run="contos") as (app, pilot):
            await until(pilot, lambda: app.pane.heads is not None and app.shared.has("contos", 10_000))
            tabs, (steps, _) = app.query_one(Tabs), numbers_of(home, "contos")
            await pilot.press("comma")
            await until(pilot, lambda: app.pane.heads.step == 7500)
            app.shared.moment = Moment("one", 0)  # another pane was taken there
            app.shared.draw()
            assert tabs.slider == Slider(7500, steps)
            app.pane.sight = Moment("contos", 10_000)
            app.shared.draw()
            assert tabs.slider is None

    asyncio.run(go())


def test_who_comes_back_to_a_run_that_has_gone_on_sees_that_there_is_more(home, monkeypatch):
    run = moving_run(home, "one", tied_head=False)
    monkeypatch.setattr(shared, "_FRESH_S", 0.0)

    async def go():
        opened = workbench(home, "embeddings", models=InThisProcess(home), run="one", layout=PCA)
        async with opened as (app, pilot):
            await until(pilot, lambda: app.pane.reel is not None and app.shared.has("one", 200))
            tabs, (steps, _) = app.query_one(Tabs), numbers_of(home, "one")
            assert tabs.slider is None
            await pilot.press("5")
            newest = max((run.path / "snapshots").iterdir())
            shutil.copyfile(newest, newest.with_name("step-00000300.safetensors"))
            await pilot.press("6")
            await until(pilot, lambda: tabs.slider == Slider(200, (*steps, 300)))

    asyncio.run(go())
