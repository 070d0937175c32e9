"""`gptlab inspect weights`: a trained model's tree and numbers, and any of its matrices as a heat map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gptlab_tui.cli.common import console, emit_json, state, warn
from gptlab_tui.cli.inspect_common import (
    Ascii,
    AsJson,
    Pictures,
    Png,
    Run,
    Step,
    Svg,
    Unknown,
    Width,
    columns_for,
    ids_of,
    open_for,
    pass_over,
    print_cells,
    say,
    way_of,
    which,
    which_json,
)
from gptlab_tui.cli.watching import busy
from gptlab_tui.errors import GPTLabError

if TYPE_CHECKING:
    from gptlab_tui.insight.units import Units
    from gptlab_tui.insight.weights import Norms
    from gptlab_tui.model.describe import Description, Module
    from gptlab_tui.model.open_run import OpenModel
    from gptlab_tui.render.heat import Cell, Way


def weights(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="A tensor; by default the whole model is told.")
    ] = None,
    run: Run = None,
    step: Step = None,
    text: Annotated[
        str | None, typer.Option(help="NAME is an activation on this text, such as h.0.activation.")
    ] = None,
    head: Annotated[int, typer.Option(metavar="N", min=0, help="Of an activation that has heads.")] = 0,
    gradients: Annotated[
        bool, typer.Option("--gradients", help="Of NAME, also the gradient's norm at every snapshot.")
    ] = False,
    unknown: Unknown = "error",
    ascii_only: Ascii = False,
    width: Width = None,
    svg: Svg = None,
    png: Png = None,
    as_json: AsJson = False,
) -> None:
    """Show a trained model's tree, shapes and numbers; with NAME, a tensor as a heat map.

    Without NAME: the module tree, the parameters by part, the statistics of
    every tensor with its norm over the run's snapshots, and how many hidden
    units never fire on the training text (dead) or always do (saturated).

    With NAME: its heat map, statistics and histogram, and its norm at every
    snapshot, beside the norm of the whole gradient that the journal has.

    Examples:
      gptlab inspect weights
      gptlab inspect weights h.0.attn.c_attn.weight
      gptlab inspect weights wte.weight --gradients
      gptlab inspect weights h.2.activation --text "A figura é poética"
      gptlab inspect weights h.1.weights --head 2 --text "A figura"
      gptlab inspect weights --json
    """
    pictures = Pictures(svg, png)
    with busy("loading PyTorch", quiet=as_json):
        opened = open_for(text or "", run, step, may_be_damaged=text is None and not gradients)
        from gptlab_tui.cli import inspect_tensor
    if name is None and text is not None:
        raise GPTLabError(
            "--text says on what an activation is to be read, but none is named.", "Like h.0.activation."
        )
    if name is None:
        _model(opened, ascii_only, width, pictures, as_json)
        return
    ids = None if text is None else ids_of(opened, text, unknown)
    sample = _training_tokens(opened) if gradients and ids is None else None
    with busy("reading snapshots", quiet=as_json):
        found = inspect_tensor.look_at(opened, name, ids, head, sample)
    if as_json:
        emit_json(inspect_tensor.to_json(opened, found))
    if pictures:
        pictures.cells(inspect_tensor.drawn(opened, found, "colour", 120))
    elif not as_json:
        print_cells(inspect_tensor.drawn(opened, found, way_of(console(), ascii_only), columns_for(width)))


def _training_tokens(opened: OpenModel) -> Any:
    """The first tokens of the run's training part; raises GPTLabError where its text is gone."""
    from gptlab_tui.insight.units import TOKENS
    from gptlab_tui.text.run_text import tokens_of_run

    return tokens_of_run(opened.run.read_training_request(), opened.tokenizer, state.home).train[:TOKENS]


def _model(opened: OpenModel, ascii_only: bool, width: int | None, pictures: Pictures, as_json: bool) -> None:
    """The whole model in numbers."""
    from gptlab_tui.cli.model_tables import module_tree, parts_table
    from gptlab_tui.insight.units import units
    from gptlab_tui.insight.weights import norms_over_training
    from gptlab_tui.model.describe import describe_model
    from gptlab_tui.model.open_run import refuse_damage

    described = describe_model(opened.model, opened.tokenizer.vocab_size)
    with busy("reading snapshots", quiet=as_json):
        norms = norms_over_training(opened.run, passed_over=pass_over)
    assert norms is not None
    hidden: list[Units] | None = None
    try:
        refuse_damage(opened)
        with busy("counting units", quiet=as_json):
            hidden = units(opened, _training_tokens(opened))
    except GPTLabError as error:
        warn(f"Units are not counted. {error.message}", error.hint)
    if as_json:
        emit_json(_json(opened, described.to_json(), norms, hidden))
    if pictures:
        lines = [_title(opened), *unit_lines(hidden)]
        pictures.cells(tensor_table(opened, norms, "colour", 120), lines, apart=True)
    if pictures or as_json:
        return
    screen = console()
    way = way_of(screen, ascii_only)
    say(_title(opened))
    if way == "ascii":
        say(*tree_lines(described.tree), "")
        print_cells([*parts_rows(described, columns_for(width)), []])
    else:
        for shown in (module_tree(described.tree), parts_table(described)):
            screen.print(shown)
    print_cells([*tensor_table(opened, norms, way, columns_for(width)), []])
    say(*unit_lines(hidden))


def _title(opened: OpenModel) -> str:
    count = sum(parameter.numel() for parameter in opened.model.parameters())
    return f"{which(opened)}: {count:,} parameters"


def tree_lines(node: Module, name: str = "model", depth: int = 0) -> list[str]:
    """The module tree in ASCII, a module a line."""
    from gptlab_tui.model.describe import folded

    words = [
        name,
        node.kind,
        *[", ".join(map(str, node.tensors))] * bool(node.tensors),
        f"{node.parameters:,}",
    ]
    lines = ["  " * depth + "  ".join(words)]
    for child_name, child in folded(node.children):
        lines += tree_lines(child, child_name.replace("…", "..."), depth + 1)
    return lines


def parts_rows(described: Description, width: int) -> list[list[Cell]]:
    """Parameters by part with their shares, in ASCII."""
    from gptlab_tui.render.table import Column, draw_table
    from gptlab_tui.render.units import share

    columns = [
        Column("part", [part.name for part in described.parts], left=True),
        Column("parameters", [f"{part.parameters:,}" for part in described.parts]),
        Column("share", [share(part.share) for part in described.parts]),
    ]
    return draw_table(columns, "ascii", width)


def unit_lines(hidden: list[Units] | None) -> list[str]:
    """How many units of each layer are dead or saturated."""
    if not hidden:
        return []
    from gptlab_tui.explain.weights import unit_bounds
    from gptlab_tui.insight.units import TOKENS

    lines = [
        f"Hidden units on the first {TOKENS:,} tokens of the training text, by what goes into the "
        f"activation: {unit_bounds(*hidden[0].bounds)}"
    ]
    for one in hidden:
        lines.append(
            f"  h.{one.layer}: {len(one.on):,} units, {one.dead:,} dead (never on), "
            f"{one.saturated:,} saturated (always open); a unit is on for {one.on.mean():.1%} of the tokens"
        )
    return lines


def tensor_table(opened: OpenModel, norms: Norms, way: Way, width: int) -> list[list[Cell]]:
    """A row for every tensor: shape, statistics, and its norm over the snapshots."""
    from gptlab_tui.insight.numbers import statistics
    from gptlab_tui.insight.weights import weights as all_weights
    from gptlab_tui.render.bars import sparkline
    from gptlab_tui.render.table import Column, draw_table
    from gptlab_tui.render.walk import number

    found = all_weights(opened)
    about = [statistics(values) for values in found.values()]
    columns = [
        Column("tensor", list(found), left=True),
        Column("shape", [" x ".join(map(str, values.shape)) for values in found.values()], rank=2),
        Column("mean", [number(one.mean) for one in about], rank=5),
        Column("deviation", [number(one.deviation) for one in about], rank=3),
        Column("from", [number(one.minimum) for one in about], rank=6),
        Column("to", [number(one.maximum) for one in about], rank=6),
        Column("norm", [number(one.norm) for one in about]),
    ]
    if any(one.not_finite for one in about):
        columns.insert(2, Column("not finite", [f"{one.not_finite:,}" for one in about]))
    if norms.steps:
        rows = [norms.norms[name] for name in found]
        columns.append(Column("norm at first", [number(row[0]) for row in rows], rank=4))
        if way != "ascii":
            columns.append(
                Column("norm by snapshot", [sparkline(row.tolist()) for row in rows], left=True, rank=1)
            )
    return draw_table(columns, way, width)


def _json(
    opened: OpenModel, described: dict[str, Any], norms: Norms, hidden: list[Units] | None
) -> dict[str, Any]:
    from dataclasses import asdict

    from gptlab_tui.insight.numbers import statistics
    from gptlab_tui.insight.weights import gradient_norms
    from gptlab_tui.insight.weights import weights as all_weights

    return {
        **which_json(opened),
        **described,
        "snapshots": list(norms.steps),
        "tensors": [
            {
                "name": name,
                "shape": list(values.shape),
                **asdict(statistics(values)),
                "norms": [float(norm) for norm in norms.norms.get(name, ())],
            }
            for name, values in all_weights(opened).items()
        ],
        "gradients": [{"step": step, "norm": norm} for step, norm in gradient_norms(opened.run)],
        "units": [
            {
                "layer": one.layer,
                "units": len(one.on),
                "dead": one.dead,
                "saturated": one.saturated,
                "on": float(one.on.mean()),
                "on_above": one.bounds[0],
                "open_above": one.bounds[1],
            }
            for one in hidden or ()
        ],
    }
