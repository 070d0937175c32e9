"""`gptlab runs`: trained and training models; what is in them here, steering and editing beside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gptlab_tui.cli import runs_edit, runs_steer
from gptlab_tui.cli.common import console, emit_json, shown, state
from gptlab_tui.cli.complete import complete_run
from gptlab_tui.cli.milestone_words import beaten_briefly, milestones_json
from gptlab_tui.cli.runs_common import AsJson, RunName, summary_json
from gptlab_tui.cli.runs_tables import compare_table, describe, list_table, plot_losses
from gptlab_tui.errors import GPTLabError

if TYPE_CHECKING:
    from gptlab_tui.insight.milestones import Milestone
    from gptlab_tui.runs.layout import Run

app = typer.Typer(no_args_is_help=True)


@app.callback()
def runs() -> None:
    """Trained and training models: list, show, steer, compare.

    A run is a folder in the home: its request, its journal, its checkpoints. A training can be
    steered from any other terminal; what it was told is kept in its journal.

    Examples:
      gptlab runs list
      gptlab runs show contos --plot
      gptlab runs pause contos-cpu200k-1
      gptlab runs compare contos-cpu200k-1 contos-cpu200k-2
    """


@app.command("list")
def list_all(as_json: AsJson = False) -> None:
    """List all runs, the one that was written to last first.

    Losses are in bits per byte, which can be compared whatever the tokenizer. A run that cannot be
    read is listed with the reason.

    Examples:
      gptlab runs list
      gptlab runs list --json
    """
    from gptlab_tui.runs.listing import list_runs

    summaries = list_runs(state.home)
    if as_json:
        emit_json({"runs": [summary_json(summary) for summary in summaries]})
        return
    if not summaries:
        typer.echo(f"no runs yet in {shown(str(state.home.runs))}; `gptlab train` makes one")
        return
    screen = console()
    screen.print(list_table(summaries, screen.width))
    for one in summaries:
        if one.reason:
            typer.echo(shown(f"{one.name}: {one.reason}"))


@app.command()
def show(
    run: RunName,
    plot: Annotated[bool, typer.Option("--plot", help="Draw the loss over the steps.")] = False,
    sample: Annotated[
        int | None,
        typer.Option(metavar="STEP", min=0, help="What it wrote after this step, in place of the last."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show one run: how far it is, what it reached, what is in its folder.

    With --plot the losses of the training batches and of the evaluations are drawn over the steps;
    with --json they come as lists of pairs of step and loss.

    Beats says by which evaluation the run was better than tables that count what follows 0, 1 or 2
    tokens of its text; for a long text `gptlab inspect counts` counts first.

    Examples:
      gptlab runs show contos
      gptlab runs show contos --plot
      gptlab runs show contos --sample 2500
      gptlab runs show contos --json
    """
    from gptlab_tui.insight.milestones import known_milestones
    from gptlab_tui.render.units import spread
    from gptlab_tui.runs.layout import find_run
    from gptlab_tui.runs.manifest import snapshot_steps, valid_steps
    from gptlab_tui.runs.summary import summarise

    found = find_run(state.home, run)
    one = summarise(found)
    broken = one.state == "broken"
    checkpoints, snapshots = ([], []) if broken else (valid_steps(found), snapshot_steps(found))
    wrote = [] if broken else _samples(found, sample)
    beaten = None if broken else known_milestones(found, state.home)
    if as_json:
        answer = {
            **summary_json(one),
            "path": str(found.path),
            "checkpoints": checkpoints,
            "snapshots": snapshots,
            "baselines": None if beaten is None else milestones_json(beaten),
            "sample": wrote[-1] if wrote else None,
            "request": None if broken else found.read_request(),
        }
        if plot:
            answer |= _curves(found)
        emit_json(answer)
        return
    rows = [
        *describe(one),
        ("beats", "" if broken else _beats(found, beaten)),
        ("checkpoints", ", ".join(f"{step:,}" for step in checkpoints)),
        ("snapshots", spread(snapshots)),
        ("note", _note(found)),
        ("folder", str(found.path)),
    ]
    for name, value in rows:
        if value:
            typer.echo(f"{name:<16} {shown(value)}")
    if plot and not broken:
        typer.echo(plot_losses({"": found}) or "no losses to draw yet")
    for one_text in wrote:
        typer.echo(f"\nafter step {one_text.get('step')} it wrote:")
        typer.echo(shown(f"{one_text.get('prompt', '')}{one_text.get('text', '')}", multiline=True))


def _beats(run: Run, beaten: tuple[Milestone, ...] | None) -> str:
    """Which tables a run beat, or why that is not known; nothing of one that was not begun."""
    from gptlab_tui.insight.milestones import why_unknown

    if beaten is not None:
        return beaten_briefly(beaten)
    return f"not known. {why_unknown(run, state.home)}" if run.journal.exists() else ""


def _samples(run: Run, step: int | None) -> list[dict[str, Any]]:
    """The newest text that a training wrote, or all of one step; GPTLabError where that has none."""
    from gptlab_tui.runs.journal import newest_record, read_journal

    if step is None:
        newest = newest_record(run.journal, "sampled")
        return [] if newest is None else [newest]
    texts = [one for one in read_journal(run.journal, effective=True) if one.get("event") == "sampled"]
    found = [one for one in texts if one.get("step") == step]
    if not found:
        steps = ", ".join(f"{one:,}" for one in dict.fromkeys(one["step"] for one in texts))
        raise GPTLabError(
            f"{run.name} wrote nothing after step {step:,}.", f"It wrote after {steps or 'none'}."
        )
    return found


def _note(run: Run) -> str:
    from gptlab_tui.runs.layout import BrokenRunError

    try:
        return str(run.read_meta()["note"])
    except BrokenRunError:
        return ""


def _curves(run: Run) -> dict[str, Any]:
    from gptlab_tui.runs.compare import loss_curves

    train, val = loss_curves(run)
    return {"train_loss_curve": train, "val_loss_curve": val}


@app.command()
def compare(
    names: Annotated[
        list[str], typer.Argument(metavar="RUN...", help="Two runs or more.", autocompletion=complete_run)
    ],
    plot: Annotated[bool, typer.Option("--plot", help="Draw their evaluations over the steps.")] = False,
    as_json: AsJson = False,
) -> None:
    """Set runs side by side: what they reached, and where their requests differ.

    Losses are in bits per byte: nats per token of different tokenizers cannot be compared.

    Examples:
      gptlab runs compare contos-cpu200k-1 contos-cpu200k-2
      gptlab runs compare one two three --plot
      gptlab runs compare one two --json
    """
    from dataclasses import asdict

    from gptlab_tui.errors import GPTLabError
    from gptlab_tui.runs.compare import compare as compare_runs
    from gptlab_tui.runs.layout import find_run

    found = {name: find_run(state.home, name) for name in names}
    if len(found) < 2:
        raise GPTLabError("There is nothing to compare with.", "Name two runs or more.")
    result = compare_runs(list(found.values()))
    if as_json:
        emit_json(
            {
                "runs": [summary_json(summary) for summary in result.summaries],
                "differences": [asdict(difference) for difference in result.differences],
            }
        )
        return
    console().print(compare_table(result))
    if plot:
        typer.echo(plot_losses(found) or "no evaluations to draw yet")


@app.command()
def export(
    run: RunName,
    output: Annotated[
        Path | None, typer.Option("--output", "-f", metavar="FILE", help="A file instead of standard output.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the metrics of a run as CSV: a row for each logged step and each evaluation.

    What a resumption superseded is left out. With --json a row is one JSON object a line.

    Examples:
      gptlab runs export contos > contos.csv
      gptlab runs export contos --output contos.csv
      gptlab runs export contos --json
    """
    import sys
    from contextlib import nullcontext

    from gptlab_tui.runs.compare import export_csv, metrics
    from gptlab_tui.runs.layout import find_run

    found = find_run(state.home, run)
    target = nullcontext(sys.stdout) if output is None else output.open("w", encoding="utf-8", newline="")
    with target as stream:
        if as_json:
            for row in metrics(found):
                emit_json(row, stream)
        else:
            stream.writelines(shown(line, multiline=True, stream=stream) for line in export_csv(found))


runs_steer.add_to(app)
runs_edit.add_to(app)
