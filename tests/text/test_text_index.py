"""Longest matches against a search by `in`, in one part and in many; the file; stopping."""

import random
import subprocess
import sys

import numpy as np
import pytest

from gptlab_tui.config import CorpusConfig
from gptlab_tui.errors import GPTLabError, JobFailed
from gptlab_tui.text import text_index
from gptlab_tui.text.corpus import open_corpus
from gptlab_tui.text.longest_match import longest_matches
from gptlab_tui.text.run_text import index_of_run
from gptlab_tui.text.suffix_order import REACH
from gptlab_tui.text.text_index import find_text_index


def corpus_of(home, tmp_path, text):
    path = tmp_path / "text.txt"
    path.write_bytes(text.encode())
    return open_corpus(CorpusConfig(name=(str(path),)), home)


def slow_match(train, text, start):
    """The longest run from there on that stands in the training text, by trying."""
    length = 0
    while start + length < len(text) and text[start : start + length + 1] in train:
        length += 1
    return length


@pytest.mark.parametrize("part_bytes", [8 << 20, 1000, 37])
def test_longest_matches(home, tmp_path, monkeypatch, part_bytes):
    monkeypatch.setattr(text_index, "PART_BYTES", part_bytes)
    draw = random.Random(part_bytes)
    corpus = corpus_of(home, tmp_path, "".join(draw.choices("aáb –\n", k=3000)))
    index = text_index.text_index(corpus, home)
    train = corpus.read(0, corpus.val_start)
    text = "".join(draw.choices("aáb –\nz—", k=200)) + train[100:180] + train[-30:] + "ab"
    lengths, places = longest_matches(index, text)
    assert len(lengths) == len(text)
    for start, (length, place) in enumerate(zip(lengths, places, strict=True)):
        assert length == slow_match(train, text, start)
        run = text[start : start + length].encode()
        assert train.encode()[place : place + len(run)] == run
    assert index.held_out == corpus.read(corpus.val_start)


def test_the_index_of_a_run_outlives_its_text(home, tmp_path):
    corpus = corpus_of(home, tmp_path, "o rato roeu a roupa do rei")
    path = tmp_path / "text.txt"
    known = {"digest": corpus.digest, "val_start": corpus.val_start, "name": "t", "paths": [str(path)]}
    request = {"config": {"corpus": {"name": [str(path)]}}, "corpus": known}
    assert index_of_run(request, home, stopped=lambda: True) is None
    told = []
    made = index_of_run(request, home, lambda done, total: told.append((done, total)))
    assert made.read(0, 99) == corpus.read(0, corpus.val_start)
    assert told[-1] == (made.size_bytes, made.size_bytes)
    path.unlink()
    found = index_of_run(request, home)
    assert found.path == made.path
    found.path.unlink()
    with pytest.raises(GPTLabError, match="not to be found"):
        index_of_run(request, home)


def test_a_copy_longer_than_the_reach(home, tmp_path):
    draw = random.Random(1)
    corpus = corpus_of(home, tmp_path, "".join(draw.choices("abc", k=3 * REACH)))
    index = text_index.text_index(corpus, home)
    lengths, _ = longest_matches(index, corpus.read(50, 50 + 2 * REACH))
    assert set(lengths[:REACH]) == {REACH}
    assert lengths[-5:].tolist() == [5, 4, 3, 2, 1]


def test_lines_and_what_stands_there(home, tmp_path):
    corpus = corpus_of(home, tmp_path, "um\ndois é\ntrês\n" * 10)
    index = text_index.text_index(corpus, home)
    assert [index.line_of(place) for place in (0, 2, 3, 10, 11, 17)] == [1, 1, 2, 2, 3, 4]
    assert index.read(-5, 5) == "um\ndo"
    assert index.read(3, 9) == "dois "  # half of é is nothing


def test_the_file_is_made_once_and_proves_itself(home, tmp_path, monkeypatch):
    corpus = corpus_of(home, tmp_path, "uma linha\n" * 50)
    told = []
    made = text_index.text_index(corpus, home, lambda done, whole: told.append((done, whole)))
    assert told[0] == (0, 450)
    assert told[-1] == (450, 450)
    monkeypatch.setattr(text_index, "_write", None)
    again = text_index.text_index(corpus, home)
    np.testing.assert_array_equal(again.parts[0], made.parts[0])
    assert find_text_index(corpus.digest, corpus.val_start + 1, home) is None
    made.path.write_bytes(made.path.read_bytes()[:-4])
    assert find_text_index(corpus.digest, corpus.val_start, home) is None


@pytest.mark.parametrize("block_bytes", [128, 1 << 20])
@pytest.mark.parametrize("place", [text_index.HEADER_BYTES, text_index.HEADER_BYTES + 900, -1])
def test_a_damaged_file_is_made_again(home, tmp_path, monkeypatch, block_bytes, place):
    monkeypatch.setattr(text_index, "_BLOCK_BYTES", block_bytes)
    corpus = corpus_of(home, tmp_path, "uma linha\n" * 50)
    made = text_index.text_index(corpus, home)
    whole = made.path.read_bytes()
    data = bytearray(whole)
    data[place] ^= 1
    made.path.write_bytes(data)
    assert find_text_index(corpus.digest, corpus.val_start, home) is None
    assert text_index.text_index(corpus, home).path.read_bytes() == whole


def test_a_folder_in_its_place(home, tmp_path):
    corpus = corpus_of(home, tmp_path, "uma linha\n" * 50)
    path = text_index.text_index(corpus, home).path
    path.unlink()
    path.mkdir()
    with pytest.raises(JobFailed) as error:
        text_index.text_index(corpus, home)
    assert error.value.hint == "A folder stands in its place: remove it."


def test_it_can_be_stopped_and_leaves_nothing(home, tmp_path):
    corpus = corpus_of(home, tmp_path, "uma linha\n" * 50)
    assert text_index.text_index(corpus, home, stopped=lambda: True) is None
    assert list(home.cache.rglob("*.bin*")) == []
    index = text_index.text_index(corpus, home)
    assert longest_matches(index, "uma", lambda: True) is None


SCRIPT = """
import resource, sys
from pathlib import Path
from gptlab_tui.config import CorpusConfig
from gptlab_tui.errors import GPTLabError, JobFailed
from gptlab_tui.home import Home
from gptlab_tui.text import text_index
from gptlab_tui.text.corpus import open_corpus
from gptlab_tui.text.longest_match import longest_matches

text_index.PART_BYTES = 1 << 20
folder = Path(sys.argv[1])
corpus = open_corpus(CorpusConfig(name=(str(folder / "text.txt"),)), Home(folder))
assert longest_matches(text_index.text_index(corpus, Home(folder)), corpus.read(5, 50))[0][0] == 45
if sys.platform == "darwin":
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20))
else:  # pages of a mapped file are the system's to take back
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    print((int(status["VmHWM"].split()[0]) - int(status["RssFile"].split()[0])) / (1 << 10))
"""


def test_memory_does_not_grow_with_the_text(tmp_path):
    peaks = []
    for megabytes in (2, 8):
        folder = tmp_path / str(megabytes)
        folder.mkdir()
        draw = random.Random(3)
        words = ["".join(draw.choices("abcdefghij", k=6)) for _ in range(2000)]
        text = " ".join(draw.choices(words, k=megabytes * 1_000_000 // 7))
        (folder / "text.txt").write_text(text, "utf-8")
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(folder)], capture_output=True, text=True, check=True
        )
        peaks.append(float(done.stdout))
    assert peaks[1] < peaks[0] + 24  # sorted at once, six megabytes more would take 240
