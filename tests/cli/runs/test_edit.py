"""`gptlab runs rename | tag | branch | delete`, and the bundled run, which stays as it is."""

from gptlab_tui import home as home_module
from gptlab_tui.home import Home
from gptlab_tui.runs import layout
from gptlab_tui.runs.layout import Run
from gptlab_tui.runs.lock import RunLock
from gptlab_tui.runs.manifest import valid_steps


def test_rename(gptlab, home, one):
    assert gptlab("runs", "rename", "one", "two").out == "one is now two\n"
    answer = gptlab("runs", "rename", "two", "three", "--json")
    assert answer.json == {"run": "three", "former": "two", "path": str(home.runs / "three")}
    assert gptlab("runs", "rename", "three", "a/b").status == 2
    with RunLock(Run(home.runs / "three")):
        answer = gptlab("runs", "rename", "three", "four")
    assert answer.status == 1
    assert "being trained" in answer.err


def test_tag(gptlab, one):
    assert gptlab("runs", "tag", "one").out == "no tags, no title, no note\n"
    answer = gptlab("runs", "tag", "one", "a", "b", "--note", "hm", "--json")
    assert answer.json == {"run": "one", "tags": ["a", "b"], "title": "", "note": "hm"}
    assert gptlab("runs", "tag", "one", "--remove", "a", "--title", "T").out == "b\nT\nhm\n"
    assert gptlab("runs", "show", "one", "--json").json["tags"] == ["b"]


def test_branch(gptlab, home, one):
    answer = gptlab("runs", "branch", "one", "two", "--step", 200, "--json")
    assert answer.json == {
        "run": "two",
        "parent": {"run": "one", "step": 200},
        "path": str(home.runs / "two"),
    }
    assert valid_steps(Run(home.runs / "two")) == [200]
    assert "gptlab train --resume three" in gptlab("runs", "branch", "one", "three").out
    assert gptlab("runs", "show", "three", "--json").json["parent"] == "one@300"
    answer = gptlab("runs", "branch", "one", "four", "--step", 150)
    assert answer.status == 2
    assert "100, 200, 300" in answer.err


def test_delete(gptlab, home, one, make_run):
    make_run(home, "two", steps=100)
    answer = gptlab("runs", "delete", "two", "three")
    assert answer.status == 2  # and nothing is deleted
    assert (home.runs / "two").is_dir()
    answer = gptlab("runs", "delete", "one", "two", "--json")
    assert answer.json == {
        "deleted": [{"run": name, "path": str(home.trash / name)} for name in ("one", "two")]
    }
    assert gptlab("runs", "list", "--json").json == {"runs": []}
    assert (home.trash / "one" / "run.json").is_file()


def test_restore(gptlab, home, one, make_run):
    assert "gptlab runs restore one" in gptlab("runs", "delete", "one").out
    make_run(home, "one", steps=100)
    answer = gptlab("runs", "restore", "one")
    assert answer.status == 2  # the name is taken
    assert (home.trash / "one").is_dir()
    answer = gptlab("runs", "restore", "one", "--name", "two", "--json")
    assert answer.json == {"run": "two", "path": str(home.runs / "two")}
    assert not (home.trash / "one").exists()
    assert gptlab("runs", "show", "two", "--json").json["state"] == "finished"
    gptlab("runs", "delete", "one", "two")
    answer = gptlab("runs", "restore", "three")
    assert answer.status == 2
    assert "one, two" in answer.err
    assert "among the runs again" in gptlab("runs", "restore", "two").out


def test_the_bundled_run_is_read_and_branched_but_not_changed(gptlab, home, tmp_path, monkeypatch, make_run):
    make_run(Home(tmp_path / "data"), "contos", steps=100)
    for module in (layout, home_module):
        monkeypatch.setattr(module, "data_root", lambda: tmp_path / "data")
    assert gptlab("runs", "show", "contos").status == 0
    for arguments in (
        ["rename", "contos", "x"],
        ["delete", "contos"],
        ["tag", "contos", "x"],
        ["pause", "contos"],
    ):
        answer = gptlab("runs", *arguments)
        assert answer.status == 2
        assert "branch contos" in answer.err
    assert gptlab("runs", "branch", "contos", "mine").status == 0
    assert (home.runs / "mine" / "run.json").is_file()
    assert not (tmp_path / "data" / "checkpoints" / "contos" / "lock").exists()
