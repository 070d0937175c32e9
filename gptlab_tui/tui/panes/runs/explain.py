"""What `e` says in the pane Runs, with the numbers of the run or runs in sight."""

from __future__ import annotations

import math

from gptlab_tui.explain.explanation import Explanation
from gptlab_tui.render.display import display
from gptlab_tui.runs.summary import RunSummary
from gptlab_tui.tui.panes.runs.compare import Compared, CurvesView, best_of
from gptlab_tui.tui.panes.runs.preview import Preview

_FORMULA = "bits per byte = loss / ln 2 x tokens / bytes"


def explain_list(one: RunSummary | None) -> Explanation:
    """Bits per byte, with the run under the cursor."""
    says = (
        "A run is a training and what it left. Its loss is the mean surprise per token on the validation "
        "part, in nats; tokens of different tokenizers hold different amounts of text, so bits per byte "
        "are what compares runs."
    )
    return Explanation("Runs", says, _FORMULA, bits_numbers(one) if one is not None else ())


def bits_numbers(one: RunSummary) -> tuple[tuple[str, str], ...]:
    """The letters of the formula for one run; nothing where it was not evaluated yet."""
    loss, bits = one.val_loss, one.val_bits_per_byte
    if not loss or not bits:
        return (("run", display(one.name)), ("evaluations", "none yet"))
    per_token = loss / math.log(2)
    density = bits / per_token
    return (
        ("run", display(one.name)),
        ("loss, nats per token", f"{loss:.4f}"),
        ("loss / ln 2, bits per token", f"{per_token:.4f}"),
        ("tokens / bytes", f"{density:.4f} (a token is {1 / density:.2f} bytes)"),
        ("bits per byte", f"{per_token:.4f} x {density:.4f} = {bits:.4f}"),
        ("e^loss, perplexity", f"{math.exp(min(loss, 700)):,.2f} tokens to choose from"),
    )


def explain_run(preview: Preview | None) -> Explanation | None:
    """What the curve of the preview is, with the last numbers of the run."""
    if preview is None:
        return None
    one = preview.summary
    numbers = bits_numbers(one)
    if one.vocab_size:
        uniform = f"ln {one.vocab_size:,} = {math.log(one.vocab_size):.4f} nats per token"
        numbers += (("knowing nothing, V tokens", uniform),)
    if preview.val_tokens is not None:
        numbers += (("N, tokens scored", f"{preview.val_tokens:,}"),)
    says = (
        "Batch is the loss of a training batch before its update; validation is that of text that "
        "the model never learns from. While both fall it learns; where validation rises again it learns "
        "by heart."
    )
    return Explanation(
        f"Run {display(one.name)}",
        says,
        f"loss = -1/N sum ln p(token | the tokens before it)\n{_FORMULA}",
        numbers,
    )


def explain_compared(compared: Compared | None, view: CurvesView) -> Explanation | None:
    """How far runs are apart, in bits per byte and in compressed size; and what the curves are now."""
    if compared is None:
        return None
    best = best_of(compared.comparison)
    numbers = []
    for one in compared.comparison.summaries:
        bits = one.best_bits_per_byte
        if bits is None or best is None or best.best_bits_per_byte is None:
            numbers.append((display(one.name), "no evaluation yet"))
            continue
        behind = bits - best.best_bits_per_byte
        mib = f"a MiB of text in {bits / 8 * 1024:,.0f} KiB"
        gap = "the best" if one is best else f"+{behind:.4f}"
        numbers.append((display(one.name), f"{bits:.4f} ({gap}), {mib}"))
    across = {"step": "steps", "tokens": "tokens trained on", "time": "time"}[view.across]
    unit = (
        "nats per token, which compare where the tokens are the same"
        if view.nats
        else "bits per byte, the same unit whatever the tokenizer"
    )
    says = (
        f"Evaluations over the {across}, in {unit}. The numbers are bits per byte: a model that needs b "
        "of them could compress the text to b/8 of its size."
    )
    return Explanation("Runs side by side", says, _FORMULA, tuple(numbers))
