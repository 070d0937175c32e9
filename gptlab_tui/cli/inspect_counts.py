"""`gptlab inspect counts`: a model's next token beside what the corpus's own n-grams say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

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
    Text,
    Unknown,
    Width,
    WithoutHeads,
    bar_for,
    columns_for,
    ids_of,
    open_for,
    print_cells,
    say,
    way_of,
    which,
    which_json,
)
from gptlab_tui.cli.milestone_words import beaten_lines, milestones_json
from gptlab_tui.cli.watching import busy
from gptlab_tui.text.escapes import escaped_pieces

if TYPE_CHECKING:
    from gptlab_tui.insight.counts import Counts
    from gptlab_tui.insight.milestones import Milestone
    from gptlab_tui.model.open_run import OpenModel
    from gptlab_tui.render.heat import Cell, Way


def counts(
    text: Text,
    run: Run = None,
    step: Step = None,
    top: Annotated[int, typer.Option(metavar="N", min=1, help="So many tokens.")] = 12,
    without_heads: WithoutHeads = None,
    unknown: Unknown = "error",
    ascii_only: Ascii = False,
    width: Width = None,
    svg: Svg = None,
    png: Png = None,
    as_json: AsJson = False,
) -> None:
    """Show a model's next token beside what counting the training text says.

    A column n = 3 knows the last two tokens and nothing else: its probabilities are the interpolated
    Kneser-Ney estimate, learnt from the run's training part, and beside them stand, where there is room, the
    bare counts. The column that the model resembles most tells how far back it seems to look here.

    Last comes the evaluation at which the run beat each table on the validation part.

    Examples:
      gptlab inspect counts "A figura é po"
      gptlab inspect counts "A figura é po" --step 500
      gptlab inspect counts "A figura é po" --top 20 --json
      gptlab inspect counts "A figura é po" --svg counts.svg
    """
    with busy("loading PyTorch", quiet=as_json):
        from gptlab_tui.insight.counts import beside_counts
        from gptlab_tui.insight.milestones import milestones_of
        from gptlab_tui.text.ngram_next import discounts
        from gptlab_tui.text.run_text import tokens_of_run
    opened = open_for(text, run, step, without_heads)
    ids = ids_of(opened, text, unknown)
    with busy("counting n-grams", quiet=as_json):
        tokens = tokens_of_run(opened.run.read_training_request(), opened.tokenizer, state.home)
        less = discounts(tokens, state.home)
        beaten = milestones_of(opened.run, state.home)
        assert less is not None  # nobody stops it but Ctrl-C
        assert beaten is not None
        found = beside_counts(opened, ids, tokens.train, less)
    if as_json:
        told = found.to_json(opened.tokenizer, top)
        emit_json({**which_json(opened), "text": text, **told, "baselines": milestones_json(beaten)})
    if pictures := Pictures(svg, png):
        rows = _drawing(opened, found, top, 120, "grey")
        pictures.cells(rows, _caption(opened, found, beaten), apart=True)
    elif not as_json:
        way = way_of(console(), ascii_only)
        print_cells(_drawing(opened, found, top, columns_for(width), way))
        say("", *_caption(opened, found, beaten))


def _drawing(opened: OpenModel, found: Counts, top: int, width: int, way: Way) -> list[list[Cell]]:
    """A column for the model and one for each order: probability, a bar, and how often it was counted."""
    from gptlab_tui.render.heat import label_of, plain

    tokens = found.likeliest(top)
    labels = [label_of(piece, way) for piece in escaped_pieces(tokens, opened.tokenizer)]
    wide = max(5, *(len(plain(label)) for label in labels))
    column = max(5, min(22, (width - wide) // (len(found.orders) + 1)))
    count = max(len(f"{one.counts[tokens].max():,}") for one in found.orders)
    room = max(0, column - 6 - (count + 1 if column >= 8 + count else 0))
    with_counts, draw = column >= 8 + count, bar_for(way)

    def place(chance: float, counted: str) -> str:
        cell = f" {chance:.2f} {draw(chance, room)}" if room else f" {chance:.2f}"
        return f"{cell} {counted:>{count}}" if with_counts else cell

    def line(first: str, cells: list[str]) -> list[Cell]:
        fitted = [cell[:column].ljust(column) for cell in cells]
        return plain(first + " " * (wide - len(plain(first))) + "".join(fitted).rstrip())

    contexts = [
        "".join(label_of(piece, way) for piece in escaped_pieces(one.context, opened.tokenizer))
        for one in found.orders
    ]
    rows = [
        line("", [" model" if column > 5 else " own", *(f" n={one.order}" for one in found.orders)]),
        line("after", [" all", *(f" {context[-(column - 1) :]}" for context in contexts)]),
        line("seen", ["", *(f" {_briefly(one.seen, column - 1)}" for one in found.orders)]),
    ]
    for token, label in zip(tokens, labels, strict=True):
        rows.append(
            line(
                label,
                [
                    place(float(found.model[token]), ""),
                    *(place(float(one.estimate[token]), f"{one.counts[token]:,}") for one in found.orders),
                ],
            )
        )
    rows.append(line("KL", ["", *(f" {bits:.2f}" for bits in found.divergence_bits)]))
    return rows


def _briefly(number: int, width: int) -> str:
    """A count in so many characters, of which there are four at least: 455,337, 38.2k or 38k."""
    from gptlab_tui.render.units import about

    if len(f"{number:,}") <= width:
        return f"{number:,}"
    short = about(number)
    return short if len(short) <= width else f"{float(short[:-1]):.0f}{short[-1]}"


def _caption(opened: OpenModel, found: Counts, beaten: tuple[Milestone, ...]) -> list[str]:
    text = opened.run.read_training_request()["corpus"]["name"]
    return [
        f"{which(opened)}, beside n-grams of the training part of {text}; seen: how often it has the context",
        f"KL: how far the model is from each, in bits; it is nearest to n={found.nearest}.",
        *beaten_lines(beaten),
    ]
