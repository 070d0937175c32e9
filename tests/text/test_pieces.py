"""Cutting a text at safe places: nothing is lost, and no token crosses a cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gptlab_tui.text.pieces import safe_pieces

MIXED = st.text(st.sampled_from("ab1'st ,.\n\t\u3000\x1c\x85é日") | st.characters(exclude_categories=["Cs"]))


def split(text: str, sizes: list[int]) -> list[str]:
    """`text` in chunks of the given sizes, the last size going on."""
    chunks = []
    for size in [*sizes, *[sizes[-1]] * len(text)] if sizes else [len(text)]:
        chunks.append(text[:size])
        text = text[size:]
    return chunks


def words(text: str) -> list[str]:
    """The words of GPT-2's pattern, by the regular-expression engine that tiktoken uses."""
    from tokenizers import Regex, pre_tokenizers

    original = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
    splitter = pre_tokenizers.Split(Regex(original), "isolated")
    return [word for word, _ in splitter.pre_tokenize_str(text)]


@given(text=MIXED, sizes=st.lists(st.integers(1, 9), max_size=9))
def test_pieces_are_the_text(text, sizes):
    assert "".join(safe_pieces(split(text, sizes))) == text
    assert "".join(safe_pieces(split(text, sizes), limit=3)) == text


@given(text=MIXED, sizes=st.lists(st.integers(1, 9), max_size=9))
def test_no_word_crosses_a_cut(text, sizes):
    pieces = list(safe_pieces(split(text, sizes)))
    assert [word for piece in pieces for word in words(piece)] == words(text)


@given(text=MIXED, sizes=st.lists(st.integers(1, 9), max_size=9), limit=st.integers(1, 12))
def test_forced_cuts_depend_on_the_text_alone(text, sizes, limit):
    def forced(pieces):
        places, at = set(), 0
        for piece in pieces:
            at += len(piece)
            if not (text[at - 1 : at].strip() and text[at : at + 1] in tuple(" \t\n")):
                places.add(at)
        return places

    assert forced(safe_pieces(split(text, sizes), limit)) == forced(safe_pieces([text], limit))


@pytest.mark.parametrize("unit", ["a", " ", "日", "!", "\u3000"])
def test_a_line_without_end_is_bounded(unit):
    pieces = list(safe_pieces(iter([unit * 50] * 100), limit=1000))
    assert max(map(len, pieces)) == 1000
    assert sum(map(len, pieces)) == 5000


def test_usual_text_stays_in_large_pieces():
    text = "uma frase de cada vez, " * 10_000
    assert len(list(safe_pieces([text]))) <= 2
