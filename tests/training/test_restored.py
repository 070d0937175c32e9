"""An optimizer that does not fit is refused before it computes anything."""

import pytest
import torch
from safetensors.torch import save_file

from gptlab_tui.errors import GPTLabError
from gptlab_tui.training.checkpoints import optimizer_tensors, restore_optimizer


@pytest.fixture
def trained(build, tiny_maker):
    trainer = build(tiny_maker(max_iters=2))
    list(trainer.events())
    return trainer


def without(tensors, *keys):
    return {key: value for key, value in tensors.items() if key not in keys}


def first(tensors, kind):
    return next(key for key in tensors if key.startswith(f"{kind}/"))


MISFITS = {
    "shape": lambda t: t | {first(t, "exp_avg"): torch.zeros(3)},
    "dtype": lambda t: t | {first(t, "exp_avg_sq"): t[first(t, "exp_avg_sq")].half()},
    "count": lambda t: t | {first(t, "step"): torch.zeros(3)},
    "no step": lambda t: without(t, first(t, "step")),
    "no moment": lambda t: without(t, first(t, "exp_avg")),
    "another kind": lambda t: t | {first(t, "step").replace("step", "max_exp"): torch.zeros(1)},
    "another name": lambda t: t | {"exp_avg/nobody": torch.zeros(1)},
    "no name": lambda t: t | {"exp_avg": torch.zeros(1)},
}


@pytest.mark.parametrize("change", MISFITS.values(), ids=MISFITS)
def test_what_does_not_fit_is_refused(trained, tmp_path, change):
    path = tmp_path / "optimizer.safetensors"
    save_file(change(optimizer_tensors(trained.model, trained.stepper.optimizer)), path)
    with pytest.raises(GPTLabError, match=r"optimizer\.safetensors does not fit the model at .+\.") as error:
        restore_optimizer(trained.model, trained.stepper.optimizer, path)
    assert "--from" in error.value.hint


def test_bytes_that_are_no_tensors_are_refused(trained, tmp_path):
    path = tmp_path / "optimizer.safetensors"
    path.write_bytes(b"odd")
    with pytest.raises(GPTLabError, match="does not fit"):
        restore_optimizer(trained.model, trained.stepper.optimizer, path)


def test_what_fits_is_taken_as_it_is(trained, tmp_path):
    path = tmp_path / "optimizer.safetensors"
    before = optimizer_tensors(trained.model, trained.stepper.optimizer)
    save_file(before, path)
    trained.stepper.optimizer.state.clear()
    restore_optimizer(trained.model, trained.stepper.optimizer, path)
    after = optimizer_tensors(trained.model, trained.stepper.optimizer)
    assert before.keys() == after.keys()
    assert all(torch.equal(before[key], after[key]) for key in before)
