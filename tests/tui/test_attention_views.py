"""The views of the pane Attention, driven by keys against the model that comes with GPTLab."""

import re

import numpy as np
import pytest
from textual.widgets import OptionList

from gptlab_tui.errors import GPTLabError
from gptlab_tui.home import Home
from gptlab_tui.insight.counts import beside_counts
from gptlab_tui.insight.lens import lens
from gptlab_tui.insight.memory import remember, remember_held_out
from gptlab_tui.insight.surprise import surprise
from gptlab_tui.insight.surprise_difference import difference
from gptlab_tui.model.open_run import open_model
from gptlab_tui.runs.layout import find_run
from gptlab_tui.serving import counting, depth, remembering, surprising
from gptlab_tui.serving.protocol import pack_array
from gptlab_tui.text.ngram_next import discounts
from gptlab_tui.text.run_corpus import corpus_of_run
from gptlab_tui.text.run_text import tokens_of_run
from gptlab_tui.text.text_index import text_index
from gptlab_tui.tui.dialogs import Confirm, Page
from gptlab_tui.tui.models import ModelAnswer
from gptlab_tui.tui.panes.attention.views import counts_words, memory_words, surprise_words
from gptlab_tui.tui.panes.attention.views.depth_words import depths_of, layers_told, table
from tests.embedded_runs import moving_run
from tests.tui.driving import lists_models, until
from tests.tui.test_attention import TEXT, play


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    return open_model(find_run(Home(tmp_path_factory.mktemp("home")), "contos"))


async def to_view(stage, key):
    """Opens a view, and waits for what it shows."""
    await stage.pilot.press(key)
    view = stage.pane.view
    await until(stage.pilot, lambda: view.is_there and view.canvas.drawing is not None)
    return view


def test_what_each_layer_would_say_next(home, opened):
    ids = opened.tokenizer.encode(TEXT).tolist()
    seen = lens(opened, ids)

    async def scene(stage):
        view = await to_view(stage, "d")
        assert "[d Depth]" in stage.screen()
        np.testing.assert_array_equal(view.found.best, seen.best)
        np.testing.assert_array_equal(view.found.next_rank, seen.next_rank)
        assert view.cell == (4, len(ids) - 2)  # where one knows what follows
        assert stage.app.focused is view.canvas
        await stage.keys("up", "up", "left")
        assert view.cell == (2, len(ids) - 3)
        shown = stage.screen()
        rank, chance = seen.next_rank[2, -3], 2 ** -seen.next_bits[2, -3]
        assert f"> layer 1   {rank:>4}  {chance:.3f}" in shown
        assert "After `m`: layer 1" in shown
        await stage.keys("home", "pageup", "left")
        assert view.cell == (0, 0)
        await stage.keys("n")
        assert view.cell[1] == next(at for at in range(len(ids)) if seen.next_rank[-1, at] > 1)
        await stage.keys("t")
        assert "rank of what follows" in stage.screen()
        assert view.command() == f"gptlab inspect lens --run contos --show rank '{TEXT}'"
        assert f"({len(ids)}, 64)" in str(view.explanation().numbers)
        assert stage.pane.check_action("mean", ()) is False  # the heads' keys rest
        asked = view.question.asked
        await stage.keys("w")
        assert stage.pane.check_action("mean", ())
        assert not stage.pane.check_action("lens", ())
        await stage.keys("d")
        assert view.question.asked is asked  # what is known is not asked for again

    play(home, scene)


def test_the_table_and_the_way_of_a_token_in_words():
    found = depths_of(
        {
            "depths": ["embedding", "layer 0"],
            "pieces": ["a", " ", "b"],
            "ids": [0, 1, 2],
            "dropped": 0,
            "n_embd": 4,
            "vocab_size": 3,
            "best": [[0, 0, 2], [1, 2, 1]],
            "best_probability": [[0.5, 0.5, 0.5], [0.75, 0.5, 0.25]],
            "next_bits": pack_array(np.array([[2.0, 1.0, np.nan], [1.0, 0.0, np.nan]]), exact=True),
            "next_rank": [[3, 2, 0], [1, 1, 0]],
            "entropy_bits": [[1.0] * 3] * 2,
            "divergence_bits": [[0.0] * 3] * 2,
            "candidates": [[[0], [0], [2]], [[1], [2], [1]]],
            "candidate_probability": {"shape": [2, 3, 1], "f2": "ADgAOAA4ADgAOAA4"},
            "words": {"0": "a", "1": " ", "2": "b"},
            "training": None,
        }
    )
    names, columns = table(found, "best", "ascii")
    assert names == ["reads", "embedding", "output", "follows"]
    assert [[entry.text for entry in column] for column in columns] == [
        ["a", "a", "_", "_"],
        ["_", "a", "b", "b"],
        ["b", "b", "_", ""],
    ]
    _, columns = table(found, "probability", "ascii")
    assert [entry.text for entry in columns[1]] == ["_", ".50", "1", "b"]
    told = layers_told(found, 0, 0, "ascii", 40, 5)
    assert told.lines[1].split() == [">", "embedding", "3", "0.250", "####"]
    assert told.lines[2].split()[:3] == ["output", "1", "0.500"]
    assert "Nothing follows" in layers_told(found, 0, 2, "ascii", 40, 5).lines[0]


def test_tables_of_surprise_stand_under_each_other():
    def part(name, tokens, bits):
        return {"name": name, "tokens": tokens, "bits_per_token": bits}

    answer = dict.fromkeys(("size_bytes", "bits_per_token", "bits_per_byte", "expected_bits"), 1)
    answer |= dict.fromkeys(("pieces", "best", "bits", "entropy_bits", "best_bits", "position_bits"), ())
    answer |= {"class": [part("vowel", 3, 1.5)], "position": [part("1", 1, 2.0)]}
    found = surprise_words.surprised_of(answer)
    before = surprise_words.parts_told(found, "class", "ascii", 44, 20).lines[0]
    found.parts["frequency"] = [part("10,000-99,999", 12, 0.5)]
    told = surprise_words.parts_told(found, "class", "ascii", 44, 20).lines
    table = [line for line in told if line]
    assert len(table) == 6
    assert table[0] == before
    assert {line.index("tokens") for line in table[::2]} == {before.index("tokens")}
    assert [len(line.rstrip("# ")) for line in table[1::2]] == [len(line) for line in table[::2]]


def test_how_little_each_token_was_expected(home, opened):
    found = surprise(opened, opened.tokenizer.encode(TEXT))
    early = open_model(find_run(home, "contos"), 500)
    apart = difference(found, surprise(early, early.tokenizer.encode(TEXT)))

    async def scene(stage):
        view = await to_view(stage, "u")
        await until(stage.pilot, lambda: view.found.parts["frequency"])
        assert f"{found.bits_per_byte:.3f} bits per byte" in stage.screen()
        np.testing.assert_allclose(view.found.bits[1:], found.bits[1:], atol=1e-4)
        worst = np.argsort(-found.bits[1:], kind="stable") + 1
        assert view.canvas.place == worst[0]  # there it is most surprising
        await stage.keys("n")
        assert view.canvas.place == worst[1]
        assert f"{found.bits[worst[1]]:.2f} bits" in stage.screen()
        await stage.keys("left")
        assert view.canvas.place == worst[1] - 1
        told = dict(view.explanation().numbers)
        for sum_of in (told["per token"], told["per byte"]):
            bits, count, mean = sum_of.replace("/", " ").replace("=", " ").split()
            assert f"{float(bits) / int(count):.3f}" == mean
        for title in ("by class", "by count", "by context"):
            assert title in stage.screen()
            await stage.keys("t")
        assert "vowel" in stage.screen()
        await stage.keys("v")
        await until(stage.pilot, lambda: lists_models(stage.app))
        await stage.pilot.press("right")
        steps = stage.app.screen.query_one("#steps", OptionList)
        await until(stage.pilot, lambda: steps.has_focus)
        names = [str(steps.get_option_at_index(at).prompt) for at in range(steps.option_count)]
        steps.highlighted = next(at for at, name in enumerate(names) if name.startswith("step 500"))
        await stage.pilot.press("enter")
        await until(stage.pilot, lambda: view.apart is not None)
        one, two = apart.bits_per_byte
        assert view.apart.bits_per_byte == (one, two)
        assert f"{one:.3f} against {two:.3f} bits per byte" in stage.screen()
        assert view.command() == f"gptlab inspect surprise --run contos --against-step 500 '{TEXT}'"
        assert f"{one - two:+.3f}" in str(view.explanation().numbers)
        await stage.keys("v")
        assert view.apart is None
        assert view.command() == f"gptlab inspect surprise --run contos '{TEXT}'"
        await stage.pilot.press("b")
        await until(stage.pilot, lambda: len(view.found.pieces) == 1000)
        assert view.command() == "gptlab inspect surprise --run contos --limit 1000 --windows overlapping"
        # What may come next was read meanwhile, where the heads had no room to tell it.
        await until(stage.pilot, lambda: len(stage.pane.expected["beside"]))
        await stage.pilot.press("w")
        await until(stage.pilot, lambda: re.search(r"next  \S+ \d+", stage.screen()))

    play(home, scene)


def test_numbers_of_the_step_before_say_so_while_another_is_read(home, monkeypatch):
    async def scene(stage):
        view = await to_view(stage, "u")
        models = stage.app.models
        asks = models.ask

        def slow(asker, do, **arguments):
            return 10_000 if do == "surprise" else asks(asker, do, **arguments)

        monkeypatch.setattr(models, "ask", slow)
        monkeypatch.setattr(models, "owes", lambda number: number == 10_000)
        await stage.pilot.press("comma")
        await stage.shows("of step 10,000 · step 7,500: reading")
        assert view.has_class("-of-before")
        view.on_model_answer(ModelAnswer({"id": 10_000, "kind": "done"}))
        assert not view.has_class("-of-before")

    play(home, scene)


def test_a_model_that_lacks_characters_of_the_text(home, opened):
    moving_run(home, "few", steps=(100,))
    few = open_model(find_run(home, "few"))
    lacked = {character for character, _ in few.tokenizer.unknown_characters(TEXT)}
    left = "".join(character for character in TEXT if character not in lacked)
    one, two = difference(
        *(surprise(each, each.tokenizer.encode(left)) for each in (opened, few))
    ).bits_per_byte

    async def scene(stage):
        view = await to_view(stage, "u")
        await stage.pilot.press("v")
        await until(stage.pilot, lambda: lists_models(stage.app))
        runs = stage.app.screen.query_one("#runs", OptionList)
        names = [str(runs.get_option_at_index(at).prompt) for at in range(runs.option_count)]
        runs.highlighted = next(at for at, name in enumerate(names) if name.startswith("few"))
        await stage.pilot.press("enter")
        await until(stage.pilot, lambda: isinstance(stage.app.screen, Confirm))
        assert "few has never seen" in stage.screen()
        assert sum(isinstance(screen, Confirm) for screen in stage.app.screen_stack) == 1
        await stage.pilot.press("y")
        await until(stage.pilot, lambda: view.apart is not None)
        assert view.apart.bits_per_byte == (one, two)
        assert view.command() == f"gptlab inspect surprise --run contos --against few --unknown skip '{TEXT}'"

    play(home, scene)


def test_two_models_in_words():
    answer = {"run": "a", "step": 10, "against_run": "b", "against_step": 0, "size_bytes": 4}
    found = surprise_words.apart_of(
        {**answer, "untold": "x", "pieces": ["y", "z"], "bits": [1.0, 4.0], "against_bits": [3.0, 3.5],
         "bits_per_byte": [1.25, 1.625]}
    )  # fmt: skip
    assert found.order == [1, 2]
    assert [piece.value for piece in found.painted()[1:]] == [-4.0, 1.0]  # in half bits
    told = surprise_words.apart_told(found, 2, "ascii", 20, 5)
    assert told.lines == ["   -2.00 x[y]", ">  +0.50 xy[z]"]
    assert "0.375 better" in surprise_words.pair_told(found, "ascii", 30, 9).lines[4]
    assert "nothing came before" in surprise_words.readout_apart(found, 0, "ascii")


def test_the_next_token_beside_counts(home, opened):
    ids = opened.tokenizer.encode(TEXT).tolist()
    tokens = tokens_of_run(opened.run.read_training_request(), opened.tokenizer, home)
    less = discounts(tokens, home)

    async def scene(stage):
        view = await to_view(stage, "C")
        assert view.place == len(ids) - 1
        await stage.keys("left", "left", "left")
        await until(stage.pilot, lambda: view.table is not None)
        found = beside_counts(opened, ids[:-3], tokens.train, less)
        assert [one["seen"] for one in view.table["orders"]] == [one.seen for one in found.orders]
        assert view.table["nearest"] == found.nearest
        best = view.table["tokens"][0]
        assert best["probability"] == found.model.max()
        shown = stage.screen()
        assert "What may follow `oética,␣`" in shown
        assert f"{found.divergence_bits[found.nearest - 1]:.2f}*" in shown
        assert f"> m     {found.model[ids[-3]]:.2f}" in shown  # what really follows
        assert view.command() == "gptlab inspect counts --run contos 'A figura é poética, '"
        assert "Kneser" in view.explanation().says

    play(home, scene)


def test_a_table_of_counts_in_few_lines():
    orders = [{"n": 1, "context": "", "seen": 9, "divergence_bits": 2.0},
              {"n": 2, "context": "a", "seen": 0, "divergence_bits": 1.5}]  # fmt: skip
    tokens = [
        {"piece": piece, "probability": p, "estimates": [0.1, 0.1], "counts": [1, 0]}
        for piece, p in (("b", 0.5), ("c", 0.3), ("d", 0.2))
    ]
    answer = {"orders": orders, "nearest": 2, "tokens": tokens}
    lines = counts_words.table(answer, "d", "ascii", 40, 6)
    assert [line.split()[0] for line in lines] == ["model", "after", "seen", "b", ">", "KL"]
    assert lines[4].split()[:3] == [">", "d", "0.20"]  # what follows is kept, though it is the least
    assert lines[5].split() == ["KL", "2.00", "1.50*"]


def test_what_stands_in_the_training_text(home, opened):
    corpus = corpus_of_run(opened.run.read_training_request(), home)
    place = corpus.read(0, 20_000).index("chovia")
    copied = corpus.read(place, place + 40)
    text = f"Zebras e {copied} zzz"
    assert "\n" not in copied

    async def scene(stage):
        view = await to_view(stage, "m")
        stage.pane.look_at(text)
        await until(stage.pilot, lambda: view.found.text == text and view.is_there)
        await until(stage.pilot, lambda: view.run in view.found.sources)
        index = text_index(corpus, home)
        found, held_out = remember(index, text), remember_held_out(index)
        assert view.found.covers == found.covers.tolist()
        assert view.found.share(24) == (found.copied(24), held_out.copied(24))
        run = view.run  # the cursor is on the longest
        assert text[run.start : run.end].strip() == copied.strip()
        line = corpus.read(0, place).count("\n") + 1
        shown = stage.screen()
        assert f"a run of {run.length} characters, line {line}" in shown
        assert f"Source: line {line}" in shown
        assert f"{found.copied(24):.1%} in runs of 24 or more" in shown
        await stage.keys("plus")
        assert f"{found.copied(32):.1%} in runs of 32 or more" in stage.screen()
        assert view.command() == f"gptlab inspect memory --run contos --at-least 32 '{text}'"
        await stage.pilot.press("enter")
        await until(stage.pilot, lambda: isinstance(stage.app.screen, Page))
        assert corpus.read(place + 40, place + 60).split()[1] in stage.screen()
        await stage.keys("escape", "home")
        assert view.run is None
        assert "no run of 8 characters" in stage.screen()
        await stage.keys("n")
        assert view.run == run

    play(home, scene)


def test_where_the_runs_text_is_missing(home, monkeypatch):
    def gone(*_):
        raise GPTLabError("The text of this run is gone.", "Fetch it with `gptlab corpus fetch`.")

    for room in (counting, depth, surprising):
        monkeypatch.setattr(room, "tokens_of_run", gone)
    monkeypatch.setattr(remembering, "index_of_run", gone)
    monkeypatch.setattr(depth.linear_lens, "kept", lambda *_: None)

    async def scene(stage):
        def told():
            """All that is to be read, in one line."""
            notes = " ".join(note.message for note in stage.app._notifications)
            words = "".join(sign for sign in stage.screen() if sign not in "│╭╮╰╯─")
            return " ".join(f"{words} {notes}".split())

        view = await to_view(stage, "d")
        await stage.pilot.press("p")
        await until(stage.pilot, lambda: "is gone. Fetch it with" in told())
        await until(stage.pilot, lambda: not view.is_linear and view.is_there)
        stage.app.clear_notifications()
        view = await to_view(stage, "u")
        await stage.pilot.press("t")
        await until(stage.pilot, lambda: "text of this run is gone." in stage.screen())
        assert view.found.parts["class"]
        await stage.pilot.press("C")
        await until(stage.pilot, lambda: "is gone. Fetch it with" in told())
        assert "A figura é poética, mas" in stage.screen()
        await stage.pilot.press("m")
        await until(stage.pilot, lambda: "Memory" in told() and "is gone. Fetch it with" in told())
        assert stage.app.panel.explanation() is None

    play(home, scene)


def test_a_source_in_few_lines():
    source = memory_words.Source(3, "before it " * 40, " after it" * 40)
    lines = memory_words.source_lines("the run", source, 20, 5)
    assert len(lines) == 5
    assert all(len(line) <= 20 for line in lines)
    assert "[the run] after" in " ".join(lines[2:4])
    assert memory_words.source_lines("the run", memory_words.Source(1, "", ""), 20, 5) == ["[the run]"]


@pytest.mark.parametrize("runs", [[], [[0, 9, 4]]])
def test_where_no_run_is_it_is_said_in_whole_words(runs):
    answer = {"text": "a" * 20, "covers": [0] * 20, "runs": runs, "shares": [], "held_out_characters": 1}
    found = memory_words.remembered_of({**answer, "corpus": "t"})
    lines = memory_words.source_told(found, None, 22, 5).lines
    assert all(len(line) <= 22 for line in lines)
    longest = " n goes to the longest." if runs else ""
    assert " ".join(line.strip() for line in lines) == f"Here is no run of 8 characters or more.{longest}"
