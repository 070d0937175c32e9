"""What is copied, against counting by hand."""

import pytest

from gptlab_tui.config import CorpusConfig
from gptlab_tui.insight.memory import remember, remember_held_out, shares, sources
from gptlab_tui.text.corpus import open_corpus
from gptlab_tui.text.text_index import text_index

TRAIN = "o rato roeu a roupa\ndo rei de Roma.\nE a rainha?\nA avó não lê à mão; só põe pão.\n"
HELD_OUT = "z" * 9


@pytest.fixture
def index(home, tmp_path):
    (tmp_path / "t.txt").write_text(TRAIN + HELD_OUT, "utf-8")
    corpus = open_corpus(CorpusConfig(name=(str(tmp_path / "t.txt"),)), home)
    made = text_index(corpus, home)
    assert made.read(0, 200) == TRAIN
    return made


def slow_runs(text):
    """Every run that stands in the training text, from character to character."""
    return [(a, b) for a in range(len(text)) for b in range(a + 1, len(text) + 1) if text[a:b] in TRAIN]


def slow_longest_runs(text):
    """(start, length) of those that are part of no other."""
    runs = slow_runs(text)
    return [(a, b - a) for a, b in runs if not any(c <= a and b <= d for c, d in runs if (a, b) != (c, d))]


def slow_covers(text):
    """Of each character the longest run that stands in the training text and holds it."""
    runs = slow_runs(text)
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
    "Ó avó não lê à mão; só põe a mão; só põe pão",
    TRAIN[:30] + TRAIN[10:60] + TRAIN[40:],
]


@pytest.mark.parametrize("reach", [4096, 16])
@pytest.mark.parametrize("text", TEXTS)
def test_runs_covers_and_shares(index, text, reach, monkeypatch):
    monkeypatch.setattr("gptlab_tui.text.longest_match.REACH", reach)  # what is longer is followed in parts
    memory = remember(index, text)
    assert memory.longest_runs() == slow_longest_runs(text)
    for start, length in memory.longest_runs():
        run = text[start : start + length].encode()
        assert TRAIN.encode()[memory.places[start] :].startswith(run)
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
        assert found.text == index.held_out == HELD_OUT
        assert found.covers.tolist() == fresh.covers.tolist()
        assert found.places.tolist() == fresh.places.tolist()
    monkeypatch.undo()
    path = index.path.with_suffix(".held.npy")
    kept = path.read_bytes()
    damaged = bytearray(kept)
    damaged[-30] ^= 1
    for data in (b"broken", b"", kept[:-9], damaged):
        path.write_bytes(data)
        assert remember_held_out(index).covers.tolist() == fresh.covers.tolist()
        assert path.read_bytes() == kept


def test_it_can_be_stopped(index):
    assert remember(index, "o rato", lambda: True) is None
