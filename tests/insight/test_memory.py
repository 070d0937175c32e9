"""What is copied, against counting by hand."""

import pytest

from gptlab_tui.config import CorpusConfig
from gptlab_tui.insight.memory import remember, remember_held_out, shares, sources
from gptlab_tui.text.corpus import open_corpus
from gptlab_tui.text.text_index import text_index

TRAIN = "o rato roeu a roupa\ndo rei de Roma.\nE a rainha?\n"


@pytest.fixture
def index(home, tmp_path):
    (tmp_path / "t.txt").write_text(TRAIN + "z" * 6, "utf-8")
    corpus = open_corpus(CorpusConfig(name=(str(tmp_path / "t.txt"),)), home)
    made = text_index(corpus, home)
    assert made.read(0, 100) == TRAIN
    return made


def slow_covers(text):
    """Of each character the longest run that stands in the training text and holds it."""
    runs = [(a, b) for a in range(len(text)) for b in range(a + 1, len(text) + 1) if text[a:b] in TRAIN]
    return [max((b - a for a, b in runs if a <= at < b), default=0) for at in range(len(text))]


TEXTS = [
    "",
    "x",
    "o rato roeu a rainha",
    "Roma?\nE o rato",
    "rorororo a rou",
    TRAIN,
    "çé" + TRAIN[5:20] + "ç",
    "\ud800o rato",
]


@pytest.mark.parametrize("text", TEXTS)
def test_covers_and_shares(index, text):
    memory = remember(index, text)
    covers = slow_covers(text)
    assert memory.covers.tolist() == covers
    for length, share in zip((1, 3, 9), shares(memory, (1, 3, 9)), strict=True):
        assert share == pytest.approx(sum(c >= length for c in covers) / max(1, len(covers)))


def test_sources(index):
    memory = remember(index, "Um rato roeu a rainha do rei de Roma!")
    first, second = sources(memory, index, 2)  # equally long
    assert (first.text, first.start, first.line, first.place) == (" rato roeu a r", 2, 1, 1)
    assert (first.before, first.after[:3]) == ("o", "oup")
    assert (second.text, second.line, second.before[-3:], second.after[:2]) == (
        "do rei de Roma",
        2,
        "pa\n",
        ".\n",
    )
    assert [one.length for one in sources(memory, index, 99)] == sorted(
        (length for _, length in memory.longest_runs()), reverse=True
    )
    assert sources(memory, index, 9, at_least=15) == []


def test_what_the_held_out_text_repeats_is_kept(index, monkeypatch):
    assert remember_held_out(index, lambda: True) is None
    fresh = remember(index, index.held_out)
    first = remember_held_out(index)
    monkeypatch.setattr("gptlab_tui.insight.memory.longest_matches", None)
    again = remember_held_out(index)
    for found in (first, again):
        assert found.text == index.held_out == "z" * 6
        assert found.covers.tolist() == fresh.covers.tolist()
        assert found.places.tolist() == fresh.places.tolist()
    index.path.with_suffix(".held.npy").write_bytes(b"broken")
    monkeypatch.undo()
    assert remember_held_out(index).covers.tolist() == fresh.covers.tolist()


def test_it_can_be_stopped(index):
    assert remember(index, "o rato", lambda: True) is None
