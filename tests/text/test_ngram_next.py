"""What follows a context, against counting in plain loops and against the loss of `ngrams`."""

import math
from collections import Counter

import numpy as np
import pytest

from gptlab_tui.config import CorpusConfig, TokenizerConfig
from gptlab_tui.text.corpus import open_corpus
from gptlab_tui.text.ngram_next import Discounts, discounts, following, highest_order
from gptlab_tui.text.ngrams import discount, kneser_ney_loss, table
from gptlab_tui.text.token_files import prepare_tokens
from gptlab_tui.text.tokenizers import build_tokenizer

V = 7


def walk(length, seed):
    draw = np.random.default_rng(seed)
    return (np.abs(np.cumsum(draw.integers(-1, 3, length))) % (V - 1)).astype(np.uint16)  # 6 never comes


def less_of(train, orders=5):
    return Discounts(
        tuple(discount(table(train, V, length, True)[1]) for length in range(1, orders + 1)),
        tuple(discount(table(train, V, length, False)[1]) for length in range(1, orders)),
    )


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_counts_are_what_followed(seed):
    train = walk(400, seed)
    context = walk(30, seed + 9)
    for one in following(train, context, V, less_of(train)):
        n = one.order
        assert one.context == tuple(context[len(context) - n + 1 :])
        wanted = Counter(
            int(train[at]) for at in range(n - 1, len(train)) if tuple(train[at - n + 1 : at]) == one.context
        )
        assert Counter({token: int(many) for token, many in enumerate(one.counts) if many}) == wanted
        assert one.seen == wanted.total()


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_the_estimate_is_the_one_that_the_loss_is_measured_with(order, seed):
    train = walk(300, seed)
    context = np.random.default_rng(seed).integers(0, V, 6).astype(np.uint16)  # also what never came
    estimate = following(train, context, V, less_of(train))[order - 1].estimate
    assert estimate.sum() == pytest.approx(1.0)
    losses = [
        kneser_ney_loss(train, np.append(context, token).astype(np.uint16), V, order) for token in range(V)
    ]
    before = kneser_ney_loss(train, context, V, order)
    count = len(context) - 1  # the loss is a mean over all but the first token
    wanted = [math.exp(before * count - loss * (count + 1)) for loss in losses]
    np.testing.assert_allclose(estimate, wanted, rtol=1e-9)


def test_a_short_context_has_fewer_orders():
    train = walk(300, 0)
    assert [one.order for one in following(train, [], V, less_of(train))] == [1]
    assert [one.order for one in following(train, [1, 2], V, less_of(train))] == [1, 2, 3]


def test_a_context_that_never_came_says_what_shorter_ones_say():
    train = walk(300, 0)
    new, other = (following(train, context, V, less_of(train))[2] for context in ([6, 1], [6, 6]))
    assert (new.seen, other.seen, other.counts.sum()) == (0, 0, 0)
    assert new.estimate[2] > other.estimate[2]  # 1 is often followed by 2, and nothing is known of 6
    assert other.estimate.sum() == pytest.approx(1.0)


def test_keys_fit_64_bits():
    for vocab_size in (1, 2, 107, 1024, 6000, 7000, 50257, 200_000):
        order = highest_order(vocab_size)
        assert 1 <= order <= 5
        assert order * math.log2(max(2, vocab_size)) < 63
        assert order == 5 or (order + 1) * math.log2(vocab_size) > 62.9


def test_discounts_are_learnt_once(home, monkeypatch):
    corpus = open_corpus(CorpusConfig(name=("contos",)), home)
    tokens = prepare_tokens(corpus, build_tokenizer(TokenizerConfig(), corpus, home), home)
    assert discounts(tokens, home, lambda: True) is None
    found = discounts(tokens, home)
    assert (len(found.highest), len(found.lower)) == (5, 4)
    assert all(0 < one < 1 for one in (*found.highest, *found.lower))
    monkeypatch.setattr("gptlab_tui.text.ngram_next.table", None)
    assert discounts(tokens, home) == found
