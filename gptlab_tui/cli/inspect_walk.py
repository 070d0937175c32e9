"""`gptlab inspect walk`: a sentence walked through a model, tensor by tensor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gptlab_tui.cli.common import console, emit_json
from gptlab_tui.cli.inspect_common import (
    Ascii,
    AsJson,
    Pictures,
    Png,
    Run,
    Step,
    Svg,
    Text,
    Unknown,
    Width,
    WithoutHeads,
    columns_for,
    head_of,
    ids_of,
    layer_of,
    open_for,
    print_cells,
    way_of,
    which,
    which_json,
)
from gptlab_tui.cli.watching import busy
from gptlab_tui.errors import GPTLabError
from gptlab_tui.render.units import counted
from gptlab_tui.text.escapes import escaped_piece

if TYPE_CHECKING:
    from gptlab_tui.insight.walk import Walk
    from gptlab_tui.insight.walk_lines import Line
    from gptlab_tui.model.open_run import OpenModel
    from gptlab_tui.render.heat import Cell, Way

#: So many of the most probable next tokens are told.
BEST = 10


def walk(
    text: Text,
    run: Run = None,
    step: Step = None,
    layer: Annotated[
        int, typer.Option(metavar="N", help="The layer to go through in full, from 0; -1 is the last.")
    ] = 0,
    every: Annotated[bool, typer.Option("--all", help="Go through every layer in full.")] = False,
    head: Annotated[int, typer.Option(metavar="N", min=0, help="The head whose numbers are shown.")] = 0,
    position: Annotated[
        int, typer.Option(metavar="N", help="The token whose numbers are shown, from 1; -1 is the last.")
    ] = -1,
    numbers: Annotated[int, typer.Option(metavar="N", min=1, help="So many numbers of a row.")] = 6,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say of each step in a sentence what it does.")
    ] = False,
    without_heads: WithoutHeads = None,
    unknown: Unknown = "error",
    ascii_only: Ascii = False,
    width: Width = None,
    svg: Svg = None,
    png: Png = None,
    as_json: AsJson = False,
) -> None:
    """Walk a text through the model: every tensor with its shape, formula and values.

    From token ids to the probabilities of the next token: embeddings, norms,
    attention in its steps, MLP, residual stream, head. The numbers shown are
    those of one token and one head; --json has all of them.

    The walk computes each step itself, in the model's order. Its last line is
    compared with the model's own forward pass, and the difference is told.

    Letters of shapes: T tokens, S keys, C features, nh heads of width hs,
    H hidden features, V vocabulary.

    Examples:
      gptlab inspect walk "A figura"
      gptlab inspect walk "A figura" --explain
      gptlab inspect walk "A figura" --layer -1 --head 2 --position 3
      gptlab inspect walk "A figura" --without-heads 0.1,2.3 --layer 2
      gptlab inspect walk "A figura" --all --json
      gptlab inspect walk "A figura" --ascii --width 60
    """
    with busy("loading PyTorch", quiet=as_json):
        opened = open_for(text, run, step, without_heads)
        from gptlab_tui.insight.walk import walk as walk_through
    layer, head = layer_of(opened, layer), head_of(opened, head)
    ids = ids_of(opened, text, unknown)
    found = walk_through(opened, ids, lambda number: every or number == layer)
    if not 0 < abs(position) <= len(found.ids):
        raise GPTLabError(f"There is no token {position}.", f"The text has 1 to {len(found.ids)}.")
    position = (position - (position > 0)) % len(found.ids)
    if as_json:
        emit_json(_json(opened, found, text, position))
    if pictures := Pictures(svg, png):
        pictures.cells(told(opened, found, position, head, numbers, "grey", 120, explain))
    elif not as_json:
        way = way_of(console(), ascii_only)
        print_cells(told(opened, found, position, head, numbers, way, columns_for(width), explain))


def told(
    opened: OpenModel,
    found: Walk,
    position: int,
    head: int,
    numbers: int,
    way: Way,
    width: int,
    explain: bool = False,
) -> list[list[Cell]]:
    """The walk in lines of at most `width` columns, where the words allow."""
    from textwrap import wrap

    from gptlab_tui.explain.walk import sentence
    from gptlab_tui.render.heat import label_of, plain
    from gptlab_tui.render.walk import by_token, draw_curve

    labels = [label_of(piece, way) for piece in found.pieces]
    lines: list[str] = []

    def say(text: str, indent: int = 0) -> None:
        space = " " * indent
        broken = wrap(
            text,
            max(20, width),
            initial_indent=space,
            subsequent_indent=space,
            break_on_hyphens=False,
        )
        lines.extend(line.replace("\xa0", " ") for line in broken)

    say(f"{which(opened)}: {counted(len(found.ids), 'token')}, numbers of `{labels[position]}`"
        f" (token {position + 1}) and of head {head}")  # fmt: skip
    if found.dropped:
        say(f"The context holds {len(found.ids):,} tokens; the first {found.dropped:,} are left out.")
    curves = {f"h.{curve.layer}.mlp": curve for curve in found.curves}
    where = None
    for line in found.lines:
        if line.where != where:
            where = line.where
            lines.append("")
            say(where or "text")
        shape = " x ".join(map(str, line.values.shape))
        say(f"{line.name} = {line.formula}   ({line.axes}) = {shape}", 2)
        for text in _values(line, labels, position, head, numbers):
            say(text, 6)
        if explain:
            say(sentence(line.name), 6)
        if line.note:
            say(line.note, 6)
        if line.name == "activation" and line.where in curves:
            curve = curves[line.where]
            say(f"{curve.name}: x, its value, and how many values of the text are there", 6)
            lines += draw_curve(curve.x.tolist(), curve.y.tolist(), curve.counts.tolist(), way, width)
    lines.append("")
    if found.contributions:
        say(f"Who wrote the last residual stream of `{labels[position]}`; the shares sum to 1:")
        names = [name for name, _ in found.contributions]
        say(by_token(names, [float(share[position]) for _, share in found.contributions]), 2)
    say(f"What comes after `{labels[position]}`:")
    best = [f"{label_of(piece, way)}\xa0{p:.4f}" for _, piece, p in next_tokens(opened, found, position)]
    say("   ".join(best), 2)
    exact = "exactly" if found.difference == 0 else f"to {found.difference:.1e}"
    say(
        f"The logits equal the model's own, step by step, {exact}; the fast path, which adds up in"
        f" another order, differs by {found.difference_fast:.1e} at most."
    )
    return [plain(line) for line in lines]


def _values(line: Line, labels: list[str], position: int, head: int, numbers: int) -> list[str]:
    """The numbers of one token and one head, and what can be said of them all."""
    from gptlab_tui.render.walk import by_token, first_of, number

    axes, values = line.axes.split(), line.values
    if axes == ["T"]:
        return [by_token(labels, values.tolist())]
    if axes[0] == "nh":
        values = values[head]
    if axes[-1] == "S":
        seen = values[position].tolist()[: position + 1]
        return [f"`{labels[position]}` looks at: {by_token(labels[: position + 1], seen)}"]
    row = values[position] if "T" in axes else values
    all_of = f"mean {number(float(row.mean()))}, deviation {number(float(row.std()))}"
    return [
        first_of(row.tolist(), numbers),
        f"{all_of}, from {number(float(row.min()))} to {number(float(row.max()))}",
    ]


def next_tokens(opened: OpenModel, found: Walk, position: int) -> list[tuple[int, str, float]]:
    """The most probable tokens after a position: id, piece, probability."""
    probabilities = found.lines[-1].values[position]
    order = probabilities.argsort(kind="stable")[::-1][:BEST].tolist()
    return [(token, escaped_piece(token, opened.tokenizer), float(probabilities[token])) for token in order]


def _json(opened: OpenModel, found: Walk, text: str, position: int) -> dict[str, Any]:
    return {
        **which_json(opened),
        "text": text,
        "tokens": len(found.ids),
        "dropped": found.dropped,
        "ids": list(found.ids),
        "pieces": list(found.pieces),
        "lines": [
            {
                "where": line.where,
                "name": line.name,
                "formula": line.formula,
                "axes": line.axes,
                "shape": list(line.values.shape),
                "values": line.values.tolist(),
                "note": line.note,
            }
            for line in found.lines
        ],
        "curves": [
            {
                "layer": curve.layer,
                "name": curve.name,
                "edges": curve.edges.tolist(),
                "x": curve.x.tolist(),
                "y": curve.y.tolist(),
                "counts": curve.counts.tolist(),
            }
            for curve in found.curves
        ],
        "contributions": [{"part": name, "shares": share.tolist()} for name, share in found.contributions],
        "position": position,
        "next": [
            {"id": token, "piece": piece, "probability": probability}
            for token, piece, probability in next_tokens(opened, found, position)
        ],
        "difference": found.difference,
        "difference_fast": found.difference_fast,
    }
