"""What `e` says in Train: the losses, the small charts and the samples, with this run's own numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence

from gptlab_tui.explain.explanation import Explanation
from gptlab_tui.render.display import display
from gptlab_tui.runs.evaluations import Evaluations
from gptlab_tui.tui.history import RunHistory, parting
from gptlab_tui.tui.panes.train.signs import beaten, marks
from gptlab_tui.tui.panes.train.view import View


def explain_loss(
    history: RunHistory, view: View, tables: tuple[float, ...] = (), others: Sequence[Evaluations] = ()
) -> Explanation:
    """Cross-entropy, the uniform guess, the n-gram tables where they are known, and bits per byte."""
    numbers: list[tuple[str, str]] = []
    started = history.started
    if started is not None and started.vocab_size > 1:
        uniform = math.log(started.vocab_size)
        numbers.append((f"ln V, V = {started.vocab_size:,} tokens", f"{uniform:.4f} nats: a blind guess"))
    here = math.inf if view.cursor is None else view.cursor
    evaluations = [one for one in history.evaluations if one.step <= here]
    if evaluations:
        first, last = evaluations[0], evaluations[-1]
        numbers.append((f"validation at step {first.step:,}", f"{first.val_loss:.4f} nats"))
        if last is not first:
            numbers.append((f"validation at step {last.step:,}", f"{last.val_loss:.4f} nats"))
        numbers.append(("exp(loss), the perplexity", f"{math.exp(min(last.val_loss, 700)):,.2f} tokens"))
    if math.isfinite(batch := history.at("train_loss", here)):
        which = "of the last one" if view.cursor is None else f"at step {int(here):,}"
        numbers.append((f"batch, loss {which}", f"{batch:.4f} nats"))
        over = view.smoothed_over(history)
        if over > 1:
            _, smooth = history.smoothed("train_loss", *view.window(history), over)
            now = f"{smooth[-1]:.4f} nats, " if smooth else ""
            numbers.append(("smoothed", f"{now}n = {over:,} records"))
    if evaluations and (mean := evaluations[-1].train_loss) is not None:
        since = evaluations[-2].step if len(evaluations) > 1 else 0
        last_step = evaluations[-1].step
        numbers.append((f"mean of batches {since + 1:,} to {last_step:,}", f"{mean:.4f} nats"))
    if evaluations and history.bits_per_nat:
        last = evaluations[-1]
        per_token = 1 / (math.log(2) * history.bits_per_nat)
        numbers.append(("bytes a token stands for", f"{per_token:.3f}"))
        numbers.append(
            (
                "bits per byte",
                f"{last.val_loss:.4f} / ln 2 / {per_token:.3f} = {last.val_bits_per_byte:.4f}",
            )
        )
    for one in beaten(history, tables):
        when = "not yet beaten" if one.step is None else f"beaten by step {one.step:,}"
        numbers.append((f"a {one.name} table, {one.loss:.4f} nats", when))
    parted = parting(history.evaluations)
    if parted is not None:
        numbers.append(("train and validation part after", f"step {parted:,}: it overfits from there"))
    numbers += [(f"{one.letter} at step {one.x:,.0f}", one.meaning or one.name) for one in marks(history)]
    numbers += _beside(history, others)
    numbers += _warned(history)
    return Explanation(
        "The loss",
        "How surprised the model is by the next token, on average: by each training batch, before it "
        "learns from it (batch; smoothed is a mean over the last of them), and by text that it never "
        "learns from (validation). Lower is better; where validation rises while batches fall, it "
        "learns its text by heart.",
        "loss = -1/N sum_i ln q(token_i | tokens before)\n"
        "bits per byte = loss / ln 2 / (bytes per token)\n"
        "smoothed_t = smoothed_(t-1) + (batch_t - smoothed_(t-1)) / n",
        tuple(numbers),
        "Shannon 1948.",
    )


def _beside(history: RunHistory, others: Sequence[Evaluations]) -> list[tuple[str, str]]:
    """What the curves of other runs are."""
    factor = history.bits_per_nat
    if not others or not factor:
        return []
    said = [(display(one.name), f"{min(one.bits):.4f} bits per byte at its best") for one in others]
    how = f"bits per byte / {factor:.4f}: on one height they predict their own texts equally well"
    return [("curves of other runs", how), *said]


def explain_drive(history: RunHistory, cursor: float | None = None) -> Explanation:
    """Learning rate, gradient norm, speed; at the cursor where there is one, else at the end."""
    step = history.step if cursor is None else int(cursor)
    at, norm = f"at step {step:,}", history.at("grad_norm", step)
    numbers = [(f"norm of the gradient {at}", f"{norm:.4f}, before it is clipped")]
    if cursor is None:
        now = [("learning rate now", f"{history.learning_rate:.3e}"), ("scaled by", f"{history.lr_scale:g}")]
        numbers = [*now, *numbers]
    else:
        numbers.insert(0, (f"learning rate {at}", f"{history.at('learning_rate', step):.3e}"))
    if history.started is not None:
        numbers.append(("tokens a step", f"{history.started.tokens_per_step:,}"))
        numbers.append(("device", f"{history.started.device}, {history.started.dtype}"))
    return Explanation(
        "What drives a step",
        "How far the weights go (learning rate), how steep the loss is where they stand (gradient norm) "
        "and how fast it all goes. Spikes of the norm come before losses that jump.",
        "norm = sqrt(sum_w (dloss/dw)^2)\nweights <- weights - rate * AdamW(gradient)",
        tuple(numbers),
        "Loshchilov and Hutter 2019 (AdamW).",
    )


def _warned(history: RunHistory) -> list[tuple[str, str]]:
    """What the training had to say; display() makes it safe, since it names texts of users."""
    return [("warning", display(said)) for said in dict.fromkeys(one.message for one in history.warnings)]


def explain_samples(history: RunHistory, chosen: int) -> Explanation:
    """What the samples are for."""
    numbers: list[tuple[str, str]] = [("samples", f"{len(history.samples):,}")]
    if history.samples:
        one = history.samples[min(max(chosen, 0), len(history.samples) - 1)]
        losses = {each.step: each.val_loss for each in history.evaluations}
        numbers.append(("chosen, after step", f"{one.step:,}"))
        if one.step in losses:
            numbers.append(("validation loss there", f"{losses[one.step]:.4f} nats"))
    numbers += _warned(history)
    return Explanation(
        "Samples",
        "What the model wrote at each evaluation, always from the same prompts and with the same luck, so "
        "that only its learning changes the text. The number is the validation loss at that step.",
        "token ~ softmax(logits)",
        tuple(numbers),
    )
