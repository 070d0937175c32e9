"""A linear lens: for each depth an affine map, trained to say what the model will say in the end.

Belrose et al. 2023, "Eliciting Latent Predictions from Transformers with the Tuned Lens"
(arXiv 2303.08112): x + A x + b, then the model's own last norm and head, with A and b from zero, so
that an untrained one is the logit lens; trained by KL(output || lens) on the run's own text.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor
from torch.nn import functional as F

from gptlab_tui.errors import GPTLabError
from gptlab_tui.home import Home
from gptlab_tui.insight.lens import depths, read_out
from gptlab_tui.model.adamw import AdamW
from gptlab_tui.model.gpt import GPT
from gptlab_tui.model.head_names import names_of
from gptlab_tui.model.open_run import OpenModel
from gptlab_tui.text.files import atomic_file

_FORMAT = 1
#: So many steps bring a small model's lens most of the way.
STEPS = 300
#: Tokens of the text in a step, about; tokens of the validation part that measure the result.
STEP_TOKENS, JUDGED_TOKENS = 2048, 8192
_LEARNING_RATE = 3e-3


@dataclass(frozen=True, slots=True, eq=False)
class LinearLens:
    """Maps for all depths but the last, n of them."""

    weight: Tensor
    """(n, C, C), added to the identity."""
    bias: Tensor
    """(n, C)"""
    steps: int
    before_bits: tuple[float, ...]
    """Mean KL(output || logit lens) in bits per token, on the validation part, for each depth."""
    after_bits: tuple[float, ...]
    """The same through this lens."""

    def translate(self, depth: int, stream: Tensor) -> Tensor:
        """The stream (B, T, C) of a depth as it would be at the end; the last stays as it is."""
        if depth == len(self.weight):
            return stream
        return stream + F.linear(stream, self.weight[depth], self.bias[depth])


def train(
    opened: OpenModel,
    train_tokens: np.ndarray,
    val_tokens: np.ndarray,
    *,
    steps: int = STEPS,
    seed: int = 1337,
    stopped: Callable[[], bool] = lambda: False,
    tell: Callable[[int, int, float], None] | None = None,
) -> LinearLens | None:
    """Trains a lens on windows drawn from `train_tokens`; the model itself is not changed.

    None where `stopped()` became true, which is asked at each step. `tell(step, steps, bits)` has the
    mean KL of the step over all depths. Raises GPTLabError where the text is shorter than two tokens.
    """
    if min(len(train_tokens), len(val_tokens)) < 2:
        raise GPTLabError("The text is too short to train a lens on.", "Take a run with a longer text.")
    model = opened.model
    device, C, n = model.lm_head.weight.device, model.config.n_embd, model.config.n_layer
    T = min(model.config.block_size, len(train_tokens))
    draw = np.random.default_rng(seed)
    weight = torch.zeros(n, C, C, device=device, requires_grad=True)
    bias = torch.zeros(n, C, device=device, requires_grad=True)
    optimizer = AdamW([{"params": [weight, bias]}], _LEARNING_RATE)
    for step in range(steps):
        if stopped():
            return None
        starts = draw.integers(0, len(train_tokens) - T + 1, max(1, STEP_TOKENS // T))
        idx = np.stack([train_tokens[start : start + T] for start in starts]).astype(np.int64)
        optimizer.param_groups[0]["lr"] = _LEARNING_RATE * (1 - step / steps)
        optimizer.zero_grad()
        maps = LinearLens(weight, bias, steps, (), ())
        loss = torch.stack(divergences(model, torch.from_numpy(idx).to(device), maps)).mean()
        loss.backward()  # type: ignore[no-untyped-call]  # torch declares no types here
        optimizer.step()
        if tell is not None:
            tell(step + 1, steps, float(loss.detach()) / math.log(2))
    maps = LinearLens(weight.detach(), bias.detach(), steps, (), ())
    nothing = LinearLens(torch.zeros_like(maps.weight), torch.zeros_like(maps.bias), 0, (), ())
    before, after = (judge(model, val_tokens, one) for one in (nothing, maps))
    return LinearLens(maps.weight, maps.bias, steps, before, after)


def divergences(model: GPT, idx: Tensor, maps: LinearLens) -> list[Tensor]:
    """Mean KL(output || lens) in nats per token at every depth but the last, for ids (B, T)."""
    with torch.no_grad():
        _, streams = depths(model, idx)
        output = read_out(model, streams[-1])  # (B, T, V)
    found = []
    for depth, stream in enumerate(streams[:-1]):
        log_q = read_out(model, maps.translate(depth, stream))
        found.append(F.kl_div(log_q, output, log_target=True, reduction="none").sum(-1).mean())
    return found


@torch.no_grad()
def judge(model: GPT, tokens: np.ndarray, maps: LinearLens) -> tuple[float, ...]:
    """Mean KL in bits per token at every depth but the last, over the beginning of a text."""
    T = min(model.config.block_size, len(tokens))
    windows = max(1, min(JUDGED_TOKENS, len(tokens)) // T)
    idx = np.asarray(tokens[: windows * T]).astype(np.int64).reshape(windows, T)
    rows = max(1, (1 << 22) // (model.vocab_size * T))
    total = np.zeros(model.config.n_layer)
    for first in range(0, windows, rows):
        part = torch.from_numpy(idx[first : first + rows]).to(model.lm_head.weight.device)
        total += len(part) * np.array([float(one) for one in divergences(model, part, maps)])
    return tuple((total / windows / math.log(2)).tolist())


def keep(lens: LinearLens, opened: OpenModel, home: Home) -> None:
    """Keeps a lens in the home's cache, for these weights; a disk that refuses costs nothing."""
    about = {"steps": lens.steps, "before_bits": lens.before_bits, "after_bits": lens.after_bits}
    tensors = {"weight": lens.weight.cpu().contiguous(), "bias": lens.bias.cpu().contiguous()}
    with suppress(OSError, GPTLabError), atomic_file(_place(opened, home)) as file:
        file.write(save(tensors, {"format": str(_FORMAT), "about": json.dumps(about)}))


def kept(opened: OpenModel, home: Home) -> LinearLens | None:
    """The lens that was trained for these weights before, or None."""
    C, n, device = opened.model.config.n_embd, opened.model.config.n_layer, opened.model.lm_head.weight.device
    try:
        with safe_open(_place(opened, home), "pt") as file:
            metadata = file.metadata() or {}
            about = json.loads(metadata["about"])
            weight, bias = file.get_tensor("weight").to(device), file.get_tensor("bias").to(device)
            if metadata["format"] != str(_FORMAT) or weight.shape != (n, C, C) or bias.shape != (n, C):
                return None
            figures = (tuple(map(float, about[key])) for key in ("before_bits", "after_bits"))
            return LinearLens(weight, bias, int(about["steps"]), *figures)
    except (OSError, SafetensorError, ValueError, KeyError, TypeError):
        return None


def _place(opened: OpenModel, home: Home) -> Path:
    name = opened.digest[:32]
    if opened.off:  # any number of heads makes a name of one length, for there are longest names
        off = ",".join(names_of(opened.off))
        name += f"-without-{hashlib.sha256(off.encode()).hexdigest()[:32]}"
    return home.cache / "lens" / f"{name}.safetensors"
