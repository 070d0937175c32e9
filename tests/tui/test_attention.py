"""The pane Attention, driven by keys against the model that comes with GPTLab."""

import asyncio
import math
import re
from dataclasses import dataclass

import numpy as np
import pytest
from textual.widgets import OptionList

from gptlab_tui.insight.attention import attend
from gptlab_tui.insight.links import Link, pool
from gptlab_tui.model.open_run import open_model
from gptlab_tui.render import heat
from gptlab_tui.runs.layout import find_run
from gptlab_tui.serving.protocol import pack_array, unpack_array
from gptlab_tui.tui.app import Workbench
from gptlab_tui.tui.dialogs import Choose
from gptlab_tui.tui.panes.attention.data import explain
from gptlab_tui.tui.panes.attention.follow import ReadText, Writer, Written
from gptlab_tui.tui.panes.catalogue import PANES
from gptlab_tui.tui.terminal import Terminal
from gptlab_tui.tui.widgets.headgrid import HeadGrid
from gptlab_tui.tui.widgets.heatmap import Heatmap
from gptlab_tui.tui.widgets.sentence import SentenceField
from tests.tui.driving import lists_models, screen_text, until, workbench
from tests.tui.in_this_process import InThisProcess

TEXT = "A figura é poética, mas"


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """The numbers of the bundled model, computed in this process."""
    from gptlab_tui.home import Home

    opened = open_model(find_run(Home(tmp_path_factory.mktemp("home")), "contos"))
    return attend(opened, opened.tokenizer.encode(TEXT).tolist())


def travelled(matrix):
    """As the workbench gets it, in half precision."""
    return unpack_array(pack_array(matrix))


@dataclass
class Stage:
    """A workbench on the pane, with the first map there."""

    app: Workbench
    pilot: object

    @property
    def pane(self):
        return self.app.pane

    @property
    def map(self):
        return self.pane.query_one(Heatmap)

    async def keys(self, *keys):
        await self.pilot.press(*keys)
        await self.settled()

    async def settled(self):
        await until(self.pilot, lambda: not self.pane.maps.is_waiting)

    async def shows(self, text):
        await until(self.pilot, lambda: text in self.screen(), text)

    def screen(self):
        return screen_text(self.app)


def play(home, scene, size=(80, 24), terminal=None, process=False):
    async def go():
        models = None if process else InThisProcess(home)
        async with workbench(home, "attention", size, terminal, models=models) as (app, pilot):
            stage = Stage(app, pilot)
            await until(pilot, lambda: stage.pane is not None and stage.pane.found is not None)
            await stage.settled()
            await scene(stage)

    asyncio.run(go())


def test_ascii_says_where_its_numbers_have_room(home):
    says = "z shows the numbers"

    async def scene(stage):
        assert says not in stage.screen()
        await stage.keys("c", "c", "enter")
        await stage.shows(says)
        await stage.keys("z")
        await until(stage.pilot, lambda: stage.map.picture.layout.has_numbers and says not in stage.screen())
        await stage.keys("z")
        await stage.shows(says)
        await stage.pilot.resize_terminal(80, 24)  # where they never have
        await until(stage.pilot, lambda: says not in stage.screen())

    play(home, scene, size=(140, 40))


def test_a_step_is_chosen_and_the_newest_again(home):
    async def scene(stage):
        await stage.keys("r")
        await until(stage.pilot, lambda: lists_models(stage.app))
        await stage.pilot.press("down")
        steps = stage.app.screen.query_one("#steps", OptionList)
        await until(stage.pilot, lambda: steps.option_count > 3)
        shown = [str(steps.get_option_at_index(row).prompt) for row in range(3)]
        assert shown == ["newest", "best", "step 10,000"]
        await stage.keys("right", "end", "enter")
        assert (stage.pane._run, stage.pane._step) == ("contos", 0)
        assert stage.pane.heads.step == 0
        await stage.keys("r")
        await until(stage.pilot, lambda: lists_models(stage.app))
        await stage.keys("home", "enter")
        assert (stage.pane._run, stage.pane._step) == (None, None)
        assert stage.pane.heads.step == 10_000

    play(home, scene)


def test_the_ascii_map_is_the_expected_text(home, seen):
    """What stands on the screen is what render draws of insight's numbers."""

    async def scene(stage):
        await stage.keys("c", "c", "enter", "z")
        labels = [heat.label_of(piece, "ascii") for piece in seen.pieces]

        def stands():  # once the map has the room of the whole screen
            layout = heat.plan(labels, "ascii", *stage.map.size)
            expected = heat.text(heat.draw(travelled(seen.matrix(3, None)).tolist(), labels, layout))
            left, top = stage.map.region.offset
            lines = stage.screen().splitlines()[top : top + layout.height]
            shown = "\n".join(line[left : left + layout.width].rstrip() for line in lines)
            drawn = heat.text(stage.map.picture.rows) == expected == shown
            return layout.shape.columns == 4 and drawn

        await until(stage.pilot, stands)

    play(home, scene, size=(140, 40), process=True)


def test_arrows_read_off_values(home, seen):
    async def scene(stage):
        weights = travelled(seen.matrix(3, None))
        await stage.keys("enter", "pageup", "home")
        assert (stage.map.link.query, stage.map.link.key) == (0, 0)
        await stage.keys(*["down"] * 13, *["right"] * 10)
        assert (stage.map.link.query, stage.map.link.key) == (13, 10)
        assert stage.map.link.weight == float(weights[13, 10])
        await stage.shows(f"{weights[13, 10]:.3f}  `é` → `␣`  (13→10)")
        await stage.keys("end")
        assert stage.map.link.key == 13
        await stage.keys("right", "up")
        assert (stage.map.link.query, stage.map.link.key) == (12, 12)  # never on what is hidden
        await stage.shows("│ 12 o ")

    play(home, scene)


def test_the_row_as_bars_and_the_links_in_words(home, seen):
    async def scene(stage):
        await stage.keys("enter")
        weights = travelled(seen.matrix(3, None))
        shown = stage.screen()
        for key in range(23):
            assert re.search(rf" {key} . [█▏▎▍▌▋▊▉ ]+ {weights[22, key]:.3f} ", shown), key
        await stage.keys("n")
        link = stage.pane.found.links[0]
        assert (stage.map.link.query, stage.map.link.key) == (link.query, link.key)
        await stage.shows("> `i` looks at `␣` 0.56  (3→1)")
        await stage.keys("n", "N", "N")
        assert (stage.map.link.query, stage.map.link.key) == (
            stage.pane.found.links[-1].query,
            stage.pane.found.links[-1].key,
        )

    play(home, scene, size=(140, 60))


def test_layers_heads_and_the_mean(home, seen):
    async def scene(stage):
        def shows(layer, head):
            found = stage.pane.found
            np.testing.assert_array_equal(found.weights, travelled(seen.matrix(layer, head)))
            return (found.layer, found.head) == (layer, head)

        assert shows(3, None)
        await stage.keys("h")
        assert shows(3, 0)
        await stage.keys("l", "h", "h")
        assert shows(0, 2)
        await stage.keys("L", "H")
        assert shows(3, 1)
        await stage.keys("a")
        assert shows(3, None)
        await stage.keys("a")
        assert shows(3, 1)
        await stage.keys("up", "up", "right")
        assert shows(1, 2)
        await stage.shows("layer 1, head 2")
        assert stage.pane.query_one("#attention-map-panel").command() == (
            "gptlab inspect attention --run contos --layer 1 --head 2 'A figura é poética, mas'"
        )
        row = stage.pane.query_one("#attention-map", Heatmap).link.query
        assert stage.pane.query_one("#attention-row").command() == (
            f"gptlab inspect attention --run contos --layer 1 --head 2 --row {row} 'A figura é poética, mas'"
        )

    play(home, scene)


def test_the_three_drawings_and_the_scale(home):
    async def scene(stage):
        drawn = [heat.text(stage.map.picture.rows)]
        for way in ("grey", "ascii", "colour"):
            await stage.keys("c")
            assert stage.pane.way == way
            drawn.append(heat.text(stage.map.picture.rows))
        assert drawn[0] == drawn[3]
        assert "█" in drawn[1]
        assert "░" in drawn[1]
        assert set(drawn[2]) >= set("@'=-")
        before = [row[:] for row in stage.map.picture.rows]
        await stage.keys("s")
        assert before != stage.map.picture.rows
        await stage.shows("linear")
        assert "--scale linear" in stage.pane.query_one("#attention-map-panel").command()

    play(home, scene, size=(140, 40))


@pytest.mark.parametrize(
    ("terminal", "ways"),
    [
        (Terminal(glyphs="ascii"), ["ascii"]),
        (Terminal(colours="16"), ["grey", "ascii"]),
        (Terminal(colours="none", glyphs="ascii"), ["ascii"]),
    ],
)
def test_what_the_terminal_lacks_is_not_offered(home, terminal, ways):
    async def scene(stage):
        for way in (*ways, ways[0]):
            assert stage.pane.way == way
            await stage.keys("c")
        if ways == ["ascii"]:
            assert {glyph for row in stage.map.picture.rows for cell in row for glyph in cell.glyph} <= (
                set(heat.SIGNS + "'0123456789 _") | set(TEXT)
            )

    play(home, scene, terminal=terminal)


def test_all_heads_as_small_maps(home, seen):
    async def scene(stage):
        shown = stage.screen()
        for layer in range(4):
            for name in ("0", "1", "2", "3", "m"):
                assert f"{layer}.{name}" in shown
        assert "┌3.m" in shown
        grid = stage.pane.query_one(HeadGrid)
        await stage.pilot.click(HeadGrid, offset=(grid.grid.pitch[0] + 2, 2))
        await stage.settled()
        assert (stage.pane.found.layer, stage.pane.found.head) == (0, 1)
        small = stage.pane.heads.small
        np.testing.assert_array_equal(small[2, 1], travelled(seen.weights[2, 1]))
        np.testing.assert_array_equal(small[2, 4], travelled(seen.weights[2].mean(axis=0)))

    play(home, scene)


def test_another_sentence(home):
    async def scene(stage):
        await stage.keys("i", "end", *[key for letter in " uma" for key in [letter.replace(" ", "space")]])
        await stage.keys("enter")
        assert "".join(stage.pane.heads.pieces) == TEXT + " uma"
        await stage.shows("27 tokens")
        await stage.keys("i")
        stage.app.focused.value = ""
        await stage.keys("enter")
        await until(stage.pilot, lambda: stage.pane.found is None)
        assert "There is no text to look at" in " ".join(stage.screen().replace("│", " ").split())
        await stage.keys("c", "h", "n", "down", "enter", "a", "e", "y")
        assert stage.pane.found is None
        stage.pane.look_at(TEXT)
        await stage.settled()
        assert stage.pane.found is not None

    play(home, scene)


@pytest.mark.parametrize(
    ("key", "unknown", "pieces", "told"),
    [
        ("enter", "skip", "A figura", "8 tokens, 字 Ж left out"),
        ("down", "replace", "A? figura?", "字 Ж replaced"),
    ],
)
def test_what_the_model_lacks_is_asked_about(home, key, unknown, pieces, told):
    async def scene(stage):
        await stage.keys("i")
        stage.app.focused.value = "A字 figuraЖ"
        await stage.keys("enter")
        await until(stage.pilot, lambda: isinstance(stage.app.screen, Choose))
        await stage.shows("contos has never seen 字 Ж")
        await stage.keys("escape")
        assert stage.pane.found is None
        assert "never seen 字 Ж" in " ".join(stage.screen().replace("│", " ").split())
        await stage.keys("i", "enter")
        await until(stage.pilot, lambda: isinstance(stage.app.screen, Choose))
        await stage.keys(*[key] * (key != "enter"), "enter")
        await until(stage.pilot, lambda: stage.pane.found is not None)
        assert "".join(stage.pane.heads.pieces) == pieces
        assert told in stage.screen()
        assert f" --unknown {unknown} " in stage.app.panel.command()
        await stage.keys("h")  # another head asks for nothing again
        assert stage.pane.found.head == 0
        stage.pane.look_at("字")  # what was chosen was for that sentence
        await until(stage.pilot, lambda: isinstance(stage.app.screen, Choose))

    play(home, scene)


def test_the_question_waits_for_the_pane(home):
    async def scene(stage):
        pane = stage.pane
        await stage.pilot.press("1")
        await until(stage.pilot, lambda: stage.app.pane is not pane and stage.app.pane is not None)
        pane.look_at("字")
        await until(stage.pilot, lambda: pane.found is None)
        assert not isinstance(stage.app.screen, Choose)
        await stage.pilot.press("4")
        await until(stage.pilot, lambda: isinstance(stage.app.screen, Choose))

    play(home, scene)


def test_a_long_text_is_pooled_and_said_so(home):
    async def scene(stage):
        text = "A figura é poética. " * 8
        stage.pane.look_at(text)
        await stage.settled()
        await stage.keys("enter")
        shown = stage.screen()
        factor = stage.map.picture.factor
        assert factor > 1
        assert f"each place the largest of {factor} x {factor}" in shown
        assert "128 tokens, the 32 before left out" in shown
        labels = [heat.label_of(piece, "colour") for piece in stage.pane.heads.pieces]
        pooled = pool(stage.pane.found.weights, factor).tolist()
        assert stage.map.picture.rows == heat.draw(pooled, labels, stage.map.picture.layout)
        await stage.keys("up", "left")
        link = stage.map.link
        block = stage.pane.found.weights[link.query // factor * factor :, link.key // factor * factor :][
            :factor, :factor
        ]
        assert link.weight == float(block.max())

    play(home, scene)


def test_the_explanation_has_the_numbers_of_the_cell(home, seen):
    async def scene(stage):
        await stage.keys("h", "enter", "pageup", *["down"] * 4, "home", "right")
        told = dict(stage.app.panel.explanation().numbers)
        score = float(seen.scores(3, 0)[4, 1])
        assert told["q . k"] == f"{score:.3f}"
        assert told["q . k / sqrt(hs)"] == f"{score:.3f} / 4.000 = {score / 4:.3f}"
        weight = f"{travelled(seen.matrix(3, 0))[4, 1]:.3f}"
        assert told["weight"].startswith(f"{weight} ")
        assert told["softmax"].startswith(f"exp({score / 4:.3f}) / sum of 5 = exp({score / 4:.3f} - ")
        assert told["softmax"].endswith(f" = {weight}")
        heads, found = stage.pane.heads, stage.pane.found
        for query, key in np.argwhere(found.weights > 0.1).tolist():  # one figure, as it is reckoned
            link = Link(query, key, float(found.weights[query, key]))
            told = dict(explain(heads, found, link, "grey").numbers)
            here, total, weight = re.search(r"exp\((\S+) - (\S+)\) = (\S+)$", told["softmax"]).groups()
            assert told["weight"].startswith(f"{weight} ")
            assert math.exp(float(here) - float(total)) == pytest.approx(float(weight), abs=1.5e-3)
        assert told["q, k, v of a head"].startswith("(23, 16)")
        await stage.keys("e")
        await stage.shows("softmax(q k^T / sqrt(hs) + mask)")

    play(home, scene)


def test_any_size(home):
    async def scene(stage):
        for size in ((20, 5), (200, 60), (1, 1), (60, 18), (59, 12), (20, 5)):
            await stage.pilot.resize_terminal(*size)
            await stage.keys("enter", "c", "left", "h", "enter", "down")
        await stage.pilot.resize_terminal(80, 24)
        await stage.pilot.pause()
        assert len(stage.map.picture.rows) > 5

    play(home, scene)


def test_it_is_remembered(home):
    async def change(stage):
        await stage.keys("c", "s", "up", "left")
        await stage.pilot.press("1")
        await stage.pilot.pause()

    async def look(stage):
        assert (stage.pane.way, stage.pane.scale) == ("grey", "linear")
        assert (stage.pane.found.layer, stage.pane.found.head) == (2, 3)
        assert "".join(stage.pane.heads.pieces) == TEXT

    play(home, change)
    play(home, look)


def test_a_run_that_is_gone_gives_way_to_the_newest(home):
    from gptlab_tui.tui.state import State, save_state

    save_state(home, State(run="gone"))

    async def scene(stage):
        assert stage.pane.heads.run == "contos"

    play(home, scene)


def test_it_keeps_up_with_who_writes(home, monkeypatch):
    class Novelist:
        text = "A figura"

        def written(self):
            return Written(self.text, "contos", None)

    novelist = Novelist()
    assert isinstance(novelist, Writer)

    async def scene(stage):
        monkeypatch.setattr(type(stage.pane), "_written", lambda pane: novelist.written())
        await stage.keys("f")
        await until(stage.pilot, lambda: "".join(stage.pane.heads.pieces) == "A figura")
        novelist.text = "A figura de"
        await until(stage.pilot, lambda: "".join(stage.pane.heads.pieces) == "A figura de")
        novelist.text = "A figura de " + "uma casa " * 60 + "sem fim"
        await stage.shows(" uma casa sem fim │")
        assert "before left out" in stage.screen()
        assert "│ …" in stage.screen()
        await stage.keys("f")
        assert stage.pane._timer is None

    play(home, scene)


def test_a_sentence_longer_than_its_line_is_cut_visibly_but_while_one_edits_it(home):
    long = "A figura era " + "uma casa " * 12 + "sem fim"

    async def scene(stage):
        await stage.keys("i", *["backspace"] * 30)
        stage.pane.query_one(SentenceField).text = long
        await stage.keys("end")
        await stage.shows("sem fim")
        await stage.keys("enter")
        await stage.shows("│ A figura era uma casa")
        assert "sem fim" not in stage.screen()
        assert "… │" in stage.screen()
        await stage.keys("i")
        await stage.shows("sem fim")

    play(home, scene, size=(60, 24))


@pytest.mark.parametrize("built", [False, True])
def test_another_pane_hands_it_a_text(home, built):
    async def go():
        async with workbench(
            home,
            "corpus",
            models=InThisProcess(home),
            layout={"attention": {"text": "Era uma vez", "layer": 0, "head": 1}},
        ) as (app, pilot):
            corpus = app.pane
            if built:
                await pilot.press("4")
                await until(pilot, lambda: app.pane.id == "attention" and app.pane.found is not None)
                await pilot.press("1")
            await corpus.hand_over("attention", ReadText("A figura", "contos", 0, 2, 3))
            pane = app.pane
            await until(pilot, lambda: pane.heads is not None and "".join(pane.heads.pieces) == "A figura")
            assert (pane.heads.step, pane.found.layer, pane.found.head) == (0, 2, 3)

    asyncio.run(go())


def test_a_line_break_stands_in_the_field_and_is_one_for_the_model(home):
    async def scene(stage):
        stage.pane.look_at("Era\numa")
        await stage.shows("Era⏎uma")
        await until(stage.pilot, lambda: "".join(stage.pane.heads.pieces) == "Era\numa")
        await stage.keys("i", "end", "space", "v", "e", "z", "enter")
        await until(stage.pilot, lambda: "".join(stage.pane.heads.pieces) == "Era\numa vez")

    play(home, scene)


@pytest.mark.parametrize("name", PANES)
def test_what_is_kept_in_another_form_is_as_on_the_first_day(home, name):
    async def go():
        async with workbench(home, name, layout={name: ["odd"], "other": {"stays": 1}}) as (app, _):
            assert "odd" not in app.pane.kept
            app.pane.keep(mine=1)
            app.pane.keep(more=2)
            assert app.pane.kept.items() >= {"mine": 1, "more": 2}.items()
            assert app.state.layout["other"] == {"stays": 1}

    asyncio.run(go())


@pytest.mark.parametrize("name", PANES)
@pytest.mark.parametrize("odd", [[], {}, 1.5, True, None])
def test_switches_that_are_kept_in_another_form_are_as_on_the_first_day(home, name, odd):
    switches = (
        *("way", "method", "scale", "order", "inverted", "layer", "head", "text", "prompt", "pace", "path"),
        *("step", "view", "name_of_text", "preset", "unknown", "looking"),
    )

    async def go():
        layout = {name: dict.fromkeys(switches, odd)}
        async with workbench(home, name, models=InThisProcess(home), layout=layout) as (app, pilot):
            await until(pilot, lambda: app.pane.sight is not None or name in ("corpus", "train", "runs"))
            await pilot.press("tab")
            await until(pilot, lambda: app.pane.section == name)

    asyncio.run(go())
