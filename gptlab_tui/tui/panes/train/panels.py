"""The panels of Train: the loss, what drives it, the samples, the log. They show; the pane decides."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from gptlab_tui.explain.explanation import Explanation
from gptlab_tui.render.fitting import fold
from gptlab_tui.tui.panel import Bench, Panel
from gptlab_tui.tui.panes.train.drive import DRIVES, drive_chart
from gptlab_tui.tui.panes.train.explain import explain_drive, explain_loss, explain_samples
from gptlab_tui.tui.panes.train.text import samples_view
from gptlab_tui.tui.widgets.chart import ChartView
from gptlab_tui.tui.widgets.words import Words

if TYPE_CHECKING:
    from gptlab_tui.tui.panes.train.state import TrainState


class _Part(Panel):
    """A panel of Train that can be focused and knows its pane."""

    can_focus = True
    _TITLE = ""
    _COMMAND = ""

    def __init__(self, *, id: str) -> None:
        super().__init__(title=self._TITLE, id=id)

    @property
    def train(self) -> TrainState:
        """The pane that it stands in."""
        return cast(
            "TrainState", next(node for node in self.ancestors if getattr(node, "section", "") == "train")
        )

    def command(self) -> str | None:
        """The line for a shell; without a run there is none."""
        run = self.train.run_dir
        if run is None:
            return None
        return self._COMMAND.format(run=shlex.quote(run.name), log=shlex.quote(str(run.log)))


class LossPanel(_Part):
    """The loss curves."""

    _TITLE = "Loss"
    _COMMAND = "gptlab runs show {run} --plot"

    def compose(self) -> ComposeResult:
        """The chart, or what to do where there is no run."""
        yield Static(id="train-empty")
        yield ChartView(cast(Bench, self.app).terminal, id="train-chart")

    def explanation(self) -> Explanation | None:
        """Cross-entropy with this run's numbers."""
        return explain_loss(self.train.history, self.train.view, self.train.tables, self.train.others)


class DrivePanel(_Part):
    """Learning rate, gradient norm and speed: beside each other, or one where no more fits."""

    SCOPED_CSS = False
    DEFAULT_CSS = """
    DrivePanel ChartView { display: none; margin-left: 4; }
    DrivePanel #train-drive-0 { margin-left: 0; }
    DrivePanel.-drive-0 #train-drive-0, DrivePanel.-drive-1 #train-drive-1,
    DrivePanel.-drive-2 #train-drive-2 { display: block; margin-left: 0; }
    Screen.-wide DrivePanel ChartView, DrivePanel.-maximized ChartView { display: block; }
    DrivePanel.-maximized Horizontal { layout: vertical; }
    DrivePanel.-maximized ChartView { margin-left: 0; }
    """
    _TITLE = "Drive"
    _COMMAND = "gptlab runs show {run} --plot"

    def compose(self) -> ComposeResult:
        """The charts."""
        with Horizontal():
            for which in range(len(DRIVES)):
                yield ChartView(cast(Bench, self.app).terminal, id=f"train-drive-{which}")

    def show_one(self, which: int) -> None:
        """Which of them stands where there is room for one."""
        for number in range(len(DRIVES)):
            self.set_class(number == which, f"-drive-{number}")

    def update(self) -> None:
        """Draws what the pane knows now."""
        train = self.train
        for which, chart in enumerate(self.query(ChartView)):
            if chart.display:
                chart.show(drive_chart(train.history, train.view, which))

    def explanation(self) -> Explanation | None:
        """What drives a step."""
        return explain_drive(self.train.history, self.train.view.cursor)


class SamplesPanel(_Part):
    """The samples of every evaluation."""

    _TITLE = "Samples"
    _COMMAND = "gptlab runs show {run}"

    def on_resize(self) -> None:
        """The list and the text are laid out for the room that there is."""
        self.update()

    def compose(self) -> ComposeResult:
        """The list and the chosen text."""
        yield Words(id="train-samples")

    def update(self) -> None:
        """Draws what the pane knows now."""
        train, size = self.train, self.content_size
        history = train.history
        self.border_subtitle = f"{train.chosen + 1} of {len(history.samples)}" if history.samples else ""
        if train.is_reading:
            self.query_one(Words).say("")
        elif size.area:
            self.query_one(Words).say(
                samples_view(
                    history.samples,
                    history.evaluations,
                    train.chosen,
                    size.width,
                    size.height,
                    train.bench.terminal.glyphs,
                )
            )

    def command(self) -> str | None:
        """The texts of the chosen step."""
        command, samples = super().command(), self.train.history.samples
        if command is None or not samples:
            return command
        chosen = samples[min(max(self.train.chosen, 0), len(samples) - 1)]
        return f"{command} --sample {chosen.step}"

    def explanation(self) -> Explanation | None:
        """What samples are for."""
        return explain_samples(self.train.history, self.train.chosen)


class LogPanel(_Part):
    """The end of the log."""

    _TITLE = "Log"
    _COMMAND = "tail {log}"
    _lines: Sequence[str] | None = None
    """None before they have been read."""

    def on_resize(self) -> None:
        """More room shows more lines."""
        if self._lines is not None:
            self.show_lines(self._lines)

    def compose(self) -> ComposeResult:
        """The lines."""
        yield Words(id="train-log-lines")

    def show_lines(self, lines: Sequence[str]) -> None:
        """The last of the log's lines, as many as there is room for; a long one goes on below."""
        self._lines, size = lines, self.content_size
        folded = [part for line in lines[-size.height :] for part in fold(line, size.width)]
        text = "\n".join(folded[-size.height :]) if size.height else ""
        quiet = Content.styled("The log is empty: the training had nothing to complain about.", "$muted")
        self.query_one(Words).say(Content(text) if text.strip() else quiet)
