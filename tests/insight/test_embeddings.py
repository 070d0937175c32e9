"""Embeddings of runs, against the tensors of the models themselves."""

from itertools import combinations

import numpy as np
import pytest

from gptlab_tui.errors import GPTLabError
from gptlab_tui.insight.claims import order_claims
from gptlab_tui.insight.embeddings import (
    closest_pairs,
    cosine_at,
    embedding,
    embedding_at,
    embedding_at_start,
    first_tokens,
    likeness_by_distance,
    members,
    neighbours,
    steps_of,
)
from gptlab_tui.insight.flat import principal_plane
from gptlab_tui.model.open_run import open_model
from gptlab_tui.runs.layout import find_run
from tests.embedded_runs import LETTERS, moving_run


def cosine(a, b):
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


def test_the_vectors_are_the_models(home):
    opened = open_model(moving_run(home, "one"))
    tokens, positions = embedding(opened), embedding(opened, "positions")
    np.testing.assert_array_equal(tokens.vectors, opened.model.transformer.wte.weight.numpy())
    np.testing.assert_array_equal(positions.vectors, opened.model.transformer.wpe.weight.numpy())
    assert "".join(tokens.names) == LETTERS
    assert positions.names == tuple(map(str, range(24)))
    assert tokens.classes[LETTERS.index("ã")] == "accented"
    assert steps_of(opened) == [0, 100, 200]
    for step in (0, 100):
        there = open_model(opened.run, step).model
        at = embedding_at(opened, step, "positions")
        np.testing.assert_array_equal(at.vectors, there.transformer.wpe.weight.numpy())
        assert at.step == step


def test_the_beginning_is_kept_or_drawn_anew(home):
    kept = embedding_at_start(open_model(moving_run(home, "kept")))
    anew = embedding_at_start(open_model(moving_run(home, "gone", steps=(100, 200))))
    np.testing.assert_array_equal(kept.vectors, anew.vectors)
    assert (kept.origin, anew.origin) == ("", "drawn anew from seed 7")
    tuned = moving_run(home, "tuned", steps=(100, 200), parent={"run": "x", "step": 1})
    assert embedding_at_start(open_model(tuned)).step == 100


def test_the_bundled_run_began_as_its_seed_says(home):
    opened = open_model(find_run(home, "contos"))
    kept = embedding_at_start(opened)
    assert kept.step == 0
    from gptlab_tui.model.initial import initial_value

    anew = initial_value(opened.model, "transformer.wte.weight", opened.config.train.seed)
    np.testing.assert_allclose(kept.vectors, anew.numpy(), atol=1e-3)  # snapshots are in half precision


@pytest.mark.parametrize(("kind", "word"), [("rope", "RoPE"), ("alibi", "ALiBi"), ("relative", "T5")])
def test_models_without_position_vectors_say_so(home, kind, word):
    opened = open_model(moving_run(home, "other", positions=kind))
    for ask in (embedding, embedding_at_start):
        with pytest.raises(GPTLabError, match="has no position embedding") as error:
            ask(opened, "positions")
        assert word in error.value.message


def test_waves_are_the_same_at_every_step(home):
    opened = open_model(moving_run(home, "waves", positions="sinusoidal"))
    now = embedding(opened, "positions")
    np.testing.assert_array_equal(now.vectors, opened.model.waves.numpy())
    np.testing.assert_array_equal(now.vectors, embedding_at_start(opened, "positions").vectors)
    claims = {
        (claim.name, claim.where): claim
        for claim in order_claims(now.vectors, principal_plane(now.vectors).points(now.vectors))
    }
    assert claims["by_distance", "space"].value > 0.99  # what waves are made for


def test_a_tied_head_is_no_other(home):
    with pytest.raises(GPTLabError, match="tied"):
        embedding(open_model(moving_run(home, "tied", tied_head=True)), "head")
    opened = open_model(moving_run(home, "untied", tied_head=False))
    np.testing.assert_array_equal(embedding(opened, "head").vectors, opened.model.lm_head.weight.numpy())


def test_groups_as_they_are_written(home):
    opened = open_model(moving_run(home, "one"))
    assert members(opened, "tokens", "aba") == (LETTERS.index("a"), LETTERS.index("b"))
    with pytest.raises(GPTLabError, match="not in the vocabulary") as error:
        members(opened, "tokens", "aZ")
    assert "--unknown" not in error.value.hint
    broken = open_model(find_run(home, "contos"))
    assert members(broken, "tokens", "␊a") == members(broken, "tokens", "\na")
    assert broken.tokenizer.decode(members(broken, "tokens", "␊")) == "\n"
    assert members(opened, "positions", "12-14, 3") == (12, 13, 14, 3)
    for wrong in ("12-24", "x", "3-", ""):
        with pytest.raises(GPTLabError):
            members(opened, "positions", wrong)


def test_neighbours_and_pairs_by_a_loop():
    vectors = np.random.default_rng(4).standard_normal((12, 5)).astype(np.float32)
    table = [[cosine(a, b) for b in vectors] for a in vectors]
    expected = sorted((place for place in range(12) if place != 3), key=lambda place: -table[3][place])[:4]
    found = neighbours(vectors, 3, 4)
    assert [one.place for one in found] == expected
    assert [one.cosine for one in found] == pytest.approx([table[3][place] for place in expected], abs=1e-5)
    free, pairs = set(range(12)), []
    while len(pairs) < 3:
        best = max((table[i][j], -i, -j) for i in free for j in free if i < j)
        pairs.append((-best[1], -best[2]))
        free -= set(pairs[-1])
    assert [pair[:2] for pair in closest_pairs(vectors, 3)] == pairs


def mean_of_pairs(vectors, group):
    return float(np.mean([cosine(vectors[i], vectors[j]) for i, j in combinations(group, 2)]))


@pytest.mark.parametrize("positions", ["learned", "sinusoidal"])
def test_a_group_at_another_step(home, positions):
    opened = open_model(moving_run(home, "one", positions=positions))
    for of, step in (("tokens", 100), ("positions", 100), ("positions", 200)):
        vectors = embedding_at(opened, step, of).vectors
        expected = pytest.approx(mean_of_pairs(vectors, [2, 5, 9]), abs=1e-6)
        assert cosine_at(opened, step, of, [2, 5, 9]) == expected


def test_likeness_by_distance_by_a_loop():
    vectors = np.random.default_rng(4).standard_normal((7, 5))
    expected = [
        np.mean([cosine(vectors[i], vectors[i + apart]) for i in range(7 - apart)]) for apart in range(1, 7)
    ]
    np.testing.assert_allclose(likeness_by_distance(vectors), expected)


def test_only_the_first_and_those_asked_for(home):
    found = embedding(open_model(moving_run(home, "one")))
    few = first_tokens(found, 3, [9, 1])
    assert few.names == (*LETTERS[:3], LETTERS[9])
    np.testing.assert_array_equal(few.vectors, found.vectors[[0, 1, 2, 9]])
