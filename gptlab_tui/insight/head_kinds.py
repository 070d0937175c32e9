"""What a head's scores are called, and what a head may be called by them. No torch."""

from __future__ import annotations

from collections.abc import Mapping

#: Score -> what it is.
SCORES = {
    "previous": "the weight on the token before",
    "first": "the weight on the first token of the context",
    "same": "the weight on earlier tokens equal to this one",
    "induction": "the weight on tokens that follow an earlier one equal to this one",
    "repeated": "induction on random tokens that come twice, where nothing else helps",
}
#: A head is called by a score that is at least this, and twice that of an even look.
NAMED = 0.4


def kind_of(scores: Mapping[str, float], even: Mapping[str, float]) -> str:
    """What a head may be called by: its largest score, where that is large, or nothing.

    `scores` may lack what no token asked for, or have it as not a number.
    """
    likely = {
        name: scores[name]
        for name in SCORES
        if name in scores and scores[name] >= NAMED and scores[name] > 2 * even[name]
    }
    return max(likely, key=lambda name: likely[name]) if likely else ""
