"""Points in cells and as SVG: where they land, how they look, what is hidden."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from gptlab_tui.insight.classes import CHARACTER_CLASSES, POSITION_CLASSES, SUBWORD_CLASSES
from gptlab_tui.render import cosine_map
from gptlab_tui.render.heat import Cell, text
from gptlab_tui.render.scatter import SIGNS, Panel, beside, draw, legend
from gptlab_tui.render.scatter_svg import scaled, scatter_svg

CORNERS = ((0.0, 0.0), (2.0, 0.0), (0.0, 2.0), (2.0, 2.0))


def panel(points=CORNERS, labels="abcd", classes=("vowel", *["consonant"] * 3), **more):
    return Panel("step 5", points, tuple(labels), classes, **more)


def test_every_class_has_a_sign_that_no_other_has_beside_it():
    for classes in (CHARACTER_CLASSES, SUBWORD_CLASSES, POSITION_CLASSES):
        for part in range(3):
            assert len({SIGNS[name][part] for name in classes}) == len(classes)


def test_a_square_is_a_square():
    rows = text(draw(panel(), 40, 11, "grey").rows).splitlines()
    assert rows[0].startswith("step 5 ───")
    assert len(rows) == 11
    c, d = rows[1].index("c"), rows[1].index("d")
    a, b = rows[10].index("a"), rows[10].index("b")
    assert (a, b) == (c, d)
    assert b - a == 2 * 9  # a cell is twice as high as wide


@pytest.mark.parametrize(("width", "height"), [(1, 2), (5, 3), (20, 5), (200, 60)])
def test_it_fits_whatever_there_is(width, height):
    points = [tuple(point) for point in np.random.default_rng(1).standard_normal((50, 2))]
    drawn = draw(panel(points, ["a"] * 50, ["vowel"] * 50, strong=frozenset([3])), width, height, "grey")
    assert [len(row) for row in drawn.rows] == [width] * height
    seen = sum(cell.glyph == "a" for row in drawn.rows[1:] for cell in row)
    assert seen + drawn.hidden == 50


def test_who_finds_no_cell_goes_beside_or_is_counted():
    drawn = draw(panel([(0.0, 0.0)] * 12, ["a"] * 12, ["vowel"] * 12), 20, 12, "grey")
    assert text(drawn.rows).count("a") == 9
    assert drawn.hidden == 3


def test_signs_stand_for_what_is_no_letter():
    drawn = text(draw(panel(labels="é字\n "), 40, 11, "ascii").rows[1:])
    assert drawn.isascii()
    assert set(drawn.split()) == {SIGNS["vowel"].plain, SIGNS["consonant"].plain, "_"}
    assert "é" in text(draw(panel(labels="ébcd"), 40, 11, "grey").rows)


def test_what_stands_out_is_seen_without_colour_and_with():
    found = panel(labels=["a", "12", "c", "d"], strong=frozenset([1]))
    assert "[■]12" in text(draw(found, 40, 11, "grey").rows)
    coloured = [cell for row in draw(found, 40, 11, "colour").rows for cell in row if cell.background]
    assert [cell.glyph for cell in coloured] == ["■"]


@pytest.mark.parametrize("way", ["colour", "grey", "ascii"])
def test_those_that_stand_out_leave_each_other_alone(way):
    points = [(0.0, 0.0), (4.0, 4.0), *[(2.0, 2.0)] * 3, (2.2, 2.0)]
    crowd = panel(points, ["a", "b", *"eiou"], ["vowel"] * 6, strong=frozenset({2, 3, 4, 5}))
    drawn = draw(crowd, 40, 12, way)
    for letter in "eiou":
        if way != "colour":
            assert f"[{letter}]" in text(drawn.rows)
    long = panel(points, ["a", "b", "12", "13", "14", "15"], ["vowel"] * 6, strong=frozenset({2, 3, 4, 5}))
    told = text(draw(long, 40, 12, way).rows)
    assert all(number in told for number in ("12", "13", "14", "15"))


def test_a_trail_leads_to_its_point():
    drawn = text(draw(panel(trails=[[(0.0, 0.0), (2.0, 2.0)]]), 40, 11, "ascii").rows[1:])
    places = [line.index(".") for line in drawn.splitlines()[1:-1]]
    assert places == sorted(places, reverse=True)
    assert len(places) == 8


def test_side_by_side_and_the_legend():
    rows = beside([draw(panel(), 20, 5, "ascii").rows] * 2, "ascii")
    assert {len(row) for row in rows} == {43}
    shown = text(legend(panel(labels=["ab", *"bcd"]), 20, "grey"))
    assert shown.splitlines() == ["● vowel (1)", "■ consonant (3)"]
    assert text(legend(panel(), 60, "grey")) == "vowel (1)  consonant (3)"


def test_svg_holds_all_and_lets_nothing_in():
    svg = scatter_svg([panel(labels=["<", "b", "\x1b", "d"], strong=frozenset([0]))], ["caption <&>"])
    root = ElementTree.fromstring(svg)
    told = "".join(root.itertext())
    assert "< (vowel)" in told
    assert "caption <&>" in told
    assert "\x1b" not in svg
    places, _ = scaled(panel(), 100, 10)
    assert sorted(places) == [(10, 10), (10, 90), (90, 10), (90, 90)]


def test_stressed_points_in_svg_are_above_all_and_apart_and_letters_have_no_signs():
    svg = scatter_svg(
        [panel([(0.0, 0.0), (1.0, 1.0), (1.0, 1.0), (2.0, 2.0)], "abcd", strong=frozenset({1, 2}))], []
    )
    root = ElementTree.fromstring(svg)
    ns = "{http://www.w3.org/2000/svg}"
    boxes = [rect for rect in root.iter(f"{ns}rect") if rect.get("rx")]
    assert len(boxes) == 2
    assert abs(float(boxes[0].get("x")) - float(boxes[1].get("x"))) >= float(boxes[0].get("width"))
    assert svg.index(">d<") < svg.index(">b<")
    told = "".join(root.itertext())
    assert "vowel" in told
    assert SIGNS["vowel"].glyph not in told
    assert SIGNS["vowel"].glyph in scatter_svg([panel(labels=["ab", *"bcd"])], [])


def test_the_cosine_map():
    table = np.array([[1.0, -1, 0], [-1, 1, 0.5], [0, 0.5, 1]])
    rows = text(cosine_map.draw(table.tolist(), "ascii")).splitlines()
    assert [row[0] for row in rows] == ["#", "O", "."]
    assert rows[0] == "##OO.."
    blocks, factor = cosine_map.pooled(table.tolist(), 2)
    assert factor == 2
    np.testing.assert_allclose(blocks, [[0, 0.25], [0.25, 1]])
    coloured = cosine_map.draw(table.tolist(), "colour")
    assert coloured[0][1] == Cell("▀", cosine_map.RAMP[0], cosine_map.RAMP[-1])
    assert len(coloured) == 2
    assert text([cosine_map.legend("ascii")]) == "-1 Oo- .:+*# 1"
