"""A font of 5 by 11 dots, for pictures made of dots: ASCII, letters with the usual accents, a few signs."""

from __future__ import annotations

import unicodedata

WIDTH, HEIGHT = 5, 11
#: The five columns of each character from the space on, two hexadecimal digits each, lowest bit on top; the
#: highest hangs below the line.
_COLUMNS = bytes.fromhex(
    "0000000000 00005f0000 0007000700 147f147f14 242a7f2a12 2313086462 3649562050 0005030000 001c224100"
    " 0041221c00 14083e0814 08083e0808 00a0600000 0808080808 0060600000 2010080402 3e5149453e 00427f4000"
    " 4261514946 2141454b31 1814127f10 2745454539 3c4a494930 0171090503 3649494936 064949291e 0036360000"
    " 00a6660000 0814224100 1414141414 0041221408 0201510906 324979413e 7e1111117e 7f49494936 3e41414122"
    " 7f4141221c 7f49494941 7f09090901 3e4149497a 7f0808087f 00417f4100 2040413f01 7f08142241 7f40404040"
    " 7f020c027f 7f0408107f 3e4141413e 7f09090906 3e4151215e 7f09192946 4649494931 01017f0101 3f4040403f"
    " 1f2040201f 3f4038403f 6314081463 0708700807 6151494543 007f414100 0204081020 0041417f00 0402010204"
    " 4040404040 0001020400 2054545478 7f48444438 3844444420 384444487f 3854545418 087e090102 18a4a4a47c"
    " 7f08040478 00447d4000 4080847d00 7f10284400 00417f4000 7c04180478 7c08040478 3844444438 fc24242418"
    " 18242424fc 7c08040408 4854545420 043f444020 3c4040207c 1c2040201c 3c4030403c 4428102844 1ca0a0a07c"
    " 4464544c44 0008364100 00007f0000 0041360800 0804081008"
)
#: Signs of our drawings, and some of texts, likewise.
_SIGNS = {
    "·": "0000080000", "•": "001c1c1c00", "●": "1c3e3e3e1c", "○": "1c2222221c", "■": "3e3e3e3e3e",
    "□": "3e2222223e", "▲": "303c3e3c30", "△": "302c222c30", "◆": "081c3e1c08", "◇": "0814221408",
    "✚": "1c1c7f1c1c", "×": "2214081422", "▸": "003e1c0800", "▾": "040c1c0c04", "→": "08082a1c08",
    "←": "081c2a0808", "↑": "04027f0204", "↓": "10207f2010", "⏎": "081c08080f", "␣": "6040404060",
    "…": "4000400040", "±": "44445f4444", "°": "0006090600", "«": "08142a1422", "»": "22142a1408",
    "ª": "4855555e00", "º": "4046494640", "§": "0a55555528", "¡": "00007d0000", "¿": "3048454020",
}  # fmt: skip
#: Accents, two rows of five; the cedilla hangs below.
_ACCENTS = {
    "\u0301": ("...#.", "..#.."),
    "\u0300": (".#...", "..#.."),
    "\u0302": ("..#..", ".#.#."),
    "\u0303": (".#..#", "#.##."),
    "\u0308": (".#.#.", "....."),
}
_CEDILLA = "\u0327"
_LIKE = {
    "“": '"', "”": '"', "‘": "'", "’": "'", "—": "-", "–": "-", "−": "-",
    "␉": "→", "␊": "⏎",
}  # fmt: skip


def dots(character: str) -> tuple[str, ...] | None:
    """A character as 11 rows of 5, `#` where there is a dot; None for what the font has not."""
    decomposed = unicodedata.normalize("NFD", _LIKE.get(character, character))
    base, marks = decomposed[:1], decomposed[1:]
    if any(mark not in (*_ACCENTS, _CEDILLA) for mark in marks):
        return None
    if base in _SIGNS:
        columns = bytes.fromhex(_SIGNS[base])
    elif base and " " <= base <= "~":
        columns = _COLUMNS[WIDTH * (ord(base) - 32) :][:WIDTH]
    else:
        return None
    letter = ["".join("#" if column >> row & 1 else "." for column in columns) for row in range(8)]
    rows = ["....."] * 3 + letter
    for mark in marks:
        if mark == _CEDILLA:
            rows[10] = "..#.."
            continue
        top = 2 if base.islower() else 0  # small letters leave room of their own
        if base in "ij":
            rows[3] = "....."  # the accent takes the place of the dot
        rows[top : top + 2] = _ACCENTS[mark]
    return tuple(rows)
