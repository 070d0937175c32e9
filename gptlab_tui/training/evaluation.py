"""A trained model scored on a text: its own validation part, or any other."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from gptlab_tui.config import CorpusConfig, TrainConfig
from gptlab_tui.errors import GPTLabError
from gptlab_tui.home import Home
from gptlab_tui.model.open_run import Step, open_model
from gptlab_tui.model.score import Score, score_in_batches
from gptlab_tui.runs.layout import find_run
from gptlab_tui.text.corpus import open_corpus
from gptlab_tui.text.protocol import Unknown
from gptlab_tui.text.run_text import tokens_of_run
from gptlab_tui.text.token_files import encode_chunks
from gptlab_tui.training.devices import choose_device

VALIDATION, WHOLE = "validation part", "whole text"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a model scored on a text."""

    run: str
    step: int
    corpus: str
    part: str
    """"validation part" or "whole text"."""
    loss: float
    """Nats per token."""
    bits_per_byte: float
    tokens: int
    size_bytes: int
    elapsed_s: float

    @property
    def perplexity(self) -> float:
        """e^loss: among how many equally likely tokens the model hesitates, on average."""
        return math.exp(self.loss)

    def to_json(self) -> dict[str, Any]:
        """The evaluation as a JSON object."""
        return {**asdict(self), "perplexity": self.perplexity}


def parse_step(step: str | None) -> Step:
    """A step as typed: a number, `best`, or nothing for the newest. Raises GPTLabError."""
    if step is None:
        return None
    if step == "best":
        return "best"
    if step.isascii() and step.isdigit():
        return int(step)
    raise GPTLabError(f"A step is a number or `best`, not {step!r}.")


def evaluate_run(
    home: Home,
    name: str,
    *,
    step: Step = None,
    corpus: Sequence[str] | None = None,
    device: str = "auto",
    encoding: str = "utf-8",
    errors: str = "strict",
    unknown: Unknown = "error",
    tell: Callable[[int, float], None] | None = None,
) -> Evaluation:
    """Scores a run's model on its validation part or, with `corpus`, on the whole of that text.

    Raises GPTLabError: no such run or step, a text that is gone, a character that the model lacks.
    """
    began = time.monotonic()
    run = find_run(home, name)
    chosen = choose_device(TrainConfig(device=device))
    opened = open_model(run, step, chosen.torch_device)
    tokenizer = opened.tokenizer
    if corpus:
        config = CorpusConfig.model_validate({"name": tuple(corpus), "encoding": encoding, "errors": errors})
        text = open_corpus(config, home)
        tokens = np.concatenate(
            list(encode_chunks(tokenizer, text.chunks(), unknown)) or [np.empty(0, np.int32)]
        )
        about, part = text.name, WHOLE
    else:
        request = run.read_training_request()
        tokens = tokens_of_run(request, tokenizer, home).val
        about, part = request["corpus"]["name"], VALIDATION
    if len(tokens) < 2:
        raise GPTLabError(f"The {part} of {about} has {len(tokens)} tokens; two are needed to score one.")
    total = Score()
    for piece in score_in_batches(opened.model, tokens, tokenizer.token_lengths()):
        total += piece
        if tell is not None:
            tell(total.tokens, total.loss)
    return Evaluation(
        run=run.name,
        step=opened.step,
        corpus=about,
        part=part,
        loss=total.loss,
        bits_per_byte=total.bits_per_byte,
        tokens=total.tokens,
        size_bytes=total.size_bytes,
        elapsed_s=time.monotonic() - began,
    )
