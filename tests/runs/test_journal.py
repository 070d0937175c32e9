"""Whatever happens to its bytes, a journal loses no valid record and raises nothing."""

import math
import os
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gptlab_tui.runs import fsops, journal
from gptlab_tui.runs.journal import (
    MAX_LINE_BYTES,
    JournalFollower,
    JournalWriter,
    decode_line,
    encode_record,
    read_backwards,
    read_journal,
)

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
records = st.dictionaries(
    st.text(max_size=8).filter(lambda key: key != "crc"), values, min_size=1, max_size=5
)
anything = st.characters(codec=None, categories=None)  # surrogates too


@given(st.dictionaries(st.just("text"), st.text(anything), min_size=1) | records)
def test_a_record_comes_back_as_it_was(record: dict[str, Any]):
    line = encode_record(record)
    assert line.count(b"\n") == 1
    assert decode_line(line[:-1]) == record


def test_the_last_key_is_the_crc_of_the_rest():
    assert encode_record({"event": "x"}) == b'{"event":"x","crc":%d}\n' % zlib.crc32(b'{"event":"x"}')


@given(records, st.data())
def test_a_line_with_a_changed_byte_is_not_believed(record: dict[str, Any], data: st.DataObject):
    line = bytearray(encode_record(record)[:-1])
    place = data.draw(st.integers(0, len(line) - 1))
    line[place] ^= data.draw(st.integers(1, 255))
    assert decode_line(bytes(line)) in (None, record)  # only JSON's own freedom (a space) may pass


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_nan_is_never_written(tmp_path: Path, bad: float):
    with JournalWriter(tmp_path / "j") as writer:
        with pytest.raises(ValueError):
            writer.append({"event": "step", "loss": bad})
        writer.append({"event": "ok"})
    assert list(read_journal(tmp_path / "j")) == [{"event": "ok"}]


def test_a_hostile_number_or_depth_is_no_record(tmp_path: Path):
    deep = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    nan = b'{"a":NaN}'
    digits = b'{"a":' + b"9" * 10_000 + b"}"
    array = b'["a"]'
    lines = [body[:-1] + b',"crc":%d}' % zlib.crc32(body) for body in (deep, nan, digits, array)]
    (tmp_path / "j").write_bytes(b"\n".join(lines) + b"\n" + encode_record({"event": "ok"}))
    assert list(read_journal(tmp_path / "j")) == [{"event": "ok"}]


def pieces() -> st.SearchStrategy[bytes]:
    """What may lie in a damaged journal between and instead of valid lines."""
    valid = records.map(encode_record)
    torn = st.tuples(valid, st.integers(0, 200)).map(lambda pair: pair[0][: pair[1]])
    return st.one_of(
        valid,
        valid,
        torn,
        st.binary(max_size=40),
        st.just(b"\0" * 512),
        st.just(b"\xff\xfe\x80"),
        st.just(b"\n\n"),
        st.integers(1, 3).map(lambda size: b"x" * (size * 700)),  # longer than the limit of this test
    )


@pytest.fixture(scope="module", autouse=True)
def short_lines():
    """Blocks of 64 bytes and lines of 1,000, so that every border is met often."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(journal, "_BLOCK_BYTES", 64)
        patch.setattr(journal, "MAX_LINE_BYTES", 1000)
        yield


def plainly(data: bytes) -> list[dict[str, Any]]:
    """The definition of what a journal says, without blocks, offsets and memory limits."""
    lines = data.split(b"\n")[:-1]
    found = [decode_line(line) for line in lines if len(line) <= 1000]
    return [record for record in found if record is not None]


@settings(max_examples=300)
@given(st.lists(pieces(), max_size=8), st.data())
def test_no_valid_record_is_lost_and_followers_see_what_readers_see(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes], data: st.DataObject
):
    path = tmp_path_factory.mktemp("journal") / "j"
    whole = b"".join(parts)
    expected = plainly(whole)
    follower = JournalFollower(path)
    assert follower.poll() == []  # not there yet
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=5)))
    followed = []
    for start, stop in zip([0, *cuts], [*cuts, len(whole)], strict=True):
        with path.open("ab") as file:
            file.write(whole[start:stop])
        followed += follower.poll()
    assert followed == expected
    assert list(read_journal(path)) == expected
    slowly = JournalFollower(path)
    assert [record for _ in range(len(whole) // 50 + 1) for record in slowly.poll(limit_bytes=50)] == expected
    backwards = [record for line in read_backwards(path, len(whole)) if (record := decode_line(line))]
    assert [record for record in backwards[::-1] if len(encode_record(record)) <= 1000] == [
        record for record in expected if len(encode_record(record)) <= 1000
    ]


@given(st.binary(max_size=60), st.lists(records, min_size=1, max_size=4))
def test_a_writer_ends_a_torn_line_before_it_writes(
    tmp_path_factory: pytest.TempPathFactory, torn: bytes, added: list[dict[str, Any]]
):
    path = tmp_path_factory.mktemp("journal") / "j"
    path.write_bytes(torn)
    with JournalWriter(path) as writer:
        for record in added:
            writer.append(record)
    assert list(read_journal(path))[-len(added) :] == added


def test_after_a_short_write_the_next_record_stands_on_its_own_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    class Full(fsops.Disk):
        def write(self, descriptor: int, data: bytes | memoryview) -> int:
            return super().write(descriptor, data[:7])

    with JournalWriter(tmp_path / "j") as writer:
        writer.append({"n": 1})
        with monkeypatch.context() as patch:
            patch.setattr(fsops, "disk", Full())
            with pytest.raises(fsops.DiskError, match="full"):
                writer.append({"n": 2})
        writer.append({"n": 3})
    assert list(read_journal(tmp_path / "j")) == [{"n": 1}, {"n": 3}]


def test_each_record_is_one_write(tmp_path: Path, record_disk: list[str]):
    with JournalWriter(tmp_path / "j") as writer:
        record_disk.clear()
        writer.append({"text": "x" * 500})
        writer.append({"text": "é\n" * 50})
    assert record_disk == ["write", "write"]


def steps(path: Path) -> list[tuple[str, int]]:
    return [(record["event"], record["step"]) for record in read_journal(path, effective=True)]


def test_what_a_resumption_supersedes_is_left_out(tmp_path: Path):
    with JournalWriter(tmp_path / "j") as writer:
        for step in (1, 2, 3, 4):
            writer.append({"event": "step", "step": step})
        writer.append({"event": "resumed", "step": 2, "from_step": 2})
        writer.append({"event": "step", "step": 3})
        assert steps(tmp_path / "j") == [("step", 1), ("step", 2), ("resumed", 2), ("step", 3)]
        writer.append({"event": "resumed", "step": 1, "from_step": 1})
        writer.append({"event": "step", "step": 2})
    assert steps(tmp_path / "j") == [("step", 1), ("resumed", 1), ("step", 2)]


@given(st.lists(st.tuples(st.sampled_from(["step", "resumed"]), st.integers(0, 5)), max_size=12))
def test_the_effective_records_are_those_that_replaying_keeps(
    tmp_path_factory: pytest.TempPathFactory, events: list[tuple[str, int]]
):
    path = tmp_path_factory.mktemp("journal") / "j"
    kept: list[tuple[str, int]] = []
    with JournalWriter(path) as writer:
        for event, step in events:
            extra = {"from_step": step} if event == "resumed" else {}
            writer.append({"event": event, "step": step, **extra})
            if event == "resumed":
                kept = [(kind, earlier) for kind, earlier in kept if earlier <= step]
            kept.append((event, step))
    assert steps(path) == kept


def test_a_long_line_is_not_held_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(journal, "_BLOCK_BYTES", 1 << 18)
    monkeypatch.setattr(journal, "MAX_LINE_BYTES", MAX_LINE_BYTES)
    with (tmp_path / "j").open("wb") as file:
        file.write(encode_record({"n": 1}))
        file.seek(50_000_000, 1)  # a hole of NULs: one line of 50 MB
        file.write(b"\n" + encode_record({"n": 2}))
    follower = JournalFollower(tmp_path / "j")
    assert follower.poll() == [{"n": 1}, {"n": 2}]
    follower.poll()
    assert len(follower._held) == 0
    assert [decode_line(line) for line in read_backwards(tmp_path / "j", 1 << 16)] == [{"n": 2}]


def test_a_replaced_journal_is_followed_from_its_start(tmp_path: Path):
    path = tmp_path / "j"
    path.write_bytes(encode_record({"n": 1}) * 3)
    follower = JournalFollower(path)
    assert len(follower.poll()) == 3
    fsops.write_atomic(path, encode_record({"n": 2}))
    assert follower.poll() == [{"n": 2}]


def test_a_link_or_a_pipe_is_no_journal(tmp_path: Path):
    (tmp_path / "real").write_bytes(encode_record({"n": 1}))
    (tmp_path / "link").symlink_to(tmp_path / "real")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe"):
        assert JournalFollower(tmp_path / name).poll() == []  # and does not hang
        with pytest.raises(fsops.DiskError):
            list(read_journal(tmp_path / name))
        with pytest.raises(fsops.DiskError):
            JournalWriter(tmp_path / name)


def test_a_read_that_fails_is_no_end_of_the_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "j").write_bytes(encode_record({"n": 1}) * 10)
    follower = JournalFollower(tmp_path / "j")
    really_read, reads = os.pread, []

    def failing(descriptor: int, size: int, offset: int) -> bytes:
        reads.append(offset)
        if len(reads) == 3:
            raise OSError(5, "Input/output error")
        return really_read(descriptor, size, offset)

    monkeypatch.setattr(os, "pread", failing)
    first = follower.poll()
    assert first + follower.poll() == [{"n": 1}] * 10
    assert 0 < len(first) < 10
    reads.clear()
    with pytest.raises(fsops.DiskError, match="Input/output"):
        list(read_journal(tmp_path / "j"))
