"""Where the model looked when it chose a token: the weights of one row, and what is told of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from textual.content import Content
from textual.widgets import Static

from gptlab_tui.explain.explanation import Explanation
from gptlab_tui.model.head_names import Heads, ordered
from gptlab_tui.render.bars import bar
from gptlab_tui.render.units import counted
from gptlab_tui.tui.panel import Panel
from gptlab_tui.tui.panes.generate.bars import name_of
from gptlab_tui.tui.panes.generate.command import inspect_command
from gptlab_tui.tui.panes.generate.shaded import ShadedText
from gptlab_tui.tui.panes.generate.story import Node, Story
from gptlab_tui.tui.terminal import Glyphs, Terminal
from gptlab_tui.tui.widgets.ways import ways_of

#: So many of the tokens that were looked at most are named.
NAMED = 3


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """The row of the token before: what it looked at is what the next one was predicted from."""

    run: str
    step: int
    layer: int
    head: int | None
    """None is the mean of the layer's heads."""
    off: Heads
    """Heads that are switched off."""
    n_layer: int
    n_head: int
    head_width: int
    context: tuple[Node, ...]
    """What it could look at, in order; the last is the token that looked."""
    chosen: Node | None
    """What came after; None where nothing has been written there yet."""
    dropped: int
    """Tokens in front that the context does not hold."""
    text: str
    """What had been read, those in front included."""
    weights: tuple[float, ...]
    """One for each of the context; they sum to 1."""
    scores: tuple[float, ...] | None
    """q . k of each, not scaled; None for a mean."""
    bias: tuple[float, ...] | None
    """What the positions add to the scaled scores, where they do."""
    entropy_bits: float

    @property
    def strongest(self) -> list[int]:
        """Places in the context that were looked at most, the first one first."""
        return sorted(range(len(self.weights)), key=lambda place: -self.weights[place])[:NAMED]

    @property
    def which(self) -> str:
        """Layer and head in words."""
        return f"layer {self.layer}, " + ("mean" if self.head is None else f"head {self.head}")

    def back(self, place: int) -> str:
        """How far from the chosen token a place is."""
        return f"{len(self.weights) - place} back"


def looked_of(answer: Mapping[str, Any], story: Story) -> Looked | None:
    """An answer of kind `row` for a text; None where the text is another one by now."""
    end = answer["dropped"] + len(answer["ids"])
    context = tuple(story.tokens[answer["dropped"] : end])
    if [node.id for node in context] != answer["ids"]:
        return None
    names = ("run", "step", "layer", "head", "n_layer", "n_head", "head_width", "dropped", "entropy_bits")
    return Looked(
        **{name: answer[name] for name in names},
        off=ordered(answer["off"]),
        context=context,
        text=story.up_to(end),
        chosen=next(iter(story.tokens[end : end + 1]), None),
        weights=tuple(answer["weights"]),
        scores=None if answer["scores"] is None else tuple(answer["scores"]),
        bias=None if answer["bias"] is None else tuple(answer["bias"]),
    )


def strongest_lines(looked: Looked, width: int, glyphs: Glyphs) -> Content:
    """What was looked at most, a line each: name, weight, bar, how far back."""
    top = looked.weights[looked.strongest[0]] or 1.0
    name = max(5, min(10, width // 5))
    far = len(looked.back(0))
    lines = []
    for place in looked.strongest:
        label = name_of(looked.context[place].piece, glyphs)[:name]
        weight = looked.weights[place]
        room = max(0, width - name - far - 7)
        full = bar(weight / top, room, ascii_only=glyphs == "ascii")
        lines.append(f"{label:<{name}} {weight:.2f} {full} {looked.back(place):>{far}}")
    lines += [""] * (NAMED - len(lines))
    return Content("\n".join(lines))


class LookedPanel(Panel):
    """The names of the strongest, and the text in their shades."""

    DEFAULT_CSS = """
    LookedPanel > Static { height: auto; max-height: 3; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(Static(id="looked-head"), ShadedText(id="looked"), title="Where it looked", id=id)
        self.looked: Looked | None = None
        self._terminal = Terminal()

    def on_resize(self) -> None:
        """Bars and words for the new width."""
        if self.looked is not None:
            self.show(self.looked, self._terminal)

    def say(self, words: str) -> None:
        """Nothing to show, and why."""
        self.looked = None
        self.border_title, self.border_subtitle = "Where it looked", ""
        self.query_one(Static).update(Content(words))
        self.query_one(ShadedText).show((), (), "ascii")

    def show(self, looked: Looked, terminal: Terminal) -> None:
        """Another row."""
        self.looked, self._terminal = looked, terminal
        head, glyphs = self.query_one(Static), terminal.glyphs
        piece = "next" if looked.chosen is None else f"“{name_of(looked.chosen.piece, glyphs)}”"
        self.border_title = f"Where it looked for {piece}"
        gone = f" · last {len(looked.weights):,}" if looked.dropped else ""
        more = " tokens" if gone and self.size.width > 48 else ""
        self.border_subtitle = f"{looked.which}{gone}{more}"
        head.update(strongest_lines(looked, max(20, head.size.width), glyphs))
        texts = [node.text for node in looked.context]
        self.query_one(ShadedText).show(texts, looked.weights, ways_of(terminal)[0])

    def command(self) -> str | None:
        """The command that prints the row."""
        looked = self.looked
        if looked is None:
            return None
        return inspect_command(looked.text, looked.run, looked.step, looked.layer, looked.head, looked.off)

    def explanation(self) -> Explanation | None:
        """Formula and numbers of the strongest."""
        return explain(self.looked) if self.looked is not None else None


def explain(looked: Looked) -> Explanation:
    """What the picture is, and the numbers of the strongest weight."""
    T, asks = len(looked.weights), looked.context[-1]
    chosen = "the next token" if looked.chosen is None else f"“{name_of(looked.chosen.piece, 'braille')}”"
    best = looked.strongest[0]
    heads = counted(looked.n_head, "head")
    which = f"the mean of its {heads}" if looked.head is None else f"head {looked.head} of its {heads}"
    numbers = [
        ("model", f"{looked.run}, step {looked.step:,}"),
        ("shown", f"layer {looked.layer} of {counted(looked.n_layer, 'layer')}, {which}"),
        ("the token that looked", f"“{name_of(asks.piece, 'braille')}”, before {chosen}"),
        (
            "T, tokens in sight",
            f"{T:,}" + (f"; {looked.dropped:,} before are out of it" if looked.dropped else ""),
        ),
        ("looked at most", f"“{name_of(looked.context[best].piece, 'braille')}”, {looked.back(best)}"),
    ]
    if looked.scores is None:
        numbers.append(("q . k", "a mean has none: choose a head with < or >"))
    else:
        root = math.sqrt(looked.head_width)
        row = [score / root for score in looked.scores]
        said = f"{looked.scores[best]:.3f} / {root:.3f} = {row[best]:.3f}"
        if looked.bias is not None:
            row = [score + more for score, more in zip(row, looked.bias, strict=True)]
            said += f"; positions add {looked.bias[best]:.3f}"
        total = sum(math.exp(score - max(row)) for score in row)
        share = math.exp(row[best] - max(row)) / total
        numbers += [
            ("q . k / sqrt(hs)", said),
            ("softmax", f"exp({row[best]:.3f}) / sum of {T} = {share:.3f}"),
        ]
    numbers += [
        ("its weight", f"{looked.weights[best]:.3f} (an even look would give {1 / T:.3f})"),
        ("entropy", f"{looked.entropy_bits:.2f} of {math.log2(T):.2f} bits"),
    ]
    says = (
        "A token is predicted at the place of the one before it. So the picture for a token is the row of "
        "that one: how much of each token in sight the attention took there. The strongest is shaded "
        "most, the others by the root of their share of it."
    )
    if looked.dropped:
        says += (
            " The text is longer than the context and was read anew from its last tokens; while it was "
            "written the older keys may have been made with still earlier ones in sight."
        )
    return Explanation(
        "Where it looked",
        says,
        "weights = softmax(q k^T / sqrt(hs)), the last row\nsum of the weights = 1",
        tuple(numbers),
        "enter, with the focus here, shows all rows in Attention.",
    )
