"""The pane Embeddings: a model's vectors in two dimensions, at first and now, and their way there."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

from gptlab_tui.render.heat import label_of
from gptlab_tui.tui.dialogs import Ask
from gptlab_tui.tui.keys.embeddings import KEYS
from gptlab_tui.tui.panel import bindings
from gptlab_tui.tui.panes.embeddings.base import DETAILS, EmbeddingsBase
from gptlab_tui.tui.panes.embeddings.data import METHODS, OFS
from gptlab_tui.tui.panes.embeddings.panels import (
    PicturePanel,
    TellingPanel,
    motion_told,
    near_told,
    numbers_told,
)
from gptlab_tui.tui.widgets.plot import Plot

#: Columns from which on there is room for two.
TWO = 78
#: What is done with vectors.
_OF_ONE = ("cosines", "group", "mark", "find", "token", "move")


class EmbeddingsPane(EmbeddingsBase):
    """Two pictures side by side, their legend, and below what is told of them."""

    section = "embeddings"
    question = "Which model's vectors?"
    BINDINGS = [*bindings(KEYS)]
    SCOPED_CSS = False  # the screen's classes say how much room there is
    DEFAULT_CSS = """
    EmbeddingsPane { layout: vertical; }
    EmbeddingsPane #embeddings-pictures { height: 1fr; }
    EmbeddingsPane #embeddings-start, EmbeddingsPane #embeddings-now { width: 1fr; }
    EmbeddingsPane PicturePanel { padding: 0; }
    EmbeddingsPane .embeddings-message { height: auto; padding: 0 1; display: none; }
    EmbeddingsPane #embeddings-legend { height: auto; max-height: 2; padding: 0 1; }
    EmbeddingsPane #embeddings-told { height: 9; }
    EmbeddingsPane.-group #embeddings-told { height: 10; }
    EmbeddingsPane #embeddings-told Static { text-wrap: nowrap; text-overflow: ellipsis; }
    EmbeddingsPane #embeddings-near { width: 38; }
    EmbeddingsPane TellingPanel { display: none; }
    EmbeddingsPane.-numbers #embeddings-numbers, EmbeddingsPane.-motion #embeddings-motion,
    EmbeddingsPane.-near #embeddings-near { display: block; }
    EmbeddingsPane.-near #embeddings-near { width: 1fr; }
    EmbeddingsPane.-two #embeddings-near { display: block; width: 38; }
    EmbeddingsPane.-two.-near #embeddings-numbers { display: block; }
    Screen.-wide EmbeddingsPane TellingPanel { display: block; }
    Screen.-tall EmbeddingsPane #embeddings-told { height: 12; }
    Screen.-tiny EmbeddingsPane #embeddings-start { display: none; }
    Screen.-flat EmbeddingsPane #embeddings-told, Screen.-flat EmbeddingsPane #embeddings-legend {
        display: none;
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._started = False
        self.tell("numbers")

    def compose(self) -> ComposeResult:
        """Pictures above, words below."""
        with Horizontal(id="embeddings-pictures"):
            yield PicturePanel(self, first=True, title="At first", id="embeddings-start")
            yield PicturePanel(self, first=False, title="Embeddings", id="embeddings-now")
        yield Static(id="embeddings-legend")
        with Horizontal(id="embeddings-told"):
            yield TellingPanel(self, near_told, "cosines", title="Nearest", id="embeddings-near")
            yield TellingPanel(self, numbers_told, "numbers", title="Numbers", id="embeddings-numbers")
            yield TellingPanel(self, motion_told, "motion", title="Motion", id="embeddings-motion")

    # -- coming and going --------------------------------------------------------------------------

    def arrive(self) -> None:
        """Goes on where one was; the first time it asks for what was looked at last time."""
        if not self._started:
            self._started = True
            self.call_after_refresh(self._begin)
        elif self.reel is not None and not self.reel.moves and self._went_on():
            self._ask()

    def _went_on(self) -> bool:
        """Whether other panes have gone to another step of the run meanwhile; it is taken over."""
        step = self.bench.shared.step_of(self._run)
        if step is None or step == self._wanted:
            return False
        self._step = step
        return True

    def leave(self) -> None:
        """Remembers."""
        self._remember()

    def back(self) -> bool:
        """Stops what is settling, or leaves the steps, or the map: the first of them that is on."""
        if self.stop():
            return True
        if self.reel is not None and self.reel.moves:
            self.tell("numbers")
            self._go_still()
            return True
        if self.shows_cosines:
            self.action_cosines()
            return True
        return False

    def _begin(self) -> None:
        self.recall_way()
        self._method = self.kept_one_of("method", METHODS, "tsne")
        self.guess()
        self._ask()
        self.query_one("#embeddings-now-plot", Plot).focus()

    def _remember(self) -> None:
        if self._started and self._way is not None:
            self.keep(way=self.way, method=self._method)

    def on_resize(self) -> None:
        """More points may be hidden now, or fewer; there is room for one that tells, or for two."""
        self.set_class(self.size.width >= TWO, "-two")
        self.call_after_refresh(self._describe)

    # -- keys --------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No key for one of the vectors where there are none."""
        return action not in _OF_ONE or not self.has_none

    def on_plot_chosen(self, event: Plot.Chosen) -> None:
        """The mouse on a point."""
        self._go(event.place)

    def action_move(self, columns: int, rows: int) -> None:
        """The arrows: the next point in a direction, in the picture in focus or else the later one."""
        focused = self.app.focused
        plot = focused if isinstance(focused, Plot) else self.query_one("#embeddings-now-plot", Plot)
        place = plot.beside(columns, rows)
        if place is not None:
            self._go(place)

    def action_token(self, by: int) -> None:
        """The next token by its id, round and round."""
        if self.reel is not None and self.reel.vectors is not None:
            self._go((self.cursor + by) % len(self.reel.vectors.names))

    def action_find(self) -> None:
        """Asks for a token, and goes there."""
        vectors = self.reel.vectors if self.reel is not None else None
        if vectors is None:
            return

        def take(name: str | None) -> None:
            if not name:
                return
            labels = [label_of(one) for one in vectors.names]
            for names in (vectors.names, labels):
                if name in names:
                    self._go(names.index(name))
                    return
            self.app.notify(f"{name!r} is not among the {len(labels):,} that are drawn.", markup=False)

        self.app.push_screen(
            Ask("Which one?", hint="A token as it is written, or a position's number."), take
        )

    def _go(self, place: int) -> None:
        self.cursor = place
        self._point()

    def action_mark(self) -> None:
        """The token under the cursor stands out, or no more."""
        self._marked ^= {self.cursor}
        self.draw()

    def action_group(self) -> None:
        """Asks for tokens or positions that are to stand out."""

        def take(text: str | None) -> None:
            if text == "":
                self._forget_group()
                self.draw()
            elif text is not None:
                self._ask_group(text)

        example = "Positions such as 12-14 or 1,2,8" if self._of == "positions" else "Tokens such as aeiou"
        present = self.group.text if self.group is not None else ""
        self.app.push_screen(Ask("What is to stand out?", present, f"{example}; empty: nothing."), take)

    def action_method(self) -> None:
        """The other method."""
        self._method = "pca" if self._method == "tsne" else "tsne"
        self.ask_anew()

    def action_vectors(self) -> None:
        """The next kind of vectors."""
        self._of = OFS[(OFS.index(self._of) + 1) % len(OFS)]
        self.cursor = 0
        self._forget_group()
        self._marked.clear()
        self._ask()

    def model_chosen(self) -> None:
        """Its tokens may be others: nothing of before stands out."""
        self._forget_group()
        self._marked.clear()
        self._ask()

    def action_cosines(self) -> None:
        """The cosines of all pairs as a map, or the pictures."""
        self.shows_cosines = not self.shows_cosines
        self.draw()

    def action_stop(self) -> None:
        """Calls off what is on its way."""
        if not self.stop():
            self.app.notify("Nothing is on its way.")

    def action_details(self) -> None:
        """The numbers, what moved, or (where there is room for one) the nearest."""
        topics = DETAILS[: 2 if self.has_class("-two") else 3]
        at = topics.index(self._told) if self._told in topics else -1
        self.tell(topics[(at + 1) % len(topics)])
