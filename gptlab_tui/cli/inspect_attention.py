"""`gptlab inspect attention`: where the heads of a model look."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from gptlab_tui.cli.common import console, emit_json, say_unknown, shown
from gptlab_tui.cli.inspect_common import (
    AsJson,
    Run,
    Step,
    Svg,
    Text,
    Unknown,
    Width,
    open_for,
    print_cells,
    save_picture,
    way_of,
    which,
    which_json,
)
from gptlab_tui.cli.watching import busy
from gptlab_tui.errors import GPTLabError

if TYPE_CHECKING:
    from gptlab_tui.insight.attention import Attention
    from gptlab_tui.model.open_run import OpenModel

#: So many of the strongest links are told in words.
LINKS = 8


def attention(
    text: Text,
    run: Run = None,
    step: Step = None,
    layer: Annotated[int, typer.Option(metavar="N", help="From 0; -1 is the last.")] = -1,
    head: Annotated[
        int | None, typer.Option(metavar="N", help="From 0; by default the mean over the heads.")
    ] = None,
    ascii_only: Annotated[
        bool, typer.Option("--ascii", help="In the signs .:-=+*#%@, with numbers where there is room.")
    ] = False,
    scale: Annotated[
        Literal["sqrt", "linear"], typer.Option(help="Of the drawing; `sqrt` shows weak links better.")
    ] = "sqrt",
    width: Width = None,
    unknown: Unknown = "error",
    svg: Svg = None,
    as_json: AsJson = False,
) -> None:
    """Show how much each token looks at each other one, as a heat map.

    A row is the token that looks, a column the token that is looked at;
    a row's weights sum to 1. Later tokens are hidden by the causal mask.

    Examples:
      gptlab inspect attention "A figura é poética"
      gptlab inspect attention "A figura é poética" --layer -1 --head 2
      gptlab inspect attention "A figura é poética" --ascii --width 60
      gptlab inspect attention "A figura" --run contos --step best --json
      gptlab inspect attention "A figura é poética" --svg map.svg
    """
    with busy("loading PyTorch", quiet=as_json):
        from gptlab_tui.insight.attention import attend
    opened = open_for(text, run, step)
    layer, head = _choose(opened, layer, head)
    seen = attend(opened, [int(token) for token in opened.tokenizer.encode(text, unknown)])
    say_unknown(opened.tokenizer, text, unknown, "text")
    if as_json:
        emit_json(_json(opened, seen, text, layer, head))
    if svg is not None:
        _save(svg, opened, seen, layer, head, scale)
    if not as_json and svg is None:
        _show(opened, seen, layer, head, scale, ascii_only, width)


def _choose(opened: OpenModel, layer: int, head: int | None) -> tuple[int, int | None]:
    """Layer and head counted from 0. Raises GPTLabError for those that the model has not."""
    n_layer, n_head = opened.config.model.n_layer, opened.config.model.n_head
    if not -n_layer <= layer < n_layer:
        raise GPTLabError(f"There is no layer {layer}.", f"{opened.run.name} has 0 to {n_layer - 1}.")
    if head is not None and not -n_head <= head < n_head:
        raise GPTLabError(f"There is no head {head}.", f"{opened.run.name} has 0 to {n_head - 1}.")
    return layer % n_layer, None if head is None else head % n_head


def _json(opened: OpenModel, seen: Attention, text: str, layer: int, head: int | None) -> dict[str, object]:
    from gptlab_tui.insight.links import entropy_bits, strongest

    matrix = seen.matrix(layer, head)
    spread = entropy_bits(seen.weights).mean(axis=-1)
    return {
        **which_json(opened),
        "text": text,
        "layer": layer,
        "head": head,
        "tokens": len(seen.ids),
        "dropped": seen.dropped,
        "ids": list(seen.ids),
        "pieces": list(seen.pieces),
        "weights": [[float(weight) for weight in row] for row in matrix],
        "entropy_bits": [float(bits) for bits in entropy_bits(matrix)],
        "links": [
            {
                "query": link.query,
                "key": link.key,
                "weight": link.weight,
                "words": link.words(seen.pieces),
            }
            for link in strongest(matrix, LINKS)
        ],
        "heads": [
            {"layer": row, "head": column, "entropy_bits": float(bits)}
            for row, line in enumerate(spread)
            for column, bits in enumerate(line)
        ],
    }


def caption(opened: OpenModel, seen: Attention, layer: int, head: int | None, factor: int) -> list[str]:
    """What a map is of, in lines; texts as they are."""
    config = opened.config.model
    heads = f"head {head} of 0-{config.n_head - 1}" if head is not None else f"mean of {config.n_head} heads"
    lines = [
        f"{which(opened)}, layer {layer} of 0-{config.n_layer - 1}, {heads}",
        "A row looks at the columns; later tokens are hidden from it (causal mask).",
    ]
    if factor > 1:
        lines.append(
            f"Each place is the largest of {factor} x {factor} weights; a label is the first of {factor}."
        )
    if seen.dropped:
        lines.append(f"The context holds {len(seen.ids):,} tokens; the first {seen.dropped:,} are left out.")
    return lines


def _show(
    opened: OpenModel,
    seen: Attention,
    layer: int,
    head: int | None,
    scale: Literal["sqrt", "linear"],
    ascii_only: bool,
    width: int | None,
) -> None:
    """The map, its caption, and the strongest links in words."""
    from rich.text import Text as Line

    from gptlab_tui.insight.links import pool, strongest
    from gptlab_tui.render import heat

    screen = console()
    way = way_of(screen, ascii_only)
    labels = [heat.label_of(piece, way) for piece in seen.pieces]
    layout = heat.plan(labels, way, width or screen.width)
    matrix = seen.matrix(layer, head)
    rows = heat.draw(pool(matrix, layout.factor).tolist(), labels, layout, scale)
    print_cells([*rows, [], heat.legend(way, scale)])
    for line in caption(opened, seen, layer, head, layout.factor):
        screen.print(Line(shown(line)), soft_wrap=True)
    screen.print()
    for link in strongest(matrix, LINKS):
        places = f"  ({link.query} → {link.key})" if way != "ascii" else f"  ({link.query} -> {link.key})"
        screen.print(Line(shown(link.words(labels)) + places), soft_wrap=True)


def _save(
    path: Path,
    opened: OpenModel,
    seen: Attention,
    layer: int,
    head: int | None,
    scale: Literal["sqrt", "linear"],
) -> None:
    """The whole map as SVG, never pooled; raises JobFailed where the file cannot be written."""
    from gptlab_tui.insight.links import strongest
    from gptlab_tui.render.heat import label_of
    from gptlab_tui.render.heat_svg import heat_svg

    labels = [label_of(piece) for piece in seen.pieces]
    matrix = seen.matrix(layer, head)
    lines = caption(opened, seen, layer, head, 1)
    lines += [link.words(labels) for link in strongest(matrix, LINKS)]
    save_picture(path, heat_svg(matrix.tolist(), labels, lines, scale))
