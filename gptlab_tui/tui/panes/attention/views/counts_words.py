"""What the view Counts tells in words: the model beside the tables of n-grams, formula and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gptlab_tui.explain.explanation import Explanation
from gptlab_tui.render.bars import bar
from gptlab_tui.render.heat import Way, columns_of, label_of
from gptlab_tui.render.units import about
from gptlab_tui.serving.protocol import Message
from gptlab_tui.tui.panes.attention.views.reading import Reading

#: Columns from which on one has room for how often a token was counted.
_WITH_COUNTS = 14


def table(answer: Message, following: str | None, way: Way, width: int, height: int) -> list[str]:
    """A column for the model and one for each order; `>` is the token that really follows."""
    orders, tokens = answer["orders"], answer["tokens"]
    tokens = _some(tokens, following, max(1, height - 4))
    labels = [label_of(one["piece"], way) for one in tokens]
    wide = min(10, max(5, *(columns_of(label) for label in labels)))
    column = max(6, min(30, (width - wide - 2) // (len(orders) + 1)))
    counted = max((len(f"{n:,}") for one in tokens for n in one["counts"]), default=1)
    with_counts = column >= max(_WITH_COUNTS, 8 + counted)
    room = max(0, column - 6 - (counted + 1 if with_counts else 0))

    def place(chance: float, count: str) -> str:
        drawn = bar(chance, room, ascii_only=way == "ascii")
        return f" {chance:.2f} {drawn}" + (f" {count:>{counted}}" if with_counts else "")

    def line(first: str, cells: Sequence[str]) -> str:
        front = first[: wide + 2]
        return (
            front + " " * (wide + 2 - columns_of(front)) + "".join(_fit(cell, column) for cell in cells)
        ).rstrip()

    rows = [
        line("", [" model", *(f" n={one['n']}" for one in orders)]),
        line("  after", [" all", *(" " + _context(one, way, column - 2) for one in orders)]),
        line("  seen", ["", *(" " + _briefly(one["seen"], column - 2) for one in orders)]),
    ]
    for one, label in zip(tokens, labels, strict=True):
        cells = [place(one["probability"], "")]
        cells += [place(p, f"{n:,}") for p, n in zip(one["estimates"], one["counts"], strict=True)]
        rows.append(line(("> " if one["piece"] == following else "  ") + label, cells))
    nearest = answer["nearest"]
    rows.append(
        line(
            "  KL",
            [
                "",
                *(f" {one['divergence_bits']:.2f}" + ("*" if one["n"] == nearest else "") for one in orders),
            ],
        )
    )
    return rows


def _some(tokens: Sequence[Message], following: str | None, count: int) -> list[Message]:
    """As many as there is room for, the one that really follows among them."""
    best = sorted(tokens, key=lambda one: -max(one["probability"], *one["estimates"]))[:count]
    real = next((one for one in tokens if one["piece"] == following), None)
    if real is not None and real not in best:
        best[-1] = real
    return sorted(best, key=lambda one: -float(one["probability"]))


def _context(order: Message, way: Way, width: int = 99) -> str:
    """What a table of this order knows, the end of it where there is no room."""
    return _end(label_of(order["context"], way), width) if order["context"] else "nothing"[:width]


def _fit(cell: str, width: int) -> str:
    return cell[:width].ljust(width)


def _end(text: str, width: int) -> str:
    """The last characters, as many as fit."""
    while text and columns_of(text) > width:
        text = text[1:]
    return text


def _briefly(number: int, width: int) -> str:
    """A count in so many characters: 455,337 or 455k."""
    return f"{number:,}" if len(f"{number:,}") <= width else about(number)


def explain(answer: Message, reading: Reading, label: str, way: Way) -> Explanation:
    """What counting says, and the numbers of the place under the cursor."""
    orders = answer["orders"]
    best: Any = max(answer["tokens"], key=lambda one: one["probability"])
    name = label_of(best["piece"], way)
    numbers = [
        ("model", f"{reading.model}, after `{label}`"),
        ("counted in", f"the training part of {answer['text']}"),
        ("most probable to the model", f"`{name}` {best['probability']:.4f}"),
    ]
    for one, estimate, counted in zip(orders, best["estimates"], best["counts"], strict=True):
        numbers.append(
            (
                f"n = {one['n']}, after `{_context(one, way)}`",
                f"seen {one['seen']:,}, then `{name}` {counted:,}: estimate {estimate:.4f}; "
                f"KL {one['divergence_bits']:.2f} bits",
            )
        )
    return Explanation(
        title="Model against counts",
        says=(
            "A column n = 3 knows the last two tokens and nothing else. Its probabilities are the "
            "interpolated Kneser-Ney estimate: the counts, less a discount that goes to what shorter "
            "contexts say. The column with the least KL is what the model resembles most: so far back it "
            "seems to look here."
        ),
        formula=(
            "p_n(t) = max(c(context t) - d, 0) / c(context) + rest * p_n-1(t)\n"
            "KL(model || p_n) = sum p log2 (p / p_n)"
        ),
        numbers=tuple(numbers),
        source="Kneser and Ney 1995; insight/counts.py, text/ngram_next.py.",
    )
