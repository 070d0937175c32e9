"""How a model's surprise is told: as JSON, on a terminal, as a picture; alone or against another model."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gptlab_tui.cli.common import console
from gptlab_tui.cli.inspect_common import (
    Pictures,
    bar_for,
    columns_for,
    print_cells,
    say,
    way_of,
    which,
    which_json,
)
from gptlab_tui.text.escapes import escaped, escaped_end, escaped_piece, escaped_pieces

if TYPE_CHECKING:
    import numpy as np

    from gptlab_tui.insight.surprise import Surprise
    from gptlab_tui.insight.surprise_difference import Difference
    from gptlab_tui.insight.surprise_parts import Part
    from gptlab_tui.model.open_run import OpenModel
    from gptlab_tui.render.heat import Way
    from gptlab_tui.render.painted import Piece

#: So many of the most surprising tokens are told in words, with so many characters before each.
WORST, BEFORE = 8, 24

Parts = dict[str, "list[Part]"]
Sources = dict[str, Any]


@dataclass(frozen=True, slots=True)
class How:
    """How it is to be shown."""

    ascii_only: bool
    width: int | None
    """Columns, or None for the terminal's."""
    show: int
    """So many tokens are coloured."""
    pictures: Pictures
    """What is to be written instead."""


def parts_of(opened: OpenModel, found: Surprise, counts: np.ndarray | None) -> Parts:
    """The text taken apart in every way that there is; by frequency only with the training text's counts."""
    from gptlab_tui.insight.surprise_parts import by_class, by_context, by_frequency

    parts = {"context": by_context(found), "class": by_class(found, opened.tokenizer)}
    if counts is not None:
        parts["frequency"] = by_frequency(found, counts)
    return parts


def surprise_json(opened: OpenModel, found: Surprise, parts: Parts, about: Sources) -> dict[str, Any]:
    """Everything that was found."""
    from gptlab_tui.insight.surprise_parts import by_position, worst

    means, counts = by_position(found)
    return {
        **which_json(opened),
        **about,
        "tokens": found.tokens,
        "size_bytes": found.size_bytes,
        "bits_per_token": found.bits_per_token,
        "bits_per_byte": found.bits_per_byte,
        "entropy_bits_per_token": float(found.entropy_bits[1:].mean()),
        "ids": found.ids.tolist(),
        "pieces": escaped_pieces(found.ids, opened.tokenizer),
        "bits": found.bits.tolist(),
        "entropy_bits": found.entropy_bits.tolist(),
        "context": found.context.tolist(),
        "best_ids": [None if token < 0 else token for token in found.best.tolist()],
        "best_bits": found.best_bits.tolist(),
        "worst": worst(found, WORST),
        "position_bits": means.tolist(),
        "position_tokens": counts.tolist(),
        "parts": [
            {
                "by": by,
                "name": part.name,
                "tokens": part.tokens,
                "size_bytes": part.size_bytes,
                "bits_per_token": part.bits_per_token,
                "bits_per_byte": part.bits_per_byte,
            }
            for by, those in parts.items()
            for part in those
        ],
    }


def show_surprise(
    opened: OpenModel, found: Surprise, parts: Parts, about: Sources, reason: str, how: How
) -> None:
    """The text with its digits, the figures, the worst tokens, the parts; or a picture of all of it."""
    from gptlab_tui.render.painted import Piece

    pieces = escaped_pieces(found.ids, opened.tokenizer)
    painted = list(map(Piece, pieces, found.bits.tolist()))[: how.show]
    caption = [
        f"{which(opened)}, on {_source(about)}: {found.tokens:,} tokens of {found.size_bytes:,} bytes",
        f"{found.bits_per_token:.3f} bits per token (it expected {found.entropy_bits[1:].mean():.3f}),"
        f" {found.bits_per_byte:.3f} bits per byte",
        "Below each token its surprise -log2 p in bits, rounded; less than a half is blank, 9 is 9 or more.",
        *_left_out(how.show, len(pieces), "tokens"),
    ]

    def below(way: Way, columns: int) -> list[str]:
        lines = ["", "most surprising", *_worst(opened, found, pieces, way)]
        for by, those in parts.items():
            lines += ["", *part_lines(f"by {by}", those, columns, way)]
        return [*lines, "", f"by frequency: not known. {reason}"] if reason else lines

    _show(painted, caption, below, how)


def _source(about: Sources) -> str:
    windows = f"{about['windows']} windows"
    return f"{about['source']} ({'its beginning, ' if about['limited'] else ''}{windows})"


def _left_out(show: int, count: int, what: str) -> list[str]:
    return [f"Shown are the first {show:,} of {count:,} {what}."] if count > show else []


def _show(
    pieces: Sequence[Piece],
    caption: Sequence[str],
    below: Callable[[Way, int], list[str]],
    how: How,
    *,
    signed: bool = False,
) -> None:
    """The painted text, its caption, and what stands below, in so many columns; or pictures of all of it."""
    from gptlab_tui.render.painted import paint, scale

    if how.pictures:
        rows = [*paint(pieces, 80, "colour", signed=signed), [], scale("colour", signed=signed)]
        how.pictures.cells(rows, [*caption, *below("colour", 80)])
        return
    way, columns = way_of(console(), how.ascii_only), columns_for(how.width)
    print_cells(paint(pieces, columns, way, signed=signed))
    print_cells([[], scale(way, signed=signed)] if way == "colour" else [[]])
    say(*caption, *below(way, columns))


def _worst(opened: OpenModel, found: Surprise, pieces: Sequence[str], way: Way) -> list[str]:
    from gptlab_tui.insight.surprise_parts import worst
    from gptlab_tui.render.heat import label_of

    lines = []
    for place in worst(found, WORST):
        best = label_of(escaped_piece(int(found.best[place]), opened.tokenizer), way)
        expected = f"`{best}` {2 ** -found.best_bits[place]:.2f}"
        read = found.ids[max(0, place - 4 * BEFORE) : place].tolist()
        before = b"".join(map(opened.tokenizer.token_bytes, read))
        where = _where(pieces[place], before, way)
        lines.append(f"{found.bits[place]:6.2f} bits  {where}, expected {expected}")
    return lines


def _where(piece: str, before: bytes, way: Way) -> str:
    """A piece and the end of what stands before it, such as "`é` after `A␣figura␣`"."""
    from gptlab_tui.render.heat import label_of

    end = escaped_end(before[-4 * BEFORE :], BEFORE)  # no character has more than four bytes
    return f"`{label_of(piece, way)}` after `{label_of(end, way) if end else ''}`"


def part_lines(title: str, parts: Sequence[Part], width: int, way: Way) -> list[str]:
    """A table of parts, a bar for each: bits per token."""
    draw = bar_for(way)
    name = max(len(title), *(len(part.name) for part in parts))
    most = max(part.bits_per_token for part in parts) or 1.0
    room = max(0, min(40, width - name - 26))
    lines = [f"{title:<{name}}  {'tokens':>9}  {'bits/token':>10}"]
    for part in parts:
        line = f"{part.name:<{name}}  {part.tokens:>9,}  {part.bits_per_token:>10.3f}"
        lines.append(f"{line}  {draw(part.bits_per_token / most, room)}".rstrip())
    return lines


def difference_json(
    first: OpenModel, second: OpenModel, apart: Difference, text: str, about: Sources
) -> dict[str, Any]:
    """Both models on every stretch of the text."""
    return {
        **which_json(first),
        "against": which_json(second),
        **about,
        "size_bytes": apart.size_bytes,
        "bits_per_byte": apart.bits_per_byte[0],
        "against_bits_per_byte": apart.bits_per_byte[1],
        "difference_bits_per_byte": apart.bits_per_byte[0] - apart.bits_per_byte[1],
        "starts": apart.starts.tolist(),
        "ends": apart.ends.tolist(),
        "pieces": stretches(apart, text),
        "bits": apart.first_bits.tolist(),
        "against_bits": apart.second_bits.tolist(),
    }


def stretches(apart: Difference, text: str) -> list[str]:
    """The text of every stretch."""
    raw = text.encode()
    places = zip(apart.starts.tolist(), apart.ends.tolist(), strict=True)
    return [escaped(raw[start:end]) for start, end in places]


def compared(paid: float, other: float) -> str:
    """Which of two numbers of bits per byte is less, as three digits tell."""
    apart = f"{abs(paid - other):.3f}"
    if float(apart) == 0:
        return "they are equal" if paid == other else "to three digits they are equal"
    return f"the first is {apart} {'worse' if paid > other else 'better'}"


def show_difference(
    first: OpenModel, second: OpenModel, apart: Difference, text: str, about: Sources, how: How
) -> None:
    """The text with what the first paid more or less than the second, and where that was most."""
    from gptlab_tui.render.painted import Piece

    pieces = stretches(apart, text)
    raw = text.encode()
    untold = escaped(raw[: apart.starts[0]])
    halves = (2 * apart.bits).tolist()
    painted = [Piece(untold, math.nan), *map(Piece, pieces, halves)][: how.show + 1]
    paid, other = apart.bits_per_byte
    caption = [
        f"{which(first)} against {which(second)}, on {_source(about)}, {apart.size_bytes:,} bytes",
        f"{paid:.3f} against {other:.3f} bits per byte: {compared(paid, other)}",
        "In half bits, rounded: below a stretch what the first paid more than the second, above it less.",
        *_left_out(how.show, len(pieces), "stretches"),
    ]

    def below(way: Way, columns: int) -> list[str]:
        lines = []
        for title, sign in (("the first gained most", 1), ("the first lost most", -1)):
            order = (sign * apart.bits).argsort(kind="stable")[:5].tolist()
            told = [
                f"{apart.first_bits[place]:6.2f} against {apart.second_bits[place]:6.2f} bits "
                f" {_where(pieces[place], raw[: apart.starts[place]], way)}"
                for place in order
                if sign * apart.bits[place] < 0
            ]
            lines += ["", title, *(told or ["nowhere"])]
        return lines

    _show(painted, caption, below, how, signed=True)
