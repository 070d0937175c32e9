"""Runs of random models whose embeddings move from snapshot to snapshot, for tests of several rooms."""

import torch

from gptlab_tui.config import Config
from gptlab_tui.model.gpt import GPT
from gptlab_tui.model.initial import initialise
from gptlab_tui.model.weights import save_weights
from gptlab_tui.runs.journal import JournalWriter
from gptlab_tui.runs.layout import create_run
from gptlab_tui.runs.manifest import commit_step
from gptlab_tui.runs.snapshots import commit_snapshot
from gptlab_tui.text.tokenizers import tokenizer_from_json

LETTERS = "".join(sorted(" .,;ABCDE012abcdefghijkãé"))


def moving_run(home, name, *, steps=(0, 100, 200), parent=None, **model):
    """A run with a snapshot at each step, the last as a checkpoint; positions become a curve."""
    model = {"n_layer": 1, "n_head": 2, "n_embd": 16, "block_size": 24, "positions": "learned", **model}
    tokenizer = tokenizer_from_json({"kind": "char", "characters": LETTERS})
    config = Config.model_validate({"model": model, "train": {"seed": 7}})
    request = {"config": config.model_dump(mode="json"), "corpus": {"name": "test"}, "parent": parent}
    run = create_run(home, name, request, tokenizer.to_json())
    with JournalWriter(run.journal) as journal:
        journal.append({"event": "ended", "step": max(steps), "reason": "finished"})
    gpt = GPT(config.model, tokenizer.vocab_size)
    generator = torch.Generator().manual_seed(1)
    for step in range(0, max(steps) + 1, 100):
        with torch.no_grad():
            if step == 0:
                initialise(gpt, 7)
            else:
                for parameter in gpt.parameters():
                    parameter.add_(0.05 * torch.randn(parameter.shape, generator=generator))
            if gpt.transformer.wpe is not None and step:
                angles = torch.linspace(0, 3, config.model.block_size)
                gpt.transformer.wpe.weight[:, 0] += angles.cos()
                gpt.transformer.wpe.weight[:, 1] += angles.sin()
        if step in steps:
            commit_snapshot(run, step, lambda path: save_weights(gpt, path), 99, 1 << 30)
        if step == max(steps):
            commit_step(run, step, lambda folder: save_weights(gpt, folder / "model.safetensors"))
    return run
