"""The texts of Train: samples as a list with the chosen one below, and the end of the log."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from textual.content import Content

from gptlab_tui.events import Evaluated, Sampled
from gptlab_tui.render.display import display
from gptlab_tui.render.fitting import fit, fold
from gptlab_tui.tui.terminal import Glyphs

_ESCAPES = re.compile("\x1b(?:\\[[0-?]*[ -/]*[@-~]|\\][^\x07\x1b]*(?:\x07|\x1b\\\\)|[@-Z\\\\-_])")
_LOG_BYTES = 64 << 10


def clean_log(raw: bytes) -> list[str]:
    """A log's lines as a terminal would have left them: no escape sequences, overwritten text gone, safe."""
    text = raw.decode("utf-8", "replace").replace("\r\n", "\n")
    lines = []
    for line in _ESCAPES.sub("", text).split("\n"):
        parts = [part for part in line.split("\r") if part]
        lines.append(display((parts[-1] if parts else "").rstrip().expandtabs(4)))
    while lines and not lines[-1]:
        lines.pop()
    return lines


def log_tail(path: Path, count: int) -> list[str]:
    """The last `count` lines of a log; none where it cannot be read."""
    from gptlab_tui.runs import fsops

    try:
        descriptor = fsops.open_regular(path)
    except OSError:
        return []
    try:
        size = os.fstat(descriptor).st_size
        raw = os.pread(descriptor, _LOG_BYTES, max(0, size - _LOG_BYTES))
    except OSError:
        return []
    finally:
        os.close(descriptor)
    return clean_log(raw if size <= _LOG_BYTES else raw.partition(b"\n")[2])[-count:] if count > 0 else []


def samples_view(
    samples: Sequence[Sampled],
    evaluations: Sequence[Evaluated],
    chosen: int,
    width: int,
    height: int,
    glyphs: Glyphs,
) -> Content:
    """A line for each sample around the chosen one, and the whole of that below."""
    if not samples:
        return Content.styled("No sample yet: one comes with every evaluation.", "$muted")
    chosen = min(max(chosen, 0), len(samples) - 1)
    losses = {one.step: one.val_loss for one in evaluations}
    listed = min(len(samples), max(1, height // 3))
    first = min(max(0, chosen - listed // 2), len(samples) - listed)
    digits = max(len(f"{one.step:,}") for one in samples)
    pointer = ">" if glyphs == "ascii" else "▸"
    lines = []
    for number in range(first, first + listed):
        one = samples[number]
        loss = f"{losses[one.step]:6.3f}" if one.step in losses else " " * 6
        here = number == chosen
        head = f"{pointer if here else ' '} {one.step:>{digits},} {loss}  "
        rest = _flat(one.text, glyphs)[: width + 1]  # more has no room
        style = "$on-chosen on $chosen" if here else "$muted"
        lines.append(Content.styled(fit(head + rest, width), style))
    room = height - listed - 1
    if room > 0:
        lines.append(Content(""))
        lines += sample_text(samples[chosen], width, room)
    return Content("\n").join(lines)


def sample_text(one: Sampled, width: int, height: int) -> list[Content]:
    """Prompt (bold) and continuation, wrapped, the lines that fit."""
    prompt, text = display(one.prompt, multiline=True), display(one.text, multiline=True)
    lines: list[Content] = []
    place = 0
    for paragraph in (prompt + text).split("\n"):
        for piece in fold(paragraph, width):
            bold = max(0, min(len(piece), len(prompt) - place))
            lines.append(Content.assemble((piece[:bold], "bold"), piece[bold:]))
            place += len(piece)
        place += 1
    if len(lines) > height:
        lines = [*lines[: height - 1], Content.styled("…", "$muted")] if height > 1 else lines[:1]
    return lines


def _flat(text: str, glyphs: Glyphs) -> str:
    return display(text.strip().replace("\n", " " if glyphs == "ascii" else " ⏎ "))
