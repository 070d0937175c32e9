"""What the model process says, against the engine asked directly: the handlers, without the process."""

import itertools
import shutil
from unittest import mock

import pytest
import torch

from gptlab_tui.home import data_root
from gptlab_tui.model.gpt import GPT
from gptlab_tui.model.open_run import open_model
from gptlab_tui.runs.layout import find_run
from gptlab_tui.sampling.chain import entropy, run_chain, trace_chain
from gptlab_tui.sampling.decoder import generate
from gptlab_tui.sampling.draw import draw, uniform
from gptlab_tui.sampling.settings import change_knobs, resolve
from gptlab_tui.sampling.step import Step
from gptlab_tui.serving.desk import Desk
from gptlab_tui.serving.job import Job
from gptlab_tui.serving.protocol import unpack_array
from gptlab_tui.serving.scoring import windows

PROMPT = "A figura é poética"


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    from gptlab_tui.home import Home

    return open_model(find_run(Home(tmp_path_factory.mktemp("home")), "contos"))


@pytest.fixture
def desk(home):
    return Desk(home)


def ask(desk, do, job=None, **arguments):
    job = job or Job(1, {"do": do, "run": "contos", **arguments})
    return [answer for answer in desk.handlers()[do](job) if answer is not None]


def tokens_of(answers, variant=0):
    return [
        token
        for answer in answers
        if answer["kind"] == "tokens"
        for token in answer["tokens"]
        if token["variant"] == variant
    ]


def write(desk, *variants, **arguments):
    arguments = {"prompt": PROMPT, **arguments}
    return ask(desk, "write", variants=[{"knobs": knobs} for knobs in variants], **arguments)


def reference(opened, prompt=PROMPT, **changes):
    settings = resolve(change_knobs(opened.config.sample, changes), opened.tokenizer)
    ids = opened.tokenizer.encode(prompt)
    return list(generate(opened.model, opened.tokenizer, ids, settings, alternatives=8))


KNOBS = [
    {},
    {"temperature": 1.3, "top_k": 12, "top_p": 0.9, "seed": 5},
    {"repetition_penalty": 1.3, "frequency_penalty": 0.2, "min_p": 0.02, "typical_p": 0.9},
    {"temperature": 0.0},
]


@pytest.mark.parametrize("knobs", KNOBS, ids=lambda knobs: ",".join(knobs) or "own")
def test_what_is_written_is_what_sample_writes(desk, opened, knobs):
    knobs = {**knobs, "max_tokens": 160}  # past the context of 128
    wanted = reference(opened, **knobs)
    answers = write(desk, knobs)
    written = tokens_of(answers)
    assert [token["id"] for token in written] == [token.id for token in wanted]
    assert [token["raw"] for token in written] == [token.look.raw_probability for token in wanted]
    assert [token["probability"] for token in written] == [token.look.probability for token in wanted]
    assert [token["entropy"] for token in written] == [token.look.entropy_bits for token in wanted]
    assert [token["position"] for token in written] == [token.position for token in wanted]
    assert written[7]["alternatives"] == [
        [one.id, one.text, one.raw_probability, one.probability] for one in wanted[7].look.alternatives
    ]
    for token in written:
        ranked = [one[0] for one in token["alternatives"]]
        if token["id"] in ranked:
            assert token["rank"] == 1 + ranked.index(token["id"])
    assert answers[-1] == {"kind": "ended", "variant": 0, "finish": "length", "hidden": 0}


def test_a_text_taken_up_again_goes_on_as_if_it_had_not_been_left(desk, opened):
    wanted = [token.id for token in reference(opened, max_tokens=150)]
    prompt = [int(one) for one in opened.tokenizer.encode(PROMPT)]
    ids = list(prompt)
    for length in (1, 1, 130, 18):
        ids += [token["id"] for token in tokens_of(write_on(desk, ids, len(prompt), max_tokens=length))]
    assert ids[len(prompt) :] == wanted
    # From a place where the cache has long been past: everything is read again, in the same way.
    again = tokens_of(write_on(Desk(desk.home), ids[: len(prompt) + 140], len(prompt), max_tokens=10))
    assert [token["id"] for token in again] == wanted[140:]


def write_on(desk, ids, start, **knobs):
    return ask(desk, "write", ids=ids, start=start, variants=[{"knobs": knobs}])


def test_variants_stream_together_with_the_same_luck(desk, opened):
    temperatures = (0.5, 0.9, 1.0, 2.0)
    answers = write(desk, *({"temperature": one, "max_tokens": 12} for one in temperatures))
    for number, temperature in enumerate(temperatures):
        wanted = reference(opened, temperature=temperature, max_tokens=12)
        assert [token["id"] for token in tokens_of(answers, number)] == [token.id for token in wanted]
    together = [t["variant"] for a in answers if a["kind"] == "tokens" for t in a["tokens"]]
    assert together == [0, 1, 2, 3] * 12


def test_a_stop_ends_a_text_and_says_what_belongs_to_it(desk, opened):
    text = "".join(token.text for token in reference(opened, max_tokens=60))
    stop = text[20:23]
    answers = write(desk, {"max_tokens": 60, "stop": [stop]})
    raw = b"".join(bytes.fromhex(token["bytes"]) for token in tokens_of(answers)).decode()
    ended = answers[-1]
    assert ended["finish"] == "stop"
    wanted = "".join(token.text for token in reference(opened, max_tokens=60, stop=[stop]))
    assert raw[: len(raw) - ended["hidden"]] == wanted


def test_a_knob_that_is_turned_acts_at_the_next_token(desk, opened):
    variants = [{"knobs": {"max_tokens": 30}}]
    # So slow a pace sends every token by itself; nobody waits for it here.
    job = Job(1, {"run": "contos", "prompt": PROMPT, "variants": variants, "pace": 0.01})
    written, turned = [], False
    for answer in desk.handlers()["write"](job):
        if answer is not None and answer["kind"] == "tokens":
            written += answer["tokens"]
        if written and not turned:
            turned = True
            before = len(written)
            job.turn({"knobs": [{"temperature": 2.0, "max_tokens": 30}]})
    prompt = opened.tokenizer.encode(PROMPT)
    own = reference(opened, max_tokens=30)
    same = list(itertools.takewhile(lambda pair: pair[0]["probability"] == pair[1].look.probability,
                                    zip(written, own, strict=True)))  # fmt: skip
    assert len(same) == before == 1
    at = len(same)
    ids = [*prompt, *(token["id"] for token in written[:at])]
    looked = ask(desk, "predict", ids=ids, start=len(prompt), knobs={"temperature": 2.0}, best=107)[0]
    assert looked["in_sight"] == min(len(ids), opened.config.model.block_size)
    now = {token["id"]: token["probability"] for token in looked["tokens"]}
    assert now[written[at]["id"]] == pytest.approx(written[at]["probability"], rel=1e-12)
    assert looked["drawn"] == written[at]["id"]


def test_knobs_that_cannot_be_are_told_and_change_nothing(desk):
    job = Job(1, {"run": "contos", "prompt": PROMPT, "variants": [{"knobs": {"max_tokens": 3}}]})
    job.turn({"knobs": [{"top_p": 7.0}]})
    answers = ask(desk, "write", job)
    assert next(a for a in answers if a["kind"] == "problem")["message"].startswith("sample.top_p cannot be")
    assert len(tokens_of(answers)) == 3


@pytest.mark.parametrize("knobs", KNOBS, ids=lambda knobs: ",".join(knobs) or "own")
def test_a_look_is_the_models_forward_pass_and_the_chain(desk, opened, knobs):
    looked = ask(desk, "predict", prompt=PROMPT, knobs=knobs, whole=True)[0]
    settings = resolve(change_knobs(opened.config.sample, knobs), opened.tokenizer)
    idx = torch.as_tensor(opened.tokenizer.encode(PROMPT), dtype=torch.long)[None]
    with torch.inference_mode():
        raw = opened.model(idx)[:, -1].double()
        after = run_chain(raw, idx, settings)
    luck = uniform(settings.knobs.seed, 0, idx.size(1))
    weights = (after - after.amax(-1, keepdim=True)).exp()
    assert looked["luck"] == luck
    assert looked["drawn"] == int(draw(weights, torch.tensor([luck], dtype=torch.float64))[0])
    before, left = raw.softmax(-1)[0], after.softmax(-1)[0]
    for token in looked["tokens"]:
        assert token["raw"] == pytest.approx(float(before[token["id"]]), rel=1e-4)
        assert token["probability"] == pytest.approx(float(left[token["id"]]), rel=1e-4, abs=1e-12)
    assert [token["rank"] for token in looked["tokens"]][:20] == list(range(1, 21))
    assert looked["entropy_raw"] == pytest.approx(float(entropy(raw)[0]) / 0.6931471805599453, rel=1e-4)
    stages, _ = trace_chain(raw[0], idx[0], settings)
    assert [(row["filter"], row["candidates"]) for row in looked["funnel"]] == [
        (stage.filter, stage.candidates) for stage in stages
    ]
    torch.testing.assert_close(
        torch.tensor(unpack_array(looked["all_raw"])), before.float(), rtol=1e-3, atol=1e-4
    )
    torch.testing.assert_close(
        torch.tensor(unpack_array(looked["all_after"])), left.float(), rtol=1e-3, atol=1e-4
    )
    assert {int(one) for one in looked["named"]} == {
        i for i in range(107) if before[i] > 0.01 or left[i] > 0.01
    }


def test_knobs_alone_cost_no_pass_through_the_model(desk):
    ids = [token["id"] for token in ask(desk, "predict", prompt=PROMPT)[0]["pieces"]]
    with (
        mock.patch.object(GPT, "hidden", side_effect=AssertionError),
        mock.patch.object(Step, "__call__", side_effect=AssertionError),
    ):
        cold = ask(desk, "predict", ids=ids, knobs={"temperature": 0.5})[0]
        hot = ask(desk, "predict", ids=ids, knobs={"temperature": 1.5})[0]
        assert cold["entropy"] < cold["entropy_raw"] < hot["entropy"]
        assert cold["luck"] == hot["luck"]


def test_what_was_written_can_be_looked_at_without_a_pass(desk):
    answers = write(desk, {"max_tokens": 40})
    prompt = [token["id"] for token in answers[0]["pieces"]]
    written = tokens_of(answers)
    with mock.patch.object(Step, "__call__", side_effect=AssertionError):
        for place in (0, 17, 39):
            ids = prompt + [token["id"] for token in written[:place]]
            looked = ask(desk, "predict", ids=ids, start=len(prompt))[0]
            assert looked["drawn"] == written[place]["id"]


def test_a_score_is_what_the_model_expected_at_each_place(desk, opened):
    text = (PROMPT + ", mas o boticário não a entende. ") * 5  # longer than the context of 128
    ids = opened.tokenizer.encode(text).tolist()
    (answer,) = ask(desk, "score", ids=ids)
    assert answer["ids"] == ids
    assert len(answer["tokens"]) == len(ids) - 1
    for place in (1, 17, 128, 129, len(ids) - 1):
        start = next(start for start, first, end in windows(len(ids), 128) if first <= place < end)
        with torch.inference_mode():
            logits = opened.model(torch.tensor([ids[start:place]]))[0, -1].double()
        found, share = answer["tokens"][place - 1], logits.softmax(-1)
        assert found["raw"] == found["probability"] == pytest.approx(float(share[ids[place]]), rel=1e-4)
        assert found["rank"] == 1 + int((logits > logits[ids[place]]).sum())
        assert found["alternatives"][0][0] == int(logits.argmax())
    (alone,) = ask(desk, "score", ids=ids[:1])
    assert alone["tokens"] == []


@pytest.mark.parametrize("head", [None, 2])
@pytest.mark.parametrize("times", [1, 8])  # the second is longer than the context
def test_a_row_is_the_last_one_of_the_map(desk, opened, head, times):
    ids = opened.tokenizer.encode((PROMPT + " ") * times).tolist()
    handlers = desk.handlers()

    def asked(do, **arguments):
        job = Job(1, {"do": do, "run": "contos", "ids": ids, "layer": 1, "head": head, **arguments})
        return list(handlers[do](job))[-1]

    alone = asked("attention_row")  # one layer is read
    whole = asked("attention", heads=False)
    assert asked("attention_row") == alone  # all of them have been
    assert alone["weights"] == pytest.approx(unpack_array(whole["weights"])[-1].tolist(), abs=1e-3)
    assert sum(alone["weights"]) == pytest.approx(1.0, abs=1e-5)
    assert alone["entropy_bits"] == pytest.approx(whole["entropy_bits"][-1], rel=1e-5)
    assert (alone["layer"], alone["head"], alone["ids"]) == (1, head, ids[-128:])
    assert alone["dropped"] == max(0, len(ids) - 128)
    if head is None:
        assert alone["scores"] is None
    else:
        scaled = [score / alone["head_width"] ** 0.5 for score in alone["scores"]]
        expected = torch.tensor(scaled).softmax(0).tolist()
        assert alone["weights"] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(("length", "context"), [(1, 4), (2, 1), (5, 4), (6, 4), (23, 4), (23, 5), (9, 1)])
def test_windows_score_each_token_once_with_half_a_context_before_it(length, context):
    scored = []
    for start, first, end in windows(length, context):
        assert end - 1 - start <= context
        scored += range(first, end)
        assert all(place - start >= min(place, max(1, context // 2)) for place in range(first, end))
    assert scored == list(range(1, length))


def test_characters_that_the_model_lacks(desk):
    for do, more in (("predict", {}), ("write", {"variants": [{}]})):
        (answer,) = ask(desk, do, prompt="um 漢 e 字", **more)
        assert (answer["kind"], answer["characters"]) == ("lacking", ["漢", "字"])
        assert answer["substitute"] == "?"
    skipped = ask(desk, "predict", prompt="um 漢", unknown="skip")[0]
    assert skipped["ids"] == ask(desk, "predict", prompt="um ")[0]["ids"]
    assert len(ask(desk, "predict", prompt="um 漢", unknown="replace")[0]["ids"]) == 4


def test_the_newest_model_is_found_where_none_is_named(desk):
    opened = ask(desk, "open", Job(1, {"do": "open", "prompt": "A"}))[0]
    assert (opened["run"], opened["vocab_size"]) == ("contos", 107)
    assert desk.loaded({}) is desk.loaded({"run": "contos", "step": opened["step"]})


def test_attention_tells_what_the_model_lacks(desk, opened):
    (lacking,) = ask(desk, "attention", prompt="A字 figuraЖ字")
    assert lacking == {"kind": "lacking", "characters": ["字", "Ж"], "substitute": "?", "run": "contos"}
    for unknown in ("skip", "replace"):
        heads, found = ask(desk, "attention", prompt="A字 figuraЖ", unknown=unknown)
        ids = opened.tokenizer.encode("A字 figuraЖ", unknown).tolist()
        assert (heads["kind"], heads["lacking"]) == ("heads", ["字", "Ж"])
        assert found["weights"]["shape"] == [len(ids), len(ids)]
        assert heads["pieces"] == [opened.tokenizer.decode([token]) for token in ids]


def test_another_run_under_the_same_name_is_opened_anew(desk, home):
    bundled, mine = data_root() / "checkpoints" / "contos", home.runs / "mine"
    shutil.copytree(bundled, mine)
    first = desk.model({"run": "mine"})
    assert desk.model({"run": "mine"}) is first
    newest = desk.model({"prompt": PROMPT})
    assert desk.model({"prompt": PROMPT}) is newest
    mine.rename(home.runs / "old")
    shutil.copytree(bundled, mine)
    assert desk.model({"run": "mine"}) is not first
    assert desk.model({"prompt": PROMPT}) is not newest
