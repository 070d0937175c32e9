"""Weights on disk with numbers that are none, for tests of several rooms."""

import math

from safetensors import safe_open
from safetensors.torch import load_file, save


def damage(path, name="transformer.wte.weight", value=math.nan):
    """Puts a number that is not finite into a file of weights, and leaves the rest as it is."""
    tensors = load_file(path)
    with safe_open(path, framework="pt") as file:
        header = file.metadata()
    tensors[name].view(-1)[0] = value
    path.write_bytes(save(tensors, metadata=header))
