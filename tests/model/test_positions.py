"""Positions against the formulas of their papers, and against transformers where it has the same."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gptlab_tui.config import ModelConfig
from gptlab_tui.model.positions import PositionBias, alibi_slopes, rotate, rotation, sinusoids, t5_bucket


@pytest.mark.parametrize("width", [16, 10, 7])
def test_sinusoids_are_those_of_attention_is_all_you_need(width):
    table = sinusoids(50, width)
    assert table.shape == (50, width)
    even = width + width % 2  # an odd width is an even one with its last wave left out
    for p in (0, 1, 17, 49):
        for j in range(width):
            angle = p / 10_000 ** (2 * (j // 2) / even)
            assert float(table[p, j]) == pytest.approx(np.cos(angle) if j % 2 else np.sin(angle), abs=1e-6)


def test_rope_is_a_multiplication_of_complex_numbers():
    """(x_i + i x_{i+hs/2}) e^{i p theta_i}, theta_i = 10000^(-2i/hs) (Su et al. 2021, section 3.2)"""
    random = np.random.default_rng(0)
    x = random.normal(size=(2, 3, 9, 8))  # (B, nh, T, hs)
    theta = 10_000.0 ** (-2 * np.arange(4) / 8)
    z = (x[..., :4] + 1j * x[..., 4:]) * np.exp(1j * np.arange(9)[:, None] * theta)
    turned = rotate(torch.from_numpy(x), rotation(torch.arange(9), 8)).numpy()
    np.testing.assert_allclose(turned, np.concatenate((z.real, z.imag), axis=-1), atol=1e-6)


@given(query=st.integers(0, 200), key=st.integers(0, 200), shift=st.integers(0, 1000), seed=st.integers(0, 9))
def test_a_rotated_product_depends_on_the_distance_alone(query, key, shift, seed):
    random = torch.Generator().manual_seed(seed)
    q, k = torch.randn(2, 16, generator=random, dtype=torch.float64)

    def score(a: int, b: int) -> float:
        turned = [rotate(x[None, None, None], rotation(torch.tensor([p]), 16)) for x, p in ((q, a), (k, b))]
        return float((turned[0] * turned[1]).sum())

    assert score(query, key) == pytest.approx(score(query + shift, key + shift), abs=1e-5)


@pytest.mark.parametrize(
    ("n_head", "powers"),
    [
        (8, [-1, -2, -3, -4, -5, -6, -7, -8]),
        (12, [-1, -2, -3, -4, -5, -6, -7, -8, -0.5, -1.5, -2.5, -3.5]),
        (1, [-8]),
        (2, [-4, -8]),
        (3, [-4, -8, -2]),
    ],
)
def test_alibi_slopes_are_those_of_the_paper(n_head, powers):
    """8 heads: 1/2 .. 1/256 (Press et al. 2021); 12: those, then every other of sixteen heads'."""
    torch.testing.assert_close(alibi_slopes(n_head), 2.0 ** torch.tensor(powers))


def test_alibi_bias_is_minus_slope_times_distance():
    bias = PositionBias(ModelConfig(n_head=8, n_embd=64, block_size=16, positions="alibi"))(16, 16)
    assert bias.shape == (1, 8, 16, 16)
    for head in range(8):
        for i in range(16):
            for j in range(16):
                wanted = -(2.0 ** -(head + 1)) * (i - j) if j <= i else -np.inf
                assert float(bias[0, head, i, j]) == wanted


def test_t5_buckets_are_those_of_transformers():
    """Causal, 32 buckets up to a distance of 128."""
    attention = pytest.importorskip("transformers.models.t5.modeling_t5").T5Attention
    distance = torch.arange(5000)
    theirs = attention._relative_position_bucket(-distance, bidirectional=False)
    assert torch.equal(t5_bucket(distance), theirs)
    assert t5_bucket(torch.tensor([0, 1, 15, 16, 127, 128, 10**6])).tolist() == [0, 1, 15, 16, 31, 31, 31]


def test_relative_bias_looks_its_bucket_up_for_each_head(lively):
    model = lively(ModelConfig(n_head=2, n_embd=16, block_size=40, positions="relative"))
    table = model.transformer.bias.table
    bias = model.transformer.bias(40, 40)
    assert table.shape == (32, 2)
    for i, j in ((0, 0), (7, 0), (39, 20), (39, 0), (39, 39)):
        bucket = int(t5_bucket(torch.tensor(i - j)))
        assert torch.equal(bias[0, :, i, j], table[bucket])
        assert i == j or torch.isinf(bias[0, :, j, i]).all()


def test_each_kind_of_position_has_its_own_parameters():
    from gptlab_tui.model.gpt import GPT

    def extra(positions: str) -> dict[str, tuple[int, ...]]:
        names = GPT(ModelConfig(positions=positions, n_head=4), 9).named_parameters()
        return {name: tuple(p.shape) for name, p in names if ".wpe" in name or ".bias.table" in name}

    assert extra("learned") == {"transformer.wpe.weight": (32, 64)}
    assert extra("relative") == {"transformer.bias.table": (32, 4)}
    assert extra("rope") == extra("alibi") == extra("sinusoidal") == {}


def test_absolute_positions_are_added_to_the_embedding(lively, ids):
    idx = ids(2, 8)
    learned = lively(ModelConfig(n_head=2, n_embd=16, block_size=8))
    wte, wpe = learned.transformer.wte.weight, learned.transformer.wpe.weight
    torch.testing.assert_close(learned.embed(idx, 0), wte[idx] + wpe)
    waves = lively(ModelConfig(n_head=2, n_embd=16, block_size=8, positions="sinusoidal"))
    wanted = waves.transformer.wte.weight[idx] * 4.0 + sinusoids(8, 16)
    torch.testing.assert_close(waves.embed(idx, 0), wanted)
