"""How runs look on a terminal: the list, one of them in words, several side by side, curves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gptlab_tui.cli.common import console, is_terminal, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rich.table import Table

    from gptlab_tui.runs.compare import Comparison
    from gptlab_tui.runs.layout import Run
    from gptlab_tui.runs.summary import RunSummary

PLOT_LINES = 18
PLOT_COLUMNS = 120
#: What these states mean for somebody who waits for a training.
_UNTRAINED = {"new": ", not trained yet", "branched": ", not trained further"}
#: Columns of a terminal from which on a list has room for all.
MIDDLING = 96


def list_table(summaries: list[RunSummary], width: int) -> Table:
    """A line for each run; losses in bits per byte. A narrow terminal gets fewer columns."""
    from rich import box
    from rich.table import Table

    from gptlab_tui.render.units import about

    columns: list[tuple[str, Callable[[RunSummary], str]]] = [
        ("run", lambda one: shown(one.name)),
        ("state", lambda one: one.state),
        ("step", _progress),
        ("bits/byte", lambda one: _decimals(one.val_bits_per_byte)),
    ]
    if width >= MIDDLING:
        columns.append(("best", lambda one: _decimals(one.best_bits_per_byte)))
        columns.append(("model", lambda one: "" if one.parameters is None else about(one.parameters)))
    columns.append(("written", lambda one: _when(one.updated)[0 if width >= MIDDLING else 5 :]))
    if any(one.tags or one.title for one in summaries):
        columns.append(("tags, title", lambda one: shown(" ".join((*one.tags, one.title)).strip())))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name, _ in columns:
        folds = name in ("run", "tags, title")
        right = name in ("step", "bits/byte", "best", "model")
        table.add_column(
            name,
            no_wrap=not folds,
            overflow="fold",
            min_width=12 if folds else None,
            justify="right" if right else "left",
        )
    for one in summaries:
        style = "dim" if one.state == "broken" else "bold" if one.alive else None
        table.add_row(*(say(one) for _, say in columns), style=style)
    return table


def _progress(one: RunSummary) -> str:
    if one.state == "broken":
        return ""
    return f"{one.step:,}" + (f"/{one.max_iters:,}" if one.max_iters is not None else "")


def _decimals(value: float | None, unit: str = "") -> str:
    return "" if value is None else f"{value:.4f}{unit}"


def _when(updated: str) -> str:
    """The time in this place's own hours."""
    from datetime import datetime

    try:
        return f"{datetime.fromisoformat(updated).astimezone():%Y-%m-%d %H:%M}"
    except (ValueError, OverflowError, OSError):
        return ""


def describe(one: RunSummary) -> list[tuple[str, str]]:
    """What a summary says, as names and words; no words where it says nothing."""
    from gptlab_tui.render.units import about, count, duration, mib

    best = f" at step {one.best_step:,}" if one.best_step is not None else ""
    loss = "none since the training began" if one.step else ""
    if one.val_loss is not None:
        loss = f"{one.val_loss:.4f} nats per token"
    size = f"{about(one.parameters)} ({count(one.parameters)})" if one.parameters is not None else ""
    return [
        ("run", one.name),
        ("title", one.title),
        ("state", f"{one.state}{_UNTRAINED.get(one.state, '')}"),
        ("trouble", one.reason),
        ("step", _progress(one)),
        ("validation loss", loss),
        ("bits per byte", _decimals(one.val_bits_per_byte)),
        ("best", _decimals(one.best_bits_per_byte, " bits per byte" + best)),
        ("trained", duration(one.elapsed_s) + " in its last command" if one.elapsed_s is not None else ""),
        ("parameters", size),
        ("vocabulary", count(one.vocab_size) if one.vocab_size is not None else ""),
        ("preset", one.preset),
        ("corpus", one.corpus),
        ("comes from", one.parent),
        ("created", _when(one.created)),
        ("written", _when(one.updated)),
        ("tags", " ".join(one.tags)),
        ("size", mib(one.size_bytes) if one.size_bytes else ""),
    ]


def compare_table(result: Comparison) -> Table:
    """A column for each run: what it reached, then where the requests differ."""
    from rich import box
    from rich.table import Table

    from gptlab_tui.render.units import about

    table = Table("", *(shown(one.name) for one in result.summaries), box=box.SIMPLE_HEAD, pad_edge=False)
    for title, say in (
        ("state", lambda one: one.state),
        ("step", _progress),
        ("bits per byte", lambda one: _decimals(one.val_bits_per_byte)),
        ("best", lambda one: _decimals(one.best_bits_per_byte)),
        ("at step", lambda one: "" if one.best_step is None else f"{one.best_step:,}"),
        ("parameters", lambda one: "" if one.parameters is None else about(one.parameters)),
    ):
        table.add_row(title, *(say(summary) for summary in result.summaries))
    table.add_section()
    for difference in result.differences:
        table.add_row(shown(difference.key), *(shown(_value(value)) for value in difference.values))
    if not result.differences:
        table.add_row("(the same request)")
    return table


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_value, value)) or "–"
    return "–" if value is None else value if isinstance(value, str) else str(value)


def plot_losses(found: Mapping[str, Run]) -> str:
    """The losses of one run, or the evaluations of several in bits per byte; empty without any."""
    import os

    from gptlab_tui.render.curves import Curve, draw_curves
    from gptlab_tui.render.display import display
    from gptlab_tui.runs.compare import bits_curve, loss_curves

    if len(found) == 1:
        [run] = found.values()
        train, val = loss_curves(run)
        curves = [Curve("training batches", train), Curve("validation", val)]
        name = "loss (nats per token)"
    else:
        curves = [Curve(display(name), bits_curve(run)) for name, run in found.items()]
        name = "bits per byte"
    colour = is_terminal() and not os.environ.get("NO_COLOR")
    return draw_curves(
        curves, name, width=min(console().width, PLOT_COLUMNS), height=PLOT_LINES, colour=colour
    )
