"""Files of a verb: whole, or not there, whatever ends the work."""

import errno

import pytest

from gptlab_tui.cli.new_files import differ, new_file, new_path
from gptlab_tui.errors import GPTLabError, JobFailed


@pytest.mark.parametrize("binary", [False, True])
def test_a_file_is_there_once_it_is_whole(tmp_path, binary):
    path = tmp_path / "a.svg"
    with new_file(path, binary=binary) as file:
        file.write(b"whole" if binary else "whole")
        assert not path.exists()
    assert path.read_bytes() == b"whole"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("raised", "seen"),
    [
        (KeyboardInterrupt(), KeyboardInterrupt),
        (SystemExit(143), SystemExit),
        (OSError(errno.ENOSPC, "No space left on device"), JobFailed),
    ],
)
def test_no_half_of_a_file_stands_in_the_way(tmp_path, raised, seen):
    path = tmp_path / "a.gif"

    def write():
        with new_file(path, binary=True) as file:
            file.write(b"half")
            raise raised

    with pytest.raises(seen):
        write()
    assert list(tmp_path.iterdir()) == []


def test_what_somebody_else_wrote_meanwhile_stays(tmp_path):
    path = tmp_path / "a.svg"

    def write():
        with new_file(path) as file:
            path.write_text("theirs")
            file.write("mine")

    with pytest.raises(GPTLabError, match="is there already"):
        write()
    assert path.read_text() == "theirs"
    assert list(tmp_path.iterdir()) == [path]


def test_names_that_no_file_can_have_are_refused_before_the_work(tmp_path):
    with pytest.raises(GPTLabError, match="No file can be called"):
        new_path(tmp_path / ("x" * 300))
    link = tmp_path / "link.svg"
    link.symlink_to(tmp_path / "nowhere")
    with pytest.raises(GPTLabError, match="is there already"):
        new_path(link)


def test_one_file_under_two_names_is_refused(tmp_path):
    (tmp_path / "folder").mkdir()
    one, same = tmp_path / "a.svg", tmp_path / "folder" / ".." / "a.svg"
    with pytest.raises(GPTLabError, match="--svg and --png both name"):
        differ(svg=one, png=same)
    differ(svg=one, png=tmp_path / "a.png", gif=None, mp4=None)
