"""The words and numbers of tables about a corpus, which the command line and the workbench show alike.

Texts in them are safe to show.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gptlab_tui.render.display import display
from gptlab_tui.render.units import count, share

if TYPE_CHECKING:
    from gptlab_tui.text.examples import Example
    from gptlab_tui.text.statistics import Statistics

#: Characters that one does not see.
_NAMES = {" ": "space", "\n": "newline", "\t": "tab"}

#: The columns of tokenizers side by side.
COMPARISON = ("kind", "tokens", "chars/token", "vocabulary", "embedding", "share", "model")
UNTIED = "The head is not tied to the embedding, so the vocabulary costs as much again there."


def named(text: str) -> str:
    """A character or a word as it is listed."""
    return _NAMES.get(text, display(text))


def sizes(found: Statistics) -> list[tuple[str, str]]:
    """How much there is of a corpus, and what a character of it says."""
    return [
        ("bytes", count(found.size_bytes)),
        ("characters", count(found.characters)),
        ("lines", count(found.lines)),
        ("words", count(found.words)),
        ("distinct characters", count(found.distinct_characters)),
        ("distinct words", count(found.distinct_words)),
        ("entropy of a character", f"{found.entropy_0:.3f} bits"),
        ("with the one before known", f"{found.entropy_1:.3f} bits"),
    ]


def news(found: Statistics) -> list[tuple[str, str]]:
    """What the validation part has that the training part lacks."""
    unseen = found.validation
    characters = ", ".join(f"{named(one.text)} ({count(one.count)})" for one in unseen.new_characters)
    return [
        ("new characters", characters or "none"),
        (
            "new words",
            f"{count(unseen.distinct_new_words)} different, {unseen.new_word_share:.2%} of all its words",
        ),
    ]


def comparison_cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    """A tokenizer's row under `COMPARISON`; `row` is one of those of `gptlab tokens --compare --json`."""
    per_token = row["characters_per_token"]
    return (
        str(row["tokenizer"]),
        count(row["tokens"]),
        "–" if per_token is None else f"{per_token:.2f}",
        count(row["vocab_size"]),
        count(row["embedding_parameters"]),
        share(row["embedding_share"]),
        count(row["parameters"]),
    )


def is_untied(rows: list[dict[str, Any]]) -> bool:
    """Whether `UNTIED` has to be said."""
    return any(row["head_parameters"] for row in rows)


def example_cells(one: Example) -> tuple[str, str, str]:
    """A training example as (input ids, target id, its text)."""
    ids = " ".join(map(str, one.input_ids))
    return f"[{ids}]", str(one.target_id), f"'{display(one.input_text)}' -> '{display(one.target_text)}'"
