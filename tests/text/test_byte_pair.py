"""Byte-pair tokenizers: GPT-2's published ids, round trips, training, and its limits."""

import hashlib
import os

import numpy as np
import pytest
import tiktoken
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gptlab_tui.config import TokenizerConfig
from gptlab_tui.errors import GPTLabError, JobFailed
from gptlab_tui.home import data_root
from gptlab_tui.text import gpt2
from gptlab_tui.text.byte_pair import byte_alphabet, train_byte_pair
from gptlab_tui.text.fetch import Remote
from gptlab_tui.text.pieces import LIMIT
from gptlab_tui.text.protocol import UnknownCharacterError
from gptlab_tui.text.token_files import encode_chunks
from gptlab_tui.text.tokenizers import build_tokenizer, tokenizer_from_json

STORIES = (data_root() / "corpus" / "contos.txt").read_text("utf-8")[:20_000]
SENTENCE = "A figura é poética!"
UNICODE = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(" \n'sção"))
KEEP_FIXTURES = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def learned():
    """A small vocabulary learned from a small text."""
    return train_byte_pair([STORIES], 320)


@pytest.fixture
def gpt2_tokenizer(tiktoken_folder, home):
    return gpt2.load_gpt2(home)


def test_gpt2_ids_and_pieces_of_the_facts(gpt2_tokenizer):
    ids = gpt2_tokenizer.encode(SENTENCE)
    assert ids.tolist() == [32, 2336, 5330, 38251, 745, 25125, 3970, 0]
    assert [gpt2_tokenizer.token_bytes(token) for token in ids] == [
        b"A", b" fig", b"ura", b" \xc3\xa9", b" po", b"\xc3\xa9t", b"ica", b"!",
    ]  # fmt: skip
    assert gpt2_tokenizer.vocab_size == 50_257
    assert gpt2_tokenizer.token_bytes(50_256) == b"<|endoftext|>"


@KEEP_FIXTURES
@given(text=UNICODE)
def test_gpt2_is_tiktokens(gpt2_tokenizer, text):
    reference = tiktoken.get_encoding("gpt2")
    assert gpt2_tokenizer.encode(text).tolist() == reference.encode_ordinary(text)


def test_gpt2_vocabulary_is_tiktokens(gpt2_tokenizer):
    reference = tiktoken.get_encoding("gpt2")
    tokens = [reference.decode_single_token_bytes(token) for token in range(50_256)]
    assert [gpt2_tokenizer.token_bytes(token) for token in range(50_256)] == tokens


def test_gpt2_needs_no_file_once_it_is_written_down(gpt2_tokenizer):
    again = tokenizer_from_json(gpt2_tokenizer.to_json())
    assert again.digest == gpt2_tokenizer.digest
    assert again.kind == "gpt2"
    assert again.encode(SENTENCE).tolist() == gpt2_tokenizer.encode(SENTENCE).tolist()


@KEEP_FIXTURES
@given(text=UNICODE)
def test_round_trip(learned, text):
    ids = learned.encode(text)
    assert ids.dtype == np.int32
    assert learned.decode(ids) == learned.decode(ids.tolist()) == text
    assert b"".join(learned.token_bytes(token) for token in ids) == text.encode()
    assert learned.token_lengths()[ids].sum() == len(text.encode())
    assert learned.unknown_characters(text) == []


@KEEP_FIXTURES
@given(text=UNICODE, sizes=st.lists(st.integers(1, 9), min_size=1, max_size=20))
def test_chunks_give_the_tokens_of_the_whole(learned, text, sizes):
    chunks, rest = [], text
    for size in sizes:
        chunks.append(rest[:size])
        rest = rest[size:]
    parts = list(encode_chunks(learned, [*chunks, rest]))
    assert [token for part in parts for token in part.tolist()] == learned.encode(text).tolist()


def test_special_names_in_a_text_are_text(gpt2_tokenizer):
    ids = gpt2_tokenizer.encode("<|endoftext|>")
    assert ids.size > 1
    assert gpt2_tokenizer.decode(ids) == "<|endoftext|>"


@pytest.mark.parametrize("text", [" " * 1_200_000 + "x", "a" * 600_000, "\n" * 300_000 + " ", "日" * 300_000])
def test_lines_without_end(learned, text):
    """A million spaces overflow the stack of tiktoken's regular expressions."""
    assert len(text) > LIMIT
    assert learned.decode(learned.encode(text)) == text


def test_training_reaches_the_size_and_is_repeatable(learned):
    assert learned.vocab_size == 320
    assert learned.note == ""
    again = train_byte_pair([STORIES[:77], STORIES[77:5000], STORIES[5000:]], 320)
    assert again.digest == learned.digest
    assert [learned.token_bytes(token) for token in range(256)] == [bytes([byte]) for byte in range(256)]
    assert b" que" in {learned.token_bytes(token) for token in range(320)}


def test_merges_are_the_most_frequent_pairs():
    """The example of Gage (1994): aaabdaaabac -> ZdZac with Z = aaab, here as one word of letters."""
    tokenizer = train_byte_pair(["aaabdaaabac"], 259)
    assert [tokenizer.token_bytes(token) for token in range(256, 259)] == [b"aa", b"ab", b"aaab"]
    assert tokenizer.encode("aaabdaaabac").tolist() == [258, ord("d"), 258, ord("a"), ord("c")]


def test_training_agrees_with_the_engine_that_learned(make_corpus):
    """tiktoken with our list of tokens cuts as `tokenizers` does with its merges."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    text = "A casa é bonita, e a irmã do Tibúrcio não a vendia. Que pena! " * 3 + "Vendeu-a em 1899.\n" * 2
    reference = Tokenizer(models.BPE())
    reference.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    reference.train_from_iterator(
        [text],
        trainers.BpeTrainer(vocab_size=300, min_frequency=2, initial_alphabet=alphabet, show_progress=False),
    )
    ours = train_byte_pair([text], 300)
    written = [
        "".join(byte_alphabet()[byte] for byte in ours.token_bytes(token)) for token in ours.encode(text)
    ]
    assert written == reference.encode(text).tokens


def test_it_learns_from_the_training_part_alone(make_corpus, home):
    corpus = make_corpus("casa bonita " * 75 + "zzzzzzzzzz" * 10)
    tokenizer = build_tokenizer(TokenizerConfig(kind="bpe", vocab_size=280), corpus, home)
    assert not any(b"zz" in tokenizer.token_bytes(token) for token in range(tokenizer.vocab_size))


def test_more_tokens_than_the_text_gives_is_said():
    tokenizer = train_byte_pair(["casa casa"], 5000)
    assert 256 < tokenizer.vocab_size < 270
    assert tokenizer.note == (
        f"The text gives only {tokenizer.vocab_size} byte-pair tokens of the 5,000 asked for."
    )
    assert "note" not in tokenizer.to_json()


@pytest.mark.parametrize("size", [-1, 0, 255])
def test_a_size_below_the_bytes_is_refused(size):
    with pytest.raises(GPTLabError, match=f"cannot have {size} tokens"):
        train_byte_pair(["casa"], size)


def test_the_smallest_vocabulary_is_the_bytes():
    tokenizer = train_byte_pair(["casa casa"], 256)
    assert tokenizer.encode("é").tolist() == [0xC3, 0xA9]


def test_halves_of_surrogate_pairs(learned):
    with pytest.raises(UnknownCharacterError, match="character 2 of the text"):
        learned.encode("a\udc80b\udc80")
    assert learned.unknown_characters("a\udc80b\udc80") == [("\udc80", 1)]
    assert learned.decode(learned.encode("a\udc80b", "skip")) == "ab"
    assert learned.decode(learned.encode("a\udc80b", "replace")) == "a\ufffdb"


def test_ids_outside_the_vocabulary(learned):
    for wrong in (-1, 320, 1 << 40):
        with pytest.raises(ValueError, match="outside the vocabulary of 320"):
            learned.decode([wrong])


def test_byte_alphabet_is_gpt2s():
    from tokenizers import pre_tokenizers

    assert sorted(byte_alphabet()) == sorted(pre_tokenizers.ByteLevel.alphabet())
    assert byte_alphabet()[ord(" ")] == "Ġ"
    assert byte_alphabet()[ord("\n")] == "Ċ"
    assert byte_alphabet()[ord("A")] == "A"


@pytest.fixture
def no_gpt2(tmp_path, monkeypatch):
    """tiktoken's cache is empty, and the address of the vocabulary leads nowhere."""
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path / "empty"))
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(gpt2, "MERGES", Remote("GPT-2's vocabulary", "http://name.invalid/x", "0" * 64, 10))


def test_gpt2_without_a_network_says_what_to_do(no_gpt2, home):
    with pytest.raises(JobFailed, match="GPT-2's vocabulary could not be fetched") as caught:
        gpt2.load_gpt2(home)
    assert "TIKTOKEN_CACHE_DIR" in caught.value.hint
    assert str(home.cache) in caught.value.hint
    assert "--tokenizer char" in caught.value.hint
    assert list(home.cache.rglob("*.*")) == []


def test_gpt2_is_fetched_once_and_kept_in_the_home(
    no_gpt2, home, monkeypatch, test_data, text_server, tmp_path
):
    name = hashlib.sha1(
        b"https://openaipublic.blob.core.windows.net/gpt-2/encodings/main/vocab.bpe"
    ).hexdigest()
    text_server.body = (test_data / "tiktoken_cache" / name).read_bytes()
    remote = Remote(
        "GPT-2's vocabulary",
        f"http://127.0.0.1:{text_server.server_port}/text",
        hashlib.sha256(text_server.body).hexdigest(),
        len(text_server.body),
    )
    monkeypatch.setattr(gpt2, "MERGES", remote)
    for _ in range(2):
        assert gpt2.load_gpt2(home).encode("A").tolist() == [32]
    assert text_server.requests == 1
    kept = home.cache / "gpt2" / "vocab.bpe"
    kept.write_bytes(b"x" * len(text_server.body))  # a damaged copy is not believed
    assert gpt2.load_gpt2(home).encode("A").tolist() == [32]
    assert text_server.requests == 2
    assert "TIKTOKEN_CACHE_DIR" in os.environ
