"""How `gptlab sample` shows texts as they are made: a stream, columns side by side, or JSON lines."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Protocol

from gptlab_tui.cli.common import console, emit_json, is_terminal, shown
from gptlab_tui.render.display import display

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from gptlab_tui.sampling.session import Writing

#: A narrower column is no pleasure to read: then one text comes below the other.
NARROWEST_COLUMN = 18


class View(Protocol):
    """Where texts go."""

    def show(self, writings: Sequence[Writing]) -> None:
        """Makes the texts and shows them on standard output."""


def open_view(*, with_prompt: bool, as_json: bool) -> View:
    """The view for what standard output is."""
    if as_json:
        return JsonLines()
    return SideBySide(with_prompt) if is_terminal() else Stream(with_prompt)


class JsonLines:
    """One object a line: the prompt, each token, and the end of each sample."""

    def show(self, writings: Sequence[Writing]) -> None:
        """Writes `prompt`, `token` and `end` objects; `variant` is the label of a comparison."""
        for writing in writings:
            self._show(writing)

    def _show(self, writing: Writing) -> None:
        from gptlab_tui.model.head_names import names_of

        variant: dict[str, Any] = {"variant": writing.label} if writing.label else {}
        emit_json(
            {
                "event": "prompt",
                **variant,
                "run": writing.opened.run.name,
                "step": writing.opened.step,
                "without_heads": names_of(writing.opened.off),
                "prompt": writing.prompt,
                "ids": list(writing.ids),
                "samples": len(writing.samples),
                "knobs": writing.knobs.model_dump(mode="json"),
            }
        )
        texts = dict.fromkeys(writing.samples, "")
        counts = dict.fromkeys(writing.samples, 0)
        ends = dict.fromkeys(writing.samples, "length")
        for token in writing.tokens:
            texts[token.sample] += token.text
            counts[token.sample] += 1
            ends[token.sample] = token.finish or ends[token.sample]
            emit_json({"event": "token", **variant, **token.to_json()})
        for sample in writing.samples:
            end = {"sample": sample, "tokens": counts[sample], "finish": ends[sample], "text": texts[sample]}
            emit_json({"event": "end", **variant, **end})


class Stream:
    """Texts one below the other, the first sample of each as it is made.

    Between samples stands a line `---`, before each text of a comparison a line `--- knob=value`.
    """

    def __init__(self, with_prompt: bool) -> None:
        self._with_prompt = with_prompt
        self._at_line_start = True

    def show(self, writings: Sequence[Writing]) -> None:
        """Writes prompt and continuation of every sample; each ends in a line break."""
        try:
            for writing in writings:
                if writing.label:
                    self._write(f"--- {writing.label}\n")
                self._show(writing)
        finally:
            if is_terminal():  # also where it was interrupted: the shell begins on a line of its own
                self._end_line()

    def _show(self, writing: Writing) -> None:
        prompt = writing.prompt if self._with_prompt else ""
        waiting = dict.fromkeys(writing.samples[1:], prompt)
        self._write(prompt)
        for token in writing.tokens:
            if token.sample in waiting:
                waiting[token.sample] += token.text
            else:
                self._write(token.text)
        self._end_line()
        for text in waiting.values():
            self._write("---\n")
            self._write(text)
            self._end_line()

    def _end_line(self) -> None:
        if not self._at_line_start:
            self._write("\n")

    def _write(self, text: str) -> None:
        if text:
            self._at_line_start = text.endswith("\n")  # first: writing may be interrupted
            sys.stdout.write(shown(text, multiline=True))
            sys.stdout.flush()


class SideBySide:
    """The texts of a comparison in columns that grow together; a single text as a stream."""

    def __init__(self, with_prompt: bool) -> None:
        self._with_prompt = with_prompt

    def show(self, writings: Sequence[Writing]) -> None:
        """Draws the ends of the columns while they grow, and the whole at last."""
        from rich.live import Live

        screen = console()
        if len(writings) < 2 or screen.width // len(writings) < NARROWEST_COLUMN:
            Stream(self._with_prompt).show(writings)
            return
        labels = [writing.label for writing in writings]
        texts = [writing.prompt if self._with_prompt else "" for writing in writings]
        # A line less than the screen has, the heads, and some air: what is taller cannot be redrawn.
        room = max(1, screen.height - 4)
        try:
            with Live(
                console=screen,
                get_renderable=lambda: columns(labels, texts, screen, room),
                transient=True,
                refresh_per_second=8,
            ):
                for tokens in zip_longest(*(writing.tokens for writing in writings)):
                    for number, token in enumerate(tokens):
                        texts[number] += token.text if token is not None else ""
        finally:
            screen.print(columns(labels, texts, screen))


def columns(labels: Sequence[str], texts: Sequence[str], screen: Console, room: int | None = None) -> Table:
    """Texts beside one another under their labels; with `room` only so many of their last lines."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    width = screen.width // len(labels) - 2
    table = Table(*labels, box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    cells = []
    for column, text in zip(table.columns, texts, strict=True):
        column.width = width
        # Each of the last lines takes at most `width` characters: no more have to be wrapped.
        tail = text if room is None else text[-room * width :]
        lines = Text(display(tail, multiline=True)).wrap(screen, width, tab_size=4)
        cells.append(Text("\n").join(lines if room is None else lines[-room:]))
    table.add_row(*cells)
    return table
