"""A trained model scored on a text: its own validation part, or any other."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
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
    temperature: float = 1.0
    """What the logits were divided by."""
    unknown: Unknown = "error"
    """What became of the characters that the model lacks: `skip` or `replace`."""
    unknown_characters: int = 0
    """How many those were."""
    unknown_share: float = 0.0
    """Their share of the characters of the text."""

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
    raise GPTLabError(f"A step is a number or `best`, not {step!r}.", "`gptlab runs show` lists them.")


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
    temperature: float = 1.0,
    tell: Callable[[int, float], None] | None = None,
) -> Evaluation:
    """Scores a run's model on its validation part or, with `corpus`, on the whole of that text.

    At a temperature other than 1 it is what the text costs a model whose logits are divided by that.

    Raises GPTLabError: no such run or step, a text that is gone, a character that the model lacks.
    """
    began = time.monotonic()
    run = find_run(home, name)
    chosen = choose_device(TrainConfig(device=device))
    opened = open_model(run, step, chosen.torch_device)
    tokenizer = opened.tokenizer
    lacking = 0
    if corpus:
        config = CorpusConfig.model_validate({"name": tuple(corpus), "encoding": encoding, "errors": errors})
        text = open_corpus(config, home)

        def chunks() -> Iterator[str]:
            nonlocal lacking
            for chunk in text.chunks():
                lacking += sum(chunk.count(one) for one, _ in tokenizer.unknown_characters(chunk))
                yield chunk

        tokens = np.concatenate(list(encode_chunks(tokenizer, chunks(), unknown)) or [np.empty(0, np.int32)])
        about, part, characters = text.name, WHOLE, text.characters
    else:
        request = run.read_training_request()
        files = tokens_of_run(request, tokenizer, home)
        tokens, characters, unknown = files.val, files.val_characters, request.get("unknown", "error")
        if tokenizer.kind == "char":  # a fine-tuning leaves out what its parent's vocabulary lacks
            lacking = characters - len(tokens)
        about, part = request["corpus"]["name"], VALIDATION
    if len(tokens) < 2:
        raise GPTLabError(f"The {part} of {about} has {len(tokens)} tokens; two are needed to score one.")
    total = Score()
    lengths = tokenizer.token_lengths()
    for piece in score_in_batches(opened.model, tokens, lengths, temperature=temperature):
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
        temperature=temperature,
        unknown=unknown,
        unknown_characters=lacking,
        unknown_share=lacking / characters if characters else 0.0,
    )
