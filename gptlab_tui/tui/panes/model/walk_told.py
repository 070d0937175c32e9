"""What is drawn and told of one step of a walk."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from gptlab_tui.explain.walk import named_shape, sentence
from gptlab_tui.render.bend import draw_bend
from gptlab_tui.render.fitting import fold, packed
from gptlab_tui.render.heat import Way, label_of, plain
from gptlab_tui.render.matrix_map import Drawn, draw_map
from gptlab_tui.render.profile import draw_profile
from gptlab_tui.render.tallies import Tally, draw_tallies, said
from gptlab_tui.render.walk import number
from gptlab_tui.tui.panes.model.walked import Seen, Step, Steps

#: Columns of a number of a row.
_NUMBER = 10


def labels_of(steps: Steps, way: Way) -> list[str]:
    """The tokens of the text, safe to show."""
    return [label_of(piece, way) for piece in steps.pieces]


def picture(steps: Steps, seen: Seen, way: Way, width: int, height: int) -> Drawn:
    """The map of a step, its curve, or a bar for every token."""
    axes = steps.steps[seen.place].axes
    labels = labels_of(steps, way)
    if seen.map is not None:
        if axes == "C":
            values = (seen.map[0] * seen.limit).tolist()
            return Drawn([plain(line) for line in draw_profile(values, way, width, height)], 1, 1)
        names = [labels[row * seen.high] for row in range(len(seen.map))]
        marked = seen.position // seen.high
        names[marked] = labels[seen.position]
        return draw_map(seen.map, names, way, width, height, marked, signed=seen.signed)
    if seen.curve:
        x, y, counts = seen.curve
        lines = draw_bend(x, y, [int(one) for one in counts], way, width - 1, height)
    else:
        names, chosen = (labels, seen.position) if axes == "T" else (list(steps.parts), None)
        tallies = [Tally(name, value) for name, value in zip(names, seen.row, strict=False)]
        lines = draw_tallies(tallies, way, width - 1, height, chosen)
    return Drawn([plain(line) for line in lines], 1, 1)


def word_lines(step: Step, width: int) -> list[str]:
    """What the step is called and computes, its shape, and what that does, in lines of so many columns."""
    formula = f"{step.name} = {step.formula}"
    shape = f"({named_shape(step.axes, step.shape)})" if step.axes else ""
    if len(formula) + 3 + len(shape) > width:  # the title has the name too
        formula = f"= {step.formula}"
    told = [f"{formula}   {shape}"] if len(formula) + 3 + len(shape) <= width else [formula, shape]
    text = " ".join(one for one in (sentence(step.name), step.note) if one)
    return [line.rstrip() for one in (*told, text) if one for line in fold(one, max(10, width))]


def row_lines(steps: Steps, seen: Seen, way: Way, width: int, height: int) -> list[str]:
    """The numbers of the chosen token."""
    step = steps.steps[seen.place]
    labels = labels_of(steps, way)
    last = step.axes.split()[-1:] if step.axes else []
    if last == ["S"]:
        beside = seen.other or [None] * len(seen.row)
        tallies = [
            Tally(label, value, other) for label, value, other in zip(labels, seen.row, beside, strict=False)
        ]
        return draw_tallies(tallies, way, width, height)
    if last == ["V"] and seen.best:
        tallies = [Tally(label_of(piece, way), value) for piece, value in seen.best[:height]]
        return draw_tallies(tallies, way, width, height)
    if step.axes == "T":
        return [*beside_lines(seen, width), *about_lines(seen, width, "all tokens: ")][:height]
    lines = about_lines(seen, width)
    if step.axes.startswith("P"):
        return [f"together {number(sum(seen.row))}"]
    if not step.axes:
        return [*lines, *beside_lines(seen, width)][:height]
    size = step.shape[-1]
    return [*lines, *grid_lines(seen.row, size, width, height - len(lines))][:height]


def about_lines(seen: Seen, width: int, of: str = "") -> list[str]:
    """Mean, deviation and ends of the row; `of` says whose."""
    about = seen.row_about
    if about is None:
        return []
    words = [
        f"{of}mean {number(about.mean)}",
        f"deviation {number(about.deviation)}",
        f"from {number(about.minimum)}",
        f"to {number(about.maximum)}",
    ]
    return packed(words, width)


def beside_lines(seen: Seen, width: int) -> list[str]:
    """What the same module says of the token in one number each."""
    if seen.curve:
        (_, whole), (_, above) = seen.beside
        return [f"{above:,.0f} of its {whole:,.0f} values are above 0"]
    return packed([f"{name} {number(value)}" for name, value in seen.beside], width)


def grid_lines(values: Sequence[float], size: int, width: int, height: int) -> list[str]:
    """A row's numbers in columns, each line with the place of its first; at the end how many follow."""
    front = len(str(size))
    per_line = max(1, (width - front) // _NUMBER)
    if height < 1 or width < front + _NUMBER:
        return []
    if per_line >= 10:
        per_line -= per_line % 5
    told, shown = [], min(len(values), per_line * height)
    for start in range(0, shown, per_line):
        numbers = "".join(f"{said(value):>{_NUMBER}}" for value in values[start : start + per_line])
        told.append(f"{start:>{front}}{numbers}")
    if shown < size:
        ending = f"  and {size - shown:,} more"
        while (
            cell_len(told[-1]) + len(ending) > max(width, front + _NUMBER) and len(told[-1]) > front + _NUMBER
        ):
            told[-1], shown = told[-1][:-_NUMBER], shown - 1
            ending = f"  and {size - shown:,} more"
        told[-1] += ending
    return told


def which(steps: Steps, seen: Seen, way: Way) -> str:
    """The token and the head whose numbers are told."""
    label = labels_of(steps, way)[seen.position]
    head = f", head {seen.head}" if seen.head is not None else ""
    return f"`{label}`, token {seen.position + 1} of {len(steps.pieces)}{head}"
