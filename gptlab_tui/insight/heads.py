"""What each attention head does on a text: where it looks, how spread, and whether it is missed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from gptlab_tui.errors import GPTLabError
from gptlab_tui.insight.links import entropy_bits
from gptlab_tui.insight.repeated import Repeated, attention_weights, repeated, texts_at_once
from gptlab_tui.insight.watching import Stopped, Tell
from gptlab_tui.model.gpt import GPT
from gptlab_tui.model.open_run import OpenModel
from gptlab_tui.model.switch_off import without_heads

#: Tokens that go through the model at once.
_AT_ONCE = 2048


@dataclass(frozen=True, slots=True, eq=False)
class HeadScores:
    """Means over the queries of a text; arrays are (n_layer, n_head), attention weights 0 to 1.

    The first token of a window has nothing to choose from and is left out of all but the entropy.
    """

    tokens: int
    previous: np.ndarray
    """The weight on the token before."""
    first: np.ndarray
    """The weight on the first token of the context."""
    same: np.ndarray
    """The weight on all earlier tokens equal to the query's, where there are any."""
    induction: np.ndarray
    """The weight on all tokens that follow an earlier one equal to the query's, where there are any."""
    repeated: np.ndarray
    """Induction where nothing else helps: random tokens, all different, and the same again; of the second
    half the weight on the token after the one that the query repeats. See `insight/repeated.py`."""
    entropy_bits: np.ndarray
    """How spread a row is, in bits: 0 looks at one token."""
    even: dict[str, float]
    """The same five and the entropy of a head that looks at all tokens it can see alike."""
    repeated_tokens: int
    """So many random tokens come twice; 0 where that was not measured."""


@dataclass(frozen=True, slots=True, eq=False)
class HeadLosses:
    """The loss of a text with each head switched off in turn, in nats per token."""

    tokens: int
    """Targets."""
    windows: int
    loss: float
    """Of the whole model."""
    without: np.ndarray
    """(n_layer, n_head)"""
    error: np.ndarray
    """(n_layer, n_head): the standard error of the difference, from one window to the next."""


def score_heads(
    opened: OpenModel,
    ids: Sequence[int] | np.ndarray,
    stopped: Stopped = lambda: False,
    tell: Tell = lambda done, whole: None,
    on_repeated: Repeated | None = None,
) -> HeadScores | None:
    """Scores every head on consecutive windows of a text; None where it was stopped.

    The score on repeated tokens has nothing to do with the text: it is measured unless `on_repeated` has
    it, or says that it is not wanted (`not_repeated`). Raises GPTLabError where there are less than two
    tokens.
    """
    model = opened.model
    T = min(model.config.block_size, len(ids))
    windows = _windows(ids, model.config.block_size, at_once=texts_at_once(model, T))
    sums = _Sums(model)
    done, whole = 0, sum(window.numel() for window in windows)
    for window in windows:
        if stopped():
            return None
        sums.add(window)
        done += window.numel()
        tell(done, whole)
    if on_repeated is None:
        on_repeated = repeated(model, stopped)
        if on_repeated is None:
            return None
    means = {name: sums.mean(name) for name in ("previous", "first", "same", "induction")}
    even = {name: float(sums.even[name] / max(1, sums.queries[name])) for name in sums.even}
    return HeadScores(
        tokens=whole,
        **means,
        repeated=on_repeated.scores,
        entropy_bits=sums.mean("entropy_bits"),
        even={**even, "repeated": on_repeated.even},
        repeated_tokens=on_repeated.tokens,
    )


class _Sums:
    """Adds up, window by window, what the means are made of."""

    def __init__(self, model: GPT) -> None:
        self.model = model
        names = ("previous", "first", "same", "induction", "entropy_bits")
        self.sums = {name: np.zeros((model.config.n_layer, model.config.n_head)) for name in names}
        self.even, self.queries = dict.fromkeys(names, 0.0), dict.fromkeys(names, 0)

    def add(self, window: Tensor) -> None:
        """Takes in windows of one length: (B, T)"""
        layers = attention_weights(self.model, window)
        weights: np.ndarray = torch.stack(layers, dim=1).numpy()  # (B, n_layer, nh, T, T)
        ids = window.numpy()
        for name, mask in looked_for(ids).items():  # (B, T, T)
            asked: np.ndarray = mask.max(axis=-1) > 0
            asked[:, 0] = False
            on_it = np.einsum("blhts,bts->blht", weights, mask, optimize=True) * asked[:, None, None]
            self.sums[name] += on_it.sum(axis=(0, 3))
            visible = 1 + np.arange(ids.shape[1])
            self.even[name] += float((mask.sum(axis=-1) / visible * asked).sum())
            self.queries[name] += int(asked.sum())
        self.sums["entropy_bits"] += entropy_bits(weights).sum(axis=(0, 3))
        self.even["entropy_bits"] += float(len(ids) * np.log2(1 + np.arange(ids.shape[1])).sum())
        self.queries["entropy_bits"] += ids.size

    def mean(self, name: str) -> np.ndarray:
        """(n_layer, n_head); not a number where no query asked for it."""
        count = self.queries[name]
        return self.sums[name] / count if count else np.full_like(self.sums[name], np.nan)


def looked_for(ids: np.ndarray) -> dict[str, np.ndarray]:
    """For each score, which keys count for which query: (B, T) -> (B, T, T) of 0 and 1."""
    T = ids.shape[1]
    equal = (ids[:, :, None] == ids[:, None, :]) & np.tri(T, k=-1, dtype=bool)
    follows = np.zeros_like(equal)
    follows[:, :, 1:] = equal[:, :, :-1]
    first = np.zeros((T, T), dtype=bool)
    first[:, 0] = True
    masks = {
        "previous": np.broadcast_to(np.eye(T, k=-1, dtype=bool), equal.shape),
        "first": np.broadcast_to(first, equal.shape),
        "same": equal,
        "induction": follows,
    }
    return {name: mask.astype(np.float32) for name, mask in masks.items()}


def head_losses(
    opened: OpenModel,
    ids: Sequence[int] | np.ndarray,
    stopped: Stopped = lambda: False,
    tell: Tell = lambda done, whole: None,
    each: Callable[[HeadLosses], None] = lambda losses: None,
) -> HeadLosses | None:
    """The loss on consecutive windows of a text with every head switched off in turn; None where stopped.

    `tell` counts models, the whole one first; before it `each` gets what is known after every head, those
    to come not a number. Raises GPTLabError where there are less than two tokens.
    """
    model = opened.model
    n_layer, n_head = model.config.n_layer, model.config.n_head
    windows = _windows(ids, model.config.block_size, targets=True)
    count = 1 + n_layer * n_head
    with_all = _window_losses(model, windows, stopped)
    if with_all is None:
        return None
    tell(1, count)
    targets = sum(window[:, 1:].numel() for window in windows)
    without, error = np.full((2, n_layer, n_head), np.nan)
    found = HeadLosses(targets, len(with_all), float(with_all.mean()), without, error)
    for number, (layer, head) in enumerate(np.ndindex(n_layer, n_head)):
        losses = _window_losses(without_heads(model, [(layer, head)]), windows, stopped)
        if losses is None:
            return None
        without[layer, head] = losses.mean()
        if len(losses) > 1:
            error[layer, head] = (losses - with_all).std(ddof=1) / math.sqrt(len(losses))
        each(found)
        tell(2 + number, count)
    return found


@torch.inference_mode()
def _window_losses(model: GPT, windows: Sequence[Tensor], stopped: Stopped) -> np.ndarray | None:
    """The mean loss of each window: (W,)"""
    found = []
    for window in windows:
        if stopped():
            return None
        there = window.to(model.lm_head.weight.device)
        logits = model(there[:, :-1])
        nats = F.cross_entropy(logits.flatten(0, 1).float(), there[:, 1:].flatten(), reduction="none")
        found.append(nats.view(len(window), -1).mean(dim=1).cpu().double().numpy())
    return np.concatenate(found)


def _windows(
    ids: Sequence[int] | np.ndarray, T: int, targets: bool = False, at_once: int = _AT_ONCE
) -> list[Tensor]:
    """Windows of T tokens that do not overlap, in batches (B, T); with `targets` one token more each.

    What is left at the end of a text is not taken, but a text shorter than a window is one.
    """
    tokens = torch.from_numpy(np.array(ids, dtype=np.int64))
    if len(tokens) < 2:
        raise GPTLabError("There are too few tokens to look at.", "Two are needed, and many say more.")
    more = 1 if targets else 0
    width = min(T, len(tokens) - more)
    rows = tokens.unfold(0, width + more, width)  # (W, width + more)
    return list(_batches(rows, max(1, min(at_once, _AT_ONCE // width))))


def _batches(rows: Tensor, size: int) -> Iterator[Tensor]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
