"""What the pane Model draws and tells, from the model process's own answers, without a screen."""

from dataclasses import replace

import numpy as np
import pytest

from gptlab_tui.insight.weights import norms_by_snapshot
from gptlab_tui.render.heat import text
from gptlab_tui.serving.desk import Desk
from gptlab_tui.serving.job import Job
from gptlab_tui.serving.protocol import pack, unpack
from gptlab_tui.tui.panes.model import explain, walk_told, weights_told
from gptlab_tui.tui.panes.model.tree import above, lines, rows_of, tree_of
from gptlab_tui.tui.panes.model.walked import seen_of, steps_of
from gptlab_tui.tui.panes.model.weighed import Past, past_of, weight_of

TEXT = "A figura é"
SIZES = [(8, 2), (40, 6), (92, 24)]


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    from gptlab_tui.home import Home

    handlers = Desk(Home(tmp_path_factory.mktemp("home"))).handlers()

    def go(do, **arguments):
        job = Job(1, {"do": do, "run": "contos", **arguments})
        return [unpack(pack(answer)) for answer in handlers[do](job) if answer is not None]

    return go


@pytest.fixture(scope="module")
def tree(ask):
    return tree_of(ask("model_tree")[-1])


def test_the_tree_folds(tree):
    shut = rows_of(tree, ())
    assert [row.node.name for row in shut] == ["whole model", "transformer", "lm_head"]
    assert [row.is_open for row in shut] == [None, False, None]
    path = "h.0.attn.c_attn.weight"
    assert above(path, tree) == ["", "transformer", "h", "h.0", "h.0.attn"]
    rows = rows_of(tree, above(path, tree))
    [row] = [row for row in rows if row.node.path == path]
    assert (row.node.name, row.node.shape, row.depth) == ("c_attn", (192, 64), 4)
    leaves = [node for node in tree.root.walk() if node.shape is not None]
    assert sum(node.parameters for node in leaves) == tree.parameters == 206_400


@pytest.mark.parametrize("way", ["grey", "ascii"])
def test_the_lines_of_the_tree_are_columns(tree, way):
    rows = rows_of(tree, ("transformer", "h", "h.0", "h.0.attn", "h.0.mlp"))
    for width in (20, 40, 50, 90):
        told = lines(rows, tree, way, width)
        assert all(len(line) <= max(width, 31) for line in told)
        if width >= 40:
            ends = {
                line.index(size) + len(size) for line in told for size in ("192x64", "64x244") if size in line
            }
            assert len(ends) == 1
    assert "12.3k" in next(line for line in told if "c_attn" in line)
    assert "5.95%" in next(line for line in told if "c_attn" in line)


@pytest.mark.parametrize("way", ["colour", "grey", "ascii"])
def test_every_node_is_drawn_and_told(ask, tree, way):
    past = past_of(ask("model_past")[-1])
    for node in tree.root.walk():
        if node.path.startswith(("h.1", "h.2", "h.3")):
            continue
        weight = None
        if node.tensor:
            weight = weight_of(ask("model_weight", name=node.tensor, rows=40, columns=60)[0])
        about = weights_told.About(tree, node, weight, past, "no text")
        for width, height in SIZES:
            rows = weights_told.picture(about, way, width, height).rows
            assert len(rows) <= height
            if weight is not None or width > 40:
                assert all(len(row) <= width for row in rows)
            if width >= 40:
                assert rows
            told = weights_told.histogram_lines(weight, way, width, height)
            assert all(len(line) <= width for line in told)
        numbers = weights_told.number_lines(about, 33)
        assert all(len(line) <= 33 for line in numbers), numbers
        assert len(numbers) <= 7
        shown = weights_told.past_lines(about, way, 26)
        assert all(len(line) <= 26 for line in shown), shown
        if way == "ascii":
            assert text(rows).isascii()
            assert "\n".join(shown).isascii()


def test_how_far_a_measurement_is_counts_snapshots(ask, monkeypatch):
    monkeypatch.setattr(
        "gptlab_tui.serving.weighing.gradients_by_snapshot",
        lambda run, ids, **_: (one for snapshot in norms_by_snapshot(run) for one in (None, snapshot)),
    )
    *told, past = ask("model_past", gradients=True)
    count = len(past["steps"])
    assert [(one["of"], one["done"], one["count"]) for one in told] == [
        (of, done, count) for of in ("norms", "gradients") for done in range(1, count + 1)
    ]


def test_measured_gradients_outlast_a_later_answer(tree):
    name = "wte.weight"
    measured = Past("contos", (0, 10, 20), {name: (1.0, 2.0, 3.0)}, {name: (4.0, 5.0, 6.0)}, (None,) * 3)
    later = Past("contos", (0, 20, 30), {name: (1.0, 3.0, 3.5)}, {}, (None, 0.5, 0.6))
    both = later.after(measured)
    assert both.norms == later.norms
    assert both.whole == later.whole
    np.testing.assert_array_equal(both.gradients[name], (4.0, 6.0, np.nan))
    assert measured.after(both) is measured
    assert replace(later, run="another").after(measured).gradients == {}
    assert later.after(later) == later
    about = weights_told.About(tree, tree.node(name), None, both, None)
    shown = weights_told.past_lines(about, "ascii", 30)
    assert shown[2].split() == ["its", "gradient", "-"]
    assert ("its gradient", "4 at step 0, 6 at step 20") in explain.of_past(about).numbers


@pytest.mark.parametrize("way", ["colour", "grey", "ascii"])
def test_every_step_is_drawn_and_told(ask, way):
    steps = steps_of(ask("walk", prompt=TEXT, layer=1)[0])
    for place, step in enumerate(steps.steps):
        where, name = steps.key(place)
        [answer] = ask("walk", prompt=TEXT, layer=1, where=where, name=name, steps=False, rows=30, columns=50)
        seen = seen_of(answer)
        assert seen.place == steps.find((where, name)) == place
        for width, height in SIZES:
            rows = walk_told.picture(steps, seen, way, width, height).rows
            assert len(rows) <= height
            assert all(len(row) <= width for row in rows)
            assert rows or width < 40
        told = walk_told.row_lines(steps, seen, way, 38, 4)
        assert 0 < len(told) <= 4
        assert all(len(line) <= 38 for line in told), told
        if way == "ascii":
            drawn = text(rows).replace("é", "e")
            assert drawn.isascii(), name
        assert walk_told.which(steps, seen, way).startswith("`é`")


def test_a_row_says_how_many_numbers_follow():
    told = walk_told.grid_lines([0.5] * 64, 64, 38, 2)
    shown = sum(line.count("0.5") for line in told)
    assert told[-1].endswith(f"and {64 - shown} more")
    assert walk_told.grid_lines([1.0, 2.0], 2, 38, 2)[0].split() == ["0", "1", "2"]
