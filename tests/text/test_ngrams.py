"""N-gram tables against the formulas written out in plain loops."""

import math
from collections import Counter, defaultdict

import numpy as np
import pytest

from gptlab_tui.config import CorpusConfig, TokenizerConfig
from gptlab_tui.text.corpus import open_corpus
from gptlab_tui.text.ngrams import baselines, discount, kneser_ney_loss
from gptlab_tui.text.token_files import prepare_tokens
from gptlab_tui.text.tokenizers import build_tokenizer


def naive_loss(train, val, vocab_size, order):
    """Chen and Goodman's interpolated Kneser-Ney, one probability at a time."""

    def table(length):
        grams = [tuple(train[at : at + length]) for at in range(len(train) - length + 1)]
        if length == order:
            return Counter(grams)
        longer = {tuple(train[at : at + length + 1]) for at in range(len(train) - length)}
        return Counter(gram[1:] for gram in longer)

    tables = {length: table(length) for length in range(1, order + 1)}

    def less(length):
        counts = list(tables[length].values())
        ones, twos = counts.count(1), counts.count(2)
        return ones / (ones + 2 * twos) if ones and twos else 0.5

    discounts = {length: less(length) for length in tables}
    by_context = {length: defaultdict(dict) for length in tables}
    for length, counts in tables.items():
        for gram, count in counts.items():
            by_context[length][gram[:-1]][gram[-1]] = count

    def probability(context, token, length):
        if length == 0:
            return 1 / vocab_size
        lower = probability(context[1:], token, length - 1)
        follow = by_context[length].get(tuple(context))
        if not follow:
            return lower
        total = sum(follow.values())
        kept = max(follow.get(token, 0) - discounts[length], 0)
        return kept / total + discounts[length] * len(follow) / total * lower

    text = list(train) + list(val)
    losses = []
    for at in range(len(train) + 1, len(text)):
        context = text[at - order + 1 : at] if order > 1 else []
        losses.append(-math.log(probability(tuple(context), text[at], order)))
    return sum(losses) / len(losses)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_it_is_the_formula(order, seed):
    draw = np.random.default_rng(seed)
    vocab_size = 9
    walk = np.abs(np.cumsum(draw.integers(-1, 2, 700))) % vocab_size  # neighbours depend on each other
    train, val = walk[:600].astype(np.uint16), walk[600:].astype(np.uint16)
    wanted = naive_loss(train.tolist(), val.tolist(), vocab_size, order)
    assert kneser_ney_loss(train, val, vocab_size, order) == pytest.approx(wanted, rel=1e-12)


def test_a_table_of_one_token_each_is_the_uniform_guess_or_better():
    train = np.tile(np.arange(8, dtype=np.uint16), 50)
    assert kneser_ney_loss(train, train[:80], 8, 1) == pytest.approx(math.log(8), rel=1e-3)
    assert kneser_ney_loss(train, train[:80], 8, 2) < 0.1


def test_probabilities_add_up_to_one():
    draw = np.random.default_rng(3)
    train = draw.integers(0, 6, 300).astype(np.uint16)
    for order in (1, 2, 3):
        for first in range(6):
            chances = [
                math.exp(-2 * kneser_ney_loss(train, np.array([first, 2, token], np.uint16), 7, order))
                for token in range(7)
            ]
            shared = math.exp(-kneser_ney_loss(train, np.array([first, 2], np.uint16), 7, order))
            assert sum(chances) / shared == pytest.approx(1.0)


def test_a_discount_comes_from_the_rare():
    assert discount(np.array([1, 1, 2, 5])) == pytest.approx(2 / (2 + 2))
    assert discount(np.array([5, 5])) == 0.5


def test_what_has_no_key_or_no_text_is_refused():
    tokens = np.arange(20, dtype=np.uint32)
    with pytest.raises(ValueError):
        kneser_ney_loss(tokens, tokens, 1 << 20, 4)
    with pytest.raises(ValueError):
        kneser_ney_loss(tokens, tokens[:1], 20, 2)


def test_the_bundled_text_is_learnt_once(home, monkeypatch):
    corpus = open_corpus(CorpusConfig(name=("contos",)), home)
    tokens = prepare_tokens(corpus, build_tokenizer(TokenizerConfig(), corpus, home), home)
    found = baselines(tokens, home)
    assert found.uniform == math.log(tokens.vocab_size)
    unigram, bigram, trigram = found.orders
    assert found.uniform > unigram > bigram > trigram > 1
    monkeypatch.setattr("gptlab_tui.text.ngrams.kneser_ney_loss", None)
    assert baselines(tokens, home) == found


def test_it_can_be_cancelled(home):
    corpus = open_corpus(CorpusConfig(name=("contos",)), home)
    tokens = prepare_tokens(corpus, build_tokenizer(TokenizerConfig(), corpus, home), home)
    assert baselines(tokens, home, lambda: True) is None
