"""Motion over snapshots: what is told against loops, and that the method itself stands still."""

import math
import tracemalloc
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from sklearn.metrics import silhouette_score

from gptlab_tui.errors import GPTLabError
from gptlab_tui.insight.embeddings import embedding_at_start
from gptlab_tui.insight.flat import laid_over, settled, unit
from gptlab_tui.insight.motion import (
    embeddings_over_time,
    group_places,
    jitter,
    jittering,
    lay_out,
    measure,
    measuring,
    moved,
)
from gptlab_tui.insight.weights import gradients_by_snapshot, norms_over_training
from gptlab_tui.model.open_run import open_model
from tests.damage import damage
from tests.embedded_runs import moving_run

STEPS = (0, 100, 200, 300)


@pytest.fixture
def opened(home):
    return open_model(moving_run(home, "one", steps=STEPS))


def cosine(a, b):
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


def test_what_is_measured_by_loops(opened):
    found = embeddings_over_time(opened, "positions")
    motion = measure(found, group_places(opened, "positions", ["12-14"]))
    assert motion.steps == STEPS
    assert measure(found, {"alone": (3,)}).groups == {}
    near = []
    for one in found:
        rows = []
        for i, vector in enumerate(one.vectors):
            order = sorted((-cosine(vector, other), j) for j, other in enumerate(one.vectors) if j != i)
            rows.append({j for _, j in order[:5]})
        near.append(rows)
    for step in range(1, 4):
        now, before = found[step].vectors, found[step - 1].vectors
        expected = [1 - cosine(a, b) for a, b in zip(now, before, strict=True)]
        np.testing.assert_allclose(motion.drift[step], expected, atol=1e-5)
        kept = np.mean([len(a & b) / 5 for a, b in zip(near[step], near[step - 1], strict=True)])
        assert motion.new_neighbours[step] == pytest.approx(1 - kept)
        final = np.mean([len(a & b) / 5 for a, b in zip(near[step], near[-1], strict=True)])
        assert motion.final_neighbours[step] == pytest.approx(final)
        pairs = [cosine(now[i], now[j]) for i, j in ((12, 13), (12, 14), (13, 14))]
        assert motion.groups["12-14"][step] == pytest.approx(np.mean(pairs), abs=1e-5)
    assert motion.drift[0] == pytest.approx(0, abs=1e-6)
    assert motion.new_neighbours[0] == 0


def test_each_step_by_itself_by_loops(opened):
    found = embeddings_over_time(opened, "positions")
    motion = measure(found)
    for step, one in enumerate(found):
        vectors = one.vectors.astype(float)
        way = [1 - cosine(a, b) for a, b in zip(vectors, found[0].vectors, strict=True)]
        np.testing.assert_allclose(motion.travelled[step], way, atol=1e-5)
        assert motion.lengths[step] == pytest.approx(np.mean([math.dist(a, a * 0) for a in vectors]))
        pairs = [cosine(a, b) for a, b in combinations(vectors, 2)]
        assert motion.everybody[step] == pytest.approx(np.mean(pairs), abs=1e-6)
        assert motion.silhouettes[step] == pytest.approx(
            silhouette_score(vectors, one.classes, metric="cosine"), abs=1e-6
        )


def test_what_is_kept_of_a_step_is_little(opened):
    """Of more steps it needs no more tables of all pairs."""
    vectors = np.random.default_rng(5).standard_normal((12, 400, 4)).astype(np.float32)
    [first, *_] = embeddings_over_time(opened)
    labels = tuple(str(place % 3) for place in range(400))
    found = [replace(first, names=labels, classes=labels, vectors=one) for one in vectors]

    def peak(steps):
        tracemalloc.start()
        try:
            measure(found[:steps])
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    measure(found[:2])  # what is imported on the way does not count
    assert peak(12) < peak(2) + 2 * 400 * 400 * 8  # bytes: two tables


def test_it_is_measured_a_step_at_a_time(opened):
    found = embeddings_over_time(opened)
    assert len(list(measuring(found))) == len(found)
    last = found[-1].vectors
    turns = len(list(jittering(last, lay_out(found, "pca").points[-1])))
    assert turns > 2  # and t-SNE some iterations at a time


def test_how_far_points_moved_by_hand():
    points = np.random.default_rng(5).standard_normal((30, 2))
    centre = points.mean(axis=0)
    radii = [math.dist(point, centre) for point in points]
    spread = math.sqrt(np.mean(np.square(radii)))
    turned = 2 * centre - points  # half a turn takes each to the other side
    found = moved([points + np.array([3, 4]), points, turned])
    np.testing.assert_allclose(found, [0, 5 / spread, 2 * np.mean(radii) / spread])


def test_the_frames_tell_how_far_they_moved(opened):
    frames = lay_out(embeddings_over_time(opened), "pca")
    last = frames.points[-1]
    spread = math.sqrt(np.mean([math.dist(point, last.mean(axis=0)) ** 2 for point in last]))
    for step in range(1, 4):
        ways = [math.dist(*two) for two in zip(frames.points[step], frames.points[step - 1], strict=True)]
        assert frames.moved[step] == pytest.approx(np.mean(ways) / spread)


def test_t_sne_moves_what_is_not_at_its_goal(opened):
    """A picture that was shaken goes back; by about as much as it was shaken."""
    last = embeddings_over_time(opened)[-1].vectors
    goal = settled(unit(last)).points
    shaken = goal + np.random.default_rng(5).standard_normal(goal.shape) * goal.std() / 5
    [again] = moved([goal, laid_over(shaken, goal)])[1:]
    assert jitter(last, goal) < 0.02 < again / 2 < jitter(last, shaken) < 2 * again


@pytest.mark.parametrize("method", ["tsne", "pca"])
def test_where_the_model_stands_still_so_do_the_frames(opened, method):
    last = embeddings_over_time(opened)[-1]
    frames = lay_out([last, replace(last, step=400), replace(last, step=500)], method)
    assert frames.moved[1:].max() < 0.02
    assert frames.jitter < 0.02


def test_pca_shows_all_steps_from_one_side(opened):
    found = embeddings_over_time(opened, "positions")
    frames = lay_out(found, "pca")
    change = frames.points[1] - frames.points[0]
    vectors = found[1].vectors - found[0].vectors
    axes, *_ = np.linalg.lstsq(vectors, change, rcond=None)  # one linear map takes every change to its shadow
    np.testing.assert_allclose(
        frames.points[3] - frames.points[2], (found[3].vectors - found[2].vectors) @ axes, atol=1e-3
    )


def test_frames_are_laid_over_one_another(opened):
    """No turn, mirror or shift of a frame brings it nearer to the one before."""
    frames = lay_out(embeddings_over_time(opened))
    assert frames.points.shape == (4, 25, 2)
    for now, before in zip(frames.points[1:], frames.points, strict=False):
        np.testing.assert_allclose(now.mean(axis=0), before.mean(axis=0), atol=1e-3)
        product = (now - now.mean(axis=0)).T @ (before - before.mean(axis=0))
        np.testing.assert_allclose(product, product.T, rtol=1e-3, atol=1e-2 * np.abs(product).max())
        assert np.linalg.eigvalsh((product + product.T) / 2).min() >= -1e-6


def test_it_tells_how_far_it_is_and_can_be_stopped(opened):
    told = []
    found = embeddings_over_time(opened, tell=lambda done, of: told.append((done, of)))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    told.clear()
    frames = lay_out(found, tell=lambda done, of: told.append((done, of)), stopped=lambda: len(told) == 2)
    assert len(frames.points) == len(told) == 2


def test_what_cannot_move(home):
    with pytest.raises(GPTLabError, match="one step only"):
        embeddings_over_time(open_model(moving_run(home, "still", steps=(200,))))
    with pytest.raises(GPTLabError, match="never move"):
        embeddings_over_time(open_model(moving_run(home, "waves", positions="sinusoidal")), "positions")
    with pytest.raises(GPTLabError, match="no position embedding"):
        embeddings_over_time(open_model(moving_run(home, "rope", positions="rope")), "positions")


def test_only_steps_up_to_the_open_one(opened):
    early = open_model(opened.run, 100)
    assert [one.step for one in embeddings_over_time(early)] == [0, 100]


def test_a_step_that_cannot_be_read_is_left_out_and_named(home):
    run = moving_run(home, "cut", steps=(0, 100, 200, 300))
    opened = open_model(run)
    whole = embeddings_over_time(opened)
    run.snapshot(100).write_bytes(b"no weights")
    damage(run.snapshot(0))
    told = []
    found = embeddings_over_time(opened, passed_over=lambda step, why: told.append((step, why)))
    assert [one.step for one in found] == [200, 300]
    np.testing.assert_array_equal(found[0].vectors, whole[2].vectors)
    assert [step for step, _ in told] == [0, 100]
    assert "not finite" in told[0][1]
    assert "cannot be read" in told[1][1]
    assert embedding_at_start(opened).origin == "drawn anew from seed 7"
    run.snapshot(200).write_bytes(b"no weights")
    with pytest.raises(GPTLabError, match="cannot be read") as error:
        embeddings_over_time(opened)
    assert "another step" in error.value.hint


def test_norms_are_of_the_snapshots_that_can_be_read(home):
    run = moving_run(home, "cut")
    whole = norms_over_training(run)
    run.snapshot(100).write_bytes(b"no weights")
    told = []
    found = norms_over_training(run, passed_over=lambda step, why: told.append(step))
    assert (found.steps, told) == ((0, 200), [100])
    assert found.norms["wte.weight"].tolist() == whole.norms["wte.weight"][::2].tolist()
    gradients = filter(None, gradients_by_snapshot(run, np.arange(25)))  # None: a turn
    assert list(dict(gradients)) == [0, 200]
