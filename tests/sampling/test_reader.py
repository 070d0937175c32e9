"""The cache against no cache, for every kind of position, up to the context and past it."""

import itertools
from unittest import mock

import pytest
import torch
from torch.nn import functional as F

from gptlab_tui.model.cache import SLIDING
from gptlab_tui.model.positions import Place, rotation
from gptlab_tui.sampling.reader import Reader

POSITIONS = ("learned", "sinusoidal", "rope", "alibi", "relative")
SHAPES = [
    {"positions": positions, "conv_width": conv_width}
    for positions, conv_width in itertools.product(POSITIONS, (0, 3))
] + [
    {"positions": "rope", "qk_norm": True, "norm": "rmsnorm", "activation": "swiglu", "bias": "none"},
    {"positions": "alibi", "norm_placement": "post", "activation": "geglu"},
    {"positions": "learned", "norm": "reference", "activation": "relu2", "bias": "qkv", "tied_head": False},
    {"positions": "relative", "norm_placement": "post", "norm": "rmsnorm", "qk_norm": True, "bias": "none"},
    {"positions": "sinusoidal", "norm_placement": "post", "activation": "relu", "n_hidden": 40},
]
CONTEXT = 8


@pytest.fixture(params=SHAPES, ids=lambda shape: "-".join(map(str, shape.values())))
def model(request, build):
    return build(block_size=CONTEXT, **request.param)


def texts(length, batch=3, seed=0):
    return torch.randint(0, 35, (batch, length), generator=torch.Generator().manual_seed(seed))


@torch.inference_mode()
def plain(model, idx):
    """The last logits of texts (B, T) that fit the context, without any cache."""
    return model(idx)[:, -1].double()


def close(ours, theirs):
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("prompt", [1, 3, CONTEXT])
def test_up_to_the_context_the_cache_changes_nothing(model, prompt):
    idx = texts(CONTEXT)
    reader = Reader(model, idx)
    for end in range(prompt, CONTEXT + 1):
        close(reader.logits(end), plain(model, idx[:, :end]))


@pytest.mark.parametrize("prompt", [1, CONTEXT, 2 * CONTEXT + 3])
def test_exact_reads_the_whole_window_at_every_token(model, prompt):
    idx = texts(4 * CONTEXT)
    reader = Reader(model, idx, exact=True)
    for end in range(prompt, idx.size(1)):
        close(reader.logits(end), plain(model, idx[:, max(0, end - CONTEXT) : end]))


def test_a_prompt_beyond_the_context_is_read_from_its_last_tokens(model):
    idx = texts(3 * CONTEXT)
    close(Reader(model, idx).logits(21), plain(model, idx[:, 21 - CONTEXT : 21]))


@pytest.mark.parametrize("context", [1, 2, 5, 8])
@pytest.mark.parametrize("prompt", [1, 4, 8, 13])
@pytest.mark.parametrize("conv_width", [0, 3])
@pytest.mark.parametrize("positions", [kind for kind in POSITIONS if kind not in SLIDING])
def test_absolute_positions_read_the_last_half_anew(build, positions, conv_width, prompt, context):
    model = build(positions=positions, conv_width=conv_width, block_size=context)
    idx = texts(30)
    reader = Reader(model, idx)
    start = max(0, prompt - context)
    for end in range(prompt, 30):
        if end - start > context:  # the window is full
            start = end - max(1, context // 2)
        close(reader.logits(end), plain(model, idx[:, start:end]))


# ------------------------------------------------------------------ what sliding means


class Windowed:
    """Attention over a whole text at once in which each token sees the last `context` tokens.

    That is what sliding means: nothing is cut off at once, but what a token says of itself at one
    layer has seen `context` tokens back, so at the next layer it carries farther.
    """

    def __init__(self, model):
        self.model, self.context = model, model.config.block_size

    @torch.inference_mode()
    def logits(self, idx):
        """(B, T) -> (B, T, V) for texts of any length."""
        model, T = self.model, idx.size(1)
        config = model.config
        distance = torch.arange(T)[:, None] - torch.arange(T)
        seen = (distance >= 0) & (distance < self.context)
        scores = torch.zeros(1, T, T)
        if config.positions in ("alibi", "relative"):
            by_distance = model.transformer.bias(self.context, self.context)[0, :, -1].flip(-1)
            scores = by_distance[:, distance.clamp(0, self.context - 1)]  # (nh, T, T)
        bias = scores.masked_fill(~seen, -torch.inf)[None]
        turn = None
        if config.positions == "rope":
            turn = rotation(torch.arange(T), config.n_embd // config.n_head)
        place = Place(turn, bias=bias)
        with mock.patch.object(F, "scaled_dot_product_attention", by_hand):
            x = model.transformer.wte(idx)
            for block in model.transformer.h:
                x = block(x, place)
            return model.lm_head(model.transformer.ln_f(x)).double()


def by_hand(q, k, v, attn_mask=None, is_causal=False, dropout_p=0.0):
    assert not is_causal
    weights = (q @ k.transpose(-2, -1) / q.size(-1) ** 0.5 + attn_mask).softmax(-1)
    return weights @ v


@pytest.mark.parametrize("prompt", [1, 5, CONTEXT])
@pytest.mark.parametrize("conv_width", [0, 3])
@pytest.mark.parametrize("positions", SLIDING)
def test_relative_positions_slide(build, positions, conv_width, prompt):
    model = build(positions=positions, conv_width=conv_width, block_size=CONTEXT, n_layer=3)
    idx = texts(5 * CONTEXT)
    expected = Windowed(model).logits(idx)
    reader = Reader(model, idx)
    for end in range(prompt, idx.size(1) + 1):
        close(reader.logits(end), expected[:, end - 1])


@pytest.mark.parametrize("positions", SLIDING)
def test_with_one_layer_sliding_is_what_exact_reads(build, positions):
    model = build(positions=positions, block_size=CONTEXT, n_layer=1)
    idx = texts(5 * CONTEXT)
    sliding, exact = Reader(model, idx), Reader(model, idx, exact=True)
    for end in range(3, idx.size(1)):
        close(sliding.logits(end), exact.logits(end))
