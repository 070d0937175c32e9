"""The distribution of the next token, before the chain and after it, by formulas of its own."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from gptlab_tui.config import SampleConfig
from gptlab_tui.errors import GPTLabError
from gptlab_tui.sampling.next_token import next_token
from gptlab_tui.sampling.settings import resolve


@pytest.fixture
def opened(build, letters):
    return SimpleNamespace(model=build(), tokenizer=letters)


def test_temperature_and_top_k_by_hand(opened, letters):
    ids = letters.encode("uma coisa")
    found = next_token(opened, ids, resolve(SampleConfig(temperature=0.5, top_k=3), letters))
    with torch.no_grad():
        logits = opened.model(torch.tensor(ids[None, -8:].astype(np.int64)))[0, -1].double().numpy()
    raw = np.exp(logits) / np.exp(logits).sum()
    np.testing.assert_allclose(found.raw, raw, rtol=1e-6)
    largest = sorted(range(len(raw)), key=lambda token: -raw[token])[:3]
    left = {token: raw[token] ** 2 for token in largest}
    wanted = [left.get(token, 0.0) / sum(left.values()) for token in range(len(raw))]
    np.testing.assert_allclose(found.after, wanted, rtol=1e-6)
    assert found.raw_entropy_bits == pytest.approx(-sum(p * math.log2(p) for p in raw))
    assert found.entropy_bits == pytest.approx(-sum(p * math.log2(p) for p in wanted if p))
    assert [(stage.filter, stage.candidates) for stage in found.stages] == [
        ("temperature", len(raw)),
        ("top_k", 3),
    ]
    assert found.stages[1].mass == pytest.approx(sum(raw[token] for token in largest))
    assert found.dropped == 1


def test_without_a_filter_nothing_changes(opened, letters):
    found = next_token(opened, letters.encode("a"), resolve(SampleConfig(temperature=1.0), letters))
    assert found.stages == ()
    np.testing.assert_array_equal(found.raw, found.after)
    with pytest.raises(GPTLabError, match="no text"):
        next_token(opened, [], resolve(SampleConfig(), letters))
