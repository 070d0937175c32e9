"""What a training would cost, before it is started: the plan, and a few real steps against the clock.

`python -m gptlab_tui.training.rehearsal` reads questions from standard input, one JSON object a line
({"number", "preset", "corpus", "overrides", "home"}), and answers on standard output. A newer question
ends the work on an older one at its next step, and so does the end of the input.
"""

from __future__ import annotations

import json
import os
import select
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from gptlab_tui.config import Config
from gptlab_tui.errors import GPTLabError
from gptlab_tui.home import Home
from gptlab_tui.model.budget import flops_per_token
from gptlab_tui.presets import load_preset
from gptlab_tui.text.corpus import open_corpus
from gptlab_tui.text.tokenizers import build_tokenizer
from gptlab_tui.training.create import new_model
from gptlab_tui.training.devices import choose_device
from gptlab_tui.training.fit import is_out_of_memory, resolve_micro_batch
from gptlab_tui.training.plan import outlook
from gptlab_tui.training.stepper import Stepper

STEPS = 5
#: Tokens of GPT-2's vocabulary, so that a plan needs no download.
GPT2_TOKENS = 50_257
#: The settings of a training that make its steps longer or shorter.
_SHAPE = ("batch_size", "micro_batch", "dtype", "device", "compile", "threads")
_RATE = 1e-4  # nobody keeps these weights


def rehearse(config: Config, vocab_size: int, steps: int = STEPS) -> Iterator[float]:
    """Trains a new model on random tokens; the seconds of each step as it is done.

    The first is slower than the rest: it warms everything up. Raises what a training raises.
    """
    device = choose_device(config.train)
    torch.set_num_threads(device.threads)
    model = new_model(config, vocab_size).to(device.torch_device)
    micro_batch = resolve_micro_batch(model, config, device)
    draw = np.random.default_rng(0)
    tokens = draw.integers(0, vocab_size, 64 * config.model.block_size + 1, dtype=np.uint32)
    stepper = Stepper(model, tokens, config, device, micro_batch)
    for step in range(steps):
        began = time.perf_counter()
        for _ in stepper.accumulate(step):
            pass
        stepper.update(_RATE)
        yield time.perf_counter() - began


def shape(config: Config, vocab_size: int) -> str:
    """What decides how long a step takes, as a key: two trainings of one shape are as fast."""
    train = config.train.model_dump(mode="json", include=set(_SHAPE))
    return json.dumps([vocab_size, config.model.model_dump(mode="json"), train], sort_keys=True)


def answers(
    question: dict[str, Any], stale: Callable[[], bool], paces: dict[str, float]
) -> Iterator[dict[str, Any]]:
    """The plan, then the pace after every step of the rehearsal; a problem in words ends them.

    `stale()` is asked between steps: whether nobody waits for the rest. `paces` keeps the seconds of
    a step by shape: what was rehearsed is not rehearsed again, and says the same as before.
    """
    try:
        home = Home(Path(str(question["home"])))
        config = load_preset(str(question["preset"]), [str(one) for one in question["overrides"]], home)
        vocab_size = vocabulary(config, str(question["corpus"]), home)
        prospect = outlook(config, vocab_size)
        yield {
            "plan": {
                "parameters": prospect.plan.parameters,
                "vocab_size": vocab_size,
                "memory_bytes": prospect.plan.total_bytes,
                "free_bytes": prospect.memory_bytes,
                "fits": prospect.fits,
                "max_iters": config.train.max_iters,
                "tokens_per_step": config.train.batch_size * config.model.block_size,
                "flops_per_token": flops_per_token(config.model, vocab_size).training,
                "device": choose_device(config.train).name,
            }
        }
        if not prospect.fits:
            return
        known = paces.get(shape(config, vocab_size))
        if known is not None:
            yield {"rehearsal": {"steps": STEPS, "of": STEPS, "step_s": known}}
            return
        taken: list[float] = []
        for seconds in rehearse(config, vocab_size):
            taken.append(seconds)
            pace = statistics.median(taken[1:] or taken)
            yield {"rehearsal": {"steps": len(taken), "of": STEPS, "step_s": pace}}
            if len(taken) == STEPS:
                paces[shape(config, vocab_size)] = pace
            if stale():
                return
    except GPTLabError as error:
        yield {"problem": error.message, "hint": error.hint}
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        yield {"problem": "The rehearsal ran out of memory.", "hint": "Try a smaller train.batch_size."}


def vocabulary(config: Config, corpus: str, home: Home) -> int:
    """How many tokens the tokenizer will have on this text; a BPE is not trained for it."""
    if config.tokenizer.kind == "gpt2":
        return GPT2_TOKENS
    if config.tokenizer.kind == "bpe":
        return config.tokenizer.vocab_size
    wanted = config.corpus.model_copy(update={"name": (corpus,), "fallback": None})
    return build_tokenizer(config.tokenizer, open_corpus(wanted, home), home).vocab_size


def main() -> None:
    """Answers until the input ends."""
    held, paces = b"", dict[str, float]()
    while True:
        part = os.read(0, 1 << 16)
        if not part:
            return
        *lines, held = (held + part).split(b"\n")
        if not lines or not lines[-1].strip():
            continue
        question = json.loads(lines[-1])  # older ones nobody waits for any more
        for answer in answers(question, lambda: bool(select.select([0], [], [], 0)[0]), paces):
            print(json.dumps({"number": question["number"], **answer}), flush=True)
        print(json.dumps({"number": question["number"], "done": True}), flush=True)


if __name__ == "__main__":
    try:
        main()
    except (KeyboardInterrupt, BrokenPipeError):
        sys.exit(0)
