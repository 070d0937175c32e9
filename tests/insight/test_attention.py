"""Attention maps against the model's own weights, written out another way."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from gptlab_tui.errors import GPTLabError
from gptlab_tui.insight.attention import attend
from gptlab_tui.insight.links import Link, entropy_bits, pool, strongest, strongest_in_block
from gptlab_tui.model.open_run import open_model
from gptlab_tui.runs.layout import find_run
from tests.small_models import LETTERS, small


def test_the_first_layer_written_out_by_hand():
    opened = small(positions="learned", norm="layernorm", bias="all")
    ids = LETTERS.encode("o rato ")
    seen = attend(opened, ids.tolist())
    state = {name: value.numpy() for name, value in opened.model.state_dict().items()}
    x = state["transformer.wte.weight"][ids] + state["transformer.wpe.weight"][: len(ids)]
    centred = x - x.mean(axis=1, keepdims=True)
    normed = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-5)
    normed = normed * state["transformer.h.0.ln_1.weight"] + state["transformer.h.0.ln_1.bias"]
    qkv = normed @ state["transformer.h.0.attn.c_attn.weight"].T + state["transformer.h.0.attn.c_attn.bias"]
    for head in range(2):
        q, k = (qkv[:, part * 16 + head * 8 : part * 16 + head * 8 + 8] for part in (0, 1))
        for row in range(len(ids)):
            scores = [math.exp(q[row] @ k[column] / math.sqrt(8)) for column in range(row + 1)]
            expected = [score / sum(scores) for score in scores] + [0.0] * (len(ids) - row - 1)
            np.testing.assert_allclose(seen.weights[0, head, row], expected, atol=1e-5)
        np.testing.assert_allclose(seen.scores(0, head), q @ k.T, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("positions", ["learned", "rope", "alibi", "relative", "sinusoidal"])
def test_weights_are_the_softmax_of_what_is_told_beside_them(positions):
    seen = attend(small(positions=positions), LETTERS.encode("o rato ").tolist())
    assert seen.weights.shape == (2, 2, 7, 7)
    np.testing.assert_allclose(seen.weights.sum(axis=-1), 1, atol=1e-5)
    assert float(np.triu(seen.weights, 1).max()) == 0.0
    hidden = np.triu(np.full((7, 7), -np.inf), 1)
    for layer in range(2):
        for head in range(2):
            scores = seen.scores(layer, head) / math.sqrt(8)
            scores = scores + (hidden if seen.bias is None else seen.bias[head % len(seen.bias)])
            raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
            np.testing.assert_allclose(
                raised / raised.sum(axis=-1, keepdims=True), seen.weights[layer, head], atol=1e-5
            )


def test_looking_changes_nothing(monkeypatch):
    """The fast path gives the same hidden states as the one that is looked at."""
    opened = small(positions="rope")
    ids = LETTERS.encode("o rato ").tolist()
    finals = []
    hidden = opened.model.hidden
    monkeypatch.setattr(opened.model, "hidden", lambda *a, **k: finals.append(hidden(*a, **k)) or finals[-1])
    attend(opened, ids)
    with torch.no_grad():
        torch.testing.assert_close(finals[0], hidden(torch.tensor([ids])), rtol=1e-4, atol=1e-5)


def test_of_a_long_text_the_last_tokens_are_read():
    opened, ids = small(), LETTERS.encode("o rato rói a estreia"[:2] + "rato e o mar " * 3).tolist()
    seen = attend(opened, ids)
    alone = attend(opened, ids[-8:])
    assert (seen.dropped, alone.dropped) == (len(ids) - 8, 0)
    assert "".join(seen.pieces) == LETTERS.decode(ids[-8:])
    np.testing.assert_array_equal(seen.weights, alone.weights)
    np.testing.assert_allclose(seen.matrix(1, None), (seen.weights[1, 0] + seen.weights[1, 1]) / 2, atol=1e-6)


def test_nothing_cannot_be_looked_at():
    with pytest.raises(GPTLabError, match="no text"):
        attend(small(), [])


def test_the_bundled_model(home):
    opened = open_model(find_run(home, "contos"))
    seen = attend(opened, opened.tokenizer.encode("A figura é poética").tolist())
    assert seen.weights.shape == (4, 4, 18, 18)
    assert "".join(seen.pieces) == "A figura é poética"
    assert strongest(seen.matrix(3, None), 1)[0].words(seen.pieces).startswith("`i` looks at ` ` 0.5")


MATRIX = np.array(
    [
        [1.0, 0, 0, 0, 0],
        [0.9, 0.1, 0, 0, 0],
        [0.1, 0.8, 0.1, 0, 0],
        [0.25, 0.25, 0.25, 0.25, 0],
        [0.0, 0.05, 0.0, 0.3, 0.65],
    ]
)


def test_strongest_links_leave_out_what_says_nothing():
    assert strongest(MATRIX, 9) == [Link(2, 1, 0.8), Link(4, 4, 0.65)]
    assert strongest(MATRIX, 1) == [Link(2, 1, 0.8)]
    assert [link.words("oé ab") for link in strongest(MATRIX, 2)] == [
        "` ` looks at `é` 0.80",
        "`b` looks at itself 0.65",
    ]
    assert strongest(np.eye(1), 5) == []


def test_entropy():
    np.testing.assert_allclose(entropy_bits(MATRIX)[[0, 3]], [0, 2], atol=1e-12)
    row = MATRIX[4][MATRIX[4] > 0]
    assert entropy_bits(MATRIX)[4] == pytest.approx(-sum(p * math.log2(p) for p in row))
    assert entropy_bits(np.stack([MATRIX, MATRIX])).shape == (2, 5)


@pytest.mark.parametrize("factor", [1, 2, 3, 7])
def test_pooling_takes_the_largest_of_every_block(factor):
    pooled = pool(MATRIX, factor)
    size = math.ceil(5 / factor)
    assert pooled.shape == (size, size)
    for row in range(size):
        for column in range(size):
            block = MATRIX[row * factor : (row + 1) * factor, column * factor : (column + 1) * factor]
            link = strongest_in_block(MATRIX, row, column, factor)
            assert pooled[row, column] == block.max() == link.weight == MATRIX[link.query, link.key]
            assert (link.query // factor, link.key // factor) == (row, column)


def test_links_need_no_torch():
    import subprocess
    import sys

    code = "import sys, gptlab_tui.insight.links; print('torch' in sys.modules)"
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True)
    assert done.stdout == "False\n"
