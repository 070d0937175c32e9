"""What the view Surprise tells in words: one token, the worst, the text taken apart, formula and numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from gptlab_tui.explain.explanation import Explanation
from gptlab_tui.render.bars import bar, sparkline
from gptlab_tui.render.display import display
from gptlab_tui.render.heat import Way, label_of
from gptlab_tui.render.painted import Piece
from gptlab_tui.serving.protocol import Message
from gptlab_tui.tui.panes.attention.views.reading import Reading
from gptlab_tui.tui.panes.attention.views.view import Told

By = Literal["class", "frequency", "position"]
BYS: tuple[By, ...] = ("class", "frequency", "position")
#: What is said above each table; how often a token is in the training text, how many were read before it.
_TITLES: dict[By, str] = {
    "class": "by class",
    "frequency": "by count",
    "position": "by context",
}
#: Cells of the names in a table, at least: those of the counts that come up.
_LEAST = len("100,000-999,999")
#: So many tokens before one are named with it.
BEFORE = 12


@dataclass(slots=True, eq=False)
class Surprised:
    """What a model made of N tokens; see `insight.surprise.Surprise`. NaN where there is no number."""

    pieces: list[str]
    bits: list[float]
    entropy_bits: list[float]
    best: list[str]
    """What it held most probable there."""
    best_bits: list[float]
    size_bytes: int
    bits_per_token: float
    bits_per_byte: float
    expected_bits: float
    """The surprise that the model itself expected, per token."""
    position_bits: list[float]
    parts: dict[By, list[Message]]
    reason: str = ""
    """Why there is nothing by frequency."""
    order: list[int] = field(default_factory=list)
    """Tokens, the most surprising first."""

    def painted(self) -> list[Piece]:
        """The text with its numbers."""
        return [Piece(piece, bits) for piece, bits in zip(self.pieces, self.bits, strict=True)]


@dataclass(slots=True, eq=False)
class Apart:
    """Two models on the same text; the first stretch is what neither could be asked about."""

    first: str
    second: str
    """The models in words."""
    pieces: list[str]
    bits: list[float]
    against: list[float]
    bits_per_byte: tuple[float, float]
    size_bytes: int
    order: list[int] = field(default_factory=list)
    """Stretches, the largest difference first."""

    def painted(self) -> list[Piece]:
        """The text with twice what the first paid more, so that a half bit shows."""
        numbers = zip(self.pieces, self.bits, self.against, strict=True)
        return [Piece(piece, 2 * (one - two)) for piece, one, two in numbers]


def surprised_of(answer: Message) -> Surprised:
    """The answer of kind `surprise`."""
    found = Surprised(
        pieces=answer["pieces"],
        best=answer["best"],
        bits=_floats(answer["bits"]),
        entropy_bits=_floats(answer["entropy_bits"]),
        best_bits=_floats(answer["best_bits"]),
        position_bits=_floats(answer["position_bits"]),
        size_bytes=answer["size_bytes"],
        bits_per_token=answer["bits_per_token"],
        bits_per_byte=answer["bits_per_byte"],
        expected_bits=answer["expected_bits"],
        parts={"class": answer["class"], "frequency": [], "position": answer["position"]},
    )
    told = [at for at, bits in enumerate(found.bits) if not math.isnan(bits)]
    found.order = sorted(told, key=lambda at: -found.bits[at])
    return found


def apart_of(answer: Message) -> Apart:
    """The answer of kind `difference`."""
    found = Apart(
        first=f"{answer['run']}, step {answer['step']:,}",
        second=f"{answer['against_run']}, step {answer['against_step']:,}",
        pieces=[answer["untold"], *answer["pieces"]],
        bits=[math.nan, *answer["bits"]],
        against=[math.nan, *answer["against_bits"]],
        bits_per_byte=tuple(answer["bits_per_byte"]),
        size_bytes=answer["size_bytes"],
    )
    found.order = sorted(range(1, len(found.pieces)), key=lambda at: -abs(found.bits[at] - found.against[at]))
    return found


def _floats(values: Sequence[float | None]) -> list[float]:
    return [math.nan if value is None else value for value in values]


def _chance(bits: float) -> str:
    """The probability that surprises so much."""
    chance = 2.0**-bits
    return f"{chance:.3f}" if chance >= 0.001 else f"{chance:.0e}"


def readout(found: Surprised, place: int, way: Way) -> str:
    """The token under the cursor on a line."""
    label = label_of(found.pieces[place], way)
    if math.isnan(found.bits[place]):
        return f"`{label}`: nothing came before it"
    return (
        f"`{label}` {found.bits[place]:.2f} bits, p {_chance(found.bits[place])}; expected "
        f"`{label_of(found.best[place], way)}` {2 ** -found.best_bits[place]:.3f}, "
        f"entropy {found.entropy_bits[place]:.2f}"
    )


def readout_apart(found: Apart, place: int, way: Way) -> str:
    """The stretch under the cursor on a line."""
    label = label_of(found.pieces[place], way)
    if math.isnan(found.bits[place]):
        return f"`{label}`: nothing came before it"
    more = found.bits[place] - found.against[place]
    return f"`{label}` {found.bits[place]:.2f} against {found.against[place]:.2f} bits: {more:+.2f}"


def worst_told(found: Surprised, place: int, way: Way, width: int, height: int) -> Told:
    """The most surprising tokens with what came before them; the one under the cursor is marked."""

    def line(at: int) -> str:
        front = f"{'>' if at == place else ' '} {found.bits[at]:5.2f} "
        expected = f" not `{label_of(found.best[at], way)}`"
        return front + _in_place(found.pieces, at, way, width - len(front) - len(expected)) + expected

    return Told("Most surprising", _some(found.order, place, height, line), "bits")


def apart_told(found: Apart, place: int, way: Way, width: int, height: int) -> Told:
    """Where the two differ most."""

    def line(at: int) -> str:
        more = found.bits[at] - found.against[at]
        front = f"{'>' if at == place else ' '} {more:+6.2f} "
        return front + _in_place(found.pieces, at, way, width - len(front))

    return Told("Largest differences", _some(found.order, place, height, line), "bits, the first less")


def _some(order: Sequence[int], place: int, height: int, line: Callable[[int], str]) -> list[str]:
    """The first lines, or those around the one under the cursor where that is further down."""
    at = order.index(place) if place in order else 0
    first = max(0, at - height + 1)
    return [line(one) for one in order[first : first + max(0, height)]]


def _in_place(pieces: Sequence[str], at: int, way: Way, width: int) -> str:
    """A token in brackets after what came before it, in so many columns."""
    label = f"[{label_of(pieces[at], way)}]"
    before = display("".join(pieces[max(0, at - BEFORE) : at]))
    room = max(0, width - len(label))
    return (before[-room:] if room else "") + label


def parts_told(found: Surprised, by: By, way: Way, width: int, height: int) -> Told:
    """The text taken apart in one way, and in the others where there is room."""
    order = [*BYS[BYS.index(by) :], *BYS[: BYS.index(by)]]
    # One width for all, so that their columns stand under each other, and stay where counts come later.
    name = max(_LEAST, *(len(part["name"]) for parts in found.parts.values() for part in parts))
    lines: list[str] = []
    for one in order:
        block = _table(found, one, way, width, name)
        if lines and len(lines) + 1 + len(block) > height:
            return Told("Bits per token", lines[:height], "t: another table")
        lines += [*([""] if lines else []), *block]
    return Told("Bits per token", lines[:height])


def _table(found: Surprised, by: By, way: Way, width: int, name: int) -> list[str]:
    parts = found.parts[by]
    if by == "frequency" and not parts:
        return [_TITLES[by], *_wrapped(found.reason or "counting the run's text …", width)]
    title = _TITLES[by]
    most = max(part["bits_per_token"] for part in parts) or 1.0
    room = max(0, width - name - 15)
    lines = [f"{title:<{name}} {'tokens':>7} {'bits':>5}"]
    for part in parts:
        drawn = bar(part["bits_per_token"] / most, room, ascii_only=way == "ascii")
        lines.append(
            f"{part['name']:<{name}} {part['tokens']:>7,} {part['bits_per_token']:>5.2f} {drawn}".rstrip()
        )
    if by == "position" and way != "ascii" and len(found.position_bits) > 8:
        lines.append(f"1 {sparkline(found.position_bits, max(8, width - 8))} {len(found.position_bits)}")
    return lines


def _wrapped(words: str, width: int) -> list[str]:
    import textwrap

    return textwrap.wrap(words, max(10, width))


def pair_told(found: Apart, way: Way, width: int, height: int) -> Told:
    """Both in bits per byte, and who has which sign."""
    one, two = found.bits_per_byte
    most = max(one, two) or 1.0
    room = max(0, width - 8)
    lines = []
    for name, value in ((found.first, one), (found.second, two)):
        lines += [name, f"  {value:.3f} {bar(value / most, room, ascii_only=way == 'ascii')}".rstrip()]
    which = "worse" if one > two else "better"
    lines += [
        f"the first is {abs(one - two):.3f} {which}",
        f"over {found.size_bytes:,} bytes",
        "",
        *_wrapped("A digit below a stretch: half bits that the first paid more; above: less.", width),
    ]
    return Told("Bits per byte", lines[:height])


def explain(found: Surprised, reading: Reading, place: int, way: Way) -> Explanation:
    """Surprise, and the numbers of this text and of the token under the cursor."""
    count = len(found.pieces) - 1
    total = found.bits_per_token * count
    numbers = [
        ("model", reading.model),
        (
            "tokens that were told",
            f"{count:,} of {found.size_bytes:,} bytes: the first has nothing before it",
        ),
        ("bits in all", f"{total:,.3f}"),
        ("per token", f"{total:,.3f} / {count:,} = {found.bits_per_token:.3f}"),
        ("as a loss", f"x ln 2 = {found.bits_per_token * math.log(2):.3f} nats per token"),
        ("per byte", f"{total:,.3f} / {found.size_bytes:,} = {found.bits_per_byte:.3f}"),
        ("it expected", f"{found.expected_bits:.3f} bits per token: the mean of its entropies"),
    ]
    if not math.isnan(found.bits[place]):
        p = 2 ** -found.bits[place]
        numbers.append(
            (
                f"`{label_of(found.pieces[place], way)}` at {place}",
                f"p {p:.4f}, -log2 {p:.4f} = {found.bits[place]:.2f} bits",
            )
        )
    return Explanation(
        title="Surprise",
        says=(
            "How little the model expected each token: the bits that an ideal code made from its "
            "probabilities would need. 1 bit is a coin's throw. Per byte it compares models whatever their "
            "tokens are. A text longer than the context is read in overlapping windows."
        ),
        formula="surprise = -log2 p(token | those before)\nbits per byte = sum of surprises / bytes",
        numbers=tuple(numbers),
        source="Shannon 1948; insight/surprise.py.",
    )


def explain_apart(found: Apart, place: int, way: Way) -> Explanation:
    """The difference, and the numbers of the stretch under the cursor."""
    one, two = found.bits_per_byte
    numbers: list[tuple[str, Any]] = [
        ("first", f"{found.first}: {one:.3f} bits per byte"),
        ("second", f"{found.second}: {two:.3f} bits per byte"),
        ("difference", f"{one:.3f} - {two:.3f} = {one - two:+.3f} over {found.size_bytes:,} bytes"),
        ("stretches", f"{len(found.pieces) - 1:,}: the shortest that both cut alike"),
        ("here", readout_apart(found, place, way)),
    ]
    return Explanation(
        title="Surprise of two models",
        says=(
            "Both read the same text. Between two places where both have a border of tokens, each paid its "
            "bits for the same bytes, so models with different tokens compare. Below 0 the first was better."
        ),
        formula="difference = sum of -log2 p of the first - the same of the second",
        numbers=tuple(numbers),
        source="insight/surprise_difference.py.",
    )
