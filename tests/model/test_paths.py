"""The paths through the decoder agree: fast and explicit, cached and not; and none looks ahead."""

import pytest
import torch
from torch.nn import functional as F

from gptlab_tui.config import ModelConfig
from gptlab_tui.model.cache import SLIDING, Cache
from gptlab_tui.model.capture import Capture
from gptlab_tui.model.gpt import GPT


def test_the_explicit_path_equals_the_fast_one(varied, lively, ids):
    """Forward and backward, for every option."""
    model, idx, targets = lively(varied), ids(3, 8), ids(3, 8, seed=1)
    fast = model(idx, targets)
    gradients = torch.autograd.grad(fast, list(model.parameters()))
    explicit = model(idx, targets, capture=Capture())
    torch.testing.assert_close(explicit, fast, rtol=1e-5, atol=1e-6)
    for mine, theirs in zip(torch.autograd.grad(explicit, list(model.parameters())), gradients, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-3, atol=1e-4)
    assert all(gradient.abs().sum() > 0 for gradient in gradients)


def test_what_is_captured_fits_together(varied, lively, ids):
    model, idx = lively(varied), ids(3, 8)
    kept = Capture()
    with torch.no_grad():
        logits = model(idx, capture=kept)
    assert torch.equal(kept["logits"], logits)
    for layer in range(varied.n_layer):
        weights = kept[f"h.{layer}.weights"]
        assert weights.shape == (3, 2, 8, 8)
        torch.testing.assert_close(weights.sum(-1), torch.ones(3, 2, 8))
        assert float(weights.triu(1).abs().max()) == 0.0
        torch.testing.assert_close(kept[f"h.{layer}.masked"].softmax(-1), weights)
        torch.testing.assert_close(weights @ kept[f"h.{layer}.v"], kept[f"h.{layer}.heads"])
        torch.testing.assert_close(kept[f"h.{layer}.q"] @ kept[f"h.{layer}.k"].mT, kept[f"h.{layer}.scores"])


def test_only_what_is_wanted_is_kept(lively, ids):
    kept = Capture(wanted=lambda name: name.endswith("weights"))
    lively(ModelConfig(block_size=8))(ids(1, 8), capture=kept)
    assert set(kept.tensors) == {f"h.{layer}.weights" for layer in range(4)}


def test_a_later_token_changes_no_earlier_logit(varied, lively, ids):
    model, idx = lively(varied), ids(3, 8)
    changed = idx.clone()
    changed[:, 5] = (changed[:, 5] + 1) % 23
    with torch.no_grad():
        for capture in (None, Capture()):
            before, after = (model(tokens, capture=capture) for tokens in (idx, changed))
            assert torch.equal(before[:, :5], after[:, :5])
            assert not torch.allclose(before[:, 5:], after[:, 5:])


@pytest.mark.parametrize("pieces", [(8,), (1,) * 8, (3, 4, 1), (5, 1, 2)])
def test_a_cache_changes_nothing_up_to_the_context(varied, lively, ids, pieces):
    model, idx = lively(varied), ids(3, 8)
    cache, logits = Cache(varied), []
    with torch.no_grad():
        for piece in idx.split(list(pieces), dim=1):
            logits.append(model(piece, cache=cache))
        torch.testing.assert_close(torch.cat(logits, dim=1), model(idx), rtol=1e-4, atol=1e-5)
    assert cache.position == 8
    assert cache.full


def test_a_prefix_gives_the_same_logits_alone(varied, lively, ids):
    model, idx = lively(varied), ids(2, 8)
    with torch.no_grad():
        torch.testing.assert_close(model(idx[:, :3]), model(idx)[:, :3], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("positions", SLIDING)
def test_one_layer_slides_exactly(lively, ids, positions):
    """With one layer no key remembers what has left: a slid window equals the window alone."""
    config = ModelConfig(n_layer=1, n_head=2, n_embd=16, block_size=8, positions=positions)
    model, idx, cache = lively(config), ids(2, 40), Cache(config)
    with torch.no_grad():
        for end in range(1, 41):
            logits = model(idx[:, end - 1 : end], cache=cache)[:, -1]
            alone = model(idx[:, max(0, end - 8) : end])[:, -1]
            torch.testing.assert_close(logits, alone, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("positions", SLIDING)
def test_a_slid_window_takes_several_tokens_at_once(lively, ids, positions):
    config = ModelConfig(n_layer=1, n_head=2, n_embd=16, block_size=8, positions=positions)
    model, idx, cache = lively(config), ids(2, 40), Cache(config)
    end = 0
    with torch.no_grad():
        for size in (5, 6, 8, 3, 8, 1, 7):
            end += size
            logits = model(idx[:, end - size : end], cache=cache)[:, -1]
            alone = model(idx[:, max(0, end - 8) : end])[:, -1]
            torch.testing.assert_close(logits, alone, rtol=1e-4, atol=1e-5)


def test_more_tokens_than_the_context_are_refused(varied, lively, ids):
    model = lively(varied)
    with pytest.raises(ValueError, match="9 tokens do not fit the context of 8"):
        model(ids(1, 9))
    with pytest.raises(ValueError, match="9 tokens do not fit the context of 8"):
        model(ids(1, 9), cache=Cache(varied))
    cache = Cache(varied)
    model(ids(1, 8), cache=cache)
    if not cache.slides:
        with pytest.raises(ValueError, match="9 tokens do not fit the context of 8"):
            model(ids(1, 1), cache=cache)


def test_alibi_takes_the_fused_kernel_of_the_cpu(lively, ids):
    """Fused attention saves no T x T weights for the backward pass."""
    config = ModelConfig(n_layer=1, n_head=2, n_embd=8, block_size=8, positions="alibi")
    shapes = []
    with torch.autograd.graph.saved_tensors_hooks(
        lambda tensor: shapes.append(tuple(tensor.shape)) or tensor, lambda tensor: tensor
    ):
        lively(config)(ids(3, 8), ids(3, 8))
    assert (6, 8, 8) not in shapes
    assert (3, 2, 8, 8) not in shapes


def test_dropout_acts_in_training_alone(lively, ids):
    config = ModelConfig(block_size=8, dropout=0.5, attn_dropout=0.5)
    model, idx = lively(config), ids(2, 8)
    with torch.no_grad():
        assert torch.equal(model(idx), model(idx))
        assert torch.equal(model(idx), _same_weights(model, ModelConfig(block_size=8))(idx))
        model.train()
        assert not torch.equal(model(idx), model(idx))


def _same_weights(model: GPT, config: ModelConfig) -> GPT:
    other = GPT(config, model.vocab_size).eval()
    other.load_state_dict(model.state_dict())
    return other


def test_half_precision_stays_near_full(varied, lively, ids):
    """Autocast to bf16 finds no operation that refuses the mixture of types."""
    model, idx, targets = lively(varied), ids(3, 8), ids(3, 8, seed=1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(0.5)
    with torch.autocast("cpu", torch.bfloat16):
        loss = model(idx, targets)
    loss.backward()
    assert loss.dtype == torch.float32
    torch.testing.assert_close(
        loss, F.cross_entropy(model(idx).flatten(0, 1), targets.flatten()), rtol=0.05, atol=0.05
    )
