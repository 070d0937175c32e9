"""What the pane Model knows, and how it is shown: a list, and beside it what its cursor stands on."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

from rich.text import Text
from textual.widgets import Static

from gptlab_tui.explain import weights as of_weights
from gptlab_tui.explain.explanation import Explanation
from gptlab_tui.model.head_names import told
from gptlab_tui.render.cells_text import text_of
from gptlab_tui.render.display import display
from gptlab_tui.render.fitting import fold
from gptlab_tui.render.heat import Cell, plain
from gptlab_tui.render.matrix_map import Drawn, room_for, scale
from gptlab_tui.render.units import about as in_short
from gptlab_tui.tui.panes.looking import ReadingPane
from gptlab_tui.tui.panes.model import explain, tree, walk_told, walked, weights_told
from gptlab_tui.tui.panes.model.drawing import Drawing
from gptlab_tui.tui.panes.model.listing import Listed, Listing
from gptlab_tui.tui.panes.model.panels import (
    ListPanel,
    MapPanel,
    SentencePanel,
    TellingPanel,
    Told,
    Topic,
)
from gptlab_tui.tui.panes.model.tree import Node, Row, Tree, rows_of
from gptlab_tui.tui.panes.model.walked import Seen, Steps
from gptlab_tui.tui.panes.model.weighed import Past, Units, Weight
from gptlab_tui.tui.panes.model.weights_told import About
from gptlab_tui.tui.unknown import named
from gptlab_tui.tui.widgets.sentence import SentenceField

View = Literal["weights", "walk"]
#: Where a walk begins that nobody has been on yet.
FIRST_STEP = ("wte", "token embedding")
#: Columns of the map from which on it is said what its places stand for.
_ROOM_FOR_FACTORS = 52


class ModelView(ReadingPane):
    """The weights of a model, or a sentence's walk through them."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.view: View = "weights"
        self.modules: Tree | None = None
        self.rows: tuple[Row, ...] = ()
        """Of the tree, those in sight."""
        self.opened: set[str] = {"transformer", "h", "h.0", "h.0.attn", "h.0.mlp"}
        """Paths of the modules that are unfolded."""
        self.path = "wte.weight"
        """Of the module or tensor under the cursor."""
        self.node: Node | None = None
        """The one that is shown on the right: the cursor is ahead of it while numbers are on their way."""
        self.weight: Weight | None = None
        self.past: Past | None = None
        self.units: tuple[Units, ...] | str | None = None
        self.steps: Steps | None = None
        self.seen: Seen | None = None
        self.step_key = FIRST_STEP
        """Of the step under the cursor: where it is, in any layer, and its name."""
        self._listed: Listed | None = None
        self._factors = (1, 1)
        self.measuring = ""
        """How far the gradients are, while they are measured."""

    # -- what is there -----------------------------------------------------------------------------

    @property
    def about(self) -> About | None:
        """What is known of the module or tensor that is shown."""
        if self.modules is None or self.node is None:
            return None
        weight = self.weight if self.weight is not None and self.weight.name == self.node.tensor else None
        return About(self.modules, self.node, weight, self.past, self.units)

    @property
    def cursor(self) -> int:
        """The line of the list that the cursor stands on."""
        if self.view == "weights":
            return next((at for at, row in enumerate(self.rows) if row.node.path == self.path), 0)
        return self.steps.rows.index(self.steps.find(self.step_key)) if self.steps is not None else 0

    def room(self) -> tuple[int, int]:
        """Rows and columns of a map that can be told apart in its panel."""
        width, height = self.query_one(Drawing).size
        labels = (
            walk_told.labels_of(self.steps, self.way) if self.view == "walk" and self.steps else ["99999"]
        )
        return room_for(labels, width, height)

    def command(self) -> str | None:
        """The command that prints what is shown."""
        about = self.about
        if self.view == "walk":
            return explain.walk_command(self._text, self.steps, self.seen, self._step, self.unknown, self.way)
        if about is None:
            return None
        measured = self.past is not None and bool(self.past.gradients)
        return explain.weights_command(about, self._step, measured, self.way)

    def explanation(self, topic: Topic) -> Explanation | None:
        """Formula and numbers of what the cursor stands on."""
        if self.view == "walk":
            if self.steps is None or self.seen is None:
                return None
            return explain.of_walk(self.steps, self.seen, self.way)
        about = self.about
        if about is None:
            return None
        return explain.of_past(about) if topic == "past" else explain.of_weights(about)

    # -- showing -----------------------------------------------------------------------------------

    def draw(self) -> None:
        """All of it, where the list is another one."""
        self._listed = None
        if self.view == "weights" and self.modules is not None:
            self.rows = rows_of(self.modules, self.opened)
            drawn = partial(tree.lines, self.rows, self.modules, self.way)
            self._listed = Listed(drawn, frozenset(), len(self.rows))
        elif self.view == "walk" and self.steps is not None:
            listed = partial(walked.lines, self.steps)
            self._listed = Listed(listed, self.steps.headings, len(self.steps.rows))
        self.point()
        self.draw_right()

    def point(self) -> None:
        """The cursor of the list."""
        self.query_one(Listing).show(self._listed, self.cursor if self._listed is not None else 0)

    def draw_right(self) -> None:
        """What is shown of the place under the cursor."""
        draw = self._picture()

        def cells(width: int, height: int) -> list[list[Cell]]:
            drawn = draw(width, height) if draw is not None else Drawn([], 1, 1)
            self._factors = drawn.high, drawn.wide
            return drawn.rows

        self.query_one(Drawing).show(cells)
        self.describe()

    def _picture(self) -> Callable[[int, int], Drawn] | None:
        if self.view == "weights":
            about = self.about
            return None if about is None else partial(weights_told.picture, about, self.way)
        if self.steps is None or self.seen is None:
            return None
        return partial(walk_told.picture, self.steps, self.seen, self.way)

    def describe(self) -> None:
        """Titles, words and numbers."""
        self._describe_list()
        self._describe_map()
        for panel in self.query(TellingPanel):
            panel.describe()
        self.query_one("#model-line", Static).update(Text(self._line(), no_wrap=True, overflow="ellipsis"))

    def _describe_list(self) -> None:
        panel = self.query_one(ListPanel)
        if self.view == "walk":
            steps = self.steps
            panel.border_title = "Walk" if steps is None else f"Walk: layer {steps.layer} of {steps.n_layer}"
            panel.border_subtitle = "" if steps is None else f"{len(steps.steps)} steps"
            self.query_one(SentencePanel).border_subtitle = "" if steps is None else self._read(steps)
            self.query_one(SentenceField).from_end = steps is not None and steps.dropped > 0
            return
        found = self.modules
        panel.border_title = "Model" if found is None else f"{display(found.run)}, step {found.step:,}"
        panel.border_subtitle = "" if found is None else f"{found.parameters:,} parameters"

    def _read(self, steps: Steps) -> str:
        parts = [f"{steps.run}, step {steps.step:,} - {len(steps.pieces)} tokens"]
        if steps.off:
            parts.append(told(steps.off))
        if steps.lacking:
            parts.append(f"{named(steps.lacking)} {'left out' if self.unknown == 'skip' else 'replaced'}")
        if steps.dropped:
            parts.append(f"the {steps.dropped:,} before left out")
        return display(", ".join(parts))

    def _describe_map(self) -> None:
        panel, drawing = self.query_one(MapPanel), self.query_one(Drawing)
        bottom = self.query_one("#model-scale", Static)
        found: Weight | Seen | None = None
        if self.view == "weights":
            about = self.about
            found = None if about is None else about.weight
            title = "Map" if about is None else about.node.path or "Parameters by part"
            shape = "x".join(map(str, found.shape)) if found is not None else ""
        else:
            found = self.seen if self.seen is not None and self.seen.map is not None else None
            step = (
                self.steps.steps[self.seen.place]
                if self.steps is not None and self.seen is not None
                else None
            )
            title = "Map" if step is None else step.name
            shape = "x".join(map(str, step.shape)) if step is not None and step.axes else ""
        panel.border_title = f"{title}  {shape}".strip()
        panel.border_subtitle = ""
        if found is None or not drawing.rows or found.map is None or len(found.map) == 1:
            bottom.update("")  # its line stays, so that nothing jumps
            return
        high, wide = found.high * self._factors[0], found.wide * self._factors[1]
        bottom.update(text_of([*plain(" "), *scale(found.limit, self.way, signed=found.signed)]))
        if high * wide > 1:
            words = (
                "each place the furthest from 0 of"
                if drawing.size.width >= _ROOM_FOR_FACTORS
                else "furthest of"
            )
            panel.border_subtitle = f"{words} {high} x {wide}"

    def _line(self) -> str:
        """In one sentence what it is."""
        return of_weights.sentence(self.node.path) if self.node is not None else ""


# -- what the panels tell ----------------------------------------------------------------------------


def words_told(pane: ModelView, width: int, height: int) -> Told:
    """What the step is, its formula and shape."""
    if pane.steps is None or pane.seen is None:
        return Told([], "Step")
    step = pane.steps.steps[pane.seen.place]
    count = len(pane.steps.steps)
    return Told(
        walk_told.word_lines(step, width)[:height],
        f"Step {pane.seen.place + 1} of {count}: {f'{step.where} {step.name}'.strip()}",
    )


def row_told(pane: ModelView, width: int, height: int) -> Told:
    """The numbers of the chosen token."""
    if pane.steps is None or pane.seen is None or height < 1:
        return Told([], "Numbers")
    lines = walk_told.row_lines(pane.steps, pane.seen, pane.way, width, height)
    other = (
        "scaled, and not" if pane.steps.steps[pane.seen.place].name == "weights" else "not scaled, and scaled"
    )
    return Told(lines, walk_told.which(pane.steps, pane.seen, pane.way), other if pane.seen.other else "")


def numbers_told(pane: ModelView, width: int, height: int) -> Told:
    """Statistics of a tensor, or what a module is."""
    about = pane.about
    if about is None or width < 10:
        return Told([], "Numbers")
    return Told(weights_told.number_lines(about, width)[:height], "Numbers")


def histogram_told(pane: ModelView, width: int, height: int) -> Told:
    """How many of the numbers lie where."""
    about = pane.about
    if about is None:
        return Told([], "Histogram")
    if about.weight is None:
        if about.layer is None or not about.is_of_units:
            return Told(fold("Modules have no numbers of their own.", max(8, width)), "Histogram")
        return Told(
            weights_told.unit_skyline(about, pane.way, width, height), "Units", "how often on, by rank"
        )
    lines = weights_told.histogram_lines(about.weight, pane.way, width, height)
    return Told(
        lines,
        "Histogram",
        f"most {in_short(max(about.weight.counts))} of {in_short(about.weight.about.count)}",
    )


def past_told(pane: ModelView, width: int, height: int) -> Told:
    """Norms over the training."""
    about = pane.about
    if about is None:
        return Told([], "Training")
    return Told(weights_told.past_lines(about, pane.way, width)[:height], "Training", pane.measuring)
