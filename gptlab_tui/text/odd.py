"""Unicode's view of characters: their categories, and the code points that are odd in a text."""

from __future__ import annotations

import unicodedata

CATEGORY_NAMES = {
    "Lu": "capital letters", "Ll": "small letters", "Lt": "title-case letters",
    "Lm": "modifier letters", "Lo": "other letters", "Mn": "combining marks",
    "Mc": "spacing marks", "Me": "enclosing marks", "Nd": "digits", "Nl": "letter numbers",
    "No": "other numbers", "Pc": "connectors", "Pd": "dashes", "Ps": "opening brackets",
    "Pe": "closing brackets", "Pi": "opening quotes", "Pf": "closing quotes",
    "Po": "other punctuation", "Sm": "mathematical signs", "Sc": "currency signs",
    "Sk": "modifier signs", "So": "other signs", "Zs": "spaces", "Zl": "line separators",
    "Zp": "paragraph separators", "Cc": "controls", "Cf": "invisible format characters",
    "Cs": "surrogates", "Co": "private use", "Cn": "not assigned",
}  # fmt: skip

_REASONS = {
    "Cc": "a control character",
    "Cf": "invisible: it steers format or direction",
    "Co": "private use: it means something in one font only",
    "Cn": "not assigned in Unicode",
    "Zs": "a space that looks like the usual one",
    "Zl": "a line separator that is not a newline",
    "Zp": "a paragraph separator that is not a newline",
}


def odd_reason(character: str) -> str:
    """Why a character is odd in a text that a model learns from; empty where it is not."""
    if character in "\n\t ":
        return ""
    if character == "\ufffd":
        return "the mark of bytes that could not be decoded"
    if "\u0300" <= character <= "\u036f":
        return "an accent apart from its letter (normalise the text to NFC)"
    return _REASONS.get(unicodedata.category(character), "")


def character_name(character: str) -> str:
    """The Unicode name, or for those that have none, like controls, the name that is in use."""
    aliases = {"\0": "NULL", "\t": "TAB", "\n": "NEWLINE", "\f": "FORM FEED", "\r": "CARRIAGE RETURN",
               "\x1b": "ESCAPE", "\x7f": "DELETE"}  # fmt: skip
    return unicodedata.name(character, "") or aliases.get(character, "")
