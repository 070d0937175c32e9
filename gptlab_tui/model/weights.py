"""Weights to and from safetensors files: no pickle, every tensor by its name, a tied head once."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from gptlab_tui.errors import GPTLabError
from gptlab_tui.model.gpt import GPT

#: What to do where those of a step are damaged.
ANOTHER_STEP = "Take another step: `gptlab runs show` lists them."


def weights_of(model: GPT) -> dict[str, Tensor]:
    """The model's parameters by name; a tied head is `transformer.wte.weight` and nothing else."""
    return {name: parameter.detach() for name, parameter in model.named_parameters()}


def save_weights(model: GPT, path: Path, dtype: torch.dtype | None = None) -> None:
    """Writes the parameters to `path`, as `dtype` where one is given (snapshots: half precision).

    The file names the shape of the model in its header, so a stray one can be told apart.
    """
    tensors = {
        name: tensor.to("cpu", dtype or tensor.dtype).contiguous()
        for name, tensor in weights_of(model).items()
    }
    shape = {"model": model.config.model_dump(mode="json"), "vocab_size": model.vocab_size}
    header = {"gptlab": json.dumps(shape, sort_keys=True)}  # one key: safetensors writes several in any order
    path.write_bytes(save(tensors, metadata=header))  # save_file would hide it from other users


def load_weights(model: GPT, path: Path) -> float:
    """Fills the model from a file of `save_weights`, whatever the precision it was written in.

    -> that precision's epsilon, the largest where there are several. Raises GPTLabError where the file is
    unreadable or its tensors are not exactly the model's.
    """
    mine, epsilon = weights_of(model), 0.0
    try:
        with safe_open(path, framework="pt") as file, torch.no_grad():
            theirs = set(file.keys())
            if theirs != mine.keys():
                wrong = sorted(theirs ^ mine.keys())
                raise GPTLabError(f"{path.name} does not fit the model: {', '.join(wrong[:3])}.")
            for name, parameter in mine.items():
                tensor = file.get_tensor(name)
                if tensor.shape != parameter.shape:
                    raise GPTLabError(
                        f"{path.name} does not fit the model: {name} is {tuple(tensor.shape)}, "
                        f"not {tuple(parameter.shape)}."
                    )
                parameter.copy_(tensor)
                epsilon = max(epsilon, torch.finfo(tensor.dtype).eps)
    except (SafetensorError, OSError) as error:
        raise GPTLabError(f"{path.name} cannot be read as weights: {error}.", ANOTHER_STEP) from error
    return epsilon


def load_tensor(path: Path, name: str) -> Tensor:
    """One parameter from a file of `save_weights`, in the precision it was written in; the rest stays there.

    Raises GPTLabError where the file is unreadable or has no such parameter.
    """
    try:
        with safe_open(path, framework="pt") as file:
            tensor: Tensor = file.get_tensor(name)
    except (SafetensorError, OSError) as error:
        raise GPTLabError(f"{path.name} cannot be read as weights: {error}.", ANOTHER_STEP) from error
    return tensor
