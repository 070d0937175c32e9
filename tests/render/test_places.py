"""Where the parts of a drawing stand, against a search in the drawn lines."""

from gptlab_tui.render.grid import Entry, grid
from gptlab_tui.render.painted import Piece, painting


def shown(drawing, number):
    """What stands at a part's place."""
    return "".join(
        "".join(cell.glyph for cell in drawing.rows[span.line][span.start : span.end])
        for span in drawing.places[number]
    )


def test_the_pieces_of_a_painted_text_know_their_places():
    texts = ["Era", " uma", " vez\n", "um", " rei"]
    for signed in (False, True):
        drawing = painting([Piece(text, -2.0) for text in texts], 6, "grey", signed=signed)
        assert [shown(drawing, number) for number in range(5)] == ["Era", " uma", " vez⏎", "um", " rei"]
        assert len(drawing.places[1]) == 2  # it is broken by the width
    assert drawing.at(1, 0) == 0
    assert drawing.at(0, 0) is None  # a line of digits


def test_up_and_down_go_to_the_closest_in_the_next_line():
    drawing = painting([Piece(letter, 0.0) for letter in "abcdefgh"], 3, "grey")  # abc def gh
    assert drawing.nearest(1, 1) == 4
    assert drawing.nearest(5, 1) == 7  # the line is shorter
    assert drawing.nearest(7, -1) == 4
    assert drawing.nearest(1, -1) == 1
    assert drawing.nearest(0, 99) == 6


def test_the_entries_of_a_table_know_their_places():
    columns = [[Entry(f"{letter}{line}", 0.5) for line in range(3)] for letter in "abcde"]
    for way in ("colour", "grey", "ascii"):
        drawing = grid(["one", "two", "three"], columns, 16, way)
        assert len(drawing.rows) > 6  # in blocks
        assert [shown(drawing, number) for number in range(15)] == [
            f"{letter}{line}" for letter in "abcde" for line in range(3)
        ]


def test_entries_become_wider_where_all_fit():
    columns = [[Entry("a")], [Entry("b")]]
    drawing = grid(["x"], columns, 20, "colour", 4)
    assert [span for spans in drawing.places for span in spans] == [(0, 2, 6), (0, 7, 11)]
    assert len(grid(["x"], columns, 5, "colour", 4).rows) == 3
