"""How one goes about in the pane Model: down the list, in and out of modules, to another token or head."""

from __future__ import annotations

from gptlab_tui.render.display import display
from gptlab_tui.tui.dialogs import Ask
from gptlab_tui.tui.panes.model.asking import ModelAsking
from gptlab_tui.tui.panes.model.listing import Listing
from gptlab_tui.tui.panes.model.tree import above

#: More than any list or text has.
_ALL = 1_000_000


class ModelMoving(ModelAsking):
    """The keys that move a cursor."""

    # -- the list ----------------------------------------------------------------------------------

    def on_listing_chosen(self, event: Listing.Chosen) -> None:
        """The mouse on a line."""
        self._go(event.place)

    def action_move(self, columns: int, rows: int) -> None:
        """The arrows: up and down the list; sideways in and out of modules, or from token to token."""
        if rows:
            self._go(self.cursor + rows, rows)
        elif self.view == "walk":
            self._token(columns)
        else:
            self._sideways(columns)

    def action_page(self, by: int) -> None:
        """A page of the list."""
        self._go(self.cursor + by * max(1, self.query_one(Listing).size.height - 1), by)

    def action_ends(self, by: int) -> None:
        """The ends of the list, or of the text."""
        if self.view == "walk":
            self._token(by * _ALL)
        else:
            self._go(by * _ALL, by)

    def _go(self, line: int, by: int = 1) -> None:
        """The cursor on a line; over a heading it goes on."""
        if self.view == "weights" and self.rows:
            path = self.rows[max(0, min(line, len(self.rows) - 1))].node.path
            if path != self.path:
                self.path = path
                self.point()
                self.ask_node()
        elif self.view == "walk" and self.steps is not None:
            rows = self.steps.rows
            line = max(0, min(line, len(rows) - 1))
            step = 1 if by > 0 or line == 0 else -1
            place = rows[line] if isinstance(rows[line], int) else rows[line + step]
            if isinstance(place, int) and self.steps.key(place) != self.step_key:
                self.step_key = self.steps.key(place)
                self.point()
                self.ask_walk(steps=False)

    def _sideways(self, by: int) -> None:
        """Folds, or to the module that it lies in; unfolds, or into it."""
        row = self.rows[self.cursor] if self.rows else None
        if row is None:
            return
        if row.is_open is not None and row.is_open == (by < 0):
            self.action_fold()
        elif by > 0:
            if row.is_open:
                self._go(self.cursor + 1)
        else:
            before = range(self.cursor - 1, -1, -1)
            self._go(next((at for at in before if self.rows[at].depth < row.depth), 0))

    def action_fold(self) -> None:
        """Folds the module under the cursor, or unfolds it."""
        row = self.rows[self.cursor] if self.rows else None
        if row is not None and row.is_open is not None:
            self.opened ^= {row.node.path}
            self.draw()

    def _token(self, by: int) -> None:
        if self.steps is not None and self.seen is not None:
            place = max(0, min(self.seen.position + by, len(self.steps.pieces) - 1))
            if place != self._position:
                self._position = place
                self.ask_walk(steps=False)

    def action_find(self) -> None:
        """Asks for a name, and goes to the next that holds it."""

        def take(text: str | None) -> None:
            if not text:
                return
            if self.view == "weights" and self.modules is not None:
                paths = [node.path for node in self.modules.root.walk()]
                at = paths.index(self.path) + 1 if self.path in paths else 0
                found = next((one for one in (*paths[at:], *paths[:at]) if text in one), None)
                if found is not None:
                    self._unfold(found)
                    return
            elif self.steps is not None:
                at = self.cursor + 1
                count = len(self.steps.rows)
                for line in ((at + one) % count for one in range(count)):
                    place = self.steps.rows[line]
                    if isinstance(place, int) and text in self.steps.steps[place].name:
                        self._go(line)
                        return
            self.app.notify(f"Nothing here is called {display(text)}.", markup=False)

        self.app.push_screen(Ask("Which one?", hint="A part of its name, such as c_proj or scores."), take)

    def _unfold(self, path: str) -> None:
        """The cursor on a node, all modules around it open."""
        if self.modules is not None:
            self.opened |= set(above(path, self.modules))
            self.path = path
            self.draw()
            self.ask_node()

    # -- layer and head ----------------------------------------------------------------------------

    def action_layer(self, by: int) -> None:
        """The same in another layer, round and round."""
        if self.view == "walk" and self.steps is not None:
            self._layer = (self._layer + by) % self.steps.n_layer
            self.ask_walk()
        elif self.view == "weights" and self.modules is not None:
            parts = self.path.split(".")
            if parts[0] == "h" and len(parts) > 1:
                parts[1] = str((int(parts[1]) + by) % self.modules.n_layer)
                self._unfold(".".join(parts))

    def action_head(self, by: int) -> None:
        """Another head of the walk, round and round."""
        if self.steps is not None:
            self._head = (self._head + by) % self.steps.n_head
            self.ask_walk(steps=False)
