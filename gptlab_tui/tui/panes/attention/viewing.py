"""The views of the pane Attention: which of them is at the front, and what it looks at."""

from __future__ import annotations

from textual.actions import parse
from textual.app import ComposeResult

from gptlab_tui.tui.keys.attention import KEYS
from gptlab_tui.tui.keys.attention_views import ACTS, VIEWS
from gptlab_tui.tui.panel import style_now
from gptlab_tui.tui.panes.attention.base import AttentionBase
from gptlab_tui.tui.panes.attention.data import Map
from gptlab_tui.tui.panes.attention.views.counts import CountsView
from gptlab_tui.tui.panes.attention.views.depth import DepthView
from gptlab_tui.tui.panes.attention.views.memory import MemoryView
from gptlab_tui.tui.panes.attention.views.reading import Reading
from gptlab_tui.tui.panes.attention.views.surprise import SurpriseView
from gptlab_tui.tui.panes.attention.views.view import View
from gptlab_tui.tui.widgets.headgrid import HeadGrid
from gptlab_tui.tui.widgets.heatmap import Heatmap
from gptlab_tui.tui.widgets.viewtabs import ViewTabs

_NAMES = tuple(name for name, _, _ in VIEWS)
#: What acts in every view; the pane's other actions are of its heads.
_EVERYWHERE = frozenset({"view", "text", "run", "follow", "drawing", "step"})
_OF_VIEWS = frozenset().union(*ACTS.values())


class AttentionViews(AttentionBase):
    """Heads first, and beside them what else there is to be seen in a sentence."""

    SCOPED_CSS = False
    DEFAULT_CSS = """
    AttentionPane #attention-heads-view { height: 1fr; }
    AttentionPane.-viewing #attention-heads-view { display: none; }
    /* Where lines are few, the views' line takes the place of the sentence's upper edge and title. */
    Screen.-low AttentionPane #attention-sentence { border-top: none; height: 2; }
    Screen.-low AttentionPane.-following #attention-sentence { border-top: round $border-blurred; height: 3; }
    Workbench.-ascii Screen.-low AttentionPane #attention-sentence { height: 3; }
    Screen.-flat AttentionPane ViewTabs { display: none; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.view_name = "heads"
        self._problem = ""

    def compose_tabs(self) -> ComposeResult:
        """The line of views."""
        yield ViewTabs(VIEWS)

    def compose_views(self) -> ComposeResult:
        """All views but the heads."""
        yield DepthView(id="attention-depth")
        yield SurpriseView(id="attention-surprise")
        yield CountsView(id="attention-counts")
        yield MemoryView(id="attention-memory")

    @property
    def view(self) -> View | None:
        """The view at the front; None where it is the heads."""
        return None if self.view_name == "heads" else self.query_one(f"#attention-{self.view_name}", View)

    @property
    def place(self) -> str:
        """The view; of the heads, whether it is their grid or a map."""
        at_map = self.view_name == "heads" and self.query_one(Heatmap).has_focus
        return "map" if at_map else self.view_name

    @property
    def reading(self) -> Reading | None:
        """The sentence as it was read last; None where none was."""
        if self.heads is None:
            return None
        return Reading(
            self._text, self.heads.run, self.heads.step, self._step is None, self.unknown, self.heads.off
        )

    def show_view(self, name: object) -> None:
        """Brings a view to the front; the heads where there is none of the name."""
        self.view_name = name if isinstance(name, str) and name in _NAMES else "heads"
        self.set_class(self.view_name != "heads", "-viewing")
        for view in self.query(View):
            view.set_class(view is self.view, "-shown")
        self.query_one(ViewTabs).current = self.view_name
        style_now(self)
        self.focus_view()
        self._look(again=True)
        self.refresh_bindings()
        self.call_after_refresh(self._describe)  # what came while it was hidden had no room

    def focus_view(self) -> None:
        """Where the keys of the view act."""
        if self.view is not None:
            self.view.canvas.focus()
        else:
            (self.query_one(Heatmap) if self.has_class("-map") else self.query_one(HeadGrid)).focus()

    def _look(self, *, again: bool = False) -> None:
        if self.view is not None:
            self.view.look(self.reading, self._problem, again=again)

    def draw(self) -> None:
        """The heads, and the view at the front."""
        super().draw()
        if self.view is not None:
            self.view.draw()

    def _take(self, found: Map) -> None:
        super()._take(found)
        self._problem = ""
        self._look()

    def show_nothing(self, reason: str) -> None:
        """The views say so too."""
        self._problem = reason
        super().show_nothing(reason)
        self._look()

    def back(self) -> bool:
        """Calls off what a view waits for; whether there was something."""
        return self.view is not None and self.view.stop()

    def run_renamed(self, old: str, new: str) -> None:
        """Here, and for what a text is held against."""
        for view in self.query(SurpriseView):
            view.run_renamed(old, new)
        super().run_renamed(old, new)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The heads' keys act among the heads, a view's in the view."""
        if action in _OF_VIEWS:
            return action in ACTS[self.view_name]
        if self.view_name != "heads" and any(parse(key.action)[1] == action for key in KEYS):
            return action in _EVERYWHERE
        return True

    def palette(self) -> list[tuple[str, str, str]]:
        """What can be done now."""
        offered = [key for key in self.keys_that_act(KEYS) if parse(key.action)[1] not in ("move", "link")]
        return [(f"Attention: {key.label}", key.help, key.action) for key in offered]

    # -- keys --------------------------------------------------------------------------------------

    def action_view(self, name: str) -> None:
        """A view's key."""
        if self.screen.maximized is not None:
            self.screen.minimize()
        self.keep(view=name)
        self.show_view(name)

    def on_view_tabs_picked(self, message: ViewTabs.Picked) -> None:
        """The mouse does what the keys do."""
        message.stop()
        self.action_view(message.name)

    def action_held_out(self) -> None:
        """The beginning of the text that was held out from the training."""
        if isinstance(self.view, SurpriseView):
            self.view.ask_for_held_out()

    def on_surprise_view_held_out(self, message: SurpriseView.HeldOut) -> None:
        """There it is."""
        message.stop()
        self.look_at(message.text)

    def action_told(self) -> None:
        """Something else of the same."""
        if isinstance(self.view, DepthView | SurpriseView):
            self.view.tell_next()

    def action_lens(self) -> None:
        """The other lens."""
        if isinstance(self.view, DepthView):
            self.view.change_lens()

    def action_versus(self) -> None:
        """Another model on the same text, or none."""
        if isinstance(self.view, SurpriseView):
            self.view.choose_against()

    def action_at_least(self, by: int) -> None:
        """Longer or shorter runs count as copied."""
        if isinstance(self.view, MemoryView):
            self.view.change_length(by)
