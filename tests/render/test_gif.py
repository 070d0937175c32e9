"""GIF files against a reader that is written out here, and the film that goes into them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gptlab_tui.render import film, tiny_font
from gptlab_tui.render.gif import Frame, compress, gif
from gptlab_tui.render.scatter import SIGNS, Panel


def read_codes(data, bits):
    """LZW as the specification tells a reader to do it."""
    clear, end = 1 << bits, (1 << bits) + 1
    value, at, out = int.from_bytes(data, "little"), 0, bytearray()
    table, length, before = {}, bits + 1, None
    while True:
        code = value >> at & (1 << length) - 1
        at += length
        if code == clear:
            table = {number: bytes([number]) for number in range(clear)}
            free, length, before = end + 1, bits + 1, None
            continue
        if code == end:
            assert len(data) * 8 - at < 8
            return bytes(out)
        entry = table[code] if code in table else before + before[:1]
        out += entry
        if before is not None and free < 4096:
            table[free] = before + entry[:1]
            free += 1
            if free == 1 << length and length < 12:
                length += 1
        before = entry


def read_gif(data):
    """Size, palette and frames (dots, hundredths)."""
    assert data[:6] == b"GIF89a"
    size = int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
    colours = 2 << (data[10] & 7)
    palette = [data[13 + 3 * place : 16 + 3 * place].hex() for place in range(colours)]
    at, frames, delay = 13 + 3 * colours, [], 0
    while data[at] != 0x3B:
        if data[at] == 0x21:
            if data[at + 1] == 0xF9:
                delay = int.from_bytes(data[at + 4 : at + 6], "little")
            at += 2
        else:
            assert data[at] == 0x2C
            assert (data[at + 5 : at + 9], data[at + 9]) == (data[6:10], 0)
            bits = data[at + 10]
            at += 11
        parts = bytearray()
        image = data[at - 11] == 0x2C and data[at - 2] == 0
        while data[at]:
            parts += data[at + 1 : at + 1 + data[at]]
            at += data[at] + 1
        at += 1
        if image and len(parts) > 11:
            frames.append((read_codes(bytes(parts), bits), delay))
    assert at == len(data) - 1
    return size, palette, frames


@given(st.integers(2, 8).flatmap(lambda bits: st.tuples(st.just(bits), st.binary(max_size=600))))
def test_what_is_compressed_is_read_again(example):
    bits, data = example
    dots = bytes(byte & (1 << bits) - 1 for byte in data)
    assert read_codes(b"" + compress(dots, bits), bits) == dots


@pytest.mark.parametrize("bits", [2, 5, 8])
def test_long_pictures_use_all_codes_and_begin_anew(bits):
    noise = np.random.default_rng(1).integers(0, 1 << bits, 40_000, dtype=np.uint8).tobytes()
    flat = bytes(40_000)
    for dots in (noise, flat, flat + noise):
        assert read_codes(compress(dots, bits), bits) == dots
    assert len(compress(flat, bits)) < 500


def test_a_file():
    frames = [Frame(bytes(range(6)) * 20, 7), Frame(bytes([5, 4, 3, 2, 1, 0]) * 20, 300)]
    data = b"".join(gif(12, 10, ["#000000", "#ffffff", "#112233", "#445566", "#778899", "#aabbcc"], frames))
    size, palette, read = read_gif(data)
    assert size == (12, 10)
    assert palette[:6] == ["000000", "ffffff", "112233", "445566", "778899", "aabbcc"]
    assert read == [(frame.dots, frame.hundredths) for frame in frames]


LETTERS = ("a", "B", "é", "7")
CLASSES = ("vowel", "capital", "accented", "digit")
SPAN = (0.0, 1.0, 0.0, 1.0)


def panel(title, points):
    return Panel(title, points, LETTERS, CLASSES, frozenset([1]), [[(0.0, 0.0), points[1]]], SPAN)


FIRST = panel("step 0", [(0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (0.5, 0.5)])
LAST = panel("step 9", [(0.2, 0.0), (1.0, 1.0), (0.0, 0.5), (0.5, 0.5)])


def test_a_film_goes_from_one_picture_to_the_next():
    width, height = film.size([FIRST, LAST])
    frames = list(film.film([FIRST, LAST]))
    assert len(frames) == film.BETWEEN + 2
    pictures = [np.frombuffer(frame.dots, np.uint8).reshape(height, width) for frame in frames]
    assert (width % 2, height % 2) == (0, 0)
    assert frames[-1].hundredths > frames[0].hundredths > frames[1].hundredths
    field = [picture[film.ABOVE : film.ABOVE + film.SIDE] for picture in pictures]
    centres = [np.argwhere(one == 3)[:, 0].mean() for one in field]  # the ground of the stressed letter
    assert centres == sorted(centres, reverse=True)
    assert len(set(centres)) == len(centres)
    digit = film.PALETTE.index(SIGNS["digit"].colour)
    still = [np.argwhere(one == digit) for one in field]
    assert all(np.array_equal(one, still[0]) for one in still)
    assert len(film.PALETTE) > max(picture.max() for picture in pictures)


def test_the_font():
    for code in range(33, 127):
        assert "#" in "".join(tiny_font.dots(chr(code))), chr(code)
    shapes = {tiny_font.dots(chr(code)) for code in range(32, 127)}
    assert len(shapes) == 95
    for letter in "áàâãéêíóôõúüçÁÀÂÃÉÊÍÓÔÕÚÇ":
        rows = tiny_font.dots(letter)
        assert (len(rows), {len(row) for row in rows}) == (tiny_font.HEIGHT, {tiny_font.WIDTH})
        assert rows not in shapes
        shapes.add(rows)
    for letter in "gjpqy,;":
        assert "#" in tiny_font.dots(letter)[-1], letter  # they hang below the line
    assert tiny_font.dots("字") is None
    assert tiny_font.dots("ж") is None
