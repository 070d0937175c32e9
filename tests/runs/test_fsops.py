"""Files are replaced whole or not at all, in the order that survives a cut of power."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gptlab_tui.runs import fsops


def test_a_file_is_synced_before_its_rename_and_its_folder_after(tmp_path: Path, record_disk: list[str]):
    fsops.write_atomic(tmp_path / "f", b"new")
    assert record_disk == ["open", "write", "fsync", "rename", "fsync"]
    assert (tmp_path / "f").read_bytes() == b"new"


def test_a_cache_is_renamed_but_not_synced(tmp_path: Path, record_disk: list[str]):
    fsops.write_atomic(tmp_path / "f", b"new", durable=False)
    assert record_disk == ["open", "write", "rename"]


def test_every_failure_leaves_the_old_or_the_new_and_nothing_else(
    tmp_path: Path, fail_everywhere: Callable[..., int]
):
    path = tmp_path / "f"
    path.write_bytes(b"old")

    def check(done: bool) -> None:
        assert path.read_bytes() in ((b"new",) if done else (b"old", b"new"))
        assert list(tmp_path.iterdir()) == [path]
        path.write_bytes(b"old")

    assert fail_everywhere(lambda: fsops.write_atomic(path, b"new"), check) == 5


def test_a_short_write_is_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    class Slow(fsops.Disk):
        def write(self, descriptor: int, data: bytes | memoryview) -> int:
            return super().write(descriptor, data[:3])

    monkeypatch.setattr(fsops, "disk", Slow())
    fsops.write_atomic(tmp_path / "f", b"0123456789")
    assert (tmp_path / "f").read_bytes() == b"0123456789"


@pytest.mark.parametrize(
    ("number", "said"), [(errno.ENOSPC, "full"), (errno.EDQUOT, "full"), (errno.EACCES, "Permission denied")]
)
def test_a_refusal_is_one_sentence_and_a_hint(tmp_path: Path, number: int, said: str):
    with pytest.raises(fsops.DiskError, match=said) as caught, fsops.explained(tmp_path):
        raise OSError(number, os.strerror(number))
    assert caught.value.hint
    assert caught.value.errno == number
    assert caught.value.exit_code == 1


def test_a_folder_that_cannot_be_synced_is_no_failure_but_a_broken_drive_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    class Refusing(fsops.Disk):
        number = errno.EINVAL

        def fsync(self, descriptor: int) -> None:
            raise OSError(self.number, os.strerror(self.number))

    monkeypatch.setattr(fsops, "disk", Refusing())
    fsops.fsync_dir(tmp_path)
    monkeypatch.setattr(Refusing, "number", errno.EIO)
    with pytest.raises(fsops.DiskError):
        fsops.fsync_dir(tmp_path)


def test_removing_a_tree_does_not_follow_links(tmp_path: Path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "precious").write_text("x")
    (tmp_path / "tree" / "inner").mkdir(parents=True)
    (tmp_path / "tree" / "inner" / "link").symlink_to(tmp_path / "outside")
    (tmp_path / "tree" / "dangling").symlink_to("nowhere")
    (tmp_path / "root").symlink_to(tmp_path / "outside")
    fsops.remove_tree(tmp_path / "tree")
    fsops.remove_tree(tmp_path / "root")
    fsops.remove_tree(tmp_path / "never was")
    assert list(tmp_path.iterdir()) == [tmp_path / "outside"]
    assert (tmp_path / "outside" / "precious").exists()


def test_only_regular_files_up_to_a_size_are_read(tmp_path: Path):
    (tmp_path / "f").write_bytes(b"x" * 11)
    (tmp_path / "link").symlink_to("f")
    os.mkfifo(tmp_path / "pipe")
    assert fsops.read_bytes(tmp_path / "f", 11) == b"x" * 11
    for name, limit in (("f", 10), ("link", 99), ("pipe", 99), (".", 99)):
        with pytest.raises(OSError):
            fsops.read_bytes(tmp_path / name, limit)


@pytest.mark.parametrize(
    "text", [b"NaN", b"[Infinity]", b"\xff", b"[" * 100_000, b"9" * 10_000, b"", b"[" * 65 + b"]" * 65]
)
def test_json_is_strict_and_fails_in_one_way(text: bytes):
    with pytest.raises(ValueError):
        fsops.parse_json(text)


def test_half_a_surrogate_pair_survives_json():
    assert fsops.parse_json(fsops.dump_json({"é": "\ud800"})) == {"é": "\ud800"}


def test_folders_are_made_with_their_parents_and_a_file_in_the_way_is_said(tmp_path: Path):
    fsops.make_dir(tmp_path / "a" / "b")
    fsops.make_dir(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    (tmp_path / "file").write_text("")
    with pytest.raises(fsops.DiskError, match="file"):
        fsops.make_dir(tmp_path / "file" / "below")
