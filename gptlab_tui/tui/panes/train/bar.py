"""The lines above and below the charts of Train: state, progress, times, the numbers of now, the machine."""

from __future__ import annotations

import math

from textual.content import Content

from gptlab_tui.render.display import display
from gptlab_tui.render.fitting import shorten
from gptlab_tui.render.units import count, duration
from gptlab_tui.tui.history import RunHistory
from gptlab_tui.tui.named_values import named_values
from gptlab_tui.tui.run_states import SIGNS, sign_of
from gptlab_tui.tui.terminal import Glyphs

_LONGEST = len("> evaluating")


def state_of(history: RunHistory, alive: bool) -> str:
    """One of `run_states.SIGNS`."""
    if alive:
        if history.ended is not None or history.started is None:
            return "starting"
        return "paused" if history.paused else "evaluating" if history.evaluating else "running"
    if history.untrained is not None:
        return "branched"
    if history.ended is not None:
        return history.ended.reason if history.ended.reason in SIGNS else "interrupted"
    return "interrupted" if history.started is not None else "new"


def state_content(state: str, glyphs: Glyphs) -> Content:
    """Sign and word."""
    sign = sign_of(state)
    return Content.styled(f"{sign.mark(glyphs == 'ascii')} {sign.word}", f"bold ${sign.colour}")


def progress(history: RunHistory, alive: bool, width: int, glyphs: Glyphs, silent_s: float = 0.0) -> Content:
    """State, step, bar, percent, times: a line that keeps its places while it counts.

    During an evaluation the journal is silent; the time goes on by the `silent_s` since.
    """
    state = state_of(history, alive)
    words = state_content(state, glyphs)
    if alive:
        words = words.pad_right(_LONGEST - len(words.plain))
    total = history.max_iters
    step = min(history.step, total) if total else history.step
    where = f"{count(step):>{len(count(total))}}/{count(total)}" if total else count(step)
    share = step / total if total else 0.0
    times = duration(history.elapsed_s + (silent_s if state == "evaluating" else 0))
    if state == "branched" and history.untrained is not None:
        times = f"from {shorten(display(history.untrained.parent), 24)}, not trained further"
    if state in ("running", "evaluating") and math.isfinite(history.remaining_s()):
        times += f", {duration(history.remaining_s())} left"
    head = len(words.plain) + 2 + len(where) + 2
    tail = f" {math.floor(100 * share):>3} %  {times}"
    room = width - head - max(len(tail), min(36, width // 3))
    if room < 6:
        short = f"{words.plain}  {where}{tail}"
        return (
            Content.assemble(words, f"  {where}{tail}")
            if len(short) <= width
            else Content.assemble(words, f" {where}")
        )
    full, empty = ("#", "-") if glyphs == "ascii" else ("━", "─")
    filled = math.floor(share * room + 1e-9)
    return Content.assemble(
        words,
        f"  {where}  ",
        (full * filled, "$accent"),
        (empty * (room - filled), "$line"),
        tail,
    )


def numbers(history: RunHistory, width: int) -> Content:
    """Losses and what drives the next step, as many as there is room for, each with its name."""
    parts: list[tuple[str, str]] = []
    loss = history.last("train_loss")
    if math.isfinite(loss):
        parts.append(("batch", f"{loss:.4f}"))
    if history.evaluations and history.evaluations[-1].step == 0 < history.step:
        parts.append(("validation", f"{history.evaluations[-1].val_loss:.4f} (untrained)"))
    elif history.evaluations:
        last, best = history.evaluations[-1], history.best
        mark = " (best)" if best is last else f" (best {best.val_loss:.4f})" if best is not None else ""
        parts.append(("validation", f"{last.val_loss:.4f}{mark}"))
        parts.append(("bits/byte", f"{last.val_bits_per_byte:.3f}"))
    if math.isfinite(history.learning_rate):
        scale = f" (x{history.lr_scale:g})" if history.lr_scale != 1 else ""
        parts.append(("lr", f"{history.learning_rate:.1e}{scale}"))
    if math.isfinite(history.last("tokens_per_s")):
        parts.append(("tok/s", f"{history.last('tokens_per_s'):>7,.0f}"))
    if math.isfinite(history.last("grad_norm")):
        parts.append(("gradient", f"{history.last('grad_norm'):.3f}"))
    return named_values(parts, width, "bold") if parts else Content.styled("no step yet", "$muted")
