"""Commands arrive whole, in order, once; what became of them is in the journal."""

import json
import os
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gptlab_tui.errors import GPTLabError
from gptlab_tui.runs import control, fsops
from gptlab_tui.runs.control import SETTINGS, Inbox, check_setting, parse_setting, send, wait_acknowledged
from gptlab_tui.runs.layout import Run
from gptlab_tui.runs.lock import RunLock

JournalOf = Callable[..., None]


def test_commands_come_in_the_order_they_were_sent_and_once(run: Run):
    sent = [send(run, "pause"), send(run, "set", "lr_scale", 0.5), send(run, "sample"), send(run, "stop")]
    inbox = Inbox(run)
    assert inbox.poll() == sent
    assert inbox.poll() == []
    assert list(run.control.iterdir()) == []
    later = send(run, "save")
    assert Inbox(run).drain() == [later]


def test_an_inbox_that_is_not_there_is_empty(run: Run):
    assert Inbox(run).poll() == []


def test_a_command_appears_by_rename_and_half_of_one_is_not_seen(run: Run, record_disk: list[str]):
    send(run, "pause")
    assert record_disk[-5:] == ["open", "write", "fsync", "rename", "fsync"]
    [path] = run.control.iterdir()
    path.rename(run.control / f".{path.name}.tmp")
    assert Inbox(run).poll() == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"null",
        b"{}",
        b'{"verb": "exec", "key": null, "id": "1", "sent_at": 1.0}',
        b'{"verb": ["stop"], "key": null, "id": "1", "sent_at": 1.0}',
        b'{"verb": "stop", "key": 3, "id": "1", "sent_at": 1.0}',
        b'{"verb": "stop", "key": null, "id": {}, "sent_at": 1.0}',
        b'{"verb": "stop", "key": null, "id": "1", "sent_at": 9' + b"9" * 400 + b"}",
        b"[" * 100_000,
        b" " * 2_000_000,
    ],
)
def test_a_file_that_is_no_command_is_removed_and_says_nothing(run: Run, content: bytes):
    fsops.make_dir(run.control)
    (run.control / f"{1:020d}-{'0' * 12}.json").write_bytes(content)
    good = send(run, "stop")
    assert Inbox(run).poll() == [good]
    assert list(run.control.iterdir()) == []


def test_strange_things_in_the_inbox_do_no_harm(run: Run, tmp_path: Any):
    fsops.make_dir(run.control)
    (tmp_path / "precious").write_text("x")
    (run.control / f"{1:020d}-{'0' * 12}.json").symlink_to(tmp_path / "precious")
    os.mkfifo(run.control / f"{2:020d}-{'0' * 12}.json")
    (run.control / f"{3:020d}-{'0' * 12}.json").mkdir()
    (run.control / "readme.txt").write_text("not ours")
    assert Inbox(run).poll() == []
    assert (tmp_path / "precious").exists()
    assert [path.name for path in run.control.iterdir()] == ["readme.txt"]


def test_a_command_that_cannot_be_removed_counts_once(run: Run, monkeypatch: pytest.MonkeyPatch):
    class ReadOnly(fsops.Disk):
        def unlink(self, path: Any) -> None:
            raise PermissionError(13, "Permission denied")

    command = send(run, "pause")
    monkeypatch.setattr(fsops, "disk", ReadOnly())
    inbox = Inbox(run)
    assert inbox.poll() == [command]
    assert inbox.poll() == []


def test_nothing_is_sent_through_a_link(run: Run, tmp_path: Any):
    (tmp_path / "outside").mkdir()
    run.control.symlink_to(tmp_path / "outside")
    with pytest.raises(fsops.DiskError, match="link"):
        send(run, "stop")
    assert Inbox(run).poll() == []
    assert list((tmp_path / "outside").iterdir()) == []


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("lr_scale=0.5", "lr_scale", 0.5),
        ("lr_scale=2", "lr_scale", 2.0),
        ("max_iters=2000", "max_iters", 2000),
        ("eval_interval = 50", "eval_interval", 50),
        ("prompts=Era uma vez", "prompts", ["Era uma vez"]),
        ("prompts=1984", "prompts", ["1984"]),
        ("prompts=a=b", "prompts", ["a=b"]),
        ('prompts=["a", "b"]', "prompts", ["a", "b"]),
    ],
)
def test_settings_are_read_as_typed(text: str, key: str, value: Any):
    assert parse_setting(text) == (key, value)
    assert type(parse_setting(text)[1]) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "lr_scale",
        "lr_scale=",
        "lr_scale=0",
        "lr_scale=-1",
        "lr_scale=NaN",
        "lr_scale=1e999",
        "lr_scale=true",
        "lr_scale=9" + "9" * 400,
        "max_iters=0",
        "max_iters=2.5",
        "max_iters=many",
        "eval_interval=99999999999999999999",
        "prompts=[]",
        "prompts=[1]",
        "lr_scal=1",
        "seed=1",
    ],
)
def test_what_cannot_be_set_is_refused_with_what_can(run: Run, text: str):
    with pytest.raises(GPTLabError) as caught:
        parse_setting(text)
    assert caught.value.hint


def test_a_near_miss_is_named():
    with pytest.raises(GPTLabError) as caught:
        parse_setting("lr_scal=1")
    assert caught.value.hint == "Did you mean lr_scale?"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.sampled_from(list(SETTINGS)), json_values)
def test_a_setting_is_of_its_type_or_refused(key: str, value: Any):
    try:
        checked = check_setting(key, value)
    except GPTLabError:
        return
    if key == "lr_scale":
        assert isinstance(checked, float)
        assert 0 < checked < 1e9
    elif key == "prompts":
        assert checked
        assert all(isinstance(text, str) for text in checked)
    else:
        assert isinstance(checked, int)
        assert checked >= 1
    json.dumps(checked, allow_nan=False)


def acknowledgement(command: control.Command, outcome: str = "applied") -> dict[str, Any]:
    return {
        "event": "controlled",
        "step": 7,
        "command": command.verb,
        "key": command.key,
        "value": command.value,
        "outcome": outcome,
        "reason": "",
        "id": command.id,
    }


def test_the_answer_is_found_among_others(run: Run, journal_of: JournalOf):
    with RunLock(run):
        command, other = send(run, "pause"), send(run, "pause")
        journal_of(run, acknowledgement(other, "refused"))
        waits: list[float] = []

        def answer_after_three(elapsed_s: float) -> None:
            waits.append(elapsed_s)
            if len(waits) == 3:
                journal_of(run, acknowledgement(command))

        record = wait_acknowledged(run, command, 30.0, answer_after_three)
    assert record is not None
    assert (record["id"], record["outcome"]) == (command.id, "applied")
    assert len(waits) == 3


def test_an_answer_that_is_already_there_is_found_in_a_long_journal(
    run: Run, journal_of: JournalOf, training: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(control, "_LOOK_BACK_BYTES", 4096)
    journal_of(run, *training(3000))
    command = send(run, "save")
    journal_of(run, acknowledgement(command))
    with RunLock(run):
        assert wait_acknowledged(run, command, 0.0) is not None


def test_nobody_waits_for_the_dead_nor_for_ever(run: Run, journal_of: JournalOf):
    command = send(run, "pause")
    assert wait_acknowledged(run, command, 1e9) is None  # not alive
    with RunLock(run):
        assert wait_acknowledged(run, command, 0.0) is None
    journal_of(run, acknowledgement(command))  # its last word
    assert wait_acknowledged(run, command, 0.0) is not None


@pytest.mark.system
def test_round_trip_with_a_training_in_another_process(run: Run, journal_of: JournalOf):
    ready, done = os.pipe()
    process = os.fork()
    if process == 0:
        with RunLock(run):
            inbox = Inbox(run)
            os.write(done, b"x")
            pause = threading.Event()
            while True:
                for command in inbox.poll():
                    journal_of(run, acknowledgement(command))
                    if command.verb == "stop":
                        os._exit(0)
                pause.wait(0.005)
    os.read(ready, 1)
    for verb, key, value in (("pause", None, None), ("set", "max_iters", 50), ("stop", None, None)):
        command = send(run, verb, key, value)
        record = wait_acknowledged(run, command, 60.0)
        assert record is not None
        assert (record["command"], record["key"], record["value"]) == (verb, key, value)
    assert os.waitpid(process, 0)[1] == 0
