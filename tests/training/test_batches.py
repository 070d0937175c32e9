"""A batch is a function of the step; an epoch visits every window once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gptlab_tui.config import Config
from gptlab_tui.errors import GPTLabError
from gptlab_tui.training.batches import Batches
from gptlab_tui.training.randomness import derive_seed, permuted


def batches(n_tokens: int, block_size: int, batch_size: int, order: str = "epoch", seed: int = 1) -> Batches:
    config = Config.model_validate(
        {
            "model": {"block_size": block_size},
            "train": {"batch_size": batch_size, "order": order, "seed": seed},
        }
    )
    return Batches(np.arange(n_tokens, dtype=np.uint32), config)


@given(n=st.integers(1, 5000), key=st.integers(0, 2**63 - 1))
def test_a_permutation_is_one(n, key):
    assert sorted(permuted(np.arange(n), n, key)) == list(range(n))


def test_permutations_differ_by_key_and_look_shuffled():
    one, other = (permuted(np.arange(10_000), 10_000, key) for key in (1, 2))
    assert (one == other).mean() < 0.01
    assert abs(np.corrcoef(np.arange(10_000), one)[0, 1]) < 0.05


@given(n_tokens=st.integers(10, 600), block_size=st.integers(1, 9), batch_size=st.integers(1, 7))
def test_an_epoch_visits_every_window_once_and_the_next_one_in_another_order(
    n_tokens, block_size, batch_size
):
    source = batches(n_tokens, block_size, batch_size)
    steps = -(-2 * source.windows // batch_size)
    starts = np.concatenate([source.starts(step) for step in range(steps)])[: 2 * source.windows]
    for epoch in (starts[: source.windows], starts[source.windows :]):
        assert len(set(epoch)) == source.windows
        assert len(set(epoch % block_size)) == 1  # one phase for the whole pass
        assert epoch.min() >= 0
        assert epoch.max() + block_size + 1 <= n_tokens


@pytest.mark.parametrize("order", ["epoch", "random"])
def test_targets_lie_one_token_after_inputs(order):
    source = batches(500, 8, 6, order)
    for step in (0, 3, 1000):
        idx, targets = source.at(source.starts(step))
        assert idx.shape == targets.shape == (6, 8)
        assert (targets == idx + 1).all()


@pytest.mark.parametrize("order", ["epoch", "random"])
def test_the_same_step_gives_the_same_batch_whatever_came_before(order):
    one, other = batches(500, 8, 4, order), batches(500, 8, 4, order)
    for step in (5, 2, 900):
        one.starts(step)
    assert (one.starts(17) == other.starts(17)).all()
    assert (one.starts(17) != batches(500, 8, 4, order, seed=2).starts(17)).any()


def test_random_windows_reach_the_whole_text():
    source = batches(40, 8, 64, "random")
    starts = np.concatenate([source.starts(step) for step in range(50)])
    assert set(starts) == set(range(32))


def test_a_text_shorter_than_the_context_is_refused():
    with pytest.raises(GPTLabError, match="too few"):
        batches(8, 8, 4)
    assert (batches(9, 8, 2).starts(0) == 0).all()


def test_seeds_differ_in_every_argument():
    seeds = {
        derive_seed(s, p, a, b, r)
        for s in (1, 2)
        for p in "xy"
        for a in (0, 1)
        for b in (0, 1)
        for r in (0, 1)
    }
    assert len(seeds) == 32
    assert all(0 <= seed < 1 << 63 for seed in seeds)
