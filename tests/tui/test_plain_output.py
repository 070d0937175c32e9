"""What an encoding lacks is replaced by something as wide."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from gptlab_tui.tui.plain_output import draw_plainly, likeness


@pytest.mark.parametrize(
    ("character", "plain"),
    [("é", "e"), ("ç", "c"), ("─", "-"), ("╭", "+"), ("…", "."), ("漢", "??"), ("\u0301", ""), ("⣿", "?")],
)
def test_likeness(character, plain):
    assert likeness(character) == plain


@given(st.characters(min_codepoint=0xA0, exclude_categories=["Cs", "Cc"]))
def test_it_is_ascii_and_as_wide(character):
    plain = likeness(character)
    assert plain.isascii()
    assert cell_len(plain) == cell_len(character)


@pytest.mark.parametrize(("encoding", "expected"), [("ascii", b"ol?e -"), ("latin-1", b"ol?\xe9 -")])
def test_what_the_encoding_has_stays(encoding, expected):
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, write_through=True)
    draw_plainly(stream)
    stream.write("ol⣿é ─")
    assert raw.getvalue() == expected
