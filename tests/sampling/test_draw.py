"""The luck is a function of where it is used, and the draws follow the distribution."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gptlab_tui.sampling.draw import draw, uniform

PLACES = [(seed, sample, position) for seed in (0, 1, 1337) for sample in range(8) for position in range(64)]


def test_the_mixing_function_is_splitmix64():
    # First outputs of the published generator from the state 1234567.
    from gptlab_tui.sampling.draw import _MASK, _mix

    states = [(1234567 + 0x9E3779B97F4A7C15 * step) & _MASK for step in range(3)]
    assert [_mix(state) for state in states] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
    ]


def test_every_place_has_a_luck_of_its_own():
    assert len({uniform(*place) for place in PLACES}) == len(PLACES)


@given(st.integers(0, 2**63 - 1), st.integers(0, 1 << 40), st.integers(0, 1 << 40))
def test_luck_is_a_multiple_of_2_to_the_minus_53_below_one(seed, sample, position):
    luck = uniform(seed, sample, position)
    assert 0.0 <= luck < 1.0
    assert (luck * 2**53).is_integer()


@pytest.mark.parametrize(
    "place",
    [lambda i: (i, 0, 0), lambda i: (7, i, 0), lambda i: (7, 0, i), lambda i: (i, i, i)],
    ids=["seed", "sample", "position", "all"],
)
def test_luck_is_even_and_neighbours_are_independent(place):
    draws = torch.tensor([uniform(*place(i)) for i in range(20_000)], dtype=torch.float64)
    counts = torch.histc(draws, bins=50, min=0, max=1)
    chi_square = float(((counts - 400) ** 2 / 400).sum())
    assert chi_square < 85  # 49 degrees of freedom: exceeded once in a thousand
    between = torch.corrcoef(torch.stack((draws[:-1], draws[1:])))[0, 1]
    assert abs(float(between)) < 4 / math.sqrt(20_000)


def test_draws_follow_the_distribution():
    share = torch.tensor([0.1, 0.1, 0.3, 0.5, 0.0], dtype=torch.float64)
    n = 20_000
    luck = torch.tensor([uniform(1, 0, place) for place in range(n)], dtype=torch.float64)
    counts = draw(share.expand(n, 5), luck).bincount(minlength=5)
    assert counts[4] == 0
    expected = n * share[:4]
    assert float(((counts[:4] - expected) ** 2 / expected).sum()) < 16.3  # 3 degrees, once in a thousand


weights = st.lists(
    st.one_of(st.just(0.0), st.floats(1e-12, 1.0), st.floats(1e-300, 1e-290)), min_size=1, max_size=12
).filter(any)


@given(weights, st.integers(0, 2**53 - 1))
def test_the_token_is_the_first_whose_cumulated_weight_exceeds_the_luck(values, numerator):
    luck = numerator * 2.0**-53
    token = int(draw(torch.tensor([values], dtype=torch.float64), torch.tensor([luck], dtype=torch.float64)))
    assert 0 <= token < len(values)
    assert values[token] > 0
    reached = torch.tensor(values, dtype=torch.float64).cumsum(0).tolist()
    assert reached[token] > luck * reached[-1] or token == max(i for i, v in enumerate(values) if v)
    assert token == 0 or reached[token - 1] <= luck * reached[-1]


def test_the_largest_luck_of_all_takes_the_last_token_that_has_weight():
    luck = torch.tensor([1 - 2.0**-53], dtype=torch.float64)
    for total in (1.0, 3.0, 1e-300, 0.1 + 0.2):
        assert int(draw(torch.tensor([[0.0, total, 0.0]], dtype=torch.float64), luck)) == 1


def test_no_token_where_the_weights_are_not_finite():
    broken = torch.full((1, 3), math.nan, dtype=torch.float64)
    assert int(draw(broken, torch.tensor([0.5], dtype=torch.float64))) == 3
