"""`gptlab inspect embeddings`: the vectors of tokens and positions, in a picture and in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from gptlab_tui.cli.common import console, emit_json
from gptlab_tui.cli.embedding_views import View, caption, cosine_map_of, panels, show, to_json
from gptlab_tui.cli.inspect_common import (
    Ascii,
    AsJson,
    Pictures,
    Png,
    Run,
    Step,
    Svg,
    Width,
    columns_for,
    open_for,
    way_of,
)
from gptlab_tui.cli.watching import busy

if TYPE_CHECKING:
    from gptlab_tui.insight.embeddings import Embedding

Of = Annotated[
    Literal["tokens", "positions", "head"],
    typer.Option("--of", help="What the vectors stand for; `head` are those of an untied head."),
]
Method = Annotated[
    Literal["tsne", "pca"], typer.Option(help="`tsne` shows who is near whom, `pca` the largest differences.")
]
Groups = Annotated[
    list[str] | None,
    typer.Option(
        "--group",
        metavar="TEXT",
        help="Stress the tokens of a text, or positions such as 12-14; several times for several groups.",
    ),
]
Most = Annotated[
    int, typer.Option("--most", metavar="N", min=5, max=4096, help="Tokens at most, the lowest ids first.")
]


def embeddings(
    run: Run = None,
    step: Step = None,
    against_step: Annotated[
        str | None,
        typer.Option(metavar="N", help="Beside step N, or `best`, instead of those that it began with."),
    ] = None,
    of: Of = "tokens",
    method: Method = "tsne",
    group: Groups = None,
    neighbours: Annotated[
        str, typer.Option(metavar="TEXT", help="Tell the nearest of these tokens (or positions).")
    ] = "",
    cosines: Annotated[bool, typer.Option("--map", help="Draw the cosine of every pair as a map.")] = False,
    perplexity: Annotated[
        float | None,
        typer.Option(
            metavar="NUMBER",
            min=1,
            help="Of t-SNE: neighbours in effect, fewer than vectors; by itself 30 at most.",
        ),
    ] = None,
    most: Most = 1000,
    ascii_only: Ascii = False,
    width: Width = None,
    svg: Svg = None,
    png: Png = None,
    as_json: AsJson = False,
) -> None:
    """Show a model's token or position vectors in two dimensions, beside those it began with.

    In a picture by t-SNE only neighbourhood means something: not the axes, not the gaps, not how large a
    group is. Beside each claim stands the same in all dimensions, and what chance gives.

    Examples:
      gptlab inspect embeddings
      gptlab inspect embeddings --method pca --group aeiou --neighbours "aé7"
      gptlab inspect embeddings --of head --step 500
      gptlab inspect embeddings --run contos --against-step 5000
      gptlab inspect embeddings --run learned --of positions --group 12-14 --map
      gptlab inspect embeddings --svg tokens.svg
    """
    with busy("loading PyTorch", quiet=as_json) as status:
        from gptlab_tui.insight import embeddings as reading
        from gptlab_tui.insight.pictures import picture
        from gptlab_tui.training.evaluation import parse_step

        opened = open_for("", run, step)
        now, other = reading.embedding(opened, of), parse_step(against_step)
        start = (
            reading.embedding_at_start(opened, of)
            if other is None
            else reading.embedding_at(opened, other, of)
        )
        groups = {text: reading.members(opened, of, text) for text in group or ()}
        asked = reading.members(opened, of, neighbours) if neighbours else ()
        also = [place for places in (*groups.values(), asked) for place in places]
        kept = [
            reading.first_tokens(one, len(one.names) if of == "positions" else most, also)
            for one in (start, now)
        ]
        both = []
        for one in kept:

            def tell(settling: Any, one: Embedding = one) -> None:
                if status is not None:
                    status.update(f"step {one.step:,}: {settling.iteration} of {settling.iterations}")

            both.append(picture(one, method, perplexity=perplexity, tell=tell))
    view = View(opened, both[0], both[1], now, groups, asked)
    if as_json:
        emit_json(to_json(view, cosines))
    if pictures := Pictures(svg, png):
        pictures.panels(panels(view), caption(view), table=cosine_map_of(view) if cosines else None)
    if not as_json and not pictures:
        show(view, way_of(console(), ascii_only), columns_for(width), cosines)
