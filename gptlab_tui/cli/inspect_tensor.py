"""One tensor of a model for `gptlab inspect weights NAME`: heat map, statistics, histogram, and its past."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from gptlab_tui.cli.inspect_common import pass_over, which, which_json
from gptlab_tui.errors import GPTLabError
from gptlab_tui.text.escapes import escaped_pieces

if TYPE_CHECKING:
    import numpy as np

    from gptlab_tui.model.open_run import OpenModel
    from gptlab_tui.render.heat import Cell, Way

#: Lines of a heat map.
LINES = 32


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """A tensor with all that is told of it."""

    name: str
    values: np.ndarray
    """As a matrix: a vector is a row, of heads one is chosen."""
    shape: tuple[int, ...]
    """Of the whole tensor."""
    pieces: tuple[str, ...] | None
    """Of an activation, the text of each row's token."""
    head: int | None
    epsilon: float
    """Of the precision that its numbers have."""
    past: tuple[tuple[int, float, float | None, float | None], ...]
    """Of a weight at each snapshot: step, norm, its gradient's norm where it was asked for, and the mean
    norm of the whole gradient that the journal has since the snapshot before."""


def look_at(
    opened: OpenModel, name: str, ids: list[int] | None, head: int, sample: np.ndarray | None
) -> Looked:
    """A weight or, with ids, an activation; gradients where there is a sample of the training text."""
    from gptlab_tui.insight.numbers import SINGLE
    from gptlab_tui.insight.weights import activation, short, weight

    if ids is None:
        values = weight(opened, name)
        matrix = values.reshape(-1, values.shape[-1])
        past = _past(opened, short(name), sample)
        return Looked(short(name), matrix, values.shape, None, None, opened.epsilon, past)
    values = activation(opened, ids, name)
    has_heads = values.ndim == 3
    if has_heads and head >= len(values):
        raise GPTLabError(f"There is no head {head}.", f"{opened.run.name} has 0 to {len(values) - 1}.")
    kept = ids[-opened.config.model.block_size :]
    pieces = escaped_pieces(kept, opened.tokenizer)
    matrix = values[head] if has_heads else values
    return Looked(name, matrix, values.shape, pieces, head if has_heads else None, SINGLE, ())


def _past(
    opened: OpenModel, name: str, sample: np.ndarray | None
) -> tuple[tuple[int, float, float | None, float | None], ...]:
    from gptlab_tui.insight.weights import gradients_over_training, norms_over_training, whole_gradients

    norms = norms_over_training(opened.run, passed_over=pass_over)
    assert norms is not None
    own = None if sample is None else gradients_over_training(opened.run, sample)
    gradients = {} if own is None else dict(zip(own.steps, own.norms.get(name, ()), strict=False))
    return tuple(
        (
            step,
            float(norms.norms[name][place]),
            float(gradients[step]) if step in gradients else None,
            whole,
        )
        for place, (step, whole) in enumerate(
            zip(norms.steps, whole_gradients(opened.run, norms.steps), strict=True)
        )
    )


def drawn(opened: OpenModel, found: Looked, way: Way, width: int) -> list[list[Cell]]:
    """All of it in lines of at most `width` columns, where the words allow."""
    from textwrap import wrap

    import numpy as np

    from gptlab_tui.insight.numbers import histogram, rank_of, statistics
    from gptlab_tui.render.heat import label_of, plain
    from gptlab_tui.render.matrix import draw_histogram, draw_matrix, legend
    from gptlab_tui.render.table import Column, draw_table
    from gptlab_tui.render.units import share
    from gptlab_tui.render.walk import number

    labels = None if found.pieces is None else [label_of(piece, way) for piece in found.pieces]
    finite = found.values[np.isfinite(found.values)]
    about, ranks = statistics(found.values), rank_of(found.values, found.epsilon)
    shape = " x ".join(map(str, found.shape))
    of_head = "" if found.head is None else f", head {found.head}"
    rows = draw_matrix(found.values, way, width, LINES, labels)
    rows += [[], legend(found.values, way)]
    words = [
        f"{which(opened)}: {found.name}, {shape}{of_head}",
        f"mean {number(about.mean)}, deviation {number(about.deviation)}, from {number(about.minimum)}"
        f" to {number(about.maximum)}, norm {number(about.norm)}",
        f"{share(about.near_zero)} of the numbers are nearer to 0 than a tenth of the deviation"
        + ("" if ranks is None else f"; rank {ranks.rank}, of which {ranks.stable:.1f} carry it"),
        *(
            [f"{about.not_finite:,} more are NaN or infinite."]
            if about.not_finite and not found.pieces
            else []
        ),
        "Where a place stands for several numbers, it is the one furthest from zero; colours end where 99 %"
        " of the numbers do.",
        "Below, a line counts the numbers from the one in front of it up to the next line's.",
        "",
    ]
    rows += [plain(line) for text in words for line in wrap(text, max(20, width)) or [""]]
    edges, counts = histogram(finite)
    rows += [plain(line) for line in draw_histogram(edges.tolist(), counts.tolist(), way, width)]
    if found.past:
        steps, norms, own, whole = zip(*found.past, strict=True)
        columns = [
            Column("step", [f"{step:,}" for step in steps]),
            Column("norm", [number(n) for n in norms]),
        ]
        if any(norm is not None for norm in own):
            columns.append(Column("its gradient", ["-" if n is None else number(n) for n in own]))
        columns.append(Column("whole gradient", ["-" if n is None else number(n) for n in whole], rank=1))
        rows += [[], *draw_table(columns, way, width)]
    return rows


def to_json(opened: OpenModel, found: Looked) -> dict[str, Any]:
    """All of it as plain objects and lists."""
    import numpy as np

    from gptlab_tui.insight.numbers import histogram, rank_of, statistics

    finite = found.values[np.isfinite(found.values)]
    edges, counts = histogram(finite)
    ranks = rank_of(found.values, found.epsilon)
    return {
        **which_json(opened),
        "name": found.name,
        "shape": list(found.shape),
        "head": found.head,
        "pieces": None if found.pieces is None else list(found.pieces),
        "values": found.values.tolist(),
        **asdict(statistics(found.values)),
        "rank": None if ranks is None else ranks.rank,
        "stable_rank": None if ranks is None else ranks.stable,
        "histogram": {"edges": edges.tolist(), "counts": counts.tolist()},
        "training": [
            {"step": step, "norm": norm, "gradient": own, "whole_gradient": whole}
            for step, norm, own, whole in found.past
        ],
    }
