"""Motion over snapshots: what is told against loops, and that the method itself stands still."""

from dataclasses import replace

import numpy as np
import pytest

from gptlab_tui.errors import GPTLabError
from gptlab_tui.insight.motion import embeddings_over_time, group_places, lay_out, measure
from gptlab_tui.model.open_run import open_model
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
    np.testing.assert_allclose(motion.travelled[1], motion.drift[1], atol=1e-6)
    assert motion.drift[0] == pytest.approx(0, abs=1e-6)


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
