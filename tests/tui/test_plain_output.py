"""What a terminal lacks is replaced by something as wide: signs in the ASCII tier, or what is not encoded."""

import ast
import io
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

import gptlab_tui
from gptlab_tui.tui.plain_output import IN_ASCII, draw_plainly, likeness

DRAWN_BY = ("tui", "render", "explain")
BRAILLE = "".join(map(chr, range(0x2800, 0x2900)))  # a tier of its own


@pytest.mark.parametrize(
    ("character", "plain"),
    [("é", "e"), ("ç", "c"), ("─", "-"), ("╭", "+"), ("…", "~"), ("漢", "??"), ("\u0301", ""), ("⣿", "?")],
)
def test_likeness(character, plain):
    assert likeness(character) == plain


@given(st.characters(min_codepoint=0xA0, exclude_categories=["Cs", "Cc"]))
def test_it_is_ascii_and_as_wide(character):
    plain = likeness(character)
    assert plain.isascii()
    assert cell_len(plain) == cell_len(character)


@pytest.mark.parametrize(("encoding", "expected"), [("ascii", b"ol?e -"), ("latin-1", b"ol?\xe9 -")])
@pytest.mark.parametrize("of_the_stream", [True, False])
def test_what_the_encoding_has_stays(encoding, expected, of_the_stream):
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding if of_the_stream else "utf-8", write_through=True)
    draw_plainly(stream, None if of_the_stream else encoding)
    stream.write("ol⣿é ─")
    assert raw.getvalue() == expected


def in_ascii(text):
    """A text of two styles as the ASCII tier shows it."""
    bold = Style(bold=True)
    first, second = IN_ASCII.apply([Segment(text, bold), Segment("plain")], Color(0, 0, 0))
    assert (first.style, second) == (bold, Segment("plain"))
    return first.text


def test_the_ascii_tier_leaves_the_letters_of_a_text():
    assert in_ascii("╭─ Type · char ─▆ “ação” …") == '+- Type - char -# "ação" ~'


def signs_of(path):
    """What is neither ASCII nor a letter or its accent in the strings of a file that are no docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    said = [node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)]
    strings = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and node not in said]
    return {
        sign
        for node in strings
        if isinstance(node.value, str)
        for sign in node.value
        if not sign.isascii() and unicodedata.category(sign)[0] in "NPSZ" and sign not in BRAILLE
    }


@pytest.mark.parametrize("room", DRAWN_BY)
def test_every_sign_that_we_draw_has_a_likeness(room):
    paths = Path(gptlab_tui.__file__).parent.joinpath(room).rglob("*.py")
    signs = set().union(*map(signs_of, paths))
    assert [sign for sign in sorted(signs) if not in_ascii(sign).isascii()] == []
    assert [sign for sign in signs if cell_len(in_ascii(sign)) != cell_len(sign)] == []
