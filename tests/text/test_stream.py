"""Text from tokens as they come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gptlab_tui.text.byte_pair import train_byte_pair
from gptlab_tui.text.char_tokenizer import CharTokenizer
from gptlab_tui.text.tokenizers import StreamDecoder

BYTES = train_byte_pair(["não é a irmã, é a mãe " * 9], 280)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_halves_of_characters_are_held_back(text):
    decoder = StreamDecoder(BYTES)
    shown = ""
    for token in BYTES.encode(text).tolist():
        shown += decoder.push(token)
        assert text.startswith(shown)  # so no U+FFFD that the text has not
    assert shown == text
    assert decoder.finish() == ""


@given(st.lists(st.integers(0, BYTES.vocab_size - 1)))
def test_pieces_together_are_what_decode_gives(tokens):
    decoder = StreamDecoder(BYTES)
    assert "".join(map(decoder.push, tokens)) + decoder.finish() == BYTES.decode(tokens)
    assert decoder.finish() == ""


def test_an_accented_letter_byte_by_byte():
    decoder = StreamDecoder(BYTES)
    assert [decoder.push(byte) for byte in "é€".encode()] == ["", "é", "", "", "€"]


def test_a_cut_character_at_the_end():
    decoder = StreamDecoder(BYTES)
    assert decoder.push(0xC3) == ""
    assert decoder.finish() == "\ufffd"
    assert decoder.push(ord("a")) == "a"  # the next text begins anew


def test_characters_come_at_once():
    tokenizer = CharTokenizer("aé𝄞")
    decoder = StreamDecoder(tokenizer)
    assert [decoder.push(token) for token in (2, 1, 0)] == ["𝄞", "é", "a"]


def test_a_token_outside_the_vocabulary():
    with pytest.raises(ValueError, match="outside the vocabulary"):
        StreamDecoder(BYTES).push(280)
