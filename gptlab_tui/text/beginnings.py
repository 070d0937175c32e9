"""A beginning that a model can go on from: a prompt in its characters, or the first words of its text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gptlab_tui.text.protocol import Tokenizer

#: About so many characters make a beginning, and so many tokens are looked at for them.
LENGTH, LOOKED_AT = 20, 400


def beginning(prompts: Iterable[str], tokenizer: Tokenizer, tokens: NDArray[np.unsignedinteger[Any]]) -> str:
    """The first of `prompts` that can be typed and is covered, else words of the text; "" without any.

    `tokens` (T,) is a text that the model knows, such as its validation part.
    """
    for prompt in prompts:
        if _typeable(prompt) and not tokenizer.unknown_characters(prompt):
            return prompt
    return first_words(tokenizer.decode(tokens[:LOOKED_AT].astype(np.int64).tolist()))


def first_words(text: str, length: int = LENGTH) -> str:
    """The first whole words of a text, on one line, up to about `length` characters; "" without any."""
    lines = text.splitlines()
    for line in lines[1:] + lines[:1]:  # the first line may begin in the middle
        words = line.split()[line is lines[0] :]
        while words and not (_typeable(words[0]) and words[0][0].isalnum()):
            words.pop(0)
        taken = ""
        for word in words:
            if not _typeable(word) or len(taken) + 1 + len(word) > length:
                break
            taken = f"{taken} {word}".lstrip()
        if taken:
            return taken
    return ""


def _typeable(text: str) -> bool:
    """Whether a shell's user can type it: no controls, not blank, not like an option."""
    return bool(text.strip()) and text.isprintable() and not text.startswith("-")


def left_out_of(prompts: Sequence[str], tokenizer: Tokenizer) -> list[str]:
    """A sentence for each prompt of which the vocabulary lacks characters; blank ones are passed over."""
    found = []
    for prompt in prompts:
        lacking = [character for character, _ in tokenizer.unknown_characters(prompt)]
        count = sum(map(prompt.count, lacking))
        if not count or not prompt.strip():
            continue
        many = "1 character" if count == 1 else f"{count} characters"
        named = ", ".join(map(repr, lacking[:8])) + (", …" if len(lacking) > 8 else "")
        found.append(
            f"{many} of the prompt {prompt!r} {'is' if count == 1 else 'are'} left out, "
            f"since the vocabulary lacks them: {named}"
        )
    return found
