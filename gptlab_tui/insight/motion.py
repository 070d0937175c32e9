"""How the vectors of a model move while it learns: numbers in all dimensions, and frames of a picture.

What moves in the frames is to be the model, not the method. By PCA all frames are shadows on one plane, so
nothing but the vectors can move. By t-SNE each frame begins where the one before ended, and is then laid
over it without stretching (orthogonal Procrustes). What is left of the method is measured: `jitter`
says how far points go when the same vectors are laid out once more.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np

from gptlab_tui.errors import GPTLabError
from gptlab_tui.insight.claims import NEAR, cosines, nearest, silhouette
from gptlab_tui.insight.classes import numbered
from gptlab_tui.insight.embeddings import (
    Embedding,
    Of,
    cosine_of_pairs,
    embedding_at,
    first_tokens,
    members,
    steps_of,
)
from gptlab_tui.insight.flat import Settling, laid_over, principal_plane, settle, unit
from gptlab_tui.insight.watching import PassedOver, Stopped
from gptlab_tui.model.open_run import OpenModel

Method = Literal["tsne", "pca"]
Result = TypeVar("Result")
#: Iterations of t-SNE for every frame but the first, which has 1,000.
ITERATIONS = 250


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """N vectors over S steps; what is between two steps has a 0 at the first."""

    of: Of
    steps: tuple[int, ...]
    names: tuple[str, ...]
    classes: tuple[str, ...]
    drift: np.ndarray
    """(S, N): 1 - cosine of each vector with itself at the step before."""
    travelled: np.ndarray
    """(S, N): 1 - cosine with itself at the first step."""
    new_neighbours: np.ndarray
    """(S,): share of the 5 nearest (by cosine) that were not among them at the step before, mean of all."""
    final_neighbours: np.ndarray
    """(S,): share of the 5 nearest that are among them at the last step; by chance 5 / (N - 1)."""
    lengths: np.ndarray
    """(S,): mean length of the vectors."""
    silhouettes: np.ndarray
    """(S,): of the classes by cosine distance; NaN where there is one class."""
    groups: dict[str, np.ndarray]
    """Group of two or more -> (S,): mean cosine of its pairs."""
    everybody: np.ndarray
    """(S,): mean cosine of all pairs, to hold the groups against."""


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """The pictures, aligned."""

    method: Method
    points: np.ndarray
    """(S, N, 2)"""
    moved: np.ndarray
    """(S,): mean distance of the points from the frame before, where the last frame's spread is 1."""
    jitter: float
    """The same for the last vectors laid out once more: what the method moves by itself."""


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """A frame on its way."""

    number: int
    """Of the step, from 0."""
    points: np.ndarray
    """(N, 2), laid over the frame before"""
    iteration: int
    iterations: int
    done: bool
    """The next one is of another step."""


def embeddings_over_time(
    opened: OpenModel,
    of: Of = "tokens",
    most: int = 1000,
    also: Sequence[int] = (),
    tell: Callable[[int, int], None] = lambda done, of: None,
    stopped: Stopped = lambda: False,
    passed_over: PassedOver = lambda step, why: None,
) -> list[Embedding]:
    """The vectors at every step that is there up to the open one, less those that cannot be read.

    Raises GPTLabError for fewer than two.
    """
    if of == "positions" and opened.config.model.positions == "sinusoidal":
        raise GPTLabError(f"The positions of {opened.run.name} never move: they are sines and cosines.")
    steps = [step for step in steps_of(opened) if step <= opened.step]
    found: list[Embedding] = []
    unread: GPTLabError | None = None
    for step in steps:
        if stopped():
            break
        try:
            found.append(first_tokens(embedding_at(opened, step, of), most, also))
        except GPTLabError as error:
            unread = error
            passed_over(step, error.message)
        tell(len(found), len(steps))
    if len(found) < 2 and unread is not None:
        raise unread
    if len(found) < 2:
        raise GPTLabError(
            f"{opened.run.name} has the weights of one step only, so nothing moves.",
            "A training keeps snapshots with -o train.snapshots=64, at its evaluations.",
        )
    return found


def measure(found: Sequence[Embedding], groups: Mapping[str, Sequence[int]] | None = None) -> Motion:
    """What can be said of the motion without a picture; a group is places in the embeddings."""
    return _end_of(measuring(found, groups))


def measuring(
    found: Sequence[Embedding], groups: Mapping[str, Sequence[int]] | None = None
) -> Generator[None, None, Motion]:
    """The same a step at a time, so that others have their turn: it returns what `measure` does.

    Of each step only the neighbours are kept: the tables of cosines of all steps would fill the memory.
    """
    first, before = found[0], found[0]
    labels = np.array(numbered(first.classes))
    wanted = {name: np.asarray(places) for name, places in (groups or {}).items() if len(places) > 1}
    near: list[np.ndarray] = []
    rows: list[tuple[np.ndarray, np.ndarray, float, float, float]] = []
    courses: dict[str, list[float]] = {name: [] for name in wanted}
    for one in found:
        table = cosines(one.vectors)
        near.append(nearest(1 - table, NEAR).copy())  # not a view of the order of all
        rows.append(
            (
                _turned(one, before),
                _turned(one, first),
                float(np.linalg.norm(one.vectors, axis=1).mean()),
                silhouette(1 - table, labels),
                cosine_of_pairs(one.vectors),
            )
        )
        for name, places in wanted.items():
            courses[name].append(cosine_of_pairs(one.vectors[places]))
        before = one
        yield
    drift, travelled, lengths, silhouettes, everybody = map(np.array, zip(*rows, strict=True))
    return Motion(
        of=first.of,
        steps=tuple(one.step for one in found),
        names=first.names,
        classes=first.classes,
        drift=drift,
        travelled=travelled,
        new_neighbours=np.array([1 - _shared(*two) for two in zip(near, [near[0], *near[:-1]], strict=True)]),
        final_neighbours=np.array([_shared(one, near[-1]) for one in near]),
        lengths=lengths,
        silhouettes=silhouettes,
        groups={name: np.array(course) for name, course in courses.items()},
        everybody=everybody,
    )


def laying_out(
    vectors: Sequence[np.ndarray], method: Method = "tsne", stopped: Stopped = lambda: False
) -> Iterator[Laid]:
    """Lays one step's vectors (N, C) after the other out, each over the one before, as one may watch it."""
    if method == "pca":
        plane = principal_plane(vectors[-1])
        for number, one in enumerate(vectors):
            yield Laid(number, plane.points(one), 1, 1, True)
        return
    before: np.ndarray | None = None
    for number, one in enumerate(vectors):
        for settling in _settling(unit(one), before, stopped):
            points = settling.points if before is None else laid_over(settling.points, before)
            yield Laid(number, points, settling.iteration, settling.iterations, settling.settled)
        before = points
        if stopped():
            return


def lay_out(
    found: Sequence[Embedding],
    method: Method = "tsne",
    tell: Callable[[int, int], None] = lambda done, of: None,
    stopped: Stopped = lambda: False,
) -> Frames:
    """A picture for each step, aligned; where `stopped()`, those that are done."""
    vectors = [one.vectors for one in found]
    points = []
    for laid in laying_out(vectors, method, stopped):
        if laid.done:
            points.append(laid.points)
            tell(len(points), len(vectors))
    moves = method == "tsne" and not stopped()
    return Frames(method, np.stack(points), moved(points), jitter(vectors[-1], points[-1]) if moves else 0.0)


def jitter(vectors: np.ndarray, points: np.ndarray) -> float:
    """How far t-SNE moves a picture (N, 2) of vectors (N, C) by itself, in spreads of the picture."""
    return _end_of(jittering(vectors, points))


def jittering(vectors: np.ndarray, points: np.ndarray) -> Generator[None, None, float]:
    """The same some iterations at a time: it returns what `jitter` does."""
    again = points
    for settling in _settling(unit(vectors), points, lambda: False):
        again = settling.points
        yield
    return float(moved([points, laid_over(again, points)])[1])


def moved(points: Sequence[np.ndarray]) -> np.ndarray:
    """For each picture the mean distance of its points from the one before, in spreads of the last one."""
    last = points[-1]
    spread = float(np.sqrt(((last - last.mean(axis=0)) ** 2).sum(axis=1).mean())) or 1.0
    steps = zip(points, [points[0], *points[:-1]], strict=True)
    return np.array([np.linalg.norm(one - before, axis=1).mean() / spread for one, before in steps])


def group_places(opened: OpenModel, of: Of, texts: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Groups as they were asked for, by their text."""
    return {text: members(opened, of, text) for text in texts}


def _settling(vectors: np.ndarray, before: np.ndarray | None, stopped: Stopped) -> Iterator[Settling]:
    if before is None:
        return settle(vectors, stopped=stopped)
    return settle(vectors, before, iterations=ITERATIONS, stopped=stopped)


def _turned(one: Embedding, other: Embedding) -> np.ndarray:
    turned: np.ndarray = 1 - (unit(one.vectors) * unit(other.vectors)).sum(axis=1, dtype=np.float64)
    return turned


def _shared(near: np.ndarray, others: np.ndarray) -> float:
    """The share of the neighbours (N, k) of all that are among the others (N, k) of the same."""
    return float((near[:, :, None] == others[:, None, :]).any(axis=2).mean())


def _end_of(work: Generator[None, None, Result]) -> Result:
    """What work returns that is done at one go."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: Result = end.value
            return result
