"""Trials of drawing against SciPy, NumPy's own draws and formulas."""

import math
from collections import Counter

import numpy as np
import pytest
import scipy.stats
import torch
from hypothesis import given
from hypothesis import strategies as st

from gptlab_tui.config import SampleConfig
from gptlab_tui.errors import GPTLabError
from gptlab_tui.sampling.draw import draw, draw_many, uniform
from gptlab_tui.sampling.trial import (
    FEWEST,
    Loop,
    always_largest,
    chain_trials,
    entropy_bits,
    fit,
    largest_deviation,
    loop_of,
    next_distribution,
    trials,
)
from gptlab_tui.text.tokenizers import tokenizer_from_json
from tests.small_models import small

FOUR = (0.1, 0.1, 0.3, 0.5)


def test_probabilities_at_a_temperature_are_powers():
    for trial in trials(FOUR, [0.5, 1.0, 2.0], 10):
        powers = [p ** (1 / trial.temperature) for p in FOUR]
        np.testing.assert_allclose(trial.probabilities, np.array(powers) / sum(powers))
        expected = scipy.stats.entropy(trial.probabilities, base=2)
        assert trial.entropy_bits == pytest.approx(expected)
        np.testing.assert_allclose(trial.spread, scipy.stats.binom(10, trial.probabilities).std())


def test_the_limits():
    [zero, low, high] = trials(FOUR, [0, 1e-3, 1e6], 100)
    assert zero.counts.tolist() == low.counts.tolist() == [0, 0, 0, 100]
    assert zero.entropy_bits == zero.drawn_entropy_bits == 0
    assert zero.fit.p == 1
    assert high.entropy_bits == pytest.approx(2)
    assert trials((0.5, 0.5), [0], 10)[0].counts.tolist() == [10, 0]  # of equal ones the first


def test_every_draw_is_the_decoders_own():
    weights = torch.tensor(FOUR, dtype=torch.float64)
    luck = torch.tensor([uniform(3, number, 0) for number in range(500)], dtype=torch.float64)
    expected = draw(weights.expand(500, 4), luck)
    assert torch.equal(draw_many(weights, luck), expected)
    [trial] = trials(FOUR, [1.0], 500, seed=3)
    assert trial.counts.tolist() == [Counter(expected.tolist())[place] for place in range(4)]
    assert trials(FOUR, [1.0], 500, seed=4)[0].counts.tolist() != trial.counts.tolist()


def test_draws_are_as_spread_as_luck_says():
    """Over many seeds z-scores have mean 0 and deviation 1, and the p of the test is even."""
    every = [trials(FOUR, [1.0], 400, seed)[0] for seed in range(150)]
    z = np.array([(trial.counts - trial.expected) / trial.spread for trial in every])
    assert abs(z.mean(axis=0)).max() < 4 / math.sqrt(150)
    assert 0.8 < z.std() < 1.2
    assert scipy.stats.kstest([trial.fit.p for trial in every], "uniform").pvalue > 0.001


@given(st.lists(st.integers(6, 300), min_size=2, max_size=8), st.integers(0, 9))
def test_the_fit_is_that_of_scipy(weights, seed):
    p = np.array(weights) / sum(weights)
    counts = np.random.default_rng(seed).multinomial(2000, p)
    theirs = scipy.stats.chisquare(counts, p * counts.sum())
    if (p * 2000 >= FEWEST).all():
        mine = fit(counts, p)
        assert mine.freedom == len(weights) - 1
        assert mine.chi_square == pytest.approx(theirs.statistic)
        assert mine.p == pytest.approx(theirs.pvalue, rel=1e-6, abs=1e-12)


def test_rare_outcomes_are_put_together():
    p = np.array([0.9, 0.06, 0.002, 0.03, 0.008, 0.0])
    counts = np.array([905, 50, 5, 30, 10, 0])
    theirs = scipy.stats.chisquare([905, 50, 30, 15], [900, 60, 30, 10])  # 0.002, 0.008 and 0 are one
    mine = fit(counts, p)
    assert (mine.chi_square, mine.freedom) == (pytest.approx(theirs.statistic), 3)
    assert fit(np.array([3, 1]), np.array([0.5, 0.5])).freedom == 0


def test_the_entropy_of_what_was_drawn_is_a_little_low():
    missing = [trials([1 / 50] * 50, [1.0], 1000, seed)[0] for seed in range(30)]
    gap = np.mean([trial.entropy_bits - trial.drawn_entropy_bits for trial in missing])
    assert gap == pytest.approx(49 / (2 * 1000 * math.log(2)), rel=0.2)
    assert entropy_bits(np.array([0.5, 0.5, 0.0])) == 1


@pytest.mark.parametrize("wrong", [[], [0.5, 0.4], [1.5, -0.5], [math.nan, 1.0], [math.inf]])
def test_what_is_no_distribution(wrong):
    with pytest.raises(GPTLabError, match="probabilities"):
        trials(wrong, [1.0], 10)


def test_what_cannot_be_drawn():
    for temperature in (-1.0, math.nan, math.inf):
        with pytest.raises(GPTLabError, match="temperature"):
            trials(FOUR, [temperature], 10)
    for draws in (0, 1_000_001):
        with pytest.raises(GPTLabError, match="draws"):
            trials(FOUR, [1.0], draws)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("xyzababab", Loop(3, 2)),
        ("abab", None),
        ("aaa", Loop(0, 1)),
        ("abcabcabcab", Loop(0, 3)),
        ("ab" * 5 + "c", None),
        ("", None),
    ],
)
def test_loops(text, expected):
    assert loop_of([ord(letter) for letter in text]) == expected


@given(st.lists(st.integers(0, 2), max_size=40))
def test_loops_by_trying_everything(ids):
    found = None
    for period in range(1, len(ids) // 3 + 1):
        begins = next(
            at
            for at in range(len(ids))
            if all(ids[i] == ids[i - period] for i in range(at + period, len(ids)))
        )
        if len(ids) - begins >= 3 * period:
            found = Loop(begins, period)
            break
    assert loop_of(ids) == found


@pytest.fixture
def opened():
    return small(n_layer=1, positions="rope")


def test_the_models_own_distribution(opened):
    ids = opened.tokenizer.encode("o rato e o mar").tolist()
    with torch.no_grad():
        logits = opened.model(torch.tensor([ids[-8:]]))[0, -1].numpy().astype(np.float64)
    raised = np.exp(logits - logits.max())
    np.testing.assert_allclose(next_distribution(opened, ids), raised / raised.sum(), rtol=1e-5)
    with pytest.raises(GPTLabError, match="no text"):
        next_distribution(opened, [])


def test_the_largest_is_taken_until_it_loops(opened):
    ids = opened.tokenizer.encode("rato").tolist()
    written, loop = always_largest(opened, ids, 3)
    assert len(written) == 3
    assert written[0] == int(next_distribution(opened, ids).argmax())
    written, loop = always_largest(opened, ids, 5000)
    assert loop is not None  # ten letters and a short context: it must
    assert len(written) < 5000
    assert len(written) - loop.begins >= 8 + loop.period
    longer = always_largest(opened, ids, len(written))[0]
    assert longer == written


def test_through_a_chain_the_temperature_acts_in_its_place():
    letters = tokenizer_from_json({"kind": "char", "characters": "abcd"})
    logits = torch.log(torch.tensor(FOUR))
    own = SampleConfig(temperature=0.7)
    for plain, chained in zip(
        trials(FOUR, [0, 0.5, 2], 300, seed=2),
        chain_trials(logits, [0], own, letters, [0, 0.5, 2], 300, seed=2),
        strict=True,
    ):
        np.testing.assert_allclose(chained.probabilities, plain.probabilities, atol=1e-6)
        assert chained.counts.tolist() == plain.counts.tolist()
        assert chained.temperature == plain.temperature
    knobs = SampleConfig(top_k=2, repetition_penalty=4.0)  # after d, which had the half
    [trial] = chain_trials(logits, [3], knobs, letters, [1.0], 100)
    left = np.array([0.1, 0.1, 0.3, 0.5**4])
    np.testing.assert_allclose(trial.probabilities, np.where(left >= 0.1, left, 0) / 0.5, atol=1e-6)


def test_the_largest_deviation_and_its_usual_size():
    [trial] = trials(FOUR, [1.0], 400, seed=1)
    far = largest_deviation(trial)
    sizes = [
        (count - 400 * p) / math.sqrt(400 * p * (1 - p)) for count, p in zip(trial.counts, FOUR, strict=True)
    ]
    assert far.size == pytest.approx(max(sizes, key=abs))
    assert sizes[far.outcome] == pytest.approx(far.size)
    below = 2 * scipy.stats.norm.cdf(far.usual) - 1
    assert below**4 == pytest.approx(0.5)
    assert largest_deviation(trials(FOUR, [0], 400)[0]) is None
