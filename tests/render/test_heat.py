"""Heat maps of known matrices are the expected text."""

import xml.etree.ElementTree as ElementTree
from itertools import pairwise

import pytest

from gptlab_tui.render import heat
from gptlab_tui.render.heat_svg import heat_svg

WEIGHTS = [[1.0, 0, 0, 0], [0.25, 0.75, 0, 0], [0.04, 0.0, 0.96, 0], [0.1, 0.2, 0.3, 0.4]]
LABELS = ["a", "␣", "é", "b"]


def drawn(way, width=80, height=None, weights=WEIGHTS, labels=LABELS, scale="linear"):
    layout = heat.plan(labels, way, width, height)
    return layout, heat.text(heat.draw(weights, labels, layout, scale))


def test_ascii_with_numbers():
    assert drawn("ascii")[1] == (
        "  a   ␣   é   b\na @1.0'   '   '\n␣ :.25#.75'   '\né  .04    @.96'\nb ..10:.20-.30=.40"
    )


def test_ascii_where_there_is_less_room():
    assert drawn("ascii", width=12)[1] == "  a ␣ é b\na @@' ' '\n␣ ::##' '\né     @@'\nb ..::--=="
    assert drawn("ascii", width=7)[1] == "  a␣éb\na @'''\n␣ :#''\né   @'\nb .:-="


def test_the_square_root_shows_weak_links():
    assert drawn("ascii", width=7, scale="sqrt")[1] == "  a␣éb\na @'''\n␣ =%''\né : @'\nb -=+*"


def test_grey_blocks():
    assert drawn("grey", width=7)[1] == "  a␣éb\na █···\n␣ ░▓··\né   █·\nb  ░░▒"


def test_half_blocks_in_colour():
    layout = heat.plan(LABELS, "colour", 80, 3)
    assert layout.shape.paired
    rows = heat.draw(WEIGHTS, LABELS, layout, "linear")
    assert heat.text(rows) == "   a␣éb\na␣ ▀▄··\néb ▀▀▀▄"
    ramp = heat.RAMP
    assert rows[1][3] == heat.Cell("▀", ramp[9], ramp[2])
    assert rows[1][4] == heat.Cell("▄", ramp[7])
    assert rows[2][3] == heat.Cell("▀", ramp[0], ramp[1])


def test_an_odd_number_of_rows_in_half_blocks():
    layout = heat.plan(LABELS[:3], "colour", 80, 3)
    rows = heat.draw([row[:3] for row in WEIGHTS[:3]], LABELS[:3], layout, "linear")
    assert heat.text(rows) == "   a␣é\na␣ ▀▄·\né  ▀▀▀"
    assert [cell.background for cell in rows[2]] == [""] * 6


def test_larger_where_there_is_room():
    layout, text = drawn("grey", height=30)
    assert (layout.shape.columns, layout.shape.lines) == (6, 3)
    assert layout.height == len(text.splitlines()) == 13
    for row in range(4):
        for column in range(4):
            x, y, width, height = layout.place(row, column)
            assert layout.at(x, y) == layout.at(x + width - 1, y + height - 1) == (row, column)


@pytest.mark.parametrize("way", heat.WAYS)
@pytest.mark.parametrize("tokens", [1, 2, 23, 100])
@pytest.mark.parametrize("size", [(80, 24), (30, 10), (12, 5), (200, 60), (7, 2)])
def test_whatever_the_room_it_fits(way, tokens, size):
    labels = [f"t{number}" for number in range(tokens)]
    layout = heat.plan(labels, way, *size)
    pooled = [[0.5] * layout.size for _ in range(layout.size)]
    rows = heat.draw(pooled, labels, layout)
    assert len(rows) == layout.height <= size[1]
    assert max(len(row) for row in rows) == layout.width <= size[0]
    assert layout.size * layout.factor >= tokens > (layout.size - 1) * layout.factor
    if tokens <= min((size[0] - layout.gutter) // 4, size[1] - layout.head):
        assert layout.factor == 1


def test_labels_of_several_characters_are_written_downwards():
    labels = ["the", "␣figure", "␣is", "x"]
    assert drawn("grey", width=9, labels=labels)[1].splitlines()[:7] == [
        "   ␣",
        "   f",
        "   i",
        "  tg␣",
        "  hui",
        "  e…sx",
        "t █···",
    ]


def test_blocks_have_the_label_of_their_first_token():
    labels = list("abcdefgh")
    layout = heat.plan(labels, "grey", 6, 20)
    assert (layout.factor, layout.size) == (2, 4)
    assert heat.text(heat.draw(WEIGHTS, labels, layout, "linear")).splitlines()[0] == "  aceg"


def test_wide_and_combining_characters_keep_the_columns():
    labels = ["字", "e\u0301", "a", "b"]
    rows = heat.draw(WEIGHTS, labels, heat.plan(labels, "grey", 80), "linear")
    assert {len(row) for row in rows} == {3 + 8}
    assert heat.text(rows).splitlines()[1].startswith("字 ")


def test_nothing_in_a_label_steers_the_terminal():
    assert heat.label_of("\x1b[31m \n") == "␛[31m␣␊"
    assert heat.label_of("a b", "ascii") == "a_b"
    assert heat.label_of("") == "?"


def test_neighbours_of_one_colour_are_one_run():
    rows = heat.draw(WEIGHTS, LABELS, heat.plan(LABELS, "colour", 80), "linear")
    joined = list(heat.runs(rows[2]))
    assert "".join(run.glyph for run in joined) == "".join(cell.glyph for cell in rows[2])
    assert all(before[1:] != after[1:] for before, after in pairwise(joined))


def test_small_maps():
    assert heat.text(heat.thumbnail(WEIGHTS, "colour", "linear")) == "▀▄··\n▀▀▀▄"
    assert heat.text(heat.thumbnail(WEIGHTS, "ascii", "linear")) == "@@' ' '\n::##' '\n    @@'\n..::--=="


def test_the_ramp_rises_and_lies_on_the_cube():
    def luminance(colour):
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part < 0.04 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    assert sorted(heat.RAMP, key=luminance) == list(heat.RAMP)
    assert {colour[place : place + 2] for colour in heat.RAMP for place in (1, 3, 5)} <= {
        "00", "5f", "87", "af", "d7", "ff",
    }  # fmt: skip


@pytest.mark.parametrize("way", heat.WAYS)
def test_the_legend_says_what_is_hidden(way):
    assert f"{heat.HIDDEN[way]} hidden" in heat.text([heat.legend(way, "sqrt")])
    if way == "ascii":
        assert heat.text([heat.legend(way, "sqrt")]).isascii()


def test_svg_is_whole_and_asks_for_nothing():
    wide = ElementTree.fromstring(heat_svg(WEIGHTS, ["a", "b", "c", "d"], ["word " * 60], "linear"))
    assert int(wide.attrib["width"]) < 8 * 90
    assert "".join(wide.itertext()).count("word") == 60
    svg = heat_svg(WEIGHTS, ["<a", "␣", "é", "b"], ["a & b"], "linear")
    root = ElementTree.fromstring(svg)
    titles = [element.text for element in root.iter("{http://www.w3.org/2000/svg}title")]
    assert titles[:2] == ["<a → <a 1.0000", "␣ → <a 0.2500"]
    assert len(titles) == 10
    assert "script" not in svg
    assert svg.count("http") == 1


@pytest.mark.parametrize("way", heat.WAYS)
@pytest.mark.parametrize("scale", heat.SCALES)
def test_a_legend_has_all_steps_in_little_room(way, scale):
    for width in (32, 80):
        cells = heat.legend(way, scale, width)
        assert len(cells) <= width
        assert "".join(cell.glyph for cell in cells).endswith(f"1 {scale} {heat.HIDDEN[way]} hidden")
    assert {cell.background for cell in heat.legend("colour", scale, 32)} == {"", *heat.RAMP}
