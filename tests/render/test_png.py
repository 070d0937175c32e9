"""PNG files against a reader that is written out here, and what is drawn as dots for them."""

import io
import struct
import unicodedata
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gptlab_tui.render import film
from gptlab_tui.render.cells_png import MARGIN, cells_dots
from gptlab_tui.render.glyphs import HEIGHT, WIDTH, mask
from gptlab_tui.render.heat import RAMP, Cell, plain
from gptlab_tui.render.heat_png import heat_dots
from gptlab_tui.render.png import png, rgb
from gptlab_tui.render.scatter import SIGNS, STRONG, Panel
from gptlab_tui.render.scatter_png import scatter_dots

PICTURES = arrays.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3)))


def read_png(data):
    """The dots of a file as the specification tells a reader to find them; truecolour, filters 0 to 2."""
    assert data[:8] == bytes([137, 80, 78, 71, 13, 10, 26, 10])
    at, chunks = 8, []
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        name, content = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", data, at + 8 + length) == (zlib.crc32(name + content),)
        chunks.append((name, content))
        at += 12 + length
    assert at == len(data)
    assert [name for name, _ in chunks] == [b"IHDR", b"IDAT", b"IEND"]
    width, height, *kind = struct.unpack(">IIBBBBB", chunks[0][1])
    assert kind == [8, 2, 0, 0, 0]
    raw, before, rows = zlib.decompress(chunks[1][1]), bytes(3 * width), []
    assert len(raw) == height * (1 + 3 * width)
    for start in range(0, len(raw), 1 + 3 * width):
        line = bytearray(raw[start + 1 : start + 1 + 3 * width])
        for place in range(len(line)):
            left = line[place - 3] if place >= 3 else 0
            line[place] = line[place] + (0, left, before[place])[raw[start]] & 255
        before = bytes(line)
        rows.append(before)
    return np.frombuffer(b"".join(rows), np.uint8).reshape(height, width, 3)


@given(PICTURES)
def test_a_file_is_read_again(dots):
    assert np.array_equal(read_png(png(dots)), dots)


def test_others_read_it():
    image = pytest.importorskip("PIL.Image")
    dots = np.random.default_rng(1).integers(0, 256, (40, 30, 3), dtype=np.uint8)
    with image.open(io.BytesIO(png(dots))) as read:
        assert np.array_equal(np.asarray(read.convert("RGB")), dots)


def test_a_line_that_comes_again_costs_next_to_nothing_however_long():
    line = np.random.default_rng(1).integers(0, 256, (1, 12_000, 3), dtype=np.uint8)
    assert line.size > 1 << 15  # further than zlib looks back
    assert len(png(line.repeat(20, axis=0))) < 1.1 * line.size


@pytest.mark.parametrize(
    ("glyph", "left", "top", "right", "bottom"),
    [
        ("█", 0, 0, 1, 1),
        ("▀", 0, 0, 1, 1 / 2),
        ("▄", 0, 1 / 2, 1, 1),
        ("▌", 0, 0, 1 / 2, 1),
        ("▐", 1 / 2, 0, 1, 1),
        ("▔", 0, 0, 1, 1 / 8),
        ("▃", 0, 5 / 8, 1, 1),
        ("▊", 0, 0, 3 / 4, 1),
        ("▘", 0, 0, 1 / 2, 1 / 2),
        ("▗", 1 / 2, 1 / 2, 1, 1),
    ],
)
def test_a_block_fills_what_its_name_says(glyph, left, top, right, bottom):
    wanted = np.zeros((HEIGHT, WIDTH))
    wanted[round(top * HEIGHT) : round(bottom * HEIGHT), round(left * WIDTH) : round(right * WIDTH)] = 1
    assert np.array_equal(mask(glyph), wanted)


def test_shares_of_blocks():
    for number, glyph in enumerate("▁▂▃▄▅▆▇█", 1):
        assert mask(glyph).mean() == pytest.approx(number / 8)
    for number, glyph in enumerate("▏▎▍▌▋▊▉█", 1):
        assert mask(glyph).mean() == pytest.approx(number / 8)
    for quarters, glyph in enumerate(" ░▒▓█"):
        assert mask(glyph).mean() == quarters / 4
    for one, other in zip("▘▝▀▚", "▟▙▄▞", strict=True):
        assert np.array_equal(mask(one) + mask(other), mask("█"))


@pytest.mark.parametrize("code", [0x2800, 0x2801, 0x2840, 0x28A5, 0x28FF])
def test_braille_has_a_dot_for_each_bit(code):
    drawn = mask(chr(code))
    cells = drawn.reshape(4, HEIGHT // 4, 2, WIDTH // 2).any(axis=(1, 3))
    told = unicodedata.name(chr(code)).partition("DOTS-")[2]
    places = {"1": (0, 0), "2": (1, 0), "3": (2, 0), "4": (0, 1), "5": (1, 1), "6": (2, 1),
              "7": (3, 0), "8": (3, 1)}  # fmt: skip
    assert {tuple(place) for place in np.argwhere(cells)} == {places[dot] for dot in told}


def test_lines_meet_their_neighbours_and_are_even():
    for glyph in "─│┼":
        assert np.array_equal(mask(glyph), mask(glyph)[::-1])
        assert np.array_equal(mask(glyph), mask(glyph)[:, ::-1])
    assert np.array_equal(np.maximum(mask("─"), mask("│")), mask("┼"))
    assert np.array_equal(np.maximum(mask("├"), mask("┤")), mask("┼"))
    assert np.array_equal(mask("╭"), mask("┌"))
    assert np.array_equal(mask("┌")[::-1, ::-1], mask("┘"))
    assert np.array_equal(mask("╴")[:, 0], mask("─")[:, 0])


def test_letters_signs_and_what_is_none():
    box = mask("字")
    assert np.array_equal(box, mask("╳"))
    assert box.any()
    assert not box[HEIGHT // 2 - 2 : HEIGHT // 2 + 2, WIDTH // 2 - 2 : WIDTH // 2 + 2].any()
    signs = "·•●○■□▲△◆◇✚×▸▾→←↑↓⏎␣…±°«»ªº§¡¿"
    shapes = {mask(glyph).tobytes() for glyph in signs + "aãAÃgG.,"}
    assert len(shapes) == len(signs) + 8
    assert box.tobytes() not in shapes
    for glyph in "A●■":
        assert np.array_equal(mask(glyph), mask(glyph)[:, ::-1])  # as much ground on either side
    assert np.array_equal(mask("e\u0301"), mask("é"))
    assert not mask("").any()
    assert not mask("\xa0").any()


def test_the_size_of_a_picture_and_where_its_colours_are():
    rows = [[Cell(" ", "", "#d75f5f"), Cell("▀", "#00005f", "#ffff00")], [], [Cell("x")] * 5]
    dots = cells_dots(rows)
    assert dots.shape == (2 * MARGIN + 3 * HEIGHT, 2 * MARGIN + 5 * WIDTH, 3)
    assert (dots[:MARGIN] == 255).all()
    first, second = (dots[MARGIN : MARGIN + HEIGHT, MARGIN + at * WIDTH :][:, :WIDTH] for at in (0, 1))
    assert (first == rgb("#d75f5f")).all()
    assert (second[: HEIGHT // 2] == rgb("#00005f")).all()
    assert (second[HEIGHT // 2 :] == rgb("#ffff00")).all()
    rest = dots[MARGIN + HEIGHT :]
    assert {tuple(dot) for dot in rest.reshape(-1, 3)} == {(0, 0, 0), (255, 255, 255)}
    assert cells_dots(rows, apart=True).shape[0] > dots.shape[0]


def test_a_caption_is_below_and_is_broken():
    rows = [plain("x" * 100)]
    high, wide, _ = cells_dots(rows).shape
    one, two = (cells_dots(rows, ["word " * count]).shape for count in (20, 21))
    assert one[1] == two[1] == wide
    line = two[0] - one[0]
    assert HEIGHT <= line < 2 * HEIGHT
    assert one[0] == high + HEIGHT + line
    assert cells_dots([], ["a\x1bb"]).shape[1] == 2 * MARGIN + 3 * WIDTH


@pytest.mark.parametrize("labels", [["a", "é", "␣"], ["a", "longer", "␣"]])
def test_a_map_has_squares_labels_and_a_scale(labels):
    dots = heat_dots([[1.0, 0, 0], [0.0, 1.0, 0], [0.0, 0.0, 1.0]], labels, ["what it is"], "linear")
    most = np.argwhere((dots == rgb(RAMP[-1])).all(axis=2))
    left = most[:, 1].min()
    start = MARGIN + max(map(len, labels)) * WIDTH
    assert start <= left < start + HEIGHT
    diagonal = dots[most[:, 0].min() :, left:][: 3 * HEIGHT, : 3 * HEIGHT]
    for row in range(3):
        for column in range(3):
            place = diagonal[row * HEIGHT :, column * HEIGHT :][:HEIGHT, :HEIGHT]
            colours = {tuple(dot) for dot in place.reshape(-1, 3)}
            if column > row:
                assert (255, 255, 255) in colours
                assert len(colours) == 2
            else:
                assert colours == {rgb(RAMP[-1] if row == column else RAMP[0])}
    for colour in RAMP:
        assert (dots[-4 * HEIGHT :] == rgb(colour)).all(axis=2).any()


def test_a_map_of_many_stays_within_bounds():
    few, many = (heat_dots(np.eye(size).tolist(), ["a"] * size, [], "linear").shape for size in (20, 400))
    assert few[1] > 20 * HEIGHT
    assert 3000 < many[1] < 4400


def test_panels_stand_abreast():
    def panel(title):
        return Panel(title, [(0.0, 0.0), (1.0, 1.0)], ("a", "é"), ("vowel", "accented"), frozenset([1]))

    one, three, four = (
        scatter_dots([panel(f"step {step}") for step in range(count)], ["what they are"], 3)
        for count in (1, 3, 4)
    )
    assert three.shape[1] == 3 * film.SIDE + 4 * MARGIN
    assert four.shape[1] == three.shape[1]
    assert four.shape[0] - three.shape[0] == film.SIDE + film.ABOVE + MARGIN
    assert one.shape[0] == three.shape[0]
    for left in (MARGIN, 2 * MARGIN + film.SIDE):
        field = three[MARGIN : MARGIN + film.ABOVE + film.SIDE, left : left + film.SIDE]
        for colour in (STRONG, SIGNS["vowel"].colour):
            assert (field == rgb(colour)).all(axis=2).any()
    below = three[MARGIN + film.ABOVE + film.SIDE :]
    assert (below == rgb(SIGNS["accented"].colour)).all(axis=2).any()
