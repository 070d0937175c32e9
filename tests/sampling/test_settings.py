"""Knobs against a tokenizer: pieces of text become tokens, and a mistake names its key."""

import math

import pytest

from gptlab_tui.config import SampleConfig
from gptlab_tui.errors import GPTLabError
from gptlab_tui.sampling.settings import change_knobs, resolve
from gptlab_tui.text.byte_pair import train_byte_pair


@pytest.fixture(scope="module")
def pairs():
    return train_byte_pair(["o gato e o rato e o gato e a casa do gato é do gato "] * 20, 270)


def test_pieces_become_tokens(letters):
    settings = resolve(SampleConfig(logit_bias={"a": 2.0, "b": -1.0}, ban=("c", "de")), letters)
    a, b, c, d, e = (int(token) for token in letters.encode("abcde"))
    assert {token: value for token, value in enumerate(settings.bias.tolist()) if value} == {
        a: 2.0,
        b: -1.0,
        c: -math.inf,
        d: -math.inf,
        e: -math.inf,
    }
    assert settings.filters == ("bias", "temperature")


def test_a_piece_of_several_bytes_is_one_token_where_the_vocabulary_has_it(pairs):
    settings = resolve(SampleConfig(logit_bias={" gato": 1.0}), pairs)
    (token,) = pairs.encode(" gato")
    assert settings.bias[int(token)] == 1.0
    assert int((settings.bias != 0).sum()) == 1


def test_every_mistake_is_reported_with_its_key(letters, pairs):
    knobs = SampleConfig(logit_bias={"ab": 1.0, "Ω": 1.0, "": 1.0}, ban=("Ψ", ""), stop=("",))
    with pytest.raises(GPTLabError) as caught:
        resolve(knobs, letters)
    lines = caught.value.message.splitlines()
    assert [line.strip().split(":")[0] for line in lines] == [
        "sample.stop",
        "sample.logit_bias",
        "sample.logit_bias",
        "sample.logit_bias",
        "sample.ban",
        "sample.ban",
    ]
    assert "'ab' is 2 tokens" in caught.value.message
    assert "Ω" in caught.value.message
    assert "Ψ" in caught.value.message


def test_banning_everything_is_refused(letters):
    everything = letters.decode(range(letters.vocab_size))
    with pytest.raises(GPTLabError, match=r"sample\.ban: nothing"):
        resolve(SampleConfig(ban=(everything,)), letters)


def test_changed_knobs_are_checked():
    assert change_knobs(SampleConfig(top_k=3), {"temperature": 0.5, "chain": ["top_k"]}) == SampleConfig(
        top_k=3, temperature=0.5, chain=("top_k",)
    )
    with pytest.raises(GPTLabError) as caught:
        change_knobs(SampleConfig(), {"top_p": 3.0, "temperature": -1, "chain": ["top_q"]})
    for key in ("sample.top_p", "sample.temperature", "sample.chain"):
        assert key in caught.value.message
