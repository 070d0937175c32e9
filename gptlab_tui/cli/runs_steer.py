"""Steering a training from another terminal: pause, resume, stop, save, sample, set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gptlab_tui.cli.common import emit_json, shown
from gptlab_tui.cli.complete import complete_setting
from gptlab_tui.cli.runs_common import AsJson, RunName, own_run

if TYPE_CHECKING:
    from gptlab_tui.runs.control import Verb
    from gptlab_tui.runs.layout import Run

#: A training looks into its inbox between micro-batches; a slow one takes a while for one.
PATIENCE_S = 10.0
NoWait = Annotated[bool, typer.Option("--no-wait", help="Do not wait for the training's answer.")]

#: What an applied command means for the training, for a person.
DONE = {
    "pause": "paused; `gptlab runs resume {run}` lets it go on",
    "resume": "goes on",
    "stop": "finishes its step, saves and ends; `gptlab train --resume {run}` continues it",
    "save": "saves a checkpoint",
    "sample": "writes a sample; `gptlab runs show {run}` shows it",
    "set": "trains with {key} = {value} from the next step on",
}


def add_to(app: typer.Typer) -> None:
    """Adds these verbs to the group."""
    for verb in (pause, resume, stop, save, sample):
        app.command()(verb)
    app.command("set")(set_value)


def pause(run: RunName, no_wait: NoWait = False, as_json: AsJson = False) -> None:
    """Let a training wait, keeping its memory, until it is resumed.

    Examples:
      gptlab runs pause contos-cpu200k-1
      gptlab runs pause contos-cpu200k-1 --no-wait
    """
    tell(run, "pause", no_wait=no_wait, as_json=as_json)


def resume(run: RunName, no_wait: NoWait = False, as_json: AsJson = False) -> None:
    """Let a paused training go on.

    A run that has ended is continued by `gptlab train --resume RUN`.

    Examples:
      gptlab runs resume contos-cpu200k-1
      gptlab train --resume contos-cpu200k-1   # one that has ended
    """
    tell(run, "resume", no_wait=no_wait, as_json=as_json)


def stop(run: RunName, no_wait: NoWait = False, as_json: AsJson = False) -> None:
    """Let a training finish its step, save and end.

    Examples:
      gptlab runs stop contos-cpu200k-1
    """
    tell(run, "stop", no_wait=no_wait, as_json=as_json)


def save(run: RunName, no_wait: NoWait = False, as_json: AsJson = False) -> None:
    """Let a training write a checkpoint now.

    Examples:
      gptlab runs save contos-cpu200k-1
    """
    tell(run, "save", no_wait=no_wait, as_json=as_json)


def sample(run: RunName, no_wait: NoWait = False, as_json: AsJson = False) -> None:
    """Let a training write a sample of its prompts now.

    It comes into the journal, where `gptlab runs show` finds it.

    Examples:
      gptlab runs sample contos-cpu200k-1
    """
    tell(run, "sample", no_wait=no_wait, as_json=as_json)


def set_value(
    run: RunName,
    setting: Annotated[
        str,
        typer.Argument(
            metavar="KEY=VALUE",
            help="lr_scale, max_iters, eval_interval or prompts.",
            autocompletion=complete_setting,
        ),
    ],
    no_wait: NoWait = False,
    as_json: AsJson = False,
) -> None:
    """Change a setting of a training while it runs; it holds from the next step on.

    lr_scale multiplies the learning rate; max_iters stretches what is left of a decaying schedule;
    eval_interval is in steps; prompts are what it continues at every evaluation.

    Examples:
      gptlab runs set contos-cpu200k-1 lr_scale=0.5
      gptlab runs set contos-cpu200k-1 max_iters=4000
      gptlab runs set contos-cpu200k-1 eval_interval=100
      gptlab runs set contos-cpu200k-1 "prompts=Era uma vez"
    """
    from gptlab_tui.runs.control import parse_setting

    key, value = parse_setting(setting)
    tell(run, "set", key, value, no_wait=no_wait, as_json=as_json)


def tell(
    name: str, verb: Verb, key: str | None = None, value: Any = None, *, no_wait: bool, as_json: bool
) -> None:
    """Sends a command and prints what the training made of it.

    Raises GPTLabError where nothing is in training, JobFailed where it refuses or does not answer.
    """
    from gptlab_tui.cli.watching import busy
    from gptlab_tui.errors import JobFailed
    from gptlab_tui.runs.control import send, wait_acknowledged
    from gptlab_tui.runs.lock import is_alive

    run = own_run(name)
    if not is_alive(run):
        raise _not_in_training(run)
    command = send(run, verb, key, value)
    answer = {"run": name, "command": verb, "key": key, "value": value, "id": command.id}
    if no_wait:
        if as_json:
            emit_json({**answer, "outcome": "sent"})
        else:
            typer.echo(f"{shown(name)} was told to {verb}")
        return
    with busy(f"waiting for {shown(name)} to answer", quiet=as_json):
        record = wait_acknowledged(run, command, PATIENCE_S)
    if record is None:
        if not is_alive(run):
            raise JobFailed(f"{name} ended before it answered.", f"`gptlab runs show {name}` tells how.")
        raise JobFailed(
            f"{name} has not answered within {PATIENCE_S:.0f} s.",
            "It looks into its inbox between two micro-batches: the command lies there until then.",
        )
    outcome, reason, step = record.get("outcome"), str(record.get("reason", "")), record.get("step")
    if outcome != "applied":
        why = f": {reason.rstrip('.')}" if reason else ""
        raise JobFailed(f"{name}: {verb} was {outcome}{why}.")
    if as_json:
        emit_json({**answer, "outcome": outcome, "reason": reason, "step": step})
    else:
        typer.echo(shown(f"{name}, step {step}: {DONE[verb].format(run=name, key=key, value=value)}"))


def _not_in_training(run: Run) -> Exception:
    """The sentence for a run that nobody trains, and how to go on with it."""
    from gptlab_tui.errors import GPTLabError
    from gptlab_tui.runs.summary import summarise

    one = summarise(run)
    if one.state == "broken":
        return GPTLabError(f"{run.name} is not in training: it is broken: {one.reason}.")
    hint = f"`gptlab train --resume {run.name}` continues it."
    if one.state == "finished":
        hint = f"`gptlab train --from {run.name}` trains its model further."
    return GPTLabError(f"{run.name} is not in training: its state is {one.state}.", hint)
