"""The view Depth: for every token what each layer would say next."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from textual.app import ComposeResult
from textual.containers import Vertical

from gptlab_tui.explain.explanation import Explanation
from gptlab_tui.render.cells_text import text_of
from gptlab_tui.render.depth_table import Shown
from gptlab_tui.render.display import display
from gptlab_tui.render.grid import grid
from gptlab_tui.render.heat import legend
from gptlab_tui.render.places import Drawing
from gptlab_tui.serving import protocol
from gptlab_tui.tui.panes.attention.views import depth_words as words
from gptlab_tui.tui.panes.attention.views.depth_words import SHOWN, Depths
from gptlab_tui.tui.panes.attention.views.view import CanvasPanel, Told, ToldPanel, View

#: What a cell of the table is.
_CELLS: dict[Shown, str] = {
    "best": "what it would say",
    "rank": "rank of what follows",
    "probability": "p of what follows",
}
#: Columns of an entry where there is room.
WIDEST = 4


class DepthView(View):
    """A table, a line for each depth and a column for each token; beside it the cell under the cursor."""

    asks = "lens"
    SCOPED_CSS = False
    DEFAULT_CSS = """
    DepthView { layout: vertical; }
    DepthView #depth-side { height: 8; layout: horizontal; }
    DepthView #depth-side ToldPanel { width: 1fr; height: 1fr; }
    DepthView #depth-means { display: none; }
    Screen.-wide DepthView { layout: horizontal; }
    Screen.-wide DepthView #depth-side { width: 38; height: 1fr; layout: vertical; }
    Screen.-wide DepthView #depth-means { display: block; }
    Screen.-tall DepthView #depth-side { height: 14; }
    Screen.-wide.-tall DepthView #depth-side { height: 1fr; }
    Screen.-tiny DepthView #depth-layers { display: none; }
    Screen.-flat DepthView #depth-side { display: none; }
    """

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.found: Depths | None = None
        """What was seen; None where nothing was yet."""
        self.shown: Shown = "best"
        self.is_linear = False
        """Whether it is looked through the trained lens."""
        self._at = (0, 0)
        """Depth and place of the cursor; a depth from the end."""

    def compose(self) -> ComposeResult:
        """The table, and what is told of it."""
        yield CanvasPanel(self, title="Depth", id="depth-table")
        with Vertical(id="depth-side"):
            yield self._telling(words.cell_told, "Cell", "depth-cell")
            yield self._telling(words.layers_told, "By depth", "depth-layers")
            yield ToldPanel(self, self._means, title="Over the text", id="depth-means")

    def _telling(self, tells: Callable[..., Told], title: str, id: str) -> ToldPanel:
        def told(width: int, height: int) -> Told:
            if self.found is None or not self.is_there:
                return Told(title, [])
            return tells(self.found, *self.cell, self.way, width, height)

        return ToldPanel(self, told, title=title, id=id)

    def _means(self, width: int, height: int) -> Told:
        if self.found is None or not self.is_there:
            return Told("Over the text", [])
        return words.means_told(self.found, self.way, width, height)

    # -- the answer --------------------------------------------------------------------------------

    def options(self) -> dict[str, Any]:
        """Which lens."""
        return {"linear": self.is_linear}

    def take(self, answer: protocol.Message) -> None:
        """Another table; the cursor stays on its token and its depth where it can."""
        before, self.found = self.found, words.depths_of(answer)
        depth, place = self._at
        if before is None:
            place = max(0, self.found.last - 1)  # what really follows is known there
        self._at = (min(depth, len(self.found.names) - 1), min(place, self.found.last))

    def stop(self) -> bool:
        """Back to the logit lens where a lens was being trained."""
        stopped = super().stop()
        if stopped and self.is_linear and (self.found is None or self.found.training is None):
            self.is_linear = False
            if self.reading is not None:
                self.call_later(self.look, self.reading, again=True)
        return stopped

    def fail(self, words: str) -> None:
        """Without the run's text no lens can be trained: the logit lens needs none."""
        if self.is_linear and self.reading is not None:
            self.is_linear = False
            self.app.notify(display(words), severity="warning", markup=False, timeout=8)
            self.look(self.reading, again=True)
        else:
            super().fail(words)

    @property
    def cell(self) -> tuple[int, int]:
        """Depth and place under the cursor."""
        assert self.found is not None
        return len(self.found.names) - 1 - self._at[0], self._at[1]

    # -- showing -----------------------------------------------------------------------------------

    def draw(self) -> None:
        """The table as it is drawn now."""
        panel, found = self.query_one(CanvasPanel), self.found
        if found is None or not self.is_there:
            self.canvas.show(None)
        else:
            names, columns = words.table(found, self.shown, self.way)
            self.canvas.place = self._number()
            self.canvas.show(partial(_drawn, names, columns, self.way))
            lens = "logit lens" if found.training is None else "linear lens"
            panel.border_title = f"Depth: {lens}, {_CELLS[self.shown]}"
            gone = f" · the first {found.dropped:,} tokens left out" if found.dropped else ""
            foot = text_of(legend(self.way, "linear")[: -len(" linear · hidden")])
            panel.foot(foot.append(f" probability{gone}"))
        self.describe()

    def _number(self) -> int:
        """The part of the drawing that the cursor is on."""
        assert self.found is not None
        depth, place = self.cell
        return place * (len(self.found.names) + 2) + 1 + depth

    def moved(self) -> None:
        """The mouse, on a cell or on a token above or below."""
        if self.found is not None:
            place, line = divmod(self.canvas.place, len(self.found.names) + 2)
            self._go(max(0, min(line - 1, len(self.found.names) - 1)), place)

    def action_move(self, columns: int, rows: int) -> None:
        """The arrows: another token, another depth."""
        if self.found is not None and self.is_there:
            depth, place = self.cell
            depth = max(0, min(depth + rows, len(self.found.names) - 1))
            self._go(depth, max(0, min(place + columns, self.found.last)))

    def _go(self, depth: int, place: int) -> None:
        assert self.found is not None
        self._at = (len(self.found.names) - 1 - depth, place)
        self.canvas.go(self._number())
        self.describe()

    def action_link(self, by: int) -> None:
        """To the next token, or the one before, after which the model expects another than what follows."""
        found = self.found
        if found is None or not self.is_there:
            return
        depth, place = self.cell
        wrong = [at for at in range(found.last) if found.next_rank[-1, at] > 1]
        order = [at for at in wrong if at > place] if by > 0 else [at for at in wrong[::-1] if at < place]
        if order or wrong:
            self._go(depth, order[0] if order else wrong[0 if by > 0 else -1])

    def tell_next(self) -> None:
        """Best, rank, probability."""
        self.shown = SHOWN[(SHOWN.index(self.shown) + 1) % len(SHOWN)]
        self.draw()

    def change_lens(self) -> None:
        """The logit lens or the trained one, of which nothing was trained yet the first time."""
        self.is_linear = not self.is_linear
        if self.reading is not None:
            self.look(self.reading)

    # -- what the panels say -----------------------------------------------------------------------

    def command(self) -> str | None:
        """The table on the command line."""
        if self.reading is None:
            return None
        is_linear = self.is_linear  # a lens that is trained for it is not what is shown yet
        if self.found is not None and self.is_there:
            is_linear = self.found.training is not None
        options = ["--linear"] if is_linear else []
        options += ["--show", self.shown] if self.shown != "best" else []
        options += ["--ascii"] if self.way == "ascii" else []
        return self.reading.words("lens", *options)

    def explanation(self) -> Explanation | None:
        """Formula and numbers of the cell."""
        if self.found is None or self.reading is None or not self.is_there:
            return None
        return words.explain(self.found, self.reading, *self.cell, self.way)


def _drawn(names: list[str], columns: list[Any], way: Any, width: int) -> Drawing:
    return grid(names, columns, width, way, WIDEST)
