"""Places sorted by what follows, against Python's own sorting of the suffixes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gptlab_tui.text.suffix_order import REACH, suffix_order


def order_of(text, count=None):
    return suffix_order(np.frombuffer(text, dtype=np.uint8), count).tolist()


@given(st.binary(max_size=60) | st.text("ab\0", max_size=80).map(str.encode))
def test_any_bytes(text):
    assert order_of(text) == sorted(range(len(text)), key=lambda place: text[place:])


@pytest.mark.parametrize("unit", [b"a", b"ab", b"\xff\x00", b"uma linha que se repete. "])
def test_what_repeats(unit):
    text = unit * (3000 // len(unit))
    assert order_of(text) == sorted(range(len(text)), key=lambda place: text[place:])


def test_of_a_part_with_what_comes_after_it():
    text = b"o rato roeu a roupa do rei de Roma; o rato roeu"
    assert order_of(text, 20) == sorted(range(20), key=lambda place: text[place:])


def test_what_agrees_beyond_the_reach_may_stand_in_any_order():
    text = b"a" * (3 * REACH)
    order = order_of(text)
    assert sorted(order) == list(range(len(text)))
    ends = [place for place in order if place > len(text) - REACH]
    assert ends == sorted(ends, reverse=True)
