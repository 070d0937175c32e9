"""How close a group of vectors is, beside groups that might as well have been named.

Which those are decides what the number says. All vectors together are no measure: rare tokens are hardly
trained and stay alike, so that any few of them are "close", and closer than whatever has been learned. So
tokens are held against others of their kind, and positions against the same group at other places.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from gptlab_tui.insight.claims import Claim, compared, cosines, nearest
from gptlab_tui.insight.embeddings import Embedding, cosine_of_pairs

#: How many groups are drawn by lot.
LOTS = 500
#: The kinds that are wider than a class; the others are classes under their own name.
_KINDS = {
    "vowel": "small letters",
    "consonant": "small letters",
    "accented": "accented small letters",
    "capital": "capitals",
    "digit": "digits",
    "number": "numbers",
    "punctuation": "signs",
    "blank": "signs",
    "other": "signs",
    "word start": "word starts",
    "continuation": "continuations",
    "part": "parts",
}


@dataclass(frozen=True, slots=True)
class Togetherness:
    """How close the members of a group are in all dimensions."""

    cosine: Claim
    """The mean cosine of their pairs."""
    near: Claim
    """The share of them whose nearest of all is one of them."""
    drawn: str
    """What chance is: "5 of the 26 small letters", "the group at 29 other places"."""


def togetherness(found: Embedding, group: Sequence[int]) -> Togetherness:
    """How close the vectors at two places or more are, beside other groups of as many.

    Tokens: groups drawn by lot that have as many small letters, capitals, digits and signs; drawn from all
    where the group has most of a kind, which leaves nothing to draw. Positions: the same group shifted to
    every other place, so that its gaps are the same.
    """
    likeness = cosines(found.vectors)
    first = nearest(1 - likeness, 1)[:, 0]

    def near(places: np.ndarray) -> float:
        return float(np.isin(first[places], places).mean())

    def close(places: np.ndarray) -> float:
        return cosine_of_pairs(found.vectors[places])

    own = np.asarray(group)
    others, drawn = _shifted(own, len(first)) if found.of == "positions" else _dealt(own, found.classes)
    return Togetherness(
        Claim("together", "space", close(own), compared(close(own), [close(one) for one in others])),
        Claim("members", "space", near(own), compared(near(own), [near(one) for one in others])),
        drawn,
    )


def _shifted(group: np.ndarray, length: int) -> tuple[list[np.ndarray], str]:
    """The group at every other place of so many."""
    low, high = int(group.min()), int(group.max())
    others = [group + by for by in range(-low, length - high) if by]
    return others, f"the group at {len(others)} other place{'s'[: len(others) != 1]}"


def _dealt(group: np.ndarray, classes: Sequence[str]) -> tuple[list[np.ndarray], str]:
    """Groups with as many of each kind, the same ones each time."""
    kinds = [_KINDS[name] for name in classes]
    wanted, there = Counter(kinds[place] for place in group), Counter(kinds)
    if any(2 * count > there[kind] for kind, count in wanted.items()):
        pools = [(np.arange(len(kinds)), len(group))]
        told = f"{len(group)} of all {len(kinds):,}"
    else:
        pools = [
            (np.array([place for place, one in enumerate(kinds) if one == kind]), count)
            for kind, count in wanted.items()
        ]
        told = " and ".join(f"{count} of the {there[kind]:,} {kind}" for kind, count in wanted.items())
    return list(_draws(pools)), told


def _draws(pools: Sequence[tuple[np.ndarray, int]]) -> Iterator[np.ndarray]:
    generator = np.random.default_rng(0)
    for _ in range(LOTS):
        yield np.concatenate([generator.choice(pool, count, replace=False) for pool, count in pools])
