"""How close a group is: tokens beside others of their kind, positions beside the same group elsewhere."""

from itertools import combinations

import numpy as np
import pytest

from gptlab_tui.insight.classes import class_of, position_classes
from gptlab_tui.insight.embeddings import Embedding
from gptlab_tui.insight.groups import togetherness

LETTERS = "abcdefghijklmnopqrstuvwxyz"
SIGNS = "!?.,;:+-*/=<>()[]{}@#$%&"


def tokens(vectors, text):
    classes = tuple(class_of(letter.encode(), subword=False) for letter in text)
    return Embedding("tokens", 0, "", tuple(range(len(text))), vectors, tuple(text), classes)


def positions(vectors):
    places = range(len(vectors))
    names = tuple(map(str, places))
    return Embedding("positions", 0, "", tuple(places), vectors, names, position_classes(len(vectors)))


def cosine(a, b):
    return a @ b / np.sqrt((a @ a) * (b @ b))


def mean_of_pairs(vectors, group):
    return float(np.mean([cosine(vectors[i], vectors[j]) for i, j in combinations(group, 2)]))


def near_each_other(vectors, group):
    nearest = [
        max(set(range(len(vectors))) - {one}, key=lambda other: cosine(vectors[one], vectors[other]))
        for one in group
    ]
    return sum(one in group for one in nearest) / len(group)


def test_vowels_are_held_against_letters_and_not_against_a_heap_of_rare_signs():
    generator = np.random.default_rng(4)
    vectors = generator.standard_normal((len(LETTERS + SIGNS), 16))
    vectors[len(LETTERS) :] = 1 + 0.1 * vectors[len(LETTERS) :]  # hardly trained: all alike
    vowels = [LETTERS.index(letter) for letter in "aeiou"]
    vectors[vowels] += 1.5 * generator.standard_normal(16)
    close = togetherness(tokens(vectors, LETTERS + SIGNS), vowels)
    assert close.drawn == "5 of the 26 small letters"
    assert close.cosine.value == pytest.approx(mean_of_pairs(vectors, vowels))
    assert close.near.value == pytest.approx(near_each_other(vectors, vowels))
    assert close.cosine.holds
    assert close.near.holds
    letters = [mean_of_pairs(vectors, group) for group in combinations(range(26), 2)]
    assert close.cosine.chance.mean == pytest.approx(np.mean(letters), abs=0.02)
    others = togetherness(tokens(vectors, LETTERS + SIGNS), [1, 2, 3, 5, 6])
    assert not others.cosine.holds


def test_a_draw_has_as_many_of_each_kind_and_of_all_where_a_kind_is_used_up():
    vectors = np.random.default_rng(4).standard_normal((26 + 26 + 10 + 3, 8))
    found = tokens(vectors, LETTERS + LETTERS.upper() + "0123456789" + "é.\n")
    mixed = togetherness(found, [found.names.index(letter) for letter in "aeQ7"])
    assert mixed.drawn == "2 of the 26 small letters and 1 of the 26 capitals and 1 of the 10 digits"
    vectors[52:62] += 3  # the digits
    digits = togetherness(found, range(52, 62))
    assert digits.drawn == "10 of all 65"
    assert digits.cosine.holds
    assert digits.near.holds


def test_positions_are_held_against_the_same_group_at_other_places():
    angles = np.arange(12) * 0.2
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    along = togetherness(positions(vectors), [4, 5, 7])
    assert along.drawn == "the group at 8 other places"
    assert along.cosine.chance.low == pytest.approx(along.cosine.value)  # every run of them is as close
    assert along.cosine.chance.p == pytest.approx(1)
    everything = togetherness(positions(vectors), range(12))
    assert everything.drawn == "the group at 0 other places"
    assert not everything.cosine.holds
    vectors[[4, 5, 7]] = np.cos(4), np.sin(4)
    special = togetherness(positions(vectors), [4, 5, 7])
    assert special.cosine.chance.p == pytest.approx(1 / 9)
    assert special.near.value == 1
