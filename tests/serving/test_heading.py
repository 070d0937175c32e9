"""What the model process tells of its heads, against the functions that `gptlab inspect heads` calls."""

import numpy as np
import pytest
import torch

from gptlab_tui.errors import GPTLabError
from gptlab_tui.insight.heads import head_losses, score_heads
from gptlab_tui.model.open_run import open_model, with_heads_off
from gptlab_tui.runs.layout import find_run
from gptlab_tui.serving import heading
from gptlab_tui.serving.desk import Desk
from gptlab_tui.serving.job import Job
from gptlab_tui.text.run_text import tokens_of_run
from tests.embedded_runs import moving_run

TEXT = "Era uma vez uma rapariga que foi à fonte. "
OFF = ((1, 2),)


@pytest.fixture
def desk(home, monkeypatch):
    monkeypatch.setattr(heading, "TOKENS", 600)
    return Desk(home)


def ask(desk, do, **arguments):
    job = Job(1, {"do": do, **arguments})
    return [answer for answer in desk.handlers()[do](job) if answer is not None]


def test_scores_of_what_the_context_holds(desk):
    opened = with_heads_off(open_model(find_run(desk.home, "contos")), OFF)
    ids = opened.tokenizer.encode(TEXT * 5)
    [answer] = ask(desk, "head_scores", run="contos", prompt=TEXT * 5, off=OFF)
    found = answer["scores"]
    expected = score_heads(opened, ids[-128:])
    assert (found["tokens"], answer["off"]) == (128, OFF)
    for name in ("previous", "first", "same", "induction", "entropy_bits"):
        np.testing.assert_allclose(found[name], getattr(expected, name), rtol=1e-5)
        assert found["even"][name] == expected.even[name]
    [one] = ask(desk, "head_scores", run="contos", prompt="E")
    assert (one["kind"], one["scores"]) == ("scores", None)


def test_a_sentence_s_scores_do_without_random_text(desk, monkeypatch):
    def refuse(*_):
        raise AssertionError

    monkeypatch.setattr("gptlab_tui.insight.heads.repeated", refuse)
    [answer] = ask(desk, "head_scores", run="contos", prompt=TEXT)
    assert answer["scores"]["tokens"] == len(TEXT)


def test_repeated_tokens_are_measured_once_for_each_model(desk, monkeypatch):
    opened = open_model(find_run(desk.home, "contos"))
    measured = []
    measure = heading.repeated
    monkeypatch.setattr(heading, "repeated", lambda *one: measured.append(one) or measure(*one))
    answer_to = desk.handlers()["head_repeated"]
    for off in ((), OFF, (), OFF):
        expected = measure(with_heads_off(opened, off).model)
        job = Job(1, {"do": "head_repeated", "run": "contos", "off": off})
        [answer] = [answer for answer in answer_to(job) if answer is not None]
        assert (answer["kind"], answer["off"], answer["tokens"]) == ("repeated", off, 64)
        np.testing.assert_allclose(answer["scores"], expected.scores, atol=1e-6)
        assert answer["even"] == expected.even
    assert len(measured) == 2


def test_losses_come_head_by_head(desk):
    opened = open_model(find_run(desk.home, "contos"))
    tokens = tokens_of_run(opened.run.read_training_request(), opened.tokenizer, desk.home)
    expected = head_losses(opened, tokens.val[:600])
    *before, last = ask(desk, "head_losses", run="contos")
    assert {answer["kind"] for answer in before} <= {"progress"}
    np.testing.assert_allclose(last["rises"], expected.without - expected.loss, atol=1e-6)
    np.testing.assert_allclose(last["error"], expected.error, atol=1e-6)
    assert last["loss"] == pytest.approx(expected.loss)


def test_what_is_known_of_the_losses_so_far(desk):
    opened = open_model(find_run(desk.home, "contos"))
    seen = []
    torch.manual_seed(0)
    head_losses(opened, torch.randint(90, (200,)).numpy(), each=lambda one: seen.append(one.without.copy()))
    assert [int(np.isfinite(one).sum()) for one in seen] == list(range(1, 17))


def test_without_the_run_s_text_it_says_how_to_get_it(desk):
    moving_run(desk.home, "one")
    with pytest.raises(GPTLabError) as told:
        ask(desk, "head_losses", run="one")
    assert told.value.message


def test_models_without_heads_share_and_stay_few(desk):
    whole = desk.model({"run": "contos"})
    cut = desk.model({"run": "contos", "off": [[1, 2]]})
    assert cut.off == OFF
    assert cut.model.lm_head.weight is whole.model.lm_head.weight
    assert desk.model({"run": "contos", "off": [[1, 2], [1, 2]]}) is cut
    for layer in range(4):
        desk.model({"run": "contos", "off": [[layer, 0]]})
        desk.model({"run": "contos", "off": [[layer, 3]]})
    assert len(desk._loaded) == 6
    assert desk._are_small()
