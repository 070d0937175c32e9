"""Where in the pane Generate one is, and which of its parts have room."""

from __future__ import annotations

from time import monotonic

from textual.widgets import TextArea

from gptlab_tui.tui.panes.generate.view import GenerateView

#: Cells of a text beside others, and lines with its frame.
_NARROWEST = 19
_LOWEST = 4
#: So long it is said that a key needs a model, in seconds.
_QUIET_S = 4.0
#: What the frame of the prompt says where the text begins with another.
CHANGED = "Prompt · changed; enter here writes it"


class GenerateRoom(GenerateView):
    """The pane as a frame: places, focus, sizes."""

    @property
    def place(self) -> str:
        """The list or the field in focus; on the text what is being done with it."""
        focused = self.app.focused
        if focused is not None and focused.id in ("prompt", "knobs", "next", "looked"):
            return focused.id
        if self.talk.is_writing:
            return "writing"
        return "comparing" if self.is_comparing else "text"

    def has_model(self) -> bool:
        """Whether a model has opened; where none has, it says why a key does nothing."""
        if not self.own and (now := monotonic()) >= self._quiet_until:
            self._quiet_until = now + _QUIET_S
            loads = "The model is still loading." if self.talk.opening.is_waiting else "No model is open."
            self.app.notify(f"{loads} This key needs one.", timeout=_QUIET_S)
        return bool(self.own)

    _quiet_until = 0.0
    """By the clock: a key that is held down says it once."""

    _told_place = ""

    def tell_place(self) -> None:
        """The line of keys is another where the place is; of the focus it knows by itself."""
        if self.place != self._told_place:
            self._told_place = self.place
            self.refresh_bindings()

    def hold_focus(self) -> None:
        """The pane itself has the focus: what is about to go would hand it to whatever comes next."""
        self.screen.set_focus(self, scroll_visible=False)

    # -- the prompt --------------------------------------------------------------------------------

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Another prompt than the text's says so until it is written with."""
        self.tell_prompt()

    def tell_prompt(self) -> None:
        """Whether the text begins with what stands in the prompt's field."""
        lane = self.lane
        changed = lane.story is not None and lane.prompt != self.prompt
        self.query_one("#prompt-panel").border_title = CHANGED if changed else "Prompt"

    def draw_text(self) -> None:
        """The texts, and what stands around them."""
        super().draw_text()
        self.tell_place()
        self.tell_prompt()

    # -- room --------------------------------------------------------------------------------------

    def on_resize(self) -> None:
        """Other panels may have room, or none; the texts say themselves that they have another size."""
        self.make_room()

    def on_rows_resized(self) -> None:
        """A list is wider or narrower than its rows."""
        self.draw_knobs()
        self.draw_next()

    def on_text_view_resized(self) -> None:
        """A text, and so what is told of it, has another width."""
        self.draw_text()

    def on_texts_resized(self) -> None:
        """The texts have another room than when they were arranged."""
        self.arrange_lanes()

    def arrange_lanes(self) -> None:
        """As many columns as there is room for."""
        texts = self.query_one("#texts")
        room = max(1, texts.size.width // _NARROWEST)
        columns = min(len(self.lanes), room) if self.is_comparing else 1
        texts.styles.grid_size_columns = columns
        texts.set_class(texts.size.height * columns < _LOWEST * len(self.lanes), "-one")
        self.shut_lanes()
        self.draw_next()
        self.call_after_refresh(self.draw_text)  # by then the lanes have their width

    def shut_lanes(self) -> None:
        """Where all would be too low to read, one is open; tab goes on to the others."""
        one = self.query_one("#texts").has_class("-one")
        for place, panel in enumerate(self.query("#texts .compared")):
            panel.set_class(one and place != self.chosen, "-shut")

    def make_room(self) -> None:
        """Where there is no room for all panels the one in focus is open; tab goes on to the others."""
        screen, right = self.screen, self.query_one("#right")
        is_small = screen.has_class("-tiny") or screen.has_class("-flat")
        is_aside = right.has_focus_within
        alone = is_small or (self.is_comparing and screen.has_class("-narrow"))
        self.set_class(alone, "-alone")
        self.query_one("#left").set_class(alone and is_aside, "-shut")
        right.set_class(alone and not is_aside, "-shut")
        knobs, looked = self.query_one("#knobs-panel"), self.query_one("#looked-panel")
        for panel in right.children:
            panel.set_class(is_small and not panel.has_focus_within, "-shut")
        if not is_small and screen.has_class("-low") and self.has_class("-looking"):
            knobs.set_class(not knobs.has_focus_within, "-shut")
            looked.set_class(knobs.has_focus_within, "-shut")
        self.tell_knobs()
