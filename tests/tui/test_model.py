"""The pane Model, driven by keys against the model that comes with GPTLab."""

import asyncio
import json
import shlex
from dataclasses import dataclass

import numpy as np
import pytest
from textual.widgets import Input

from gptlab_tui.cli import main
from gptlab_tui.insight.numbers import statistics
from gptlab_tui.insight.walk import walk
from gptlab_tui.insight.weights import norms_by_snapshot, weight
from gptlab_tui.model.open_run import open_model
from gptlab_tui.runs.layout import find_run
from gptlab_tui.tui.app import Workbench
from gptlab_tui.tui.dialogs import Ask, Choose
from gptlab_tui.tui.panes.attention.follow import ReadText
from gptlab_tui.tui.panes.model.drawing import Drawing
from gptlab_tui.tui.terminal import Terminal
from tests.embedded_runs import moving_run
from tests.tui.driving import lists_models, screen_text, until, workbench
from tests.tui.test_attention import InThisProcess

TEXT = "A figura é poética, mas"


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """The bundled model, in this process."""
    from gptlab_tui.home import Home

    return open_model(find_run(Home(tmp_path_factory.mktemp("home")), "contos"))


@dataclass
class Stage:
    """A workbench on the pane, with a first tensor there."""

    app: Workbench
    pilot: object

    @property
    def pane(self):
        return self.app.pane

    @property
    def step(self):
        """The step that is shown on the right."""
        return self.pane.steps.steps[self.pane.seen.place]

    async def to(self, path, *keys):
        """Presses keys until it is told of a tensor or a module."""
        await self.pilot.press(*keys)
        await until(self.pilot, lambda: self.pane.node is not None and self.pane.node.path == path, path)

    async def walked(self, *keys, name=None):
        """Presses keys until a step of that name is shown."""
        await self.pilot.press(*keys)
        await until(
            self.pilot, lambda: self.pane.seen is not None and self.step.name == (name or self.step.name)
        )

    async def find(self, text):
        await self.pilot.press("slash")
        await until(self.pilot, lambda: isinstance(self.app.screen, Ask))
        self.app.screen.query_one(Input).value = text
        await self.pilot.press("enter")
        await until(self.pilot, lambda: not isinstance(self.app.screen, Ask))

    async def shows(self, text):
        await until(self.pilot, lambda: text in self.screen(), text)

    def screen(self):
        return screen_text(self.app)


def play(home, scene, size=(80, 24), terminal=None, run="contos"):
    async def go():
        opened = workbench(home, "model", size, terminal, models=InThisProcess(home), run=run)
        async with opened as (app, pilot):
            stage = Stage(app, pilot)
            await until(pilot, lambda: stage.pane is not None and stage.pane.past is not None)
            await until(pilot, lambda: stage.pane.weight is not None)
            await scene(stage)

    asyncio.run(go())


def test_down_the_tree_and_what_a_tensor_is(home, opened):
    async def scene(stage):
        assert stage.pane.node.path == "wte.weight"
        await stage.shows("contos, step 10,000")
        await stage.to("h", "down")
        await stage.to("h.0", "down")
        await stage.find("q_norm")
        await stage.to("h.0.attn.q_norm.weight")
        await stage.to("h.0.attn.c_attn.weight", "up", "up")
        about = statistics(weight(opened, "h.0.attn.c_attn.weight"))
        assert stage.pane.weight.about == about
        await stage.shows(f"{about.deviation:.3g}")
        await stage.shows("192x64")
        await stage.shows("Makes queries, keys and values")
        await stage.shows("furthest of")  # it is pooled, and says so
        await stage.pilot.press("t")
        await stage.shows("most 2.17k of 12.3k")
        await stage.pilot.press("t")
        await stage.shows("12 snapshots")
        await stage.shows("all gradients")

    play(home, scene)


def test_modules_fold_and_layers_change(home):
    async def scene(stage):
        paths = lambda: [row.node.path for row in stage.pane.rows]  # noqa: E731
        await stage.find("h.0.mlp")
        await stage.to("h.0.mlp")
        assert "h.0.mlp.c_fc.weight" in paths()
        await stage.pilot.press("enter")
        assert "h.0.mlp.c_fc.weight" not in paths()
        await stage.pilot.press("right")
        await stage.to("h.0.mlp.c_fc.weight", "right")
        await stage.to("h.1.mlp.c_fc.weight", "l")
        assert "h.1.mlp.c_proj.weight" in paths()
        await stage.to("h.0.mlp.c_fc.weight", "L")
        await stage.to("h.0.mlp", "left")
        await until(stage.pilot, lambda: isinstance(stage.pane.units, tuple))
        await stage.shows("units 244: 0 dead, 0")
        await stage.shows("on and open above 0")
        await stage.to("", "home")
        await stage.shows("short convolutions")
        await stage.shows("60.5%")
        await stage.to("lm_head.weight", "end")

    play(home, scene)


def test_gradients_are_measured_on_demand(home, monkeypatch):
    monkeypatch.setattr(
        "gptlab_tui.serving.weighing.gradients_by_snapshot",
        lambda run, ids, **_: (
            (step, dict.fromkeys(norms, step / 7)) for step, norms in norms_by_snapshot(run)
        ),
    )

    async def scene(stage):
        assert "its gradient" not in stage.screen()
        await stage.pilot.press("d")
        await until(stage.pilot, lambda: stage.pane.past.gradients)
        assert stage.pane.past.gradients["wte.weight"][1] == 500 / 7
        await stage.shows("its gradient")
        assert stage.pane.command().split()[-1] == "--gradients"

    play(home, scene)


def test_a_run_without_a_past_says_so(home):
    moving_run(home, "one", steps=(200,))
    (home.runs / "one" / "snapshots" / "step-00000200.safetensors").unlink()

    async def scene(stage):
        await stage.pilot.press("t", "t")
        await stage.shows("The run kept no snapshot")
        await stage.pilot.press("t")
        await stage.to("", "home")
        await until(stage.pilot, lambda: isinstance(stage.pane.units, str))
        await stage.shows("Units are not counted")

    play(home, scene, run="one")


def test_a_walk_from_step_to_step_and_token_to_token(home, opened):
    found = walk(opened, opened.tokenizer.encode(TEXT).tolist(), lambda layer: True)

    async def scene(stage):
        await stage.walked("v", name="token embedding")
        await stage.shows("Each id takes its row out of a learned table")
        await stage.walked("down", name="embedded")
        await stage.walked("down", name="mean before")
        await stage.shows("`s`, token 23 of 23")
        await stage.pilot.press("left", "left")
        await until(stage.pilot, lambda: stage.pane.seen.position == 20)
        own = float(found.line("h.0.ln_1", "mean before").values[20])
        assert stage.pane.seen.row[20] == own
        await stage.pilot.press("home")
        await until(stage.pilot, lambda: stage.pane.seen.position == 0)
        await stage.pilot.press("end")
        await stage.find("weights")
        await stage.walked(name="weights")
        await stage.pilot.press("h", "l")
        await until(stage.pilot, lambda: stage.pane.seen.head == 1 and stage.pane.steps.layer == 1)
        assert stage.step.name == "weights"
        row = found.line("h.1.attn", "weights").values[1, 22]
        assert stage.pane.seen.row == tuple(row.astype(float).tolist())
        await stage.shows("scaled, and not")
        await stage.find("curve")
        await stage.walked(name="activation's curve")
        await stage.shows("●")
        await stage.shows("values are above 0")
        await stage.find("probabilities")
        await stage.walked(name="probabilities")
        best = found.lines[-1].values[22].max()
        await stage.shows(f"{best:.4g}")

    play(home, scene)


def test_another_text_and_characters_that_are_lacking(home):
    async def scene(stage):
        await stage.walked("v")
        await stage.pilot.press("i")
        field = stage.pane.query_one(Input)
        assert field.has_focus
        field.value = "O rato 日"
        await stage.pilot.press("enter")
        await until(stage.pilot, lambda: isinstance(stage.app.screen, Choose))
        await stage.pilot.press("enter")
        await until(stage.pilot, lambda: stage.pane.steps is not None and len(stage.pane.steps.pieces) == 7)
        await stage.shows("日 left out")
        assert "--unknown skip" in stage.pane.command()

    play(home, scene)


def test_a_text_is_taken_over(home):
    async def scene(stage):
        await stage.pilot.press("f")
        said = stage.app._notifications
        await until(stage.pilot, lambda: any("have no text yet" in one.message for one in said))
        await stage.pilot.press("4")
        await until(stage.pilot, lambda: getattr(stage.pane, "found", None) is not None)
        stage.pane.look_at("O rato")
        await until(stage.pilot, lambda: len(stage.pane.heads.pieces) == 6)
        await stage.pilot.press("7", "f")
        await until(stage.pilot, lambda: stage.pane.steps is not None)
        assert "".join(stage.pane.steps.pieces) == "O rato"
        stage.pane.post_message(ReadText("A figura", "contos", 500, 2, 3))
        await until(stage.pilot, lambda: stage.pane.steps.step == 500)
        assert (stage.pane.steps.layer, "".join(stage.pane.steps.pieces)) == (2, "A figura")

    play(home, scene)


def test_another_step_of_the_run_keeps_cursor_and_view(home, opened):
    async def scene(stage):
        await stage.find("k_norm")
        await stage.to("h.0.attn.k_norm.weight")
        stage.pane.to_step(500)
        await until(stage.pilot, lambda: stage.pane.modules.step == 500)
        early = open_model(find_run(home, "contos"), 500)
        expected = statistics(weight(early, "h.0.attn.k_norm.weight"))
        await until(stage.pilot, lambda: stage.pane.weight.about == expected)
        assert stage.pane.node.path == "h.0.attn.k_norm.weight"
        await stage.walked("v")
        assert stage.pane.steps.step == 500
        await stage.find("scaled")
        await stage.walked("left", name="scaled")
        stage.pane.to_step(None)
        await until(stage.pilot, lambda: stage.pane.steps.step == 10_000)
        await stage.walked(name="scaled")
        assert stage.pane.seen.position == 21
        await stage.pilot.press("r")
        await until(stage.pilot, lambda: lists_models(stage.app))
        await stage.pilot.press("right", "end", "enter")
        await until(stage.pilot, lambda: stage.pane.steps.step == 0)
        assert stage.pane.view == "walk"

    play(home, scene)


def test_what_was_looked_at_is_remembered(home):
    async def scene(stage):
        await stage.find("h.2.attn.c_proj")
        await stage.to("h.2.attn.c_proj.weight")
        await stage.walked("v")
        await stage.find("logits")
        await stage.walked(name="logits")
        await stage.pilot.press("c", "5")

    play(home, scene)

    async def later(stage):
        await until(stage.pilot, lambda: stage.pane.seen is not None)
        assert (stage.pane.view, stage.step.name, stage.pane.way) == ("walk", "logits", "grey")
        await stage.to("h.2.attn.c_proj.weight", "v")
        assert stage.pane.rows[stage.pane.cursor].node.path == "h.2.attn.c_proj.weight"

    async def go():
        async with workbench(home, "model", models=InThisProcess(home)) as (app, pilot):
            await until(pilot, lambda: app.pane is not None)
            await later(Stage(app, pilot))

    asyncio.run(go())


def test_every_panel_explains_and_prints_itself(home, capsys):
    commands = []

    async def scene(stage):
        for panel in stage.pane.query("ListPanel, MapPanel, #model-numbers, #model-past"):
            found = panel.explanation()
            assert found.formula
            assert ("model", "contos, step 10,000") in found.numbers
        commands.append(stage.pane.command())
        await stage.walked("v")
        await stage.find("scores")
        await stage.walked(name="scores")
        for panel in stage.pane.query("ListPanel, MapPanel, #model-row, #model-words"):
            found = panel.explanation()
            assert found.formula == "scores = q k^T"
            assert dict(found.numbers)["shape"] == "4 heads x 23 tokens x 23 keys"
        commands.append(stage.pane.command())
        await stage.to("", "v", "home")
        assert stage.pane.query_one("#model-numbers").explanation().title == "The whole model"

    play(home, scene)
    assert commands[0] == "gptlab inspect weights wte.weight --run contos"
    for command in commands:
        assert main([*shlex.split(command)[1:], "--home", str(home.root)]) == 0
    printed = capsys.readouterr().out
    assert "norm 10.03" in printed
    assert "Each query times each key" in printed


@pytest.mark.parametrize(
    ("size", "glyphs"),
    [((200, 60), "braille"), ((60, 20), "ascii"), ((40, 12), "braille"), ((20, 5), "ascii")],
)
def test_any_size_and_any_tier(home, size, glyphs):
    async def scene(stage):
        await stage.pilot.press("down", "down", "up", "c", "t", "enter", "v", "down", "left", "h", "l", "v")
        await stage.pilot.press("home", "pagedown", "end")
        await until(stage.pilot, lambda: stage.pane.node.path == "lm_head.weight")
        if size[0] >= 40:
            assert stage.pane.query_one(Drawing).rows

    play(home, scene, size, Terminal(glyphs=glyphs, colours="none" if glyphs == "ascii" else "truecolor"))


def test_numbers_that_were_asked_for_another_room_are_asked_for_again(home):
    async def scene(stage):
        await stage.find("c_fc")
        await stage.to("h.0.mlp.c_fc.weight")
        before = stage.pane.weight.map.shape
        await stage.pilot.resize_terminal(140, 40)
        await until(stage.pilot, lambda: stage.pane.weight.map.shape > before)
        assert np.isfinite(stage.pane.weight.map).all()

    play(home, scene)


def test_json_of_a_weight_has_its_rank(home, capsys):
    assert main(["inspect", "weights", "h.0.attn.c_proj.weight", "--json", "--home", str(home.root)]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["rank"] == 64
    assert 1 < answer["stable_rank"] < 64
