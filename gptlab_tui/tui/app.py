"""The application: its frame, the panes, and what is the same everywhere."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache, partial
from typing import Any

from textual.app import ComposeResult
from textual.content import Content
from textual.filter import LineFilter
from textual.widget import Widget
from textual.widgets import ContentSwitcher

from gptlab_tui.home import Home, standing
from gptlab_tui.render.display import display
from gptlab_tui.render.units import counted
from gptlab_tui.tui import ending, garbage
from gptlab_tui.tui.colourless import COLOURLESS
from gptlab_tui.tui.dialogs import Page
from gptlab_tui.tui.driver import Keyboard
from gptlab_tui.tui.help import explanation_lines, help_lines
from gptlab_tui.tui.jump import Jump
from gptlab_tui.tui.keyline import KeyLine
from gptlab_tui.tui.keys.everywhere import KEYS
from gptlab_tui.tui.keys.key import read_keymap
from gptlab_tui.tui.keys.table import TABLE, known_ids
from gptlab_tui.tui.models import Models
from gptlab_tui.tui.palette import Commands, HasPalette, Offer, keys_of
from gptlab_tui.tui.panel import Pane, Panel, bindings, panel_of
from gptlab_tui.tui.panes import catalogue
from gptlab_tui.tui.picture import picture, text_in
from gptlab_tui.tui.plain_output import IN_ASCII
from gptlab_tui.tui.saving import save_new
from gptlab_tui.tui.screen import PanesScreen
from gptlab_tui.tui.shared import Shared
from gptlab_tui.tui.state import Keeper, State, load_state
from gptlab_tui.tui.tabs import Status, Tabs
from gptlab_tui.tui.terminal import Terminal
from gptlab_tui.tui.theme import THEMES

#: After so long a new pane has what it needs.
_SETTLED_S = 3.0


class Workbench(HasPalette):
    """`gptlab tui`."""

    TITLE = "GPTLab"
    CSS_PATH = "app.tcss"
    BINDINGS = [*bindings(KEYS)]
    HORIZONTAL_BREAKPOINTS = [(0, "-tiny"), (60, "-narrow"), (110, "-wide")]
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (18, "-low"), (34, "-tall")]
    ENABLE_COMMAND_PALETTE = True
    ALLOW_IN_MAXIMIZED_VIEW = "KeyLine"
    COMMANDS = {Commands}

    def __init__(
        self, home: Home, terminal: Terminal, *, pane: str | None = None, run: str | None = None
    ) -> None:
        super().__init__(driver_class=Keyboard)
        self.home = home
        self.terminal = terminal
        self.state: State = load_state(home)
        self._tabs = Tabs(catalogue.titles(), terminal.glyphs)
        self.shared = Shared(self, self._tabs)
        self._keeper = Keeper(home)
        self._first_pane = pane
        self.wanted_run = run or ""
        self._ending = threading.Event()
        for theme in THEMES:
            self.register_theme(theme)
        names = {theme.name for theme in THEMES}
        self.theme = self.state.theme if self.state.theme in names else THEMES[0].name
        self._changed_keys = read_keymap(home.root / "keymap.toml", known_ids())
        self.set_keymap(self._changed_keys)

    # -- the frame ---------------------------------------------------------------------------------

    @property
    def ascii_only(self) -> bool:
        """Whether the terminal is to be spared everything else."""
        return self.terminal.glyphs == "ascii"

    def get_default_screen(self) -> PanesScreen:
        """The one that is always there."""
        return PanesScreen(id="_default")

    def compose(self) -> ComposeResult:
        """A line of tabs, the panes, a line of keys."""
        yield self._tabs
        yield ContentSwitcher(id="panes")
        yield KeyLine()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What every line passes on its way to the screen; where colours are not wanted, none is left."""
        filters = [COLOURLESS] if self.terminal.colours == "none" else super().get_line_filters()
        return [*filters, *([IN_ASCII] if self.ascii_only else [])]

    async def on_mount(self) -> None:
        """Shows where the user has something to do."""
        self.set_class(self.ascii_only, "-ascii")
        ending.watch(self.leave)
        self.watch(self.screen, "focused", self._keep_focus)
        if self.wanted_run:
            self.remember(run=self.wanted_run)
        self.call_after_refresh(self._begin)  # the frame stands at once

    @cached_property
    def models(self) -> Models:
        """The model process, which all panes share; it starts with the first question."""
        return Models(self.home)

    def on_unmount(self) -> None:
        """The model process ends with the workbench, and what is to be remembered is kept."""
        self._keeper.finish()
        if "models" in self.__dict__:
            self.models.close()

    async def _begin(self) -> None:
        if self._first_pane:
            await self._show_first(self._first_pane)
        else:
            self.run_worker(self._look_for_first, thread=True, group="first")

    def _look_for_first(self) -> None:
        self.call_later(self._show_first, catalogue.first(self.home, self.state))

    async def _show_first(self, name: str) -> None:
        if self.pane is None:  # a digit may have been quicker
            await self.show(name)

    def _keep_focus(self, focused: Widget | None) -> None:
        """A pane's keys reach it only while it, or something in it, has the focus."""
        if focused is None and self.pane is not None:
            self.pane.focus(scroll_visible=False)

    def leave(self, number: int) -> None:
        """A signal has come, or the terminal has gone: put things back and leave (any thread)."""
        self._return_code = 128 + number
        if not self._ending.is_set():
            self._ending.set()
            ending.insist(128 + number)
            self.call_later(self.exit, None, 128 + number)

    @property
    def pane(self) -> Pane | None:
        """The pane at the front."""
        switcher = self.query_one("#panes", ContentSwitcher)
        found = switcher.get_child_by_id(switcher.current) if switcher.current else None
        return found if isinstance(found, Pane) else None

    async def show(self, name: str) -> None:
        """Brings a pane to the front, and builds it where it has not been shown yet."""
        switcher = self.query_one("#panes", ContentSwitcher)
        before = self.pane
        if before is not None and before.id == name:
            before.arrive()
            return
        if not any(child.id == name for child in switcher.children):
            await switcher.mount(catalogue.build(name))
            self.set_timer(_SETTLED_S, self._settle)
        if before is not None:
            before.leave()
        self.screen.minimize()  # a panel that has the screen would hide the other pane
        switcher.current = name
        self._tabs.current = name
        self.remember(pane=name)
        pane = self.pane
        if pane is not None:
            self.screen.set_focus(pane, scroll_visible=False)  # the next key is its
            pane.arrive()
            self.shared.arrived(pane)

    def on_status(self, message: Status) -> None:
        """A pane tells what is going on, though another may be at the front."""
        self._tabs.status = message.text

    def _settle(self) -> None:
        """A new pane has what it needs: what lasts is put aside, what may be wanted next is made ready."""
        garbage.put_aside()
        self.run_worker(catalogue.import_all, thread=True, exclusive=True, group="imports")

    async def action_pane(self, name: str) -> None:
        """A digit."""
        await self.show(name)

    def remember(self, **changes: Any) -> None:
        """Changes the state that is kept for this home."""
        state = replace(self.state, **changes)
        if state != self.state:
            self.state = state
            self._keeper.keep(state)

    # -- what every panel can ----------------------------------------------------------------------

    @property
    def panel(self) -> Panel | None:
        """The panel in focus, or else the first one in sight."""
        found = panel_of(self.focused)
        if found is not None or self.pane is None:
            return found
        return next((panel for panel in self.pane.query(Panel) if panel.display and panel.size.area), None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Where no model is looked into there is no step to go to."""
        return action != "moment" or (self.pane is not None and self.pane.sight is not None)

    def action_moment(self, by: int) -> None:
        """So many snapshots on, or back."""
        self.shared.move(by)

    def action_help(self) -> None:
        """All keys."""
        section = self.pane.section if self.pane else "app"
        self.push_screen(Page("Keys", partial(self._help, section)))

    @cached_property
    def _help(self) -> Callable[[str, int], list[Content]]:
        """The lines for a section and a width; they are laid once."""
        return lru_cache(maxsize=8)(
            lambda section, width: help_lines(section, self._changed_keys, self.ascii_only, width)
        )

    def action_explain(self) -> None:
        """Formula, shapes and numbers of the panel in focus."""
        panel = self.panel
        found = panel.explanation() if panel is not None else None
        if found is None:
            self.notify("Nothing to explain here; tab goes to the next panel.")
            return
        self.push_screen(Page(found.title, partial(explanation_lines, found)))

    def action_show_command(self) -> None:
        """The command that prints the panel in focus; it goes to the clipboard too."""
        panel = self.panel
        command = panel.command() if panel is not None else None
        if command is None:
            self.notify("No command prints this panel.")
            return
        self.copy_to_clipboard(command)
        self.notify(Content(display(command)).plain, title="Copied", markup=False, timeout=8)

    def action_copy_panel(self) -> None:
        """The text of the panel in focus, into the clipboard of the terminal."""
        self.clear_notifications()  # they would lie on it
        if self.panel is not None:
            self.call_after_refresh(self._copy, self.panel)

    def _copy(self, panel: Panel) -> None:
        text = panel.plain()
        text = text_in(self.screen, panel.content_region) if text is None else text
        self.copy_to_clipboard(text)
        lines = counted(text.strip("\n").count("\n") + 1, "line")
        self.notify(f"{lines} of {panel.border_title or 'the panel'}", title="Copied", markup=False)

    def action_save_panel(self) -> None:
        """The panel in focus as SVG and text, into the folder that the workbench was started from."""
        self.clear_notifications()  # they would lie on the picture
        if self.panel is not None:
            self.call_after_refresh(self._save, self.panel)

    def _save(self, panel: Panel) -> None:
        title = str(panel.border_title or "panel")
        svg, text = picture(self.screen, panel.region, title)
        stem = "gptlab-" + "-".join(word for word in title.lower().split() if word.isalnum())
        folder = standing(self.home.root)
        try:
            folder.mkdir(parents=True, exist_ok=True)  # a home of which nothing was needed yet
            saved = save_new(folder, stem, {".svg": svg, ".txt": text})
        except OSError as error:
            said = f"Nothing can be written to {display(str(folder))}: {error.strerror}."
            self.notify(said, severity="error", markup=False)
            return
        self.notify(" and ".join(path.name for path in saved), title="Saved", markup=False)

    def action_zoom(self) -> None:
        """The whole screen for the panel in focus; the same key gives it back."""
        if self.screen.maximized is not None:
            self.screen.minimize()
        elif self.panel is not None:
            self.screen.maximize(self.panel, container=False)

    async def action_back(self) -> None:
        """Out of a zoomed panel, of what the pane has open, of a field: the first of them that is on."""
        if self.screen.maximized is not None:
            self.screen.minimize()
            return
        if self.pane is not None and self.pane.back():
            return
        panel = panel_of(self.focused)
        if panel is not None and panel.can_focus:
            panel.focus()
        else:
            self.set_focus(None)

    def action_jump(self) -> None:
        """Letters on every panel and field in sight."""
        chain = self.screen.focus_chain
        targets = [widget for widget in chain if widget.region.area and not isinstance(widget, Pane)]

        def go(target: Widget | None) -> None:
            if target is not None:
                target.focus()

        if targets:
            self.push_screen(Jump(targets), go)

    def action_help_quit(self) -> None:
        """Ctrl-c, with nothing marked that could be copied."""
        self.notify("q leaves; every training goes on.", title="Ctrl-c copies what is marked")

    def action_toggle_theme(self) -> None:
        """Dark or light."""
        dark, light = (theme.name for theme in THEMES)
        self.theme = light if self.theme == dark else dark
        self.remember(theme=self.theme)

    def offers(self) -> Iterable[Offer]:
        """What can be done now: what the present pane offers, the panes, and the rest."""
        pane, keymap, plain = self.pane, self._changed_keys, self.ascii_only
        for title, line, action in pane.palette() if pane is not None else ():
            keys = keys_of(action, TABLE[pane.section], keymap, plain) if pane is not None else ""
            yield Offer(title, line, keys, self._doing(action))
        for key in KEYS:
            if key.id not in ("app.palette", "app.next", "app.back"):
                keys = keys_of(key.action, KEYS, keymap, plain)
                yield Offer(key.label, key.help, keys, self._doing(f"app.{key.action}"))

    def _doing(self, action: str) -> Callable[[], None]:
        def do() -> None:
            self.run_worker(self.run_action(action, self.pane or self), exit_on_error=True)

        return do
