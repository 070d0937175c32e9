"""What kind of thing a token is: vowel, digit, start of a word; so that a picture can be coloured by it.

No torch here, so that a front may ask too.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

#: The classes of a character, and those of a subword, in the order of legends.
CHARACTER_CLASSES = ("vowel", "consonant", "accented", "capital", "digit", "punctuation", "blank", "other")
SUBWORD_CLASSES = ("word start", "continuation", "number", "punctuation", "blank", "part", "other")
#: Positions by their place in the context.
POSITION_CLASSES = ("first quarter", "second quarter", "third quarter", "last quarter")

_VOWELS = frozenset("aeiou")
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")


def class_of(token: bytes, subword: bool) -> str:
    """The class of a token by its bytes; `subword` says which of the two sets of classes holds.

    A capital with an accent is a capital, any other letter with one is accented (ç too); y is a
    consonant; signs such as + count as punctuation; `part` is no whole character; `other` is a letter of
    another alphabet.
    """
    try:
        text = token.decode("utf-8")
    except UnicodeDecodeError:
        return "part" if subword else "other"
    return _of_subword(text) if subword else _of_character(text)


def _of_character(text: str) -> str:
    if text.isspace():
        return "blank"
    if len(text) != 1:
        return "other"
    if text.isdigit():
        return "digit"
    if text.isupper():
        return "capital"
    if text in _LETTERS:
        return "vowel" if text in _VOWELS else "consonant"
    if unicodedata.category(text)[0] in "PS":
        return "punctuation"
    decomposed = unicodedata.normalize("NFD", text)
    return "accented" if len(decomposed) > 1 and decomposed[0] in _LETTERS else "other"


def _of_subword(text: str) -> str:
    bare = text.strip()
    if not bare:
        return "blank" if text else "other"
    if all(character.isnumeric() for character in bare):
        return "number"
    if not any(character.isalnum() for character in bare):
        return "punctuation" if any(unicodedata.category(sign)[0] in "PS" for sign in bare) else "other"
    return "word start" if text[0].isspace() else "continuation"


def position_classes(length: int) -> tuple[str, ...]:
    """The quarter of the context that each of so many positions is in."""
    return tuple(POSITION_CLASSES[4 * place // length] for place in range(length))


def numbered(classes: Sequence[str]) -> list[int]:
    """The classes as numbers from 0, in the order in which they come."""
    order = {name: number for number, name in enumerate(dict.fromkeys(classes))}
    return [order[name] for name in classes]
