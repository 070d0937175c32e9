"""A small application whose screen is ours: widgets beside each other and over each other."""

from typing import ClassVar

from textual.app import App
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Label, Static

from gptlab_tui.tui.screen import PanesScreen
from gptlab_tui.tui.theme import THEMES


class Layered(App[None]):
    """Widgets beside each other, one that scrolls, and two that lie over others."""

    HORIZONTAL_BREAKPOINTS: ClassVar = [(0, "-narrow"), (60, "-wide")]
    CSS = """
    Screen { layers: below above; }
    #box { width: 20; height: 6; }
    #long { height: 30; }
    .over { layer: above; position: absolute; width: 11; height: 4; background: green; }
    """

    def __init__(self):
        super().__init__()
        self.register_theme(THEMES[0])
        self.theme = THEMES[0].name

    def get_default_screen(self):
        return PanesScreen(id="_default")

    def compose(self):
        with Horizontal():
            yield Label("left\n" * 9)
            with VerticalScroll(id="box"):
                yield Static("abc def ghi " * 60, id="long")
            yield Label("right\nside")
        for number, offset in enumerate([(3, 2), (12, 4)]):
            over = Static(f"over {number}\n" * 4, classes="over")
            over.styles.offset = offset
            yield over
