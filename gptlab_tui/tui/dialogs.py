"""Small questions on top of everything: yes or no, a line of text, one of several, a page to read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from rich.segment import Segment
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.style import Style
from textual.widget import Widget
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from gptlab_tui.errors import GPTLabError
from gptlab_tui.render.display import display
from gptlab_tui.tui.screen import Dialog

#: The style of a dialog, by its class.
FRAME = """
    {name} {{ align: center middle; }}
    {name} > .dialog {{
        width: auto; max-width: 90%; min-width: 30; height: auto; max-height: 90%;
        border: round $border; background: $surface; padding: 0 2;
        border-title-style: bold; border-subtitle-color: $muted;
    }}
"""
#: That of a list in it, which is scrolled from so many lines on.
LIST = """
    {name} > .dialog {{ width: 64; padding: 0 1; }}
    {name} OptionList, {name} OptionList:focus {{
        border: none; padding: 0; background: $surface; height: auto; max-height: {most};
    }}
"""


class Confirm(Dialog[bool]):
    """Asks before something that cannot be taken back easily; enter and `y` are yes, all else is no."""

    DEFAULT_CSS = FRAME.format(name="Confirm") + "Confirm Static { width: auto; max-width: 100%; }"
    BINDINGS = [
        Binding("y,enter", "answer(True)", "Yes"),
        Binding("n,escape,q", "answer(False)", "No"),
    ]

    def __init__(self, question: str, detail: str = "") -> None:
        super().__init__()
        self._question, self._detail = question, detail

    def compose(self) -> ComposeResult:
        """The question, and how to answer it."""
        with Vertical(classes="dialog") as frame:
            frame.border_title = Content(self._question)
            frame.border_subtitle = "y yes · n no"
            yield Static(Content(self._detail or " "))

    def action_answer(self, yes: bool) -> None:
        """Leaves with the answer."""
        self.dismiss(yes)


class Ask(Dialog[str | None]):
    """Asks for a line of text; escape gives None. What will not do is said, and can be mended."""

    DEFAULT_CSS = (
        FRAME.format(name="Ask")
        + """
    Ask Input { width: 60; max-width: 100%; }
    Ask #wrong { display: none; color: $error; }
    Ask.-wrong #wrong { display: block; }
    """
    )
    BINDINGS = [Binding("escape", "cancel", "Cancel")]

    def __init__(
        self,
        question: str,
        value: str = "",
        hint: str = "",
        check: Callable[[str], object] = lambda text: None,
    ) -> None:
        """`check` raises GPTLabError for a text that will not do; it is called at once, so it is quick."""
        super().__init__()
        self._question, self._value, self._hint, self._check = question, value, hint, check

    def compose(self) -> ComposeResult:
        """A field under its question."""
        with Vertical(classes="dialog") as frame:
            frame.border_title = Content(self._question)
            frame.border_subtitle = "enter takes it · escape leaves"
            yield Input(self._value, select_on_focus=True, compact=True)
            yield Static(id="wrong")
            if self._hint:
                yield Static(Content(self._hint).stylize("$muted"))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Leaves with what was typed, if that will do."""
        event.stop()
        try:
            self._check(event.value)
        except GPTLabError as error:
            self.query_one("#wrong", Static).update(Content(display(error.message)))
            self.add_class("-wrong")
        else:
            self.dismiss(event.value)

    def on_input_changed(self) -> None:
        """What was wrong may be right now."""
        self.remove_class("-wrong")

    def action_cancel(self) -> None:
        """Leaves without."""
        self.dismiss(None)


class Choose(Dialog[str | None]):
    """Asks for one of several lines; enter takes it, escape gives None."""

    DEFAULT_CSS = FRAME.format(name="Choose") + LIST.format(name="Choose", most=16)
    BINDINGS = [Binding("escape,q", "cancel", "Cancel")]

    def __init__(self, question: str, choices: Sequence[tuple[str, str]]) -> None:
        """`choices` are (answer, line)."""
        super().__init__()
        self._question, self._choices = question, choices

    def compose(self) -> ComposeResult:
        """The lines under the question."""
        with Vertical(classes="dialog") as frame:
            frame.border_title = Content(self._question)
            frame.border_subtitle = "enter takes it · escape leaves"
            yield OptionList(*(Option(Content(line), id=answer) for answer, line in self._choices))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Leaves with the answer."""
        event.stop()
        self.dismiss(event.option_id)

    def action_cancel(self) -> None:
        """Leaves without."""
        self.dismiss(None)


class Leaf(Widget):
    """A text that is laid out anew for every width, and of which the lines in sight are drawn."""

    DEFAULT_CSS = "Leaf { height: auto; }"

    def __init__(self, lay: Callable[[int], Sequence[Content]]) -> None:
        """`lay` gives the lines for a width in cells; one that is wider is broken."""
        super().__init__()
        self._lines = lru_cache(2)(lambda width: _broken(lay(width), width))
        self._base: Style | None = None

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as it takes."""
        return len(self._lines(width))

    def render(self) -> Content:
        """The text in the present width, as it is copied."""
        return Content("\n").join(self._lines(self.size.width))

    def render_lines(self, crop: Region) -> list[Strip]:
        """So many of its lines, in colours that are found out once for all of them."""
        self._base = self.visual_style
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """One line, with what of it the mouse has marked."""
        lines, width = self._lines(self.size.width), self.size.width
        line = lines[y] if y < len(lines) else Content("")
        marked = self.text_selection.get_span(y) if self.text_selection is not None else None
        if marked is not None:
            start, end = marked
            style = self.screen.get_component_styles("screen--selection")
            line = line.stylize(Style.from_styles(style), start, len(line) if end == -1 else end)
        base = self._base or self.visual_style
        pieces = line.render(base, "", parse_style=self._get_style)
        strip = Strip([Segment(text, style.rich_style) for text, style in pieces if text])
        return strip.adjust_cell_length(width, base.rich_style).apply_offsets(0, y)


def _broken(lines: Sequence[Content], width: int) -> list[Content]:
    return [part for line in lines for part in ([line] if line.cell_length <= width else line.wrap(width))]


class Page(Dialog[None]):
    """Something to read; any of the usual keys closes it."""

    DEFAULT_CSS = (
        FRAME.format(name="Page")
        + """
    Page > .dialog {
        width: 90; max-width: 96%; padding: 0 1 0 2;
        scrollbar-size-vertical: 1; scrollbar-gutter: stable;
    }
    """
    )
    BINDINGS = [Binding("escape,q,enter,e,question_mark,f1", "close", "Close")]

    def __init__(self, title: str, lay: Callable[[int], Sequence[Content]]) -> None:
        """`lay` gives the lines for a width in cells."""
        super().__init__()
        self._title, self._lay = title, lay

    def compose(self) -> ComposeResult:
        """The text, scrolled with the arrows where it is long."""
        with VerticalScroll(classes="dialog") as frame:
            frame.border_title = Content(self._title)
            frame.border_subtitle = "↑ ↓ · escape closes"
            yield Leaf(self._lay)

    def on_mount(self) -> None:
        """What was told beside it does not lie on it; what went wrong stays."""
        for told in [one for one in self.app._notifications if one.severity == "information"]:
            self.app._unnotify(told)

    def action_close(self) -> None:
        """Leaves."""
        self.dismiss(None)
