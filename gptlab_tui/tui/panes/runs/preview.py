"""One run, read for the preview: its numbers, its losses, its last sample, its configuration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from textual.content import Content

from gptlab_tui.errors import GPTLabError
from gptlab_tui.render.display import display
from gptlab_tui.render.units import about, count, duration, mib, spread
from gptlab_tui.runs.compare import Point, loss_curves
from gptlab_tui.runs.journal import newest_record
from gptlab_tui.runs.layout import Run
from gptlab_tui.runs.manifest import snapshot_steps, valid_steps
from gptlab_tui.runs.summary import RunSummary
from gptlab_tui.tui.run_states import sign_of

#: What of the configuration says most, and stands first; the rest follows where it is not the default.
_MODEL = ("n_layer", "n_head", "n_embd", "block_size", "norm", "positions", "activation", "dropout")
_TRAIN = ("batch_size", "learning_rate", "schedule", "warmup_iters", "weight_decay", "dtype", "seed")


@dataclass(frozen=True, slots=True)
class Preview:
    """What the preview shows of a run."""

    summary: RunSummary
    train: tuple[Point, ...] = ()
    """(step, loss) of the training batches, nats per token."""
    val: tuple[Point, ...] = ()
    """(step, loss) of the evaluations."""
    checkpoints: tuple[int, ...] = ()
    snapshots: tuple[int, ...] = ()
    sample_step: int | None = None
    sample: str = ""
    note: str = ""
    configuration: tuple[tuple[str, str], ...] = ()
    val_tokens: int | None = None
    """Of the last evaluation."""


def read_preview(run: Run, summary: RunSummary, stopped: Callable[[], bool]) -> Preview | None:
    """Reads a run for its preview; None once `stopped()`. What cannot be read is left out."""
    if summary.state == "broken":
        return Preview(summary)
    try:
        request = run.read_request()
        note = str(run.read_meta()["note"])
        checkpoints, snapshots = tuple(valid_steps(run)), tuple(snapshot_steps(run))
        if stopped():
            return None
        sampled = newest_record(run.journal, "sampled") or {}
        evaluated = newest_record(run.journal, "evaluated") or {}
        if stopped():
            return None
        train, val = loss_curves(run)
    except (GPTLabError, OSError) as error:
        return Preview(RunSummary(summary.name, "broken", reason=str(error)))
    step, tokens = sampled.get("step"), evaluated.get("val_tokens")
    return Preview(
        summary,
        tuple(train),
        tuple(val),
        checkpoints,
        snapshots,
        step if isinstance(step, int) else None,
        f"{sampled.get('prompt', '')}{sampled.get('text', '')}",
        note,
        configuration(request),
        tokens if isinstance(tokens, int) else None,
    )


def configuration(request: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """What was asked, as (name, value): the text, the tokenizer, the model and the training."""
    config = request["config"]
    rows = []
    corpus, tokenizer = request.get("corpus"), config.get("tokenizer")
    if isinstance(corpus, dict):
        characters = corpus.get("characters")
        size = f", {characters:,} characters" if isinstance(characters, int) else ""
        rows.append(("corpus", f"{corpus.get('name', '')}{size}"))
    if isinstance(tokenizer, dict):
        vocabulary = request.get("vocab_size")
        rows.append(("tokenizer", f"{tokenizer.get('kind', '')}, vocabulary {vocabulary}"))
    for section, names in (("model", _MODEL), ("train", _TRAIN)):
        values = config.get(section)
        if isinstance(values, dict):
            said = [f"{name} {values[name]}" for name in names if name in values]
            rows.append((section, " · ".join(said)))
    command = request.get("command")
    if isinstance(command, list):
        import shlex

        rows.append(("command", shlex.join(str(word) for word in command)))
    return tuple(rows)


def head(one: RunSummary, ascii_only: bool) -> Content:
    """How far the run is and what it reached, in two or three lines."""
    sign = sign_of(one.state)
    state = f"{sign.mark(ascii_only)} {sign.word}"
    lines = [Content.assemble((state, f"bold ${sign.colour}"), _progress(one))]
    if one.title:
        lines.append(Content.styled(display(one.title), "italic"))
    if one.reason:
        lines.append(Content.styled(display(one.reason), "$error" if one.state == "broken" else "$warning"))
    if one.val_loss is not None:
        bits = f" · {one.val_bits_per_byte:.4f} bits per byte" if one.val_bits_per_byte is not None else ""
        lines.append(Content(f"validation {one.val_loss:.4f} nats per token{bits}"))
    elif one.step:
        lines.append(Content("not evaluated since the training began"))
    if one.best_val_loss is not None and one.best_step is not None:
        lines.append(Content(f"best       {one.best_val_loss:.4f} at step {one.best_step:,}"))
    return Content("\n").join(lines)


def _progress(one: RunSummary) -> str:
    if one.state in ("broken", "new"):
        return ""
    of = f" of {one.max_iters:,}" if one.max_iters is not None else ""
    if one.state == "branched":
        return f" · step {one.step:,}{of}, not trained further"
    spent = f", {duration(one.elapsed_s)} in its last command" if one.elapsed_s is not None else ""
    return f" · step {one.step:,}{of}{spent}"


def body(preview: Preview) -> Content:
    """What it wrote last, where it comes from, and what was asked."""
    one = preview.summary
    parts: list[Content] = []
    if preview.sample:
        step = f"{preview.sample_step:,}" if preview.sample_step is not None else "?"
        parts.append(Content.styled(f"after step {step} it wrote", "$muted"))
        parts += [Content(display(preview.sample, multiline=True)), Content("")]
    steps = ", ".join(f"{step:,}" for step in preview.checkpoints)
    size = f"{about(one.parameters)} ({count(one.parameters)})" if one.parameters is not None else ""
    for name, value in (
        ("tags", " ".join(one.tags)),
        ("note", preview.note),
        ("comes from", one.parent),
        ("checkpoints", steps),
        ("snapshots", spread(preview.snapshots)),
        ("size", mib(one.size_bytes) if one.size_bytes else ""),
        ("parameters", size),
        ("preset", one.preset),
        *preview.configuration,
    ):
        if value:
            parts.append(Content.assemble((f"{name:<12}", "$muted"), display(value)))
    return Content("\n").join(parts)
