"""Statistics, histogram and ranks of one tensor, by hand and against NumPy's singular values."""

import math

import numpy as np
import pytest

from gptlab_tui.insight.numbers import histogram, rank_of, statistics


def test_statistics_by_hand():
    found = statistics(np.array([[1.0, -2.0], [4.0, 5.0]], dtype=np.float32))
    assert (found.count, found.mean, found.minimum, found.maximum) == (4, 2.0, -2.0, 5.0)
    assert found.deviation == pytest.approx(math.sqrt((1 + 16 + 4 + 9) / 4))
    assert found.norm == pytest.approx(math.sqrt(1 + 4 + 16 + 25))
    edges, counts = histogram(np.array([0.0, 0.1, 0.9, 1.0, -math.inf]), 2)
    assert (edges.tolist(), counts.tolist()) == ([0.0, 0.5, 1.0], [2, 2])


def test_near_zero_is_within_a_tenth_of_the_deviation():
    values = np.array([0.0, 0.05, -0.05, 1.0, -1.0, 0.2, 3.0, -3.2])
    within = np.abs(values) <= values.std() / 10
    assert statistics(values).near_zero == within.mean() == 3 / 8
    assert statistics(np.zeros(4)).near_zero == 1.0


@pytest.mark.parametrize("shape", [(30, 7), (7, 30), (12, 12)])
def test_ranks_are_those_of_the_singular_values(shape):
    generator = np.random.default_rng(3)
    matrix = (generator.normal(size=(shape[0], 5)) @ generator.normal(size=(5, shape[1]))).astype(np.float32)
    found = rank_of(matrix)
    singular = np.linalg.svd(matrix.astype(np.float64), compute_uv=False)
    assert found.rank == np.linalg.matrix_rank(matrix) == 5
    assert found.stable == pytest.approx((singular**2).sum() / singular[0] ** 2)


@pytest.mark.parametrize("shape", [(64, 107), (200, 80)])
def test_rounding_to_half_precision_adds_no_directions(shape):
    generator = np.random.default_rng(3)
    matrix = generator.normal(size=(shape[0], 5)) @ generator.normal(size=(5, shape[1]))
    half = matrix.astype(np.float16).astype(np.float32)
    epsilon = float(np.finfo(np.float16).eps)
    assert rank_of(matrix.astype(np.float32)).rank == 5
    assert rank_of(half).rank > 5  # what single precision would call directions
    assert rank_of(half, epsilon).rank == 5
    whole = generator.normal(size=shape).astype(np.float16).astype(np.float32)
    assert rank_of(whole, epsilon).rank == min(shape)


def test_what_has_no_rank():
    assert rank_of(np.ones(4)) is None
    assert rank_of(np.ones((1, 4))) is None
    assert rank_of(np.zeros((4, 4))) is None
    assert rank_of(np.array([[1.0, math.inf], [0.0, 1.0]])) is None
