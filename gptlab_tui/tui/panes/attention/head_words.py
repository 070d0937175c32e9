"""What the model process says of heads and of the next token, and the words and numbers for it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from rich.cells import cell_len

from gptlab_tui.explain.explanation import Explanation
from gptlab_tui.insight.head_kinds import SCORES, kind_of
from gptlab_tui.model.head_names import Heads
from gptlab_tui.render.heat import Way, label_of
from gptlab_tui.tui.panes.generate.bars import pair, percent
from gptlab_tui.tui.terminal import Glyphs

#: What the grid may be labelled with, in the order of the key: what a head may be called, or a number.
MEASURES = ("kind", *SCORES, "bits", "missed")
#: The same where there is little room.
_SHORT = {"previous": "prev", "induction": "ind", "repeated": "rep"}
#: Where no head has a place in the order of a label.
_NOTHING = {"missed": "o measures it", "kind": "no head stands out"}
#: Tokens of the bars before and after.
MOST = 24


@dataclass(frozen=True, slots=True)
class Scores:
    """Every head on one text. Tables are [layer][head]; what no token asked for is not a number."""

    tokens: int
    tables: Mapping[str, list[list[float]]]
    """By name: the scores and `bits`."""
    even: Mapping[str, float]
    """Those of a head that looks at all tokens it can see alike."""
    repeated_tokens: int = 0
    """So many random tokens come twice; 0 where that is not known yet."""

    def at(self, name: str, layer: int, head: int) -> float:
        """One of them."""
        return self.tables[name][layer][head]

    def kind(self, layer: int, head: int) -> str:
        """What a head may be called."""
        return kind_of({name: self.at(name, layer, head) for name in SCORES}, self.even)

    def with_repeated(self, found: Repeated | None) -> Scores:
        """The same with the score on repeated tokens, which is of the model alone."""
        if found is None:
            return self
        tables = {**self.tables, "repeated": found.table}
        return replace(
            self,
            tables=tables,
            even={**self.even, "repeated": found.even},
            repeated_tokens=found.tokens,
        )


@dataclass(frozen=True, slots=True)
class Repeated:
    """Every head on random tokens that come twice."""

    table: list[list[float]]
    even: float
    tokens: int
    """Of the random text, which comes twice."""


def scores_of(found: Mapping[str, Any], repeated: Repeated | None = None) -> Scores:
    """What an answer of kind `scores` has, and what is known already of the model."""
    named = {**{name: name for name in SCORES if name != "repeated"}, "bits": "entropy_bits"}
    tables = {name: _table(found[sent]) for name, sent in named.items()}
    even = {name: _number(found["even"][sent]) for name, sent in named.items()}
    unknown = [[math.nan] * len(row) for row in tables["bits"]]
    scores = Scores(int(found["tokens"]), {**tables, "repeated": unknown}, {**even, "repeated": math.nan})
    return scores.with_repeated(repeated)


def repeated_of(answer: Mapping[str, Any]) -> Repeated:
    """An answer of kind `repeated`."""
    return Repeated(_table(answer["scores"]), _number(answer["even"]), int(answer["tokens"]))


@dataclass(frozen=True, slots=True)
class Missed:
    """How much the validation loss rises without each head; not a number for those to come."""

    tokens: int
    loss: float
    rises: list[list[float]]
    error: list[list[float]]
    is_whole: bool


def missed_of(answer: Mapping[str, Any]) -> Missed | None:
    """An answer of kind `losses`, or of `progress` where it knows something."""
    if "rises" not in answer:
        return None
    tables = _table(answer["rises"]), _table(answer["error"])
    return Missed(int(answer["tokens"]), float(answer["loss"]), *tables, answer["kind"] == "losses")


def _table(rows: Iterable[Iterable[float | None]]) -> list[list[float]]:
    return [[_number(value) for value in row] for row in rows]


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def value_of(measure: str, scores: Scores | None, missed: Missed | None, layer: int, head: int) -> float:
    """A head's place in an order, the first the largest: not a number where that is not known."""
    if measure == "missed":
        return math.nan if missed is None else missed.rises[layer][head]
    if scores is None:
        return math.nan
    if measure == "kind":
        kind = scores.kind(layer, head)
        return scores.at(kind, layer, head) if kind else math.nan
    value = scores.at(measure, layer, head)
    return -value if measure == "bits" else value


def notes(
    measure: str, scores: Scores | None, missed: Missed | None, layer: int, head: int
) -> tuple[str, ...]:
    """What may stand beside a head's name in the grid, the longest first; "" where nothing is known."""
    if measure == "kind":
        kind = scores.kind(layer, head) if scores is not None else ""
        return (kind, _SHORT.get(kind, kind)) if kind else ("",)
    value = abs(value_of(measure, scores, missed, layer, head))
    if math.isnan(value):
        return ("",)
    if measure == "missed":
        assert missed is not None
        said = f"{missed.rises[layer][head]:+.3f}"
        return (f"missed {said}", said)
    if measure == "bits":
        return (f"{value:.2f} bits", f"{value:.1f}")
    return (f"{measure} {_short(value)}", _short(value))


def fits(measure: str, room: int) -> bool:
    """Whether notes in the grid have room for what says which label they are of."""
    longest = {"kind": max(map(len, SCORES)), "missed": len("missed +0.123"), "bits": len("1.23 bits")}
    return len("0.0 ") + longest.get(measure, len(f"{measure} .12")) <= room


def best_line(
    measure: str,
    values: Mapping[tuple[int, int], float],
    scores: Scores | None,
    width: int,
) -> str:
    """The label in force and the heads that have most of it, as many as there is room for.

    `values` are those of `value_of`; a head may be lacking, or have none.
    """
    order = sorted(
        (one for one, value in values.items() if not math.isnan(value)), key=lambda one: -values[one]
    )
    if not order:
        return f"{measure}: {_NOTHING.get(measure, 'not known yet')}"

    def said(layer: int, head: int) -> str:
        value = values[layer, head]
        if measure == "kind":
            return scores.kind(layer, head) if scores is not None else ""
        return {"missed": f"{value:+.3f}", "bits": f"{-value:.2f}"}.get(measure, _short(value))

    parts = [f"{layer}.{head} {said(layer, head)}" for layer, head in order]
    start = "fewest bits" if measure == "bits" else measure
    lines = (
        f"{start}: {', '.join(parts[:count])}{', …' if count < len(parts) else ''}"
        for count in range(len(parts), 0, -1)
    )
    return next((line for line in lines if len(line) <= width), f"{start}: {parts[0]}")


def score_lines(scores: Scores, layer: int, head: int, width: int) -> list[str]:
    """All scores of a head, as many to a line as there is room for; of no width that jumps."""
    parts = [f"{name} {_short(scores.at(name, layer, head))}" for name in SCORES]
    parts.append(f"{scores.at('bits', layer, head):.2f} bits")
    lines = [""]
    for part in parts:
        line = f"{lines[-1]}  {part}" if lines[-1] else part
        if lines[-1] and len(line) > width:
            lines.append(part)
        else:
            lines[-1] = line
    return lines


def _short(value: float) -> str:
    """Three columns: `.25`, `1.0`."""
    return " - " if math.isnan(value) else f"{value:.2f}"[1:] if value < 0.995 else "1.0"


def _two(value: float) -> str:
    return "  - " if math.isnan(value) else f"{value:.2f}"


def missed_words(missed: Missed | None, layer: int, head: int) -> str:
    """How much a head is missed; "" where that is not known."""
    if missed is None or math.isnan(missed.rises[layer][head]):
        return ""
    error = missed.error[layer][head]
    sign = "" if math.isnan(error) else f" ±{error:.4f}"
    return f"missed {missed.rises[layer][head]:+.4f}{sign} nats"


def candidates(prediction: Mapping[str, Any]) -> list[tuple[str, float, float]]:
    """(piece, probability before and after), those first that are the most probable in one of them."""
    return [(str(piece), float(then), float(now)) for piece, then, now in prediction["beside"]]


def next_line(rows: Iterable[tuple[str, float, float]], off: Heads, way: Way, width: int) -> str:
    """The most probable next tokens in a line: in percent, before and after where heads are off."""
    arrow = ">" if way == "ascii" else "→"
    line = "next"
    for piece, then, now in rows:
        number = f"{100 * then:.0f}{arrow}{100 * now:.0f}" if off else f"{100 * now:.0f}"
        longer = f"{line}  {label_of(piece, way)} {number}"
        if cell_len(longer) + 2 > width:
            break
        line = longer
    return f"{line} %"


def next_lines(
    rows: Iterable[tuple[str, float, float]], off: Heads, way: Way, width: int, height: int
) -> list[str]:
    """The same as bars, a line each: what both have, then what is added or taken where heads are off."""
    rows = list(rows)[:height]
    top = max((max(then, now) for _, then, now in rows), default=1.0) or 1.0
    labels = [label_of(piece, way) for piece, _, _ in rows]
    wide = max((cell_len(label) for label in labels), default=1)
    glyphs: Glyphs = "ascii" if way == "ascii" else "braille"
    lines = []
    for label, (_, then, now) in zip(labels, rows, strict=True):
        head = label + " " * (wide - cell_len(label)) + f"{percent(then) if off else ''}{percent(now)} "
        lines.append(head + pair(then / top, now / top, max(0, width - cell_len(head)), glyphs))
    return lines


def explain_heads(
    scores: Scores, missed: Missed | None, layer: int, head: int, off: Heads, model: str
) -> Explanation:
    """What the scores of a head are, with its numbers and those of an even look."""
    numbers = [
        (name, f"{_two(scores.at(name, layer, head))} (an even look: {_two(scores.even[name])}): {meaning}")
        for name, meaning in SCORES.items()
    ]
    if scores.repeated_tokens:
        name, said = numbers[-1]
        numbers[-1] = (name, f"{said} ({scores.repeated_tokens} different ones, and the same again)")
    bits = scores.at("bits", layer, head)
    numbers.append(("entropy", f"{bits:.2f} bits (an even look: {scores.even['bits']:.2f}); 0 is one token"))
    said = missed_words(missed, layer, head)
    if missed is not None and said:
        numbers.append(
            (
                "missed",
                f"{said.removeprefix('missed ')} over {missed.loss:.4f}, on {missed.tokens:,} tokens of "
                "validation text",
            )
        )
    state = "is off" if (layer, head) in off else "is on"
    return Explanation(
        f"Head {layer}.{head} {state}",
        f"Means over the {scores.tokens:,} tokens in sight. A head is called by a score that is large and "
        "twice that of an even look. A head that is off adds nothing to the residual stream; two that are "
        "not missed alone may be missed together, as they can stand in for each other.",
        "previous = mean over queries t of weight(t, t - 1), and so on\n"
        "off:  c_proj(heads joined) with this head's part = 0",
        tuple(numbers),
        f"{model}. Olsson et al. 2022, In-context Learning and Induction Heads.",
    )
