"""`gptlab tokens`: cut a text, compare tokenizers."""

import io
import sys

import pytest


@pytest.fixture
def vocabulary(test_data, monkeypatch):
    """GPT-2's vocabulary without a network."""
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(test_data / "tiktoken_cache"))


@pytest.fixture
def given(monkeypatch):
    """Puts bytes on standard input."""
    return lambda data: monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_characters_of_the_facts(gptlab, test_data):
    text = test_data / "corpora" / "machado_de_assis_conto.txt"
    answer = gptlab("tokens", "A figura é poética, mas ", "--corpus", text, "--json").json
    assert answer["ids"] == [
        26, 1, 57, 60, 58, 72, 69, 52, 1, 101, 1, 67, 66, 101, 71, 60, 54, 52, 10, 1, 64, 52, 70, 1,
    ]  # fmt: skip
    assert answer["pieces"] == list("A figura é poética, mas ")
    assert answer["vocab_size"] == 115
    play = test_data / "corpora" / "shakespeare.txt"
    answer = gptlab("tokens", "hii there", "--corpus", play, "--json").json
    assert answer["ids"] == [46, 47, 47, 1, 58, 46, 43, 56, 43]


def test_gpt2_of_the_facts(gptlab, vocabulary):
    answer = gptlab("tokens", "A figura é poética!", "--tokenizer", "gpt2", "--json").json
    assert answer["ids"] == [32, 2336, 5330, 38251, 745, 25125, 3970, 0]
    assert answer["pieces"] == ["A", " fig", "ura", " é", " po", "ét", "ica", "!"]
    assert answer["bytes"][3] == "20c3a9"
    assert answer["tokens"] == 8


def test_halves_of_characters_are_shown_as_escapes(gptlab, vocabulary):
    answer = gptlab("tokens", "日", "--tokenizer", "gpt2", "--json").json
    assert "".join(answer["bytes"]) == "日".encode().hex()
    assert "\ufffd" not in "".join(answer["pieces"])
    assert answer["pieces"][-1].startswith("\\x")


def test_the_table(gptlab):
    out = gptlab("tokens", "é a\n", "--corpus", "scenes", "--unknown", "skip").out
    assert " |a|␊" in out
    out = gptlab("tokens", "é a\n").out
    assert "é| |a|␊" in out
    assert "c3 a9" in out
    assert "4 tokens of 4 characters, char, vocabulary 107" in out


def test_a_long_text_is_not_listed_whole(gptlab):
    out = gptlab("tokens", "a" * 2000).out
    assert "1,500 of them are not listed" in out
    assert len(out.splitlines()) < 520


def test_text_from_standard_input(gptlab, given):
    given("ação\n".encode())
    assert gptlab("tokens", "--json").json["pieces"] == list("ação\n")
    given(b"a\xff")
    wrong = gptlab("tokens", "--json")
    assert wrong.status == 2
    assert "offset 1" in wrong.error["error"]
    given(b"")
    assert gptlab("tokens", "--json").status == 2


def test_standard_input_that_cannot_be_read(process, tmp_path):
    with (tmp_path / "only for writing").open("w") as file:
        answer = process("tokens", "--json", stdin=file)
    assert answer.status == 2
    assert "Standard input cannot be read" in answer.error["error"]


def test_unknown_characters(gptlab):
    answer = gptlab("tokens", "a日b", "--json")
    assert answer.status == 2
    assert answer.error["error"].startswith(
        "'日' (U+65E5, CJK UNIFIED IDEOGRAPH-65E5), character 2 of the text"
    )
    assert "--unknown skip" in answer.error["hint"]
    assert gptlab("tokens", "a日b", "--unknown", "skip", "--json").json["pieces"] == ["a", "b"]
    assert gptlab("tokens", "a日b", "--unknown", "replace", "--json").json["pieces"] == ["a", "?", "b"]


def test_sizes_that_cannot_be(gptlab):
    answer = gptlab("tokens", "a", "--tokenizer", "bpe", "--vocab-size", "255", "--json")
    assert answer.status == 2
    assert "cannot have 255 tokens" in answer.error["error"]


def test_a_size_beyond_the_text_is_said(gptlab, tmp_path):
    (tmp_path / "a.txt").write_text("casa casa casa casa casa\n")
    answer = gptlab("tokens", "casa", "--tokenizer", "bpe", "--corpus", tmp_path / "a.txt", "--json")
    assert answer.status == 0
    assert "gives only" in answer.err
    assert answer.json["vocab_size"] < 300


def test_gpt2_without_a_network(gptlab, monkeypatch, tmp_path):
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))

    def unreachable(*_, **__):
        raise OSError("Network is unreachable")

    monkeypatch.setattr("urllib.request.urlopen", unreachable)
    answer = gptlab("tokens", "a", "--tokenizer", "gpt2", "--json")
    assert answer.status == 1
    assert "GPT-2's vocabulary could not be fetched" in answer.error["error"]
    assert "TIKTOKEN_CACHE_DIR" in answer.error["hint"]
    compared = gptlab(
        "tokens", "casa", "--compare", "--preset", "reference-cpu", "--corpus", "contos", "--json"
    )
    assert [row["tokenizer"] for row in compared.json["rows"]] == ["char", "bpe"]
    assert "GPT-2's vocabulary" in compared.err


def test_compare_has_the_shares_of_the_facts(gptlab, vocabulary, test_data):
    text = test_data / "corpora" / "machado_de_assis_conto.txt"

    def rows(preset):
        command = "tokens", "A figura é poética!", "--compare", "--preset", preset, "--corpus", text, "--json"
        return {row["tokenizer"]: row for row in gptlab(*command).json["rows"]}

    cpu = rows("reference-cpu")
    assert (cpu["char"]["embedding_parameters"], cpu["char"]["parameters"]) == (7_360, 207_936)
    assert round(100 * cpu["char"]["embedding_share"], 2) == 3.54
    assert cpu["gpt2"]["embedding_parameters"] == 3_216_448
    assert round(100 * cpu["gpt2"]["embedding_share"], 2) == 94.13
    assert (cpu["char"]["tokens"], cpu["gpt2"]["tokens"]) == (19, 8)
    assert cpu["gpt2"]["characters_per_token"] == pytest.approx(19 / 8)
    gpu = rows("reference-gpu4gb")
    assert (gpu["char"]["embedding_parameters"], gpu["char"]["parameters"]) == (44_160, 10_702_464)
    assert round(100 * gpu["char"]["embedding_share"], 2) == 0.41
    assert gpu["gpt2"]["embedding_parameters"] == 19_298_688


def test_compare_without_a_text_takes_the_validation_part(gptlab, vocabulary, given):
    given(b"")
    answer = gptlab("tokens", "--compare", "--preset", "reference-cpu", "--corpus", "scenes", "--json").json
    assert answer["characters"] == 109_073 - 98_165
    by_kind = {row["tokenizer"]: row for row in answer["rows"]}
    assert by_kind["char"]["tokens"] == answer["characters"]
    assert by_kind["bpe"]["tokens"] < by_kind["char"]["tokens"] / 2
    given(b"")
    table = gptlab("tokens", "--compare", "--preset", "reference-cpu", "--corpus", "scenes").out
    assert "50,257" in table
    assert "reference-cpu" in table


def test_pieces_on_a_terminal_cannot_steer_it(gptlab, monkeypatch):
    monkeypatch.setattr("gptlab_tui.cli.common.is_terminal", lambda *_: True)
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    out = gptlab("tokens", "\x1b]0;x\x07", "--tokenizer", "bpe", "--vocab-size", "256").out
    assert "␛" in out
    assert "\x1b" not in out
    assert "\x07" not in out


def test_the_headers_of_a_comparison_fit_eighty_columns(gptlab, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    answer = gptlab("tokens", "To be", "--compare", "--corpus", "scenes", "--preset", "gpu4gb")
    heading = answer.out.splitlines()[1]
    assert heading.split() == ["kind", "tokens", "chars/token", "vocabulary", "embedding", "share", "model"]
    assert "…" not in answer.out
