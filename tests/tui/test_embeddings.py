"""The pane Embeddings, driven by keys against small runs whose vectors move."""

import asyncio
import json
import shlex
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pytest
from textual.widgets import Input, Static

from gptlab_tui.cli import main
from gptlab_tui.insight.embeddings import embedding, embedding_at, neighbours
from gptlab_tui.insight.motion import embeddings_over_time, lay_out
from gptlab_tui.model.open_run import open_model
from gptlab_tui.render.display import display
from gptlab_tui.tui.app import Workbench
from gptlab_tui.tui.choose_model import ChooseModel
from gptlab_tui.tui.dialogs import Ask, Page
from gptlab_tui.tui.moment import Moment
from gptlab_tui.tui.tabs import Tabs
from gptlab_tui.tui.terminal import Terminal
from gptlab_tui.tui.widgets.plot import Plot
from tests.embedded_runs import LETTERS, moving_run
from tests.tui.driving import screen_text, until, workbench
from tests.tui.in_this_process import InThisProcess

STEPS = (0, 100, 200, 300)


@pytest.fixture
def opened(home):
    return open_model(moving_run(home, "one", steps=STEPS, tied_head=False))


@dataclass
class Stage:
    """A workbench on the pane."""

    app: Workbench
    pilot: object

    @property
    def pane(self):
        return self.app.pane

    @property
    def reel(self):
        return self.pane.reel

    @property
    def plot(self):
        return self.pane.query_one("#embeddings-now-plot", Plot)

    @property
    def near(self):
        return str(self.pane.query_one("#embeddings-near").border_title)

    async def keys(self, *keys):
        await self.pilot.press(*keys)
        await self.settled()

    async def settled(self):
        await until(self.pilot, lambda: self.reel is not None and self.reel.ended)

    async def type(self, text):
        await until(self.pilot, lambda: isinstance(self.app.screen, Ask))
        self.app.screen.query_one(Input).value = text
        await self.pilot.press("enter")
        await until(self.pilot, lambda: not isinstance(self.app.screen, Ask))

    async def shows(self, text):
        await until(self.pilot, lambda: text in self.screen(), text)

    def screen(self):
        return screen_text(self.app)


def play(home, scene, size=(80, 24), terminal=None, run="one", models=InThisProcess):
    async def go():
        opened = workbench(home, "runs", size, terminal, models=models and models(home), run=run)
        async with opened as (app, pilot):
            await pilot.press("6")
            stage = Stage(app, pilot)
            await until(pilot, lambda: getattr(stage.pane, "reel", None) is not None)
            await stage.settled()
            await scene(stage)

    asyncio.run(go())


def test_a_beginning_beside_now_and_the_nearest_of_a_token(home, opened):
    now = embedding(opened)

    async def scene(stage):
        first, last = stage.pane.query(Plot)
        assert len(first.drawing.spots) + first.drawing.hidden == len(LETTERS)
        await stage.keys("slash")
        await stage.type("a")
        place = LETTERS.index("a")
        assert stage.pane.cursor == place
        assert stage.near == "Nearest to a (vowel)"
        [wanted, *_] = neighbours(now.vectors, place, 1)
        await stage.shows(f"{now.names[wanted.place]:7} {wanted.cosine:6.2f}")
        await stage.shows("At first, step 0")
        await stage.shows("one, step 300: tokens, t-SNE")
        await stage.shows("same class 16D")
        assert last.drawing.rows[last.drawing.spots[place][1]][last.drawing.spots[place][0]].glyph == "a"

    play(home, scene)


def test_arrows_go_where_they_point(home, opened):
    async def scene(stage):
        for key, axis, sign in (("right", 0, 1), ("down", 1, 1), ("left", 0, -1), ("up", 1, -1)):
            before = stage.plot.drawing.spots[stage.pane.cursor]
            await stage.keys(key)
            after = stage.plot.drawing.spots[stage.pane.cursor]
            if after != before:
                assert (after[axis] - before[axis]) * sign > 0
        await stage.keys("n")
        last = stage.pane.cursor
        await stage.keys("N", "N")
        assert (last - stage.pane.cursor) % len(LETTERS) == 2

    play(home, scene)


def test_the_method_and_the_vectors_are_switched(home, opened):
    async def scene(stage):
        await stage.keys("m")
        assert stage.reel.vectors.method == "pca"
        await stage.shows("of variance")
        await stage.keys("v")
        assert stage.reel.vectors.of == "positions"
        await stage.shows("by distance 16D")
        await stage.shows("first quarter")
        await stage.keys("v")
        assert stage.reel.vectors.of == "head"
        await stage.keys("v")
        assert stage.reel.vectors.of == "tokens"

    play(home, scene)


def test_a_model_without_positions_says_so(home):
    moving_run(home, "one", positions="rope", tied_head=False)

    async def scene(stage):
        await stage.keys("m", "full_stop", "comma")
        await until(stage.pilot, lambda: stage.app.query_one(Tabs).slider is not None)
        await stage.keys("v")
        await stage.shows("has no position embedding")
        assert stage.pane.sight is None
        assert stage.app.query_one(Tabs).slider is None
        assert "w Group" not in stage.screen()
        moment = stage.app.shared.moment
        await stage.keys("comma")  # there is nothing to step through, and no harm in trying
        await stage.keys("w")
        assert not isinstance(stage.app.screen, Ask)
        assert stage.app.shared.moment == moment
        await stage.keys("v")
        assert stage.reel.vectors.of == "head"
        await stage.shows("w Group")
        assert stage.pane.sight == moment
        assert "has no position" not in stage.screen()

    play(home, scene)


def test_a_group_stands_out_with_its_number(home, opened):
    async def scene(stage):
        await stage.keys("v", "w")
        await stage.type("12-14")
        await until(stage.pilot, lambda: stage.pane.group is not None)
        assert stage.pane.strong == (12, 13, 14)
        for name, began, now in zip(
            ("12-14 cosine", "12-14 nearest"), stage.pane.group.start, stage.pane.group.now, strict=True
        ):
            await stage.shows(f"{name:16} {began.value:5.2f}")
            [line] = [line for line in stage.screen().splitlines() if name in line]
            assert f"{now.value:.2f}" in line
        await stage.shows("chance: the group at 21 other places")
        told = dict(stage.pane.explanation("numbers").numbers)
        assert told["12-14, its chance"] == "the group at 21 other places"
        strong = [cell for row in stage.plot.drawing.rows for cell in row if cell.background]
        assert len(strong) == 3
        await stage.keys("w")
        await stage.type("99")
        said = stage.app._notifications
        await until(stage.pilot, lambda: any("has no position 99" in one.message for one in said))
        await stage.keys("w")
        await stage.type("")
        assert stage.pane.strong == ()

    play(home, scene)


def mean_of_pairs(vectors, places):
    rows = [vectors[place] / np.linalg.norm(vectors[place]) for place in places]
    return np.mean([one @ other for one, other in combinations(rows, 2)])


@pytest.mark.parametrize("asked", ["before", "after"])
def test_a_group_has_its_course_over_the_steps(home, opened, asked):
    """Whether it was asked for before the steps were laid out or after, and where there is least room."""
    places = [LETTERS.index(letter) for letter in "abe"]
    cosines = {step: mean_of_pairs(embedding_at(opened, step).vectors, places) for step in STEPS}

    async def ask(stage):
        await stage.pilot.press("w")
        await stage.type("abe")

    async def scene(stage):
        if asked == "before":
            await ask(stage)
        await stage.keys("m", "comma")
        await until(stage.pilot, lambda: stage.reel.moves and stage.reel.ended)
        if asked == "after":
            await ask(stage)
        await until(stage.pilot, lambda: stage.pane.group is not None and stage.pane.group.course)
        assert stage.pane.group.course == pytest.approx(cosines)
        for key, step in (("comma", 100), ("full_stop", 200), ("right_curly_bracket", 300)):
            await stage.keys(key)
            await until(stage.pilot, lambda step=step: stage.pane.group.step == step)
            told = stage.pane.query_one("#embeddings-motion").query_one(Static).content.plain
            [row] = [line for line in told.splitlines() if line.startswith("abe ")]
            assert row.endswith(f"{cosines[step]:6.3f}")
            assert row.rstrip() in stage.screen()
        found = dict(stage.pane.explanation("motion").numbers)
        assert found["abe"] == f"{cosines[300]:.4f}"
        assert "all pairs" in found

    play(home, scene)


class Late(InThisProcess):
    """A model process that is slow to answer about groups, until it is let go on."""

    def __init__(self, home):
        super().__init__(home)
        self.waiting = []

    def ask(self, asker, do, **arguments):
        if do != "embedding_group":
            return super().ask(asker, do, **arguments)
        held = []

        class Held:
            def post_message(self, message):
                held.append((asker, message))

        self.waiting.append(held)
        return super().ask(Held(), do, **arguments)

    def go_on(self):
        for held in self.waiting:
            for asker, message in held:
                asker.post_message(message)
        self.waiting.clear()


def test_a_late_group_does_not_land_on_other_vectors(home, opened):
    async def scene(stage):
        await stage.pilot.press("w")
        await stage.type("ab")
        assert stage.app.models.waiting
        await stage.keys("v")
        await until(stage.pilot, lambda: stage.reel.vectors.of == "positions")
        stage.app.models.go_on()
        await stage.pilot.press("w")
        await stage.type("12-14")
        stage.app.models.go_on()
        await until(stage.pilot, lambda: stage.pane.group is not None)
        assert stage.pane.group.text == "12-14"  # and the first, which came before it, was not taken
        await stage.pilot.press("w")
        await stage.type("1-2")
        await stage.pilot.press("w")
        await stage.type("")
        stage.app.models.go_on()
        await stage.keys("n")  # what was sent before the key is heard before it
        assert stage.pane.group is None
        assert stage.pane.strong == ()

    play(home, scene, models=Late)


def test_a_step_that_is_still_to_come_is_said(home, opened):
    async def go():
        async with workbench(home, "embeddings", models=OnlyHalf(home), run="one") as (app, pilot):
            await until(pilot, lambda: app.pane.reel is not None and len(app.pane.reel.frames) == 2)
            await pilot.press("comma")
            await until(pilot, lambda: app.pane.reel.moves and len(app.pane.reel.frames) == 4)
            del app.pane.reel.frames[2:]
            app.pane.draw()
            await until(pilot, lambda: "one, step 100; 200 to come" in screen_text(app))
            await pilot.press("comma")
            await until(pilot, lambda: "one, step 100: tokens, t-SNE" in screen_text(app))

    asyncio.run(go())


def test_the_steps_of_a_run_one_by_one_in_aligned_frames(home, opened):
    frames = lay_out(embeddings_over_time(opened), "pca")

    async def scene(stage):
        await stage.keys("m", "comma")
        await until(stage.pilot, lambda: stage.reel.moves and stage.reel.ended)
        assert [frame.step for frame in stage.reel.frames] == list(STEPS)
        assert stage.pane.shown == 2
        await stage.keys("comma")
        await until(stage.pilot, lambda: stage.pane.shown == 1)
        await stage.shows("one, step 100")
        assert "of variance" not in stage.screen()  # the plane is that of the last step
        np.testing.assert_allclose(stage.reel.frames[1].points, frames.points[1], atol=1e-2)
        here = embedding_at(opened, 100)
        nearest = neighbours(here.vectors, stage.pane.cursor, 1)[0].place
        assert stage.reel.frames[1].near[stage.pane.cursor, 0] == nearest
        await stage.shows("step 100 ├")
        for key, place in (("full_stop", 2), ("left_curly_bracket", 0), ("right_curly_bracket", 3)):
            await stage.keys(key)
            await until(stage.pilot, lambda place=place: stage.pane.shown == place)
        assert stage.app.shared.moment == Moment("one", 300)
        await stage.shows("final near")
        await stage.shows("1.000")
        await stage.keys("t")
        await stage.shows("same class 16D")
        await stage.keys("escape")
        assert not stage.reel.moves
        assert len(stage.reel.frames) == 2

    play(home, scene)


def test_a_marked_token_leaves_a_trail(home, opened):
    async def scene(stage):
        await stage.keys("m", "comma", "full_stop", "space")
        await until(stage.pilot, lambda: stage.plot._sheet.panel.trails and stage.pane.shown == 3)
        [trail] = stage.plot._sheet.panel.trails
        np.testing.assert_allclose(
            trail, [frame.points[stage.pane.cursor] for frame in stage.reel.frames], atol=1e-6
        )
        await stage.keys("comma")
        await until(stage.pilot, lambda: len(stage.plot._sheet.panel.trails[0]) == 3)
        await stage.keys("space")
        assert stage.plot._sheet.panel.trails == []

    play(home, scene)


def test_cosines_as_a_map_with_the_cursor_on_it(home, opened):
    async def scene(stage):
        await stage.keys("v", "o")
        assert stage.pane.shows_cosines
        await stage.shows("cosines")
        drawing = stage.plot.drawing
        assert set(drawing.spots) == set(range(24))
        await stage.keys("right")
        assert stage.pane.cursor == drawing.factor
        await stage.keys("up")
        assert stage.pane.cursor == 0
        await stage.keys("escape")
        assert not stage.pane.shows_cosines

    play(home, scene, size=(140, 40))


def test_it_settles_in_sight_and_is_stopped(home, opened):
    """With the model process itself: pictures come one after the other, and no more after `x`."""

    async def scene(stage):
        seen = []
        await stage.pilot.press("comma")

        def settles():
            frames = stage.reel.frames if stage.reel.moves else []
            seen.append(frames[-1].iteration if frames else 0)
            return len(frames) > 1 or 0 < seen[-1] < 1000

        await until(stage.pilot, settles)
        number = stage.pane.pictures.number
        await stage.pilot.press("x")
        await until(stage.pilot, lambda: stage.reel.ended == "stopped" or stage.reel.moved is not None)
        if stage.reel.ended == "stopped":  # a fast machine may have been through with it
            count = len(stage.reel.frames)
            assert stage.reel.moved is None
            await until(stage.pilot, lambda: not stage.app.models.owes(number))
            assert len(stage.reel.frames) == count

    play(home, scene, models=None)


class OnlyHalf(InThisProcess):
    """A model process that stops speaking amid the settling, and hears what is called off."""

    def __init__(self, home):
        super().__init__(home)
        self.cancelled = []

    def ask(self, asker, do, **arguments):
        class Until:
            def post_message(self, message):
                if message.kind not in ("measured", "moved", "done"):
                    asker.post_message(message)

        return super().ask(Until(), do, **arguments)

    def cancel(self, number):
        self.cancelled.append(number)


@pytest.mark.parametrize("key", ["x", "escape"])
def test_what_was_there_stays_when_it_is_stopped(home, opened, key):
    async def go():
        async with workbench(home, "embeddings", models=OnlyHalf(home), run="one") as (app, pilot):
            await until(pilot, lambda: app.pane.reel is not None and len(app.pane.reel.frames) == 2)
            await until(pilot, lambda: app.pane.reel.frames[1].iteration == 1000)
            number = app.pane.pictures.number
            await pilot.press(key)
            await pilot.pause()
            assert app.models.cancelled == [number]
            assert "stopped at 1,000" in screen_text(app)
            assert "Numbers come when" in screen_text(app)

    asyncio.run(go())


def test_another_model_and_step(home, opened):
    moving_run(home, "two", steps=(0, 100))

    async def scene(stage):
        await stage.keys("r")
        await until(stage.pilot, lambda: isinstance(stage.app.screen, ChooseModel))
        await stage.pilot.press("right", "down", "down", "down", "enter")
        await until(stage.pilot, lambda: not isinstance(stage.app.screen, ChooseModel))
        await stage.settled()
        assert (stage.reel.vectors.run, stage.reel.vectors.step) == ("one", 200)
        words = shlex.split(stage.pane.query_one("#embeddings-now").command())
        assert words[:7] == ["gptlab", "inspect", "embeddings", "--run", "one", "--step", "200"]

    play(home, scene)


def test_every_panel_explains_and_prints_itself(home, opened):
    async def scene(stage):
        titles = set()
        await stage.keys("m", "comma")
        await until(stage.pilot, lambda: stage.reel.moves and stage.reel.ended)
        for panel in stage.pane.query("PicturePanel, TellingPanel"):
            found = panel.explanation()
            titles.add(found.title)
            assert found.formula
            assert dict(found.numbers)["vectors"] == f"tokens (wte): ({len(LETTERS)}, 16)"
            words = shlex.split(panel.command())
            assert words[1:4] == ["inspect", "motion", "--run"]
            assert words[words.index("--step") + 1] == "200"
        assert titles == {"PCA", "Cosine", "Claims of the eye", "Motion"}
        shown = dict(stage.pane.explanation("picture").numbers)["shown"]
        assert shown == f"{len(LETTERS)} by PCA"
        assert dict(stage.pane.explanation("cosines").numbers)["shown"] == f"cosines of {len(LETTERS)}"
        await stage.keys("e")
        await until(stage.pilot, lambda: isinstance(stage.app.screen, Page))
        await stage.shows("V2")

    play(home, scene, size=(140, 40))


def test_the_command_prints_the_same_nearest(home, opened, capsys):
    told = []

    async def scene(stage):
        await stage.keys("m", "slash")
        await stage.type("a")
        frame = stage.reel.frames[1]
        told.append([stage.reel.vectors.names[place] for place in frame.near[stage.pane.cursor, :6]])
        told.append(shlex.split(stage.pane.command()))

    play(home, scene)
    assert main([*told[1][1:], "--json", "--home", str(home.root)]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in answer["neighbours"][0]["nearest"]] == told[0]


def test_the_command_of_a_line_break_runs(home, capsys):
    told = []

    async def scene(stage):
        await stage.keys("slash")
        await stage.type("␊")
        frame, names = stage.reel.frames[1], stage.reel.vectors.names
        assert names[stage.pane.cursor] == "\n"
        told.append([names[place] for place in frame.near[stage.pane.cursor, :6]])
        told.append(shlex.split(display(stage.pane.command())))  # as one copies it from the screen

    play(home, scene, run="contos")
    assert main([*told[1][1:], "--method", "pca", "--json", "--home", str(home.root)]) == 0
    [asked] = json.loads(capsys.readouterr().out)["neighbours"]
    assert asked["name"] == "\n"
    assert [one["name"] for one in asked["nearest"]] == told[0]


@pytest.mark.parametrize(
    ("size", "glyphs"),
    [((200, 60), "braille"), ((60, 20), "ascii"), ((40, 12), "braille"), ((20, 5), "ascii")],
)
def test_any_size_and_any_tier(home, opened, size, glyphs):
    async def scene(stage):
        await stage.keys("o", "o", "t", "t", "t", "comma", "space")
        assert stage.plot.drawing is not None
        if glyphs == "ascii":
            drawn = "".join(cell.glyph for row in stage.plot.drawing.rows for cell in row)
            assert drawn.isascii()

    play(home, scene, size, Terminal(glyphs=glyphs, colours="none" if glyphs == "ascii" else "truecolor"))


def test_where_there_is_room_for_one_that_tells(home, opened):
    async def scene(stage):
        shown = []
        for _ in range(3):
            shown.append([panel.id for panel in stage.pane.query("TellingPanel") if panel.display])
            await stage.keys("t")
        assert shown == [["embeddings-numbers"], ["embeddings-motion"], ["embeddings-near"]]

    play(home, scene, (60, 24))


def test_what_was_stopped_begins_anew(home, opened):
    async def scene(stage):
        await stage.keys("m", "comma", "comma")
        await until(stage.pilot, lambda: stage.reel.moves and stage.reel.ended)
        stage.reel.ended = "stopped"
        del stage.reel.frames[2:]
        before = stage.reel
        await stage.keys("full_stop")
        await until(stage.pilot, lambda: stage.reel is not before and stage.reel.ended)
        assert stage.reel.moves
        assert stage.reel.ended == "done"
        await stage.keys("m")
        assert stage.reel.vectors.method == "tsne"
        assert stage.reel.moves
        await stage.keys("escape")
        assert not stage.reel.moves
        assert stage.reel.vectors.method == "tsne"

    play(home, scene)
