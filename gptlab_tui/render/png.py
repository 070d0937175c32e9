"""PNG files, written here: no library is needed for so plain a format (W3C's PNG Specification)."""

from __future__ import annotations

import struct
import zlib

import numpy as np

#: Bits of a sample, RGB, and the one way there is to compress and to filter; rows from the top.
_TRUECOLOUR = bytes([8, 2, 0, 0, 0])
#: Each byte less the one above it: rows that repeat become zeros.
_UP = 2


def png(dots: np.ndarray) -> bytes:
    """A picture (height, width, 3) of uint8, red, green, blue, as a file.

    Signature and chunks as in sections 5.2 and 5.3, IHDR, IDAT and IEND as in 11.2, rows filtered as in 9.2
    and compressed as in 10.
    """
    height, width, _ = dots.shape
    flat = dots.reshape(height, 3 * width)
    rows = np.empty((height, 1 + 3 * width), dtype=np.uint8)
    rows[:, 0] = _UP
    rows[0, 1:] = flat[0]
    np.subtract(flat[1:], flat[:-1], out=rows[1:, 1:])  # modulo 256, as bytes are
    header = struct.pack(">II", width, height) + _TRUECOLOUR
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.data)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def rgb(colour: str) -> tuple[int, int, int]:
    """A colour such as `#d75f5f` as red, green and blue, 0 to 255."""
    red, green, blue = bytes.fromhex(colour[1:])
    return red, green, blue


def _chunk(name: bytes, data: bytes) -> bytes:
    """Length, name, data, and the CRC of the last two."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
