"""Looking into a run whose text is gone: what needs it says so, the rest works."""

import json
import shutil

import pytest

from gptlab_tui.home import data_root


@pytest.fixture
def gone(tmp_path):
    """A run whose text is nowhere, in the home that `gptlab` uses."""
    place = tmp_path / "home" / "checkpoints" / "gone"
    shutil.copytree(data_root() / "checkpoints" / "contos", place)
    request = json.loads((place / "run.json").read_text("utf-8"))
    request["corpus"] |= {"name": "lost", "digest": "0" * 64}
    (place / "run.json").write_text(json.dumps(request), "utf-8")
    return "gone"


@pytest.mark.parametrize(
    "verb", [["memory", "A figura"], ["heads"], ["weights", "wte.weight", "--gradients"]], ids=str
)
def test_what_needs_the_text_says_how_to_get_it(gptlab, gone, verb):
    answer = gptlab("inspect", *verb, "--run", gone)
    assert (answer.status, answer.out) == (2, "")
    assert "The text of this run, lost, is not to be found any more." in answer.err
    assert "gptlab corpus" in answer.err


def test_the_rest_works(gptlab, gone):
    assert gptlab("inspect", "heads", "A figura", "--run", gone, "--no-loss").status == 0
    assert gptlab("inspect", "weights", "wte.weight", "--run", gone).status == 0
    answer = gptlab("inspect", "weights", "--run", gone, "--json")
    assert answer.json["units"] == []
    assert "Units are not counted." in answer.err


@pytest.mark.parametrize(
    ("name", "bring"),
    [("machado-contos", "gptlab corpus fetch machado-contos`"), ("mine", "gptlab corpus add`")],
)
def test_the_name_that_brings_it_is_told_wherever_it_is_missed(gptlab, gone, home, name, bring):
    path = home.runs / gone / "run.json"
    request = json.loads(path.read_text("utf-8"))
    request["config"]["corpus"]["name"] = [name]
    request["corpus"]["name"] = name
    path.write_text(json.dumps(request), "utf-8")
    assert f"or bring it with `{bring}." in gptlab("inspect", "memory", "A", "--run", gone).err
    [line] = [line for line in gptlab("runs", "show", gone).out.splitlines() if line.startswith("beats")]
    assert "not known." in line
    assert bring in line
