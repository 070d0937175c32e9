"""Surprise token by token against plain loops, and against `gptlab eval`'s own figure."""

import math

import numpy as np
import pytest
import torch

from gptlab_tui.errors import GPTLabError
from gptlab_tui.insight.classes import class_of
from gptlab_tui.insight.surprise import surprise, windows
from gptlab_tui.insight.surprise_difference import difference
from gptlab_tui.insight.surprise_parts import by_class, by_context, by_frequency, by_position, worst
from gptlab_tui.model.open_run import open_model
from gptlab_tui.model.score import Score, score_in_batches
from gptlab_tui.runs.layout import find_run
from gptlab_tui.text.byte_pair import train_byte_pair
from gptlab_tui.text.tokenizers import tokenizer_from_json
from tests.small_models import small

LETTERS = tokenizer_from_json({"kind": "char", "characters": " Zaeimnorsté"})
TEXT = "o rato Zoe e o mar é, no norte a arte e meia"


IDS = LETTERS.encode(TEXT, "skip").tolist()


@pytest.mark.parametrize("targets", [1, 7, 8, 9, 12, 13, 40, 43])
@pytest.mark.parametrize("overlapping", [False, True])
def test_every_token_is_told_once(targets, overlapping):
    told = [
        window.start + place
        for window in windows(targets, 8, overlapping)
        for place in range(window.skip, window.width)
    ]
    assert told == list(range(targets))
    for window in windows(targets, 8, overlapping)[1:] if overlapping else ():
        assert window.skip >= 4
        assert window.width == 8


@pytest.mark.parametrize("overlapping", [False, True])
def test_it_is_minus_log2_p_of_what_came(overlapping):
    opened = small(LETTERS)
    found = surprise(opened, IDS, overlapping=overlapping)
    assert math.isnan(found.bits[0])
    assert (found.context[0], found.best[0]) == (0, -1)
    for place in range(1, len(IDS)):
        before = IDS[place - found.context[place] : place]
        assert len(before) == found.context[place] <= 8
        with torch.no_grad():
            p = opened.model(torch.tensor([before]))[0, -1].softmax(-1).double().numpy()
        assert found.bits[place] == pytest.approx(-math.log2(p[IDS[place]]), abs=1e-4)
        assert found.entropy_bits[place] == pytest.approx(-sum(q * math.log2(q) for q in p), abs=1e-4)
        assert found.best[place] == int(p.argmax())
        assert found.best_bits[place] == pytest.approx(-math.log2(p.max()), abs=1e-4)
    if overlapping:
        assert found.context[9:].min() >= 5


def test_consecutive_windows_give_the_score_of_eval():
    opened = small(LETTERS)
    found = surprise(opened, IDS, overlapping=False)
    score = sum(score_in_batches(opened.model, np.array(IDS), LETTERS.token_lengths()), Score())
    assert found.bits_per_token * math.log(2) == pytest.approx(score.loss, rel=1e-5)
    assert found.bits_per_byte == pytest.approx(score.bits_per_byte, rel=1e-5)
    assert (found.tokens, found.size_bytes) == (score.tokens, score.size_bytes)


def test_it_can_be_stopped_and_tells_how_far_it_is():
    opened, heard = small(LETTERS), []
    surprise(opened, IDS, overlapping=False, tell=lambda done, targets: heard.append((done, targets)))
    assert heard[-1] == (len(IDS) - 1, len(IDS) - 1)
    assert surprise(opened, IDS, stopped=lambda: True) is None
    with pytest.raises(GPTLabError, match="fewer than two"):
        surprise(opened, IDS[:1])


def test_the_parts_are_the_whole_taken_apart():
    found = surprise(small(LETTERS), IDS, overlapping=False)
    counts = np.bincount(IDS, minlength=LETTERS.vocab_size) * 7
    kinds = [class_of(LETTERS.token_bytes(token), False) for token in range(LETTERS.vocab_size)]
    for parts in (by_context(found), by_class(found, LETTERS), by_frequency(found, counts)):
        assert sum(part.bits for part in parts) == pytest.approx(found.bits[1:].sum())
        assert sum(part.tokens for part in parts) == found.tokens
        assert sum(part.size_bytes for part in parts) == found.size_bytes
    for part in by_class(found, LETTERS):
        mine = [bits for bits, id_ in zip(found.bits, IDS, strict=True) if kinds[id_] == part.name][
            1 if kinds[IDS[0]] == part.name else 0 :
        ]
        assert part.bits_per_token == pytest.approx(sum(mine) / len(mine))
    means, count = by_position(found)
    for position in range(1, 9):
        mine = [found.bits[at] for at in range(1, len(IDS)) if (at - 1) % 8 + 1 == position]
        assert (count[position - 1], means[position - 1]) == (len(mine), pytest.approx(sum(mine) / len(mine)))
    names = [part.name for part in by_context(found)]
    assert names == ["1", "2", "3-4", "5-8"]
    for part, (low, high) in zip(by_context(found), [(1, 1), (2, 2), (3, 4), (5, 8)], strict=True):
        assert part.tokens == count[low - 1 : high].sum()
    assert [part.name for part in by_frequency(found, counts)] == ["1-9", "10-99"]


def test_the_worst_come_first():
    found = surprise(small(LETTERS), IDS)
    places = worst(found, 5)
    assert [found.bits[at] for at in places] == sorted(found.bits[1:], reverse=True)[:5]


def test_two_models_of_one_tokenizer_differ_token_by_token():
    first, second = (surprise(small(LETTERS, seed=seed), IDS) for seed in (5, 6))
    found = difference(first, second)
    np.testing.assert_allclose(found.bits, first.bits[1:] - second.bits[1:], atol=1e-9)
    assert found.bits_per_byte == pytest.approx((first.bits_per_byte, second.bits_per_byte))
    assert difference(first, first).bits.tolist() == [0.0] * first.tokens


def test_two_tokenizers_are_compared_between_common_borders():
    text = "a arte e a arte do norte no mar " * 6
    subwords = train_byte_pair([text], 270)
    letters = tokenizer_from_json({"kind": "char", "characters": "".join(sorted(set(text)))})
    one, two = small(letters), small(subwords)
    first, second = (surprise(each, each.tokenizer.encode(text)) for each in (one, two))
    found = difference(first, second)
    raw, at = text.encode(), 0
    pairs = {}  # of the end of a token, in bytes -> the bits up to it
    for number, each in enumerate((first, second)):
        at = total = 0
        for length, bits in zip(each.lengths, each.bits, strict=True):
            at += int(length)
            total += 0.0 if math.isnan(bits) else bits
            pairs.setdefault(at, {})[number] = total
    common = [(at, both) for at, both in pairs.items() if len(both) == 2]
    assert found.ends.tolist() == [at for at, _ in common[1:]]
    assert found.starts[0] == common[0][0] == second.lengths[0]
    assert found.ends[-1] == len(raw)
    for number, paid in enumerate((found.first_bits, found.second_bits)):
        sums = [both[number] for _, both in common]
        np.testing.assert_allclose(paid, np.diff(sums), atol=1e-6)
    assert found.bits_per_byte[1] == pytest.approx(second.bits_per_byte)  # its tokens are the longer ones
    with pytest.raises(GPTLabError, match="same characters"):
        difference(first, surprise(two, subwords.encode(text + "mar")))


def test_the_bundled_model_is_surprised_by_what_is_rare(home):
    opened = open_model(find_run(home, "contos"))
    text = "A figura é poética, mas não é a da heroína do romance. " * 3
    found = surprise(opened, opened.tokenizer.encode(text))
    parts = {part.name: part.bits_per_token for part in by_class(found, opened.tokenizer)}
    assert parts["blank"] < parts["vowel"] < parts["consonant"]
    earlier = surprise(open_model(find_run(home, "contos"), 500), opened.tokenizer.encode(text))
    first, second = difference(found, earlier).bits_per_byte
    assert first < second
