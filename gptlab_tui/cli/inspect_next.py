"""`gptlab inspect next`: the distribution of the token after a prompt, over the whole vocabulary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

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
    bar_for,
    columns_for,
    ids_of,
    knobs_of,
    open_for,
    print_cells,
    say,
    way_of,
    which,
    which_json,
)
from gptlab_tui.cli.watching import busy
from gptlab_tui.text.escapes import escaped_piece

if TYPE_CHECKING:
    from gptlab_tui.config import SampleConfig
    from gptlab_tui.model.open_run import OpenModel
    from gptlab_tui.render.heat import Cell, Way
    from gptlab_tui.sampling.next_token import NextToken

#: More probable tokens, before the chain or after it, are labelled.
LABELLED = 0.01
#: Lines of the drawing of all tokens.
HEIGHT = 6


def next_token(
    text: Text,
    run: Run = None,
    step: Step = None,
    override: Annotated[
        list[str] | None,
        typer.Option(
            "-o",
            "--override",
            metavar="KNOB=VALUE",
            help="Another knob of the chain than the run's own; may be repeated.",
        ),
    ] = None,
    without_heads: WithoutHeads = None,
    unknown: Unknown = "error",
    ascii_only: Ascii = False,
    width: Width = None,
    svg: Svg = None,
    png: Png = None,
    as_json: AsJson = False,
) -> None:
    """Show what may come next: the probability of every token of the vocabulary.

    First the model's own probabilities, all tokens side by side in the order of their ids, then what the
    run's chain of filters leaves of them; below, each token above 0.01 with both.

    Examples:
      gptlab inspect next "A figura é po"
      gptlab inspect next "A figura é po" -o temperature=0.5
      gptlab inspect next "A figura é po" -o temperature=2 -o top_k=10
      gptlab inspect next "A figura é po" --step 500 --json
      gptlab inspect next "A figura é po" --without-heads 0.1,2.3
      gptlab inspect next "A figura é po" --svg next.svg
    """
    with busy("loading PyTorch", quiet=as_json):
        from gptlab_tui.sampling.next_token import next_token as look
        from gptlab_tui.sampling.settings import resolve
    opened = open_for(text, run, step, without_heads)
    knobs = knobs_of(opened, override or ())
    ids = ids_of(opened, text, unknown)
    found = look(opened, ids, resolve(knobs, opened.tokenizer))
    read = opened.tokenizer.decode(ids)
    if as_json:
        emit_json(_json(opened, found, knobs, text, ids))
    if pictures := Pictures(svg, png):
        pictures.cells(_drawing(opened, found, knobs, 120, "grey"), _caption(opened, found, read))
    elif not as_json:
        way = way_of(console(), ascii_only)
        print_cells(_drawing(opened, found, knobs, columns_for(width), way))
        say("", *_caption(opened, found, read))


def _labelled(found: NextToken) -> list[int]:
    """The tokens that are labelled, the most probable to the model first."""
    import numpy as np

    named = np.flatnonzero((found.raw > LABELLED) | (found.after > LABELLED))
    return [int(token) for token in named[np.argsort(-found.raw[named], kind="stable")]]


def _json(
    opened: OpenModel, found: NextToken, knobs: SampleConfig, text: str, ids: list[int]
) -> dict[str, object]:
    return {
        **which_json(opened),
        "text": text,
        "ids": ids,
        "dropped": found.dropped,
        "raw_probability": found.raw.tolist(),
        "probability": found.after.tolist(),
        "raw_entropy_bits": found.raw_entropy_bits,
        "entropy_bits": found.entropy_bits,
        "tokens": [
            {
                "id": token,
                "piece": escaped_piece(token, opened.tokenizer),
                "raw_probability": float(found.raw[token]),
                "probability": float(found.after[token]),
            }
            for token in _labelled(found)
        ],
        "funnel": [
            {"filter": stage.filter, "candidates": stage.candidates, "mass": stage.mass}
            for stage in found.stages
        ],
        "knobs": knobs.model_dump(mode="json"),
    }


def _in_force(found: NextToken, knobs: SampleConfig) -> str:
    """The filters that are on, in their order, each with its number: temperature 0.8, top_k 10."""
    told = []
    for stage in found.stages:
        fields = (stage.filter, f"{stage.filter}_penalty", f"{stage.filter}_p")
        numbers = [f"{getattr(knobs, field):g}" for field in fields if hasattr(knobs, field)]
        told.append(" ".join([stage.filter, *numbers]))
    return ", ".join(told)


def _drawing(
    opened: OpenModel, found: NextToken, knobs: SampleConfig, width: int, way: Way
) -> list[list[Cell]]:
    """Both skylines over the vocabulary, and a line for each labelled token."""
    from textwrap import wrap

    from gptlab_tui.render.heat import label_of, plain
    from gptlab_tui.render.skyline import names_below, per_column, skyline

    tokens, V = _labelled(found), len(found.raw)
    labels = {token: label_of(escaped_piece(token, opened.tokenizer), way) for token in tokens}
    own, left = float(found.raw.max()), float(found.after.max())
    most = max(own, left)  # one scale for both, so that they can be compared
    several = per_column(V, width)
    signs = {token: label.lstrip("␣_") or label for token, label in labels.items()}  # one of each is seen
    shared = f", a column the largest of {several}" if several > 1 else ""
    lines = wrap(f"the model's own: {V:,} tokens by id{shared}, up to {own:.2f}", width)
    lines += skyline(found.raw.tolist(), width, HEIGHT, way, most)
    lines.append(names_below(signs, V, width))
    if found.stages:
        chain = _in_force(found, knobs)
        lines += ["", *wrap(f"after the chain ({chain}), on the same scale: up to {left:.2f}", width)]
        lines += skyline(found.after.tolist(), width, HEIGHT, way, most)
        lines.append(names_below(signs, V, width))
    draw, wide = bar_for(way), max([5, *(len(plain(label)) for label in labels.values())])
    room = max(0, (width - wide - 8 - 2 * 9) // 2)
    lines += ["", f"{'token':<{wide}} {'id':>6}  {'own':<{room + 7}} {'after' if found.stages else ''}"]
    for token in tokens:
        columns = [found.raw[token], found.after[token]] if found.stages else [found.raw[token]]
        bars = " ".join(f"{chance:.4f} {draw(float(chance) / most, room)}" for chance in columns)
        label = labels[token] + " " * (wide - len(plain(labels[token])))
        lines.append(f"{label} {token:>6}  {bars}")
    return [plain(line) for line in lines]


def _caption(opened: OpenModel, found: NextToken, text: str) -> list[str]:
    from gptlab_tui.render.units import counted

    tokens = _labelled(found)
    left = found.after > 0
    few = "" if left.all() else f", with {found.raw[left].sum():.1%} of it"
    lines = [
        f"{which(opened)}, after {text[-40:]!r}",
        f"{counted(len(tokens), 'token')} above {LABELLED}, with {found.raw[tokens].sum():.1%} of the model's"
        f" own probability; {left.sum():,} of {len(found.raw):,} can be drawn{few}",
        f"entropy {found.raw_entropy_bits:.3f} bits"
        + (f", after the chain {found.entropy_bits:.3f} bits" if found.stages else ""),
    ]
    if found.dropped:
        lines.append(f"The first {found.dropped:,} tokens of the prompt do not fit the context.")
    return lines
