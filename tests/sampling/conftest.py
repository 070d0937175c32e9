"""A tokenizer and random models that are small enough to be read many times."""

from collections.abc import Callable

import pytest
import torch

from gptlab_tui.config import ModelConfig
from gptlab_tui.model.gpt import GPT
from gptlab_tui.text.tokenizers import Tokenizer, tokenizer_from_json

ALPHABET = "\n !,.abcdefghijklmnopqrstuvwxyzãçéí"


@pytest.fixture(scope="session")
def letters() -> Tokenizer:
    return tokenizer_from_json({"kind": "char", "characters": "".join(sorted(ALPHABET))})


def random_model(vocab_size: int = len(ALPHABET), **shape: object) -> GPT:
    """Weights wide enough that the model has opinions: its distributions are far from even."""
    config = ModelConfig(**{"n_layer": 2, "n_head": 2, "n_embd": 16, "block_size": 8, **shape})
    torch.manual_seed(3)
    model = GPT(config, vocab_size)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(0.0, 0.5)
    return model.eval()


@pytest.fixture(scope="session")
def build() -> Callable[..., GPT]:
    return random_model
