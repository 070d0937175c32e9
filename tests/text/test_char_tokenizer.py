"""The character tokenizer: the published ids, round trips, and what it does not know."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gptlab_tui.config import CorpusConfig, TokenizerConfig
from gptlab_tui.errors import GPTLabError
from gptlab_tui.text.char_tokenizer import CharTokenizer, distinct_characters
from gptlab_tui.text.corpus import open_corpus
from gptlab_tui.text.tokenizers import UnknownCharacterError, build_tokenizer, tokenizer_from_json

CHARACTERS = st.characters(exclude_categories=["Cs"])
VOCABULARY = st.text(CHARACTERS, min_size=1, max_size=30)


def char_tokenizer(text: str) -> CharTokenizer:
    return CharTokenizer(distinct_characters([text]))


@pytest.mark.parametrize(
    ("file", "size", "text", "ids"),
    [
        (
            "machado_de_assis_conto.txt",
            115,
            "A figura é poética, mas ",
            "26 1 57 60 58 72 69 52 1 101 1 67 66 101 71 60 54 52 10 1 64 52 70 1",
        ),
        ("shakespeare.txt", 65, "hii there", "46 47 47 1 58 46 43 56 43"),
    ],
)
def test_ids_of_the_facts(test_data, home, file, size, text, ids):
    corpus = open_corpus(CorpusConfig(name=(str(test_data / "corpora" / file),)), home)
    tokenizer = build_tokenizer(TokenizerConfig(), corpus, home)
    assert tokenizer.vocab_size == size
    assert tokenizer.encode(text).tolist() == [int(number) for number in ids.split()]


@given(st.data(), VOCABULARY)
def test_round_trip(data, vocabulary):
    tokenizer = char_tokenizer(vocabulary)
    text = data.draw(st.text(st.sampled_from(vocabulary)))
    ids = tokenizer.encode(text)
    assert ids.dtype == np.int32
    assert ids.tolist() == [sorted(set(vocabulary)).index(character) for character in text]
    assert tokenizer.decode(ids) == tokenizer.decode(ids.tolist()) == text
    assert tokenizer.unknown_characters(text) == []
    assert b"".join(tokenizer.token_bytes(token) for token in ids) == text.encode()
    assert tokenizer.token_lengths()[ids].sum() == len(text.encode())


@given(VOCABULARY, st.text(st.characters()))
def test_unknown_characters(vocabulary, text):
    tokenizer = char_tokenizer(vocabulary)
    missing = [character for character in dict.fromkeys(text) if character not in vocabulary]
    assert tokenizer.unknown_characters(text) == [(c, text.index(c)) for c in missing]
    known = "".join(character for character in text if character in vocabulary)
    assert tokenizer.decode(tokenizer.encode(text, "skip")) == known
    substitute = tokenizer.decode([tokenizer.substitute])
    replaced = "".join(character if character in vocabulary else substitute for character in text)
    assert tokenizer.decode(tokenizer.encode(text, "replace")) == replaced
    if missing:
        with pytest.raises(UnknownCharacterError) as caught:
            tokenizer.encode(text)
        assert (caught.value.character, caught.value.place) == (missing[0], text.index(missing[0]))
        assert caught.value.others == len(missing) - 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("abΩ", "'Ω' (U+03A9, GREEK CAPITAL LETTER OMEGA), character 3 of the text, is not in the "
                "vocabulary."),
        ("xay", "'x' (U+0078, LATIN SMALL LETTER X), character 1 of the text, is not in the vocabulary, nor "
                "is 1 other character of the text."),
        ("\x1bxy", "'\\x1b' (U+001B, ESCAPE), character 1 of the text, is not in the vocabulary, nor are 2 "
                   "other characters of the text."),
        ("\udc80", "'\\udc80' (U+DC80), character 1 of the text, is not in the vocabulary."),
    ],
)  # fmt: skip
def test_the_error_names_the_character_and_its_place(text, message):
    with pytest.raises(UnknownCharacterError) as caught:
        char_tokenizer("ab").encode(text)
    assert caught.value.message == message
    assert "--unknown skip" in caught.value.hint


@pytest.mark.parametrize(
    ("vocabulary", "substitute"), [("a?\ufffd ", "\ufffd"), ("a? ", "?"), ("a ", " "), ("za", "a")]
)
def test_substitute(vocabulary, substitute):
    assert char_tokenizer(vocabulary).decode(char_tokenizer(vocabulary).encode("é", "replace")) == substitute


@given(VOCABULARY)
def test_json(vocabulary):
    tokenizer = char_tokenizer(vocabulary)
    again = tokenizer_from_json(tokenizer.to_json())
    assert again.to_json() == tokenizer.to_json()
    assert again.digest == tokenizer.digest
    assert (char_tokenizer(vocabulary + "\U0010ffff").digest == tokenizer.digest) == (
        "\U0010ffff" in vocabulary
    )


def test_ids_outside_the_vocabulary():
    for wrong in (-1, 2, 1 << 40):
        with pytest.raises(ValueError, match="outside the vocabulary of 2"):
            char_tokenizer("ab").decode([0, wrong])
        with pytest.raises(ValueError, match="outside the vocabulary of 2"):
            char_tokenizer("ab").token_bytes(wrong)


def test_vocabulary_of_the_whole_text(make_corpus, home):
    corpus = make_corpus("a" * 95 + "bcdef")
    assert build_tokenizer(TokenizerConfig(), corpus, home).characters == "abcdef"


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"kind": "char"},
        {"kind": "word"},
        {"kind": ["char"]},
        {"kind": "char", "characters": ""},
        {"kind": "char", "characters": "ba"},
        {"kind": "char", "characters": "aab"},
        {"kind": "char", "characters": "a\ud800"},
        {"kind": "char", "characters": ["a", "b"]},
        {"kind": "bpe"},
        {"kind": "bpe", "split": "(a+)+$", "tokens": [], "special": []},
        {"kind": "bpe", "split": "gpt2", "tokens": ["a"], "special": []},
        {"kind": "bpe", "split": "gpt2", "tokens": ["日"], "special": []},
        {"kind": "bpe", "split": "gpt2", "tokens": 7, "special": []},
        {"kind": "bpe", "split": "gpt2", "tokens": [7], "special": []},
    ],
)
def test_damaged_json_is_said(data):
    with pytest.raises(GPTLabError):
        tokenizer_from_json(data)
