"""What drawing does to a distribution: many draws beside what was to be expected, and how far luck may go.

Four ways to choose: as the distribution says; always the largest; at temperatures below and above 1,
which divide the logits. Every way sees the same luck, so what differs is the way.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import torch
from torch import Tensor

from gptlab_tui.config import SampleConfig
from gptlab_tui.errors import GPTLabError
from gptlab_tui.model.open_run import OpenModel
from gptlab_tui.sampling.chain import temperature, trace_chain
from gptlab_tui.sampling.decoder import generate
from gptlab_tui.sampling.draw import draw_many, uniform
from gptlab_tui.sampling.settings import change_knobs, resolve
from gptlab_tui.text.protocol import Tokenizer

#: Draws at most, and outcomes that were expected fewer times than this count together in the test.
MOST, FEWEST = 1_000_000, 5.0
#: The repeated part must be there so many times to be a loop.
TURNS = 3
#: After so many tokens each it is looked for.
_LOOK = 50


@dataclass(frozen=True, slots=True)
class Fit:
    """Pearson's test of whether counts fit what was expected."""

    chi_square: float
    freedom: int
    """Degrees of freedom; 0 where there is nothing to test."""
    p: float
    """How often luck alone is at least as far off; below 0.01 one would doubt that it was luck."""


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """So many draws at one temperature; 0 is always the largest."""

    temperature: float
    probabilities: np.ndarray
    """(V,), 64-bit floats"""
    counts: np.ndarray
    """(V,): how often each was drawn."""
    entropy_bits: float
    """Of the probabilities."""
    drawn_entropy_bits: float
    """Of the counts' shares: lower by about (outcomes - 1) / (2 n ln 2), as rare ones are missed."""
    fit: Fit

    @property
    def expected(self) -> np.ndarray:
        """(V,): how often each was to be drawn."""
        expected: np.ndarray = self.probabilities * self.counts.sum()
        return expected

    @property
    def spread(self) -> np.ndarray:
        """(V,): the standard deviation of a count by luck, sqrt(n p (1 - p))."""
        spread: np.ndarray = np.sqrt(self.expected * (1 - self.probabilities))
        return spread


@dataclass(frozen=True, slots=True)
class Loop:
    """A text that repeats itself to its end."""

    begins: int
    """Tokens before the part comes for the first time."""
    period: int
    """Tokens of the part."""


def trials(
    probabilities: Sequence[float] | np.ndarray, temperatures: Sequence[float], draws: int, seed: int = 0
) -> list[Trial]:
    """Draws so many times from a distribution (V,) at each temperature.

    Raises GPTLabError where the numbers are no distribution, for temperatures that cannot be, and for
    more draws than `MOST` or none.
    """
    p = np.asarray(probabilities, dtype=np.float64)
    if not (np.isfinite(p) & (p >= 0)).all():
        wrong = p[~(np.isfinite(p) & (p >= 0))][0]
        raise GPTLabError(
            f"Of the probabilities {wrong:g} is none.", "Each is 0 or more, and together they are 1."
        )
    with np.errstate(over="ignore"):  # infinity is not 1 either
        total = float(p.sum())
    if abs(total - 1) > 1e-3:
        raise GPTLabError(
            f"The probabilities sum to {total:.4g}, not to 1.", "Such as --probs 0.1,0.1,0.3,0.5."
        )
    _check(temperatures, draws)
    logits = torch.from_numpy(np.log(p / p.sum(), where=p > 0, out=np.full(p.shape, -np.inf)))
    luck = _luck(draws, seed)
    return [_trial(logits, value, luck) for value in temperatures]


@torch.inference_mode()
def chain_trials(
    logits: Tensor,
    history: Sequence[int],
    knobs: SampleConfig,
    tokenizer: Tokenizer,
    temperatures: Sequence[float],
    draws: int,
    seed: int = 0,
) -> list[Trial]:
    """The same for what the chain leaves of a model's logits (V,) after a text, at each temperature.

    The other knobs stay as they are, and the temperature acts at its place in the chain. Raises
    GPTLabError as `trials` does, and for knobs that cannot be.
    """
    _check(temperatures, draws)
    luck, ids = _luck(draws, seed), torch.tensor(list(history), dtype=torch.long)
    made = []
    for value in temperatures:
        settings = resolve(change_knobs(knobs, {"temperature": value}), tokenizer)
        _, after = trace_chain(logits.double().cpu(), ids, settings)
        made.append(_drawn(after, value, luck))
    return made


@dataclass(frozen=True, slots=True)
class Deviation:
    """The count that is furthest from what was to be expected, in standard deviations."""

    outcome: int
    size: float
    usual: float
    """What luck alone exceeds every other time, for so many outcomes."""


def largest_deviation(trial: Trial) -> Deviation | None:
    """Of the outcomes that were expected five times or more; None where nothing can deviate."""
    often = np.flatnonzero((trial.expected >= FEWEST) & (trial.spread > 0))
    if not len(often):
        return None
    far = (trial.counts - trial.expected)[often] / trial.spread[often]
    at = int(np.abs(far).argmax())
    usual = NormalDist().inv_cdf((1 + 0.5 ** (1 / len(often))) / 2)
    return Deviation(int(often[at]), float(far[at]), usual)


def fit(counts: np.ndarray, probabilities: np.ndarray) -> Fit:
    """Pearson's chi-square of counts (V,) against what their sum would have given each (V,).

    Outcomes that were expected fewer than five times are put together, the rarest first.
    """
    order = np.argsort(probabilities, kind="stable")
    expected, found = probabilities[order] * counts.sum(), counts[order].astype(np.float64)
    few = int((expected < FEWEST).sum())
    if few:
        reached = np.cumsum(expected)
        few = max(few, min(int(np.searchsorted(reached, FEWEST)) + 1, len(expected)))
        expected = np.concatenate(([reached[few - 1]], expected[few:]))
        found = np.concatenate(([found[:few].sum()], found[few:]))
    freedom = len(expected) - 1
    if freedom < 1:
        return Fit(0.0, 0, 1.0)
    chi_square = float(((found - expected) ** 2 / expected).sum())
    halves = torch.tensor([freedom / 2, chi_square / 2], dtype=torch.float64)
    return Fit(chi_square, freedom, float(torch.special.gammaincc(halves[0], halves[1])))


def next_distribution(opened: OpenModel, ids: Sequence[int]) -> np.ndarray:
    """What the model says of the next token: (V,), 64-bit; see `next_logits`."""
    probabilities: np.ndarray = next_logits(opened, ids).softmax(-1).numpy()
    return probabilities


@torch.inference_mode()
def next_logits(opened: OpenModel, ids: Sequence[int]) -> Tensor:
    """The logits of the next token after the last ids that the context holds: (V,), 64-bit.

    Raises GPTLabError where there is no token.
    """
    if not len(ids):
        raise GPTLabError("There is no text to go on from.", 'Give one, such as "A figura é poética".')
    kept = [int(token) for token in ids][-opened.model.config.block_size :]
    logits: Tensor = opened.model(torch.tensor([kept], device=opened.model.lm_head.weight.device))[0, -1]
    return logits.cpu().double()


def loop_of(ids: Sequence[int]) -> Loop | None:
    """The shortest part that the end of a text repeats at least three times, or None."""
    tokens = np.asarray(ids)
    for period in range(1, len(tokens) // TURNS + 1):
        differs = np.flatnonzero(tokens[period:] != tokens[:-period])
        begins = int(differs[-1]) + 1 if len(differs) else 0
        if len(tokens) - begins >= TURNS * period:
            return Loop(begins, period)
    return None


def entropy_bits(probabilities: np.ndarray) -> float:
    """-sum p log2 p of a distribution (V,); what cannot come counts as 0."""
    some = probabilities[probabilities > 0]
    return max(0.0, float(-(some * np.log2(some)).sum()))


def always_largest(opened: OpenModel, ids: Sequence[int], most: int) -> tuple[list[int], Loop | None]:
    """What the model writes where the largest is always taken, and the loop that it ends in.

    At most so many tokens; it ends where a loop has filled the context, as nothing else can come then.
    """
    knobs = SampleConfig(temperature=0.0, chain=("temperature",), max_tokens=most)
    written: list[int] = []
    for token in generate(opened.model, opened.tokenizer, ids, resolve(knobs, opened.tokenizer)):
        written.append(token.id)
        loop = loop_of(written) if len(written) % _LOOK == 0 else None
        if loop and len(written) - loop.begins >= opened.model.config.block_size + loop.period:
            return written, loop
    return written, loop_of(written)


def _check(temperatures: Sequence[float], draws: int) -> None:
    if not 1 <= draws <= MOST:
        raise GPTLabError(f"{draws:,} draws cannot be made.", f"1 to {MOST:,} can.")
    for value in temperatures:
        if not (math.isfinite(value) and value >= 0):
            raise GPTLabError(
                f"A temperature is a number from 0 on, not {value:g}.",
                "0 always takes the largest; at 1 the probabilities stay as they are.",
            )


def _luck(draws: int, seed: int) -> Tensor:
    """A uniform number for each draw, the same for all temperatures."""
    return torch.tensor([uniform(seed, number, 0) for number in range(draws)], dtype=torch.float64)


def _trial(logits: Tensor, value: float, luck: Tensor) -> Trial:
    return _drawn(temperature(logits, value), value, luck)


def _drawn(tempered: Tensor, value: float, luck: Tensor) -> Trial:
    weights = (tempered - tempered.amax()).exp()
    p = (weights / weights.sum()).numpy()
    counts = np.bincount(draw_many(weights, luck).numpy(), minlength=len(p))
    return Trial(value, p, counts, entropy_bits(p), entropy_bits(counts / counts.sum()), fit(counts, p))
