"""GIF files of a few colours, written here: no library is needed for so plain a format (GIF89a)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

_LONGEST = 12  # bits of a code


class Frame(NamedTuple):
    """A picture as one byte a dot, its place in the palette, in rows from the top; and how long it stays."""

    dots: bytes
    hundredths: int


def gif(width: int, height: int, palette: Sequence[str], frames: Iterable[Frame]) -> Iterator[bytes]:
    """The parts of a film that begins again at its end; colours such as `#d75f5f`, 256 at most."""
    bits = max(2, (len(palette) - 1).bit_length())
    size = width.to_bytes(2, "little") + height.to_bytes(2, "little")
    colours = b"".join(bytes.fromhex(colour[1:]) for colour in palette)
    yield b"GIF89a" + size + bytes([0x80 | 0x70 | bits - 1, 0, 0]) + colours.ljust(3 << bits, b"\0")
    yield b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"
    for frame in frames:
        yield b"\x21\xf9\x04\x04" + frame.hundredths.to_bytes(2, "little") + b"\0\0"
        yield b"\x2c\0\0\0\0" + size + b"\0" + bytes([bits])
        packed = compress(frame.dots, bits)
        for start in range(0, len(packed), 255):
            part = packed[start : start + 255]
            yield bytes([len(part)]) + part
        yield b"\0"
    yield b"\x3b"


def compress(dots: bytes, bits: int) -> bytes:
    """LZW with codes that grow from `bits` + 1 to 12 bits and begin anew when they are used up."""
    clear = 1 << bits
    known: dict[int, int] = {}
    free, length = clear + 2, bits + 1
    out = bytearray()
    buffer, filled = clear, length
    prefix = -1
    for dot in dots:
        if prefix < 0:
            prefix = dot
            continue
        longer = known.get(prefix << 8 | dot)
        if longer is not None:
            prefix = longer
            continue
        buffer |= prefix << filled
        filled += length
        if free < 1 << _LONGEST:
            known[prefix << 8 | dot] = free
            if free == 1 << length:
                length += 1
            free += 1
        else:
            buffer |= clear << filled
            filled += length
            known.clear()
            free, length = clear + 2, bits + 1
        prefix = dot
        if filled >= 64:
            out += (buffer & 0xFFFFFFFFFFFFFFFF).to_bytes(8, "little")
            buffer >>= 64
            filled -= 64
    if prefix >= 0:
        buffer |= prefix << filled
        filled += length
        if free == 1 << length and length < _LONGEST:  # the reader has one code more by now
            length += 1
    buffer |= clear + 1 << filled
    filled += length
    return bytes(out) + buffer.to_bytes((filled + 7) // 8, "little")
