"""What a line teaches: every beginning of it is one example."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gptlab_tui.errors import GPTLabError
from gptlab_tui.text.byte_pair import train_byte_pair
from gptlab_tui.text.char_tokenizer import CharTokenizer
from gptlab_tui.text.examples import training_examples
from gptlab_tui.text.lines import line_of
from gptlab_tui.text.protocol import UnknownCharacterError

LETTERS = CharTokenizer("abcdefghijklmnopqrstuvwxyz")


def test_rows_of_a_word():
    rows = training_examples("gato", LETTERS, block_size=8)
    assert [(row.input_ids, row.target_id) for row in rows] == [
        ((6,), 0),
        ((6, 0), 19),
        ((6, 0, 19), 14),
    ]
    assert [(row.input_text, row.target_text) for row in rows] == [("g", "a"), ("ga", "t"), ("gat", "o")]


@given(text=st.text("abcé ", min_size=2), block_size=st.integers(1, 20))
def test_rows_are_the_window_and_its_shift(text, block_size):
    tokenizer = train_byte_pair(["abc é abc é"], 262)
    ids = tokenizer.encode(text).tolist()
    if len(ids) < 2:
        return
    rows = training_examples(text, tokenizer, block_size)
    assert len(rows) == min(block_size, len(ids) - 1)
    for number, row in enumerate(rows, start=1):
        assert [*row.input_ids, row.target_id] == ids[: number + 1]


@pytest.mark.parametrize(("text", "said"), [("", "has 0 tokens"), ("a", "has 1 token:")])
def test_too_short(text, said):
    with pytest.raises(GPTLabError, match=said):
        training_examples(text, LETTERS, 8)


def test_unknown_characters_are_said():
    with pytest.raises(UnknownCharacterError, match="character 3 of the text"):
        training_examples("abÇ", LETTERS, 8)
    assert len(training_examples("abÇ", LETTERS, 8, unknown="skip")) == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(lines=st.lists(st.text("ab \t", max_size=5), min_size=1, max_size=6), end=st.sampled_from(["", "\n"]))
def test_lines_are_those_of_the_text(make_corpus, tiny_blocks, lines, end):
    text = "\n".join(lines) + end
    if not text:
        return
    corpus = make_corpus(text)
    expected = text.removesuffix("\n").split("\n") if text != "\n" else [""]
    for number, line in enumerate(expected, start=1):
        if line or number < len(expected) or text.endswith("\n"):
            assert line_of(corpus, number) == line
    for number in (0, -1, len(expected) + 1):
        with pytest.raises(GPTLabError, match=f"no line {number}"):
            line_of(corpus, number)
    written = [line for line in expected if line.strip()]
    if written:
        assert line_of(corpus) == written[0]
    else:
        with pytest.raises(GPTLabError, match="no line with words"):
            line_of(corpus)


def test_of_a_line_without_end_only_the_beginning_is_read(make_corpus):
    line = line_of(make_corpus("x" * 3_000_000), 1)
    assert len(line) < 1_000_000
    assert len(training_examples(line, LETTERS, 16)) == 16
