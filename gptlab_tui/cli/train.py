"""`gptlab train`: train a model on a text, in the foreground or on its own."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from gptlab_tui.cli.common import is_terminal, shown, state, warn
from gptlab_tui.cli.complete import complete_corpus, complete_preset, complete_run
from gptlab_tui.errors import GPTLabError, JobFailed

if TYPE_CHECKING:
    from gptlab_tui.config import Config
    from gptlab_tui.events import Ended, Event, Sampled
    from gptlab_tui.runs.layout import Run
    from gptlab_tui.training.session import Session

app = typer.Typer()


@app.command()
def train(
    preset: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="What to train; see `gptlab presets`.", autocompletion=complete_preset
        ),
    ] = None,
    corpus: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TEXT",
            help="A name, a file or a folder; several are joined.",
            autocompletion=complete_corpus,
        ),
    ] = None,
    name: Annotated[str | None, typer.Option(metavar="NAME", help="Name of the run.")] = None,
    from_run: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="RUN",
            help="Start from a trained model (fine-tuning).",
            autocompletion=complete_run,
        ),
    ] = None,
    step: Annotated[
        str | None,
        typer.Option(metavar="N", help="With --from: its step N, or `best`; by default the newest."),
    ] = None,
    resume: Annotated[
        str | None,
        typer.Option(metavar="RUN", help="Go on with a run that was left.", autocompletion=complete_run),
    ] = None,
    detach: Annotated[
        bool, typer.Option("--detach", help="Give the prompt back; the training goes on by itself.")
    ] = False,
    device: Annotated[
        str | None,
        typer.Option(metavar="DEVICE", help="cpu, cuda, cuda:1, mps; by default the best there is."),
    ] = None,
    override: Annotated[
        list[str] | None,
        typer.Option(
            "-o", "--override", metavar="SECTION.KEY=VALUE", help="Another value than the preset's."
        ),
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="How the text's bytes are to be read.")] = None,
    errors: Annotated[
        str | None, typer.Option(metavar="strict|replace", help="What to do with bytes that are not valid.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Events as JSON, one a line.")] = False,
) -> int:
    """Train a model on a text.

    Without --preset: gpu4gb where there is a GPU, else cpu200k. Ctrl-C finishes the step and saves;
    `--resume` goes on from there, bit for bit as if it had not stopped.

    Examples:
      gptlab train                                     # what fits this machine
      gptlab train --preset cpu200k --corpus my.txt    # on a text of yours
      gptlab train --preset cpu200k -o train.max_iters=5000 --name long
      gptlab train --resume long                       # go on
      gptlab train --from long --corpus other.txt      # fine-tune on another text
      gptlab train --preset gpu4gb --detach            # and close the laptop
    """
    from gptlab_tui.cli.watching import busy

    if resume and (preset or corpus or name or from_run or encoding or errors):
        raise GPTLabError(
            "--resume goes on with a run as it was asked for, so it takes no preset, corpus, name or --from.",
            "To start something new from it: `gptlab train --from RUN`.",
        )
    if step is not None and from_run is None:
        raise GPTLabError("--step says which step of --from RUN to start from.")
    with busy("loading PyTorch", quiet=as_json):
        from gptlab_tui.training import session as training_session  # the costly import
    overrides = list(override or [])
    if resume is not None:
        from gptlab_tui.runs.layout import find_run

        run = find_run(state.home, resume, bundled=False)
        changes = [text.removeprefix("train.") for text in overrides]
        micro_batch = _take_micro_batch(changes)
    else:
        run = _new_run(preset, corpus, name, from_run, step, device, overrides, encoding, errors, as_json)
        changes, micro_batch = [], None
    if detach:
        return _detached(run, device, overrides if resume else [], as_json)
    with busy("getting ready", quiet=as_json):
        session = training_session.Session(
            run,
            state.home,
            device=device,
            changes=changes,
            micro_batch=micro_batch,
            began_s=_process_began_s(),
        )
    with session:
        return _watch(session, as_json)


def _take_micro_batch(changes: list[str]) -> int | None:
    """The value of `micro_batch=N`, taken out of the list: memory may be scarcer than it was."""
    for change in changes:
        key, _, value = change.partition("=")
        if key == "micro_batch":
            if not value.isdigit() or int(value) < 1:
                raise GPTLabError(f"micro_batch must be a whole number of at least 1, not {value!r}.")
            changes.remove(change)
            return int(value)
    return None


def _process_began_s() -> float:
    """When this process began, on the monotonic clock: what loading PyTorch took counts as well."""
    import time

    import psutil

    age_s: float = time.time() - psutil.Process().create_time()
    return time.monotonic() - age_s


def _new_run(
    preset: str | None,
    corpus: list[str] | None,
    name: str | None,
    from_run: str | None,
    step: str | None,
    device: str | None,
    overrides: list[str],
    encoding: str | None,
    errors: str | None,
    as_json: bool,
) -> Run:
    """The run directory of a new request, checked before it is made."""
    from gptlab_tui.cli.fetching import fetch_with_progress
    from gptlab_tui.cli.watching import busy
    from gptlab_tui.model.open_run import open_model
    from gptlab_tui.presets import apply_overrides, load_preset
    from gptlab_tui.runs.layout import check_name, find_run, refuse_taken
    from gptlab_tui.training.create import create, prepare
    from gptlab_tui.training.devices import choose_device, has_gpu
    from gptlab_tui.training.evaluation import parse_step

    if name is not None:
        refuse_taken(state.home, check_name(name))
    parent = None
    if from_run is not None:
        parent = open_model(find_run(state.home, from_run), parse_step(step))
    if parent is not None and preset is None:
        config: Config = apply_overrides(parent.config, overrides)
    else:
        on_gpu = has_gpu() if device is None else device.startswith("cuda")
        config = load_preset(preset or ("gpu4gb" if on_gpu else "cpu200k"), overrides, state.home)
    if corpus:
        text = {"name": tuple(corpus), "fallback": None}
        config = config.model_copy(update={"corpus": config.corpus.model_copy(update=text)})
    if device is not None:
        config = config.model_copy(update={"train": config.train.model_copy(update={"device": device})})
    config = apply_overrides(
        config,
        [f"corpus.{key}={value}" for key, value in (("encoding", encoding), ("errors", errors)) if value],
    )
    choose_device(config.train)  # says what is wrong with it before a text is read
    with busy("reading the text", quiet=as_json) as status:

        def tell(done: int, total: int) -> None:
            if status is not None:
                status.update(f"encoding the text: {100 * done // max(total, 1)} %")

        prepared = prepare(
            config, state.home, parent=parent, fetch=fetch_with_progress(state.home), tell=tell
        )
    return create(prepared, state.home, name, ["gptlab", *sys.argv[1:]])


def _watch(session: Session, as_json: bool) -> int:
    """Runs the training here and shows it; the exit status."""
    from gptlab_tui.cli.foreground import Foreground
    from gptlab_tui.cli.watching import PlainLines, View, open_view
    from gptlab_tui.events import Ended, Sampled

    def interrupt() -> None:
        session.trainer.interrupted = True

    def now() -> tuple[int, str, float]:
        trainer = session.trainer
        return trainer.progress.step, trainer.activity, trainer.elapsed_s()

    def say(text: str) -> None:
        if not foreground.terminal_lost:
            warn(text)

    terminal = is_terminal() and not as_json
    foreground = Foreground(session.run.log, interrupt, say)
    last: Event | None = None
    sample: Sampled | None = None
    with foreground:
        view: View = open_view(foreground.stream, json=as_json, terminal=terminal, now=now)
        try:
            for event in session.events():
                if foreground.terminal_lost and not isinstance(view, PlainLines):
                    view.close()
                    view = PlainLines(sys.stdout)
                view.show(event)
                last = event
                sample = event if isinstance(event, Sampled) else sample
        finally:
            view.close()
    if isinstance(last, Ended):
        if not as_json and not foreground.terminal_lost:
            _say_goodbye(session, last, sample, terminal)
        if last.reason == "not_finite":
            raise JobFailed(
                f"{session.run.name}: {last.message}; its checkpoints are as they were.",
                "Try a lower train.learning_rate, or train.dtype=fp32.",
            )
    return foreground.exit_status


def _say_goodbye(session: Session, ended: Ended, sample: Sampled | None, terminal: bool) -> None:
    """What it writes now and what to try next; on a terminal with a bell, since nobody watches a bar."""
    import shlex

    run = shown(session.run.name)
    prompt = session.prompt_to_try()
    asked = f" {shlex.quote(prompt)}" if prompt else ""
    here = f" --home {shown(shlex.quote(state.home_override))}" if state.home_override else ""
    if sample is not None:
        print("\n" + shown(sample.prompt + sample.text, multiline=True))
    if ended.reason in ("interrupted", "stopped"):
        lines = [f"go on:    gptlab train --resume {run}{here}"]
    elif ended.reason in ("finished", "early_stopping"):
        lines = [f"go on:    gptlab train --from {run}{here}"]
    else:
        lines = []
    if ended.best_val_loss is not None:
        lines = [
            f"write:    gptlab sample{asked} --run {run}{here}",
            f"look:     gptlab runs show {run} --plot{here}",
            *lines,
        ]
    print("\n" + "\n".join(lines))
    if terminal:
        from gptlab_tui.cli.watching import ended_line

        sys.stdout.write(f"\a\x1b]9;gptlab: {run} {ended_line(ended)}\x1b\\")
        sys.stdout.flush()


def _detached(run: Run, device: str | None, changes: list[str], as_json: bool) -> int:
    """Starts the training in a session of its own, and waits until it speaks."""
    from gptlab_tui.cli.common import emit_json
    from gptlab_tui.cli.watching import busy
    from gptlab_tui.runs.launch import PYTHON_MODULE, start_detached
    from gptlab_tui.training.detached import wait_until_it_speaks

    arguments = [*PYTHON_MODULE, "gptlab_tui", "train", "--resume", run.name]
    arguments += ["--home", str(state.home.root)]
    arguments += ["--device", device] if device else []
    for change in changes:
        arguments += ["-o", change]
    said_bytes = run.journal.stat().st_size if run.journal.exists() else 0
    with busy("starting the training", quiet=as_json):
        process = start_detached(arguments, run.log)
        wait_until_it_speaks(run, process, said_bytes)
    if as_json:
        emit_json({"run": run.name, "path": str(run.path), "process": process})
        return 0
    name = shown(run.name)
    print(f"{name} trains by itself now")
    print(f"look:     gptlab runs show {name} --plot\nstop:     gptlab runs stop {name}")
    return 0
