"""The palette: what can be done now, each command with its keys at the right.

Those of the present pane come first. What is typed is looked for in the names, then in the sentences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

from rich.cells import cell_len
from textual.app import App
from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.events import Resize

from gptlab_tui.tui.help import names_of
from gptlab_tui.tui.keys.key import Key
from gptlab_tui.tui.screen import SparingScreen

#: The widest list: the keys stay near their names. `app.tcss` says the same.
_WIDEST = 84
#: What stands beside a line of the list: its padding and the scrollbar.
_AROUND = 6
#: Columns and lines from which on the list has room.
_LIST_ROOM = 12, 8


@dataclass(frozen=True, slots=True)
class Offer:
    """A command that does something now."""

    title: str
    help: str
    keys: str
    """As they are printed; "" where it has none."""
    do: Callable[[], None]


class Palette(CommandPalette, SparingScreen[Any]):
    """Textual's palette, which a second click does not close once more."""


class HasPalette(App[None]):
    """An application with it."""

    def action_command_palette(self) -> None:
        """What can be done now, where there is room for a list."""
        has_room = self.size.width >= _LIST_ROOM[0] and self.size.height >= _LIST_ROOM[1]
        if has_room and not isinstance(self.screen, CommandPalette):
            self.push_screen(Palette(id="--command-palette"))

    def on_resize(self, event: Resize) -> None:
        """A list that is left without room is closed: Textual's fail there."""
        narrow = event.size.width < _LIST_ROOM[0] or event.size.height < _LIST_ROOM[1]
        if narrow and isinstance(self.screen, CommandPalette):
            self.screen.dismiss()


class Offering(Protocol):
    """Who knows what can be done now."""

    def offers(self) -> Iterable[Offer]:
        """The commands, in the order of the list."""


def keys_of(action: str, table: Iterable[Key], keymap: Mapping[str, str], ascii_only: bool = False) -> str:
    """The keys of an action as they are printed, a user's own where there are such."""
    named = (keymap.get(key.id, key.keys) for key in table if key.action == action)
    return next((names_of(keys, ascii_only) for keys in named), "")


class Commands(Provider):
    """What the palette finds."""

    async def discover(self) -> Hits:
        """All of them."""
        for offer in self._offers():
            yield DiscoveryHit(self._line(offer, Content(offer.title)), offer.do, text=offer.title)

    async def search(self, query: str) -> Hits:
        """Those whose name is like the query, then those whose sentence has it."""
        matcher = self.matcher(query)
        for offer in self._offers():
            if score := matcher.match(offer.title):
                line = self._line(offer, matcher.highlight(offer.title))
                yield Hit(1.0 + score, line, offer.do, text=offer.title)
            elif query.casefold() in offer.help.casefold():
                yield Hit(1.0, self._line(offer, Content(offer.title)), offer.do, text=offer.title)

    def _offers(self) -> Iterator[Offer]:
        return iter(cast(Offering, self.app).offers())

    def _line(self, offer: Offer, title: Content) -> Content:
        """The title and, at the right, the keys, over what it does."""
        room = min(_WIDEST, self.screen.size.width) - _AROUND
        gap = max(2, room - title.cell_length - cell_len(offer.keys))
        return Content.assemble(
            title, " " * gap, (offer.keys, "$accent"), "\n", (offer.help, "$muted not bold")
        )
