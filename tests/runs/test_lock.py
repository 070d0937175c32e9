"""A run has one owner, and none as soon as that one is dead."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from gptlab_tui.runs import fsops
from gptlab_tui.runs.layout import Run
from gptlab_tui.runs.lock import RunLock, RunOwnedError, is_alive


def test_a_run_is_alive_while_its_lock_is_held(run: Run):
    assert not is_alive(run)
    assert not run.lock.exists()  # probing writes nothing
    with RunLock(run):
        assert is_alive(run)
        with pytest.raises(RunOwnedError, match="being trained") as caught:
            RunLock(run, wait_s=0.0).acquire()
        assert "stop one" in caught.value.hint
    assert not is_alive(run)
    with RunLock(run):
        pass


def test_probing_does_not_keep_a_starter_out(run: Run, monkeypatch: pytest.MonkeyPatch):
    import fcntl

    with RunLock(run):
        pass
    probe = os.open(run.lock, os.O_RDONLY)
    fcntl.flock(probe, fcntl.LOCK_SH)
    monkeypatch.setattr("time.sleep", lambda _: fcntl.flock(probe, fcntl.LOCK_UN))
    with RunLock(run, wait_s=60.0):
        assert is_alive(run)
    os.close(probe)


@pytest.mark.system
def test_of_racing_starters_exactly_one_owns_the_run(run: Run):
    for _ in range(25):
        start, go = os.pipe()
        results, report = os.pipe()
        children = []
        for _ in range(4):
            if not (process := os.fork()):
                os.close(go)
                os.read(start, 1)  # returns for all at once when the parent closes its end
                try:
                    RunLock(run, wait_s=0.0).acquire()
                    os.write(report, b"1")
                except RunOwnedError:
                    os.write(report, b"0")
                os.kill(os.getpid(), signal.SIGSTOP)  # stay until all have reported
                os._exit(0)
            children.append(process)
        os.close(start)
        os.close(go)
        answers = b""
        while len(answers) < 4:
            answers += os.read(results, 4)
        assert sorted(answers) == sorted(b"0001")
        assert is_alive(run)
        for process in children:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
        assert not is_alive(run)
        os.close(results)
        os.close(report)


@pytest.mark.system
def test_children_of_the_owner_do_not_keep_the_lock(run: Run):
    """Neither a forked worker nor a program that it starts holds the run after the owner's death."""
    ready, done = os.pipe()
    owner = os.fork()
    if owner == 0:
        lock = RunLock(run)
        lock.acquire()
        os.set_inheritable(done, True)
        worker = os.fork()
        if worker == 0:
            os.write(done, f"{os.getpid()}\n".encode())
            signal.pause()
        program = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"], close_fds=False)
        os.write(done, f"{program.pid}\n".encode())
        signal.pause()
    heard = b""
    while heard.count(b"\n") < 2:
        heard += os.read(ready, 100)
    orphans = [int(line) for line in heard.split()]
    try:
        assert is_alive(run)
        os.kill(owner, signal.SIGKILL)
        os.waitpid(owner, 0)
        for orphan in orphans:
            os.kill(orphan, 0)  # they live
        assert not is_alive(run)
        with RunLock(run, wait_s=0.0):
            pass
    finally:
        for orphan in orphans:
            os.kill(orphan, signal.SIGKILL)


def test_a_fork_of_the_owner_does_not_free_the_run(run: Run, in_child: Callable[[Callable[[], None]], int]):
    with RunLock(run) as lock:
        assert in_child(lock.release) == 0
        assert is_alive(run)


def test_a_starter_that_waited_for_a_moved_run_does_not_own_it(run: Run):
    with RunLock(run):
        descriptor = os.open(run.lock, os.O_RDWR)
        fsops.rename(run.path, run.path.with_name("moved"))
    assert not RunLock(run)._is_ours(descriptor)
    os.close(descriptor)
    with pytest.raises(fsops.DiskError):
        RunLock(run, wait_s=0.0).acquire()
    assert not run.path.exists()


def test_a_lock_that_was_replaced_while_it_was_opened_is_taken_anew(
    run: Run, monkeypatch: pytest.MonkeyPatch
):
    really_open, calls = fsops.open_regular, []

    def replaced_behind_its_back(path, flags=os.O_RDONLY):
        descriptor = really_open(path, flags)
        calls.append(path)
        if len(calls) == 1:
            path.unlink()
            path.touch()
        return descriptor

    monkeypatch.setattr(fsops, "open_regular", replaced_behind_its_back)
    with RunLock(run):
        assert len(calls) == 2
        assert is_alive(run)


def test_a_link_or_a_pipe_is_no_lock(run: Run, tmp_path):
    (tmp_path / "target").write_text("")
    run.lock.symlink_to(tmp_path / "target")
    with pytest.raises(fsops.DiskError, match="link"):
        RunLock(run).acquire()
    assert not is_alive(run)
    run.lock.unlink()
    os.mkfifo(run.lock)
    assert not is_alive(run)
    with pytest.raises(fsops.DiskError, match="regular"):
        RunLock(run).acquire()
