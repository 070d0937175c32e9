"""The decoder: token after token from a model, as events that a screen or a pipe can follow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor

from gptlab_tui.config import SampleConfig
from gptlab_tui.errors import GPTLabError, JobFailed
from gptlab_tui.model.gpt import GPT
from gptlab_tui.sampling.chain import run_chain
from gptlab_tui.sampling.draw import draw, uniform
from gptlab_tui.sampling.reader import Reader
from gptlab_tui.sampling.settings import Settings, resolve
from gptlab_tui.sampling.stop import StopWatch
from gptlab_tui.sampling.tokens import Finish, Token, look_at
from gptlab_tui.text.tokenizers import StreamDecoder, Tokenizer

#: Decoding with fewer (parameters times texts) is faster on one core than on several, which mostly
#: wait for each other and for the memory.
WORTH_SEVERAL_CORES = 50_000_000

#: Tokens that one call can write, all samples together; they are kept as long as it lasts.
MOST_TOKENS = 100_000_000


def generate(
    model: GPT,
    tokenizer: Tokenizer,
    prompt: Sequence[int],
    settings: Settings,
    *,
    samples: int = 1,
    first_sample: int = 0,
    alternatives: int | None = None,
    exact: bool = False,
) -> Iterator[Token]:
    """Continues the tokens of `prompt`, `samples` times in one batch: a `Token` for every one drawn.

    Tokens come in the order of their places, at each place in the order of the samples; a sample
    ends at `max_tokens` or at a stop. Each sees the luck of (seed, number of the sample, place), so
    sample 3 of a batch is what `first_sample=3` writes alone, up to the rounding of the logits.

    With `alternatives` each token has a look: its probabilities, the entropy and so many best
    tokens. `exact`: see `reader`. The model is in evaluation mode until the iterator is done or
    closed, then as it was before.

    Raises GPTLabError for a prompt without tokens and for too many tokens; while iterating, JobFailed
    where the model's logits are not finite or the chain leaves no token to draw.
    """
    if not len(prompt):
        raise GPTLabError(
            "The prompt is empty: a model needs something to continue.",
            "A line break is enough: gptlab sample $'\\n'.",
        )
    if samples * (len(prompt) + settings.knobs.max_tokens) > MOST_TOKENS:
        raise GPTLabError(
            f"That would be more than {MOST_TOKENS:,} tokens in one go.", "Take fewer samples or tokens."
        )
    return _generate(model, tokenizer, prompt, settings, samples, first_sample, alternatives, exact)


def _generate(
    model: GPT,
    tokenizer: Tokenizer,
    prompt: Sequence[int],
    settings: Settings,
    samples: int,
    first_sample: int,
    alternatives: int | None,
    exact: bool,
) -> Iterator[Token]:
    start, end = len(prompt), len(prompt) + settings.knobs.max_tokens
    texts = torch.empty(samples, end, dtype=torch.long)
    texts[:, :start] = torch.as_tensor(prompt, dtype=torch.long)
    writers = [Writer(tokenizer, settings.knobs.stop) for _ in range(samples)]
    numbers = range(first_sample, first_sample + samples)
    with evaluating(model):
        reader = Reader(model, texts, exact=exact)
        for position in range(start, end):
            luck = [uniform(settings.knobs.seed, number, position) for number in numbers]
            raw = reader.logits(position)
            after, tokens = choose(raw, texts[:, :position], settings, luck)
            texts[:, position] = tokens
            drawn = tokens.tolist()
            if max(drawn) >= raw.size(-1):
                raise nothing_to_draw(raw, position)
            looks = (
                [None] * samples
                if alternatives is None
                else look_at(drawn, raw, after, alternatives, tokenizer)
            )
            for number, writer, token, look in zip(numbers, writers, drawn, looks, strict=True):
                if writer.finish is None:
                    text = writer.push(token, last=position == end - 1)
                    yield Token(number, position, token, text, writer.finish, look)
            if all(writer.finish is not None for writer in writers):
                return


@torch.inference_mode()
def choose(raw: Tensor, history: Tensor, settings: Settings, luck: Sequence[float]) -> tuple[Tensor, Tensor]:
    """Runs the chain and draws: logits (B, V), history (B, T) -> logits after it, token ids (B,)"""
    after = run_chain(raw, history, settings)
    weights = (after - after.amax(-1, keepdim=True)).exp()
    return after, draw(weights, torch.tensor(luck, dtype=torch.float64))


def nothing_to_draw(raw: Tensor, position: int) -> JobFailed:
    """What is wrong where `choose` gave a token that is none."""
    if bool(raw.isfinite().all()):
        return JobFailed(
            f"The chain leaves no token to draw at place {position}.", "Penalties or biases are too large."
        )
    return JobFailed(
        f"The model's logits are not finite at place {position}.",
        "Its weights may be damaged; try another step.",
    )


class Writer:
    """The tokens of one sample as text that may be shown: whole characters, and nothing of a stop."""

    def __init__(self, tokenizer: Tokenizer, stops: Sequence[str]) -> None:
        self._decoder = StreamDecoder(tokenizer)
        self._watch = StopWatch(stops)
        self.finish: Finish | None = None

    def push(self, token: int, *, last: bool) -> str:
        """What can be shown after one more token; all that is left where it is the last one."""
        text, stopped = self._watch.push(self._decoder.push(token))
        if last and not stopped:
            rest, stopped = self._watch.push(self._decoder.finish())
            text += rest
            if not stopped:
                text += self._watch.finish()
                self.finish = "length"
        if stopped:
            self.finish = "stop"
        return text


@contextmanager
def evaluating(model: GPT) -> Iterator[None]:
    """Dropout off; afterwards as it was."""
    was_training = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(was_training)


@contextmanager
def fitting_threads(model: GPT, samples: int = 1) -> Iterator[None]:
    """One thread where a step is so little work that several would mostly wait; afterwards as before."""
    threads = torch.get_num_threads()
    parameters = sum(parameter.numel() for parameter in model.parameters())
    if parameters * samples < WORTH_SEVERAL_CORES:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def continue_text(
    model: GPT, tokenizer: Tokenizer, prompt: str, knobs: SampleConfig, max_tokens: int, *, sample: int = 0
) -> str:
    """The model's continuation of a prompt, without the prompt; `max_tokens` instead of the knobs'.

    Usable in the middle of a training: mode and threads are afterwards what they were. Characters
    that the vocabulary lacks are left out; a prompt of which nothing is left is the token 0.
    Raises GPTLabError like `resolve` and JobFailed like `generate`.
    """
    settings = resolve(knobs.model_copy(update={"max_tokens": max_tokens}), tokenizer)
    ids = [int(token) for token in tokenizer.encode(prompt, "skip")] or [0]
    with fitting_threads(model):
        return "".join(token.text for token in generate(model, tokenizer, ids, settings, first_sample=sample))
