"""The chart: ticks, axes, what plotext gets, and what stands upon its drawing."""

import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gptlab_tui.tui.widgets.chart_draw import draw
from gptlab_tui.tui.widgets.chart_spec import (
    Axis,
    Chart,
    Curve,
    Level,
    Mark,
    Spot,
    axis,
    envelope,
    nearest,
    ticks,
    visible,
    x_axis,
    y_axis,
)


def text(drawing):
    return ["".join(piece for piece, _ in line) for line in drawing.lines]


def chart(**more):
    xs = list(range(1, 401))
    ys = [4 * math.exp(-x / 100) + 1 for x in xs]
    curves = (Curve("train", xs, ys), Curve("validation", [0, 200, 400], [5, 2, 1.2], 1, "points"))
    return Chart(curves, **more)


@pytest.mark.parametrize("glyphs", ["braille", "block", "ascii"])
@pytest.mark.parametrize("size", [(78, 16), (40, 8), (120, 30), (20, 5), (8, 3)])
def test_every_line_is_as_wide_as_asked(glyphs, size):
    width, height = size
    drawn = text(draw(chart(right_name="bits/byte", right_factor=1.4), width, height, glyphs))
    assert len(drawn) == height
    assert {len(line) for line in drawn[1:]} == {width}
    assert len(drawn[0]) <= width


def test_ascii_is_ascii():
    everything = chart(
        marks=(Mark(100, "p", "paused"),),
        levels=(Level(3.0, "uniform"),),
        spots=(Spot(400, 1.2),),
        cursor=200.0,
    )
    assert "".join(text(draw(everything, 78, 16, "ascii"))).isascii()


@pytest.mark.parametrize("glyphs", ["braille", "block", "ascii"])
def test_plotext_draws_the_curves(glyphs, monkeypatch):
    import plotext

    built = []
    real = plotext.build
    monkeypatch.setattr(plotext, "build", lambda: built.append(real()) or built[-1])
    drawing = draw(chart(), 60, 12, glyphs)
    assert len(built) == 1
    plain = plotext.uncolorize(built[0]).split("\n")
    for row in range(drawing.height):
        line = text(drawing)[drawing.top + row]
        assert line[drawing.left : drawing.left + drawing.width].rstrip() == plain[row].rstrip()


def test_plotext_gets_two_points_a_column_at_most(monkeypatch):
    import plotext

    got = []
    real = plotext.plot
    monkeypatch.setattr(plotext, "plot", lambda xs, ys, **more: got.append(len(xs)) or real(xs, ys, **more))
    xs = list(range(100_000))
    drawing = draw(Chart((Curve("long", xs, [x % 17 for x in xs]),)), 80, 20, "braille")
    assert got == [n for n in got if n <= 2 * drawing.width]
    assert got


@given(
    points=st.lists(st.tuples(st.floats(1, 1000), st.floats(0.1, 10)), max_size=8, unique_by=lambda p: p[0]),
    window=st.tuples(st.floats(1, 1000), st.floats(1, 1000)).filter(lambda w: w[1] - w[0] > 1e-3),
    log_x=st.booleans(),
    log_y=st.booleans(),
)
def test_a_line_is_cut_where_it_crosses_the_edges_of_the_window(points, window, log_x, log_y):
    xs, ys = [list(column) for column in zip(*sorted(points), strict=True)] or [[], []]
    across = Axis(*window, log_x)
    seen_x, seen_y = visible(xs, ys, across, log_y=log_y)
    assert all(across.low <= x <= across.high for x in seen_x)
    assert seen_x == sorted(seen_x)
    tall = np.log if log_y else np.asarray
    on_line = (
        np.interp([across.place(x) for x in seen_x], [across.place(x) for x in xs], tall(ys)) if xs else []
    )
    np.testing.assert_allclose(tall(seen_y), on_line, rtol=1e-6, atol=1e-6)
    if xs and xs[0] < window[0] and xs[-1] > window[1]:
        assert (seen_x[0], seen_x[-1]) == window
    inside = [x for x in xs if across.low <= x <= across.high]
    assert visible(xs, ys, across, joined=False)[0] == inside


def test_what_lies_outside_the_window_is_not_drawn_at_its_edge():
    other = Curve("other", [0, 500, 600], [5.0, 1.8, 1.6], colour=2, letter="b", ends=True)
    own = Curve("own", list(range(1000)), [1.5] * 1000)
    near = Chart((own, other), x_range=(200, 400), y_name="")
    assert y_axis(near, x_axis(near)).high == pytest.approx(5 - 3.2 * 200 / 500, abs=0.1)
    beyond = text(draw(Chart((own, other), x_range=(740, 810)), 60, 12, "braille"))
    assert not any("b" in line for line in beyond[1:])


@pytest.mark.parametrize("glyphs", ["braille", "block", "ascii"])
def test_one_evaluation_has_one_place(glyphs):
    sign, best = {"ascii": "o@"}.get(glyphs, "●◆")
    for loss in np.linspace(1.2, 5.0, 40):
        points = Curve("v", [0, 200, 400], [5.0, loss, 1.2], 1, "points")
        one = Chart((points,), spots=(Spot(200, loss),), y_name="")
        with_spot = [line.find(best) for line in text(draw(one, 60, 14, glyphs))[1:]]
        alone = [line.find(sign) for line in text(draw(replace(one, spots=()), 60, 14, glyphs))[1:]]
        row, column = next((row, column) for row, column in enumerate(with_spot) if column >= 0)
        assert sign in text(draw(replace(one, spots=()), 60, 14, glyphs))[1:][row]
        assert alone[row] <= column


def test_marks_levels_spots_and_the_cursor_stand_where_they_belong():
    drawing = draw(
        chart(marks=(Mark(200, "p"),), levels=(Level(3.0, "uniform"),), spots=(Spot(400, 1.2),), cursor=100),
        60,
        14,
        "ascii",
    )
    lines = text(drawing)
    at = lines[drawing.top].index("p")
    assert drawing.x_at(at) == pytest.approx(200, abs=400 / drawing.width)
    assert any("uniform 3.000" in line for line in lines)
    assert any("@" in line for line in lines)
    assert lines[0].lstrip().startswith("step 100")
    assert "train 2.47" in lines[0]


def test_the_legend_names_the_curves_by_their_signs():
    line = text(draw(chart(), 60, 12, "ascii"))[0]
    assert "a train" in line
    assert "o validation" in line


@pytest.mark.parametrize(
    ("cursor", "width", "said"),
    [
        (200, 110, "validation 2.0000 = 2.800 bits/byte"),
        (250, 110, "validation 2.0000 = 2.800 bits/byte (of step 200)"),
        (250, 62, "validation 2.0000 (of step 200)"),
        (250, 54, "validation 2.0000 at 200"),
        (250, 52, "validation 2.000 at 200"),
    ],
)
def test_what_was_measured_elsewhere_is_told_with_its_place(cursor, width, said):
    drawn = draw(chart(cursor=cursor, right_name="bits/byte", right_factor=1.4), width, 12, "braille")
    assert text(drawn)[0].rstrip().endswith(f"● {said}")


def test_a_few_points_are_no_line_and_many_leave_room_between_their_signs():
    def signs(count):
        points = Curve("v", list(range(count)), [1.0] * count, kind="points")
        line = text(draw(Chart((points,), y_name=""), 60, 9, "braille"))[1:-2]
        return sum(row.count("●") for row in line), any("\u2800" < one < "\u28ff" for one in "".join(line))

    assert signs(2) == (2, False)
    assert signs(8) == (8, True)
    assert signs(500)[0] <= 15


@pytest.mark.parametrize("at", [0, 300, 600])
def test_spots_of_one_place_stand_in_their_order_also_at_the_edge(at):
    curve = Curve("validation", [0, 300, 600], [3.0, 2.0, 3.0])
    spots = tuple(Spot(at, 3.0 if at != 300 else 2.0, f"beats {n}", str(n)) for n in (1, 2, 3))
    lines = text(draw(Chart((curve,), spots=spots, y_name=""), 60, 14, "ascii"))
    assert sum("123" in line for line in lines[1:-3]) == 1


def test_letters_are_explained_below_and_told_in_full_under_the_cursor():
    found = (
        Mark(100, "p", "paused"),
        Mark(100, "r", "went on"),
        Mark(300, "l", "rate scaled", "rate x0.5"),
        Mark(350, "l", "rate scaled", "rate x0.25"),
    )
    spots = (Spot(400, 1.2), Spot(400, 1.2, "below bigram", "2", "below bigram (1.3)"))
    lines = text(draw(chart(marks=found, spots=spots), 90, 14, "braille"))
    assert lines[-1].strip().split("   ") == ["p paused", "r went on", "l rate scaled", "2 below bigram"]
    assert "p" in lines[1]
    assert "r" in lines[2]  # of two in one place both are seen
    assert any("◆2" in line for line in lines)
    at = draw(chart(marks=found, spots=spots, cursor=300), 90, 14, "braille")
    assert text(at)[-1].strip() == "l rate x0.5"
    assert len(text(draw(chart(marks=found), 90, 8, "braille"))) == 8  # no room to tell


def test_missing_values_break_the_line_and_not_the_scale():
    ys = [1.0, math.nan, 2.0, math.inf, 3.0]
    drawing = draw(Chart((Curve("a", [0, 1, 2, 3, 4], ys),)), 40, 10, "ascii")
    assert drawing.ys.high < 4


def test_nothing_to_draw_is_empty_lines():
    assert draw(Chart(), 40, 5, "braille").lines == [[]] * 5
    assert draw(chart(), 5, 2, "braille").lines == [[]] * 2


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize(("low", "high"), [(0.001, 0.002), (0.5, 7.2), (3, 3000), (1, 1_800_000)])
@pytest.mark.parametrize("most", [1, 2, 5, 8])
def test_ticks_are_few_round_and_inside(low, high, log, most):
    found = ticks(axis(low, high, log), most)
    assert len(found) <= most
    assert all(low <= value * (1 + 1e-9) and value <= high * (1 + 1e-9) for value, _ in found)
    assert len({len(label) for _, label in found}) <= 1
    assert len({label for _, label in found}) == len(found)


def test_labels_say_what_their_ticks_are():
    for low, high in ((0.1, 0.9), (2.5e-4, 1e-3), (1.5e-4, 1e-3), (7, 18), (38_000, 41_000), (1e-7, 2e-7)):
        for value, label in ticks(axis(low, high, False), 4):
            assert float(label.replace(",", "")) == pytest.approx(value)


def test_an_axis_goes_there_and_back():
    for one in (Axis(2.0, 8.0), Axis(2.0, 8.0, True)):
        assert one.place(2.0) == 0
        assert one.place(8.0) == 1
        assert one.value(one.place(3.7)) == pytest.approx(3.7)
    assert axis(5, 5, False).low < 5 < axis(5, 5, False).high
    assert axis(0, 5, True).low > 0


def test_axes_cover_what_is_in_the_window():
    one = chart(x_range=(100.0, 200.0))
    xs = x_axis(one)
    ys = y_axis(one, xs)
    assert (xs.low, xs.high) == (100, 200)
    assert ys.low < 1 + 4 * math.exp(-2)
    assert ys.high <= 5.5
    assert x_axis(Chart()) is None


def test_an_envelope_keeps_lowest_and_highest():
    xs = list(range(1000))
    ys = [math.sin(x) for x in xs]
    ys[321], ys[654] = 50.0, -50.0
    few_x, few_y = envelope(xs, ys, 40)
    assert len(few_x) <= 40
    assert max(few_y) == 50
    assert min(few_y) == -50
    assert few_x == sorted(few_x)
    assert all(ys[x] == y for x, y in zip(few_x, few_y, strict=True))


def test_nearest_is_the_nearest():
    xs = [0, 10, 20]
    assert [nearest(xs, x) for x in (-5, 4, 6, 14, 16, 99)] == [0, 0, 1, 1, 2, 2]
    assert nearest([], 1) is None


def test_plotext_is_not_loaded_before_the_first_drawing():
    program = (
        "import sys, gptlab_tui.tui.panes.train.pane; print('plotext' in sys.modules, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


@pytest.mark.parametrize("high", [9.0, 9_999_999.0, 20_500_000.0, 123_456_789.0, 7e9, 3e10, 5e13])
@pytest.mark.parametrize("most", [2, 5, 9])
def test_ticks_of_large_numbers_differ_and_are_what_they_say(high, most):
    found = ticks(Axis(0.0, high), most)
    labels = [label.strip() for _, label in found]
    assert len(set(labels)) == len(labels) <= most
    sizes = {"M": 1e6, "G": 1e9, "T": 1e12}
    for value, label in zip((value for value, _ in found), labels, strict=True):
        size = sizes.get(label[-1], 1.0)
        assert float(label.rstrip("MGT").replace(",", "")) * size == pytest.approx(value)


OTHERS = {
    "curve": {"curves": (Curve("train", [1, 2, 400], [1, 2, 3]),)},
    "range": {"x_range": (100, 200)},
    "log y": {"log_y": True},
    "log x": {"log_x": True},
    "cursor": {"cursor": 120.0},
    "mark": {"marks": (Mark(50, "a"),)},
    "level": {"levels": (Level(9.0, "far above"),)},
}


@pytest.mark.parametrize("change", OTHERS.values(), ids=OTHERS)
def test_what_was_drawn_before_changes_nothing(change):
    """Curves are kept from one drawing to the next, but never those of another one."""
    before, other = draw(chart(cursor=70.0), 60, 14, "braille"), replace(chart(), **change)
    for how in ({}, {"colour": False}):
        for glyphs in ("braille", "block", "ascii"):
            for size in ((60, 14), (60, 13), (40, 14)):
                drawn = draw(other, *size, glyphs, **how, before=before)
                assert drawn.lines == draw(other, *size, glyphs, **how).lines


def test_a_cursor_goes_over_the_same_curves():
    before = draw(chart(cursor=70.0), 60, 14, "braille")
    after = draw(chart(cursor=71.0), 60, 14, "braille", before=before)
    assert after.sketch is before.sketch
    again = draw(chart(cursor=70.0), 60, 14, "braille", before=after)
    assert again.lines == before.lines
