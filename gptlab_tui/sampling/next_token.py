"""The distribution of the token after a prompt: the model's own, and what the chain leaves of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from gptlab_tui.errors import GPTLabError
from gptlab_tui.model.open_run import OpenModel
from gptlab_tui.sampling.chain import Stage, entropy, trace_chain
from gptlab_tui.sampling.settings import Settings


@dataclass(frozen=True, slots=True, eq=False)
class NextToken:
    """Probabilities of all V tokens."""

    raw: np.ndarray
    """(V,) softmax of the model's logits."""
    after: np.ndarray
    """(V,) after every filter that is on: what a token is drawn with."""
    raw_entropy_bits: float
    entropy_bits: float
    stages: tuple[Stage, ...]
    """What each filter that is on left over."""
    dropped: int
    """Tokens at the beginning of the prompt that the model did not read: they do not fit its context."""


@torch.inference_mode()
def next_token(opened: OpenModel, ids: Sequence[int] | np.ndarray, settings: Settings) -> NextToken:
    """What may come after `ids`. The penalties look at all; GPTLabError where there are none."""
    if not len(ids):
        raise GPTLabError("There is no text to continue.", 'Give one, such as "A figura".')
    model = opened.model
    whole = torch.tensor([int(token) for token in ids])
    kept = whole[-model.config.block_size :]
    logits = model(kept[None].to(model.lm_head.weight.device))[0, -1].cpu().double()
    stages, after = trace_chain(logits, whole, settings)
    own_bits, bits = (max(0.0, float(entropy(each)) / math.log(2)) for each in (logits, after))
    return NextToken(
        logits.softmax(-1).numpy(),
        after.softmax(-1).numpy(),
        own_bits,
        bits,
        tuple(stages),
        len(whole) - len(kept),
    )
