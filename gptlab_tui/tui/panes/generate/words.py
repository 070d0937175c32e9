"""What is told of a text in a line or two: how far it is, how fast, and of the token under the cursor."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content

from gptlab_tui.render.units import counted
from gptlab_tui.tui.panes.generate.bars import name_of
from gptlab_tui.tui.panes.generate.lane import WRITING, Lane
from gptlab_tui.tui.panes.generate.story import Eyes, Story
from gptlab_tui.tui.panes.generate.text import surprise
from gptlab_tui.tui.terminal import Glyphs


def progress(lane: Lane, *, short: bool = False) -> str:
    """How far a text is, and at how many tokens a second: of a steady width while it is written."""
    count = len(lane.story.path) if lane.story else 0
    if lane.state == WRITING:
        rate = f", {rate_of(lane.rate):>6}" if lane.rate is not None else ""
        tokens = counted(count, "token")
        return f"{count:>5,}{rate}" if short else f"{lane.state} · {tokens:>12}{rate}"
    rate = f", {rate_of(lane.rate)}" if lane.rate is not None else ""
    state = lane.state.partition(";")[0] if short else lane.state
    tokens = f"{count:,}" if short else counted(count, "token")
    tokens = f"{tokens}{rate}" if count else ""
    return (" " if short else " · ").join(part for part in (state, tokens) if part)


def rate_of(rate: float) -> str:
    """Tokens a second, such as `310/s`."""
    return f"{rate:.1f}/s" if rate < 9.95 else f"{rate:,.0f}/s"


def under(story: Story, glyphs: Glyphs, width: int) -> Content:
    """The token under the cursor: how probable it was, and what else could have been there.

    Of the others, with the model's own probabilities, stand as many as there is room for.
    """
    node = story.here
    label = f"“{name_of(node.piece, glyphs)}”"
    if story.at <= 0 and story.cursor == 0:
        return Content(f"{label} begins the text: nothing stands before it{_branches(story)}.")
    if not node.rank:
        return Content(f"{label} of the prompt …")
    if story.at <= 0:
        origin = "of the prompt, p"
    elif node.eyes != node.writer and node.writer is not None:
        origin = _elsewhere(node.writer, story.eyes)
    elif node.knobs is None:
        origin = "by hand, raw"
    else:
        origin = f"p {chance(node.probability)}, raw"
    numbers = f"{chance(node.raw)}, rank {node.rank:,}, {surprise(node):.1f} bits"
    line = f"{label} {origin} {numbers}"
    if story.at <= 0 and cell_len(line) > width:  # that it is the prompt's can be seen
        line = f"{label} p {numbers}"
    place, of = story.branch()
    branch = f"branch {place} of {of} · " if of > 1 else ""
    others = [
        f"  {name_of(piece, glyphs)} {raw:.2f}"
        for token, piece, raw, _ in node.alternatives
        if token != node.id
    ]
    rest, end = f"{branch}or, raw:" if others else branch, _branches(story)
    for other in others:
        if cell_len(rest + other + end) > width:
            break
        rest += other
    return Content("\n").join([Content(line), Content.styled(rest + end, "$muted")])


def chance(value: float) -> str:
    """A probability in three digits, a very small one by its power of ten."""
    return f"{value:.3f}" if value >= 5e-4 or value <= 0.0 else f"{value:.0e}"


def _elsewhere(writer: Eyes, now: Eyes) -> str:
    """Who wrote a token that another model is asked about; its number follows."""
    said = f"by step {writer.step:,}" if writer.step != now.step else "by other heads"
    return f"{said}; here p"


def _branches(story: Story) -> str:
    """How many ways the text goes on from the prompt."""
    count = len(story.root.children) if story.at == 0 else 0
    return f", {count} branches from here" if count > 1 else ""
