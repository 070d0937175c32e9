"""`display()`: no control survives, and nothing else changes."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gptlab_tui.render.display import display

any_text = st.text(st.characters(exclude_categories=()), max_size=60)
STEERING = {"Cc", "Cs", "Zl", "Zp"}
BIDI = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
ZERO_WIDTH = set("\u200b\u200c\u200d\u2060\ufeff\u00ad\u180e")


def steers(text):
    return [c for c in text if unicodedata.category(c) in STEERING or c in BIDI | ZERO_WIDTH]


@given(any_text)
def test_no_control_survives(text):
    assert steers(display(text)) == []
    assert set(steers(display(text, multiline=True))) <= {"\n", "\t"}


@given(any_text)
def test_characters_are_treated_one_by_one_and_once(text):
    safe = display(text)
    assert display(safe) == safe
    assert "".join(display(c) for c in text) == safe


@given(any_text)
def test_what_is_shown_can_be_put_on_a_terminal(text):
    display(text).encode("utf-8")


def test_every_control_of_unicode():
    for code in range(0x110000):
        c = chr(code)
        if unicodedata.category(c) in STEERING or unicodedata.bidirectional(c) in {
            "LRE",
            "RLE",
            "LRO",
            "RLO",
            "PDF",
            "LRI",
            "RLI",
            "FSI",
            "PDI",
            "BN",
            "B",
        }:
            noncharacter = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
            unassigned = unicodedata.category(c) == "Cn"
            assert display(c) != c or noncharacter or unassigned, f"U+{code:04X}"


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
        ("\x1b]52;c;aGk=\x07", "␛]52;c;aGk=␇"),
        ("\x9b31m", "<U+009B>31m"),
        ("a\u202egnp.exe", "a<U+202E>gnp.exe"),
        ("zero\u200bwidth", "zero<U+200B>width"),
        ("a\nb\tc\rd\x00e\x7f", "a␊b␉c␍d␀e␡"),
        ("one\u2028two\u2029three", "one<U+2028>two<U+2029>three"),
        ("\udc80", "<U+DC80>"),
        ("\U000e0041", "<U+E0041>"),
    ],
)
def test_examples(text, safe):
    assert display(text) == safe


def test_multiline_keeps_only_newline_and_tab():
    assert display("a\n\tb\r\x0b\x0c", multiline=True) == "a\n\tb␍␋␌"


@pytest.mark.parametrize(
    "text",
    [
        "A figura é poética, mas não é a do herói.",
        "Größe, naïve, œuvre, Ελληνικά, Русский, עברית, العربية ٣ ؀",
        "日本語 한국어 ไทย हिन्दी தமிழ் ქართული",
        "e\u0301 combining, ☕️ 👍🏽 🇧🇷 ½ № “quotes” — … [bold]x[/bold] \\[",
    ],
)
def test_ordinary_text_is_unchanged(text):
    assert display(text) == text
