"""Texts in which every piece has a number: nothing is told by colour alone."""

import math
import xml.etree.ElementTree as ElementTree

import pytest

from gptlab_tui.render.cells_svg import cells_svg
from gptlab_tui.render.heat import RAMP, plain, text
from gptlab_tui.render.painted import ABOVE, BELOW, Piece, paint, scale

PIECES = [Piece("A", math.nan), Piece(" ca", 3.4), Piece("s", 0.3), Piece("\n", 12.0), Piece("é", 5.5)]


@pytest.mark.parametrize("way", ["colour", "grey", "ascii"])
def test_digits_stand_below_their_pieces(way):
    rows = paint(PIECES, 20, way)
    mark = "\\" if way == "ascii" else "⏎"
    assert text(rows) == f"A cas{mark}\n 3   9\né\n6"
    backgrounds = [cell.background for cell in rows[0]]
    assert backgrounds == (["", *[RAMP[3]] * 3, RAMP[0], RAMP[9]] if way == "colour" else [""] * 6)


def test_what_is_less_stands_above():
    rows = paint(
        [Piece("a", -3.0), Piece("b", 2.0), Piece("c", 0.2), Piece("d", -20.0)], 20, "colour", signed=True
    )
    assert text(rows) == "3  9\nabcd\n 2"
    assert [cell.background for cell in rows[1]] == [BELOW[1], ABOVE[0], "", BELOW[4]]


def test_lines_are_no_wider_than_asked():
    pieces = [Piece("mento", 4.0)] * 9 + [Piece("字", 1.0)] * 5
    for width in (7, 20, 40):
        assert max(len(row) for row in paint(pieces, width, "grey")) <= width
    joined = "".join(text([row]) for row in paint(pieces, 7, "grey")[::2])
    assert joined == "mento" * 9 + "字" * 5


def test_the_picture_has_its_texts_and_nothing_from_elsewhere():
    svg = cells_svg([*paint([Piece("<&\x1b", 4.0)], 20, "colour"), scale("colour")], ["1 < 2"])
    tree = ElementTree.fromstring(svg)
    words = "".join(tree.itertext())
    assert "<&␛" in words
    assert "1 < 2" in words
    assert "script" not in svg


def test_a_caption_of_the_picture_is_broken():
    for rows, widest in (([], 80), ([plain("x" * 100)], 100)):
        tree = ElementTree.fromstring(cells_svg(rows, ["word " * 60]))
        lines = [line for line in map(str, tree.itertext()) if line.startswith("word")]
        assert len(lines) == -(-300 // widest)
        assert int(tree.attrib["width"]) <= 8 * widest + 24
