"""Every run is listed, broken ones with their reason, and few files are opened for it."""

import json
import os
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gptlab_tui.home import Home
from gptlab_tui.runs import fsops, journal, listing, summary
from gptlab_tui.runs.journal import encode_record, read_journal
from gptlab_tui.runs.layout import Run, create_run
from gptlab_tui.runs.listing import list_runs, summarise
from gptlab_tui.runs.lock import RunLock
from gptlab_tui.runs.manifest import commit_step

Events = Callable[..., list[dict[str, Any]]]
JournalOf = Callable[..., None]
ENDED = {"event": "ended", "step": 500, "reason": "finished", "message": ""}


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that are opened, and `line` for each line of a journal that is parsed."""
    seen: list[str] = []
    really_open, really_parse = fsops.Disk.open, fsops.parse_json

    def opening(self: fsops.Disk, path: Path, flags: int) -> int:
        seen.append(path.name)
        return really_open(self, path, flags)

    def parsing(data: bytes) -> Any:
        seen.append("parsed")
        return really_parse(data)

    monkeypatch.setattr(fsops.Disk, "open", opening)
    monkeypatch.setattr(fsops, "parse_json", parsing)
    return seen


def test_a_finished_run(run: Run, journal_of: JournalOf, training: Events):
    journal_of(run, *training(500), ENDED)
    commit_step(run, 500, lambda folder: (folder / "m").write_bytes(b"x" * 1000) and None)
    found = summarise(run)
    assert (found.state, found.step, found.max_iters, found.alive) == ("finished", 500, 500, False)
    assert found.val_loss == found.best_val_loss == pytest.approx(1.6)
    assert found.val_bits_per_byte == found.best_bits_per_byte == pytest.approx(1.6 * 1.4)
    assert (found.best_step, found.parameters, found.vocab_size) == (500, 207_424, 107)
    assert (found.preset, found.corpus, found.tags, found.parent) == ("cpu200k", "contos", (), "")
    assert found.size_bytes == sum(path.stat().st_size for path in run.path.rglob("*") if path.is_file())
    assert found.created.startswith("2026-11-20T12:00")
    assert found.updated > found.created


def test_states(run: Run, journal_of: JournalOf, training: Events):
    assert summarise(run).state == "new"
    with RunLock(run):
        assert summarise(run).state == "running"
        journal_of(run, *training(100))
        assert summarise(run).state == "running"
        for command, state in (("pause", "paused"), ("save", "paused"), ("resume", "running")):
            journal_of(run, {"event": "controlled", "step": 100, "command": command, "outcome": "applied"})
            assert summarise(run).state == state
        journal_of(run, {"event": "controlled", "step": 100, "command": "pause", "outcome": "dropped"})
        assert summarise(run).state == "running"
        journal_of(run, {"event": "controlled", "step": 100, "command": "pause", "outcome": "applied"})
        assert summarise(run).alive
    assert summarise(run).state == "interrupted"  # died while paused
    with RunLock(run):
        journal_of(run, {"event": "resumed", "step": 100, "from_step": 100})
        assert summarise(run).state == "running"
    for reason in ("stopped", "early_stopping", "not_finite", "failed"):
        journal_of(run, {"event": "ended", "step": 100, "reason": reason, "message": f"because {reason}"})
        assert (summarise(run).state, summarise(run).reason) == (reason, f"because {reason}")
    journal_of(run, {"event": "ended", "step": 100, "reason": "running"})
    assert summarise(run).state == "interrupted"


def test_max_iters_is_the_one_in_force(run: Run, journal_of: JournalOf, training: Events):
    journal_of(run, *training(500))
    change = {"event": "controlled", "step": 500, "command": "set", "key": "max_iters"}
    journal_of(run, change | {"value": 900, "outcome": "applied"})
    journal_of(run, change | {"value": 5, "outcome": "refused"}, *[{"event": "sampled", "step": 500}] * 5)
    assert summarise(run).max_iters == 900


def test_superseded_evaluations_do_not_count(run: Run, journal_of: JournalOf, training: Events):
    journal_of(run, *training(500), ENDED, {"event": "resumed", "step": 200, "from_step": 200})
    found = summarise(run)
    assert (found.state, found.step, found.best_step) == ("interrupted", 200, 200)
    assert found.val_loss == pytest.approx(2.1)


events = st.lists(
    st.one_of(
        st.tuples(st.just("step"), st.integers(0, 6), st.booleans()),
        st.tuples(st.just("evaluated"), st.integers(0, 6), st.booleans()),
        st.tuples(st.just("resumed"), st.integers(0, 6), st.booleans()),
    ),
    max_size=12,
)


@given(events, st.integers(1, 400))
def test_from_behind_a_journal_says_what_it_says_from_the_front(
    tmp_path_factory: pytest.TempPathFactory, make_request: Any, told: list[tuple[str, int, bool]], tail: int
):
    run = create_run(Home(tmp_path_factory.mktemp("home")), "one", make_request(), {})
    lines = []
    for number, (event, step, best) in enumerate(told):
        record: dict[str, Any] = {"event": event, "step": step}
        if event == "evaluated":
            record |= {"val_loss": float(number), "val_bits_per_byte": 2.0 * number, "best": best}
        if event == "resumed":
            record["from_step"] = step
        lines.append(encode_record(record))
    run.journal.write_bytes(b"".join(lines))
    holds = list(read_journal(run.journal, effective=True))
    evaluations = [record for record in holds if record["event"] == "evaluated"]
    while evaluations and evaluations[-1]["step"] == 0 < holds[-1]["step"]:
        evaluations.pop()  # of the untrained model, and none since
    best_ones = [record for record in evaluations if record["best"]]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(summary, "_TAIL_BYTES", tail)
        patch.setattr(journal, "_BLOCK_BYTES", 64)
        found = summarise(run)
    assert found.step == (holds[-1]["step"] if holds else 0)
    assert found.val_loss == (evaluations[-1]["val_loss"] if evaluations else None)
    assert found.best_step == (best_ones[-1]["step"] if best_ones else None)
    assert found.best_bits_per_byte == (best_ones[-1]["val_bits_per_byte"] if best_ones else None)


def make_500(home: Home, make_request: Any, training: Events) -> None:
    lines = b"".join(map(encode_record, [*training(1000), ENDED | {"step": 1000}]))
    for number in range(500):
        run = create_run(home, f"run-{number}", make_request(), {})
        run.journal.write_bytes(lines)


def test_500_runs_open_few_files_and_parse_few_lines(
    home: Home, make_request: Any, training: Events, opened: list[str]
):
    make_500(home, make_request, training)
    opened.clear()
    assert len(list_runs(home)) == 500
    assert opened.count("run.json") == opened.count("journal.jsonl") == 500
    assert opened.count("parsed") == 500 * 4  # request, `ended`, last evaluation, `started`; of 112 lines
    opened.clear()
    first = list_runs(home)
    assert set(opened) <= {"runs.jsonl", "lock", "parsed"}
    assert opened.count("runs.jsonl") == 1
    assert opened.count("lock") == opened.count("parsed") == 500
    assert {found.state for found in first} == {"finished"}
    # One goes on: it alone is read again.
    with (home.runs / "run-7" / "journal.jsonl").open("ab") as file:
        file.write(encode_record({"event": "resumed", "step": 500, "from_step": 500, "time": 4e9}))
    opened.clear()
    second = list_runs(home)
    assert opened.count("run.json") == opened.count("journal.jsonl") == 1
    assert (second[0].name, second[0].step, second[0].best_step) == ("run-7", 500, 500)


def test_of_a_million_lines_the_end_is_read(run: Run, opened: list[str], monkeypatch: pytest.MonkeyPatch):
    evaluated = {"event": "evaluated", "val_loss": 2.0, "val_bits_per_byte": 3.0, "best": True}
    lines = encode_record(evaluated | {"step": 5}) + 3000 * encode_record({"event": "step", "step": 6})
    read: list[int] = []
    really_read = journal.read_backwards

    def counting(path: Path, limit_bytes: int) -> Any:
        for line in really_read(path, limit_bytes):
            read.append(len(line))
            yield line

    monkeypatch.setattr(summary, "read_backwards", counting)
    with run.journal.open("wb") as file:
        for _ in range(333):
            file.write(lines)
    opened.clear()
    found = summarise(run)
    assert (found.step, found.val_loss, found.best_step) == (6, 2.0, 5)
    assert sum(read) < (2 << 20) < run.journal.stat().st_size / 10
    assert opened.count("parsed") < 40  # run.json, the last record, the evaluations within reach


def test_the_best_is_found_further_back_than_the_tail(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(summary, "_TAIL_BYTES", 1000)
    evaluated = {"event": "evaluated", "step": 1, "val_loss": 2.0, "val_bits_per_byte": 3.0}
    worse = encode_record(evaluated | {"val_loss": 2.5, "best": False})
    run.journal.write_bytes(encode_record(evaluated | {"best": True}) + worse * 100)
    assert (summarise(run).best_val_loss, summarise(run).val_loss) == (2.0, 2.5)


def test_broken_runs_are_listed_and_break_nothing(
    home: Home, run: Run, make_request: Any, tmp_path: Path, journal_of: JournalOf, training: Events
):
    journal_of(run, *training(100))
    (home.runs / "empty").mkdir()
    (home.runs / "with space").mkdir()
    (home.runs / "linked").symlink_to(run.path)
    (home.runs / "dangling").symlink_to("nowhere")
    (home.runs / ".hidden").mkdir()
    (home.runs / "a-file").write_text("x")
    os.mkdir(os.fsencode(home.runs) + b"/bad\xff\x1b[31m")  # noqa: PTH102 (a name that is not UTF-8)
    for name, spoil in {
        "garbage": lambda broken: broken.run_json.write_bytes(b"\0\xff"),
        "deep": lambda broken: broken.run_json.write_text('{"config": ' + '{"a":' * 900 + "1" + "}" * 901),
        "huge": lambda broken: os.truncate(broken.run_json, 1 << 30),
        "noise": lambda broken: broken.journal.write_bytes(bytes(range(256)) * 12),
        "torn": lambda broken: broken.journal.write_bytes(b'{"event":"started","st'),
        "pipe": lambda broken: (broken.run_json.unlink(), os.mkfifo(broken.run_json)),
        "out": lambda broken: broken.journal.symlink_to(run.journal),
        "inbox": lambda broken: broken.control.symlink_to(tmp_path),
        "folder": lambda broken: broken.journal.mkdir(),
        "meta": lambda broken: broken.meta_json.write_text("{"),
        "types": lambda broken: broken.run_json.write_text(
            json.dumps(
                {"config": {"train": 3, "preset": []}, "parameters": "x", "corpus": 5, "parent": {"run": 1}}
            )
        ),
        "numbers": lambda broken: broken.run_json.write_text(
            '{"config": {"train": {"max_iters": -1}}, "parameters": 1e999, "vocab_size": 1' + "0" * 400 + "}"
        ),
    }.items():
        spoil(create_run(home, name, make_request(), {}))
    for found in (list_runs(home), list_runs(home)):  # as found, and from the index
        by_name = {one.name: one for one in found}
        broken = {name: one.reason for name, one in by_name.items() if one.state == "broken"}
        assert broken == {
            "empty": "run.json is missing",
            "with space": "'with space' cannot be the name of a run",
            "linked": "it is a link",
            "dangling": "it is a link",
            "bad\udcff\x1b[31m": "'bad\\udcff\\x1b[31m' cannot be the name of a run",
            "garbage": "run.json is not valid JSON",
            "deep": "run.json is not valid JSON",
            "huge": "run.json cannot be read: larger than 16777216 bytes",
            "pipe": "run.json cannot be read: not a regular file",
            "out": "journal.jsonl is a link",
            "inbox": "control is a link",
            "folder": "journal.jsonl is not a file",
            "noise": "journal.jsonl has no readable line in 3,072 bytes",
            "torn": "journal.jsonl has no readable line in 22 bytes",
        }
        assert all(by_name[name].size_bytes for name in ("garbage", "noise", "out"))  # they take room, too
        assert by_name["linked"].size_bytes == 0
        assert by_name["one"].step == 100
        assert (by_name["meta"].state, by_name["meta"].reason) == ("new", "meta.json is not valid JSON")
        for name in ("types", "numbers"):
            assert (by_name[name].state, by_name[name].parameters, by_name[name].max_iters) == (
                "new",
                None,
                None,
            )
        assert set(by_name) == {*broken, "one", "meta", "types", "numbers"}


def test_a_run_with_checkpoints_is_not_new_though_its_journal_is_silent(run: Run):
    assert summarise(run).state == "new"
    commit_step(run, 500, lambda folder: (folder / "m").write_bytes(b"x") and None)
    for spoil, said in ((lambda: None, "missing"), (lambda: run.journal.write_bytes(b""), "empty")):
        spoil()
        found = summarise(run)
        assert (found.state, found.preset) == ("broken", "cpu200k")
        assert found.reason == f"journal.jsonl is {said}, checkpoints are there"


def test_hostile_records_are_listed_without_belief(run: Run):
    hostile = [
        b'{"event":"evaluated","step":"x","val_loss":1e999,"val_bits_per_byte":[],"best":true}',
        b'{"event":"ended","step":-3,"reason":["a"],"message":7,"time":1e18,"elapsed_s":1'
        + b"0" * 400
        + b"}",
    ]
    run.journal.write_bytes(b"".join(body[:-1] + b',"crc":%d}\n' % zlib.crc32(body) for body in hostile))
    found = summarise(run)
    assert (found.state, found.step, found.val_loss, found.elapsed_s) == ("interrupted", 0, None, None)
    assert (found.reason, found.updated) == ("", "")


def test_an_unreadable_run_does_not_block_the_others(home: Home, run: Run, monkeypatch: pytest.MonkeyPatch):
    create_run(home, "two", {"config": {}}, {})

    def refusing(path: Path, limit_bytes: int) -> bytes:
        if path.parent.name == "two":
            raise PermissionError(13, "Permission denied")
        return really_read(path, limit_bytes)

    really_read = fsops.read_bytes
    monkeypatch.setattr(fsops, "read_bytes", refusing)
    reasons = {found.name: found.reason for found in list_runs(home)}
    assert reasons == {"one": "", "two": "run.json cannot be read: Permission denied"}


def test_a_home_without_runs_is_an_empty_list_and_stays_as_it_is(home: Home):
    assert list_runs(home) == []
    assert not home.root.exists()


@pytest.mark.parametrize("damage", [b"", b"\xff\0garbage", b'{"version":1}\n'])
def test_the_index_can_be_lost_or_damaged(
    home: Home, run: Run, journal_of: JournalOf, training: Events, damage: bytes
):
    journal_of(run, *training(100))
    expected = list_runs(home)
    index = home.cache / "runs.jsonl"
    index.write_bytes(damage)
    assert list_runs(home) == expected
    assert list_runs(home) == expected  # from the index that was written anew
    lines = index.read_bytes()
    index.write_bytes(lines.replace(b'"step":100', b'"step":999'))
    assert list_runs(home) == expected  # a line that does not prove itself is not believed
    fields = {
        "version": listing._VERSION,
        "signature": [],
        "paused": False,
        "summary": {"name": "one", "x": 1},
    }
    index.write_bytes(encode_record(fields) + encode_record({"version": listing._VERSION}))
    assert list_runs(home) == expected


def test_a_home_that_cannot_be_written_to_lists_all_the_same(
    home: Home, run: Run, monkeypatch: pytest.MonkeyPatch
):
    class ReadOnly(fsops.Disk):
        def mkdir(self, path: Path) -> None:
            raise OSError(30, "Read-only file system")

    monkeypatch.setattr(fsops, "disk", ReadOnly())
    assert [found.name for found in list_runs(home)] == ["one"]
    assert not home.cache.exists()


def test_whether_a_run_is_alive_is_never_kept(home: Home, run: Run, journal_of: JournalOf, training: Events):
    journal_of(run, *training(100))
    with RunLock(run):
        assert [found.state for found in list_runs(home)] == ["running"]
    assert [found.state for found in list_runs(home)] == ["interrupted"]
    with RunLock(run):
        assert [found.state for found in list_runs(home)] == ["running"]
