"""An explanation, before anybody draws it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is shown, in a few lines that a student can follow."""

    title: str
    says: str
    """One or two sentences: what this is, and how to read it."""
    formula: str = ""
    """As text, such as `H = -sum q log2 q`; may have several lines."""
    numbers: tuple[tuple[str, str], ...] = ()
    """What the letters of the formula are here: (name with its shape or unit, value)."""
    source: str = ""
    """Where it comes from: a paper, a file of the project."""
