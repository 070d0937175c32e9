"""The words of tables: what cannot be seen has a name, what steers a terminal is made safe."""

from gptlab_tui.config import CorpusConfig
from gptlab_tui.explain.tables import (
    COMPARISON,
    comparison_cells,
    example_cells,
    is_untied,
    named,
    news,
    sizes,
)
from gptlab_tui.text.corpus import open_corpus
from gptlab_tui.text.examples import Example
from gptlab_tui.text.statistics import corpus_statistics


def test_what_cannot_be_seen_has_a_name():
    assert [named(text) for text in (" ", "\n", "\t", "é", "\x1b[31m")] == [
        "space",
        "newline",
        "tab",
        "é",
        "␛[31m",
    ]


def test_the_sizes_are_those_of_the_text(tmp_path, home):
    text = "ab ba\n" * 27 + "ab zé\n" * 3
    (tmp_path / "text.txt").write_text(text)
    corpus = open_corpus(CorpusConfig(name=(str(tmp_path / "text.txt"),)), home)
    found = corpus_statistics(corpus)
    told = dict(sizes(found))
    assert told["bytes"] == str(len(text.encode()))
    assert told["characters"] == str(len(text))
    assert told["lines"] == "30"
    assert told["distinct characters"] == str(len(set(text)))
    assert told["words"] == "60"
    unseen = dict(news(found))
    assert unseen["new characters"] == "z (3), é (3)"
    assert unseen["new words"] == "1 different, 50.00% of all its words"


def test_a_comparison_has_a_cell_for_every_column():
    row = {
        "tokenizer": "bpe",
        "vocab_size": 1024,
        "tokens": 12_345,
        "characters_per_token": None,
        "embedding_parameters": 65_536,
        "head_parameters": 0,
        "parameters": 323_776,
        "embedding_share": 0.2024,
    }
    cells = comparison_cells(row)
    assert cells == ("bpe", "12,345", "–", "1,024", "65,536", "20.24 %", "323,776")
    assert len(cells) == len(COMPARISON)
    assert not is_untied([row])
    assert is_untied([row, row | {"head_parameters": 1}])


def test_an_example_is_safe_to_show():
    assert example_cells(Example((1, 2), 3, "a\x07", "\n")) == ("[1 2]", "3", "'a␇' -> '␊'")
