"""`gptlab inspect draw`: what drawing, always taking the largest, and temperature do to a distribution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

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
    Unknown,
    Width,
    columns_for,
    ids_of,
    knobs_of,
    open_for,
    print_cells,
    say,
    text_of,
    way_of,
    which,
    which_json,
)
from gptlab_tui.cli.watching import busy
from gptlab_tui.errors import GPTLabError
from gptlab_tui.render.units import counted
from gptlab_tui.text.escapes import escaped_pieces

if TYPE_CHECKING:
    from gptlab_tui.model.open_run import OpenModel
    from gptlab_tui.render.heat import Cell, Way
    from gptlab_tui.render.histogram import Row
    from gptlab_tui.render.places import Mark
    from gptlab_tui.sampling.trial import Loop, Trial

#: The distribution of nobody's model: four outcomes.
FOUR = "0.1,0.1,0.3,0.5"
#: Characters of what is written by always taking the largest.
TOLD = 200


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What is to be told."""

    of: str
    """What the distribution is, in words."""
    labels: Sequence[str]
    """Of all outcomes, as they are."""
    trials: list[Trial]
    best: int
    opened: OpenModel | None = None
    largest: str = ""
    """What the model writes where the largest is always taken; of a loop, the part that comes again."""
    written: int = 0
    """So many tokens of it were written."""
    loop: Loop | None = None


def draw(
    text: Annotated[
        str | None,
        typer.Argument(
            metavar="TEXT",
            callback=text_of,
            help="Draw the token that a model says comes after it; - is standard input.",
        ),
    ] = None,
    probs: Annotated[
        str | None, typer.Option(metavar="P,P,...", help=f"Draw from these instead, such as {FOUR}.")
    ] = None,
    draws: Annotated[
        int, typer.Option("-n", "--draws", metavar="N", min=1, max=1_000_000, help="How many draws.")
    ] = 5000,
    temperatures: Annotated[
        str, typer.Option("--temperature", metavar="T,T,...", help="Several, each a histogram.")
    ] = "0.5,1,2",
    seed: Annotated[
        int, typer.Option(metavar="N", min=0, help="Of the luck, which is the same for all.")
    ] = 0,
    best: Annotated[
        int, typer.Option(metavar="N", min=1, max=1000, help="Outcomes shown; the others are one.")
    ] = 8,
    largest: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=1,
            max=20_000,
            help="With a text: tokens that are written by always taking the largest, to see it loop.",
        ),
    ] = 300,
    override: Annotated[
        list[str] | None,
        typer.Option(
            "-o",
            "--override",
            metavar="KNOB=VALUE",
            help="With a text: through the run's chain of filters, with another knob; may be repeated.",
        ),
    ] = None,
    run: Run = None,
    step: Step = None,
    unknown: Unknown = "error",
    ascii_only: Ascii = False,
    width: Width = None,
    svg: Svg = None,
    png: Png = None,
    as_json: AsJson = False,
) -> None:
    """Draw many times from a distribution: as it is, at temperatures, and always the largest.

    A temperature divides the logits: below 1 the likely become likelier, above 1 all become more alike.
    Without -o it is the model's own distribution; with it what the chain leaves, at each temperature.
    A bar is how often an outcome came, the mark in it how often it was to be expected; the mark is
    another sign where the bar ends in the same column.

    Examples:
      gptlab inspect draw --probs 0.1,0.1,0.3,0.5 -n 5000
      gptlab inspect draw --probs 0.1,0.1,0.3,0.5 --temperature 0.1,1,10
      gptlab inspect draw "A figura é poétic" --temperature 0.5,0.9,1,2
      gptlab inspect draw "Era uma vez" --run contos --largest 3000
      gptlab inspect draw "Era uma vez" --run contos -o top_k=5
      gptlab inspect draw "Era uma vez" --run contos --step 500 --json
    """
    if text is not None and probs is not None:
        raise GPTLabError("A text and --probs are two distributions.", "Give one of them.")
    if probs is not None and override:
        raise GPTLabError("The knobs of -o filter what a model expects; --probs has none.", "Leave -o out.")
    with busy("loading PyTorch", quiet=as_json):
        from gptlab_tui.sampling import trial

        values = list(dict.fromkeys([0.0, *_numbers(temperatures, "temperature")]))
        if text is None:
            chances = _numbers(FOUR if probs is None else probs, "probability")
            labels = [str(number) for number in range(len(chances))]
            view = View(
                counted(len(chances), "outcome"),
                labels,
                trial.trials(chances, values, draws, seed),
                max(best, 20),
            )
        else:
            view = _of_model(text, run, step, unknown, values, draws, seed, best, largest, override or [])
    if as_json:
        emit_json(_json(view, draws, seed, text))
    if pictures := Pictures(svg, png):
        rows, marks = picture(view, 80)
        pictures.cells(rows, words(view), marks=marks)
    if not as_json and not pictures:
        print_cells(drawing(view, way_of(console(), ascii_only), columns_for(width)))
        say("", *words(view))


def drawing(view: View, way: Way, width: int) -> list[list[Cell]]:
    """All histograms, each under what it is."""
    from gptlab_tui.render import histogram

    lines = _plain([view.of], width)
    for trial in view.trials:
        lines += [[], *_plain(_headings(trial, width), width)]
        lines += histogram.draw(_rows(view, trial, way), width, way)
    return lines


def picture(view: View, width: int) -> tuple[list[list[Cell]], list[Mark]]:
    """The same for a file: the marks of what was expected stand where they belong, between cells, too."""
    from gptlab_tui.render import histogram

    lines, marks = _plain([view.of], width), []
    for trial in view.trials:
        lines += [[], *_plain(_headings(trial, width), width)]
        drawn, own = histogram.picture(_rows(view, trial, "colour"), width)
        marks += [mark._replace(line=len(lines) + mark.line) for mark in own]
        lines += drawn
    return lines, marks


def _plain(parts: list[str], width: int) -> list[list[Cell]]:
    from gptlab_tui.render.heat import plain

    return [plain(line) for line in _folded(parts, width)]


def _rows(view: View, trial: Trial, way: Way) -> list[Row]:
    """A histogram's rows: the outcomes that are shown, and what the others come to."""
    from gptlab_tui.render.histogram import Row

    order = _order(view)
    rows = [
        Row(
            _label(view, place, way),
            float(trial.probabilities[place]),
            int(trial.counts[place]),
            float(trial.expected[place]),
            float(trial.spread[place]),
        )
        for place in order
    ]
    return [*rows, _others(trial, order)] if len(order) < len(view.labels) else rows


def words(view: View) -> list[str]:
    """What is to be seen, in sentences."""
    lines = [
        "The p of chi-square: how often luck alone is that far off. Dividing the probabilities themselves by "
        "a temperature would do nothing, as they are brought to a sum of 1 again."
    ]
    if view.opened is not None:
        part = view.largest if len(view.largest) <= TOLD else view.largest[:TOLD] + " ..."
        if view.loop is None:
            lines.append(f"Always the largest, for {view.written:,} tokens, runs into no loop: {part}")
        else:
            lines.append(
                f"Always the largest, for {view.written:,} tokens, runs into a loop: after "
                f"{view.loop.begins:,} these {view.loop.period:,} come again and again: {part}"
            )
    return lines


def _of_model(
    text: str,
    run: str | None,
    step: str | None,
    unknown: Literal["error", "skip", "replace"],
    values: list[float],
    draws: int,
    seed: int,
    best: int,
    largest: int,
    override: list[str],
) -> View:
    from gptlab_tui.sampling import trial

    opened = open_for(text, run, step)
    tokenizer = opened.tokenizer
    ids = ids_of(opened, text, unknown)
    if override:
        logits, knobs = trial.next_logits(opened, ids), knobs_of(opened, override)
        made = trial.chain_trials(logits, ids, knobs, tokenizer, values, draws, seed)
    else:
        made = trial.trials(trial.next_distribution(opened, ids), values, draws, seed)
    written, loop = trial.always_largest(opened, ids, largest)
    kept = written if loop is None else written[loop.begins :][: loop.period]
    return View(
        f"{which(opened)}: the next of {tokenizer.vocab_size:,} tokens",
        escaped_pieces(range(tokenizer.vocab_size), tokenizer),
        made,
        best,
        opened,
        tokenizer.decode(kept),
        len(written),
        loop,
    )


def _numbers(written: str, what: str) -> list[float]:
    try:
        return [float(part) for part in written.split(",")]
    except ValueError:
        raise GPTLabError(
            f"{written!r} are no numbers.", f"Each {what} with commas between: 0.5,1,2."
        ) from None


def _order(view: View) -> list[int]:
    """The outcomes that are shown: all in their order, or of many the likeliest."""
    chances = max(view.trials, key=lambda trial: trial.temperature).probabilities
    if len(chances) <= view.best:
        return list(range(len(chances)))
    order = sorted(range(len(chances)), key=lambda place: (-chances[place], place))
    return order[: view.best]


def _label(view: View, place: int, way: Way) -> str:
    from gptlab_tui.render.heat import label_of

    label = label_of(view.labels[place], way)
    return label.encode("ascii", "replace").decode() if way == "ascii" else label


def _others(trial: Trial, order: list[int]) -> Row:
    from gptlab_tui.render.histogram import Row

    p = max(0.0, 1 - float(trial.probabilities[order].sum()))
    total = int(trial.counts.sum())
    left = total - int(trial.counts[order].sum())
    return Row("others", p, left, p * total, (p * (1 - p) * total) ** 0.5)


def _headings(trial: Trial, width: int) -> list[str]:
    """What a histogram is, in lines that fit."""
    name = "Always the largest" if trial.temperature == 0 else f"Temperature {trial.temperature:g}"
    parts = [f"{name}: entropy {trial.entropy_bits:.2f} bits, as of {2**trial.entropy_bits:.1f} alike"]
    if trial.fit.freedom:
        parts.append(f"chi-square {trial.fit.chi_square:.1f} of {trial.fit.freedom}, p {trial.fit.p:.2f}")
    whole = "; ".join(parts)
    return [whole] if len(whole) <= width else _folded(parts, width)


def _folded(parts: list[str], width: int) -> list[str]:
    import textwrap

    return [line for part in parts for line in textwrap.wrap(part, width)]


def _json(view: View, draws: int, seed: int, text: str | None) -> dict[str, Any]:
    opened = view.opened
    return {
        **(dict.fromkeys(("run", "step", "digest")) if opened is None else which_json(opened)),
        "text": text,
        "draws": draws,
        "seed": seed,
        "outcomes": view.labels,
        "trials": [
            {
                "temperature": trial.temperature,
                "entropy_bits": trial.entropy_bits,
                "drawn_entropy_bits": trial.drawn_entropy_bits,
                "probabilities": trial.probabilities.tolist(),
                "expected": trial.expected.tolist(),
                "spread": trial.spread.tolist(),
                "counts": trial.counts.tolist(),
                "chi_square": trial.fit.chi_square,
                "freedom": trial.fit.freedom,
                "p": trial.fit.p,
            }
            for trial in view.trials
        ],
        "largest_text": None if opened is None else view.largest,
        "largest_tokens": view.written,
        "largest_loop_begins": None if view.loop is None else view.loop.begins,
        "largest_loop_period": None if view.loop is None else view.loop.period,
    }
