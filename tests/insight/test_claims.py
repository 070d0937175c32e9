"""The numbers beside a picture, against scikit-learn, loops and closed formulas."""

import math

import numpy as np
import pytest
from sklearn.metrics import silhouette_score

from gptlab_tui.insight.claims import (
    DEALS,
    DEAR_DEALS,
    NEAR,
    by_chance,
    class_claims,
    cosines,
    distances,
    nearest,
    order_claims,
    silhouette,
    told_by_distance,
)
from gptlab_tui.insight.classes import (
    CHARACTER_CLASSES,
    SUBWORD_CLASSES,
    class_of,
    numbered,
    position_classes,
)
from gptlab_tui.insight.flat import principal_plane

GENERATOR = np.random.default_rng(5)
VECTORS = GENERATOR.standard_normal((40, 6))
LABELS = GENERATOR.integers(0, 4, 40)


def found(claims):
    return {(claim.name, claim.where): claim for claim in claims}


def test_distances_and_cosines_written_out():
    table, apart = cosines(VECTORS), distances(VECTORS)
    for i in range(5):
        for j in range(5):
            a, b = VECTORS[i], VECTORS[j]
            assert table[i, j] == pytest.approx(a @ b / math.sqrt((a @ a) * (b @ b)))
            assert apart[i, j] == pytest.approx(math.dist(a, b), abs=1e-6)


def test_nearest_leaves_itself_out():
    apart = distances(VECTORS)
    for row, near in enumerate(nearest(apart, 3)):
        others = sorted((apart[row, other], other) for other in range(40) if other != row)
        assert near.tolist() == [other for _, other in others[:3]]
    assert nearest(apart[:3, :3], 9).shape == (3, 2)


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_silhouette_is_that_of_scikit_learn(metric):
    apart = distances(VECTORS) if metric == "euclidean" else 1 - cosines(VECTORS)
    labels = LABELS.copy()
    labels[0] = 4  # one that is alone
    assert silhouette(apart, labels) == pytest.approx(silhouette_score(VECTORS, labels, metric=metric))
    assert math.isnan(silhouette(apart, np.zeros(40, int)))


def test_likeness_that_only_distance_tells():
    lags = np.abs(np.subtract.outer(np.arange(12), np.arange(12)))
    assert told_by_distance(np.cos(lags)) == pytest.approx(1)
    table = cosines(GENERATOR.standard_normal((12, 30)))
    mean = np.mean([table[i, j] for i in range(12) for j in range(i)])
    left = total = 0.0
    for lag in range(1, 12):
        row = [table[i, i + lag] for i in range(12 - lag)]
        left += sum((value - np.mean(row)) ** 2 for value in row)
        total += sum((value - mean) ** 2 for value in row)
    assert told_by_distance(table) == pytest.approx(1 - left / total)


def test_chance_is_what_the_formulas_say():
    picture = GENERATOR.standard_normal((40, 2))
    classes = found(class_claims(VECTORS, picture, [str(label) for label in LABELS]))
    sizes = np.bincount(LABELS)
    for where in ("space", "picture"):
        claim = classes["same_class", where]
        assert claim.chance.mean == pytest.approx((sizes * (sizes - 1)).sum() / (40 * 39), abs=0.03)
        assert claim.chance.low <= claim.chance.mean <= claim.chance.high
    order = found(order_claims(VECTORS, picture))
    assert order["adjacent", "space"].chance.mean == pytest.approx(2 / 40, abs=0.02)
    assert order["kept", "picture"].chance.mean == pytest.approx(NEAR / 39, abs=0.03)


def test_the_deals_are_the_same_ones_and_p_counts_them():
    deals = []

    def first(order):
        deals.append(float(order[0]))
        return deals[-1]

    found = by_chance(30.0, first, 40)
    again = by_chance(30.0, first, 40)
    assert found == again
    assert len(deals) == 2 * DEALS
    mine = deals[:DEALS]
    assert found.p == (1 + sum(value >= 30 for value in mine)) / (1 + DEALS)
    assert (found.mean, found.low, found.high) == (np.mean(mine), *np.quantile(mine, [0.05, 0.95]))
    assert by_chance(39.5, first, 40).p == 1 / (1 + DEALS)  # what was found counts as a deal
    assert by_chance(math.nan, first, 40).p == 1


@pytest.mark.parametrize("size", [40, 600])
def test_enough_is_dealt_to_tell_what_is_rare(size):
    """What is there beyond doubt is as rare as the deals can say, which is rarer than 1 in 100."""
    labels = np.arange(size) % 4
    vectors = np.random.default_rng(6).standard_normal((size, 6)) + 9 * np.eye(6)[labels]
    for one in class_claims(vectors, vectors[:, :2] + vectors[:, 2:4], labels.astype(str)):
        if one.where == "space" or one.name == "kept":
            assert one.chance.p in (1 / (1 + DEALS), 1 / (1 + DEAR_DEALS))
            assert one.chance.p < 0.01
            assert one.holds


def test_what_is_not_there_holds_no_more_than_five_times_in_a_hundred():
    held = 0
    for seed in range(60):
        generator = np.random.default_rng(seed)
        vectors = generator.standard_normal((30, 6))
        labels = generator.integers(0, 3, 30).astype(str)
        held += sum(one.holds for one in class_claims(vectors, vectors[:, :2], labels) if one.name != "kept")
    assert 0 < held <= 21  # of 240, where 12 are to be expected


def test_kept_neighbours_by_a_loop():
    picture = GENERATOR.standard_normal((40, 2))
    true, seen = nearest(1 - cosines(VECTORS), NEAR), nearest(distances(picture), NEAR)
    shares = [len(set(true[i].tolist()) & set(seen[i].tolist())) / NEAR for i in range(40)]
    assert found(order_claims(VECTORS, picture))["kept", "picture"].value == pytest.approx(np.mean(shares))


def test_what_is_there_holds_and_what_is_not_does_not():
    apart = VECTORS.copy()
    apart[:, 0] += 20 * np.cos(LABELS * np.pi / 2)
    apart[:, 1] += 20 * np.sin(LABELS * np.pi / 2)
    true = found(class_claims(apart, apart[:, :2], LABELS.astype(str)))
    assert all(claim.holds for claim in true.values())
    assert true["same_class", "space"].value == 1
    false = found(class_claims(VECTORS, apart[:, :2], LABELS.astype(str)))  # a picture of something else
    assert false["silhouette", "picture"].holds
    assert not false["silhouette", "space"].holds


def test_a_curve_is_a_curve():
    angles = np.linspace(0, np.pi, 30)
    curve = np.stack((np.cos(angles), np.sin(angles)), axis=1)
    claims = found(order_claims(curve, principal_plane(curve).points(curve)))
    assert claims["adjacent", "space"].value == claims["adjacent", "picture"].value == 1
    assert claims["by_distance", "space"].value == pytest.approx(1)
    mixed = GENERATOR.permutation(30)
    claims = found(order_claims(curve[mixed], curve[mixed]))
    assert claims["adjacent", "space"].value < 0.3
    assert claims["kept", "picture"].value > 0.8


def test_one_class_makes_no_claim_of_classes():
    assert [claim.name for claim in class_claims(VECTORS, VECTORS[:, :2], ["all"] * 40)] == ["kept"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *[(letter, "vowel") for letter in "aeiou"],
        *[("y", "consonant"), ("ç", "accented"), ("ã", "accented"), ("É", "capital"), ("7", "digit")],
        *[("\n", "blank"), ("—", "punctuation"), ("$", "punctuation"), ("ж", "other"), ("ª", "other")],
    ],
)
def test_classes_of_characters(text, expected):
    assert class_of(text.encode(), subword=False) == expected
    assert expected in CHARACTER_CLASSES


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        (b" casa", "word start"),
        (b"mente", "continuation"),
        (b" 1839", "number"),
        (b"...", "punctuation"),
        (b"\n\n", "blank"),
        (b"\xc3", "part"),
        (b"", "other"),
    ],
)
def test_classes_of_subwords(token, expected):
    assert class_of(token, subword=True) == expected
    assert expected in SUBWORD_CLASSES


def test_quarters_and_numbers():
    assert [place[0] for place in position_classes(8)] == list("ffssttll")
    assert numbered(["b", "a", "b"]) == [0, 1, 0]
