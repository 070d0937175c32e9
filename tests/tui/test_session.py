"""A whole sitting at a terminal, by keys alone: from an empty home to a trained model and its words."""

import json
import os
from pathlib import Path

import pytest

from gptlab_tui.runs.layout import Run
from gptlab_tui.runs.summary import summarise

pytestmark = pytest.mark.system

PRESET = """
about = "A minute's worth of nothing"
[model]
block_size = 32
n_layer = 1
n_head = 2
n_embd = 32
[train]
batch_size = 8
max_iters = 120
eval_interval = 40
warmup_iters = 5
threads = 1
"""


def test_from_an_empty_home_to_a_trained_model_and_its_words(session, home, tmp_path):
    home.presets.mkdir(parents=True)
    (home.presets / "aaa.toml").write_text(PRESET, "utf-8")
    bench = session("tui", columns=120, rows=40, SSH_CONNECTION="here")
    bench.shows("[3 Generate]")

    bench.press("1")  # the text, its characters
    bench.shows("[1 Corpus]")
    bench.shows("contos")

    bench.press("2")  # a training of one's own
    bench.shows("[2 Train]")
    bench.press("n")
    bench.shows("New training")
    bench.shows("cpu200k")
    bench.press("\r")  # the list of presets
    bench.shows("aaa")
    bench.press("\x1b[H\r")  # the first of them
    bench.shows("A minute's worth of nothing")
    bench.press("\t\tminha")  # past the corpus to the name
    bench.shows("minha")
    bench.shows("parameters")
    bench.press("\x1b[15~")  # F5
    bench.shows("finished", 120)

    bench.press("3")  # writes with it
    bench.shows("[3 Generate]")
    bench.press("o")
    bench.shows("Which model")
    bench.shows("minha")
    bench.press("\x1b[H\r")
    bench.shows("minha step 120")
    bench.press("\r")
    bench.shows("done")
    bench.press("w")
    bench.shows("Saved")
    bench.press("q")
    assert bench.ended() == 0

    folder = os.environ.get("GPTLAB_RECORDINGS")
    recording = Path(folder or tmp_path) / "session.cast"
    bench.record(recording)
    header, *events = [json.loads(line) for line in recording.read_text("utf-8").splitlines()]
    assert (header["width"], header["height"]) == (120, 40)
    assert events == sorted(events, key=lambda event: event[0])
    summary = summarise(Run(home.runs / "minha"))
    assert (summary.state, summary.step) == ("finished", 120)
