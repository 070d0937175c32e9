"""What is told beside the pictures of the pane Embeddings: neighbours, claims, motion, formulas."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from gptlab_tui.explain.explanation import Explanation
from gptlab_tui.insight.claims import NEAR, WORDS, Claim
from gptlab_tui.render.bars import marked_sparkline, means
from gptlab_tui.render.fitting import fit
from gptlab_tui.render.heat import Way, label_of
from gptlab_tui.tui.panes.embeddings.data import METHODS, NAMES, Frame, Group, Moved, Reel, Vectors

#: Where a claim is measured, and what it says, in few words.
_WHERE = {"picture": "in the picture", "space": "all dimensions"}
CLAIMS = {
    "silhouette": "silhouette",
    "same_class": "same class",
    "adjacent": "adjacent",
    "by_distance": "by distance",
    "kept": "neighbours",
    "together": "cosine",
    "members": "nearest",
}
#: Columns of a claim's name, and of all from which on a claim has its range by chance.
_NAME, _WIDE = 16, 58


def near_lines(then: Frame, now: Frame, vectors: Vectors, cursor: int, way: Way, height: int) -> list[str]:
    """The nearest of one vector by cosine, at the beginning and now."""
    width = max(7, *(len(label_of(name, way)) for name in _nearby(then, now, vectors, cursor)))
    head = f"{fit('nearest', width)} cosine   at first"
    rows = [head]
    for rank in range(min(height - 1, now.near.shape[1])):
        parts = []
        for frame in (now, then):
            name = label_of(vectors.names[frame.near[cursor, rank]], way)
            parts.append(f"{fit(name, width)} {frame.cosines[cursor, rank]:6.2f}")
        rows.append("   ".join(parts))
    return rows


def _nearby(then: Frame, now: Frame, vectors: Vectors, cursor: int) -> list[str]:
    return [vectors.names[place] for frame in (then, now) for place in frame.near[cursor]]


def claim_lines(then: Frame, now: Frame, dimensions: int, group: Group | None, width: int) -> list[str]:
    """The claims of a group, and those of two pictures, side by side; and what chance gives for the later."""
    if not now.claims:
        return ["Numbers come when it has settled."]
    wide = width >= _WIDE
    rows = [f"{'':{_NAME}}{'first':>6}{'now':>7}   {'by chance' if wide else 'chance'}"]
    if group is not None:
        for before, claim in zip(group.start, group.now, strict=True):
            told = CLAIMS[claim.name]
            name = f"{fit(group.text, _NAME - 2 - len(told)).rstrip()} {told}"
            rows.append(_claim_row(name, before, claim, wide))
    old = {(claim.name, claim.where): claim for claim in then.claims}
    for claim in now.claims:
        where = "shown" if claim.where == "picture" else f"{dimensions}D"
        name = f"{CLAIMS[claim.name]} {where}"
        rows.append(_claim_row(name, old.get((claim.name, claim.where)), claim, wide))
    return rows


def _claim_row(name: str, before: Claim | None, now: Claim, wide: bool) -> str:
    chance = f"{_two(now.chance.high):>6}"
    if wide:
        chance = f"{_two(now.chance.low):>6} to{chance}"
    return f"{fit(name, _NAME)}{_value(before):>7}{_value(now):>7}{chance}"


def _value(claim: Claim | None) -> str:
    return "" if claim is None else f"{_two(claim.value)}{'*' if claim.holds else ' '}"


def _two(value: float) -> str:
    return f"{round(value, 2) + 0.0:.2f}" if math.isfinite(value) else "-"


def chance_told(reel: Reel, group: Group | None) -> tuple[str, ...]:
    """What a group is held against, the most important first."""
    if group is None or not group.now:
        return ()
    at = (f"{group.text} at step {group.step:,}",) if reel.moves else ()
    return (f"chance: {group.drawn}", *at)


def more_lines(now: Frame) -> list[str]:
    """What is said below the claims."""
    lines = ["* 5 of 100 by lot or fewer reach it."] if now.claims else []
    if now.by_distance:
        lags = [lag for lag in (1, 2, 4, 8, 16, 32, 64, 128) if lag <= len(now.by_distance)]
        told = ", ".join(f"{lag}: {_two(now.by_distance[lag - 1])}" for lag in lags)
        lines.append(f"Cosine by distance {told}.")
    return lines


def motion_lines(reel: Reel, at: int, group: Group | None, way: Way, width: int, height: int) -> list[str]:
    """What moved, as rows of small curves over the steps, with the value at one of them.

    A group has its row; where there is room, that of all pairs stands beside it.
    """
    moved = reel.moved
    if moved is None:
        if not reel.moves:
            return [", and . step through the training:", "the same vectors at every snapshot."]
        count = len(reel.vectors.steps) if reel.vectors is not None else 0
        lines = [f"{len(reel.frames)} of {count} steps are laid out."]
        lines += ["A later step begins anew."] if reel.ended else []
        return [*lines, *(_row(name, values, at, way, width) for name, values in _of_group(reel, group))]
    rows = []
    told = f"t-SNE alone moves {moved.jitter:.3f}." if moved.jitter else ""
    for name, values in _curves(reel, moved, group, max(1, height - bool(told))):
        rows.append(_row(name, values, at, way, width))
    return [*rows, told] if told else rows


def _row(name: str, values: Sequence[float], at: int, way: Way, width: int) -> str:
    """All of a curve, however many steps there are; the one that is looked at between brackets."""
    cells = min(len(values), max(2, width - 23))
    here = next(cell for cell in range(cells) if at < (cell + 1) * len(values) // cells)
    drawn = marked_sparkline(means(values, cells), here, ascii_only=way == "ascii")
    return f"{fit(name, 12)} {drawn} {round(values[at], 3) + 0.0:6.3f}"


def _of_group(reel: Reel, group: Group | None) -> list[tuple[str, tuple[float, ...]]]:
    """Its course over the steps, where it is known."""
    course = group.over(reel.vectors.steps) if group is not None and reel.vectors is not None else ()
    return [(group.text, course)] if group is not None and course else []


def _curves(
    reel: Reel, moved: Moved, group: Group | None, most: int = 99
) -> list[tuple[str, tuple[float, ...]]]:
    """At most so many; a group before them all, since somebody asked for it."""
    first = _of_group(reel, group)
    curves = [
        ("turned", moved.drift),
        ("new near", moved.new_neighbours),
        ("final near", moved.final_neighbours),
        ("silhouette", moved.silhouette),
        ("picture", moved.picture),
    ]
    curves = [(name, values) for name, values in curves if values and all(map(math.isfinite, values))]
    if first and len(curves) + 2 <= most:
        first.append(("all pairs", moved.everybody))
    return [*first, *curves][:most]


def progress(reel: Reel, at: int, hidden: int) -> str:
    """How far a picture has come; "" where there is none."""
    if reel.vectors is None or not 0 <= at < len(reel.frames):
        return ""
    frame, method = reel.frames[at], reel.vectors.method
    if frame.is_settled:
        if method == "pca" and reel.moves:
            said = "last step's plane"
        elif method == "pca":
            said = f"{100 * sum(frame.shares):.0f} % of variance"
        elif reel.moves:
            said = f"settled from step {reel.frames[at - 1].step:,}" if at else "settled from PCA"
        else:
            said = "settled" if math.isnan(frame.divergence) else f"KL {frame.divergence:.2f} nats"
    elif reel.ended == "stopped":
        said = f"stopped at {frame.iteration:,}" if frame.iteration else "stopped at PCA"
    elif frame.iteration:
        said = f"t-SNE {frame.iteration:>4,} of {frame.iterations:,}"
    else:
        said = "t-SNE begins with PCA"
    return f"{said}, {hidden} hidden" if hidden else said


Topic = Literal["picture", "cosines", "numbers", "motion"]


def explain(
    reel: Reel, at: int, cursor: int, group: Group | None, way: Way, topic: Topic
) -> Explanation | None:
    """Formula, shapes and the numbers of what is shown."""
    vectors = reel.vectors
    if vectors is None or not reel.frames:
        return None
    now = reel.frames[at]
    about = (
        ("model", f"{vectors.run}, step {now.step:,}"),
        ("vectors", f"{NAMES[vectors.of]}: ({vectors.count:,}, {vectors.dimensions})"),
        ("shown", _shown(vectors, now, topic)),
    )
    if topic == "numbers":
        return _of_numbers(about, now, group)
    if topic == "motion":
        return _of_motion(about, reel, at, group)
    if topic == "cosines":
        return _of_cosines(about, vectors, now, cursor, way)
    return _of_picture(about, reel, vectors, now)


def _shown(vectors: Vectors, now: Frame, topic: Topic) -> str:
    count = f"{len(vectors.names):,}"
    if topic != "cosines":
        return f"{count} by {METHODS[vectors.method]}"
    block = f", each place of the map the mean of {now.factor} x {now.factor}" if now.factor > 1 else ""
    return f"cosines of {count}{block}"


def _of_picture(about: tuple[tuple[str, str], ...], reel: Reel, vectors: Vectors, now: Frame) -> Explanation:
    numbers = [*about]
    if vectors.method == "pca":
        first, second = now.shares
        numbers.append(
            ("mean and V2", f"those of step {vectors.step:,}, for all steps alike")
            if reel.moves
            else ("share of the variance", f"{first:.3f} along axis 1, {second:.3f} along axis 2")
        )
        return Explanation(
            "PCA",
            "The shadow of the vectors on the plane in which they differ most. What is far apart here is far"
            " apart; what is near may be far in the other dimensions.",
            "points = (x - mean) V2      X - mean = U S V^T,  V2 its first two columns",
            tuple(numbers),
            "Pearson 1901; insight/flat.py, principal_plane.",
        )
    numbers.append(("iteration", f"{now.iteration:,} of at most {now.iterations:,}"))
    if reel.moves:
        numbers.append(("begun", "where the step before ended, not with PCA: one step alone looks otherwise"))
    if not math.isnan(now.divergence):
        numbers.append(("divergence", f"{now.divergence:.3f} nats"))
    return Explanation(
        "t-SNE",
        "Who is near whom is kept, and nothing else: axes, gaps and the sizes of groups say nothing."
        " The numbers beside it tell what of it is true in all dimensions.",
        "p_ij ~ exp(-|x_i - x_j|^2 / 2 s_i^2)    vectors x at length 1\n"
        "q_ij ~ 1 / (1 + |y_i - y_j|^2)          points y, moved until\n"
        "divergence = sum p_ij ln(p_ij / q_ij)   is smallest",
        tuple(numbers),
        "van der Maaten and Hinton 2008; insight/flat.py, settle.",
    )


def _of_cosines(
    about: tuple[tuple[str, str], ...], vectors: Vectors, now: Frame, cursor: int, way: Way
) -> Explanation:
    here, other = vectors.names[cursor], int(now.near[cursor, 0])
    pair = f"`{label_of(here, way)}` and `{label_of(vectors.names[other], way)}`"
    return Explanation(
        "Cosine",
        "How alike two vectors point, whatever their lengths: 1 the same way, 0 unrelated, -1 opposite.",
        "cosine = x . y / (|x| |y|)",
        (*about, (pair, f"{now.cosines[cursor, 0]:.3f}, the nearest")),
        "insight/claims.py, cosines.",
    )


def _of_numbers(about: tuple[tuple[str, str], ...], now: Frame, group: Group | None) -> Explanation:
    told = [(f"{WORDS[claim.name]}, {_WHERE[claim.where]}", _at_length(claim)) for claim in now.claims]
    if group is not None and group.now:
        told += [(f"{group.text}: {WORDS[claim.name]}", _at_length(claim)) for claim in group.now]
        told.append((f"{group.text}, its chance", group.drawn))
    return Explanation(
        "Claims of the eye",
        "A number for what one thinks to see, in all dimensions and in the picture. Where the picture bears"
        " it out and the dimensions do not, the method made it. Chance: the labels dealt out anew n times,"
        " of which 90 of 100 are in the range; k deals reach the claim. * where p is 0.05 or less. A group is"
        " held against others of its kind: rare tokens are hardly trained, stay alike, and would win.",
        "silhouette = mean of (b - a) / max(a, b)\n"
        "a: mean distance to its own class   b: to the nearest other class\n"
        "p = (1 + k) / (1 + n)",
        (*about, *told),
        "Rousseeuw 1987; insight/claims.py.",
    )


def _at_length(claim: Claim) -> str:
    chance = claim.chance
    return f"{claim.value:.3f}; chance {chance.low:.3f} to {chance.high:.3f}, p {chance.p:.3f}"


def _of_motion(about: tuple[tuple[str, str], ...], reel: Reel, at: int, group: Group | None) -> Explanation:
    numbers = [*about, ("steps", f"{len(reel.frames)}")]
    if reel.moved is not None:
        numbers += [(name, f"{values[at]:.4f}") for name, values in _curves(reel, reel.moved, group)]
        numbers.append(("jitter", f"{reel.moved.jitter:.4f} spreads: the last step laid out once more"))
    return Explanation(
        "Motion",
        "Frames are aligned, so that what moves is the model: by PCA all are shadows on one plane, by t-SNE"
        " each begins where the last one ended and is laid over it without stretching. So a step looks"
        " otherwise here than by itself.",
        "turned     = mean of 1 - cosine of a vector with itself a step before\n"
        f"new near   = share of the {NEAR} nearest that were not so a step before\n"
        "final near = share of them that are so at the last step\n"
        "silhouette = that of the classes, by cosine\n"
        "a group    = mean cosine of its pairs; all pairs: of everybody's\n"
        "picture    = mean way of the points, in spreads of the last picture",
        tuple(numbers),
        "Schönemann 1966 (Procrustes); insight/motion.py.",
    )
