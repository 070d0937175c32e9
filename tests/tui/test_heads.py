"""Heads in the panes: scores, what is expected and written without some, and how each is missed."""

import asyncio
import json
import shlex

import numpy as np
import pytest

from gptlab_tui.cli import main
from gptlab_tui.insight.heads import head_losses, score_heads
from gptlab_tui.insight.walk import walk
from gptlab_tui.model.open_run import open_model, with_heads_off
from gptlab_tui.runs.layout import find_run
from gptlab_tui.sampling.next_token import next_token
from gptlab_tui.sampling.settings import resolve
from gptlab_tui.serving import heading
from gptlab_tui.serving.desk import Desk
from gptlab_tui.serving.job import Job
from gptlab_tui.text.run_text import tokens_of_run
from gptlab_tui.tui.models import ModelAnswer
from gptlab_tui.tui.panes.attention import head_words as words
from gptlab_tui.tui.panes.attention.head_panels import HeadTold, NextPanel
from gptlab_tui.tui.widgets.headgrid import Marks, grid_rows, lay_out
from tests.tui.driving import screen_text, until, workbench
from tests.tui.in_this_process import InThisProcess
from tests.tui.test_generate import is_quiet

TEXT = "A figura é poética, mas"
OFF = ((3, 1), (3, 2))


def find(home):
    """The bundled model."""
    return open_model(find_run(home, "contos"))


def drawn(rows):
    return ["".join(cell.glyph for cell in row) for row in rows]


def test_a_head_that_is_off_has_a_word_in_place_of_its_map():
    maps = np.full((2, 3, 8, 8), 0.25)
    grid = lay_out(maps.shape, (0, 0), 40, 13, "grey")
    marks = Marks(frozenset({(0, 1)}), {(0, 0): ("previous .62", ".62"), (1, 0): ("a note too long", "")})
    shown = drawn(grid_rows(maps, (0, 0), grid, "grey", "linear", marks=marks))
    assert shown[0].startswith("┌0.0 .62")
    assert "× off" in shown[grid.pitch[1] // 2]
    assert drawn(grid_rows(maps, (0, 0), grid, "ascii", "linear", marks=marks))[0].startswith("+0.0 .62")
    assert shown[grid.pitch[1]][grid.pitch[0] :].lstrip("┘").split()[0] == "1.1"
    assert "1.0 " in shown[grid.pitch[1]] or "1.0─" in shown[grid.pitch[1]]


def test_words_of_scores_and_candidates():
    names = (*words.SCORES, "bits")
    scores = words.Scores(20, {name: [[0.5, 1.0]] for name in names}, dict.fromkeys(names, 0.1))
    assert words.score_lines(scores, 0, 0, 38) == [
        "previous .50  first .50  same .50",
        "induction .50  repeated .50  0.50 bits",
    ]
    assert scores.kind(0, 1) == "previous"
    assert words.notes("first", scores, None, 0, 1) == ("first 1.0", "1.0")
    assert words.notes("missed", scores, None, 0, 1) == ("",)
    missed = words.Missed(9, 1.5, [[0.0312, float("nan")]], [[0.002, float("nan")]], False)
    assert words.missed_words(missed, 0, 0) == "missed +0.0312 ±0.0020 nats"
    assert words.missed_words(missed, 0, 1) == ""
    rows = words.candidates({"beside": [["b", 0.3, 0.9], ["a", 0.6, 0.0]]})
    assert rows == [("b", 0.3, 0.9), ("a", 0.6, 0.0)]
    assert words.next_line(rows, OFF, "grey", 40) == "next  b 30→90  a 60→0 %"
    assert words.next_line(rows, (), "ascii", 12) == "next  b 90 %"


def test_the_label_in_a_line_where_notes_have_no_room():
    names = (*words.SCORES, "bits")
    table = [[0.5, 1.0], [0.1, float("nan")]]
    scores = words.Scores(20, dict.fromkeys(names, table), dict.fromkeys(names, 0.1))
    missed = words.Missed(9, 1.5, [[0.0312, 0.3], [-0.01, float("nan")]], [[0.0, 0.0]] * 2, False)

    def line(measure, width, missed=missed):
        every = {
            (layer, head): words.value_of(measure, scores, missed, layer, head)
            for layer, head in np.ndindex(2, 2)
        }
        return words.best_line(measure, every, scores, width)

    assert line("first", 40) == "first: 0.1 1.0, 0.0 .50, 1.0 .10"
    assert line("first", 31) == "first: 0.1 1.0, 0.0 .50, …"
    assert line("kind", 40) == "kind: 0.1 previous, 0.0 previous"
    assert line("bits", 50) == "fewest bits: 1.0 0.10, 0.0 0.50, 0.1 1.00"
    assert line("missed", 40) == "missed: 0.1 +0.300, 0.0 +0.031, …"
    assert line("missed", 40, None) == "missed: o measures it"
    for measure in words.MEASURES:
        notes = [words.notes(measure, scores, missed, layer, head)[0] for layer, head in np.ndindex(2, 2)]
        assert words.fits(measure, len("0.0 ") + max(map(len, (*notes, "induction"))))
        assert not words.fits(measure, len("0.0 ") + len(notes[0]) - 1)


def test_heads_are_switched_off_in_attention_and_in_generate(home, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(heading, "TOKENS", 600)
    monkeypatch.chdir(tmp_path)
    whole = open_model(find_run(home, "contos"))
    cut = with_heads_off(whole, OFF)
    ids = whole.tokenizer.encode(TEXT)

    async def go():
        opened = workbench(home, "attention", models=InThisProcess(home), run="contos")
        async with opened as (app, pilot):
            pane = app.pane
            told, bars = pane.query_one(HeadTold), pane.query_one(NextPanel)
            await until(pilot, lambda: pane.found is not None and pane.scores and pane.expected)
            await pilot.press("h", "h")
            await until(pilot, lambda: pane.here == (3, 1) and pane.found.head == 1)
            scores = score_heads(whole, ids)
            assert pane.scores.at("previous", 3, 1) == pytest.approx(scores.previous[3, 1], abs=1e-6)
            assert pane.scores.at("bits", 0, 2) == pytest.approx(scores.entropy_bits[0, 2], abs=1e-6)
            assert f"previous {scores.previous[3, 1]:.2f}".replace(" 0.", " .") in str(told.render())

            # Off, and another: bars before and after, in words and by a sign.
            await pilot.press("x")
            await until(pilot, lambda: pane.off == ((3, 1),))
            await pilot.press("right", "x")
            await until(pilot, lambda: pane.off == OFF and pane.expected["off"] == [list(one) for one in OFF])
            settings = resolve(whole.config.sample, whole.tokenizer)
            then, now = (next_token(one, ids, settings).raw for one in (whole, cut))
            piece, before, after = pane.rows[0]
            token = int(whole.tokenizer.encode(piece)[0])
            assert (before, after) == (
                pytest.approx(then[token], abs=1e-4),
                pytest.approx(now[token], abs=1e-4),
            )
            text = screen_text(app)
            assert "2 heads off" in text
            assert "× off" in text or "off " in text
            assert f"{100 * before:.0f}→{100 * after:.0f}" in text
            assert not bars.display

            # The commands print the same.
            commands = [pane.next_command(), pane.query_one("#attention-map-panel").command()]
            assert "--without-heads 3.1,3.2" in pane.query_one("#attention-heads").command()

            # How each is missed, beside what is off already.
            await pilot.press("o")
            await until(pilot, lambda: pane.missed is not None and pane.missed.is_whole)
            tokens = tokens_of_run(whole.run.read_training_request(), whole.tokenizer, home)
            expected = head_losses(cut, tokens.val[:600])
            np.testing.assert_allclose(pane.missed.rises, expected.without - expected.loss, atol=1e-6)
            order = np.argsort(-expected.without, axis=None, kind="stable")
            at = list(order).index(4 * 3 + 2)
            await pilot.press("right_square_bracket")
            assert pane.here == divmod(int(order[(at + 1) % 16]), 4)

            # Generate writes without them, its command writes the same, and so says the transcript.
            await pilot.press("3")
            generate = app.pane
            await until(pilot, lambda: generate.lane.story is not None and is_quiet(generate.talk))
            assert "2 heads off" in screen_text(app)
            generate.turn_to({"pace": 0, "max_tokens": 40})
            await until(pilot, lambda: is_quiet(generate.talk))
            await pilot.press("enter")
            await until(pilot, lambda: len(generate.lane.story.path) == 40 and is_quiet(generate.talk))
            commands.append(generate.query_one("#main").command())
            written = generate.lane.story.text
            await pilot.press("w")
            await until(pilot, lambda: list(tmp_path.glob("gptlab-transcript*.json")))
            [saved] = json.loads(next(tmp_path.glob("gptlab-transcript*.json")).read_text())["texts"]
            assert saved["without_heads"] == ["3.1", "3.2"]

            # All on again, by one key, in both panes; who wrote the text is still known.
            await pilot.press("A")
            await until(pilot, lambda: generate.lane.story.eyes.off == () and is_quiet(generate.talk))
            assert "heads off" not in screen_text(app)
            assert "by other heads; here p" in screen_text(app)
            assert generate.query_one("#main").command() == commands[-1]
            await pilot.press("4")
            await until(pilot, lambda: pane.off == ())
            return commands, written, then, now

    commands, written, then, now = asyncio.run(go())
    assert all("--without-heads 3.1,3.2" in command for command in commands)
    capsys.readouterr()
    assert main([*shlex.split(commands[0])[1:], "--json"]) == 0
    np.testing.assert_allclose(json.loads(capsys.readouterr().out)["raw_probability"], now, atol=1e-6)
    assert not np.allclose(then, now, atol=0.01)
    assert main(shlex.split(commands[-1])[1:]) == 0
    assert capsys.readouterr().out == "Era uma vez" + written + "\n"


def test_a_walk_goes_without_the_heads_that_are_off_elsewhere(home, capsys):
    cut = with_heads_off(open_model(find_run(home, "contos")), ((3, 0),))
    expected = walk(cut, cut.tokenizer.encode(TEXT).tolist())

    async def go():
        opened = workbench(home, "model", models=InThisProcess(home), run="contos")
        async with opened as (app, pilot):
            pane = app.pane
            await until(pilot, lambda: pane.weight is not None)
            await pilot.press("v")
            await until(pilot, lambda: pane.seen is not None)
            assert pane.steps.off == ()
            await pilot.press("4")
            attention = app.pane
            await until(pilot, lambda: attention.scores is not None)
            await pilot.press("h")
            await until(pilot, lambda: attention.here == (3, 0) and attention.found.head == 0)
            await pilot.press("x")
            await until(pilot, lambda: attention.off == ((3, 0),))
            await pilot.press("7")
            await until(pilot, lambda: pane.steps.off == ((3, 0),))
            pane.step_key = ("lm_head", "logits")
            pane.ask_walk(steps=False)
            await until(
                pilot, lambda: pane.seen.row[:9] == tuple(map(float, expected.lines[-2].values[-1][:9]))
            )
            assert "1 head off" in screen_text(app)
            command = pane.query_one("#model-tree").command()
            # All on again while the weights are looked at: the walk is another when one comes back to it.
            await pilot.press("v", "4")
            await until(pilot, lambda: app.pane is attention)
            await pilot.press("A")
            await until(pilot, lambda: attention.off == ())
            await pilot.press("7")
            await until(pilot, lambda: app.pane is pane)
            assert (pane.view, pane.steps.off) == ("weights", ((3, 0),))
            await pilot.press("v")
            await until(pilot, lambda: pane.steps.off == ())
            return command

    command = asyncio.run(go())
    capsys.readouterr()
    assert main([*shlex.split(command)[1:], "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["without_heads"] == ["3.0"]
    [logits] = [line["values"] for line in answer["lines"] if line["name"] == "logits"]
    np.testing.assert_allclose(logits, expected.lines[-2].values, atol=1e-5)


class Holding(InThisProcess):
    """Answers about heads when it is told to, or fails; all else at once."""

    def __init__(self, home):
        super().__init__(home)
        self.asked, self.waiting, self.fails, self.holds = [], [], set(), set()

    def ask(self, asker, do, **arguments):
        self.asked.append(do)
        if do not in self.holds:
            return super().ask(asker, do, **arguments)
        self.number += 1
        self.waiting.append((self.number, asker, do, arguments))
        return self.number

    def answer(self, number, asker, do, arguments):
        if do not in self.fails:
            super().answer(number, asker, do, arguments)
            return
        answer = {"id": number, "kind": "failed", "message": "No.", "hint": ""}
        asker.post_message(ModelAnswer(answer))

    def release(self):
        """Answers what waits."""
        waiting, self.waiting = self.waiting, []
        for one in waiting:
            self.answer(*one)


def at_attention(home, scene, size=(80, 24)):
    models = Holding(home)

    async def go():
        async with workbench(home, "attention", size, models=models, run="contos") as (app, pilot):
            pane = app.pane
            await until(pilot, lambda: pane.scores is not None and pane.expected is not None)
            await scene(models, app, pilot, pane)

    asyncio.run(go())


def test_answers_about_another_text_or_other_heads_are_not_shown(home):
    async def scene(models, app, pilot, pane):
        await until(pilot, lambda: pane.scores.repeated_tokens == 64)
        models.holds = {"head_scores", "predict"}
        pane.look_at("Era uma vez")
        await until(pilot, lambda: len(models.waiting) == 2)
        assert pane.scores is None
        # One token alone has nothing to look at; and the longer text's answers come late.
        pane.look_at("E")
        await until(pilot, lambda: len(pane.heads.pieces) == 1 and pane.found.weights.shape == (1, 1))
        models.release()
        await until(pilot, lambda: len(models.waiting) == 2)  # the newer questions were kept waiting
        assert (pane.scores, pane.expected) == (None, None)
        models.release()
        await until(pilot, lambda: pane.expected is not None)
        await until(pilot, lambda: pane._asking["scores"].number == 0)
        assert pane.scores is None
        assert pane.expected["ids"] == find(home).tokenizer.encode("E").tolist()

    at_attention(home, scene)


def test_drawing_asks_nothing_and_what_failed_is_asked_again(home):
    async def scene(models, app, pilot, pane):
        await until(pilot, lambda: pane.scores.repeated_tokens == 64)
        asked = len(models.asked)
        for key in ("s", "c"):
            await pilot.press(key)
        pane.draw()
        assert models.asked[asked:] == []
        models.fails = {"head_scores", "predict", "head_repeated"}
        pane.look_at("Era uma vez")
        await until(pilot, lambda: pane.heads.pieces[0] == "E" and not pane._wanted.get("scores"))
        await until(pilot, lambda: not pane._wanted.get("expected"))
        assert pane.scores is None
        models.fails = set()
        await pilot.press("h")
        await until(pilot, lambda: pane.scores is not None and pane.expected is not None)
        assert pane.scores.tokens == len("Era uma vez")
        assert pane.scores.repeated_tokens == 64

    at_attention(home, scene)


def test_candidates_are_the_most_probable_in_one_of_two(home):
    """A token that nobody would name is there, where it is probable without the head."""
    whole = find(home)
    cut = with_heads_off(whole, OFF)
    ids = whole.tokenizer.encode(TEXT)
    settings = resolve(whole.config.sample, whole.tokenizer)
    then, now = (next_token(one, ids, settings).raw for one in (whole, cut))
    request = {"do": "predict", "run": "contos", "prompt": TEXT, "off": OFF, "beside": (), "best": 3}
    [answer] = [one for one in Desk(home).handlers()["predict"](Job(1, request)) if one]
    rows = words.candidates(answer)
    order = np.argsort(-np.maximum(then, now), kind="stable")[:3]
    assert [piece for piece, _, _ in rows] == [whole.tokenizer.decode([int(one)]) for one in order]
    np.testing.assert_allclose([row[1:] for row in rows], [(then[one], now[one]) for one in order], atol=1e-6)


def test_what_is_measured_is_told_where_the_heads_are_hidden(home, monkeypatch):
    monkeypatch.setattr(heading, "TOKENS", 300)

    async def scene(models, app, pilot, pane):
        await pilot.press("h")
        await until(pilot, lambda: pane.here == (3, 0) and pane.found.head == 0)
        # At this size notes have no room in the grid: the label is in force in the lines below it.
        told = pane.query_one(HeadTold)
        await until(pilot, lambda: "kind: " in str(told.render()))
        await pilot.press("M")
        await until(pilot, lambda: "previous: " in str(told.render()))
        models.holds = {"head_losses"}
        await pilot.press("enter")
        await until(pilot, lambda: pane.has_class("-map"))
        at_map = pane.query_one("#attention-map-panel")
        await pilot.press("o")
        await until(pilot, lambda: "reads the run's text" in str(at_map.border_subtitle))
        models.release()
        await until(pilot, lambda: str(at_map.border_subtitle).startswith("missed "))
        assert words.missed_words(pane.missed, 3, 0) in str(at_map.border_subtitle)
        await pilot.press("enter")
        await until(pilot, lambda: "missed" not in str(at_map.border_subtitle))
        layer, head = np.unravel_index(np.argmax(pane.missed.rises), (4, 4))
        await until(pilot, lambda: f"missed: {layer}.{head} +" in str(told.render()))

    at_attention(home, scene)
