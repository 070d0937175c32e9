"""One embedding as a picture: its points, and the numbers that say what of it is to be believed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from gptlab_tui.errors import GPTLabError
from gptlab_tui.insight.claims import MOST, Claim, class_claims, order_claims
from gptlab_tui.insight.embeddings import Embedding
from gptlab_tui.insight.flat import Settling, perplexity_for, principal_plane, settle, unit
from gptlab_tui.insight.watching import Stopped

Method = Literal["tsne", "pca"]


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """N vectors in two dimensions."""

    found: Embedding
    method: Method
    points: np.ndarray
    """(N, 2)"""
    shares: tuple[float, float]
    """Of the variance, how much lies along the first two principal axes, whatever the method."""
    divergence: float
    """Of t-SNE, in nats; NaN by PCA."""
    claims: tuple[Claim, ...]
    perplexity: float = float("nan")
    """Of t-SNE: the neighbours that a point has in effect; NaN by PCA."""


def picture(
    found: Embedding,
    method: Method = "tsne",
    *,
    perplexity: float | None = None,
    tell: Callable[[Settling], None] = lambda settling: None,
    stopped: Stopped = lambda: False,
) -> Picture:
    """Draws an embedding; t-SNE tells how it settles, and ends early where `stopped()`.

    PCA takes the vectors as they are, t-SNE their directions, since by cosine neighbours are told.
    Raises GPTLabError for more than `MOST` vectors: `first_tokens` takes fewer.
    """
    refuse_too_many(found)
    points, divergence = principal_plane(found.vectors).points(found.vectors), float("nan")
    if method == "tsne":
        for settling in settle(unit(found.vectors), perplexity=perplexity, stopped=stopped):
            tell(settling)
            points, divergence = settling.points, settling.divergence
        return replace(
            measured(found, method, points, divergence),
            perplexity=perplexity_for(len(found.vectors), perplexity),
        )
    return measured(found, method, points)


def measured(
    found: Embedding, method: Method, points: np.ndarray, divergence: float = float("nan")
) -> Picture:
    """A picture whose points (N, 2) are there: what of it is to be believed."""
    plane = principal_plane(found.vectors)
    if found.of == "positions":
        claims = order_claims(found.vectors, points)
    else:
        claims = class_claims(found.vectors, points, found.classes)
    return Picture(found, method, points, plane.shares, divergence, tuple(claims))


def refuse_too_many(found: Embedding) -> None:
    """Raises GPTLabError for more vectors than are measured pair by pair."""
    if len(found.vectors) > MOST:
        raise GPTLabError(f"{len(found.vectors):,} points are more than a picture shows.", f"Take {MOST:,}.")
