"""Statistics against the plainest way of counting, and figures of known texts."""

import itertools
import math
import re
import unicodedata
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gptlab_tui.config import CorpusConfig
from gptlab_tui.text.corpus import open_corpus
from gptlab_tui.text.statistics import corpus_statistics

TEXT = st.text("aAbé ’'-\n.日\u0301\u200b\xa0", min_size=1, max_size=120)


def plain_entropy(counts):
    total = sum(counts.values())
    return -sum(count / total * math.log2(count / total) for count in counts.values())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(text=TEXT)
def test_counts_are_those_of_the_plain_way(make_corpus, tiny_blocks, text):
    corpus = make_corpus(text)
    found = corpus_statistics(corpus, top=1000)
    characters = Counter(text)
    parts = text[: corpus.val_start], text[corpus.val_start :]  # a word across the border is two
    words = [word for part in parts for word in re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", part.lower())]
    assert found.characters == len(text)
    assert found.size_bytes == len(text.encode())
    assert found.lines == len(text.removesuffix("\n").split("\n"))
    assert {one.text: one.count for one in found.top_characters} == characters
    assert [one.count for one in found.top_characters] == sorted(characters.values(), reverse=True)
    assert {one.text: one.count for one in found.top_words} == Counter(words)
    assert (found.words, found.distinct_words) == (len(words), len(set(words)))
    assert found.entropy_0 == pytest.approx(plain_entropy(characters), abs=1e-9)
    pairs = Counter(itertools.pairwise(text))
    after = plain_entropy(pairs) - plain_entropy(Counter(text[:-1])) if pairs else 0
    assert found.entropy_1 == pytest.approx(after, abs=1e-9)
    assert sum(group.count for group in found.categories) == len(text)
    for group in found.categories:
        assert {unicodedata.category(character) for character in group.characters} == {group.category}
        assert group.distinct == len(group.characters)
    new = Counter(c for c in text[corpus.val_start :] if c not in text[: corpus.val_start])
    assert {one.text: one.count for one in found.validation.new_characters} == new


def test_what_the_validation_part_has_of_its_own(make_corpus):
    corpus = make_corpus("casa bonita\n" * 9 + "zebra casa z")
    assert corpus.read(corpus.val_start) == "zebra casa z"
    found = corpus_statistics(corpus).validation
    assert [(one.text, one.count) for one in found.new_characters] == [("z", 2), ("e", 1), ("r", 1)]
    assert [(one.text, one.count) for one in found.new_words] == [("z", 1), ("zebra", 1)]
    assert found.distinct_new_words == 2
    assert found.new_word_share == pytest.approx(2 / 3)


def test_odd_code_points(make_corpus):
    text = "e\u0301 \x07 \u200b \ufeff \xa0 \u2028 \ue000 \u0378 \ufffd normal çã \t\n"
    odd = {one.code_point: one for one in corpus_statistics(make_corpus(text)).odd}
    assert list(odd) == [
        "U+0007", "U+00A0", "U+0301", "U+0378", "U+200B", "U+2028", "U+E000", "U+FEFF", "U+FFFD",
    ]  # fmt: skip
    assert "NFC" in odd["U+0301"].reason
    assert odd["U+00A0"].name == "NO-BREAK SPACE"
    assert all(one.count == 1 and one.reason for one in odd.values())


def test_a_devanagari_text_is_not_odd(make_corpus):
    assert corpus_statistics(make_corpus("नमस्ते दुनिया\n")).odd == ()


def test_a_uniform_text_has_the_entropy_of_a_die(make_corpus):
    found = corpus_statistics(make_corpus("abcdabcd" * 100))
    assert found.entropy_0 == pytest.approx(2)
    assert found.entropy_1 == pytest.approx(0, abs=1e-9)
    assert corpus_statistics(make_corpus("a")).entropy_0 == 0


def test_known_text(test_data, home):
    path = test_data / "corpora" / "machado_de_assis_conto.txt"
    found = corpus_statistics(open_corpus(CorpusConfig(name=(str(path),)), home))
    assert found.size_bytes == 1_779_401
    assert found.characters == 1_724_227
    assert found.distinct_characters == 115
    assert found.validation.characters == 172_423
    assert found.validation.new_characters == ()
    assert 3 < found.entropy_1 < found.entropy_0 < 5
    assert found.top_words[0].text == "a"


def test_json_is_plain(make_corpus):
    import json

    data = json.loads(json.dumps(corpus_statistics(make_corpus("a\0b\n")).to_json()))
    assert data["characters"] == 4
    assert data["reports"] == ["1 NUL"]
    assert data["odd"][0]["code_point"] == "U+0000"
