"""What signals, kills and lost terminals do to a training: nothing that it cannot go on from."""

from __future__ import annotations

import hashlib
import json
import os
import pty
import signal
import subprocess
import sys

import pytest

from gptlab_tui.runs.journal import read_journal
from gptlab_tui.runs.manifest import valid_steps, verify_step

pytestmark = pytest.mark.system


def weights_digest(run, step):
    return hashlib.sha256((run.step_dir(step) / "model.safetensors").read_bytes()).hexdigest()


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_finishes_the_step_saves_and_says_how_to_go_on(start, number, status):
    training = start("--preset", "./tiny.toml", "--name", "a", name="a")
    training.wait_for("step", step=30)
    training.process.send_signal(number)
    out, err = training.process.communicate(timeout=60)
    assert training.ended() == status
    last = training.records[-1]
    assert (last["event"], last["reason"]) == ("ended", "interrupted")
    assert valid_steps(training.run)[-1] == last["step"]
    assert b"--resume a" in out
    assert b"once more leaves at once" in err


def test_a_second_signal_leaves_at_once(start):
    training = start("--preset", "./tiny.toml", "--name", "a", name="a")
    training.wait_for("step", step=5)
    os.kill(training.process.pid, signal.SIGSTOP)  # both arrive before it runs again
    for number in (signal.SIGTERM, signal.SIGINT):
        os.kill(training.process.pid, number)
    os.kill(training.process.pid, signal.SIGCONT)
    assert training.ended() in (130, 143)


def test_killed_at_any_moment_it_resumes_and_ends_with_the_bits_of_one_that_never_stopped(start):
    """SIGKILL during steps, an evaluation and a save; then finished, against an undisturbed run."""
    short = ("-o", "train.max_iters=120")
    whole = start("--preset", "./tiny.toml", *short, "--name", "whole", name="whole")
    whole.process.communicate(timeout=120)
    assert whole.ended() == 0
    training = start("--preset", "./tiny.toml", *short, "--name", "a", name="a")
    for event, step in (("step", 33), ("evaluated", 50), ("saved", 100)):
        training.wait_for(event, step=step)
        training.process.kill()
        training.ended()
        for there in valid_steps(training.run):
            assert verify_step(training.run, there) == []
        training = start("--resume", "a", name="a")
    training.process.communicate(timeout=120)
    assert training.ended() == 0
    assert weights_digest(training.run, 120) == weights_digest(whole.run, 120)
    for run in (whole.run, training.run):
        steps = [r["step"] for r in read_journal(run.journal, effective=True) if r["event"] == "step"]
        assert steps == list(range(1, 121))


def test_hung_up_it_goes_on_and_writes_to_its_log(start, workplace):
    """In a terminal that closes: the display goes, the training stays."""
    front, back = pty.openpty()
    training = start(
        "--preset", "./tiny.toml", "-o", "train.max_iters=300", "--name", "a",
        name="a", stdin=back, stdout=back, stderr=back, start_new_session=True,
    )  # fmt: skip
    os.close(back)
    seen = b""
    while b"training" not in seen:
        seen += os.read(front, 4096)
    training.wait_for("step", step=30)
    os.kill(training.process.pid, signal.SIGHUP)
    os.close(front)
    assert training.ended() == 0
    assert training.records[-1]["reason"] == "finished"
    assert "finished after 300 steps" in training.run.log.read_text(encoding="utf-8")


@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_a_reader_that_goes_away_does_not_stop_it(start, arguments):
    training = start(
        "--preset", "./tiny.toml", "-o", "train.max_iters=200", "--name", "a", *arguments, name="a"
    )
    training.process.stdout.readline()
    training.process.stdout.close()
    assert training.ended() == 0
    assert training.records[-1]["reason"] == "finished"
    assert "200" in training.run.log.read_text(encoding="utf-8")


def test_json_events_are_one_object_a_line_with_stable_keys(start):
    training = start("--preset", "./tiny.toml", "-o", "train.max_iters=50", "--name", "a", "--json", name="a")
    out, err = training.process.communicate(timeout=120)
    assert training.ended() == 0
    assert err == b""
    events = [json.loads(line) for line in out.decode().splitlines()]
    assert [event["event"] for event in events][:3] == ["started", "evaluating", "evaluated"]
    assert events[-1]["event"] == "ended"
    times = [event["elapsed_s"] for event in events]
    assert times == sorted(times)
    assert times[0] > 0.2  # since the command began: loading PyTorch is counted
    step = next(event for event in events if event["event"] == "step")
    assert {"step", "elapsed_s", "train_loss", "learning_rate", "grad_norm", "tokens", "tokens_per_s"} <= set(
        step
    )
    evaluated = [event for event in events if event["event"] == "evaluated"]
    assert {"val_loss", "val_bits_per_byte", "train_loss"} <= set(evaluated[-1])


def test_detached_it_gives_the_prompt_back_and_obeys(workplace, environment):
    def gptlab(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "gptlab_tui", *arguments],
            cwd=workplace,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    begun = gptlab("train", "--preset", "./tiny.toml", "--name", "a", "--detach", "--json")
    assert begun.returncode == 0, begun.stderr
    process = json.loads(begun.stdout)["process"]
    try:
        assert os.getsid(process) == process
        again = gptlab("train", "--resume", "a", "--json")
        assert again.returncode != 0
        assert "a" in json.loads(again.stderr)["error"]
        stopped = gptlab("runs", "stop", "a", "--json")
        assert stopped.returncode == 0, stopped.stderr
    finally:
        if stopped.returncode:
            os.kill(process, signal.SIGKILL)
    from gptlab_tui.home import Home
    from gptlab_tui.runs.layout import Run

    last = list(read_journal(Run(Home(workplace / "home").runs / "a").journal))
    assert any(r["event"] == "controlled" and r["command"] == "stop" for r in last)


def test_a_detached_training_that_cannot_start_says_why(workplace, environment):
    done = subprocess.run(
        [sys.executable, "-m", "gptlab_tui", "train", "--resume", "nobody", "--detach"],
        cwd=workplace, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "nobody" in done.stderr
