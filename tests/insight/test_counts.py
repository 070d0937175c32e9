"""A model beside counts, and when a training beat them."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from gptlab_tui.errors import GPTLabError
from gptlab_tui.insight.counts import beside_counts, divergence_bits
from gptlab_tui.insight.milestones import Milestone, known_milestones, milestones, milestones_of
from gptlab_tui.model.open_run import open_model
from gptlab_tui.runs.layout import find_run
from gptlab_tui.text.ngram_next import Discounts, discounts, following
from gptlab_tui.text.run_text import tokens_of_run
from gptlab_tui.text.tokenizers import tokenizer_from_json

LETTERS = tokenizer_from_json({"kind": "char", "characters": " aert"})


class Table(torch.nn.Module):
    """A model that says what a bigram table says."""

    def __init__(self, chances):
        super().__init__()
        self.lm_head = torch.nn.Linear(1, 5, bias=False)
        self.logits = torch.from_numpy(np.log(chances)).float()
        self.config = SimpleNamespace(block_size=4)

    def forward(self, idx):
        return self.logits[idx]


def test_a_model_that_is_a_table_is_nearest_to_it():
    train = LETTERS.encode("rata aterra a terra e a arte erra " * 4).astype(np.uint16)
    less = Discounts((0.4, 0.5, 0.6), (0.5, 0.5))
    tables = [following(train, [last], 5, less)[1].estimate for last in range(5)]
    opened = SimpleNamespace(model=Table(np.stack(tables)), tokenizer=LETTERS)
    found = beside_counts(opened, LETTERS.encode("a terra a ar"), train, less)
    assert found.nearest == 2
    assert found.divergence_bits[1] == pytest.approx(0.0, abs=1e-6)
    assert len(found.orders) == 3
    np.testing.assert_allclose(found.model, tables[LETTERS.encode("r")[0]], atol=1e-6)
    with pytest.raises(GPTLabError, match="no text"):
        beside_counts(opened, [], train, less)
    with pytest.raises(GPTLabError, match="too short"):
        beside_counts(opened, [1], train, Discounts((), ()))


def test_divergence_by_hand():
    p, q = np.array([0.5, 0.5, 0.0]), np.array([0.25, 0.5, 0.25])
    assert divergence_bits(p, q) == pytest.approx(0.5 * math.log2(2))
    assert divergence_bits(q, q) == 0.0


def test_milestones_are_between_two_evaluations():
    curve = [(0, 5.0), (100, 3.0), (200, 2.0), (300, 2.5), (400, 1.9)]
    assert milestones((3.1, 2.0, 1.0), curve) == (
        Milestone("unigram", 3.1, 100, 0),
        Milestone("bigram", 2.0, 400, 300),
        Milestone("trigram", 1.0, None, None),
    )
    assert milestones((9.0, 9.0, 9.0), curve)[0] == Milestone("unigram", 9.0, 0, None)
    assert milestones((1.0, 1.0, 1.0), [])[2].step is None


def test_the_bundled_run_beats_all_of_them(home, monkeypatch):
    run = find_run(home, "contos")
    assert milestones_of(run, home, lambda: True) is None
    found = milestones_of(run, home)
    assert [one.name for one in found] == ["unigram", "bigram", "trigram"]
    assert [one.step for one in found] == [500, 500, 500]
    monkeypatch.setattr("gptlab_tui.text.ngrams.baselines", None)  # it was counted, and that is kept
    assert known_milestones(run, home) == found


def test_a_run_without_its_text_tells_none(home, monkeypatch):
    monkeypatch.setattr("gptlab_tui.insight.milestones.installed", lambda home: {})
    assert known_milestones(find_run(home, "contos"), home) is None


def test_the_bundled_model_looks_further_back_than_a_bigram(home):
    opened = open_model(find_run(home, "contos"))
    tokens = tokens_of_run(opened.run.read_training_request(), opened.tokenizer, home)
    found = beside_counts(
        opened, opened.tokenizer.encode("A figura é po"), tokens.train, discounts(tokens, home)
    )
    assert found.nearest > 3
    assert found.orders[0].seen == len(tokens.train)
