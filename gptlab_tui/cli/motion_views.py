"""How motion is told: a few frames with trails, a table and curves over the steps, JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gptlab_tui.cli.embedding_views import METHODS, OF
from gptlab_tui.cli.inspect_common import print_cells, say, which_json
from gptlab_tui.render.bars import sparkline
from gptlab_tui.render.fitting import fit

if TYPE_CHECKING:
    from gptlab_tui.insight.motion import Frames, Motion
    from gptlab_tui.model.open_run import OpenModel
    from gptlab_tui.render.heat import Way
    from gptlab_tui.render.scatter import Panel

#: Lines of a frame and of the curves, and columns that a frame needs.
HEIGHT, CURVES, FRAME = 14, 14, 36
#: Frames of a picture at most, and columns of a small curve below it.
MOST, COLUMNS = 12, 50


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What is to be told."""

    opened: OpenModel
    dimensions: int
    motion: Motion
    frames: Frames
    groups: dict[str, tuple[int, ...]]
    """By the text that named them: places among the vectors."""


def heading(view: View) -> list[str]:
    """What moves."""
    motion = view.motion
    return [
        f"{view.opened.run.name}, {OF[motion.of]}: {len(motion.names):,} vectors of {view.dimensions} "
        f"dimensions at {len(motion.steps)} steps"
    ]


def panels(view: View) -> list[Panel]:
    """A frame for each step, all on one scale, with the trails of the groups up to it."""
    from gptlab_tui.render.scatter import Panel

    points, motion = view.frames.points, view.motion
    strong = sorted({place for places in view.groups.values() for place in places})
    low, high = points.min(axis=(0, 1)), points.max(axis=(0, 1))
    return [
        Panel(
            f"step {motion.steps[number]:,}, {METHODS[view.frames.method]}",
            _pairs(points[number]),
            motion.names,
            motion.classes,
            frozenset(strong),
            [_pairs(points[: number + 1, place]) for place in strong],
            (float(low[0]), float(high[0]), float(low[1]), float(high[1])),
        )
        for number in range(len(points))
    ]


def words(view: View) -> list[str]:
    """What the frames are worth, and what the groups did."""
    frames, motion = view.frames, view.motion
    lines = []
    if frames.method == "tsne":
        lines.append(
            f"Points moved by {frames.moved[1:].mean():.2f} of the picture's spread from frame to frame; "
            f"the last vectors laid out once more move by {frames.jitter:.3f}."
        )
    else:
        lines.append("All frames are shadows on one plane, that of the last step: only the vectors move.")
    for name, cosines in motion.groups.items():
        said = _decimals([*cosines[[0, -1]], *motion.everybody[[0, -1]]])
        lines.append(
            f"{name}: mean cosine {said[0]} at first, {said[1]} at last; "
            f"of all pairs {said[2]} and {said[3]}."
        )
    return lines


def some_panels(view: View) -> list[Panel]:
    """Frames for a picture that one can look at: the first, the last, and some evenly between."""
    return _spread(panels(view), MOST)


def caption(view: View) -> list[str]:
    """All that is told, below a picture, with the numbers of every step as small curves."""
    steps = view.motion.steps
    fewer = f"; shown are {MOST}" if len(steps) > MOST else ""
    return [f"{heading(view)[0]}{fewer}", "", *_small_curves(view), "", *words(view)]


def _small_curves(view: View) -> Iterator[str]:
    """A line for each number: at the first step that has it, its way over all of them, and at the last."""
    motion = view.motion
    between = {"turned": motion.drift.mean(axis=1), "new near": motion.new_neighbours}
    courses = {name: values[1:] for name, values in between.items()}  # of the first step there is none
    courses |= {"final near": motion.final_neighbours, **motion.groups, "all pairs": motion.everybody}
    if motion.of != "positions":
        courses["silhouette"] = motion.silhouettes
    yield f"from step {motion.steps[0]:,} to {motion.steps[-1]:,}, all dimensions:"
    for name, values in courses.items():
        first, last = (said or "-" for said in _decimals(values[[0, -1]]))
        yield f"{fit(name, 12)} {first:>5} {sparkline(values.tolist(), COLUMNS)} {last:>5}"


def show(view: View, way: Way, width: int, colour: bool) -> None:
    """The whole on a terminal."""
    from gptlab_tui.render import scatter

    say(*heading(view))
    every = panels(view)
    abreast = max(1, min(len(every), 4, (width + 3) // (FRAME + 3)))
    shown = _spread(every, abreast if abreast > 2 else 4)
    room = (width - 3 * (abreast - 1)) // abreast
    drawn = [scatter.draw(panel, room, HEIGHT, way).rows for panel in shown]
    for first in range(0, len(drawn), abreast):
        row = drawn[first : first + abreast]
        print_cells(scatter.beside(row, way) if len(row) > 1 else row[0])
    print_cells(scatter.legend(every[-1], width, way))
    say("", *table(view, width), "", *words(view))
    if way != "ascii":
        _show_curves(view, width, colour)


def table(view: View, width: int) -> list[str]:
    """A line for each step; of the columns as many as fit."""
    motion = view.motion
    losses = _losses(view)
    columns: list[tuple[str, str, list[str]]] = [
        ("", "step", [f"{step:,}" for step in motion.steps]),
        ("", "turned", ["", *_decimals(motion.drift.mean(axis=1)[1:])]),
        ("new", "near", ["", *_decimals(motion.new_neighbours[1:])]),
        ("final", "near", _decimals(motion.final_neighbours)),
        *(
            ("group", name if len(name) <= 8 else f"{name[:6]}..", _decimals(values))
            for name, values in motion.groups.items()
        ),
        ("all", "pairs", _decimals(motion.everybody)),
        ("from", "start", _decimals(motion.travelled.mean(axis=1))),
        ("", "length", _decimals(motion.lengths)),
        ("", "silhouette", _decimals(motion.silhouettes)),
        ("val", "loss", [f"{losses[step]:.3f}" if step in losses else "" for step in motion.steps]),
    ]
    if motion.of == "positions":
        columns = [column for column in columns if column[1] != "silhouette"]
    lines = ["", "", *["" for _ in motion.steps]]
    for above, name, values in columns:
        cells = [above, name, *values]
        wide = max(map(len, cells)) + 2
        if len(lines[0]) + wide <= width:
            lines = [line + cell.rjust(wide) for line, cell in zip(lines, cells, strict=True)]
    return [
        *lines,
        "",
        "turned: 1 - cosine with itself a line before, mean. new near: share of its 5 nearest that were not "
        "a line before. final near: share that are at the last. group, all pairs: mean cosine. "
        "silhouette: of the classes. All in all dimensions.",
    ]


def to_json(view: View) -> dict[str, Any]:
    """All numbers."""
    motion, frames = view.motion, view.frames
    losses = _losses(view)
    return {
        **which_json(view.opened),
        "of": motion.of,
        "dimensions": view.dimensions,
        "method": frames.method,
        "jitter": frames.jitter,
        "names": list(motion.names),
        "classes": list(motion.classes),
        "steps": [
            {
                "step": step,
                "val_loss": losses.get(step),
                "turned": float(motion.drift[number].mean()),
                "from_start": float(motion.travelled[number].mean()),
                "new_neighbours": float(motion.new_neighbours[number]),
                "final_neighbours": float(motion.final_neighbours[number]),
                "length": float(motion.lengths[number]),
                "silhouette": float(motion.silhouettes[number]),
                "all_pairs": float(motion.everybody[number]),
                "picture_moved": float(frames.moved[number]),
                "points": frames.points[number].tolist(),
                "drift": motion.drift[number].tolist(),
            }
            for number, step in enumerate(motion.steps)
        ],
        "groups": [
            {
                "group": name,
                "names": [motion.names[place] for place in view.groups[name]],
                "cosine": values.tolist(),
            }
            for name, values in motion.groups.items()
        ],
    }


def _show_curves(view: View, width: int, colour: bool) -> None:
    from rich.text import Text

    from gptlab_tui.cli.common import console, shown
    from gptlab_tui.render.curves import Curve, draw_curves

    motion = view.motion
    curves = [
        _curve(Curve, "turned", motion.steps[1:], motion.drift.mean(axis=1)[1:]),
        _curve(Curve, "new near", motion.steps[1:], motion.new_neighbours[1:]),
        *(_curve(Curve, shown(name), motion.steps, values) for name, values in motion.groups.items()),
    ]
    drawn = draw_curves(curves, "share, or cosine", width=min(width, 120), height=CURVES, colour=colour)
    console().print(Text.from_ansi(drawn), soft_wrap=True)


def _curve(kind: Any, name: str, steps: Sequence[int], values: Any) -> Any:
    import math

    return kind(
        name,
        [
            (float(step), float(value))
            for step, value in zip(steps, values, strict=True)
            if math.isfinite(value)
        ],
    )


def _losses(view: View) -> dict[int, float]:
    """Step -> validation loss, nats per token."""
    from gptlab_tui.runs.compare import loss_curves

    return {int(step): loss for step, loss in loss_curves(view.opened.run)[1]}


def _decimals(values: Any) -> list[str]:
    import math

    return [f"{round(float(value), 2) + 0.0:.2f}" if math.isfinite(value) else "" for value in values]


def _pairs(points: Any) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in points]


def _spread(every: Sequence[Panel], count: int) -> list[Panel]:
    """So many of all, the first and the last among them."""
    if count >= len(every):
        return list(every)
    return [every[round(place * (len(every) - 1) / max(1, count - 1))] for place in range(count)]
