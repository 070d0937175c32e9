"""What people do with runs: rename, tag, branch, pack, delete, restore."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gptlab_tui.cli.common import emit_json, shown, state
from gptlab_tui.cli.complete import complete_run, complete_thrown
from gptlab_tui.cli.runs_common import AsJson, RunName, own_run

NewName = Annotated[
    str, typer.Argument(metavar="NEW", help="Up to 64 letters, digits, dots, dashes, underscores.")
]


def add_to(app: typer.Typer) -> None:
    """Adds these verbs to the group."""
    for verb in (rename, tag, branch, pack, delete, restore):
        app.command()(verb)


def rename(run: RunName, new: NewName, as_json: AsJson = False) -> None:
    """Give a run another name. Not while it is in training.

    Examples:
      gptlab runs rename contos-cpu200k-1 baseline
    """
    from gptlab_tui.runs import edit

    renamed = edit.rename(own_run(run), new)
    if as_json:
        emit_json({"run": renamed.name, "former": run, "path": str(renamed.path)})
    else:
        typer.echo(f"{shown(run)} is now {shown(renamed.name)}")


def tag(
    run: RunName,
    tags: Annotated[list[str] | None, typer.Argument(metavar="TAG...", help="Tags to add.")] = None,
    remove: Annotated[
        list[str] | None, typer.Option("--remove", "-r", metavar="TAG", help="A tag to remove.")
    ] = None,
    title: Annotated[str | None, typer.Option("--title", help="A line that says what it is.")] = None,
    note: Annotated[str | None, typer.Option("--note", help="What should be remembered.")] = None,
    as_json: AsJson = False,
) -> None:
    """Add tags, a title or a note to a run, or show them. Also while it is in training.

    Examples:
      gptlab runs tag contos-cpu200k-1 baseline rope
      gptlab runs tag contos-cpu200k-1 --remove rope
      gptlab runs tag contos-cpu200k-1 --title "half the rate" --note "diverged"
      gptlab runs tag contos-cpu200k-1
    """
    from gptlab_tui.runs import edit
    from gptlab_tui.runs.layout import find_run

    if tags or remove or title is not None or note is not None:
        meta = edit.tag(own_run(run), tags or (), remove or (), title, note)
    else:
        meta = find_run(state.home, run).read_meta()
    if as_json:
        emit_json({"run": run, "tags": meta["tags"], "title": meta["title"], "note": meta["note"]})
        return
    said = [" ".join(meta["tags"]), str(meta["title"]), str(meta["note"])]
    typer.echo(
        shown("\n".join(text for text in said if text) or "no tags, no title, no note", multiline=True)
    )


def branch(
    run: RunName,
    new: NewName,
    step: Annotated[
        int | None,
        typer.Option(
            "--step", min=0, help="Step of the checkpoint; by default the newest.", show_default=False
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a new run that goes on from a checkpoint of another.

    It has the checkpoint, and journal and snapshots up to it. The other stays as it is, and may be
    in training. `gptlab runs show` lists the checkpoints.

    Examples:
      gptlab runs branch contos-cpu200k-1 half-rate --step 500
      gptlab train --resume half-rate -o lr_scale=0.5
    """
    from gptlab_tui.runs import edit
    from gptlab_tui.runs.layout import find_run

    made = edit.branch(find_run(state.home, run), step, new, state.home)
    parent = made.read_request()["parent"]
    if as_json:
        emit_json({"run": made.name, "parent": parent, "path": str(made.path)})
        return
    typer.echo(shown(f"{made.name} goes on from step {parent['step']:,} of {parent['run']}"))
    typer.echo(f"continue: gptlab train --resume {shown(made.name)}")


def pack(
    run: RunName,
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Where; its last part is the copy's name.")
    ],
    step: Annotated[
        int | None,
        typer.Option(
            "--step", min=0, help="Step of the checkpoint; by default the newest.", show_default=False
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Copy a run to give away: without its optimizer, and without paths of this machine.

    The copy can be sampled, looked into and fine-tuned (`gptlab train --from`), not resumed. Whoever
    gets it puts the folder among their runs.

    Examples:
      gptlab runs pack contos-cpu200k-1 /tmp/my-model
    """
    from gptlab_tui.runs.layout import find_run
    from gptlab_tui.runs.pack import pack as pack_run

    packed = pack_run(find_run(state.home, run), step, folder.absolute())
    size_bytes = sum(path.stat().st_size for path in packed.path.rglob("*") if path.is_file())
    if as_json:
        emit_json({"run": packed.name, "path": str(packed.path), "size_bytes": size_bytes})
    else:
        typer.echo(f"{shown(str(packed.path))}: {size_bytes / 2**20:.1f} MiB")


def delete(
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", help="Runs.", autocompletion=complete_run)],
    as_json: AsJson = False,
) -> None:
    """Move runs to the trash. Not while they are in training.

    The trash is the folder .trash beside the runs: `gptlab runs restore` brings one back; remove its
    folder to free the space.

    Examples:
      gptlab runs delete contos-cpu200k-1
      gptlab runs delete contos-cpu200k-1 contos-cpu200k-2
    """
    from gptlab_tui.runs import edit

    found = {name: own_run(name) for name in runs}  # all are there, or none is deleted
    places = {name: edit.delete(run, state.home) for name, run in found.items()}
    if as_json:
        emit_json({"deleted": [{"run": name, "path": str(place)} for name, place in places.items()]})
        return
    for name, place in places.items():
        typer.echo(f"{shown(name)} lies in the trash now: {shown(str(place))}")
        typer.echo(f"bring it back: gptlab runs restore {shown(place.name)}")


def restore(
    run: Annotated[
        str,
        typer.Argument(metavar="RUN", help="Its name in the trash.", autocompletion=complete_thrown),
    ],
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="NEW", help="Another name for it.", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bring a run back from the trash.

    Of two runs that were deleted under one name the later lies there as NAME.2; a name that the
    trash does not know is answered with those it does.

    Examples:
      gptlab runs restore contos-cpu200k-1
      gptlab runs restore contos-cpu200k-1.2 --name second-try
    """
    from gptlab_tui.runs import edit

    back = edit.restore(state.home, run, name)
    if as_json:
        emit_json({"run": back.name, "path": str(back.path)})
    else:
        typer.echo(f"{shown(back.name)} is among the runs again")
