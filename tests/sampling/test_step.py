"""One token on bare tensors against the modules, for every pair of options."""

import itertools
from typing import get_args

import pytest
import torch

from gptlab_tui import config
from gptlab_tui.model.cache import Cache
from gptlab_tui.sampling import step as step_room
from gptlab_tui.sampling.step import Step

OPTIONS = {
    "norm": get_args(config.Norm),
    "norm_placement": get_args(config.NormPlacement),
    "positions": get_args(config.Positions),
    "activation": get_args(config.Activation),
    "bias": get_args(config.Bias),
    "qk_norm": (False, True),
    "conv_width": (0, 1, 3),
}
PAIRS = [
    {one: value, other: another}
    for one, other in itertools.combinations(OPTIONS, 2)
    for value, another in itertools.product(OPTIONS[one], OPTIONS[other])
]


@pytest.mark.parametrize("shape", PAIRS, ids=lambda shape: "-".join(map(str, shape.values())))
def test_a_step_is_what_the_modules_compute(build, shape):
    model = build(vocab_size=11, block_size=6, **shape)
    step, cache, same = Step(model), Cache(model.config), Cache(model.config)
    idx = torch.randint(0, 11, (2, 40), generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        model.hidden(idx[:, :2], cache=cache)
        model.hidden(idx[:, :2], cache=same)
        for place in range(2, idx.size(1) if cache.slides else 6):
            theirs = model.hidden(idx[:, place : place + 1], cache=same)[:, 0]
            torch.testing.assert_close(step(idx[:, place], cache), theirs, rtol=1e-4, atol=1e-4)
    assert cache.position == same.position


@pytest.mark.parametrize("bias", get_args(config.Bias))
@pytest.mark.parametrize("norm_placement", get_args(config.NormPlacement))
def test_a_large_matrix_takes_another_way_to_the_same(build, monkeypatch, bias, norm_placement):
    monkeypatch.setattr(step_room, "LARGE", 1)
    model = build(vocab_size=11, block_size=6, bias=bias, norm_placement=norm_placement)
    step, cache = Step(model), Cache(model.config)
    assert step._layers[0]._c_fc._matrix is not None
    idx = torch.randint(0, 11, (1, 6), generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        ours = torch.stack([step(idx[:, place], cache) for place in range(6)], dim=1)
        torch.testing.assert_close(ours, model.hidden(idx), rtol=1e-4, atol=1e-4)
        for parameter in model.parameters():
            parameter.mul_(1.1)
        cache.clear()
        ours = torch.stack([step(idx[:, place], cache) for place in range(6)], dim=1)
        torch.testing.assert_close(ours, model.hidden(idx), rtol=1e-4, atol=1e-4)


def test_a_long_text_finds_its_rotations(build):
    model = build(vocab_size=11, positions="rope", block_size=4)
    step, cache = Step(model), Cache(model.config)
    with torch.inference_mode():
        for _ in range(300):
            ours = step(torch.tensor([3]), cache)
        again = Cache(model.config)
        for _ in range(300):
            theirs = model.hidden(torch.tensor([[3]]), cache=again)
    torch.testing.assert_close(ours, theirs[:, 0], rtol=1e-4, atol=1e-4)


def test_it_computes_with_the_models_own_weights(build):
    model = build(vocab_size=11)
    step = Step(model)
    with torch.no_grad():
        before = step(torch.tensor([3]), Cache(model.config))
        for parameter in model.parameters():
            parameter.mul_(1.1)
        after = step(torch.tensor([3]), Cache(model.config))
        expected = model.hidden(torch.tensor([[3]]))[:, 0]
    assert not torch.allclose(before, after)
    torch.testing.assert_close(after, expected)
