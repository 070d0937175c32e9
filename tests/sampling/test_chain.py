"""Every filter against its definition, written out in plain Python."""

import math
from collections import Counter

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gptlab_tui.config import DEFAULT_CHAIN, SampleConfig
from gptlab_tui.sampling import chain
from gptlab_tui.sampling.chain import count_tokens, run_chain, trace_chain
from gptlab_tui.sampling.settings import change_knobs, resolve

V = 7
rows = st.lists(st.floats(-8, 8), min_size=V, max_size=V)
banned_rows = st.lists(st.one_of(st.floats(-8, 8), st.just(-math.inf)), min_size=V, max_size=V).filter(
    lambda row: max(row) > -math.inf
)
histories = st.lists(st.integers(0, V - 1), min_size=1, max_size=12)


def tensor(row):
    return torch.tensor(row, dtype=torch.float64)


def kept(logits):
    return {token for token, value in enumerate(logits.tolist()) if value > -math.inf}


def softmax(row):
    top = max(row)
    weights = [math.exp(value - top) for value in row]
    return [weight / sum(weights) for weight in weights]


def counts_of(history):
    return count_tokens(torch.tensor([history]), V)[0]


@given(histories)
def test_counts(history):
    assert counts_of(history).tolist() == [Counter(history)[token] for token in range(V)]


@given(rows, histories, st.floats(0.5, 3))
def test_repetition(row, history, penalty):
    expected = [
        value if token not in history else value * penalty if value < 0 else value / penalty
        for token, value in enumerate(row)
    ]
    assert chain.repetition(tensor(row), counts_of(history), penalty).tolist() == expected


@given(rows, histories, st.floats(-2, 2))
def test_frequency_and_presence(row, history, penalty):
    counts = Counter(history)
    often = [value - penalty * counts[token] for token, value in enumerate(row)]
    once = [value - penalty * (token in counts) for token, value in enumerate(row)]
    assert chain.frequency(tensor(row), counts_of(history), penalty).tolist() == often
    assert chain.presence(tensor(row), counts_of(history), penalty).tolist() == once


@given(rows, st.floats(0.05, 5))
def test_temperature_divides(row, value):
    assert chain.temperature(tensor(row), value).tolist() == [logit / value for logit in row]


@given(banned_rows, st.sampled_from([0.0, 1e-310, 1e-101]))
def test_temperature_zero_leaves_the_first_of_the_largest(row, value):
    after = chain.temperature(tensor(row), value)
    assert kept(after) == {row.index(max(row))}
    assert float(after.softmax(-1).max()) == 1.0


@given(banned_rows, st.floats(1e-99, 1e-3))
def test_a_tiny_temperature_stays_finite(row, value):
    assert not chain.temperature(tensor(row), value).softmax(-1).isnan().any()


@given(banned_rows, st.integers(1, V + 3))
def test_top_k(row, k):
    least = sorted(row, reverse=True)[min(k, V) - 1]
    expected = {token for token, value in enumerate(row) if value >= least and value > -math.inf}
    assert kept(chain.top_k(tensor(row), k)) == expected


@given(banned_rows, st.floats(0.01, 0.999))
def test_top_p(row, p):
    after = kept(chain.top_p(tensor(row), p))
    q = tensor(row).softmax(-1).tolist()
    order = sorted(range(V), key=lambda token: -q[token])
    assert after == set(order[: len(after)])  # the most probable ones
    mass = sum(q[token] for token in after)
    assert mass >= p - 1e-12  # enough
    assert mass - q[order[len(after) - 1]] < p + 1e-12  # and one fewer would not be


@given(banned_rows, st.floats(0, 1))
def test_min_p(row, p):
    q = tensor(row).softmax(-1).tolist()
    assert kept(chain.min_p(tensor(row), p)) == {
        token for token, value in enumerate(row) if value > -math.inf and q[token] >= p * max(q)
    }


@given(rows, st.floats(0.01, 0.999))
def test_typical(row, p):
    q = softmax(row)
    nats = -sum(value * math.log(value) for value in q)
    oddness = [abs(-math.log(value) - nats) for value in q]
    order = sorted(range(V), key=oddness.__getitem__)
    after = kept(chain.typical(tensor(row), p))
    last = max(oddness[token] for token in after)
    mass = sum(q[token] for token in after)
    assert mass >= p - 1e-9
    assert all(token in after for token in range(V) if oddness[token] < last - 1e-9)
    fewer = sum(q[token] for token in order if oddness[token] < last - 1e-9)
    assert fewer < p + 1e-9


@given(banned_rows)
def test_entropy(row):
    q = [value for value in softmax(row) if value]
    assert float(chain.entropy(tensor(row))) == pytest.approx(-sum(v * math.log(v) for v in q), abs=1e-9)


FILTERS = {
    "repetition": lambda x: chain.repetition(x, torch.ones(V), 1.7),
    "frequency": lambda x: chain.frequency(x, torch.ones(V), 0.3),
    "presence": lambda x: chain.presence(x, torch.ones(V), 0.3),
    "bias": lambda x: chain.bias(x, torch.linspace(-1, 1, V)),
    "temperature": lambda x: chain.temperature(x, 0.7),
    "greedy": lambda x: chain.temperature(x, 0.0),
    "top_k": lambda x: chain.top_k(x, 3),
    "top_p": lambda x: chain.top_p(x, 0.6),
    "min_p": lambda x: chain.min_p(x, 0.3),
    "typical": lambda x: chain.typical(x, 0.6),
}


@pytest.mark.parametrize("name", FILTERS)
@given(st.lists(banned_rows, min_size=1, max_size=4))
def test_filters_are_pure_work_on_any_batch_and_leave_something(name, batch):
    logits = tensor(batch)
    before = logits.clone()
    after = FILTERS[name](logits)
    assert torch.equal(logits, before)
    assert (after > -math.inf).any(-1).all()
    assert not (after > -math.inf)[logits == -math.inf].any()  # what was out stays out
    alone = torch.stack([FILTERS[name](row) for row in logits])
    torch.testing.assert_close(after, alone, rtol=0, atol=0)
    torch.testing.assert_close(FILTERS[name](logits[None])[0], after, rtol=0, atol=0)


class TestOrder:
    def test_everything_is_off_by_default_but_the_temperature(self, letters):
        assert resolve(SampleConfig(), letters).filters == ("temperature",)

    def test_the_order_is_the_one_that_was_asked_for(self, letters):
        row = tensor([[3.0, 2.0, 1.0] + [-5.0] * (letters.vocab_size - 3)])
        history = torch.tensor([[0]])
        knobs = SampleConfig(temperature=4.0, top_p=0.8)
        cold_first = resolve(change_knobs(knobs, {"chain": ["top_p", "temperature"]}), letters)
        hot_first = resolve(knobs, letters)
        assert hot_first.filters == ("temperature", "top_p")
        assert kept(run_chain(row, history, cold_first)[0]) == {0, 1}
        assert len(kept(run_chain(row, history, hot_first)[0])) > 3

    def test_a_filter_that_is_left_out_is_off(self, letters):
        knobs = SampleConfig(temperature=0.5, top_k=2, chain=("temperature",))
        assert resolve(knobs, letters).filters == ("temperature",)

    def test_the_window_limits_what_the_penalties_see(self, letters):
        row = torch.zeros(1, letters.vocab_size, dtype=torch.float64)
        history = torch.tensor([[1, 2, 3, 3]])
        for window, seen in (
            (0, {1: 1, 2: 1, 3: 2}),
            (2, {3: 2}),
            (3, {2: 1, 3: 2}),
            (99, {1: 1, 2: 1, 3: 2}),
        ):
            knobs = SampleConfig(frequency_penalty=1.0, temperature=1.0, penalty_window=window)
            after = run_chain(row, history, resolve(knobs, letters))[0]
            assert {token: -int(value) for token, value in enumerate(after.tolist()) if value} == seen

    def test_without_a_filter_the_logits_are_the_models(self, letters):
        row = torch.randn(2, letters.vocab_size, dtype=torch.float64)
        settings = resolve(SampleConfig(temperature=1.0), letters)
        assert torch.equal(run_chain(row, torch.zeros(2, 1, dtype=torch.long), settings), row)


def test_the_funnel_says_what_each_stage_leaves(letters):
    row = torch.full((letters.vocab_size,), -math.inf, dtype=torch.float64)
    row[:5] = torch.tensor([0.4, 0.3, 0.15, 0.1, 0.05], dtype=torch.float64).log()
    first, second = letters.decode([0]), letters.decode([1])
    knobs = SampleConfig(ban=(first,), logit_bias={second: 0.0}, top_k=3, top_p=0.8, temperature=1.0)
    settings = resolve(knobs, letters)
    stages, after = trace_chain(row, torch.tensor([1, 2]), settings)
    assert [stage.filter for stage in stages] == ["bias", "top_k", "top_p"]
    assert [stage.candidates for stage in stages] == [4, 3, 2]
    assert [stage.mass for stage in stages] == pytest.approx([0.6, 0.55, 0.45])
    assert torch.equal(after, run_chain(row[None], torch.tensor([[1, 2]]), settings)[0])


@given(rows, st.permutations(DEFAULT_CHAIN))
def test_in_any_order_the_funnel_narrows_and_something_is_left(row, order):
    import string

    from gptlab_tui.text.tokenizers import tokenizer_from_json

    letters = tokenizer_from_json({"kind": "char", "characters": string.ascii_lowercase[:V]})
    knobs = SampleConfig(
        temperature=0.7, top_k=5, top_p=0.9, min_p=0.05, typical_p=0.9, repetition_penalty=1.2,
        frequency_penalty=0.1, presence_penalty=0.1, logit_bias={"a": 1.0}, ban=("b",), chain=tuple(order),
    )  # fmt: skip
    settings = resolve(knobs, letters)
    stages, after = trace_chain(tensor(row), torch.tensor([0, 3, 3]), settings)
    assert [stage.filter for stage in stages] == list(order)
    candidates = [stage.candidates for stage in stages]
    assert candidates == sorted(candidates, reverse=True)
    masses = [stage.mass for stage in stages]
    assert masses == sorted(masses, reverse=True)
    assert len(kept(after)) == candidates[-1]
    # A ban after all else may take the last candidate; before the cuts something is always left.
    assert candidates[-1] >= 1 or order.index("bias") > 0
