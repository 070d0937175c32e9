"""What one token looks at, as bars."""

from __future__ import annotations

from collections.abc import Sequence

from gptlab_tui.render.bars import bar
from gptlab_tui.render.heat import Way, label_of

#: Columns that a token's label may have.
_LABEL = 8


def row_lines(
    row: Sequence[float], query: int, pieces: Sequence[str], way: Way, width: int, height: int | None = None
) -> list[str]:
    """A bar for each token that the one at `query` may look at, in the order of the text.

    Where there are fewer lines than tokens, the weakest are summed in the last.
    """
    places = range(query + 1)
    shown = list(places)
    if height is not None and len(shown) > height:
        strongest = sorted(places, key=lambda place: -row[place])[: max(1, height - 1)]
        shown = sorted(strongest)
    labels = [label_of(pieces[place], way) for place in places]
    label = max(1, min(_LABEL, max((len(labels[place]) for place in shown), default=1)))
    number = len(str(query))
    room = max(1, width - label - number - 8)
    lines = []
    for place in shown:
        drawn = bar(row[place], room, ascii_only=way == "ascii")
        lines.append(f"{place:>{number}} {labels[place][:label]:<{label}} {drawn} {row[place]:.3f}")
    if len(shown) <= query:
        rest = [place for place in places if place not in set(shown)]
        lines.append(f"{len(rest)} weaker: {sum(row[place] for place in rest):.3f} in all"[:width])
    return lines
