"""`gptlab inspect attention`: where the heads of a model look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from gptlab_tui.cli.attention_views import View, save, show, to_json
from gptlab_tui.cli.common import emit_json
from gptlab_tui.cli.complete import complete_run
from gptlab_tui.cli.inspect_common import (
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
    head_of,
    ids_of,
    layer_of,
    open_against,
    open_for,
    token_of,
)
from gptlab_tui.cli.watching import busy
from gptlab_tui.errors import GPTLabError

if TYPE_CHECKING:
    from gptlab_tui.model.open_run import OpenModel


def attention(
    text: Text,
    run: Run = None,
    step: Step = None,
    layer: Annotated[int, typer.Option(metavar="N", help="From 0; -1 is the last.")] = -1,
    head: Annotated[
        int | None, typer.Option(metavar="N", help="From 0; by default the mean over the heads.")
    ] = None,
    row: Annotated[
        int | None,
        typer.Option(metavar="N", help="What token N alone looks at, as bars; from 0, -1 is the last."),
    ] = None,
    each: Annotated[bool, typer.Option("--each", help="Every head of the layer, abreast.")] = False,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="RUN", help="Then the same of this run, on the same text.", autocompletion=complete_run
        ),
    ] = None,
    against_step: Annotated[
        str | None,
        typer.Option(metavar="N", help="Then the same at this step, of the same run or of --against."),
    ] = None,
    ascii_only: Annotated[
        bool, typer.Option("--ascii", help="In the signs .:-=+*#%@, with numbers where there is room.")
    ] = False,
    scale: Annotated[
        Literal["sqrt", "linear"], typer.Option(help="Of the drawing; `sqrt` shows weak links better.")
    ] = "sqrt",
    width: Width = None,
    without_heads: WithoutHeads = None,
    unknown: Unknown = "error",
    svg: Svg = None,
    png: Png = None,
    as_json: AsJson = False,
) -> None:
    """Show how much each token looks at each other one, as a heat map.

    A row is the token that looks, a column the token that is looked at;
    a row's weights sum to 1. Later tokens are hidden by the causal mask.

    Examples:
      gptlab inspect attention "A figura é poética"
      gptlab inspect attention "A figura é poética" --layer -1 --head 2
      gptlab inspect attention "A figura é poética" --row -1
      gptlab inspect attention "A figura é poética" --ascii --width 60
      gptlab inspect attention "A figura é poética" --each --against-step 500
      gptlab inspect attention "A figura" --run contos --step best --json
      gptlab inspect attention "A figura é poética" --svg map.svg
    """
    if each and head is not None:
        raise GPTLabError("--each and --head are both given.", "Leave one of them out.")
    if each and row is not None:
        raise GPTLabError("--each and --row are both given.", "Leave one of them out.")
    with busy("loading PyTorch", quiet=as_json):
        opened = open_for(text, run, step, without_heads)
    pictures = Pictures(svg, png)
    other = open_against(opened, against, against_step)
    views = [_look(one, text, layer, head, row, each, unknown) for one in (opened, other) if one is not None]
    if as_json:
        first, *others = [to_json(view) for view in views]
        emit_json({"text": text, **first, **({"against": others[0]} if others else {})})
    if pictures:
        save(pictures, views, scale)
    elif not as_json:
        show(views, scale, ascii_only, width)


def _look(
    opened: OpenModel,
    text: str,
    layer: int,
    head: int | None,
    row: int | None,
    each: bool,
    unknown: Literal["error", "skip", "replace"],
) -> View:
    """The maps of one model."""
    from gptlab_tui.insight.attention import attend

    layer = layer_of(opened, layer)
    head = None if head is None else head_of(opened, head)
    heads = range(opened.config.model.n_head) if each else (head,)
    seen = attend(opened, ids_of(opened, text, unknown))
    place = None if row is None else token_of(opened, row, len(seen.ids))
    return View(opened, seen, layer, tuple(heads), place)
