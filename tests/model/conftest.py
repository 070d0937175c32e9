"""Small decoders of every kind for the tests of this room.

A test that asks for `varied` runs once for each value of each option of `ModelConfig`.
"""

from typing import Any, get_args

import pytest
import torch

from gptlab_tui.config import Activation, Bias, ModelConfig, Norm, NormPlacement, Positions
from gptlab_tui.model.gpt import GPT

TINY = {"n_layer": 2, "n_head": 2, "n_embd": 16, "block_size": 8}

OPTIONS: dict[str, tuple[Any, ...]] = {
    "norm": get_args(Norm),
    "norm_placement": get_args(NormPlacement),
    "positions": get_args(Positions),
    "activation": get_args(Activation),
    "bias": get_args(Bias),
    "qk_norm": (False, True),
    "tied_head": (True, False),
    "conv_width": (0, 3),
}

VARIED = [{}, *({key: value} for key, values in OPTIONS.items() for value in values)]
EVERYTHING = {
    "norm": "rmsnorm",
    "norm_placement": "post",
    "positions": "rope",
    "activation": "swiglu",
    "bias": "qkv",
    "qk_norm": True,
    "tied_head": False,
    "conv_width": 3,
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "varied" in metafunc.fixturenames:
        settings = [*VARIED, EVERYTHING, {**EVERYTHING, "positions": "relative"}]
        configs = [ModelConfig(**{**TINY, **setting}) for setting in settings]
        names = [",".join(f"{k}={v}" for k, v in setting.items()) or "defaults" for setting in settings]
        metafunc.parametrize("varied", configs, ids=names)


@pytest.fixture
def options() -> dict[str, tuple[Any, ...]]:
    """Every option of the decoder with the values it can have."""
    return OPTIONS


@pytest.fixture
def tiny() -> dict[str, int]:
    """The shape that the tests of all options use."""
    return dict(TINY)


@pytest.fixture
def lively():
    """lively(config, vocab_size, dtype) -> a decoder in which no parameter is at a trivial value."""

    def build(config: ModelConfig, vocab_size: int = 23, dtype: torch.dtype = torch.float32) -> GPT:
        model = GPT(config, vocab_size).to(dtype)
        generator = torch.Generator().manual_seed(5)
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                noise = torch.randn(parameter.shape, generator=generator) * 0.3
                parameter.copy_(noise + (1.0 if "norm" in name or "ln_" in name else 0.0))
        return model.eval()

    return build


@pytest.fixture
def ids():
    """ids(B, T, vocab_size, seed) -> random token ids"""

    def draw(rows: int, length: int, vocab_size: int = 23, seed: int = 0) -> torch.Tensor:
        return torch.randint(vocab_size, (rows, length), generator=torch.Generator().manual_seed(seed))

    return draw
