"""What each depth would say, against layers applied one by one and plain loops."""

import math

import numpy as np
import pytest
import torch

from gptlab_tui.errors import GPTLabError
from gptlab_tui.insight import linear_lens
from gptlab_tui.insight.lens import lens
from gptlab_tui.insight.linear_lens import LinearLens
from gptlab_tui.model.open_run import open_model
from gptlab_tui.runs.layout import find_run
from tests.small_models import LETTERS, small

IDS = LETTERS.encode("o rato ").tolist()


@pytest.mark.parametrize("placement", ["pre", "post"])
def test_a_depth_is_the_head_on_the_stream_so_far(placement):
    opened = small(n_layer=3, norm_placement=placement, positions="rope")
    seen, model = lens(opened, IDS), opened.model
    assert seen.depths == ("embedding", "layer 0", "layer 1", "layer 2")
    with torch.no_grad():
        x = model.embed(torch.tensor([IDS]), 0)
        streams = [x]
        for block in model.transformer.h:  # the fast path, layer by layer
            x = block(x, model.place(len(IDS), 0, None))
            streams.append(x)
        output = model(torch.tensor([IDS]))[0].double().softmax(-1).numpy()
        for depth, stream in enumerate(streams):
            normed = stream if placement == "post" else model.transformer.ln_f(stream)
            chances = model.lm_head(normed)[0].double().softmax(-1).numpy()
            for place, p in enumerate(chances):
                assert seen.best[depth, place] == int(p.argmax())
                assert seen.best_probability[depth, place] == pytest.approx(p.max(), rel=1e-4)
                likely = sorted(p, reverse=True)[:8]
                assert seen.candidate_probability[depth, place] == pytest.approx(likely, rel=1e-4)
                assert p[seen.candidates[depth, place]] == pytest.approx(likely, rel=1e-4)
                assert seen.entropy_bits[depth, place] == pytest.approx(
                    -sum(q * math.log2(q) for q in p), abs=1e-3
                )
                far = sum(o * math.log2(o / q) for o, q in zip(output[place], p, strict=True))
                assert seen.divergence_bits[depth, place] == pytest.approx(far, abs=1e-3)
                if place + 1 < len(IDS):
                    own = p[IDS[place + 1]]
                    assert seen.next_bits[depth, place] == pytest.approx(-math.log2(own), abs=1e-3)
                    assert seen.next_rank[depth, place] == 1 + sum(q > own for q in p)
    assert np.isnan(seen.next_bits[:, -1]).all()
    assert (seen.next_rank[:, -1] == 0).all()
    np.testing.assert_allclose(seen.divergence_bits[-1], 0, atol=1e-6)


def test_a_layer_that_adds_nothing_changes_nothing():
    opened = small(n_layer=3)
    last = opened.model.transformer.h[2]
    for part in (last.attn.c_proj, last.mlp.c_proj):
        part.weight.zero_()
        if part.bias is not None:
            part.bias.zero_()
    seen = lens(opened, IDS)
    np.testing.assert_allclose(seen.next_bits[2, :-1], seen.next_bits[3, :-1], rtol=1e-5)
    np.testing.assert_allclose(seen.divergence_bits[2], 0, atol=1e-5)


def test_branches_are_depths_of_their_own():
    opened = small(n_layer=3)
    seen, apart = lens(opened, IDS), lens(opened, IDS, branches=True)
    assert apart.depths[:4] == ("embedding", "layer 0 attention", "layer 0", "layer 1 attention")
    np.testing.assert_array_equal(apart.next_rank[::2], seen.next_rank)
    with pytest.raises(ValueError):
        lens(
            opened,
            IDS,
            branches=True,
            linear=LinearLens(torch.zeros(3, 16, 16), torch.zeros(3, 16), 0, (), ()),
        )


def test_of_a_long_text_the_last_tokens_are_read():
    opened = small(n_layer=3)
    seen, alone = lens(opened, IDS * 3), lens(opened, (IDS * 3)[-8:])
    assert (seen.dropped, alone.dropped) == (13, 0)
    np.testing.assert_array_equal(seen.best, alone.best)
    with pytest.raises(GPTLabError, match="no text"):
        lens(opened, [])


def walk(length, seed):
    return np.random.default_rng(seed).integers(0, LETTERS.vocab_size, length).astype(np.uint16)


def test_an_untrained_linear_lens_is_the_logit_lens():
    opened = small(n_layer=3)
    untrained = linear_lens.train(opened, walk(500, 1), walk(300, 2), steps=0)
    assert untrained.before_bits == pytest.approx(untrained.after_bits)
    np.testing.assert_array_equal(lens(opened, IDS, linear=untrained).next_bits, lens(opened, IDS).next_bits)


def test_training_brings_every_depth_nearer_and_leaves_the_model_alone():
    opened, heard = small(n_layer=3), []
    before = {name: tensor.clone() for name, tensor in opened.model.state_dict().items()}
    val = walk(800, 2)
    trained = linear_lens.train(opened, walk(2000, 1), val, steps=40, tell=lambda *told: heard.append(told))
    for name, tensor in opened.model.state_dict().items():
        torch.testing.assert_close(tensor, before[name], rtol=0, atol=0)
    assert [step for step, _, _ in heard] == list(range(1, 41))
    assert all(now < then for now, then in zip(trained.after_bits, trained.before_bits, strict=True))
    rows = val.astype(np.int64).reshape(-1, 8)  # what is measured, by the lens itself
    shown = np.mean([lens(opened, row, linear=trained).divergence_bits for row in rows], axis=(0, 2))
    np.testing.assert_allclose(shown[:-1], trained.after_bits, rtol=1e-3)
    plain = np.mean([lens(opened, row).divergence_bits for row in rows], axis=(0, 2))
    np.testing.assert_allclose(plain[:-1], trained.before_bits, rtol=1e-3)


def test_a_map_that_is_known_is_found():
    """Where the last layer is an affine map of the stream, a lens can be exact."""
    opened = small(n_layer=1, bias="all", norm="layernorm")
    block = opened.model.transformer.h[0]
    for zero in (block.attn.c_proj.weight, block.attn.c_proj.bias, block.mlp.c_proj.weight):
        zero.zero_()
    block.mlp.c_proj.bias.copy_(torch.linspace(-1, 1, 16))
    exact = LinearLens(torch.zeros(1, 16, 16), torch.linspace(-1, 1, 16)[None], 0, (), ())
    np.testing.assert_allclose(lens(opened, IDS, linear=exact).divergence_bits, 0, atol=1e-6)
    trained = linear_lens.train(opened, walk(2000, 1), walk(300, 2), steps=300)
    assert trained.after_bits[0] < 0.02 * trained.before_bits[0]


def test_training_can_be_stopped_and_is_repeatable():
    opened, asked = small(n_layer=3), []
    assert (
        linear_lens.train(
            opened, walk(500, 1), walk(300, 2), stopped=lambda: asked.append(1) or len(asked) > 3
        )
        is None
    )
    first, second = (linear_lens.train(opened, walk(500, 1), walk(300, 2), steps=5) for _ in range(2))
    assert torch.equal(first.weight, second.weight)
    with pytest.raises(GPTLabError, match="too short"):
        linear_lens.train(opened, walk(1, 1), walk(300, 2))


def test_a_lens_is_kept_for_its_weights(home):
    opened = small(n_layer=3)
    assert linear_lens.kept(opened, home) is None
    trained = linear_lens.train(opened, walk(500, 1), walk(300, 2), steps=3)
    linear_lens.keep(trained, opened, home)
    again = linear_lens.kept(opened, home)
    assert torch.equal(again.weight, trained.weight)
    assert (again.steps, again.before_bits, again.after_bits) == (3, trained.before_bits, trained.after_bits)
    opened.digest = "1" * 64
    assert linear_lens.kept(opened, home) is None
    opened.digest = "0" * 64
    every = tuple((layer, head) for layer in range(8) for head in range(12))
    for steps, off in enumerate((every[:1], every[:2], every), 1):  # all their names are a long name
        opened.off = off
        assert linear_lens.kept(opened, home) is None
        cut = linear_lens.train(opened, walk(500, 1), walk(300, 2), steps=steps)
        linear_lens.keep(cut, opened, home)
        assert torch.equal(linear_lens.kept(opened, home).weight, cut.weight)
    opened.off = ()
    assert torch.equal(linear_lens.kept(opened, home).weight, trained.weight)
    for other in (home.cache / "lens").glob("*-without-*"):
        other.unlink()
    [path] = (home.cache / "lens").iterdir()
    path.write_bytes(b"not a lens")
    assert linear_lens.kept(opened, home) is None


def test_the_bundled_model_makes_up_its_mind_by_and_by(home):
    opened = open_model(find_run(home, "contos"))
    seen = lens(opened, opened.tokenizer.encode("A moça olhou para o homem e não disse nada."))
    means = seen.divergence_bits.mean(axis=1)
    assert (np.diff(means) < 0).all()
    assert "".join(seen.pieces).startswith("A moça")
