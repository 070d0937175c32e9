"""A request to write, kept open over several prompts: the model, the knobs, the texts to be made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import torch

from gptlab_tui.config import SampleConfig
from gptlab_tui.home import Home
from gptlab_tui.model.head_names import Heads
from gptlab_tui.model.open_run import OpenModel, open_model, with_heads_off
from gptlab_tui.runs.layout import find_run
from gptlab_tui.sampling.choose import open_newest
from gptlab_tui.sampling.decoder import fitting_threads, generate
from gptlab_tui.sampling.settings import change_knobs, resolve
from gptlab_tui.sampling.tokens import Token
from gptlab_tui.text.tokenizers import Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked for, whatever the prompt."""

    run: str | None = None
    """None: the newest that has the prompt's characters; see `choose`."""
    step: int | Literal["best"] | None = None
    without_heads: Heads = ()
    """Heads that are switched off."""
    device: torch.device | str = "cpu"
    changes: Mapping[str, Any] = field(default_factory=dict)
    """Knobs that differ from the run's own `sample` section."""
    greedy: bool = False
    samples: int = 1
    unknown: Unknown = "error"
    exact: bool = False
    alternatives: int | None = None
    """See `decoder.generate`."""


@dataclass(frozen=True, slots=True, eq=False)
class Writing:
    """A prompt on its way to a text, or to several: reading `tokens` makes them."""

    opened: OpenModel
    label: str
    """What sets it apart from the others that were asked for with it, such as `temperature=0.5`."""
    prompt: str
    """As the model reads it."""
    ids: tuple[int, ...]
    knobs: SampleConfig
    samples: range
    tokens: Iterator[Token]


class Session:
    """Opens a model when the first prompt comes, and another one where a later prompt needs it."""

    def __init__(self, home: Home, request: Request) -> None:
        self._home = home
        self._request = request
        self._opened: OpenModel | None = None
        self._prompts = 0

    def open(self, prompt: str) -> OpenModel:
        """The model for a prompt. Raises GPTLabError where there is none."""
        request = self._request
        opened = self._opened
        if opened is None or (request.run is None and opened.tokenizer.unknown_characters(prompt)):
            if request.run is None:
                opened = open_newest(self._home, prompt, request.step, request.device, opened)
            else:
                opened = open_model(find_run(self._home, request.run), request.step, request.device)
            opened = self._opened = with_heads_off(opened, request.without_heads)
        return opened

    @contextmanager
    def threads(self) -> Iterator[None]:
        """As many threads as the open model is worth."""
        if self._opened is None:
            yield
            return
        with fitting_threads(self._opened.model, self._request.samples):
            yield

    def write(self, prompt: str, variants: Mapping[str, Mapping[str, Any]]) -> list[Writing]:
        """One writing for each variant: a label and the knobs that it turns.

        A prompt that comes again gets other luck, as its samples count on. Raises GPTLabError for
        knobs or characters that cannot be.
        """
        request = self._request
        opened = self.open(prompt)
        ids = tuple(int(token) for token in opened.tokenizer.encode(prompt, request.unknown))
        first = self._prompts * request.samples
        writings = []
        for label, turned in variants.items():
            knobs = change_knobs(opened.config.sample, {**request.changes, **turned})
            if request.greedy:
                knobs = greedy(knobs)
            tokens = generate(
                opened.model,
                opened.tokenizer,
                ids,
                resolve(knobs, opened.tokenizer),
                samples=request.samples,
                first_sample=first,
                alternatives=request.alternatives,
                exact=request.exact,
            )
            read = opened.tokenizer.decode(ids)
            writings.append(
                Writing(opened, label, read, ids, knobs, range(first, first + request.samples), tokens)
            )
        self._prompts += 1
        return writings


def greedy(knobs: SampleConfig) -> SampleConfig:
    """The same knobs with the largest always taken."""
    chain = knobs.chain if "temperature" in knobs.chain else (*knobs.chain, "temperature")
    return knobs.model_copy(update={"temperature": 0.0, "chain": chain})
