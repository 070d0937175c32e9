"""A panel: a framed part of a pane that can be focused, explained, printed, saved and zoomed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar, cast

from textual import events
from textual.actions import parse
from textual.binding import Binding
from textual.containers import Container, Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.worker import Worker, WorkerState

from gptlab_tui.errors import GPTLabError
from gptlab_tui.explain.explanation import Explanation
from gptlab_tui.model.head_names import Heads
from gptlab_tui.render.display import display
from gptlab_tui.render.fitting import joined
from gptlab_tui.tui.keys.key import Key
from gptlab_tui.tui.moment import Moment

if TYPE_CHECKING:
    from gptlab_tui.home import Home
    from gptlab_tui.tui.models import Models
    from gptlab_tui.tui.shared import Shared
    from gptlab_tui.tui.state import State
    from gptlab_tui.tui.terminal import Terminal

One = TypeVar("One", bound=str)


class Bench(Protocol):
    """What a pane may ask of the application that it stands in."""

    home: Home
    terminal: Terminal
    state: State
    wanted_run: str
    """The run that somebody asked to watch; Train takes it. Empty where nobody did."""

    @property
    def shared(self) -> Shared:
        """What the panes look at together."""

    @property
    def models(self) -> Models:
        """The model process."""

    @property
    def pane(self) -> Pane | None:
        """The pane at the front."""

    async def show(self, name: str) -> None:
        """Brings a pane to the front."""

    def remember(self, **changes: Any) -> None:
        """Changes the state that is kept for this home."""


def bindings(keys: tuple[Key, ...]) -> list[Binding]:
    """A section of the key table as Textual takes it; ids let a keymap change them."""
    return [
        Binding(key.keys, key.action, key.label, show=key.shown, tooltip=key.help, id=key.id) for key in keys
    ]


class _Title:
    """A title in a frame: plain text, never markup, and drawn again only where it says something new."""

    def __set_name__(self, owner: type[Widget], name: str) -> None:
        self._name = name

    def __set__(self, panel: Widget, title: str | Content | None) -> None:
        content = Content(title) if isinstance(title, str) else title
        key = f"_said_{self._name}"
        before: Content | None = getattr(panel, key, None)
        stays = before is content or (content is not None and before is not None and content.is_same(before))
        if not stays:  # == compares the text alone
            setattr(panel, key, content)
            Widget.__dict__[self._name].__set__(panel, content)

    def __get__(self, panel: Widget | None, owner: type[Widget] | None = None) -> str | None:
        content: Content | None = getattr(panel, f"_said_{self._name}", None)
        return None if content is None else content.plain


#: Characters of a text that is kept from one day to the next, at most.
_KEPT = 1 << 14
#: Cells of a frame's line that words cannot have.
_CORNERS = 6


class Panel(Vertical):
    """A frame with a title.

    What `y` prints, `Y` copies, `e` explains, `S` saves, `z` zooms and `g` jumps to.
    """

    DEFAULT_CSS = """
    Panel {
        border: round $border-blurred;
        border-title-color: $foreground;
        border-title-style: bold;
        border-subtitle-color: $muted;
        padding: 0 1;
        height: 1fr;
    }
    Panel:focus, Panel:focus-within { border: round $border; }
    """
    ALLOW_MAXIMIZE = True
    border_title = _Title()
    border_subtitle = _Title()

    def __init__(
        self,
        *children: Widget,
        title: str = "",
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(*children, id=id, classes=classes)
        self.border_title = title
        self._below: tuple[str, ...] = ()

    def tell_below(self, *parts: str) -> None:
        """Says in the lower frame as much as there is room for; the first part at least."""
        self._below = parts
        self.border_subtitle = joined(parts, self.outer_size.width - _CORNERS)

    def on_resize(self) -> None:
        """More room says more."""
        if self._below:
            self.tell_below(*self._below)

    def command(self) -> str | None:
        """The `gptlab …` command that prints the same thing without a screen, if there is one."""
        return None

    def plain(self) -> str | None:
        """What is copied of it; None is what stands on the screen inside its frame."""
        return None

    def explanation(self) -> Explanation | None:
        """What is shown, in a few lines; None where it speaks for itself."""
        return None


class InThreads(Widget):
    """Works in threads, and loses no error of theirs.

    It comes second among the bases of a class: Textual takes the style from the first.
    """

    def in_thread(self, body: Callable[[], None], group: str) -> Worker[None]:
        """Runs a body in a thread; a newer one of its group takes its place.

        What the body raises comes to `thread_failed`, unless a newer one has taken its place.
        """
        return self.run_worker(body, thread=True, group=group, exclusive=True, exit_on_error=False)

    def thread_failed(self, group: str, words: str) -> None:
        """A body has raised: tells it, in words that are safe to show.

        Whoever waits for a group overrides it, and waits no longer.
        """
        self.notify(words, severity="error", markup=False, timeout=8)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Only here does Textual tell of an error in a thread."""
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self.thread_failed(event.worker.group, words_of(event.worker.error))


def words_of(error: BaseException) -> str:
    """An error as a sentence that is safe to show; what nobody foresaw by its name."""
    if isinstance(error, GPTLabError):
        return display(f"{error.message} {error.hint}".strip())
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        return display(f"It could not be done: {place}{error.strerror or error}.")
    return display(f"GPTLab made a mistake: {error!r}.")


class Pane(Container, InThreads, can_focus=True):
    """One of the places that a digit goes to; it has the focus itself where nothing in it has."""

    DEFAULT_CSS = """
    Pane { height: 1fr; width: 1fr; }
    """
    #: What the key table, the help and the state call it.
    section: ClassVar[str] = ""
    sight: Moment | None = None
    """The step of a run that is looked at; None where the pane looks into no model, or into none yet."""

    @property
    def bench(self) -> Bench:
        """The application, as far as a pane may know it."""
        return cast(Bench, self.app)

    @property
    def place(self) -> str:
        """Where in the pane one is, as the table's hints call it; "" where the line of keys has none.

        A pane whose place changes while the focus stays has to `refresh_bindings()`.
        """
        return ""

    @property
    def kept(self) -> dict[str, Any]:
        """What this pane remembers of itself, from one day to the next."""
        kept = self.bench.state.layout.get(self.section, {})
        return kept if isinstance(kept, dict) else {}

    def kept_one_of(self, name: str, allowed: Iterable[One], default: One) -> One:
        """What it remembers under a name where that is one of these, whatever else the file has there."""
        value = self.kept.get(name)
        return next((one for one in allowed if one == value), default)

    def kept_number(self, name: str, default: int) -> int:
        """A whole number likewise."""
        value = self.kept.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else default

    def keep(self, **changes: Any) -> None:
        """Remembers more; in the place of a text that is too long for that, what was there before."""
        changes = {name: value for name, value in changes.items() if not _is_long(value)}
        self.bench.remember(layout={**self.bench.state.layout, self.section: {**self.kept, **changes}})

    async def hand_over(self, name: str, request: Message) -> None:
        """Brings another pane to the front and gives it something to do: a message that it knows."""
        await self.bench.show(name)
        if self.bench.pane is not None:
            self.bench.pane.post_message(request)

    def arrive(self) -> None:
        """Is called whenever the pane has come to the front; the place to start timers and to focus."""

    def leave(self) -> None:
        """Is called whenever another pane comes to the front; what only draws has to stop here."""

    def looks_at(self, run: str, step: int, *, chosen: bool = False) -> None:
        """Says what is looked at; with `chosen` somebody wants that, and the other panes go there too."""
        first, self.sight = self.sight is None, Moment(run, step)
        if first:
            self.refresh_bindings()  # there are steps to go to
        self.bench.shared.looked(self, chosen=chosen)

    def looks_nowhere(self) -> None:
        """Says that nothing is looked at, so that there is no step to go to."""
        self.sight = None
        self.refresh_bindings()
        self.bench.shared.draw()

    def to_step(self, step: int) -> None:
        """Shows a step of the run in `sight`, which may be the one that is shown.

        Whoever says what it looks at has its own. It only asks: keys that are held down come here often.
        """

    def to_heads(self, off: Heads) -> None:
        """Other heads of the run in `sight` are switched off, perhaps those that are already."""

    def run_renamed(self, old: str, new: str) -> None:
        """A run has another name; whoever knows it by the old one follows."""
        if self.sight is not None and self.sight.run == old:
            self.sight = Moment(new, self.sight.step)

    def on_key(self, event: events.Key) -> None:
        """A key of the pane's own that does nothing now says so and, where it is known, why."""
        if not event.is_printable:
            return
        changed = self.app._keymap
        own = (one for _, one in self._bindings if event.key in changed.get(one.id or "", one.key).split(","))
        found = next(own, None)
        if found is None or self.check_action(*parse(found.action)[1:]) is not False:
            return
        active = self.screen.active_bindings.get(event.key)
        if active is None or not active.enabled:
            why = self.why_not(found.action)
            self.notify(f"Not now{f', {why}' if why else ''}: {found.tooltip}", markup=False, timeout=4)

    def why_not(self, action: str) -> str:
        """Why an action that `check_action` refuses does nothing now, such as "it is in training"; or ""."""
        return ""

    def back(self) -> bool:
        """Leaves what is most at the front here: a search, a comparison; whether there was something."""
        return False

    def keys_that_act(self, keys: Iterable[Key]) -> list[Key]:
        """Those whose action does something now, as `check_action` says for dispatch and footer too."""
        return [key for key in keys if self.check_action(*parse(key.action)[1:])]

    def palette(self) -> list[tuple[str, str, str]]:
        """What can be done here now, for the palette: (title, help, Textual action)."""
        return []


def _is_long(value: object) -> bool:
    return isinstance(value, str) and len(value) > _KEPT


def panel_of(widget: Widget | None) -> Panel | None:
    """The panel that a widget lies in, itself included."""
    for node in widget.ancestors_with_self if widget is not None else ():
        if isinstance(node, Panel):
            return node
    return None


def style_now(widget: Widget) -> None:
    """Gives a widget and all in it the styles of their classes at once, not with the next refresh.

    What was hidden until now takes no focus before, and what is typed next belongs to it.
    """
    widget.app.stylesheet.update(widget)
