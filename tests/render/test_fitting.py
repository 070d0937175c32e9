"""Text that is cut to a width."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from gptlab_tui.render.fitting import fit, fit_end, fold, joined, shorten


@given(st.text("abcé漢字 ", max_size=20), st.integers(0, 25))
def test_it_has_the_width_that_was_asked_for(text, width):
    fitted = fit(text, width)
    assert cell_len(fitted) == width
    assert fitted.startswith(text) if cell_len(text) <= width else fitted.rstrip() in ("", *_cut(text))


def _cut(text):
    return [text[:end].rstrip() + "…" for end in range(len(text))] + [
        text[:end] + "…" for end in range(len(text))
    ]


@given(st.text("abcé漢字 ", max_size=20), st.integers(0, 25))
def test_a_text_keeps_its_end(text, width):
    fitted = fit_end(text, width)
    assert cell_len(fitted) == width
    if cell_len(text) <= width:
        assert fitted == text + " " * (width - cell_len(text))
    elif width:
        ends = [text[start:] for start in range(len(text) + 1)]
        longest = next(end for end in ends if cell_len(end) < width)
        assert fitted == f"…{longest}".ljust(len(longest) + width - cell_len(longest))


@given(st.text("abc", max_size=30), st.integers(0, 30))
def test_a_name_keeps_its_beginning_and_its_end(text, width):
    short = shorten(text, width)
    assert len(short) <= width or short == text
    if 3 <= width < len(text):
        head, tail = short.split("…")
        assert text.startswith(head)
        assert text.endswith(tail)
        assert len(head) - len(tail) in (0, 1)


def test_parts_are_whole_or_left_out():
    parts = ["line 1", "0 %", "猫猫"]
    assert joined(parts, 80) == "line 1 · 0 % · 猫猫"
    assert [joined(parts, width) for width in (18, 12, 11, 2)] == ["line 1 · 0 %"] * 2 + ["line 1"] * 2
    assert joined([], 10) == ""


@given(st.text("ab 猫"), st.integers(2, 12))
def test_a_folded_text_is_itself_in_lines_that_fit(text, width):
    lines = fold(text, width)
    assert "".join(lines) == text
    assert all(cell_len(line) <= width for line in lines)


def test_a_text_is_folded_at_its_spaces():
    assert fold("one two three", 8) == ["one two ", "three"]
    assert fold("a 猫猫猫 b", 6) == ["a ", "猫猫猫", " b"]
