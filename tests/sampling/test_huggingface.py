"""Filters of the same name as in Hugging Face's `transformers` have the same definition."""

import pytest
import torch

process = pytest.importorskip("transformers.generation.logits_process")

from gptlab_tui.config import SampleConfig  # noqa: E402
from gptlab_tui.sampling import chain  # noqa: E402
from gptlab_tui.sampling.settings import resolve  # noqa: E402

B, V, T = 6, 50, 30


@pytest.fixture(params=[0.3, 1.0, 4.0], ids="spread={}".format)
def logits(request):
    generator = torch.Generator().manual_seed(11)
    return torch.randn(B, V, generator=generator, dtype=torch.float64) * request.param


@pytest.fixture
def history():
    return torch.randint(0, V, (B, T), generator=torch.Generator().manual_seed(5))


def same(ours, theirs):
    torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=0)


@pytest.mark.parametrize("penalty", [0.6, 1.3, 2.0])
def test_repetition(logits, history, penalty):
    theirs = process.RepetitionPenaltyLogitsProcessor(penalty)(history, logits.clone())
    same(chain.repetition(logits, chain.count_tokens(history, V), penalty), theirs)


@pytest.mark.parametrize("value", [0.2, 0.8, 1.5])
def test_temperature(logits, history, value):
    same(chain.temperature(logits, value), process.TemperatureLogitsWarper(value)(history, logits))


@pytest.mark.parametrize("k", [1, 2, 10, 49, 50, 1000])
def test_top_k(logits, history, k):
    tied = logits.round(decimals=1)
    for each in (logits, tied):
        same(chain.top_k(each, k), process.TopKLogitsWarper(k)(history, each))


@pytest.mark.parametrize("p", [0.001, 0.2, 0.5, 0.9, 0.999])
def test_top_p(logits, history, p):
    same(chain.top_p(logits, p), process.TopPLogitsWarper(p)(history, logits))


@pytest.mark.parametrize("p", [0.0, 0.01, 0.1, 0.6, 1.0])
def test_min_p(logits, history, p):
    same(chain.min_p(logits, p), process.MinPLogitsWarper(p)(history, logits))


@pytest.mark.parametrize("p", [0.001, 0.2, 0.5, 0.9, 0.999])
def test_typical(logits, history, p):
    banned = logits.clone()
    banned[:, ::3] = -torch.inf
    for each in (logits, banned):
        same(chain.typical(each, p), process.TypicalLogitsWarper(p)(history, each))


def test_bias_and_bans(letters):
    logits = torch.randn(2, letters.vocab_size, dtype=torch.float64)
    history = torch.zeros(2, 3, dtype=torch.long)
    a, b, c = (int(token) for token in letters.encode("abc"))
    theirs = process.SequenceBiasLogitsProcessor([[[a], 1.5], [[b], -2.0]])(history, logits)
    theirs = process.NoBadWordsLogitsProcessor([[c]])(history, theirs)
    knobs = SampleConfig(logit_bias={"a": 1.5, "b": -2.0}, ban=("c",), temperature=1.0)
    torch.testing.assert_close(chain.run_chain(logits, history, resolve(knobs, letters)), theirs)


def test_the_whole_chain_in_the_default_order(letters):
    V = letters.vocab_size
    logits = torch.randn(B, V, dtype=torch.float64, generator=torch.Generator().manual_seed(2)) * 2
    history = torch.randint(0, V, (B, T), generator=torch.Generator().manual_seed(5))
    knobs = SampleConfig(
        repetition_penalty=1.2, temperature=0.8, top_k=20, top_p=0.9, min_p=0.02, typical_p=0.8
    )
    theirs = process.LogitsProcessorList(
        [
            process.RepetitionPenaltyLogitsProcessor(1.2),
            process.TemperatureLogitsWarper(0.8),
            process.TopKLogitsWarper(20),
            process.TopPLogitsWarper(0.9),
            process.MinPLogitsWarper(0.02),
            process.TypicalLogitsWarper(0.8),
        ]
    )(history, logits.clone())
    same(chain.run_chain(logits, history, resolve(knobs, letters)), theirs)
