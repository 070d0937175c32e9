"""The pane Model: its tree and any weight as a heat map, or a sentence walked through it step by step."""

from __future__ import annotations

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from gptlab_tui.render.display import display
from gptlab_tui.render.fitting import fit
from gptlab_tui.tui.dialogs import Choose
from gptlab_tui.tui.keys.model import KEYS
from gptlab_tui.tui.panel import Pane, bindings
from gptlab_tui.tui.panes.attention.follow import Reader, ReadText, Writer, Written
from gptlab_tui.tui.panes.looking import DEFAULT_TEXT
from gptlab_tui.tui.panes.model.listing import Listing
from gptlab_tui.tui.panes.model.moving import ModelMoving
from gptlab_tui.tui.panes.model.panels import ListPanel, MapPanel, SentencePanel, TellingPanel
from gptlab_tui.tui.panes.model.view import (
    View,
    histogram_told,
    numbers_told,
    past_told,
    row_told,
    words_told,
)
from gptlab_tui.tui.widgets.sentence import SentenceField

#: What can be told below the map of a weight, where there is no room for all.
DETAILS = ("numbers", "histogram", "past")
#: Lines with which there is room for one panel alone.
_SLIGHT = 8
#: Keys that only one of the views has.
_ONLY: dict[str, View] = {"head": "walk", "gradients": "weights", "fold": "weights", "details": "weights"}


class ModelPane(ModelMoving):
    """A list; beside it the map of what its cursor stands on, and what is told of it."""

    section = "model"
    question = "Which model is looked into?"
    BINDINGS = [*bindings(KEYS)]
    SCOPED_CSS = False  # the screen's classes say how much room there is
    DEFAULT_CSS = """
    ModelPane { layout: vertical; }
    ModelPane #model-sentence { height: 3; }
    ModelPane #model-middle { height: 1fr; }
    ModelPane #model-tree { width: 54%; max-width: 43; padding: 0; }
    ModelPane #model-map-panel { padding: 0; }
    ModelPane #model-message { padding: 0 1; }
    ModelPane.-walk #model-tree { width: 48%; max-width: 38; }
    ModelPane #model-right { width: 1fr; height: 1fr; }
    ModelPane #model-message { height: auto; display: none; }
    ModelPane #model-scale { height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    ModelPane #model-told { height: 9; }
    ModelPane TellingPanel { width: 1fr; }
    ModelPane TellingPanel Static { text-wrap: nowrap; text-overflow: ellipsis; }
    ModelPane #model-words { height: 5; }
    ModelPane #model-row { height: 6; }
    ModelPane #model-line { height: 1; padding: 0 1; color: $muted; }
    ModelPane #model-numbers, ModelPane #model-histogram, ModelPane #model-past { display: none; }
    ModelPane.-numbers #model-numbers, ModelPane.-histogram #model-histogram,
    ModelPane.-past #model-past { display: block; }
    ModelPane.-weights #model-sentence, ModelPane.-weights #model-words, ModelPane.-weights #model-row,
    ModelPane.-walk #model-told, ModelPane.-walk #model-line { display: none; }
    Screen.-wide ModelPane #model-tree { width: 52; max-width: 52; }
    Screen.-wide ModelPane.-walk #model-tree { width: 44; max-width: 44; }
    Screen.-wide ModelPane #model-numbers, Screen.-wide ModelPane #model-histogram,
    Screen.-wide ModelPane #model-past { display: block; }
    Screen.-tall ModelPane #model-told { height: 12; }
    Screen.-tall ModelPane #model-row { height: 2fr; }
    Screen.-tall ModelPane #model-map-panel { height: 3fr; }
    Screen.-tiny ModelPane #model-middle { layout: vertical; }
    Screen.-tiny ModelPane #model-tree, Screen.-tiny ModelPane.-walk #model-tree {
        width: 100%; max-width: 100%; height: 1fr;
    }
    Screen.-tiny ModelPane.-slight #model-right { display: none; }
    Screen.-flat ModelPane #model-sentence, Screen.-flat ModelPane #model-words,
    Screen.-flat ModelPane #model-told, Screen.-flat ModelPane #model-row,
    Screen.-flat ModelPane #model-line, Screen.-flat ModelPane #model-scale { display: none; }
    Screen.-flat ModelPane.-typing #model-sentence { display: block; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._started = False
        self._told = "numbers"
        self.add_class("-weights", "-numbers")

    def compose(self) -> ComposeResult:
        """The sentence, the list beside the map and what is told of it, words below."""
        yield SentencePanel(self, title="Sentence", id="model-sentence")
        with Horizontal(id="model-middle"):
            yield ListPanel(self, title="Model", id="model-tree")
            with Vertical(id="model-right"):
                yield MapPanel(self, title="Map", id="model-map-panel")
                with Horizontal(id="model-told"):
                    yield TellingPanel(self, numbers_told, "tensor", title="Numbers", id="model-numbers")
                    yield TellingPanel(
                        self, histogram_told, "tensor", title="Histogram", id="model-histogram"
                    )
                    yield TellingPanel(self, past_told, "past", title="Training", id="model-past")
                yield TellingPanel(self, row_told, "step", title="Numbers", id="model-row")
        yield TellingPanel(self, words_told, "step", title="Step", id="model-words")
        yield Static(id="model-line")

    # -- coming and going --------------------------------------------------------------------------

    def arrive(self) -> None:
        """Goes on where one was; the first time it shows what was looked at last time."""
        if not self._started:
            self._started = True
            self.call_after_refresh(self._begin)
            return
        self.query_one(Listing).focus()
        self.put_question()

    def leave(self) -> None:
        """Remembers."""
        self._remember()

    def on_resize(self) -> None:
        """Of two panels one above the other there has to be something to see."""
        self.set_class(self.size.height < _SLIGHT, "-slight")

    def back(self) -> bool:
        """Leaves the measuring of gradients."""
        if self.call_off("gradients"):
            self.measuring = ""
            self.describe()
            return True
        return False

    def _begin(self) -> None:
        kept = self.kept
        self.recall_way()
        if isinstance(kept.get("path"), str):
            self.path = kept["path"]
            parts = self.path.split(".")
            self.opened |= {".".join(parts[:end]) for end in range(1, len(parts))}
        key = kept.get("step")
        if isinstance(key, list) and len(key) == 2 and all(isinstance(one, str) for one in key):
            self.step_key = (key[0], key[1])
        if not self._text:  # else somebody has brought one along
            self._layer, self._head = self.kept_number("layer", 0), self.kept_number("head", 0)
            self._text = kept["text"] if isinstance(kept.get("text"), str) else DEFAULT_TEXT
            self.guess()
            self.query_one(SentenceField).text = self._text
            self._look("walk" if kept.get("view") == "walk" else "weights")
        self.query_one(Listing).focus()

    def _remember(self) -> None:
        if self._started and self._way is not None:
            self.keep(
                view=self.view,
                path=self.path,
                step=list(self.step_key),
                layer=self._layer,
                head=self._head,
                way=self.way,
                text=self._text,
            )

    def _look(self, view: View) -> None:
        """One of the two views; what it lacks is asked for."""
        self.view = view
        for one in ("weights", "walk"):
            self.set_class(one == view, f"-{one}")
        self.refresh_bindings()
        self.draw()
        self.call_after_refresh(self._ask_for_room)

    def _ask_for_room(self) -> None:
        """Once the view has its place, and it is known how much it holds."""
        if self.view in self.stale:
            self.ask_front()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Some keys belong to one of the views."""
        return _ONLY.get(action, self.view) == self.view

    # -- views and drawings ------------------------------------------------------------------------

    def action_view(self) -> None:
        """The other view."""
        self._look("walk" if self.view == "weights" else "weights")

    def action_details(self) -> None:
        """What is told below the map, where there is no room for all."""
        self._told = DETAILS[(DETAILS.index(self._told) + 1) % len(DETAILS)]
        for one in DETAILS:
            self.set_class(one == self._told, f"-{one}")

    def action_gradients(self) -> None:
        """Measures every tensor's own gradient at every snapshot, and shows them."""
        if self.modules is not None:
            while self._told != "past":
                self.action_details()
            self.ask_gradients()

    # -- texts and models --------------------------------------------------------------------------

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in the field."""
        event.stop()
        self.remove_class("-typing")
        self.query_one(Listing).focus()
        self.walk_text(self.query_one(SentenceField).text)

    def on_read_text(self, message: ReadText) -> None:
        """Somebody else has a text to walk."""
        self._take(Written(message.text, message.run, message.step), (message.layer, message.head))

    def action_text(self) -> None:
        """To the field."""
        self._look("walk")
        self.add_class("-typing")
        self.query_one(SentenceField).focus()

    def action_take(self) -> None:
        """Takes over the text of Generate or of Attention; where both have one, asks which."""
        found: dict[str, Written] = {}
        for pane in self.app.query(Pane):
            text = pane.written() if isinstance(pane, Writer) else None
            text = pane.last_read() if text is None and isinstance(pane, Reader) else text
            if text is not None:
                found[pane.section] = text
        if len(found) == 1:
            self._take(next(iter(found.values())))
        elif found:
            lines = [(name, f"{name.capitalize()}: {_shortly(one.text)}") for name, one in found.items()]
            self.app.push_screen(
                Choose("Which text?", lines), lambda name: self._take(found[name]) if name else None
            )
        else:
            self.app.notify("Generate and Attention have no text yet: 3 and 4 go there.")

    def _take(self, found: Written, head: tuple[int, int | None] | None = None) -> None:
        self.walk_text(found.text, found.run, found.step, head)
        self._look("walk")


def _shortly(text: str, most: int = 48) -> str:
    shown = display(text.replace("\n", " "))
    return fit(shown, most).rstrip() if cell_len(shown) > most else shown
