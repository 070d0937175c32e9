"""From bytes to characters, whatever the bytes are."""

import os
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gptlab_tui.config import CorpusConfig
from gptlab_tui.errors import GPTLabError
from gptlab_tui.text.corpus import open_corpus

TEXT = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\r\n\r\nçé€𝄞"), max_size=60)
KEEP_FIXTURES = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)


def normalised(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


@KEEP_FIXTURES
@given(
    text=TEXT.filter(lambda text: normalised(text) and not re.search("[\0-\x08\x0b\x0e-\x1f\x7f-\x9f]", text))
)
def test_borders_of_blocks_never_show(make_corpus, tiny_blocks, text):
    corpus = make_corpus(text.encode())
    assert corpus.read() == normalised(text)
    assert corpus.characters == len(normalised(text))
    assert corpus.size_bytes == len(normalised(text).encode())


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252"])
def test_other_encodings(make_corpus, tiny_blocks, encoding):
    text = "São Paulo,\r\nção é\rà\n"
    corpus = make_corpus(text.encode(encoding), encoding=encoding)
    assert corpus.read() == normalised(text)
    assert corpus.digest == make_corpus(normalised(text)).digest


def test_byte_order_mark_is_dropped_once_in_each_file(make_corpus):
    corpus = make_corpus("\ufeffum\n", "\ufeff\ufeffdois\n")
    assert corpus.read() == "um\n\ufeffdois\n"


def test_what_is_unusual_is_reported(make_corpus):
    corpus = make_corpus("a page\fanother\fand\0 the end\r\n")
    assert corpus.reports == ("2 form feeds", "1 NUL", "line ends CRLF or CR, read as LF")
    assert corpus.read() == "a page\fanother\fand\0 the end\n"
    assert make_corpus("nothing\tunusual\n").reports == ()


@pytest.mark.parametrize(
    ("data", "offset", "byte"),
    [
        (b"abc\xff def", 3, "0xff"),
        (b"caf\xe9", 3, "0xe9"),
        ("é".encode() * 10 + b"\xc3(", 20, "0xc3"),
        (b"cut: \xe2\x82", 5, "0xe2"),
        (b"\xed\xa0\x80 half a surrogate pair", 0, "0xed"),
    ],
)
def test_invalid_bytes_name_file_offset_and_way_out(make_corpus, tiny_blocks, data, offset, byte):
    with pytest.raises(GPTLabError) as caught:
        make_corpus(data)
    assert "text0.txt" in caught.value.message
    assert f"offset {offset} " in caught.value.message
    assert byte in caught.value.message
    assert "--encoding" in caught.value.hint
    assert "--errors replace" in caught.value.hint


def test_offset_of_an_invalid_byte_in_a_later_block(make_corpus):
    data = "ã".encode() * (1 << 20) + b"!" + b"\xff" + b"rest"
    with pytest.raises(GPTLabError, match=re.escape(f"offset {(2 << 20) + 1} ")):
        make_corpus(data)


def test_invalid_bytes_can_be_replaced(make_corpus, tiny_blocks):
    corpus = make_corpus(b"caf\xe9 \xff.", errors="replace")
    assert corpus.read() == "caf\ufffd \ufffd."
    assert corpus.reports == ("2 replacement characters",)


@KEEP_FIXTURES
@given(
    data=st.binary(max_size=200),
    encoding=st.sampled_from(
        ["utf-8", "utf-16", "utf-32-be", "utf-7", "shift_jis", "gb18030", "cp1252", "unicode_escape"]
    ),
    errors=st.sampled_from(["strict", "replace"]),
)
def test_any_bytes_are_a_text_or_one_sentence(make_corpus, tiny_blocks, data, encoding, errors):
    refused, corpus = None, None
    try:
        corpus = make_corpus(data, encoding=encoding, errors=errors)
    except GPTLabError as error:
        refused = error
    if corpus is None:
        assert refused.hint
        assert "\n" not in refused.message
    else:
        assert len(corpus.read()) == corpus.characters > 0


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\x00",
        bytes(1000),
        bytes(range(256)) * 8,
        "a long enough text, in two bytes a character".encode("utf-16-le"),
        b"\x7fELF\x02\x01\x01" + bytes(100),
    ],
)
@pytest.mark.parametrize("errors", ["strict", "replace"])
def test_binary_is_refused(make_corpus, data, errors):
    with pytest.raises(GPTLabError, match="looks binary") as caught:
        make_corpus(data, errors=errors)
    assert "--encoding" in caught.value.hint


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf"])
def test_empty_is_refused(make_corpus, data):
    with pytest.raises(GPTLabError, match="is empty"):
        make_corpus(data)


@pytest.mark.parametrize(
    "encoding", ["klingon", "rot13", "hex", "utf\0", "", "idna", "punycode", "undefined"]
)
def test_unknown_encoding(make_corpus, encoding):
    with pytest.raises(GPTLabError, match="is not a text encoding"):
        make_corpus("a", encoding=encoding)


def test_surrogates_from_odd_codecs_are_refused(make_corpus):
    with pytest.raises(GPTLabError, match="surrogate"):
        make_corpus(rb"\ud800 \ud801", encoding="unicode_escape")


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path, home):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path(os.devnull)):
        with pytest.raises(GPTLabError, match="not a regular file"):
            open_corpus(CorpusConfig(name=(str(path),)), home)


def test_what_the_system_refuses_is_one_sentence(tmp_path: Path, home, monkeypatch):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    for name in ("loop", "gone"):
        with pytest.raises(GPTLabError, match="cannot be read"):
            open_corpus(CorpusConfig(name=(str(tmp_path / name),)), home)
    (tmp_path / "secret.txt").write_text("a")

    def refuse(self: Path, *_: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "open", refuse)  # the tests may run as root, who may read everything
    with pytest.raises(GPTLabError, match=r"secret\.txt cannot be read: permission denied"):
        open_corpus(CorpusConfig(name=(str(tmp_path / "secret.txt"),)), home)


def test_read_error_in_the_middle(tmp_path: Path, home):
    """/proc/self/mem is a regular file whose first page cannot be read (EIO)."""
    if not Path("/proc/self/mem").is_file():
        pytest.skip("no /proc here")
    with pytest.raises(GPTLabError, match="cannot be read"):
        open_corpus(CorpusConfig(name=("/proc/self/mem",)), home)
