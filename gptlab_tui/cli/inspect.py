"""`gptlab inspect …`: look inside a trained model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from gptlab_tui.cli.common import console, emit_json, is_terminal, say_unknown, shown, state, warn
from gptlab_tui.cli.complete import complete_run
from gptlab_tui.cli.watching import busy
from gptlab_tui.errors import GPTLabError, JobFailed

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from gptlab_tui.insight.attention import Attention
    from gptlab_tui.model.open_run import OpenModel
    from gptlab_tui.render.heat import Cell, Way

app = typer.Typer()

#: So many of the strongest links are told in words.
LINKS = 8


@app.callback()
def inspect() -> None:
    """Look inside a trained model: where its heads look.

    Examples:
      gptlab inspect attention "A figura é poética"
    """


@app.command()
def attention(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What the model reads.")],
    run: Annotated[
        str | None,
        typer.Option(
            metavar="RUN",
            help="By default the newest that has all characters of the text.",
            autocompletion=complete_run,
        ),
    ] = None,
    step: Annotated[
        str | None, typer.Option(metavar="N", help="Of step N, or `best`; by default the newest checkpoint.")
    ] = None,
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
    width: Annotated[
        int | None, typer.Option(metavar="N", min=10, max=10_000, help="By default the terminal's.")
    ] = None,
    unknown: Annotated[
        Literal["error", "skip", "replace"],
        typer.Option(help="What to do with characters of the text that the model lacks."),
    ] = "error",
    svg: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a picture instead; it must not be there yet.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, with all numbers.")] = False,
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
        from gptlab_tui.model.open_run import open_model
        from gptlab_tui.runs.layout import find_run
        from gptlab_tui.sampling.choose import open_newest
        from gptlab_tui.training.evaluation import parse_step
    wanted = parse_step(step)
    opened = (
        open_newest(state.home, text, wanted, "cpu")
        if run is None
        else open_model(find_run(state.home, run), wanted, "cpu")
    )
    for warning in opened.warnings:
        warn(warning)
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
        "run": opened.run.name,
        "step": opened.step,
        "digest": opened.digest,
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
    which = f"head {head} of 0-{config.n_head - 1}" if head is not None else f"mean of {config.n_head} heads"
    lines = [
        f"{opened.run.name}, step {opened.step:,}, layer {layer} of 0-{config.n_layer - 1}, {which}",
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
    from rich.text import Text

    from gptlab_tui.insight.links import pool, strongest
    from gptlab_tui.render import heat

    screen = console()
    way = _way(screen, ascii_only)
    labels = [heat.label_of(piece, way) for piece in seen.pieces]
    layout = heat.plan(labels, way, width or screen.width)
    matrix = seen.matrix(layer, head)
    rows = heat.draw(pool(matrix, layout.factor).tolist(), labels, layout, scale)
    for row in [*rows, [], heat.legend(way, scale)]:
        screen.print(_styled(row), soft_wrap=True)
    for line in caption(opened, seen, layer, head, layout.factor):
        screen.print(Text(shown(line)), soft_wrap=True)
    screen.print()
    for link in strongest(matrix, LINKS):
        places = f"  ({link.query} → {link.key})" if way != "ascii" else f"  ({link.query} -> {link.key})"
        screen.print(Text(shown(link.words(labels)) + places), soft_wrap=True)


def _styled(row: list[Cell]) -> Text:
    """A line of cells as Rich prints it; without colours, nothing at its end."""
    from rich.style import Style
    from rich.text import Text

    from gptlab_tui.render.heat import runs

    line = Text()
    for run in runs(row):
        line.append(run.glyph, Style(color=run.foreground or None, bgcolor=run.background or None))
    if not any(cell.background for cell in row):
        line.rstrip()
    return line


def _way(screen: Console, ascii_only: bool) -> Way:
    """The drawing that fits where the output goes."""
    if ascii_only or (screen.encoding or "utf-8").lower().replace("-", "") != "utf8":
        return "ascii"
    colours = is_terminal() and not screen.no_color and screen.color_system in ("256", "truecolor")
    return "colour" if colours else "grey"


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
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(heat_svg(matrix.tolist(), labels, lines, scale))
    except FileExistsError:
        raise GPTLabError(f"{path} is there already.", "Give another name, or remove it first.") from None
    except OSError as error:
        raise JobFailed(f"{path} cannot be written: {error.strerror}.", "Choose another place.") from error


from gptlab_tui.cli import inspect_heads, inspect_memory, inspect_walk, inspect_weights  # noqa: E402 (each verb has a file of its own)

app.command()(inspect_memory.memory)
app.command()(inspect_heads.heads)
app.command()(inspect_walk.walk)
app.command()(inspect_weights.weights)
from gptlab_tui.cli import inspect_embeddings  # noqa: E402 (each verb has a file of its own)
from gptlab_tui.cli import inspect_embeddings, inspect_motion  # noqa: E402 (each verb has a file of its own)
from gptlab_tui.cli import inspect_draw, inspect_embeddings, inspect_motion  # noqa: E402 (each verb has a file of its own)

app.command()(inspect_embeddings.embeddings)
app.command()(inspect_motion.motion)
app.command()(inspect_draw.draw)
from gptlab_tui.cli import inspect_surprise  # noqa: E402 (each verb has a file of its own)
from gptlab_tui.cli import inspect_lens, inspect_surprise  # noqa: E402 (each verb has a file of its own)
from gptlab_tui.cli import inspect_counts, inspect_lens, inspect_next, inspect_surprise  # noqa: E402 (each verb has a file of its own)

app.command()(inspect_counts.counts)
app.command()(inspect_lens.lens)
app.command("next")(inspect_next.next_token)
app.command()(inspect_surprise.surprise)
