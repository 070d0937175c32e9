"""What the view Memory tells in words: the run under the cursor where it stands, and the copied shares."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field

from gptlab_tui.explain.explanation import Explanation
from gptlab_tui.render.bars import bar
from gptlab_tui.render.display import display
from gptlab_tui.render.fitting import fold
from gptlab_tui.render.heat import Way
from gptlab_tui.serving.protocol import Message
from gptlab_tui.tui.panes.attention.views.reading import Reading
from gptlab_tui.tui.panes.attention.views.view import Told

#: Stands for the bracket before the run while lines are broken: no text that is shown has it.
_MARK = "\ue000"


@dataclass(frozen=True, slots=True)
class Run:
    """A row of characters that the training text has, too."""

    start: int
    """Its first character in the text, from 0."""
    length: int
    place: int
    """Byte of the training part."""

    @property
    def end(self) -> int:
        """The character after it."""
        return self.start + self.length


@dataclass(frozen=True, slots=True)
class Source:
    """Where a run stands."""

    line: int
    before: str
    after: str


@dataclass(slots=True, eq=False)
class Remembered:
    """A text of M characters beside a training text; see `insight.memory.Memory`."""

    text: str
    covers: list[int]
    runs: list[Run]
    """The longest first."""
    shares: list[tuple[int, float, float]]
    """Length, share of the text in runs of so many characters or more, share of the held-out text."""
    held_out: int
    """Characters of that."""
    corpus: str
    sources: dict[Run, Source] = field(default_factory=dict)
    """As far as they were asked for."""

    def run_at(self, place: int) -> Run | None:
        """The longest run that a character is part of."""
        return next((run for run in self.runs if run.start <= place < run.end), None)

    def share(self, at_least: int) -> tuple[float, float]:
        """Of the text and of the held-out text, in runs of so many characters or more."""
        return next((mine, theirs) for length, mine, theirs in self.shares if length == at_least)


def remembered_of(answer: Message) -> Remembered:
    """The answer of kind `memory`."""
    return Remembered(
        text=answer["text"],
        covers=answer["covers"],
        runs=[Run(*run) for run in answer["runs"]],
        shares=[(length, mine, theirs) for length, mine, theirs in answer["shares"]],
        held_out=answer["held_out_characters"],
        corpus=answer["corpus"],
    )


def readout(found: Remembered, run: Run | None, source: Source | None) -> str:
    """The run under the cursor on a line."""
    if run is None:
        return "no run of 8 characters or more here"
    where = "" if source is None else f", line {source.line:,} of {display(found.corpus)}"
    return f"a run of {run.length:,} characters{where}"


def source_lines(run: str, source: Source, width: int, height: int) -> list[str]:
    """The run in brackets in what is around it, as many lines as there is room for."""
    parts = (display(part.replace("\n", " ")) for part in (source.before, run, source.after))
    before, here, after = parts
    lines = textwrap.wrap(f"{before}{_MARK}{here}]{after}", width)
    at = next(number for number, line in enumerate(lines) if _MARK in line)
    size = len(textwrap.wrap(here, width))
    first = max(0, min(at, at - (height - size) // 2))
    return [line.replace(_MARK, "[") for line in lines[first : first + height]]


def source_told(found: Remembered, run: Run | None, width: int, height: int) -> Told:
    """Where the run under the cursor stands."""
    if run is None:
        said = ["Here is no run of 8 characters or more."]
        said += ["n goes to the longest."] if found.runs else []
        return Told("Source", [line for one in said for line in fold(one, max(10, width))][:height])
    source = found.sources.get(run)
    if source is None:
        return Told("Source", ["looking it up …"])
    lines = source_lines(found.text[run.start : run.end], source, max(10, width), height)
    return Told(f"Source: line {source.line:,}", lines, "enter: more")


def shares_told(found: Remembered, at_least: int, way: Way, width: int, height: int) -> Told:
    """The share by length, beside that of text that nobody copied; `>` is what counts as copied."""
    rows = [
        (length, mine, theirs)
        for length, mine, theirs in found.shares
        if mine or theirs or length == at_least
    ]
    room = max(0, width - 29)
    lines = [f"  {'runs of':>7}  {'here':>6} {'held-out':>9}"]
    body = []
    for length, mine, theirs in rows:
        mark = ">" if length == at_least else " "
        drawn = bar(mine, room, ascii_only=way == "ascii")
        body.append(f"{mark} {f'{length}+':>7}  {mine:>6.1%} {theirs:>9.1%} {drawn}".rstrip())
    at = next(number for number, (length, _, _) in enumerate(rows) if length == at_least)
    first = max(0, min(at - (height - 1) // 2, len(body) - height + 1))
    return Told(
        "Copied share", [*lines, *body[first : first + max(0, height - 1)]][:height], "- + other lengths"
    )


def explain(found: Remembered, reading: Reading, run: Run | None, at_least: int) -> Explanation:
    """What a run is, and the numbers of this text."""
    mine, theirs = found.share(at_least)
    inside = round(mine * len(found.text))
    numbers = [
        ("text", f"{len(found.text):,} characters"),
        ("training text", f"that of {reading.run}, {found.corpus}"),
        ("in runs of 8 or more", f"{len(found.runs):,} runs"),
        (f"in runs of {at_least} or more", f"{inside:,} / {len(found.text):,} = {mine:.1%} of the text"),
        ("of the held-out text", f"{theirs:.1%} of its first {found.held_out:,} characters"),
    ]
    if found.runs:
        numbers.append(("the longest", f"{found.runs[0].length:,} characters"))
    if run is not None:
        said = found.text[run.start : run.end]
        source = found.sources.get(run)
        where = "" if source is None else f", line {source.line:,}"
        numbers.append(("here", f"{run.length:,} characters{where}: `{said[:60]}`"))
    return Explanation(
        title="Memory",
        says=(
            "A run is a row of characters that the training text has, too, exactly so. Short ones are the "
            "language, long ones are copied; how long is long says the held-out text of the same corpus, "
            "which nobody copied: its share stands beside each."
        ),
        formula=f"copied = characters in runs of {at_least} or more / all characters",
        numbers=tuple((name, display(value)) for name, value in numbers),
        source="A suffix array of the training text; insight/memory.py, text/text_index.py.",
    )
