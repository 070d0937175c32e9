"""The optimizer is PyTorch's, to the bit, without what PyTorch's class brings along."""

import pytest
import torch

from gptlab_tui.model.adamw import AdamW

KNOBS = {"betas": (0.9, 0.95), "eps": 1e-6}


@pytest.fixture
def twins():
    """Two copies of some parameters, in two groups each."""
    torch.manual_seed(7)
    first = [torch.randn(5, 3), torch.randn(4), torch.randn(2, 2)]
    return [[tensor.clone().requires_grad_() for tensor in first] for _ in range(2)]


def grouped(parameters):
    return [{"params": parameters[:1], "weight_decay": 0.1}, {"params": parameters[1:]}]


def test_it_is_the_bits_of_the_class_of_pytorch(twins):
    mine, theirs = twins
    ours = AdamW(grouped(mine), 0.0, KNOBS["betas"], KNOBS["eps"])
    reference = torch.optim.AdamW(
        [{"weight_decay": 0.0, **group} for group in grouped(theirs)], lr=0.0, fused=True, **KNOBS
    )
    for update in range(20):
        for optimizer, parameters in ((ours, mine), (reference, theirs)):
            optimizer.zero_grad()
            used = parameters[:-1] if update % 3 else parameters  # the last one has a gradient now and then
            sum((tensor**3).sum() for tensor in used).backward()
            for group in optimizer.param_groups:
                group["lr"] = 0.01 / (1 + update)
            optimizer.step()
        assert all(torch.equal(a, b) for a, b in zip(mine, theirs, strict=True))
    for a, b in zip(mine, theirs, strict=True):
        for kind, value in reference.state[b].items():
            assert torch.equal(ours.state[a][kind], value), kind
    assert ours.state[mine[-1]]["step"] == 7


def test_it_is_the_formula(twins):
    [weight, *_], _ = twins
    optimizer = AdamW([{"params": [weight], "weight_decay": 0.1}], 0.02, (0.8, 0.9), 1e-6)
    w = weight.detach().double().clone()
    m = v = torch.zeros_like(w)
    for t in range(1, 6):
        optimizer.zero_grad()
        (weight**2).sum().backward()
        g = weight.grad.double()
        optimizer.step()
        m, v = 0.8 * m + 0.2 * g, 0.9 * v + 0.1 * g**2
        w = w - 0.02 * (0.1 * w + (m / (1 - 0.8**t)) / ((v / (1 - 0.9**t)).sqrt() + 1e-6))
        torch.testing.assert_close(weight.detach().double(), w, rtol=1e-5, atol=1e-6)


def test_gradients_are_let_go(twins):
    [parameters, _] = twins
    optimizer = AdamW(grouped(parameters), 0.1)
    sum(tensor.sum() for tensor in parameters).backward()
    optimizer.zero_grad()
    assert [tensor.grad for tensor in parameters] == [None] * 3
    before = [tensor.clone() for tensor in parameters]
    optimizer.step()
    assert all(torch.equal(a, b) for a, b in zip(parameters, before, strict=True))
    assert not optimizer.state


def test_parameters_that_come_one_by_one_are_kept(twins):
    [parameters, _] = twins
    before = [tensor.clone() for tensor in parameters]
    optimizer = AdamW([{"params": iter(parameters)}], 0.1)
    for _ in range(2):
        optimizer.zero_grad()
        sum(tensor.sum() for tensor in parameters).backward()
        optimizer.step()
    assert not any(torch.equal(a, b) for a, b in zip(parameters, before, strict=True))


def test_a_gradient_scaler_takes_it_as_it_takes_pytorchs(twins):
    mine, theirs = twins
    both = (
        AdamW(grouped(mine), 0.01),
        torch.optim.AdamW(grouped(theirs), lr=0.01, weight_decay=0.0, fused=True),
    )
    scalers = [torch.amp.GradScaler("cpu", init_scale=1024.0, growth_interval=2) for _ in both]
    for update in range(6):
        for optimizer, parameters, scaler in zip(both, twins, scalers, strict=True):
            optimizer.zero_grad()
            loss = sum((tensor**2).sum() for tensor in parameters) * (torch.inf if update == 2 else 1.0)
            scaler.scale(loss).backward()
            scaler.unscale_(optimizer)
            scaler.step(optimizer)
            scaler.update()
        assert scalers[0].get_scale() == scalers[1].get_scale()
        assert all(torch.equal(a, b) for a, b in zip(mine, theirs, strict=True))
    assert scalers[0].get_scale() == 2048.0  # 1,024 doubled twice and halved once
