"""`gptlab inspect heads`: what each attention head does, and whether it is missed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gptlab_tui.cli.common import console, emit_json, state
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
    WithoutHeads,
    columns_for,
    ids_of,
    open_for,
    print_cells,
    say,
    text_of,
    way_of,
    which,
    which_json,
)
from gptlab_tui.cli.watching import busy
from gptlab_tui.insight.head_kinds import SCORES, kind_of
from gptlab_tui.render.units import counted

if TYPE_CHECKING:
    from gptlab_tui.insight.heads import HeadLosses, HeadScores
    from gptlab_tui.model.open_run import OpenModel
    from gptlab_tui.render.heat import Cell, Way

#: What stands for a standard error.
SPREAD: dict[Way, str] = {"colour": "±", "grey": "±", "ascii": "+-"}


def heads(
    text: Annotated[
        str | None,
        typer.Argument(
            metavar="[TEXT]",
            callback=text_of,
            help="By default the run's validation part; - is standard input.",
        ),
    ] = None,
    run: Run = None,
    step: Step = None,
    tokens: Annotated[int, typer.Option(metavar="N", min=2, help="Of the text, so many at most.")] = 16_384,
    no_loss: Annotated[
        bool,
        typer.Option("--no-loss", help="Leave out the losses with a head switched off, the longest work."),
    ] = False,
    without_heads: WithoutHeads = None,
    unknown: Unknown = "error",
    ascii_only: Ascii = False,
    width: Width = None,
    svg: Svg = None,
    png: Png = None,
    as_json: AsJson = False,
) -> None:
    """Score every attention head, and switch each off in turn.

    Scores are means over a text, in windows of the model's context. The row
    `even` is a head that looks at all tokens it can see alike: a score says
    something where it is far from that. `repeated` is of no text but of random
    tokens that all differ, half a context of them or the whole vocabulary, and
    the same again: an ideal induction head has 1.

    A head that is switched off adds nothing to the residual stream; `off` is
    how much the loss rises then, in nats per token, and ± its standard error.
    Heads can stand in for each other: two that are not missed alone may be
    missed together: --without-heads says which are off from the start.

    Examples:
      gptlab inspect heads
      gptlab inspect heads --run contos --step 1000 --tokens 4096
      gptlab inspect heads "A figura é poética, mas não é a da heroína." --no-loss
      gptlab inspect heads --json
      gptlab inspect heads --svg heads.svg
    """
    with busy("loading PyTorch", quiet=as_json):
        opened = open_for(text or "", run, step, without_heads)
        from gptlab_tui.insight.heads import head_losses, score_heads
        from gptlab_tui.text.run_text import tokens_of_run
    if text is None:
        request = opened.run.read_training_request()
        ids: Any = tokens_of_run(request, opened.tokenizer, state.home).val[:tokens]
        source = f"validation part of {request['corpus']['name']}"
    else:
        ids, source = ids_of(opened, text, unknown)[:tokens], "a given text"
    with busy("scoring heads", quiet=as_json) as status:

        def tell(done: int, whole: int) -> None:
            if status is not None:
                status.update(f"switching heads off: {done} of {whole}")

        scores = score_heads(opened, ids)
        losses = None if no_loss else head_losses(opened, ids, tell=tell)
    assert scores is not None
    if as_json:
        emit_json(_json(opened, source, scores, losses))
    if pictures := Pictures(svg, png):
        lines = captions(opened, source, scores, losses, "colour")
        pictures.cells(table(scores, losses, "colour", 120), lines)
    elif not as_json:
        way = way_of(console(), ascii_only)
        print_cells([*table(scores, losses, way, columns_for(width)), []])
        say(*captions(opened, source, scores, losses, way))


def kind_at(scores: HeadScores, layer: int, head: int) -> str:
    """What a head may be called by."""
    return kind_of({name: float(getattr(scores, name)[layer, head]) for name in SCORES}, scores.even)


def table(scores: HeadScores, losses: HeadLosses | None, way: Way, width: int) -> list[list[Cell]]:
    """A row a head, layer.head, and one for an even look."""
    from gptlab_tui.render.table import Column, draw_table

    n_layer, n_head = scores.previous.shape
    places = [(layer, head) for layer in range(n_layer) for head in range(n_head)]
    columns = [
        Column("head", [*(f"{layer}.{head}" for layer, head in places), "even"], left=True),
    ]
    for rank, name in enumerate(SCORES, 1):
        values = [float(getattr(scores, name)[place]) for place in places]
        texts = [*map(_weight, values), _weight(scores.even[name])]
        columns.append(
            Column(name, texts, [None if math.isnan(v) else v for v in values] + [None], rank=rank)
        )
    bits = [float(scores.entropy_bits[place]) for place in places]
    columns.append(Column("bits", [f"{b:.2f}" for b in [*bits, scores.even["entropy_bits"]]], rank=1))
    if losses is not None:
        rises = [float(losses.without[place]) - losses.loss for place in places]
        largest = max(1e-9, *rises)
        shades = [max(0.0, rise / largest) for rise in rises]
        columns.append(Column("off", [*(f"{rise:+.4f}" for rise in rises), ""], [*shades, None]))
        if losses.windows > 1:
            errors = [float(losses.error[place]) for place in places]
            columns.append(Column(SPREAD[way], [*(f"{error:.4f}" for error in errors), ""], rank=6))
    kinds = [kind_at(scores, *place) for place in places]
    if any(kinds):
        columns.append(Column("mostly", [*kinds, ""], left=True, rank=7))
    return draw_table(columns, way, width)


def _weight(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.2f}"


def captions(
    opened: OpenModel, source: str, scores: HeadScores, losses: HeadLosses | None, way: Way
) -> list[str]:
    """What the table is of, in lines."""
    lines = [f"{which(opened)}, on {counted(scores.tokens, 'token')}: {source}"]
    lines += [f"{name}: {meaning}" for name, meaning in SCORES.items()]
    if scores.repeated_tokens:
        lines[-1] += f" ({scores.repeated_tokens:,} different ones, and the same again)"
    lines.append("bits: how spread a row of weights is; 0 looks at one token")
    lines.append("even: a head that looks at all tokens it can see alike")
    if losses is not None:
        spread = f"{SPREAD[way]}: standard error over {losses.windows:,} windows"
        lines.append(
            f"off: nats per token that the loss rises from {losses.loss:.4f} without the head; "
            f"{spread if losses.windows > 1 else 'one window has no standard error'}"
        )
    return lines


def _json(opened: OpenModel, source: str, scores: HeadScores, losses: HeadLosses | None) -> dict[str, Any]:
    n_layer, n_head = scores.previous.shape
    names = [*SCORES, "entropy_bits"]
    return {
        **which_json(opened),
        "source": source,
        "tokens": scores.tokens,
        "windows": None if losses is None else losses.windows,
        "loss": None if losses is None else losses.loss,
        "repeated_tokens": scores.repeated_tokens,
        "even": {name: scores.even[name] for name in names},
        "heads": [
            {
                "layer": layer,
                "head": head,
                **{name: float(getattr(scores, name)[layer, head]) for name in names},
                "kind": kind_at(scores, layer, head) or None,
                "loss_without": None if losses is None else float(losses.without[layer, head]),
                "loss_error": None if losses is None else float(losses.error[layer, head]),
            }
            for layer in range(n_layer)
            for head in range(n_head)
        ],
    }
