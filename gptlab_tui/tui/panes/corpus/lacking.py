"""What is said of characters of a text that the tokenizer in use does not know, and what stands for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gptlab_tui.render.display import display
from gptlab_tui.tui.unknown import named

if TYPE_CHECKING:
    from gptlab_tui.text.protocol import Tokenizer, Unknown


def told_lacking(text: str, tokenizer: Tokenizer, unknown: Unknown) -> str:
    """A sentence, safe to show, with the key for the other way; "" where nothing is lacking."""
    lacking = [character for character, _ in tokenizer.unknown_characters(text)]
    if not lacking:
        return ""
    them = "it" if len(lacking) == 1 else "them"
    said = f"The vocabulary has no {named(lacking)}"
    if unknown == "skip":
        return f"{said}, left out here: u writes a substitute."
    found = tokenizer.decode(tokenizer.encode(lacking[0], "replace"))
    substitute = "a space" if found == " " else f"“{display(found)}”"
    return f"{said}: {substitute} stands for {them}; u leaves {them} out."
