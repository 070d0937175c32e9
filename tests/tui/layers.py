"""A small application whose screen is ours, and a terminal that shows what its screens draw."""

from typing import ClassVar

import pyte
from textual._compositor import Compositor
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
    ModalScreen { background: transparent; }
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


class Terminal:
    """What a terminal shows of the pictures that a compositor hands out."""

    def __init__(self, app):
        self._console = app.console
        self.screen = pyte.Screen(*app.size)
        self._stream = pyte.Stream(self.screen)
        self.pictures = 0

    def take(self, update):
        if update is not None:
            self.pictures += 1
            self._stream.feed("\x1b[H" + update.render_segments(self._console).replace("\n", "\r\n"))

    @property
    def cells(self):
        """What one sees: a blank cell has no colour but its ground's."""
        lines, columns = range(self.screen.lines), range(self.screen.columns)
        found = [[self.screen.buffer[y][x] for x in columns] for y in lines]
        return [
            [one._replace(fg="default", bold=False) if one.data == " " else one for one in line]
            for line in found
        ]


def follow(app, screen=None, terminal=None):
    """A terminal that is handed what a screen draws from now on, and the one at the front at first."""
    compositor = (screen or app.screen)._compositor
    if terminal is None:
        terminal = Terminal(app)
        terminal.take(compositor.render_update(full=True))
    render = compositor.render_update

    def rendered(*args, **options):
        update = render(*args, **options)
        terminal.take(update)
        return update

    compositor.render_update = rendered
    return terminal


def whole(app):
    """What a terminal would show if all were drawn anew."""
    terminal = Terminal(app)
    for widget in app.screen.walk_children(with_self=True):
        widget._styles_cache.clear()
    app.screen._dirty_regions.add(app.screen.size.region)
    terminal.take(
        Compositor.render_update(
            app.screen._compositor, full=True, screen_stack=list(app._background_screens)
        )
    )
    return terminal.cells
