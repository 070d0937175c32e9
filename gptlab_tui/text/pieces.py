"""A stream of text cut where no token of a subword tokenizer can cross, whatever its chunks were.

GPT-2's pattern splits a text into words before any merge, and a word takes at most one space, in
front. So before white space that follows something else there is always a border, and nothing on
its left looks beyond it: encoding the pieces gives the same tokens as encoding the whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

LIMIT = 1 << 18
"""Characters without a safe place after which the text is cut all the same, so that a line without
end has bounded cost. Counted from the last safe place: the cuts depend on the text alone."""

# Python's \S excludes all that Rust's \s matches, and a few controls more; space, tab and newline
# are white space in both.
_BORDER = re.compile(r"\S(?=[ \t\n])")
_LAST_BORDER = re.compile(r".*\S(?=[ \t\n])", re.DOTALL)


def safe_pieces(chunks: Iterable[str], limit: int = LIMIT) -> Iterator[str]:
    """The same text as `chunks`, cut at safe places; each piece about as long as a chunk."""
    rest = ""
    for chunk in chunks:
        rest += chunk
        found = _LAST_BORDER.match(rest)
        if found:
            yield from _bounded(found.group(), limit)
            rest = rest[found.end() :]
        while len(rest) > limit:
            yield rest[:limit]
            rest = rest[limit:]
    if rest:
        yield from _bounded(rest, limit)


def _bounded(text: str, limit: int) -> Iterator[str]:
    """`text` in one piece, unless some stretch without a border is longer than `limit`."""
    half = max(limit // 2, 1)  # a longer stretch covers one of these blocks
    if all(_BORDER.search(text, at, at + half) for at in range(0, len(text) - half + 1, half)):
        yield text
        return
    start = 0
    for end in [*(found.end() for found in _BORDER.finditer(text)), len(text)]:
        while end - start > limit:
            yield text[start : start + limit]
            start += limit
        if end > start:
            yield text[start:end]
            start = end
