"""The text as it is written: tokens in lines, a cursor over them, their surprise as colour and style."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter

from rich.segment import Segment
from textual.content import Content
from textual.events import Click
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from gptlab_tui.tui.panes.generate.layout import Cell, Layout
from gptlab_tui.tui.panes.generate.story import Node, Story
from gptlab_tui.tui.widgets.lined import Lined

#: Above so many bits a token is in the next class of surprise.
SURPRISES = (1.0, 3.0, 6.0)
LEGEND = Content.assemble(
    ("dim<1", "$muted dim"), "  plain<3  ", ("bold<6", "$warning bold"), "  ",
    ("underlined 6+", "$error bold underline"), " bits",
)  # fmt: skip
"""What the styles of surprise mean, each in its own: a line for the narrowest panel."""


def surprise(node: Node) -> float:
    """-log2 of the model's own probability of a token, in bits."""
    return -math.log2(node.raw) if node.raw > 0.0 else math.inf


class TextView(ScrollView, Lined, can_focus=True, inherit_bindings=False):
    """Shows the path of a story; `story` and the rest are set from outside, `update` looks at them."""

    DEFAULT_CSS = """
    TextView { height: 1fr; scrollbar-size-vertical: 1; }
    TextView > .text--prompt { text-style: bold; }
    TextView > .text--cursor { background: $boost; color: $foreground; text-style: bold underline; }
    TextView:focus > .text--cursor { background: $chosen; color: $on-chosen; text-style: bold; }
    TextView > .text--hidden { color: $muted; text-style: strike; }
    TextView > .text--fork { text-style: underline; }
    TextView > .text--preview { color: $muted; text-style: italic; }
    TextView > .text--surprise-0 { color: $muted; text-style: dim; }
    TextView > .text--surprise-2 { color: $warning; text-style: bold; }
    TextView > .text--surprise-3 { color: $error; text-style: bold underline; }
    """
    COMPONENT_CLASSES = {
        "text--prompt",
        "text--cursor",
        "text--hidden",
        "text--fork",
        "text--preview",
        "text--surprise-0",
        "text--surprise-2",
        "text--surprise-3",
    }

    class Picked(Message):
        """A token was clicked: `at` as in `Story.at`."""

        def __init__(self, at: int) -> None:
            super().__init__()
            self.at = at

    class Resized(Message):
        """There is another width to fill."""

    def __init__(self, story: Story | None = None, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.story = story
        self.shows_surprise = False
        self.preview = ""
        """What stands after the cursor in place of the text, though nobody has written it."""
        self._layout_of_text = Layout(1)
        self._laid: list[Node] = []

    def update(self) -> None:
        """The story has changed, or what is shown of it."""
        width = self.scrollable_content_region.width - 1  # a line break has a cell of its own
        nodes = self.story.tokens if self.story else []
        if self.preview:
            left, right = "<>" if self.app.has_class("-ascii") else "‹›"
            ghost = Node(-1, "", self._cursor + 1, text=f"{left}{self.preview}{right}")
            nodes = [*nodes[: self._cursor + 1], ghost]
        known = self._laid
        if self._layout_of_text.width != max(1, width) or nodes[: len(known)] != known:
            self._layout_of_text, known = Layout(width), []
        number = len(known)
        self._layout_of_text.extend((number + place, node.text) for place, node in enumerate(nodes[number:]))
        self._laid = nodes
        size = Size(self.scrollable_content_region.width, len(self._layout_of_text.lines))
        if size != self.virtual_size:
            self.virtual_size = size
        self._show_cursor()
        self.refresh()

    def on_resize(self) -> None:
        """Breaks the lines anew; what is told around them may have to be shorter."""
        self.update()
        self.post_message(self.Resized())

    def on_mount(self) -> None:
        """A theme has other colours."""
        self.app.theme_changed_signal.subscribe(self, lambda theme: self.refresh())

    def _show_cursor(self) -> None:
        """Scrolls to the cursor, or to the end."""
        if self.story is None:
            return
        lines = self._layout_of_text.lines
        y = len(lines) - 1
        if not self.preview and self.story.at < len(self.story.path):
            y = self._layout_of_text.line_of(self._cursor) or 0
        width = self.scrollable_content_region.width
        self.scroll_to_region(Region(0, y, max(1, width), 1), animate=False, force=True)

    @property
    def _cursor(self) -> int:
        return self.story.cursor if self.story is not None else -1

    def render_line(self, y: int) -> Strip:
        """One line on the screen."""
        width = self.scrollable_content_region.width
        place = y + self.scroll_offset.y
        lines = self._layout_of_text.lines
        base = self.rich_style
        if not 0 <= place < len(lines):
            return Strip.blank(width, base)
        styles = {"plain": base}
        segments: list[Segment] = []
        for number, cells in groupby(lines[place], key=itemgetter(0)):
            kind = self._kind_of(number)
            if kind not in styles:  # a lookup takes longer than all else of a token
                style = self.get_component_rich_style(f"text--{kind}", partial=kind != "cursor")
                styles[kind] = style if kind == "cursor" else base + style
            segments.append(Segment(_shown(cells), styles[kind]))
        return Strip(segments).crop_extend(0, width, base).apply_offsets(0, place)

    def _kind_of(self, number: int) -> str:
        """How a token is drawn: what `text--` is followed by, or `plain`."""
        assert self.story is not None
        if number == self._cursor:
            return "cursor"
        if self.preview and number > self._cursor:
            return "preview"
        nodes = self.story.path
        place = number - self.story.start
        if place >= len(nodes):
            return "plain"
        node = nodes[place] if place >= 0 else self.story.trunk[number]
        if place >= 0 and nodes[-1].hidden and _is_hidden(nodes, place):
            return "hidden"
        if self.shows_surprise and node.rank:
            bits = surprise(node)
            level = sum(bits >= limit for limit in SURPRISES)
            return "plain" if level == 1 else f"surprise-{level}"
        if place < 0:
            return "prompt"
        return "fork" if len(node.siblings) > 1 else "plain"

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """What the mouse has marked."""
        text = "\n".join("".join(cell[1] for cell in line).rstrip() for line in self._layout_of_text.lines)
        return selection.extract(text), "\n"

    def on_click(self, event: Click) -> None:
        """The cursor goes to the token under the mouse."""
        offset = event.get_content_offset(self)
        lines = self._layout_of_text.lines
        if offset is None or self.story is None or offset.y + self.scroll_offset.y >= len(lines):
            return
        x = 0
        for number, _, cells in lines[offset.y + self.scroll_offset.y]:
            x += cells
            if offset.x < x:
                self.post_message(self.Picked(number - self.story.start + 1))
                return


def _shown(cells: Iterable[Cell]) -> str:
    return "".join(" " if shown == "\n" else shown for _, shown, _ in cells)


def _is_hidden(nodes: list[Node], place: int) -> bool:
    """Whether a token lies in the stop at the end of the text."""
    return sum(len(node.text) for node in nodes[place:]) <= nodes[-1].hidden
