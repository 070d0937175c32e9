"""Beginnings that a model can go on from, and what is said of prompts that it cannot read."""

import numpy as np
import pytest

from gptlab_tui.text.beginnings import LENGTH, beginning, first_words, left_out_of
from gptlab_tui.text.char_tokenizer import CharTokenizer

TEXT = "ello there\n-- said the other man, and went away\n"
TOKENIZER = CharTokenizer("".join(sorted(set(TEXT))))
IDS = TOKENIZER.encode(TEXT).astype(np.uint16)


@pytest.mark.parametrize(
    ("prompts", "found"),
    [
        (["the man"], "the man"),
        (["A figura é poética", "the man"], "the man"),
        (["\n", "A figura é poética"], "said the other man,"),
        (["- the man"], "said the other man,"),
        ([], "said the other man,"),
    ],
)
def test_the_first_prompt_that_is_covered_else_words_of_the_text(prompts, found):
    assert beginning(prompts, TOKENIZER, IDS) == found


@pytest.mark.parametrize(
    ("text", "words"),
    [("", ""), ("\n\n  \n", ""), ("alf a word", "a word"), ("x" * 300, ""), ("alf\n\x1b[31m red", "red")],
)
def test_first_words(text, words):
    assert first_words(text) == words
    assert len(words) <= LENGTH


def test_what_is_left_out_of_a_prompt_is_counted_and_named():
    [said] = left_out_of(["the man", "é é the", "\t"], TOKENIZER)
    assert said == "2 characters of the prompt 'é é the' are left out, since the vocabulary lacks them: 'é'"
