"""`gptlab inspect motion` on a run whose positions become a curve, and on the bundled one."""

import stat
import xml.etree.ElementTree as ElementTree
from itertools import pairwise

import numpy as np
import pytest

from gptlab_tui.home import Home
from gptlab_tui.render import film
from tests.embedded_runs import moving_run


@pytest.fixture
def run(tmp_path):
    return moving_run(Home(tmp_path / "home"), "learned", steps=(0, 100, 200, 300))


POSITIONS = ("inspect", "motion", "--run", "learned", "--of", "positions", "--method", "pca")


@pytest.mark.parametrize("columns", [40, 80, 140])
def test_frames_table_and_curves_fit(gptlab, monkeypatch, run, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    out = gptlab(*POSITIONS, "--group", "12-14").out
    assert max(map(len, out.splitlines())) <= columns
    for step in ("step 0, PCA", "step 300, PCA"):
        assert step in out
    assert "12-14: mean cosine" in out
    assert "new near" in out
    plain = gptlab(*POSITIONS, "--ascii").out
    assert plain.isascii()


def test_the_bundled_run(gptlab):
    out = gptlab("inspect", "motion", "--run", "contos", "--method", "pca", "--group", "aeiou").out
    assert "107 vectors of 64 dimensions at 12 steps" in out
    assert "1.225" in out  # the validation loss at the last step


def test_json(gptlab, run):
    answer = gptlab(*POSITIONS, "--group", "12-14", "--json").json
    assert [row["step"] for row in answer["steps"]] == [0, 100, 200, 300]
    [group] = answer["groups"]
    assert group["names"] == ["12", "13", "14"]
    assert group["cosine"][-1] > answer["steps"][-1]["all_pairs"]
    assert answer["steps"][2]["turned"] == pytest.approx(np.mean(answer["steps"][2]["drift"]))
    assert np.shape(answer["steps"][0]["points"]) == (24, 2)
    assert answer["steps"][-1]["final_neighbours"] == 1


def test_films(gptlab, run, tmp_path, monkeypatch):
    path = tmp_path / "film.gif"
    assert gptlab(*POSITIONS, "--gif", path).out == ""
    data = path.read_bytes()
    assert data.startswith(b"GIF89a")
    assert data.count(b"\x21\xf9\x04\x04") >= 4 + 3 * film.BETWEEN
    assert "is there already" in gptlab(*POSITIONS, "--gif", path).err
    monkeypatch.setenv("PATH", str(tmp_path))
    answer = gptlab(*POSITIONS, "--mp4", tmp_path / "film.mp4")
    assert answer.status == 2
    assert "no ffmpeg" in answer.err


def test_video_goes_through_ffmpeg(gptlab, run, tmp_path, monkeypatch):
    """A program of that name takes every picture whole, and what it says on failing is told."""
    fake = tmp_path / "ffmpeg"
    writes = 'for place; do :; done\necho video > "${place#file:}"\n'
    fake.write_text(f'#!/bin/sh\necho "$@" > "$0.said"\n/usr/bin/wc -c > "$0.bytes"\n{writes}')
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert gptlab(*POSITIONS, "--mp4", tmp_path / "film.mp4").err == ""
    said = (tmp_path / "ffmpeg.said").read_text()
    assert f"file:{tmp_path}/.film.mp4." in said
    assert (tmp_path / "film.mp4").read_text() == "video\n"
    size = said.split("-s ")[1].split()[0]
    width, height = map(int, size.split("x"))
    taken = int((tmp_path / "ffmpeg.bytes").read_text())
    assert taken % (width * height * 3) == 0
    assert taken // (width * height * 3) > 4 + 3 * film.BETWEEN
    fake.write_text(f"#!/bin/sh\necho warning >&2\necho 'disk is full' >&2\n{writes}exit 3\n")
    answer = gptlab(*POSITIONS, "--mp4", tmp_path / "half.mp4")
    assert answer.status == 1
    assert "ffmpeg could not write" in answer.err
    assert "disk is full" in answer.err
    assert list(tmp_path.glob("*half.mp4*")) == []


def test_svg_has_every_step(gptlab, run, tmp_path):
    path = tmp_path / "motion.svg"
    assert gptlab(*POSITIONS, "--group", "12-14", "--svg", path).out == ""
    told = "".join(ElementTree.parse(path).getroot().itertext())
    assert all(f"step {step}, PCA" in told for step in (0, 100, 200, 300))


def test_a_picture_of_many_steps_has_some_frames_and_the_curves_of_all(gptlab, tmp_path):
    home = Home(tmp_path / "home")
    moving_run(home, "long", steps=tuple(range(0, 2001, 100)))
    path = tmp_path / "motion.svg"
    asked = ("inspect", "motion", "--run", "long", "--of", "positions", "--method", "pca", "--group", "12-14")
    assert gptlab(*asked, "--svg", path).out == ""
    told = list(ElementTree.parse(path).getroot().itertext())
    frames = [int(line[5:-5].replace(",", "")) for line in told if line.endswith(", PCA")]
    assert len(frames) == 12
    assert (frames[0], frames[-1]) == (0, 2000)
    assert max(later - sooner for sooner, later in pairwise(frames)) <= 200
    assert any("at 21 steps; shown are 12" in line for line in told)
    for name, cells in (("turned", 20), ("new near", 20), ("final near", 21), ("12-14", 21)):
        [row] = [line for line in told if line.startswith(name) and set(line) & set("▁█")]
        assert sum(sign in "▁▂▃▄▅▆▇█" for sign in row) == cells


def test_without_ffmpeg_the_other_files_are_written(gptlab, run, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    files = {name: tmp_path / f"motion.{name}" for name in ("svg", "png", "gif", "mp4")}
    answer = gptlab(*POSITIONS, *(word for name, path in files.items() for word in (f"--{name}", path)))
    assert answer.status == 2
    assert "no ffmpeg" in answer.err
    assert [name for name, path in files.items() if path.exists()] == ["svg", "png", "gif"]


def test_what_cannot_be_is_said(gptlab, run):
    assert (
        "has no position embedding" in gptlab("inspect", "motion", "--run", "contos", "--of", "positions").err
    )
    answer = gptlab(*POSITIONS, "--step", "0")
    assert answer.status == 2
    assert "one step only" in answer.err


def test_a_snapshot_that_cannot_be_read_is_left_out(gptlab, run):
    run.snapshot(100).write_bytes(b"no weights")
    for words in (["motion", "--method", "pca"], ["weights"], ["weights", "wte.weight"]):
        answer = gptlab("inspect", *words, "--run", run.name)
        assert (answer.status, "Step 100 is left out. " in answer.err) == (0, True)
    answer = gptlab("inspect", "embeddings", "--run", run.name, "--step", 100)
    assert answer.status == 2
    assert "Take another step" in answer.err
