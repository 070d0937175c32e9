"""The pane Generate, driven by its keys, with the bundled model in a real model process."""

import asyncio
import json
import os
import shlex
import shutil
import subprocess
import sys

import pytest
import torch
from textual.widgets import Static, TextArea

from gptlab_tui.cli import main
from gptlab_tui.home import data_root
from gptlab_tui.insight.attention import attend
from gptlab_tui.model.open_run import open_model
from gptlab_tui.runs.layout import find_run
from gptlab_tui.sampling.chain import run_chain
from gptlab_tui.sampling.settings import change_knobs, resolve
from gptlab_tui.tui.dialogs import Ask, Choose, Page
from gptlab_tui.tui.keyline import KeyLine
from gptlab_tui.tui.panel import panel_of
from gptlab_tui.tui.panes.generate.knobs import BY_NAME
from gptlab_tui.tui.panes.generate.looked import LookedPanel
from gptlab_tui.tui.panes.generate.text import TextView
from gptlab_tui.tui.panes.runs.table import RunsTable
from gptlab_tui.tui.state import load_state
from gptlab_tui.tui.terminal import Terminal
from tests.tui.driving import lists_models, screen_text, until, workbench


class Driver:
    """Presses keys and waits until something is so."""

    def __init__(self, app, pilot):
        self.app, self.pilot = app, pilot

    @property
    def pane(self):
        return self.app.pane

    async def until(self, condition):
        await until(self.pilot, condition)

    async def ready(self):
        """Nothing is on its way."""
        pane = self.pane
        await self.until(lambda: pane.own and pane.seen and is_quiet(pane.talk))
        await self.pilot.pause()

    async def press(self, *keys):
        for key in keys:
            await self.pilot.press(key)
        await self.ready()


def is_quiet(talk):
    """Whether nothing is on its way."""
    questions = (talk.opening, talk.writing, talk.predictions, talk.scores, talk.rows, talk.previews)
    return not any(question.is_waiting for question in questions)


def drive(home, go, size=(80, 24), **options):
    async def run():
        async with workbench(home, "generate", size, Terminal(**options)) as (app, pilot):
            driver = Driver(app, pilot)
            await driver.ready()
            await go(driver)
            return app.models._client.process

    process = asyncio.run(run())
    assert process is None or process.returncode is not None  # it ends with the workbench


def knobs_with(pane, **turned):
    """Has everything at once, and little of it."""
    pane.turn_to({"pace": 0, "max_tokens": 40, **turned})


def test_writing_stepping_branching_and_saving(home, monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GPTLAB_HOME", str(home.root))

    def sampled(command):
        """What the command writes without a screen."""
        capsys.readouterr()
        assert main(shlex.split(command)[1:]) == 0
        return capsys.readouterr().out

    commands = []

    async def go(driver):
        pane, press = driver.pane, driver.press
        assert "Era uma vez" in pane.main.story.prompt
        knobs_with(pane, temperature=1.1, top_k=30, top_p=0.9)
        # Enter in the prompt writes; the same command writes the same.
        await press("i", "enter")
        story = pane.main.story
        assert len(story.path) == 40
        await driver.pilot.press("Y")
        await driver.until(lambda: driver.app.clipboard == story.prompt + story.text)
        commands.append((pane.query_one("#main").command(), story.prompt + story.text + "\n"))
        # Token by token it is the same text as well.
        whole = [node.id for node in story.path]
        await press("home")
        for _ in range(3):
            await driver.pilot.press("space")  # faster than it is answered
        await driver.until(lambda: not pane._steps)
        await driver.ready()
        assert [node.id for node in story.path] == whole[:3]
        assert len(story.root.children) == 1
        # What is listed is what the luck draws; another one by hand makes a branch.
        prediction = pane.seen
        assert prediction["drawn"] == whole[3]
        assert prediction["ids"] == story.ids()
        other = next(place for place, one in enumerate(prediction["tokens"]) if one["id"] != whole[3])
        pane.query_one("#next").focus()
        pane.query_one("#next").highlighted = other
        await press("enter")
        assert story.here.id == prediction["tokens"][other]["id"]
        assert story.here.knobs is None
        assert story.branch()[1] == 2
        await press("escape")
        await driver.until(lambda: pane.text_view.has_focus)
        await press("up")
        assert [node.id for node in story.path] == whole
        await press("down", "enter")
        assert len(story.path) == 4 + 40
        # After a token that was picked, the command goes on from there.
        commands.append((pane.query_one("#main").command(), story.prompt + story.text + "\n"))
        await press("u")
        assert len(story.path) == 4
        await driver.until(lambda: "taken back; up redoes" in pane.query_one("#main").border_subtitle)
        await press("up")
        assert len(story.path) == 4 + 40
        await press("u")
        # Another prompt than the text's says so, until it is written with.
        frame = pane.query_one("#prompt-panel")
        await press("n")
        await driver.until(lambda: "changed" in frame.border_title)
        await press("space")  # goes on with the text
        assert "changed" in frame.border_title
        await press("i", "backspace", "escape", "u")
        await driver.until(lambda: frame.border_title == "Prompt")
        # All that it takes to write it again is saved.
        await press("w")
        (saved,) = json.loads((tmp_path / "gptlab-transcript.json").read_text("utf-8"))["texts"]
        assert saved["text"] == story.text
        assert saved["digest"] == open_model(find_run(home, "contos")).digest
        assert saved["tokens"][3]["knobs"] is None
        assert saved["knobs_used"][saved["tokens"][0]["knobs"]]["temperature"] == 1.1
        # Every panel explains itself and has a command.
        for panel in ("main", "prompt-panel", "knobs-panel", "next-panel"):
            assert pane.query_one(f"#{panel}").explanation().numbers
            assert shlex.split(pane.query_one(f"#{panel}").command())[:2] == ["gptlab", "sample"]
        await driver.pilot.press("e")
        await driver.until(lambda: isinstance(driver.app.screen, Page))
        await driver.pilot.press("escape")
        # The knobs are remembered.
        assert load_state(home).knobs["top_k"] == 30
        assert load_state(home).layout["generate"]["pace"] == 0

    drive(home, go)
    for command, text in commands:
        assert sampled(command) == text


def test_a_knob_turned_while_text_streams_acts_at_the_next_token(home):
    async def go(driver):
        pane, pilot = driver.pane, driver.pilot
        pane.turn_to({"pace": 60, "max_tokens": 100_000})
        story = pane.main.story
        await pilot.press("enter")
        await driver.until(lambda: len(story.path) > 5)
        line = driver.app.query_one(KeyLine)  # says what matters while it writes
        await driver.until(lambda: line.render().plain.startswith("x Stop  t T Heat"))
        for _ in range(6):
            await pilot.press("t")
        await driver.until(lambda: pane.knobs["temperature"] == pytest.approx(0.5))
        await driver.until(lambda: sum(node.knobs["temperature"] == 0.5 for node in story.path) > 5)
        await pilot.press("x")
        await driver.ready()
        await driver.until(lambda: line.render().plain.startswith("i Prompt  space Step"))
        # Every token has been drawn from the distribution of the knobs that it says it was drawn with.
        opened = open_model(find_run(home, "contos"))
        ids = [node.id for node in (*story.trunk, *story.path)]
        for node in (one for one in story.path if one.position <= 128):  # the context
            settings = resolve(change_knobs(opened.config.sample, node.knobs), opened.tokenizer)
            idx = torch.tensor([ids[: node.position]])
            with torch.inference_mode():
                after = run_chain(opened.model(idx)[:, -1].double(), idx, settings).softmax(-1)[0]
            assert node.probability == pytest.approx(float(after[node.id]), rel=1e-3)
        temperatures = [node.knobs["temperature"] for node in story.path]
        assert temperatures == sorted(temperatures, reverse=True)
        # The panel shows the distribution with the knobs of now, without another pass of the model.
        before = pane.seen["entropy"]
        await driver.press("T", "T", "T")
        assert pane.seen["entropy"] > before
        await driver.press("G")
        assert (pane.knobs["temperature"], pane.seen["entropy"]) == (0.0, 0.0)

    drive(home, go)


def test_tokens_are_banned_and_favoured(home):
    async def go(driver):
        pane, press = driver.pane, driver.press
        knobs_with(pane, max_tokens=60)
        rows = pane.query_one("#next")
        rows.focus()
        rows.highlighted = 0
        await driver.ready()
        first = pane.seen["tokens"][0]
        number = pane.talk.writing.number
        # The list stays, without another pass of the model; the candidate has nothing any more.
        await press("X")
        assert pane.talk.writing.number == number
        assert pane.knobs["ban"] == [first["piece"]]
        assert (pane.seen["tokens"][0]["id"], pane.seen["tokens"][0]["probability"]) == (first["id"], 0.0)
        assert " ban " in str(rows.get_option_at_index(0).prompt)
        await press("escape", "enter")
        assert first["piece"] not in pane.main.story.text
        assert "--ban" in pane.query_one("#main").command()
        rows.focus()
        rows.highlighted = 0
        await driver.ready()
        # Typed as a knob; a space, a bar and a line break are to be told apart from what parts them.
        knob = BY_NAME["logit_bias"]
        pane.turn_to({"ban": []})
        pane.edit_knob(knob)
        await driver.until(lambda: isinstance(driver.app.screen, Ask))
        await press(*"z=50", "enter")
        assert pane.knobs["logit_bias"] == {"z": 50.0}
        await press("escape", "home", "enter")
        assert set(pane.main.story.text) == {"z"}
        assert "--bias z=50" in pane.query_one("#main").command()
        # What is no token of the model is told, and leaves all as it was.
        pane.edit_knob(knob)
        await driver.until(lambda: isinstance(driver.app.screen, Ask))
        await press(*"xyz=1", "enter")
        await driver.until(lambda: pane.knobs["logit_bias"] == {"z": 50.0})
        await driver.ready()
        assert pane.seen["tokens"]

    drive(home, go)


def test_side_by_side_other_models_and_a_death(home, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)

    async def go(driver):
        pane, pilot, press = driver.pane, driver.pilot, driver.press

        async def lacks(prompt):
            """The model has not all of the prompt's characters: it is asked what to do."""
            pane.query_one("#prompt", TextArea).load_text(prompt)
            await pilot.press("i", "enter")
            await driver.until(lambda: isinstance(driver.app.screen, Choose))

        knobs_with(pane, max_tokens=20)
        await press("s")
        texts = [lane.story.text for lane in pane.lanes]
        assert [lane.title for lane in pane.lanes] == ["temp 0.5", "temp 0.9", "temp 1", "temp 2"]
        assert len(set(texts)) == 4
        assert [len(lane.story.path) for lane in pane.lanes] == [20] * 4
        assert "--compare temperature=0.5,0.9,1,2" in pane.query_one(".compared").command()
        # All that is shown is saved, each text with what it was written with.
        await press("w")
        saved = json.loads((tmp_path / "gptlab-transcript.json").read_text("utf-8"))["texts"]
        assert [one["text"] for one in saved] == texts
        assert [one["title"] for one in saved] == [lane.title for lane in pane.lanes]
        assert [one["knobs"]["temperature"] for one in saved] == [0.5, 0.9, 1.0, 2.0]
        assert {(one["digest"], one["seed"]) for one in saved} == {(pane.main.digest, pane.knobs["seed"])}
        assert [one["command"] for one in saved] == [pane.command_for(lane) for lane in pane.lanes]
        await press("tab", "left")
        assert (pane.lane, pane.lane.story.at) == (pane.lanes[1], 19)
        assert pane.query_one(".compared").explanation().numbers[0] == ("text", "temp 0.9")
        # Another comparison, typed; temperature 0 is greedy.
        await pilot.press("C")
        await driver.until(lambda: isinstance(driver.app.screen, Ask))
        await press(*"top_k=1,2", "enter")
        await driver.until(lambda: len(pane.lanes) == 2 and pane.lanes[1].story)
        assert [lane.override for lane in pane.lanes] == [{"top_k": 1}, {"top_k": 2}]
        await press("s")
        assert pane.lanes == [pane.main]
        # A snapshot of the same run.
        await pilot.press("o")
        await driver.until(lambda: lists_models(driver.app))
        await pilot.press("right", "end", "enter")
        await driver.until(lambda: pane.model == ("contos", 0))
        await press("i", "enter")
        assert pane.main.story.step == 0
        assert "--step 0" in pane.query_one("#main").command()
        # Killed, it comes back with the next key.
        process = driver.app.models._client.process
        process.kill()
        await driver.until(lambda: driver.app.models._client.process is None)
        await press("space")
        assert len(pane.main.story.path) == 21
        await lacks("A 漢 b")
        await pilot.press("enter")
        await driver.until(lambda: pane.main.story.prompt == "A  b")
        await driver.ready()
        title = pane.query_one("#main")
        await driver.until(lambda: title.border_title == "Text · contos step 0 · without 漢")
        # A substitute is shown before and after it is chosen.
        await lacks("A 漢 b c")
        await driver.until(lambda: "Write ? for each" in screen_text(driver.app))
        await pilot.press("down", "enter")
        await driver.until(lambda: title.border_title == "Text · contos step 0 · ? for 漢")
        await lacks("A 漢 b")
        await pilot.press("enter")
        await driver.until(lambda: pane.main.story.prompt == "A  b")
        await driver.ready()
        assert shlex.split(pane.query_one("#main").command())[-1] == "A  b"

    drive(home, go)


def test_the_prompts_tokens_are_told_of_as_well(home):
    async def go(driver):
        pane, press = driver.pane, driver.press
        pane.query_one("#prompt", TextArea).load_text("Era uma vez")
        knobs_with(pane, max_tokens=3)
        await press("i", "enter")
        story = pane.main.story
        await driver.until(lambda: not story.unscored())
        opened = open_model(find_run(home, "contos"))
        with torch.inference_mode():
            share = opened.model(torch.tensor([[node.id for node in story.trunk]]))[0].softmax(-1)
        for place, node in enumerate(story.trunk[1:]):
            assert node.raw == pytest.approx(float(share[place, node.id]), rel=1e-4)
        # To the prompt's end, then to its first token; there is nothing to tell of that one.
        await press("home", "home")
        assert (story.at, story.here.text) == (-10, "E")
        under = pane.query_one("#under", Static)
        assert "nothing stands before it" in str(under.render())
        await press("right", "right")
        assert f"p {story.here.raw:.3f}" in str(under.render())
        assert pane.seen["ids"] == [one.id for one in story.trunk[:3]]
        # What is listed is what might have stood there; it is no place to pick another.
        pane.query_one("#next").focus()
        await press("enter")
        assert len(story.path) == 3
        await press("escape", "c")
        assert pane.query_one("#main").explanation().numbers[1][0] == "surprise of the prompt"
        # Writing goes on after the prompt.
        await press("space")
        assert story.at == 1

    drive(home, go)


def test_two_models_side_by_side(home):
    async def go(driver):
        pane, pilot, press = driver.pane, driver.pilot, driver.press
        knobs_with(pane, max_tokens=20)
        await pilot.press("O")
        await driver.until(lambda: lists_models(driver.app))
        await pilot.press("right", "end", "enter")
        await driver.until(lambda: len(pane.lanes) == 2)
        await driver.ready()
        first, second = pane.lanes
        assert (first.title, second.title) == ("contos step 10,000", "contos step 0")
        assert [lane.story.step for lane in pane.lanes] == [10_000, 0]
        assert first.digest != second.digest
        assert [len(lane.story.path) for lane in pane.lanes] == [20, 20]
        # The same luck at each place, put through two distributions.
        assert first.story.text != second.story.text
        assert [lane.knobs(pane.knobs) for lane in pane.lanes] == [pane.lanes[0].knobs(pane.knobs)] * 2
        # What is told, asked and printed is that of the lane in focus, each with its own model.
        views = pane.views
        await driver.until(lambda: views[0].has_focus)
        assert pane.seen["step"] == 10_000
        await press("tab")
        await driver.until(lambda: views[1].has_focus)
        assert (pane.lane, pane.seen["step"]) == (second, 0)
        assert "--step 0" in pane.query(".compared").last().command()
        await press("space")
        assert [len(lane.story.path) for lane in pane.lanes] == [20, 21]
        # The focus elsewhere, it is still that lane.
        await press("a", "home", "right")
        assert pane.lane is second
        assert pane.query_one(LookedPanel).looked.step == 0
        await press("a", "s")
        assert pane.lanes == [pane.main]

    drive(home, go, size=(140, 40))


def test_where_it_looked_and_all_heads_at_that_token(home):
    async def go(driver):
        pane, press = driver.pane, driver.press
        knobs_with(pane, max_tokens=150)  # longer than the context of 128
        await press("i", "enter")
        story, panel = pane.main.story, pane.query_one(LookedPanel)
        await driver.until(lambda: len(story.path) == 150)  # else the cursor is moved in a part of it
        await press("left", "left", "a")
        await driver.until(lambda: pane.query_one("#looked").has_focus)
        opened = open_model(find_run(home, "contos"))

        async def check(layer, head):
            def is_there():
                looked = panel.looked
                return looked and (looked.layer, looked.head, looked.chosen) == (layer, head, story.here)

            await driver.until(is_there)
            ids = [node.id for node in story.tokens[: story.cursor]]
            row = attend(opened, ids).matrix(layer, head)[-1]
            looked = panel.looked
            assert list(looked.weights) == pytest.approx(row.tolist(), rel=1e-4, abs=1e-6)
            assert [node.id for node in looked.context] == ids[-128:]
            best = looked.strongest[0]
            assert row[best] == pytest.approx(row.max())
            first = str(panel.query_one("#looked-head").render()).splitlines()[0]
            assert f"{row[best]:.2f}" in first
            assert f"{len(row) - best} back" in first

        await check(3, None)
        assert "last 128" in panel.border_subtitle
        # The arrows still walk through the text; other layers, other heads.
        await press("left")
        await check(3, None)
        await press("plus", "greater_than_sign")
        await check(0, 0)
        await press("minus", "less_than_sign", "less_than_sign")
        await check(3, 3)
        assert shlex.split(panel.command())[:9] == [
            *("gptlab", "inspect", "attention", "--run", "contos", "--step", "10000", "--layer", "3"),
        ]
        said = dict(panel.explanation().numbers)
        assert f"= {max(panel.looked.weights):.3f}" in said["softmax"]
        # Before the first token stands nothing; the first that is chosen looked at one alone.
        await press("home", "home")
        assert "Nothing stands before" in str(panel.query_one("#looked-head").render())
        await press("right")
        await check(3, 3)
        assert panel.looked.weights == (1.0,)
        # Enter shows all heads with what had been read then, at the same head.
        await press("end")
        looked = panel.looked
        await driver.pilot.press("enter")
        await driver.until(lambda: driver.app.pane.id == "attention")
        attention = driver.app.pane
        await driver.until(lambda: attention.heads is not None and attention.found is not None)
        assert attention._text == looked.text == story.up_to(story.cursor)
        assert (attention._run, attention.found.layer, attention.found.head) == (story.run, 3, 3)
        assert attention.link.query == 127
        assert attention.link.weight == pytest.approx(max(looked.weights), abs=1e-3)
        # What is written meanwhile is followed.
        await driver.pilot.press("f")
        longer = driver.app.query_one("#generate").written().text
        assert longer == looked.text + story.here.text
        await driver.until(lambda: attention._text == longer)
        # Back in the text, enter writes again; hidden, nothing is asked.
        await driver.pilot.press("3")
        await press("a")
        await driver.until(lambda: pane.text_view.has_focus)
        assert not panel.display
        await press("enter")
        assert len(story.path) == 300

    drive(home, go)


def test_where_it_looks_is_followed_while_text_streams(home):
    async def go(driver):
        pane, pilot = driver.pane, driver.pilot
        panel = pane.query_one(LookedPanel)
        pane.turn_to({"pace": 60, "max_tokens": 100_000})
        await driver.press("a", "escape")
        seen = set()

        def follows():
            seen.add(panel.looked.dropped + len(panel.looked.context) if panel.looked else 0)
            return len(seen) > 3 and pane.talk.is_writing

        await pilot.press("enter")
        await driver.until(follows)
        await pilot.press("x")
        await driver.ready()
        assert panel.looked.chosen is pane.main.story.here

    drive(home, go)


def test_screens_of_every_size(home):
    async def go(driver):
        pane, pilot, press = driver.pane, driver.pilot, driver.press
        knobs_with(pane)
        await press("i", "n", "enter", "c", "v")
        assert all(ord(one) < 128 for one in str(pane.query_one("#chart", Static).render()))
        await press("v", "s")
        for size in ((140, 40), (200, 60), (50, 12), (20, 5), (3, 2), (80, 24)):
            await pilot.resize_terminal(*size)
            await pilot.press("t")
        await press("s")
        assert pane.query_one("#text", TextView).size.width > 30
        # What is told of the token is for the width of now.
        under = pane.query_one("#under", Static)
        room = under.content_size.width
        await driver.until(lambda: max(map(len, str(under.render()).splitlines())) <= room)
        await press("f9", "escape", "m")

    drive(home, go, glyphs="ascii")


@pytest.mark.parametrize("size", [(50, 30), (100, 12), (20, 5)])
def test_where_room_is_short_every_panel_has_its_turn(home, size):
    async def go(driver):
        pane, pilot = driver.pane, driver.pilot
        await driver.press("a", "escape")
        open_ones = set()
        for _ in range(8):
            await pilot.press("tab")
            await pilot.pause()
            panel = panel_of(driver.app.focused)
            if panel is None:
                continue
            assert driver.app.focused.size.area
            assert panel.region.area
            open_ones.add(panel.id)
            others = {"knobs-panel", "looked-panel", "next-panel"} - {panel.id}
            assert not any(pane.query_one(f"#{other}").region.area for other in others)
        assert open_ones == {"prompt-panel", "main", "knobs-panel", "looked-panel", "next-panel"}
        # The one in focus can be zoomed.
        pane.query_one("#next").focus()
        await pilot.pause()
        await pilot.press("z")
        await driver.until(lambda: driver.app.screen.maximized is pane.query_one("#next-panel"))
        await pilot.press("z")
        await driver.press("escape")
        assert pane.text_view.size.area

    drive(home, go, size=size)


def test_texts_side_by_side_have_their_turn_where_they_would_be_too_low(home):
    async def go(driver):
        pane, pilot = driver.pane, driver.pilot

        def in_sight():
            return [panel.border_title for panel in pane.query(".compared") if panel.region.area]

        knobs_with(pane, max_tokens=3)
        await driver.press("s")
        await driver.until(lambda: in_sight() == ["temp 0.5 1/4"])
        await pilot.press("tab")
        await driver.until(lambda: in_sight() == ["temp 0.9 2/4"] and pane.views[1].has_focus)
        await pilot.resize_terminal(80, 24)
        await driver.until(lambda: in_sight() == ["temp 0.5", "temp 0.9", "temp 1", "temp 2"])
        await pilot.resize_terminal(30, 10)
        await driver.until(lambda: in_sight() == ["temp 0.9 2/4"])
        await driver.press("s")
        assert pane.query_one("#main").region.area

    drive(home, go, size=(30, 10))


def test_knobs_or_where_it_looked_on_a_screen_of_few_lines(home):
    async def go(driver):
        pane, pilot = driver.pane, driver.pilot
        knobs, looked = pane.query_one("#knobs-panel"), pane.query_one(LookedPanel)
        await driver.press("a")
        assert looked.region.area
        assert not knobs.region.area
        # What matters most of the knobs stays in sight.
        frame = pane.query_one("#prompt-panel")
        await driver.press("t")
        assert frame.border_subtitle == "temp 0.75 k off p off m off seed 1337"
        await driver.press("T")
        pane.query_one("#knobs").focus()
        await pilot.pause()
        await driver.until(lambda: knobs.region.area)
        assert not looked.region.area
        assert frame.border_subtitle == ""
        await driver.press("escape")
        assert looked.region.area
        await pilot.resize_terminal(140, 40)
        await pilot.pause()
        await driver.until(lambda: looked.region.area)
        assert knobs.region.area
        # What was drawn for another width is drawn again.
        head = looked.query_one("#looked-head")
        assert head.size.width > 32
        await driver.until(lambda: {*map(len, str(head.render()).splitlines())} == {head.size.width})
        # All of the chain is in sight, in its order.
        await driver.until(lambda: "bias rep freq pres temp k p min typ" in screen_text(driver.app))
        await pilot.resize_terminal(80, 24)
        pane.query_one("#knobs").focus()
        await driver.until(lambda: knobs.region.height == 9 and not looked.region.area)
        await pilot.press("end")
        for line in ("chain bias rep freq pres ", "      temp k p min typ "):
            await driver.until(lambda line=line: line in screen_text(driver.app))

    drive(home, go)


def test_no_torch_in_the_workbench():
    code = """
import sys, gptlab_tui.tui.panes.generate.pane
print("torch" in sys.modules, "numpy" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=os.environ, check=True
    )
    assert done.stdout.split() == ["False", "False"]


def test_runs_hands_over_the_run_that_is_to_write(home):
    for name in ("alpha", "beta"):
        shutil.copytree(data_root() / "checkpoints" / "contos", home.runs / name)

    async def go(driver):
        app = driver.app
        for name in ("beta", "alpha", "beta"):
            await driver.pilot.press("5")
            await driver.until(lambda: app.pane.id == "runs" and app.pane.run_named("beta") is not None)
            app.pane.query_one(RunsTable).go_to(name)
            await driver.pilot.press("w")
            await driver.until(lambda: app.pane.id == "generate")
            await driver.until(lambda name=name: app.pane.model[0] == name)
            await driver.ready()

    drive(home, go)


@pytest.mark.parametrize("size", [(100, 30), (80, 24), (60, 18)])
def test_texts_side_by_side_have_the_columns_that_there_is_room_for(home, size):
    """Also where other panels have gone to make room for them."""

    async def steps(driver):
        knobs_with(driver.pane)
        await driver.press("s")
        await driver.until(lambda: len(driver.app.pane.views) == 4 and is_quiet(driver.app.pane.talk))
        texts = driver.app.query_one("#texts")

        def arranged():
            return texts.styles.grid_size_columns, texts.has_class("-one")

        before = arranged()
        driver.app.pane.arrange_lanes()
        assert arranged() == before == (min(4, texts.size.width // 19), before[1])

    drive(home, steps, size)
