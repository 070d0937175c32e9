"""Encoded corpora on disk: exact, mapped, never stale, and whole or not there."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gptlab_tui.config import CorpusConfig, TokenizerConfig
from gptlab_tui.errors import GPTLabError, JobFailed
from gptlab_tui.text import decoding, pieces, token_files
from gptlab_tui.text.byte_pair import train_byte_pair
from gptlab_tui.text.char_tokenizer import CharTokenizer, distinct_characters
from gptlab_tui.text.corpus import open_corpus
from gptlab_tui.text.coverage import Lacking, lacking_characters
from gptlab_tui.text.protocol import UnknownCharacterError
from gptlab_tui.text.token_files import find_tokens, prepare_tokens, token_dtype
from gptlab_tui.text.tokenizers import build_tokenizer

TEXT = "O gato é do vizinho.\nNão, é da irmã!\n" * 20
BYTES = train_byte_pair([TEXT], 300)


def char_tokenizer(text):
    return CharTokenizer(distinct_characters([text]))


def kept(home):
    return sorted(path.name for path in (home.cache / "tokens").glob("*"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(text=st.text("aé €\n日.", min_size=1, max_size=200), kind=st.sampled_from(["char", "bpe"]))
def test_tokens_are_those_of_the_two_parts(make_corpus, tiny_blocks, home, text, kind):
    corpus = make_corpus(text)
    tokenizer = BYTES if kind == "bpe" else char_tokenizer(text)
    tokens = prepare_tokens(corpus, tokenizer, home)
    border = corpus.val_start
    assert tokens.train.tolist() == tokenizer.encode(text[:border]).tolist()
    assert tokens.val.tolist() == tokenizer.encode(text[border:]).tolist()
    assert (tokens.train_characters, tokens.val_characters) == (border, len(text) - border)
    assert tokens.train_bytes == len(text[:border].encode())
    assert tokens.val_bytes == len(text[border:].encode())
    assert tokens.train.dtype == tokens.val.dtype == np.uint16


def test_the_split_of_the_facts(test_data, home):
    corpus = open_corpus(
        CorpusConfig(name=(str(test_data / "corpora" / "machado_de_assis_conto.txt"),)), home
    )
    tokens = prepare_tokens(corpus, build_tokenizer(TokenizerConfig(), corpus, home), home)
    assert (tokens.train.size, tokens.val.size) == (1_551_804, 172_423)
    assert round(tokens.val_bytes / tokens.val.size, 4) == 1.0309


def test_tokens_are_mapped_and_cannot_be_written(make_corpus, home):
    tokens = prepare_tokens(make_corpus(TEXT), BYTES, home)
    assert isinstance(tokens.train, np.memmap)
    assert isinstance(tokens.val, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        tokens.train[0] = 1


def test_the_second_time_nothing_is_encoded(make_corpus, home, monkeypatch):
    corpus = make_corpus(TEXT)
    first = prepare_tokens(corpus, BYTES, home)
    monkeypatch.setattr(token_files, "encode_chunks", lambda *_: pytest.fail("encoded again"))
    second = prepare_tokens(make_corpus(TEXT), BYTES, home)
    assert (second.train == first.train).all()
    assert second.path == first.path
    assert find_tokens(corpus.digest, BYTES, corpus.val_start, home).digest == first.digest


def test_what_changes_the_tokens_changes_the_file(make_corpus, home):
    tokenizer = char_tokenizer(TEXT + "x")
    seen = {
        prepare_tokens(make_corpus(TEXT), tokenizer, home).digest,
        prepare_tokens(make_corpus(TEXT.replace("gato", "xato", 1)), tokenizer, home).digest,
        prepare_tokens(make_corpus(TEXT, val_fraction=0.2), tokenizer, home).digest,
        prepare_tokens(make_corpus(TEXT), char_tokenizer(TEXT), home).digest,
        prepare_tokens(make_corpus(TEXT), BYTES, home).digest,
        prepare_tokens(make_corpus(TEXT), tokenizer, home, unknown="skip").digest,
    }
    assert len(seen) == 6
    assert len(kept(home)) == 6


def test_a_text_changed_in_place_is_not_served_stale(make_corpus, home, tmp_path):
    """Same name, same size, same time of change."""
    import os

    corpus = make_corpus("aaaa bbbb " * 10)
    tokenizer = char_tokenizer("ab ")
    prepare_tokens(corpus, tokenizer, home)
    path = tmp_path / "text0.txt"
    before = path.stat()
    path.write_text("bbbb aaaa " * 10)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    changed = open_corpus(CorpusConfig(name=(str(path),)), home)
    assert tokenizer.decode(prepare_tokens(changed, tokenizer, home).train).startswith("bbbb")


def test_a_text_that_changes_meanwhile_leaves_nothing(make_corpus, home, tmp_path, monkeypatch):
    import os

    corpus = make_corpus("aaaa bbbb " * 10)
    path = tmp_path / "text0.txt"
    before = path.stat()
    path.write_text("bbbb aaaa " * 10)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(JobFailed, match="changed while it was encoded"):
        prepare_tokens(corpus, char_tokenizer("ab "), home)
    assert kept(home) == []


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-1],
        lambda data: data + b"\0",
        lambda data: data[:100],
        lambda data: b"",
        lambda data: b"x" + data[1:],
        lambda data: b"[]".ljust(4096) + data[4096:],
        lambda data: data.replace(b'"digest": "', b'"digest": "x', 1)[: len(data)],
        lambda data: b"\xff" * len(data),
    ],
)
def test_a_damaged_file_is_made_again(make_corpus, home, damage):
    corpus = make_corpus(TEXT)
    first = prepare_tokens(corpus, BYTES, home)
    expected = first.train.tolist()
    data = first.path.read_bytes()
    first.path.unlink()  # what is mapped stays as it is
    first.path.write_bytes(damage(data))
    assert prepare_tokens(corpus, BYTES, home).train.tolist() == expected
    assert kept(home) == [first.path.name]


def test_interrupting_leaves_nothing(make_corpus, home):
    def interrupt(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare_tokens(make_corpus(TEXT), BYTES, home, interrupt)
    assert kept(home) == []


def test_a_full_disk_is_said(make_corpus, home, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(JobFailed, match="No space left on device"):
        prepare_tokens(make_corpus(TEXT), BYTES, home)
    assert kept(home) == []


def test_progress_ends_at_the_end(make_corpus, home, tiny_blocks):
    seen = []
    corpus = make_corpus(TEXT)
    prepare_tokens(corpus, BYTES, home, lambda done, total: seen.append((done, total)))
    assert seen[-1] == (corpus.characters, corpus.characters)
    assert seen == sorted(seen)


def test_unknown_characters_have_their_place_in_the_whole_text(make_corpus, home, monkeypatch):
    monkeypatch.setattr(decoding, "BLOCK_BYTES", 64)
    text = "um gato " * 100 + "é" + " um gato" * 2
    for border in (0.1, 0.01):
        corpus = make_corpus(text, val_fraction=border)
        with pytest.raises(UnknownCharacterError) as caught:
            prepare_tokens(corpus, char_tokenizer("um gato"), home)
        assert (caught.value.character, caught.value.place) == ("é", 800)
    assert kept(home) == []


def test_unknown_characters_skipped_or_replaced(make_corpus, home):
    corpus = make_corpus("aéb" * 10)
    tokenizer = char_tokenizer("ab?")
    skipped = prepare_tokens(corpus, tokenizer, home, unknown="skip")
    assert tokenizer.decode(skipped.train) == "ab" * 9
    assert (skipped.train_bytes, skipped.val_bytes) == (18, 2)
    replaced = prepare_tokens(corpus, tokenizer, home, unknown="replace")
    assert tokenizer.decode(replaced.val) == "a?b"
    assert replaced.val_bytes == 3


def test_what_a_vocabulary_lacks(make_corpus, tiny_blocks):
    corpus = make_corpus("o pão, a mão e o chá")
    found = lacking_characters(corpus.chunks(), char_tokenizer("omapechn "))
    assert found == [Lacking("ã", 3, 2), Lacking(",", 5, 1), Lacking("á", 19, 1)]
    assert lacking_characters(corpus.chunks(), BYTES) == []


def test_wide_vocabularies_take_four_bytes(make_corpus, home):
    assert token_dtype(65_536) == np.uint16
    assert token_dtype(65_537) == np.uint32
    letters = "".join(map(chr, range(0x10000, 0x10000 + 65_537)))
    corpus = make_corpus(letters)
    tokens = prepare_tokens(corpus, char_tokenizer(letters), home)
    assert tokens.train.dtype == np.uint32
    assert np.concatenate([tokens.train, tokens.val]).tolist() == list(range(65_537))


def test_texts_shorter_than_the_context(make_corpus, home):
    tokens = prepare_tokens(make_corpus("x" * 40), char_tokenizer("x"), home)
    tokens.require_context(35)
    with pytest.raises(GPTLabError, match="training part has 36 tokens, and a context of 36 needs 37"):
        tokens.require_context(36)
    single = prepare_tokens(make_corpus("x"), char_tokenizer("x"), home)
    assert (single.train.size, single.val.size) == (0, 1)
    with pytest.raises(GPTLabError, match="too short"):
        single.require_context(1)
    tiny = prepare_tokens(make_corpus("x" * 10), char_tokenizer("x"), home)
    with pytest.raises(GPTLabError, match="validation part has 1 tokens"):
        tiny.require_context(2)


def test_pieces_are_shared_with_the_tokenizer():
    """A line without end is cut at the same places in a stream and in one call."""
    text = "ab" * (pieces.LIMIT * 3 // 4)
    chunks = [text[at : at + 100_003] for at in range(0, len(text), 100_003)]
    streamed = np.concatenate(list(token_files.encode_chunks(BYTES, chunks)))
    assert (streamed == BYTES.encode(text)).all()
