"""Many dimensions in two: PCA, t-SNE that is watched while it settles, and pictures laid over one another.

PCA is a shadow: distances in it are never larger than they are. t-SNE (van der Maaten and Hinton 2008)
keeps who is near whom and nothing else: axes, sizes of groups and gaps between them say nothing.
Affinities and gradient are those of scikit-learn; the descent around them stands here, step for step
as in `sklearn.manifold.TSNE`, so that each of its iterations can be shown and be the last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from gptlab_tui.errors import GPTLabError
from gptlab_tui.insight.watching import Stopped

#: Neighbours that a point has in effect, unless there are too few points; scikit-learn's default too.
PERPLEXITY = 30.0
#: Iterations with exaggerated affinities, so that groups find together first; by what factor.
EXPLORING, EXAGGERATION = 250, 12.0
#: Beyond so many points the gradient is approximated (Barnes-Hut).
EXACT = 300
#: Fewer points have no picture.
FEWEST = 5
_CHECK, _PATIENCE, _STILL = 50, 300, 1e-7


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """The two directions in which vectors differ most."""

    centre: np.ndarray
    """(C,)"""
    axes: np.ndarray
    """(2, C), of length 1 and at right angles; the largest part of each is positive."""
    shares: tuple[float, float]
    """Of the variance, how much lies along each."""

    def points(self, vectors: np.ndarray) -> np.ndarray:
        """The shadows of vectors (N, C) on the plane: (N, 2)"""
        shadows: np.ndarray = (vectors - self.centre) @ self.axes.T
        return shadows


@dataclass(frozen=True, slots=True, eq=False)
class Settling:
    """t-SNE on its way."""

    iteration: int
    """Taken so far."""
    iterations: int
    """At most to be taken."""
    points: np.ndarray
    """(N, 2)"""
    divergence: float
    """Kullback-Leibler, in nats: how far its neighbourhoods are from the real ones; NaN while exaggerated."""
    settled: bool
    """Nothing comes after this."""


def principal_plane(vectors: np.ndarray) -> Plane:
    """The first two principal components of vectors (N, C)."""
    centre = vectors.mean(axis=0)
    _, sizes, axes = np.linalg.svd(np.asarray(vectors - centre, np.float64), full_matrices=False)
    two = np.zeros((2, vectors.shape[1]))
    two[: min(2, len(axes))] = axes[:2]
    largest = np.abs(two).argmax(axis=1)
    two *= np.where(two[[0, 1], largest] < 0, -1.0, 1.0)[:, None]
    total = float((sizes**2).sum()) or 1.0
    first, second = [*(sizes[:2] ** 2 / total), 0.0, 0.0][:2]
    return Plane(centre, two, (float(first), float(second)))


def unit(vectors: np.ndarray) -> np.ndarray:
    """The vectors at length 1, so that distances are those of their angles; one of length 0 stays: (N, C)"""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    directions: np.ndarray = np.divide(vectors, lengths, where=lengths > 0, out=np.zeros_like(vectors))
    return directions


def settle(
    vectors: np.ndarray,
    start: np.ndarray | None = None,
    *,
    perplexity: float | None = None,
    iterations: int = 1000,
    chunk: int = 25,
    stopped: Stopped = lambda: False,
) -> Iterator[Settling]:
    """Lays vectors (N, C) out by t-SNE: where they are after every `chunk` iterations.

    Distances are Euclidean: give `unit` vectors for angles. Nothing is drawn by lot: it starts from the
    principal plane, or from a picture `start` (N, 2) that is near the goal and so is not exaggerated.
    Where `stopped()` is true it ends with what there is. Raises GPTLabError for fewer than `FEWEST`.
    """
    if len(vectors) < FEWEST:
        raise GPTLabError(
            f"{len(vectors)} points are too few for t-SNE.", f"It needs {FEWEST}; PCA shows fewer."
        )
    exploring = EXPLORING if start is None else 0
    exaggeration = EXAGGERATION if exploring else 1.0
    affinities, gradient = _problem(vectors, perplexity)
    rate = np.float64(max(len(vectors) / exaggeration / 4, 50.0))  # a double, as theirs: it sets the rounding
    position = (_first(vectors) if start is None else np.asarray(start, np.float32)).ravel().copy()
    momentum, pull = (0.5, affinities * exaggeration) if exploring else (0.8, affinities)
    update, gains = np.zeros_like(position), np.ones_like(position)
    best, best_at, divergence = np.inf, 0, float("nan")
    for iteration in range(1, iterations + 1):
        if iteration == exploring + 1 and exploring:
            momentum, pull = 0.8, affinities
            update, gains, best, best_at = np.zeros_like(position), np.ones_like(position), np.inf, iteration
        show, check = iteration % chunk == 0 or iteration == iterations, iteration % _CHECK == 0
        divergence, slope = gradient(position, pull, show or check)
        turned = update * slope < 0
        gains = np.maximum(np.where(turned, gains + 0.2, gains * 0.8), 0.01)
        slope = slope * gains
        update = momentum * update - rate * slope
        position += update  # stays in single precision
        done = iteration == iterations
        if check and iteration > exploring:
            if divergence < best:
                best, best_at = divergence, iteration
            done = done or iteration - best_at > _PATIENCE or float(np.linalg.norm(slope)) <= _STILL
        if show or done:
            done = done or stopped()
            told = float("nan") if iteration <= exploring else float(divergence)
            yield Settling(iteration, iterations, position.reshape(-1, 2).copy(), told, done)
            if done:
                return


def perplexity_for(points: int, asked: float | None = None) -> float:
    """The neighbours in effect that t-SNE takes for so many points, as asked for or else by itself.

    Raises GPTLabError where as many are asked for as there are points: all would be neighbours of all.
    """
    if asked is None:
        return min(PERPLEXITY, (points - 1) / 3)
    if asked >= points:
        raise GPTLabError(
            f"A perplexity of {asked:g} is too much for {points:,} points.",
            f"It has to be below {points:,}; by itself it would be {perplexity_for(points):.3g}.",
        )
    return asked


def settled(vectors: np.ndarray, start: np.ndarray | None = None, **options: Any) -> Settling:
    """The last picture of `settle`, with the same arguments."""
    *_, last = settle(vectors, start, **options)
    return last


def laid_over(points: np.ndarray, goal: np.ndarray) -> np.ndarray:
    """The points (N, 2) moved, turned and perhaps mirrored, never stretched, onto a picture of the same.

    Orthogonal Procrustes (Schönemann 1966): no other rigid movement leaves less distance.
    """
    centre, aim = points.mean(axis=0), goal.mean(axis=0)
    left, _, right = np.linalg.svd((points - centre).T @ (goal - aim))
    moved: np.ndarray = (points - centre) @ (left @ right) + aim
    return moved


def _first(vectors: np.ndarray) -> np.ndarray:
    """The principal plane, shrunk to 1e-4 along its first axis: (N, 2)"""
    points = principal_plane(vectors).points(vectors)
    spread = points[:, 0].std() or 1.0
    first: np.ndarray = (points / spread * 1e-4).astype(np.float32)
    return first


def _problem(
    vectors: np.ndarray, perplexity: float | None
) -> tuple[Any, Callable[[np.ndarray, Any, bool], tuple[float, np.ndarray]]]:
    """Affinities of all pairs, and what gives divergence and gradient at a picture.

    The functions of scikit-learn are not public, but have not changed since 1.5 at least; a test holds
    `settle` against the public class.
    """
    from sklearn.manifold import _t_sne as theirs
    from sklearn.metrics import pairwise_distances
    from sklearn.neighbors import NearestNeighbors

    N = len(vectors)
    width = perplexity_for(N, perplexity)
    if N <= EXACT:
        squares = pairwise_distances(vectors, metric="euclidean", squared=True)
        pairs = theirs._joint_probabilities(squares, width, 0)

        def exact(position: np.ndarray, pull: Any, error: bool) -> tuple[float, np.ndarray]:
            return theirs._kl_divergence(position, pull, 1, N, 2, compute_error=error)  # type: ignore[no-any-return]  # scikit-learn has no types

        return pairs, exact
    near = NearestNeighbors(n_neighbors=min(N - 1, int(3 * width + 1))).fit(vectors)
    graph = near.kneighbors_graph(mode="distance")
    graph.data **= 2
    sparse = theirs._joint_probabilities_nn(graph, width, 0)

    def approximate(position: np.ndarray, pull: Any, error: bool) -> tuple[float, np.ndarray]:
        return theirs._kl_divergence_bh(position, pull, 1, N, 2, compute_error=error)  # type: ignore[no-any-return]  # likewise

    return sparse, approximate
