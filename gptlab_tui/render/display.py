"""Text that we did not write, made safe to show: nothing in it can steer the terminal.

A corpus, a prompt, a sample, a token, a file's name, an error from the system may hold escape
sequences, or controls that turn the direction of what follows or hide it. Here they become
visible; all other text, in any language, stays as it is.
"""

from __future__ import annotations

import re

#: First and last code points of what is written as <U+XXXX>.
_HIDDEN = (
    (0x0080, 0x009F),  # C1 controls: U+009B alone begins an escape sequence
    (0x00AD, 0x00AD),  # soft hyphen
    (0x034F, 0x034F),  # combining grapheme joiner
    (0x061C, 0x061C),  # Arabic letter mark
    (0x115F, 0x1160),  # Hangul fillers
    (0x17B4, 0x17B5),  # Khmer inherent vowels, which have no shape
    (0x180E, 0x180E),  # Mongolian vowel separator
    (0x200B, 0x200F),  # zero-width space, non-joiner, joiner; left-to-right and right-to-left marks
    (0x2028, 0x202E),  # line and paragraph separators; embeddings and overrides of direction
    (0x2060, 0x206F),  # word joiner, invisible operators, isolates, deprecated format controls
    (0x3164, 0x3164),  # Hangul filler
    (0xD800, 0xDFFF),  # surrogates
    (0xFEFF, 0xFEFF),  # zero-width no-break space (the byte order mark)
    (0xFFA0, 0xFFA0),  # halfwidth Hangul filler
    (0xFFF9, 0xFFFB),  # interlinear annotation
    (0x1BCA0, 0x1BCA3),  # shorthand format controls
    (0x1D173, 0x1D17A),  # musical format controls
    (0xE0000, 0xE007F),  # tags: a copy of ASCII that nobody can see
)

_HIDDEN_CLASS = "".join(f"{chr(first)}-{chr(last)}" for first, last in _HIDDEN)
_UNSAFE = re.compile(f"[\x00-\x1f\x7f{_HIDDEN_CLASS}]")
_UNSAFE_IN_LINES = re.compile(f"[\x00-\x08\x0b-\x1f\x7f{_HIDDEN_CLASS}]")


def _visible(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)  # the control pictures: ␀ ␁ … ␛ … ␟
    if code == 0x7F:
        return "␡"
    return f"<U+{code:04X}>"


def display(text: str, *, multiline: bool = False) -> str:
    """The text with every control made visible; with `multiline`, newline and tab stay.

    C0 and DEL become their pictures (␛), the rest `<U+XXXX>`: C1 has no pictures.
    """
    return (_UNSAFE_IN_LINES if multiline else _UNSAFE).sub(_visible, text)
