"""`gptlab inspect lens`: what each layer of a model would say next."""

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
from gptlab_tui.cli.progress import progress
from gptlab_tui.cli.watching import busy
from gptlab_tui.errors import GPTLabError
from gptlab_tui.render.depth_table import Shown
from gptlab_tui.render.units import counted
from gptlab_tui.text.escapes import escaped_piece

if TYPE_CHECKING:
    from gptlab_tui.insight.lens import Lens
    from gptlab_tui.insight.linear_lens import LinearLens
    from gptlab_tui.model.open_run import OpenModel
    from gptlab_tui.render.grid import Entry
    from gptlab_tui.render.heat import Cell, Way

#: What the columns of the table of depths are.
MEANING = (
    "right: how often the most probable token is the one that follows",
    "rank: the median of what follows; bits: its mean -log2 p",
    "KL: how far from the output, KL(output || depth), in bits",
)


def lens(
    text: Text,
    run: Run = None,
    step: Step = None,
    linear: Annotated[
        bool,
        typer.Option("--linear", help="Through a trained linear lens; trained first, and kept, if need be."),
    ] = False,
    train_steps: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Train the linear lens anew for so many steps.")
    ] = None,
    branches: Annotated[
        bool, typer.Option("--branches", help="Also between the attention and the MLP of each layer.")
    ] = False,
    show: Annotated[
        Shown,
        typer.Option(
            help="`best`: what it would say, by its probability; `rank` and `probability` of what follows."
        ),
    ] = "best",
    without_heads: WithoutHeads = None,
    unknown: Unknown = "error",
    ascii_only: Ascii = False,
    width: Width = None,
    svg: Svg = None,
    png: Png = None,
    as_json: AsJson = False,
) -> None:
    """Show what each layer would say next: the model's head, put on the stream at every depth.

    A column is a token that the model has read; below it, from the embedding down to the output, the
    token that would come next, and last the one that does. Shades are probabilities.

    The logit lens takes the stream as it is, in which early layers need not speak the head's
    language. With --linear a map for each depth says first how it would look at the end; the maps
    are trained on the run's own text, and the model stays as it is.

    Examples:
      gptlab inspect lens "A figura é poética"
      gptlab inspect lens "A figura é poética" --show rank
      gptlab inspect lens "A figura é poética" --linear
      gptlab inspect lens "A figura é poética" --branches --step 500 --json
      gptlab inspect lens "A figura é poética" --svg lens.svg
    """
    linear = linear or train_steps is not None
    if linear and branches:
        raise GPTLabError("A linear lens knows whole layers only.", "Leave out --branches or --linear.")
    with busy("loading PyTorch", quiet=as_json):
        from gptlab_tui.insight.lens import lens as look
    opened = open_for(text, run, step, without_heads)
    ids = ids_of(opened, text, unknown)
    maps = _linear_lens(opened, train_steps, as_json) if linear else None
    seen = look(opened, ids, linear=maps, branches=branches)
    if as_json:
        emit_json(_json(opened, seen, maps, text))
    if pictures := Pictures(svg, png):
        from gptlab_tui.render.grid import draw_grid

        rows = [*draw_grid(*_table(opened, seen, show, "colour"), 120, "colour"), [], _legend("colour")]
        below = _depths(seen, maps, "grey", 80)
        pictures.cells(rows, [*_caption(opened, seen, maps, show), "", *below, *MEANING * bool(below)])
    elif not as_json:
        _draw(opened, seen, maps, show, ascii_only, width)


def _linear_lens(opened: OpenModel, steps: int | None, quiet: bool) -> LinearLens:
    """The lens that is kept for these weights, or a new one."""
    from gptlab_tui.insight.linear_lens import STEPS, keep, kept, train
    from gptlab_tui.text.run_text import tokens_of_run

    found = kept(opened, state.home) if steps is None else None
    if found is not None:
        return found
    tokens = tokens_of_run(opened.run.read_training_request(), opened.tokenizer, state.home)
    with progress("training a linear lens (once)", quiet=quiet) as far:

        def tell(done: int, of: int, bits: float) -> None:
            far(done, of, f"{bits:.3f} bits from the output")

        trained = train(opened, tokens.train, tokens.val, steps=steps or STEPS, tell=tell)
    assert trained is not None  # nobody stops it but Ctrl-C
    keep(trained, opened, state.home)
    return trained


def _json(opened: OpenModel, seen: Lens, maps: LinearLens | None, text: str) -> dict[str, object]:
    return {
        **which_json(opened),
        "text": text,
        "lens": "logit" if maps is None else "linear",
        "tokens": len(seen.ids),
        "dropped": seen.dropped,
        "ids": list(seen.ids),
        "pieces": list(seen.pieces),
        "depths": list(seen.depths),
        "best_ids": seen.best.tolist(),
        "best_probability": seen.best_probability.tolist(),
        "next_bits": seen.next_bits.tolist(),
        "next_rank": [[rank or None for rank in row] for row in seen.next_rank.tolist()],
        "entropy_bits": seen.entropy_bits.tolist(),
        "divergence_bits": seen.divergence_bits.tolist(),
        "training": None
        if maps is None
        else {
            "steps": maps.steps,
            "before_bits": list(maps.before_bits),
            "after_bits": list(maps.after_bits),
        },
    }


def _table(opened: OpenModel, seen: Lens, show: Shown, way: Way) -> tuple[list[str], list[list[Entry]]]:
    """The names of the lines, and a column for each token."""
    from gptlab_tui.render.depth_table import depth_table

    def best(depth: int, place: int) -> tuple[str, float]:
        piece = escaped_piece(int(seen.best[depth, place]), opened.tokenizer)
        return piece, float(seen.best_probability[depth, place])

    names = [*seen.depths[:-1], "output"]
    return depth_table(names, seen.pieces, best, seen.next_bits, seen.next_rank, show, way)


def _caption(opened: OpenModel, seen: Lens, maps: LinearLens | None, show: Shown) -> list[str]:
    kind = "logit lens" if maps is None else f"linear lens, trained for {maps.steps:,} steps"
    said = {
        "best": "A shade is the probability of the token that stands there, from 0 to 1.",
        "rank": "A number is the rank of the token that follows, a shade its probability.",
        "probability": "A number is the probability of the token that follows.",
    }
    lines = [f"{which(opened)}, {kind}, {counted(len(seen.ids), 'token')}", said[show]]
    if seen.dropped:
        lines.append(
            f"The context holds {counted(len(seen.ids), 'token')}; the first {seen.dropped:,} are left out."
        )
    return lines


def _depths(seen: Lens, maps: LinearLens | None, way: Way, width: int) -> list[str]:
    """A line for each depth: means over the text."""
    import numpy as np

    if len(seen.ids) < 2:
        return []
    draw, names = bar_for(way), [*seen.depths[:-1], "output"]
    wide = max(map(len, names))
    room = max(0, min(20, width - wide - 28))
    heading = next((words for words in ("how often right", "right") if len(words) <= room), "")
    lines = [f"{'':<{wide}}  right  rank   bits     KL  {heading}".rstrip()]
    for depth, name in enumerate(names):
        ranks = seen.next_rank[depth, :-1]
        right = float((ranks == 1).mean())
        bits, far = seen.next_bits[depth, :-1].mean(), seen.divergence_bits[depth].mean()
        line = f"{name:<{wide}} {right:>6.0%} {np.median(ranks):>5.0f} {bits:>6.2f} {far:>6.2f}"
        lines.append(f"{line}  {draw(right, room)}".rstrip())
    if maps is not None:
        pairs = zip(maps.before_bits, maps.after_bits, strict=True)
        told = ", ".join(f"{before:.2f} to {after:.2f}" for before, after in pairs)
        lines.append(
            f"On the validation part the lens brought the distance from the output from {told} bits."
        )
    return lines


def _legend(way: Way) -> list[Cell]:
    """The shades from 0 to 1."""
    from gptlab_tui.render.heat import legend

    return legend(way, "linear")[: -len(" linear · hidden")]


def _draw(
    opened: OpenModel, seen: Lens, maps: LinearLens | None, show: Shown, ascii_only: bool, width: int | None
) -> None:
    from gptlab_tui.render.grid import draw_grid

    way, columns = way_of(console(), ascii_only), columns_for(width)
    print_cells(draw_grid(*_table(opened, seen, show, way), columns, way))
    print_cells([[], _legend(way)])
    below = _depths(seen, maps, way, columns)
    say(*_caption(opened, seen, maps, show), *(["", *below, *MEANING] if below else []))
