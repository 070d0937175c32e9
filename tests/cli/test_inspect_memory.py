"""`gptlab inspect memory`: copied text is found, told with its line, and drawn."""

import xml.etree.ElementTree as ElementTree

import pytest

from gptlab_tui.config import CorpusConfig
from gptlab_tui.home import Home, data_root
from gptlab_tui.render.heat import text as drawn
from gptlab_tui.render.memory import BOUNDS, draw_memory, legend, step_of
from gptlab_tui.text.corpus import open_corpus


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    path = data_root() / "corpus" / "contos.txt"
    return open_corpus(CorpusConfig(name=(str(path),)), Home(tmp_path_factory.mktemp("home")))


def test_a_copied_sentence_is_found_with_its_line(gptlab, corpus):
    train = corpus.read(0, corpus.val_start)
    copied = train[50_000:50_060]
    answer = gptlab("inspect", "memory", f"Zzz. {copied} Zzz.", "--run", "contos", "--json").json
    source = answer["sources"][0]
    assert copied in source["text"]
    assert source["line"] == train[:50_001].count("\n") + 1
    assert source["before"] + source["text"] + source["after"] in train
    assert answer["copied"] == pytest.approx(sum(c >= 24 for c in answer["covers"]) / answer["characters"])
    assert answer["copied"] > 0.7 > 0.1 > answer["held_out_copied"] > 0
    assert answer["held_out_characters"] == corpus.characters - corpus.val_start


def test_the_model_writes_where_no_text_is_given(gptlab):
    first = gptlab("inspect", "memory", "--max-tokens", 60, "--seed", 3, "--json").json
    again = gptlab("inspect", "memory", "--max-tokens", 60, "--seed", 3, "--json").json
    assert first == again
    assert (first["run"], first["step"], first["prompt"]) == ("contos", 10_000, "A ")
    assert len(first["covers"]) == first["characters"] == len(first["text"])


def test_drawn_with_digits(gptlab):
    out = gptlab("inspect", "memory", "perguntou o padre. Xyz", "--run", "contos", "--width", 40).out
    lines = out.splitlines()
    assert lines[0] == "perguntou o padre. Xyz"
    assert lines[1][0] in "345"
    assert len(lines[1].rstrip()) < 20
    assert "held-out" in out
    assert "line " in out


@pytest.mark.parametrize("way", ["colour", "grey", "ascii"])
def test_lines_hold_their_width_and_lose_nothing(way):
    text = "uma linha\nmuito mais longa que as outras\x1b日本é"
    rows = draw_memory(text, list(range(len(text))), way, 12)
    assert all(len(row) <= 12 for row in rows)
    seen = "".join(drawn([row]) for row in rows[::2])
    end = "\\" if way == "ascii" else "⏎"
    assert seen.replace(" ", "") == text.replace("\n", end).replace("\x1b", "␛").replace(" ", "")
    assert all(len(row) <= 30 for row in legend(way, 30))


def test_steps():
    assert [step_of(length) for length in (0, BOUNDS[0] - 1, BOUNDS[0], BOUNDS[-1] + 5)] == [
        0,
        0,
        1,
        len(BOUNDS),
    ]


def test_svg_and_errors(gptlab, tmp_path):
    path = tmp_path / "memory.svg"
    assert gptlab("inspect", "memory", "perguntou o <padre>.", "--run", "contos", "--svg", path).out == ""
    told = "".join(ElementTree.parse(path).getroot().itertext())
    assert "<padre>" in told
    assert "this text  held-out" in told
    assert "characters, line" in told
    assert gptlab("inspect", "memory", "a", "--run", "contos", "--svg", path).status == 2
    assert gptlab("inspect", "memory", "").status == 2
    assert "absent" in gptlab("inspect", "memory", "a", "--run", "absent").err
