"""The first line: which panes there are, which is shown, what is going on, which step is looked at."""

from __future__ import annotations

from collections.abc import Mapping

from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from gptlab_tui.tui.moment import Slider
from gptlab_tui.tui.terminal import Glyphs


class Status(Message):
    """Something to be told in the first line, whichever pane is at the front; "" is nothing."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        """Safe to show."""

    def can_replace(self, message: Message) -> bool:
        """The newest of several is enough."""
        return isinstance(message, Status)


class Tabs(Widget):
    """`1 Corpus  2 Train  …`, the present one marked by a frame as well as by colour."""

    DEFAULT_CSS = """
    Tabs { height: 1; background: $panel; color: $muted; }
    """

    current: reactive[str] = reactive("")
    status: reactive[str] = reactive("")
    """What is going on, on the right: safe to show."""
    slider: reactive[Slider | None] = reactive(None)
    """Which step is looked at, at the right end, where that is to be told."""

    def __init__(self, titles: Mapping[str, str], glyphs: Glyphs) -> None:
        super().__init__()
        self._titles, self._glyphs = dict(titles), glyphs

    def render(self) -> Content:
        """As many words as there is room for; the step of the slider before the names of the panes."""
        width = self.size.width
        parts, edges, long = self._cells(short=False)
        if long + (self.slider.least() + 2 if self.slider is not None else 0) > width:
            parts, edges, long = self._cells(short=True)
        self._edges = edges
        room = width - long - 2
        line = self.slider.line(room, self._glyphs) if self.slider is not None else ""
        status = self.status if len(self.status) + len(line) + (2 if line else 0) <= room else ""
        told = "  ".join(part for part in (status, line) if part)
        return Content.assemble(*parts, " " * max(0, width - long - len(told) - 1), told)

    def _cells(self, short: bool) -> tuple[list[Content], list[tuple[int, str]], int]:
        parts, edges, end = [], [], 0
        for number, (name, title) in enumerate(self._titles.items(), 1):
            here = name == self.current
            text = f"{number}" if short and not here else f"{number} {title}"
            text = f"[{text}]" if here else f" {text} "
            parts.append(Content.styled(text, "bold $on-chosen on $chosen" if here else ""))
            end += len(text)
            edges.append((end, name))
        return parts, edges, end

    async def on_click(self, event: Click) -> None:
        """The mouse does what the digits do."""
        for end, name in getattr(self, "_edges", ()):
            if event.x < end:
                await self.run_action(f"app.pane('{name}')")
                return
