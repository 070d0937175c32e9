"""Random models that are small enough to be written out by hand, as if a run had been opened."""

from types import SimpleNamespace

import torch

from gptlab_tui.config import ModelConfig
from gptlab_tui.model.gpt import GPT
from gptlab_tui.text.tokenizers import tokenizer_from_json

LETTERS = tokenizer_from_json({"kind": "char", "characters": " aeimnorst"})


def small(tokenizer=LETTERS, *, seed=5, **options):
    """Weights wide enough that the model has opinions: its distributions are far from even."""
    config = ModelConfig(**{"n_layer": 2, "n_head": 2, "n_embd": 16, "block_size": 8, **options})
    torch.manual_seed(seed)
    model = GPT(config, tokenizer.vocab_size).eval().requires_grad_(False)
    for parameter in model.parameters():
        parameter.normal_(0.0, 0.6)
    return SimpleNamespace(model=model, tokenizer=tokenizer, digest="0" * 64, off=())
