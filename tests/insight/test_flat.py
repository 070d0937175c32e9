"""The picture in two dimensions, against scikit-learn's own classes and against brute force."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE

from gptlab_tui.errors import GPTLabError
from gptlab_tui.insight import flat
from gptlab_tui.insight.flat import laid_over, principal_plane, settle, settled, unit


def groups(size=60, width=16):
    """Vectors of two kinds."""
    vectors = np.random.default_rng(3).standard_normal((size, width)).astype(np.float32)
    vectors[: size // 3] += 2
    return vectors


def test_the_plane_is_that_of_scikit_learn():
    vectors = groups()
    theirs = PCA(2).fit(vectors)
    plane = principal_plane(vectors)
    np.testing.assert_allclose(plane.shares, theirs.explained_variance_ratio_, rtol=1e-4)
    np.testing.assert_allclose(np.abs(plane.axes), np.abs(theirs.components_), atol=1e-4)
    np.testing.assert_allclose(np.abs(plane.points(vectors)), np.abs(theirs.transform(vectors)), atol=1e-3)
    largest = np.abs(plane.axes).argmax(axis=1)
    assert (plane.axes[[0, 1], largest] > 0).all()


def test_the_plane_of_what_has_one_dimension_or_none():
    assert principal_plane(np.arange(4.0)[:, None]).shares == (1.0, 0.0)
    assert principal_plane(np.ones((4, 3))).shares == (0.0, 0.0)


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("iterations", [250, 400, 1000])
def test_it_settles_where_scikit_learn_does(monkeypatch, exact, iterations):
    vectors = groups()
    monkeypatch.setattr(flat, "EXACT", 1000 if exact else 10)
    last = settled(vectors, iterations=iterations, perplexity=12)
    theirs = TSNE(
        method="exact" if exact else "barnes_hut",
        init=flat._first(vectors),
        perplexity=12,
        max_iter=iterations,
        random_state=0,
    )
    np.testing.assert_allclose(last.points, theirs.fit_transform(vectors), atol=1e-3)
    assert last.settled
    if iterations > 250:
        assert last.divergence == pytest.approx(theirs.kl_divergence_, rel=1e-4)


def test_it_is_shown_on_its_way_and_can_be_stopped():
    seen = list(settle(groups(), iterations=400, chunk=20))
    assert [one.iteration for one in seen] == list(range(20, 401, 20))
    assert [one.settled for one in seen] == [False] * 19 + [True]
    assert np.isnan(seen[0].divergence)
    assert seen[-1].divergence < seen[13].divergence
    np.testing.assert_array_equal(seen[-1].points, settled(groups(), iterations=400).points)
    count = 0

    def stopped():
        nonlocal count
        count += 1
        return count == 3

    cut = list(settle(groups(), chunk=20, stopped=stopped))
    assert [one.iteration for one in cut] == [20, 40, 60]
    assert cut[-1].settled


def test_a_picture_that_has_settled_hardly_moves_on():
    vectors = unit(groups())
    there = settled(vectors).points
    again = settled(vectors, there, iterations=250).points
    assert np.linalg.norm(again - there, axis=1).mean() < 0.02 * there.std()


def test_too_few_points():
    with pytest.raises(GPTLabError, match="too few"):
        settled(groups()[:4])
    assert settled(groups()[:5]).points.shape == (5, 2)


def test_vectors_of_length_one():
    vectors = np.array([[3.0, 4.0], [0.0, 0.0], [0.0, -2.0]])
    np.testing.assert_allclose(unit(vectors), [[0.6, 0.8], [0, 0], [0, -1]])


def test_laying_over_undoes_a_rigid_movement_and_does_not_stretch():
    generator = np.random.default_rng(1)
    points = generator.standard_normal((20, 2))
    turned = points @ np.array([[0.8, -0.6], [-0.6, -0.8]]) + [5, -3]  # with a mirror
    np.testing.assert_allclose(laid_over(turned, points), points, atol=1e-12)
    np.testing.assert_allclose(laid_over(3 * points, points).std(), 3 * points.std(), rtol=0.01)


def test_no_other_rotation_is_closer():
    generator = np.random.default_rng(2)
    points, goal = generator.standard_normal((2, 15, 2))
    best = np.linalg.norm(laid_over(points, goal) - goal)
    centred, aim = points - points.mean(axis=0), goal - goal.mean(axis=0)
    tried = []
    for angle in np.linspace(0, 2 * np.pi, 721):
        cos, sin = np.cos(angle), np.sin(angle)
        for mirror in (1, -1):
            tried.append(
                np.linalg.norm(centred @ np.array([[cos, sin], [-sin * mirror, cos * mirror]]) - aim)
            )
    assert best <= min(tried) <= best * 1.001
