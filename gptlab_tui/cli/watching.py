"""How a training in the foreground is shown: one steady display, plain lines, or JSON lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import IO, TYPE_CHECKING, Any, Protocol

from gptlab_tui.cli.common import console, emit_json, shown
from gptlab_tui.events import (
    Controlled,
    Ended,
    Evaluated,
    Event,
    Resumed,
    Sampled,
    Saved,
    Skipped,
    Started,
    Step,
    Warned,
)
from gptlab_tui.render.pace import Pace
from gptlab_tui.render.units import count, counted, duration, mib, rate

if TYPE_CHECKING:
    from rich.console import RenderableType


GAP = "    "
SHORTEST_BAR = 8
#: Columns of `59 min 59 s, 59 min 59 s left`, and of its second half.
WIDEST_TIMES, WIDEST_LEFT = 29, 16


class View(Protocol):
    """Shows the events of one training."""

    def show(self, event: Event) -> None:
        """Takes an event in."""

    def close(self) -> None:
        """Leaves the terminal as it was."""


class JsonLines:
    """Every event as one JSON object a line."""

    def __init__(self, stream: IO[str]) -> None:
        self.stream = stream

    def show(self, event: Event) -> None:
        """Writes the event."""
        emit_json(event.to_json(), self.stream)

    def close(self) -> None:
        """Nothing to put back."""


class PlainLines:
    """One line an event, for a file or a pipe; steps at most every two seconds."""

    def __init__(self, stream: IO[str], every_s: float = 2.0) -> None:
        self.stream = stream
        self.every_s = every_s
        self.last_step_s = -every_s

    def show(self, event: Event) -> None:
        """Writes the event, unless it is a step that follows closely on another."""
        if isinstance(event, Step):
            if event.elapsed_s - self.last_step_s < self.every_s:
                return
            self.last_step_s = event.elapsed_s
        for line in lines(event):
            self.stream.write(line + "\n")
        self.stream.flush()

    def close(self) -> None:
        """Nothing to put back."""


class SteadyDisplay:
    """Three lines that are drawn in place, and above them what is worth keeping."""

    def __init__(self, stream: IO[str], now: Callable[[], tuple[int, str, float]]) -> None:
        """`now()` is the step, what the training does, and the seconds so far, between events."""
        from rich.live import Live

        self.now = now
        self.started: Started | None = None
        self.step: Step | None = None
        self.evaluated: Evaluated | None = None
        self.max_iters = 0
        self.pace = Pace()
        self.console = console(stream)
        self.live = Live(console=self.console, get_renderable=self.draw, refresh_per_second=4, transient=True)
        self.live.start()

    def show(self, event: Event) -> None:
        """Takes the event in; what is neither a step nor a file is also written above the display."""
        if isinstance(event, Started):
            self.started, self.max_iters = event, event.max_iters
        elif isinstance(event, Evaluated):
            self.evaluated = event
        elif isinstance(event, Controlled) and event.outcome == "applied":
            if event.key == "max_iters":
                self.max_iters = event.value
            elif event.command in ("pause", "resume"):
                self.pace.interrupt()
        if isinstance(event, Step):
            self._take(event)
        elif not isinstance(event, Saved):
            for line in lines(event, self.console.width):
                self.console.print(line)  # broken between words

    def _take(self, step: Step) -> None:
        self.step = step
        if self.started is not None and step.tokens_per_s > 0:
            guess_s = self.started.tokens_per_step / step.tokens_per_s
            self.pace.report(step.step, step.elapsed_s, guess_s)

    def draw(self) -> RenderableType:
        """Bar, step and times; the losses; what drives the next step: a line each, at any width."""
        from rich.console import Group
        from rich.text import Text

        if self.started is None:
            return Text("")
        width = self.console.width
        losses, drive = ["loss       –"], ["learning rate –"]
        if self.step:
            losses = [f"loss {self.step.train_loss:7.4f}"]
            drive = [
                f"learning rate {self.step.learning_rate:.1e}",
                f"gradient {self.step.grad_norm:6.3f}",
                f"{rate(self.step.tokens_per_s):>15}",
            ]
        if self.evaluated:
            val = self.evaluated
            losses.append(f"validation {val.val_loss:7.4f} = {val.val_bits_per_byte:.3f} bits per byte")
            if not fits(losses, width):
                losses[1] = f"validation {val.val_loss:7.4f}"
        rows = (Text(fitting(parts, width), no_wrap=True, overflow="crop") for parts in (losses, drive))
        return Group(self._bar(width), *rows)

    def _bar(self, width: int) -> RenderableType:
        """What it does, a bar where there is room, the step, the times: never wider than the screen."""
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        step, activity, elapsed_s = self.now()
        where = f"{count(step):>{len(count(self.max_iters))}}/{count(self.max_iters)}"
        left = f"{duration(self.remaining_s(step))} left"
        times = f"{duration(elapsed_s)}, {left}"
        # As wide as they become, so that the bar does not move.
        for end in (f"{times:<{WIDEST_TIMES}}", f"{left:<{WIDEST_LEFT}}"):
            words = f"{activity:<10}", where, end
            room = width - sum(map(len, words)) - len(words)
            if room >= SHORTEST_BAR:
                bar = Table.grid(padding=0)
                for size in (len(words[0]) + 1, room, len(where) + 2, len(end)):
                    bar.add_column(width=size, no_wrap=True)
                bar.add_row(words[0], ProgressBar(self.max_iters, step, width=room), f" {where}", end)
                return bar
        return Text(fitting([where, left, activity], width, "  "), no_wrap=True, overflow="crop")

    def remaining_s(self, step: int) -> float:
        """Seconds to the end, by the pace of the reports so far."""
        return self.pace.remaining_s(self.max_iters - step)

    def close(self) -> None:
        """Takes the display away and leaves the lines above it."""
        self.live.stop()


def fits(parts: Sequence[str], width: int, gap: str = GAP) -> bool:
    """Whether the parts stand on one line of so many columns."""
    return len(gap.join(parts)) <= width


def fitting(parts: Sequence[str], width: int, gap: str = GAP) -> str:
    """As many of the first parts as fit on one line."""
    kept = list(parts)
    while len(kept) > 1 and not fits(kept, width, gap):
        kept.pop()
    return gap.join(kept)


def lines(event: Event, width: int = 110) -> list[str]:
    """An event in words, a line each; text that we did not write is made safe for a terminal.

    Only a sample is cut to `width` columns.
    """
    at = f"{event.step:>7,}"
    match event:
        case Started():
            return [
                f"{shown(event.run)}: {count(event.parameters)} parameters on {event.device} "
                f"({event.dtype}, {event.threads} threads)",
                f"{shown(event.corpus)}: {count(event.train_tokens)} tokens to learn from, "
                f"{count(event.val_tokens)} to be judged by, of {count(event.vocab_size)} kinds",
                f"{count(event.max_iters)} steps of {count(event.tokens_per_step)} tokens; needs about "
                f"{mib(event.memory_bytes)} of memory and {mib(event.disk_bytes)} of disk",
            ]
        case Step():
            return [
                f"{at}  loss {event.train_loss:.4f}  lr {event.learning_rate:.2e}  "
                f"gradient {event.grad_norm:.2f}  {rate(event.tokens_per_s)}  {duration(event.elapsed_s)}"
            ]
        case Evaluated():
            train = f", train {event.train_loss:.4f}" if event.train_loss is not None else ""
            best = ", best" if event.best and event.step else ""
            return [
                f"{at}  validation {event.val_loss:.4f} ({event.val_bits_per_byte:.3f} bits per byte)"
                f"{train}{best}, {duration(event.elapsed_s)}"
            ]
        case Sampled():
            return [f"{at}  {one_line(event.prompt + event.text, width - 10)}"]
        case Saved():
            return [f"{at}  saved {event.path}"] if event.kind == "checkpoint" else []
        case Skipped():
            why = "the loss scale was too large" if event.expected else "loss or gradient is not finite"
            return [f"{at}  not applied: {why} ({event.in_a_row} in a row)"]
        case Controlled():
            asked = event.command + (f" {event.key}={event.value}" if event.key else "")
            why = f": {event.reason}" if event.reason else ""
            return [f"{at}  {event.outcome}: {shown(asked)}{shown(why)}"]
        case Resumed():
            return [f"{at}  going on from here"]
        case Warned():
            return [f"warning: {shown(event.message)}", *([f"  {shown(event.hint)}"] if event.hint else [])]
        case Ended():
            return [ended_line(event)]
    return []


def ended_line(event: Ended) -> str:
    """How a training ended, and what it reached."""
    words = {
        "finished": "finished",
        "stopped": "stopped",
        "interrupted": "interrupted",
        "early_stopping": "stopped early, since the validation loss does not fall any more",
        "not_finite": "ended, since loss or gradient was not finite three times in a row",
        "failed": "failed",
    }
    reached = ""
    if event.best_val_loss is not None:
        when = f"at step {count(event.best_step)}" if event.best_step else "before its first step"
        reached = f"; best validation loss {event.best_val_loss:.4f} {when}"
    return f"{words[event.reason]} after {counted(event.step, 'step')}, {duration(event.elapsed_s)}{reached}"


def one_line(text: str, width: int) -> str:
    """A text on one line, its line feeds visible, cut to `width` characters."""
    flat = shown(text.strip("\n").replace("\n", " ⏎ "))
    return flat if len(flat) <= width else flat[: width - 1] + "…"


def open_view(
    stream: IO[str], *, json: bool, terminal: bool, now: Callable[[], tuple[int, str, float]]
) -> View:
    """The view that fits where the output goes; for `now` see `SteadyDisplay`."""
    if json:
        return JsonLines(stream)
    return SteadyDisplay(stream, now) if terminal else PlainLines(stream)


def busy(message: str, *, quiet: bool) -> Any:
    """A sign of life on standard error while something takes its time; nothing where none is watching."""
    import contextlib
    import sys

    if quiet or not sys.stderr.isatty():
        return contextlib.nullcontext()
    return console(sys.stderr).status(message)
