"""Token events: luck, batches, stops, text, looks, and what is left behind."""

import itertools
import json
import math

import pytest
import torch

from gptlab_tui.config import SampleConfig
from gptlab_tui.errors import GPTLabError, JobFailed
from gptlab_tui.sampling.chain import run_chain
from gptlab_tui.sampling.decoder import continue_text, fitting_threads, generate
from gptlab_tui.sampling.draw import uniform
from gptlab_tui.sampling.settings import resolve
from gptlab_tui.text.byte_pair import train_byte_pair

POSITIONS = ("learned", "sinusoidal", "rope", "alibi", "relative")


@pytest.fixture(scope="module")
def model(build):
    return build(positions="rope")


def write(model, tokenizer, prompt="era uma vez", *, samples=1, first=0, exact=False, look=None, **knobs):
    """The tokens of each sample."""
    settings = resolve(SampleConfig(**{"max_tokens": 40, "temperature": 1.0, **knobs}), tokenizer)
    tokens = list(
        generate(
            model, tokenizer, tokenizer.encode(prompt), settings,
            samples=samples, first_sample=first, exact=exact, alternatives=look,
        )
    )  # fmt: skip
    return [[token for token in tokens if token.sample == n] for n in range(first, first + samples)]


def text(tokens):
    return "".join(token.text for token in tokens)


def ids(tokens):
    return [token.id for token in tokens]


class TestLuck:
    def test_the_same_seed_writes_the_same(self, model, letters):
        (first,), (again,) = write(model, letters, seed=5), write(model, letters, seed=5)
        assert first == again
        assert write(model, letters, seed=6) != [first]

    def test_every_token_is_the_inverse_of_the_cumulated_distribution_at_its_luck(self, model, letters):
        knobs = {"temperature": 0.7, "top_k": 9, "repetition_penalty": 1.3, "seed": 12}
        (tokens,) = write(model, letters, exact=True, **knobs)
        settings = resolve(SampleConfig(**knobs), letters)
        history = [int(token) for token in letters.encode("era uma vez")]
        for token in tokens:
            with torch.inference_mode():
                logits = model(torch.tensor([history[-8:]]))[:, -1].double()
            q = run_chain(logits, torch.tensor([history]), settings)[0].softmax(-1).tolist()
            luck = uniform(12, 0, len(history))
            expected = next(i for i, reached in enumerate(itertools.accumulate(q)) if reached > luck)
            assert (token.id, token.position) == (expected, len(history))
            history.append(token.id)

    @pytest.mark.parametrize("positions", POSITIONS)
    def test_a_sample_of_a_batch_is_the_same_alone(self, build, letters, positions):
        model = build(positions=positions, conv_width=2)
        batch = write(model, letters, samples=4, seed=3)
        assert [write(model, letters, first=n, seed=3)[0] for n in range(4)] == batch
        assert len({text(tokens) for tokens in batch}) == 4

    def test_a_text_taken_up_in_its_middle_goes_on_as_it_did(self, model, letters):
        (whole,) = write(model, letters, exact=True, max_tokens=30)
        begun = "era uma vez" + text(whole[:12])
        (rest,) = write(model, letters, begun, exact=True, max_tokens=18)
        assert ids(rest) == ids(whole[12:])

    def test_a_changed_knob_sees_the_same_luck(self, model, letters):
        (plain,) = write(model, letters, max_tokens=1)
        (looked,) = write(model, letters, max_tokens=1, look=3)
        assert ids(plain) == ids(looked)
        # A cut that spares the drawn token and all of lower ids leaves a longer share to them, so
        # with the same luck the draw can only move to a lower or equal id.
        (cut,) = write(model, letters, max_tokens=1, ban=("é", "í"))
        assert cut[0].id <= plain[0].id

    def test_the_draws_of_many_samples_follow_the_distribution(self, build, letters):
        model = build(positions="learned", n_layer=1)
        n = 3000
        drawn = torch.tensor([t[0].id for t in write(model, letters, samples=n, max_tokens=1)])
        with torch.inference_mode():
            q = model(torch.tensor([letters.encode("era uma vez")[-8:].tolist()]))[0, -1].double().softmax(-1)
        large = n * q >= 5
        counts = drawn.bincount(minlength=letters.vocab_size).double()
        observed = torch.cat((counts[large], counts[~large].sum()[None]))
        expected = n * torch.cat((q[large], q[~large].sum()[None]))
        freedom = len(observed) - 1
        chi_square = float(((observed - expected) ** 2 / expected).sum())
        assert freedom >= 5
        assert chi_square < freedom + 4 * math.sqrt(2 * freedom)


@pytest.mark.parametrize("positions", POSITIONS)
def test_greedy_takes_the_largest(build, letters, positions):
    model = build(positions=positions)
    (tokens,) = write(model, letters, temperature=0.0, exact=True, max_tokens=20)
    history = letters.encode("era uma vez").tolist()
    for token in tokens:
        with torch.inference_mode():
            assert token.id == int(model(torch.tensor([history[-8:]]))[0, -1].argmax())
        history.append(token.id)


class TestText:
    def test_pieces_together_are_the_text_of_the_tokens(self, model, letters):
        (tokens,) = write(model, letters)
        assert text(tokens) == letters.decode(ids(tokens))
        assert [token.position for token in tokens] == list(range(11, 51))
        assert [token.finish for token in tokens] == [None] * 39 + ["length"]

    def test_no_tokens_asked_for_none_come(self, model, letters):
        assert write(model, letters, max_tokens=0) == [[]]

    def test_a_stop_over_token_borders_ends_the_text_before_it(self, model, letters):
        (free,) = write(model, letters, seed=9)
        written = text(free)
        for start, length in ((5, 1), (7, 3), (20, 6)):
            stop = written[start : start + length]
            (tokens,) = write(model, letters, seed=9, stop=(stop, "no such text"))
            assert text(tokens) == written[: written.index(stop)]
            assert ids(tokens) == ids(free)[: written.index(stop) + length]
            assert tokens[-1].finish == "stop"

    def test_what_may_be_a_stop_comes_at_the_end_if_it_is_none(self, model, letters):
        (free,) = write(model, letters, seed=9)
        (tokens,) = write(model, letters, seed=9, stop=(text(free)[-3:] + "more",))
        assert text(tokens) == text(free)
        assert text(tokens[:-1]) == text(free)[:-3]
        assert tokens[-1].finish == "length"

    def test_samples_of_a_batch_stop_on_their_own(self, model, letters):
        free = write(model, letters, samples=3, seed=4)
        stop = text(free[1])[4:7]
        batch = write(model, letters, samples=3, seed=4, stop=(stop,))
        for tokens, before in zip(batch, free, strict=True):
            assert text(tokens) == text(before).split(stop)[0]

    def test_half_a_character_never_shows(self, build):
        tokenizer = train_byte_pair(["ação é não, à mãe só três ônus"] * 5, 256)  # a token a byte
        model = build(tokenizer.vocab_size)
        with torch.no_grad():
            model.lm_head.weight.mul_(0.1)  # a flat model, so that many a character comes about
        for seed in range(6):
            (tokens,) = write(model, tokenizer, "não", seed=seed, max_tokens=60)
            raw = b"".join(tokenizer.token_bytes(token) for token in ids(tokens))
            assert text(tokens) == raw.decode("utf-8", "replace")

    def test_an_accented_letter_comes_when_it_is_complete(self, build):
        tokenizer = train_byte_pair(["sem acentos"] * 5, 256)
        m, first, second = (int(token) for token in tokenizer.encode("mã"))
        model = build(256, n_embd=256, positions="rope", tied_head=False)
        with torch.no_grad():  # the model that writes ã after m, whatever the luck
            for block in model.transformer.h:
                block.attn.c_proj.weight.zero_()
                block.attn.c_proj.bias.zero_()
                block.mlp.c_proj.weight.zero_()
                block.mlp.c_proj.bias.zero_()
            model.transformer.wte.weight.copy_(torch.eye(256))
            model.transformer.ln_f.weight.fill_(1.0)
            model.transformer.ln_f.bias.zero_()
            model.lm_head.weight.zero_()
            model.lm_head.weight[first, m] = model.lm_head.weight[second, first] = 100.0
        for max_tokens, pieces in ((2, ["", "ã"]), (1, ["\ufffd"])):
            (tokens,) = write(model, tokenizer, "m", max_tokens=max_tokens)
            assert [token.text for token in tokens] == pieces


class TestLooks:
    def test_plain_generation_carries_none(self, model, letters):
        (tokens,) = write(model, letters, max_tokens=3)
        assert [token.look for token in tokens] == [None] * 3
        assert tokens[0].to_json() == {
            "sample": 0, "position": 11, "id": tokens[0].id, "text": tokens[0].text, "finish": None,
        }  # fmt: skip

    def test_a_look_has_the_probabilities_before_and_after_the_chain(self, model, letters):
        knobs = {"temperature": 0.5, "top_k": 6}
        (tokens,) = write(model, letters, exact=True, look=5, **knobs)
        settings = resolve(SampleConfig(**knobs), letters)
        history = letters.encode("era uma vez").tolist()
        for token in tokens:
            with torch.inference_mode():
                logits = model(torch.tensor([history[-8:]]))[:, -1].double()
            q = logits[0].softmax(-1)
            after = run_chain(logits, torch.tensor([history]), settings)[0].softmax(-1)
            look = token.look
            assert look.piece == letters.decode([token.id])
            assert look.raw_probability == pytest.approx(float(q[token.id]), rel=1e-4)
            assert look.probability == pytest.approx(float(after[token.id]), rel=1e-4)
            assert look.entropy_bits == pytest.approx(float(-(q * q.log2()).sum()), rel=1e-4)
            assert [other.id for other in look.alternatives] == q.topk(5).indices.tolist()
            for other in look.alternatives:
                assert other.text == letters.decode([other.id])
                assert other.raw_probability == pytest.approx(float(q[other.id]), rel=1e-4)
                assert other.probability == pytest.approx(float(after[other.id]), rel=1e-4)
            history.append(token.id)

    def test_a_look_is_plain_json(self, model, letters):
        (tokens,) = write(model, letters, max_tokens=2, look=2, temperature=0.0, ban=("a",))
        for token in tokens:
            record = json.loads(json.dumps(token.to_json(), allow_nan=False))
            assert record["probability"] == 1.0
            assert len(record["alternatives"]) == 2
            assert set(record["alternatives"][0]) == {"id", "text", "raw_probability", "probability"}

    def test_looking_changes_nothing(self, model, letters):
        plain = write(model, letters, samples=2)
        looked = write(model, letters, samples=2, look=4)
        assert [ids(tokens) for tokens in plain] == [ids(tokens) for tokens in looked]


class TestFailures:
    def test_an_empty_prompt(self, model, letters):
        with pytest.raises(GPTLabError, match="empty"):
            generate(model, letters, [], resolve(SampleConfig(), letters))

    def test_more_tokens_than_anybody_waits_for(self, model, letters):
        with pytest.raises(GPTLabError, match="tokens in one go"):
            generate(model, letters, [1], resolve(SampleConfig(max_tokens=10**12), letters))

    def test_logits_that_are_not_finite(self, build, letters):
        model = build()
        with torch.no_grad():
            model.lm_head.weight[3, 0] = math.nan
        with pytest.raises(JobFailed, match="not finite"):
            write(model, letters)

    def test_a_chain_that_leaves_nothing(self, model, letters):
        knobs = {"ban": (letters.decode([3]),), "top_k": 1, "chain": ("top_k", "bias")}
        most = write(model, letters, temperature=0.0, max_tokens=1)[0][0].id
        knobs["ban"] = (letters.decode([most]),)
        with pytest.raises(JobFailed, match="no token to draw"):
            write(model, letters, **knobs)


class TestMidTraining:
    def test_the_mode_of_every_part_is_restored(self, build, letters):
        model = build(dropout=0.5)
        model.train()
        before = torch.get_rng_state()
        first = continue_text(model, letters, "era", SampleConfig(), 20)
        assert model.training
        assert all(module.training for module in model.modules())
        assert torch.equal(torch.get_rng_state(), before)  # a training's luck is its own
        assert first == continue_text(model, letters, "era", SampleConfig(), 20)  # no dropout

    def test_a_closed_iterator_restores_it_too(self, build, letters):
        model = build().train()
        tokens = generate(model, letters, [1], resolve(SampleConfig(), letters))
        next(tokens)
        assert not model.training
        tokens.close()
        assert model.training

    def test_training_goes_on_afterwards(self, build, letters):
        for positions in POSITIONS:
            model = build(positions=positions, conv_width=2).train()
            continue_text(model, letters, "era", SampleConfig(), 30)
            idx = torch.zeros(2, 8, dtype=torch.long)
            model(idx, idx).backward()
            assert all(parameter.grad is not None for parameter in model.parameters())

    def test_it_writes_what_generate_writes(self, model, letters):
        knobs = SampleConfig(temperature=0.9, seed=8, max_tokens=999)
        (tokens,) = write(model, letters, "era", temperature=0.9, seed=8, max_tokens=25)
        assert continue_text(model, letters, "era", knobs, 25) == text(tokens)

    def test_what_the_vocabulary_lacks_is_left_out_of_the_prompt(self, model, letters):
        knobs = SampleConfig()
        assert continue_text(model, letters, "Ωera", knobs, 9) == continue_text(
            model, letters, "era", knobs, 9
        )
        assert len(continue_text(model, letters, "Ω", knobs, 9)) == 9

    def test_a_small_model_takes_one_thread_for_the_while(self, model, threads):
        threads(2)
        with fitting_threads(model):
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 2
        with fitting_threads(model, samples=1 << 20):
            assert torch.get_num_threads() == 2
