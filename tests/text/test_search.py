"""Searching a corpus: the places of plain `str.find`, whatever the blocks, the files and the encoding."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gptlab_tui.config import CorpusConfig
from gptlab_tui.home import Home
from gptlab_tui.text import decoding
from gptlab_tui.text.corpus import open_corpus
from gptlab_tui.text.search import Found, search


def never(characters):
    """Nobody wants to know."""


def expected(text, wanted, place, backwards):
    """The same by `str.find` and `str.rfind`."""
    flat = text.lower() if wanted == wanted.lower() else text
    if backwards:
        at = flat.rfind(wanted, 0, place + len(wanted) - 1)
        round_ = at < 0
        at = flat.rfind(wanted) if round_ else at
    else:
        at = flat.find(wanted, place)
        round_ = at < 0
        at = flat.find(wanted) if round_ else at
    return None if at < 0 else Found(at, at + len(wanted), round_)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("texts")


@given(
    text=st.text("abB é\n", min_size=1, max_size=60),
    wanted=st.sampled_from(["a", "ab", "b", "B", "é", "bé", "a\n", "abb", "\n"]),
    place=st.integers(0, 60),
    backwards=st.booleans(),
)
def test_places_are_those_of_find(folder, text, wanted, place, backwards):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decoding, "BLOCK_BYTES", 7)  # so that a few characters are many blocks
        path = folder / "text.txt"
        path.write_bytes(text.encode("utf-8"))
        corpus = open_corpus(CorpusConfig(name=(str(path),)), Home(folder))
        place = min(place, len(text))
        assert search(corpus, wanted, place, backwards, never) == expected(text, wanted, place, backwards)


def test_several_files_in_another_encoding(tmp_path, home, monkeypatch):
    monkeypatch.setattr(decoding, "BLOCK_BYTES", 8)
    for name, text in (("a", "São João\r\né aqui"), ("b", "São Paulo, não\r\nCORAÇÃO")):
        (tmp_path / f"{name}.txt").write_bytes(text.encode("latin-1"))
    config = CorpusConfig(name=(str(tmp_path / "a.txt"), str(tmp_path / "b.txt")), encoding="latin-1")
    corpus = open_corpus(config, home)
    text = corpus.read()
    assert text == "São João\né aqui\nSão Paulo, não\nCORAÇÃO"
    first = search(corpus, "São", 0, False, never)
    second = search(corpus, "São", first.start + 1, False, never)
    assert text[second.start : second.stop] == "São"
    assert (first.start, second.start) == (0, text.rindex("São"))
    assert search(corpus, "São", second.start + 1, False, never) == Found(0, 3, True)
    assert search(corpus, "São", first.start, True, never) == Found(second.start, second.stop, True)
    assert search(corpus, "coração", 0, False, never).stop == len(text)
    assert search(corpus, "Coração", 0, False, never) is None
    assert search(corpus, "", 0, False, never) is None
    assert search(corpus, "aqui\nSão", 0, False, never).start == text.index("aqui")


def test_it_tells_how_far_it_is_and_can_be_stopped(tmp_path, home, monkeypatch):
    monkeypatch.setattr(decoding, "BLOCK_BYTES", 10)
    path = tmp_path / "text.txt"
    path.write_text("x" * 100)
    corpus = open_corpus(CorpusConfig(name=(str(path),)), home)
    told = []
    assert search(corpus, "y", 50, False, told.append) is None
    assert told == sorted(told)
    assert told[-1] == 100

    class EnoughError(Exception):
        pass

    def stop(characters):
        if characters >= 30:
            raise EnoughError

    with pytest.raises(EnoughError):
        search(corpus, "y", 0, False, stop)
