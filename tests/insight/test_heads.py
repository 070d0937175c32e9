"""Scores of heads against plain loops over queries and keys; losses against a model whose head is cut."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from gptlab_tui.config import ModelConfig
from gptlab_tui.errors import GPTLabError
from gptlab_tui.insight.attention import attend
from gptlab_tui.insight.head_kinds import kind_of
from gptlab_tui.insight.heads import head_losses, score_heads
from gptlab_tui.insight.repeated import repeated
from gptlab_tui.model.gpt import GPT
from gptlab_tui.model.open_run import open_model
from gptlab_tui.runs.layout import find_run
from tests.small_models import LETTERS, small

TEXT = "o rato rato sita anta e a ta"


def slow_scores(opened, windows):
    """The same means by loops: name -> (layers, heads), and what an even look would have."""
    names = ("previous", "first", "same", "induction", "entropy_bits")
    sums, even = {name: np.zeros((2, 2)) for name in names}, dict.fromkeys(names, 0.0)
    queries = dict.fromkeys(names, 0)

    def count(name, w, keys, t):
        if keys:
            sums[name] += sum(w[:, :, t, s] for s in keys)
            even[name] += len(keys) / (t + 1)
            queries[name] += 1

    for ids in windows:
        w = attend(opened, ids).weights
        for t in range(len(ids)):
            if t:
                count("previous", w, [t - 1], t)
                count("first", w, [0], t)
                count("same", w, [s for s in range(t) if ids[s] == ids[t]], t)
                count("induction", w, [s for s in range(1, t + 1) if ids[s - 1] == ids[t] and s - 1 < t], t)
            for layer, head in np.ndindex(2, 2):
                row = [float(p) for p in w[layer, head, t] if p > 0]
                sums["entropy_bits"][layer, head] -= sum(p * math.log2(p) for p in row)
            even["entropy_bits"] += math.log2(t + 1)
            queries["entropy_bits"] += 1
    return {name: sums[name] / queries[name] for name in names}, {
        name: even[name] / queries[name] for name in names
    }


@pytest.mark.parametrize(
    "options", [{}, {"positions": "rope", "qk_norm": True}, {"positions": "alibi"}], ids=str
)
def test_scores_by_loops(options):
    opened = small(**options)
    ids = LETTERS.encode(TEXT).tolist()
    found = score_heads(opened, ids)
    slow, even = slow_scores(opened, [ids[start : start + 8] for start in range(0, 24, 8)])
    assert found.tokens == 24
    for name, expected in slow.items():
        np.testing.assert_allclose(getattr(found, name), expected, atol=1e-5, err_msg=name)
        assert found.even[name] == pytest.approx(even[name])


def planted(wte, query_of, key_of):
    """A model with one head whose scores are 40 times a product of one-hot features."""
    config = ModelConfig(
        n_layer=1, n_head=1, n_embd=64, block_size=16, positions="learned", norm="rmsnorm", bias="none"
    )
    model = GPT(config, 16).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.transformer.h[0].ln_1.weight.fill_(1.0)
        model.transformer.wte.weight[:, :16] = wte * torch.eye(16)
        model.transformer.wpe.weight[:, 16:32] = (1 - wte) * torch.eye(16)
        q, k, _ = model.transformer.h[0].attn.c_attn.weight.view(3, 64, 64).unbind()
        q[:16], k[:16] = query_of, key_of
    return SimpleNamespace(model=model, tokenizer=LETTERS)


def rows(matrix, first):
    """(16, 64) that reads 16 features from `first` on through a matrix."""
    weight = torch.zeros(16, 64)
    weight[:, first : first + 16] = 8.0 * matrix
    return weight


def test_heads_that_were_planted_are_found():
    ids = [1, 2, 3, 1, 4, 2, 5, 3, 1, 6, 7, 2, 8, 9, 1, 3]
    before = planted(0.0, rows(torch.eye(16, 16).roll(-1, 0), 16), rows(torch.eye(16), 16))
    assert score_heads(before, ids).previous[0, 0] > 0.99
    first = planted(0.0, rows(torch.ones(16, 16), 16), rows(torch.eye(16)[:1].T @ torch.eye(16)[:1], 16))
    assert score_heads(first, ids).first[0, 0] > 0.99
    same = planted(1.0, rows(torch.eye(16), 0), rows(torch.eye(16), 0))
    scores = score_heads(same, ids)
    assert 0.4 < scores.same[0, 0] < 0.8  # the token itself is equal, too, and has its share
    assert scores.repeated[0, 0] < 0.1
    assert scores.induction[0, 0] < scores.even["induction"]


def induction_circuit(block_size, V=16):
    """Two layers: a head that tells each place which token stands before it, and one that looks there.

    Features are one-hot: the token, its place, and the token before, which layer 0 writes.
    """
    token, place, before = slice(0, V), slice(V, V + block_size), slice(V + block_size, 2 * V + block_size)
    config = ModelConfig(
        n_layer=2,
        n_head=1,
        n_embd=128,
        block_size=block_size,
        positions="learned",
        norm="rmsnorm",
        bias="none",
    )
    model = GPT(config, V).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.transformer.wte.weight[:, token] = torch.eye(V)
        model.transformer.wpe.weight[:, place] = torch.eye(block_size)
        (q, k, v), (query, key, _) = (
            block.attn.c_attn.weight.view(3, 128, 128).unbind() for block in model.transformer.h
        )
        for block in model.transformer.h:
            block.ln_1.weight.fill_(1.0)
        q[:block_size, place] = 8.0 * torch.eye(block_size).roll(-1, 0)
        k[:block_size, place] = 8.0 * torch.eye(block_size)
        v[:V, token] = torch.eye(V)
        model.transformer.h[0].attn.c_proj.weight[before, :V] = torch.eye(V) / math.sqrt(128 / 2)
        query[:V, token] = 8.0 * torch.eye(V)
        key[:V, before] = 8.0 * torch.eye(V)
    return SimpleNamespace(model=model, tokenizer=LETTERS)


@pytest.mark.parametrize(("block_size", "tokens"), [(16, 8), (33, 16), (64, 16)])
def test_an_induction_circuit_has_the_score_of_an_ideal_head(block_size, tokens):
    """However few tokens there are for the context, no other key is as good as the one that is counted.

    But the first token has none before it, and its place says itself: it takes half of one query's weight.
    """
    found = score_heads(induction_circuit(block_size), [1, 2])
    assert found.repeated_tokens == tokens
    assert found.repeated[1, 0] == pytest.approx(1 - 0.5 / tokens, abs=1e-3)
    assert found.repeated[0, 0] < 0.01  # its first layer looks one back
    assert kind_of({"repeated": float(found.repeated[1, 0])}, found.even) == "repeated"


def test_a_head_of_places_is_found_where_text_repeats():
    """Distance is all that such a head needs there: half a window back, and one on."""
    back = torch.zeros(16, 16)
    for t in range(8, 16):
        back[t - 7, t] = 1.0
    found = score_heads(planted(0.0, rows(back, 16), rows(torch.eye(16), 16)), [1, 2])
    assert found.repeated[0, 0] > 0.99
    assert found.even["repeated"] == pytest.approx(sum(1 / (1 + t) for t in range(8, 16)) / 8)


def test_repeated_tokens_are_random_and_the_same_however_many_go_at_once(monkeypatch):
    model, seen = small().model, []
    hidden = model.hidden
    monkeypatch.setattr(model, "hidden", lambda idx, **more: seen.append(idx) or hidden(idx, **more))
    together = repeated(model)
    monkeypatch.setattr("gptlab_tui.insight.repeated._BYTES", 1)
    np.testing.assert_allclose(repeated(model).scores, together.scores, atol=1e-6)
    assert torch.equal(torch.cat(seen[1:]), seen[0])
    assert {len(idx) for idx in seen[1:]} == {1}
    assert torch.equal(seen[0][:, :4], seen[0][:, 4:])
    assert all(len(set(text.tolist())) == 4 for text in seen[0])
    assert len({tuple(text.tolist()) for text in seen[0]}) > 200
    assert repeated(model, lambda: True) is None
    nothing = repeated(small(block_size=3).model)
    assert (nothing.tokens, np.isnan(nothing.scores).all(), math.isnan(nothing.even)) == (0, True, True)


def test_a_head_is_called_by_what_is_large_and_twice_that_of_an_even_look():
    even = dict.fromkeys(("previous", "first"), 0.1)
    assert kind_of({"previous": 0.4, "first": 0.39}, even) == "previous"
    assert kind_of({"previous": 0.3999, "first": math.nan}, even) == ""
    assert kind_of({"previous": 0.5, "first": 0.6}, even) == "first"
    assert kind_of({"previous": 0.5, "first": 0.6}, {"previous": 0.24, "first": 0.3}) == "previous"


def test_losses_with_a_head_cut_out():
    opened = small(positions="rope")
    ids = LETTERS.encode(TEXT).tolist()
    told = []
    found = head_losses(opened, ids, tell=lambda done, whole: told.append((done, whole)))
    assert told == [(done, 5) for done in range(1, 6)]
    windows = [ids[start : start + 9] for start in range(0, 24, 8)]

    def losses():
        return np.array([
            float(opened.model(torch.tensor([w[:-1]]), torch.tensor([w[1:]]))) for w in windows
        ])  # fmt: skip

    with torch.no_grad():
        whole = losses()
        assert found.loss == pytest.approx(whole.mean(), abs=1e-5)
        assert (found.tokens, found.windows) == (24, 3)
        for layer, head in np.ndindex(2, 2):
            weight = opened.model.transformer.h[layer].attn.c_proj.weight
            kept = weight.clone()
            weight[:, 8 * head : 8 * head + 8] = 0
            without = losses()
            weight.copy_(kept)
            assert found.without[layer, head] == pytest.approx(without.mean(), abs=1e-5)
            difference = without - whole
            error = math.sqrt(sum((difference - difference.mean()) ** 2) / 2 / 3)
            assert found.error[layer, head] == pytest.approx(error, abs=1e-5)


def test_short_texts_and_stopping():
    opened = small()
    assert score_heads(opened, [1, 2, 1]).tokens == 3
    assert math.isnan(score_heads(opened, [1, 2]).same[0, 0])
    assert head_losses(opened, [1, 2, 3]).tokens == 2
    assert math.isnan(head_losses(opened, [1, 2, 3]).error[0, 0])
    for looking in (score_heads, head_losses):
        assert looking(opened, [1] * 20, lambda: True) is None
        with pytest.raises(GPTLabError, match="too few tokens"):
            looking(opened, [1])


def test_the_bundled_model_has_heads_that_look_back(home):
    opened = open_model(find_run(home, "contos"))
    ids = opened.tokenizer.encode("A figura é poética, mas não é a da heroína do romance. " * 5)
    found = score_heads(opened, ids)
    assert found.tokens == 256
    assert found.previous.shape == (4, 4)
    assert found.previous.max() > 3 * found.even["previous"]
