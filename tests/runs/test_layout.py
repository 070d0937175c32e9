"""Runs come to be whole, under names that lead nowhere else."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gptlab_tui.errors import GPTLabError
from gptlab_tui.home import Home
from gptlab_tui.runs import fsops, layout
from gptlab_tui.runs.layout import BrokenRunError, Run, check_name, create_run, find_run, run_paths

Request = Callable[..., dict[str, Any]]


@given(st.text(max_size=80) | st.sampled_from(["..", ".", "a/b", "/etc", "a\0", "a\n", "é", "x" * 65, ""]))
def test_a_name_is_one_plain_component_or_refused(name: str):
    accepted = True
    try:
        check_name(name)
    except GPTLabError:
        accepted = False
    if accepted:
        assert Path("/home", name).resolve().parent == Path("/home")
        assert 1 <= len(name) <= 64
        assert name.isascii()
        assert name[0] != "."


def test_a_new_run_has_its_request_and_tokenizer(home: Home, make_request: Request):
    run = create_run(home, "one", make_request(), {"kind": "char"})
    assert run.path == home.runs / "one"
    assert run.home == home
    assert run.read_request() == make_request()
    assert run.read_tokenizer() == {"kind": "char"}
    assert run.read_meta() == {"title": "", "tags": [], "note": ""}
    assert find_run(home, "one") == run
    with pytest.raises(GPTLabError, match="already") as caught:
        create_run(home, "one", make_request(), {})
    assert "one" in caught.value.hint
    assert list(home.runs.iterdir()) == [run.path]


def test_runs_without_a_name_are_numbered(home: Home, make_request: Request):
    names = [create_run(home, None, make_request(), {}).name for _ in range(3)]
    assert names == ["contos-cpu200k-1", "contos-cpu200k-2", "contos-cpu200k-3"]
    create_run(home, "contos-cpu200k-41", make_request(), {})
    assert create_run(home, None, make_request(), {}).name == "contos-cpu200k-42"
    odd = make_request() | {"corpus": {"name": "../Ünï côde\n" + "x" * 90}}
    assert create_run(home, None, odd, {}).name.startswith("n-c-de-xxx")
    assert create_run(home, None, {"config": {}}, {}).name == "run-1"


def test_a_run_is_there_whole_or_not_at_all(
    home: Home,
    make_request: Request,
    kill_everywhere: Callable[..., int],
    fail_everywhere: Callable[..., int],
):
    def work() -> None:
        create_run(home, "new", make_request(), {"kind": "char"})

    def check(done: bool) -> None:
        names = [path.name for path in run_paths(home)]
        assert names in ([["new"]] if done else [[], ["new"]])
        for path in run_paths(home):
            Run(path).read_request()
            Run(path).read_tokenizer()
        fsops.remove_tree(home.root)

    assert kill_everywhere(work, check) > 10

    def check_without_rest(done: bool) -> None:
        assert not list(home.runs.glob(".*"))
        check(done)

    assert fail_everywhere(work, check_without_rest) > 10


@pytest.mark.system
def test_racing_creators_get_different_runs(home: Home, make_request: Request):
    children = []
    for seed in range(4):
        if not (process := os.fork()):
            for _ in range(5):
                create_run(home, None, make_request() | {"seed": seed}, {})
            os._exit(0)
        children.append(process)
    assert [os.waitpid(process, 0)[1] for process in children] == [0] * 4
    assert len(run_paths(home)) == 20
    seeds = sorted(Run(path).read_request()["seed"] for path in run_paths(home))
    assert seeds == [seed for seed in range(4) for _ in range(5)]


def test_what_dead_makers_left_is_removed_after_a_day(home: Home, make_request: Request):
    for name, age_s in ((".new-old", 90_000), (".new-now", 0)):
        (home.runs / name / "step-00000001").mkdir(parents=True)
        os.utime(home.runs / name, (time.time() - age_s,) * 2)
    create_run(home, "one", make_request(), {})
    assert sorted(path.name for path in home.runs.iterdir()) == [".new-now", "one"]


def test_what_is_missing_is_said_with_the_nearest_name(home: Home, run: Run):
    with pytest.raises(GPTLabError, match="no run called onee") as caught:
        find_run(home, "onee")
    assert "one" in caught.value.hint


def test_the_bundled_run_is_found_for_reading(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "data" / "checkpoints" / "contos").mkdir(parents=True)
    monkeypatch.setattr(layout, "data_root", lambda: tmp_path / "data")
    assert find_run(home, "contos").path == tmp_path / "data" / "checkpoints" / "contos"
    with pytest.raises(GPTLabError):
        find_run(home, "contos", bundled=False)
    (home.runs / "contos").mkdir(parents=True)
    assert find_run(home, "contos").home == home


def test_a_link_is_not_a_run(home: Home, run: Run, tmp_path: Path):
    (home.runs / "away").symlink_to(run.path)
    with pytest.raises(BrokenRunError, match="link"):
        find_run(home, "away")
    (home.runs / "dangling").symlink_to(tmp_path / "nowhere")
    with pytest.raises(GPTLabError, match="already"):
        create_run(home, "dangling", {"config": {}}, {})
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "missing"),
        (b"", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b"[]", "not a JSON object"),
        (b"{}", "no configuration"),
        (b'{"config": NaN}', "not valid JSON"),
    ],
)
def test_a_broken_request_is_a_sentence(run: Run, content: bytes | None, said: str):
    run.run_json.unlink()
    if content is not None:
        run.run_json.write_bytes(content)
    with pytest.raises(BrokenRunError, match=said):
        run.read_request()


def test_hostile_files_are_refused(run: Run, tmp_path: Path):
    (tmp_path / "secret").write_text(json.dumps({"config": {}, "tags": ["a"]}))
    for path, read in ((run.run_json, run.read_request), (run.meta_json, run.read_meta)):
        path.unlink(missing_ok=True)
        path.symlink_to(tmp_path / "secret")
        with pytest.raises(BrokenRunError, match="link"):
            read()
    run.tokenizer_json.unlink()
    os.mkfifo(run.tokenizer_json)
    with pytest.raises(BrokenRunError, match="regular"):
        run.read_tokenizer()
    run.meta_json.unlink()
    run.meta_json.write_text('{"tags": "abc"}')
    with pytest.raises(BrokenRunError, match="tags"):
        run.read_meta()
