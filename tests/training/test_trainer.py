"""The loop: what it says, when it listens, and that stopping changes nothing."""

from __future__ import annotations

import math
import time
from dataclasses import replace

import numpy as np
import pytest
import torch

from gptlab_tui.events import Controlled, Ended, Evaluated, Evaluating, Saved, Skipped, Step
from gptlab_tui.runs.control import Command
from gptlab_tui.training.checkpoints import optimizer_tensors


def command(verb, key=None, value=None, ident="c1"):
    return Command(verb, key, value, ident, 0.0)


class Script:
    """An inbox that hands out commands at chosen looks into it."""

    def __init__(self, at: dict[int, list[Command]]):
        self.at, self.looks = at, -1

    def __call__(self):
        self.looks += 1
        return self.at.get(self.looks, [])


def weights(trainer):
    return {name: p.detach().clone() for name, p in trainer.model.named_parameters()}


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_a_training_evaluates_saves_and_ends_in_that_order(build, tiny_maker):
    trainer = build(tiny_maker(max_iters=12, eval_interval=5))
    events = list(trainer.events())
    assert [e.step for e in events if isinstance(e, Evaluated)] == [0, 5, 10, 12]
    begun = [place for place, e in enumerate(events) if isinstance(e, Evaluating)]
    assert all(isinstance(events[place + 1], Evaluated) for place in begun)
    assert len(begun) == 4
    assert trainer.store.snapshots == [0, 5, 10, 12]
    assert trainer.store.checkpoints == [5, 10, 12]
    assert [e.step for e in events if isinstance(e, Step)] == list(range(1, 13))
    last, saved, evaluated = events[-1], events[-2], events[-3]
    assert isinstance(last, Ended)
    assert last.reason == "finished"
    assert isinstance(saved, Saved)
    assert isinstance(evaluated, Evaluated)
    assert last.val_loss == evaluated.val_loss
    best = min((e.val_loss, e.step) for e in events if isinstance(e, Evaluated))
    assert (last.best_val_loss, last.best_step) == best


def test_it_learns(build, tiny_maker):
    events = list(build(tiny_maker(max_iters=150, eval_interval=150)).events())
    first, last = (e for e in events if isinstance(e, Evaluated))
    assert first.val_loss == pytest.approx(math.log(11), abs=0.1)
    assert last.val_loss < first.val_loss - 0.15
    assert last.val_bits_per_byte == pytest.approx(last.val_loss / math.log(2))


def test_checkpoints_come_at_their_own_interval_where_one_is_set(build, tiny_maker):
    trainer = build(tiny_maker(max_iters=10, eval_interval=5, save_interval=3, keep_best=False))
    list(trainer.events())
    assert trainer.store.checkpoints == [3, 6, 9, 10]


def test_the_best_step_is_saved_whatever_the_interval(build, tiny_maker):
    trainer = build(tiny_maker(max_iters=12, eval_interval=4, save_interval=100))
    events = list(trainer.events())
    best = [e.step for e in events if isinstance(e, Evaluated) and e.best and e.step]
    assert best
    assert set(best) <= set(trainer.store.checkpoints)
    assert trainer.store.checkpoints[-1] == 12


def test_early_stopping_saves_before_it_ends(build, tiny_maker):
    trainer = build(
        tiny_maker(
            max_iters=500, eval_interval=2, save_interval=400, patience=2, learning_rate=3.0, grad_clip=0.0
        )
    )
    events = list(trainer.events())
    assert events[-1].reason == "early_stopping"
    assert trainer.store.checkpoints[-1] == events[-1].step


def test_interrupted_in_the_last_step_it_still_owes_the_last_evaluation(build, tiny_maker):
    config = tiny_maker(max_iters=12, eval_interval=5)
    first = build(config)
    for event in first.events():
        if isinstance(event, Step) and event.step == 12:
            first.interrupted = True
    assert first.progress.evaluated_at == 10
    second = build(config, seed=9)
    carry_over(first, second)
    events = list(second.events())
    assert [e.step for e in events if isinstance(e, Evaluated)] == [12]
    assert events[-1].reason == "finished"


def test_a_longer_run_is_refused_where_the_rate_has_come_down_to_nothing(build, tiny_maker):
    late = {12: [command("set", "max_iters", 20)]}
    trainer = build(tiny_maker(schedule="linear"), inbox=AtStep(late))
    trainer.inbox.trainer = trainer
    events = list(trainer.events())
    answer = next(e for e in events if isinstance(e, Controlled))
    assert (answer.outcome, events[-1].step) == ("refused", 12)
    trainer = build(tiny_maker(schedule="constant"), inbox=AtStep(late | {}))
    trainer.inbox.at = {12: [command("set", "max_iters", 20)]}
    trainer.inbox.trainer = trainer
    assert list(trainer.events())[-1].step == 20


def test_a_validation_loss_that_is_not_finite_ends_the_run_and_saves_nothing(build, tiny_maker):
    trainer = build(tiny_maker(max_iters=10, eval_interval=5))
    events = []
    for event in trainer.events():
        events.append(event)
        if isinstance(event, Step) and event.step == 5:
            with torch.no_grad():
                trainer.model.lm_head.weight.fill_(math.inf)
    assert events[-1].reason == "not_finite"
    assert "validation" in events[-1].message
    assert trainer.store.checkpoints == []


def test_the_mean_training_loss_of_an_evaluation_is_that_of_the_steps_before(build, tiny_maker):
    events = list(build(tiny_maker(max_iters=10, eval_interval=5)).events())
    steps = {e.step: e.train_loss for e in events if isinstance(e, Step)}
    means = {e.step: e.train_loss for e in events if isinstance(e, Evaluated)}
    assert means[0] is None
    assert means[5] == pytest.approx(np.mean([steps[i] for i in range(1, 6)]))
    assert means[10] == pytest.approx(np.mean([steps[i] for i in range(6, 11)]))


@pytest.mark.parametrize("micro_batch", [1, 2, 4])
def test_accumulated_micro_batches_are_the_batch(build, tiny_maker, micro_batch):
    whole, parts = build(tiny_maker()), build(tiny_maker(), micro_batch=micro_batch)
    list(whole.events())
    list(parts.events())
    for name, tensor in weights(whole).items():
        torch.testing.assert_close(weights(parts)[name], tensor, atol=2e-4, rtol=1e-3, msg=name)


RESUMED = {"dropout": {"dropout": 0.3, "attn_dropout": 0.2}, "plain": {}}


@pytest.mark.parametrize("model", RESUMED)
@pytest.mark.parametrize("cut", [1, 5, 7, 11])
def test_a_run_cut_anywhere_ends_with_the_bits_of_one_that_never_stopped(build, tiny_maker, model, cut):
    """With dropout, accumulation, and commands on either side of the cut."""
    config = tiny_maker(model=RESUMED[model], micro_batch=2)
    before = {1: [command("set", "lr_scale", 0.5)]}  # looked at before step 1
    after = command("set", "max_iters", 14, "c2")

    whole = build(config, micro_batch=2, inbox=AtStep({0: before[1], 11: [after]}))
    whole.inbox.trainer = whole
    whole_events = list(whole.events())

    first = build(config, micro_batch=2, inbox=AtStep({0: before[1]}))
    first.inbox.trainer = first
    for event in first.events():
        if isinstance(event, Step) and event.step == cut:
            first.interrupted = True
    second = build(config, seed=99, micro_batch=2, inbox=AtStep({11: [after]}), replay=[(0, "lr_scale", 0.5)])
    second.inbox.trainer = second
    carry_over(first, second)
    second_events = list(second.events())

    assert same(weights(whole), weights(second))
    assert same(
        optimizer_tensors(whole.model, whole.stepper.optimizer),
        optimizer_tensors(second.model, second.stepper.optimizer),
    )
    ends = [events[-1] for events in (whole_events, second_events)]
    assert ends[0].val_loss == ends[1].val_loss
    assert ends[0].step == ends[1].step == 14


@pytest.mark.parametrize("forgotten", ["optimizer", "step", "command"])
def test_the_comparison_above_notices_what_is_forgotten(build, tiny_maker, forgotten):
    config = tiny_maker(model=RESUMED["dropout"], micro_batch=2)
    start = {0: [command("set", "lr_scale", 0.5)]}
    whole = build(config, micro_batch=2, inbox=AtStep(start))
    whole.inbox.trainer = whole
    list(whole.events())
    first = build(config, micro_batch=2, inbox=AtStep(start))
    first.inbox.trainer = first
    for event in first.events():
        if isinstance(event, Step) and event.step == 6:
            first.interrupted = True
    replay = [] if forgotten == "command" else [(0, "lr_scale", 0.5)]
    second = build(config, seed=99, micro_batch=2, replay=replay)
    carry_over(first, second, forgotten)
    list(second.events())
    assert not same(weights(whole), weights(second))


class AtStep:
    """An inbox that hands out commands once, when so many steps were taken."""

    def __init__(self, at):
        self.at, self.trainer = dict(at), None

    def __call__(self):
        return self.at.pop(self.trainer.progress.step, [])


def carry_over(first, second, forgotten=""):
    """What a checkpoint does, without a disk."""
    second.model.load_state_dict(first.model.state_dict())
    if forgotten != "optimizer":
        for (_, mine), (_, theirs) in zip(
            second.model.named_parameters(), first.model.named_parameters(), strict=True
        ):
            second.stepper.optimizer.state[mine] = {
                k: v.clone() for k, v in first.stepper.optimizer.state[theirs].items()
            }
    progress = first.state()
    second.restore(replace(progress, step=progress.step - 1) if forgotten == "step" else progress)


def test_commands_are_heard_between_micro_batches_and_evaluation_batches(build, tiny_maker, monkeypatch):
    looks = []
    trainer = build(tiny_maker(max_iters=2, eval_interval=2), micro_batch=1)

    def inbox():
        looks.append(trainer.progress.step)
        return []

    trainer.inbox = inbox
    list(trainer.events())
    # once before each phase (evaluation, save, end, step), before each micro-batch but the first,
    # and after each batch of an evaluation: full windows, and the shorter rest
    assert looks.count(0) == 1 + 2 + 1 + 3
    assert looks.count(1) == 1 + 3
    assert looks.count(2) == 1 + 2 + 1 + 1


def test_a_command_is_acknowledged_and_one_that_cannot_be_is_refused(build, tiny_maker):
    inbox = Script(
        {
            5: [command("set", "lr_scale", 0.25, "a"), command("set", "lr_scale", "much", "b")],
            6: [command("set", "eval_interval", 3, "c")],
        }
    )
    trainer = build(tiny_maker(schedule="constant", eval_interval=100), inbox=inbox)
    events = list(trainer.events())
    answers = {e.id: e for e in events if isinstance(e, Controlled)}
    assert answers["a"].outcome == "applied"
    assert answers["b"].outcome == "refused"
    assert "lr_scale" in answers["b"].reason
    held = answers["a"].step
    for event in events:
        if isinstance(event, Step):
            assert event.learning_rate == pytest.approx(1e-2 if event.step <= held else 2.5e-3)
    assert {e.step for e in events if isinstance(e, Evaluated)} == {0, 3, 6, 9, 12}


def test_a_paused_training_waits_serves_and_goes_on(build, tiny_maker):
    told = [[], [], [command("pause")], [], [command("save", ident="s")], [command("resume", ident="r")]]
    waits = []
    trainer = build(
        tiny_maker(max_iters=4, eval_interval=100),
        inbox=lambda: told.pop(0) if told else [],
        wait=waits.append,
    )
    events = list(trainer.events())
    assert len(waits) == 3
    assert [e.command for e in events if isinstance(e, Controlled)] == ["pause", "save", "resume"]
    saved = [i for i, e in enumerate(events) if isinstance(e, Saved)]
    resumed = next(i for i, e in enumerate(events) if isinstance(e, Controlled) and e.command == "resume")
    assert saved[0] < resumed
    assert events[-1].reason == "finished"


def test_a_pause_is_no_time_of_training(build, tiny_maker, monkeypatch):
    """Neither the time that is told nor the pace knows that the clock went on by an hour."""
    ahead_s = [0.0]
    clock = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: clock() + ahead_s[0])

    def wait(seconds):
        ahead_s[0] += 3600

    inbox = Script({6: [command("pause")], 7: [], 8: [command("resume")]})
    events = list(build(tiny_maker(max_iters=12, eval_interval=100), inbox=inbox, wait=wait).events())
    assert ahead_s[0] >= 3600
    assert [e.command for e in events if isinstance(e, Controlled)] == ["pause", "resume"]
    assert events[-1].elapsed_s < 600
    assert max(event.elapsed_s for event in events) == events[-1].elapsed_s
    tokens = next(e for e in events if isinstance(e, Step)).tokens_per_s
    assert all(e.tokens_per_s > tokens / 100 for e in events if isinstance(e, Step))


@pytest.mark.parametrize("paused", [False, True])
def test_stop_saves_and_ends_even_while_paused(build, tiny_maker, paused):
    inbox = Script({6: [command("pause")] if paused else [], 7: [command("stop", ident="x")]})
    trainer = build(tiny_maker(max_iters=100, eval_interval=100), inbox=inbox, wait=lambda s: None)
    events = list(trainer.events())
    assert isinstance(events[-2], Saved)
    assert events[-1].reason == "stopped"
    assert events[-1].step < 100


def test_stop_during_an_evaluation_does_not_wait_for_its_end(build, tiny_maker):
    inbox = Script({1: [command("stop")]})  # after the first batch of the first evaluation
    events = list(build(tiny_maker(), inbox=inbox).events())
    assert not [e for e in events if isinstance(e, Evaluated)]
    assert events[-1].reason == "stopped"


def test_early_stopping_ends_after_so_many_evaluations_without_a_better_one(build, tiny_maker):
    trainer = build(tiny_maker(max_iters=500, eval_interval=2, patience=3, learning_rate=3.0, grad_clip=0.0))
    events = list(trainer.events())
    assert events[-1].reason == "early_stopping"
    scores = [e for e in events if isinstance(e, Evaluated)]
    assert not any(e.best for e in scores[-3:])
    assert scores[-4].best


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_step_that_is_not_finite_is_not_applied_and_three_end_the_run(build, tiny_maker, bad):
    trainer = build(tiny_maker(max_iters=30, eval_interval=100))
    good = trainer.stepper.loss_of
    failing = {4, 9, 10, 11}

    def loss_of(idx, targets):
        loss = good(idx, targets)
        return loss * bad if trainer.progress.step in failing else loss

    trainer.stepper.loss_of = loss_of
    before, events = None, []
    for event in trainer.events():
        if isinstance(event, Skipped):
            if before is not None:
                assert same(before, weights(trainer))
        elif isinstance(event, Step):
            before = weights(trainer)
        events.append(event)
    assert [(e.step, e.in_a_row) for e in events if isinstance(e, Skipped)] == [
        (4, 1),
        (9, 1),
        (10, 2),
        (11, 3),
    ]
    assert events[-1].reason == "not_finite"
    assert trainer.store.checkpoints == []  # nothing was written over a good one
    assert all(torch.isfinite(tensor).all() for tensor in weights(trainer).values())


def test_gradients_are_clipped_to_the_configured_norm(build, tiny_maker):
    trainer = build(tiny_maker(grad_clip=1e-3, max_iters=1))
    events = list(trainer.events())
    norm = next(e.grad_norm for e in events if isinstance(e, Step))
    assert norm > 1e-3  # the reported one is that before clipping
    left = torch.sqrt(sum((p.grad**2).sum() for p in trainer.model.parameters()))
    assert float(left) == pytest.approx(1e-3, rel=1e-3)


def test_weight_decay_pulls_on_matrices_and_embeddings_alone(build, tiny_maker):
    trainer = build(tiny_maker(model={"conv_width": 2}))
    groups = {group["name"]: group for group in trainer.stepper.optimizer.param_groups}
    names = {id(p): n for n, p in trainer.model.named_parameters()}
    pulled = {names[id(p)] for p in groups["decay"]["params"]}
    free = {names[id(p)] for p in groups["no_decay"]["params"]}
    assert groups["no_decay"]["weight_decay"] == 0.0
    assert pulled | free == set(names.values())
    assert all(n.endswith("weight") and "ln_" not in n and "conv" not in n for n in pulled)
    assert {"transformer.wte.weight", "transformer.h.0.mlp.c_proj.weight"} <= pulled
    everything = build(tiny_maker(decay="all")).stepper.optimizer.param_groups
    assert [group["name"] for group in everything] == ["decay"]


def test_prompts_are_continued_at_every_evaluation_and_can_be_changed(build, tiny_maker):
    inbox = Script({4: [command("set", "prompts", ["b", "c"])]})
    trainer = build(
        tiny_maker(max_iters=4, eval_interval=2, prompts=["a"], prompt_tokens=5),
        inbox=inbox,
        write=lambda model, prompt: (prompt, prompt.upper()),
    )
    written = [(e.step, e.prompt, e.text) for e in trainer.events() if e.event == "sampled"]
    assert written[0] == (0, "a", "A")
    assert {(prompt, text) for step, prompt, text in written if step == 4} == {("b", "B"), ("c", "C")}
