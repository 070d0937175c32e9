"""What the pane Generate shows: its parts, and how they are drawn from its state."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import wrap
from typing import Any

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static, TextArea

from gptlab_tui.explain.explanation import Explanation
from gptlab_tui.model.head_names import told
from gptlab_tui.render.display import display
from gptlab_tui.render.fitting import fit, joined
from gptlab_tui.tui.panel import Pane
from gptlab_tui.tui.panes.generate import explain
from gptlab_tui.tui.panes.generate.bars import funnel_line, legend, name_of, next_rows, whole_chart
from gptlab_tui.tui.panes.generate.command import command_of, comparison, sample_command
from gptlab_tui.tui.panes.generate.knobs import KNOBS, MAIN, Knob, shown
from gptlab_tui.tui.panes.generate.lane import Lane
from gptlab_tui.tui.panes.generate.looked import LookedPanel
from gptlab_tui.tui.panes.generate.parts import AskedPanel, PromptArea, Rows, TextPanel, Texts
from gptlab_tui.tui.panes.generate.story import Story
from gptlab_tui.tui.panes.generate.talk import Talk
from gptlab_tui.tui.panes.generate.text import LEGEND, TextView
from gptlab_tui.tui.panes.generate.words import progress, under
from gptlab_tui.tui.unknown import what_became_of
from gptlab_tui.tui.widgets.words import Words

#: Cells beside a knob's name for its value and its keys.
_WITH_KEYS = 13
#: Cells of a frame's line that words cannot have.
_CORNERS = 6
FIRST_PROMPT = "Era uma vez"


class GenerateView(Pane):
    """The pane without its keys and without what it hears."""

    section = "generate"
    SCOPED_CSS = False
    DEFAULT_CSS = Path(__file__).with_suffix(".tcss").read_text("utf-8")

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.main = Lane()
        self.lanes: list[Lane] = [self.main]
        self.chosen = 0
        """Which of the lanes keys act on."""
        self.own: dict[str, Any] = {}
        self.knobs: dict[str, Any] = {}
        self.model: tuple[str | None, int | None] = (None, None)
        self.second: tuple[str, int | None] | None = None
        self.vocab_size = 0
        self.compared: tuple[str, list[float]] = ("temperature", [0.5, 0.9, 1.0, 2.0])
        self._unknown = ("", "error")
        self.last_knob = "temperature"
        self.seen: dict[str, Any] | None = None
        self._talk: Talk | None = None

    def compose(self) -> ComposeResult:
        """The prompt over the text; the knobs over what may come next."""
        kept = self.kept.get("prompt")
        prompt = kept if isinstance(kept, str) else FIRST_PROMPT
        with Vertical(id="left"):
            with AskedPanel(
                title="Prompt", command=self._command, explain=self._explain_text, id="prompt-panel"
            ):
                yield PromptArea(prompt, id="prompt", show_line_numbers=False, highlight_cursor_line=False)
            with (
                Texts(id="texts"),
                TextPanel(
                    title="Text", command=self._command, explain=self._explain_text, id="main", classes="lane"
                ),
            ):
                yield TextView(id="text")
            yield Words(id="under")
        with Vertical(id="right"):
            with AskedPanel(
                title="Knobs", command=self._command, explain=self._explain_knobs, id="knobs-panel"
            ):
                yield Rows(id="knobs")
            yield LookedPanel(id="looked-panel")
            with AskedPanel(
                title="Next token", command=self._next_command, explain=self._explain_next, id="next-panel"
            ):
                yield Static(id="next-head")
                yield Rows(id="next")
                yield Words(id="chart")

    @property
    def talk(self) -> Talk:
        """The model process."""
        if self._talk is None:
            self._talk = Talk(self, self.bench.models, self.bench.shared.off_of)
        return self._talk

    # -- what is where -----------------------------------------------------------------------------

    @property
    def is_comparing(self) -> bool:
        """Whether texts stand side by side."""
        return self.lanes[0] is not self.main

    @property
    def views(self) -> list[TextView]:
        """The texts that are shown, in the order of the lanes."""
        return [view for view in self.query(TextView) if (view.id == "text") != self.is_comparing]

    @property
    def text_view(self) -> TextView:
        """The text that keys act on: the one that had the focus last."""
        views = self.views
        return views[min(self.chosen, len(views) - 1)]

    @property
    def lane(self) -> Lane:
        """The lane of that text."""
        return self.lanes[min(self.chosen, len(self.lanes) - 1)]

    def model_of(self, lane: Lane) -> dict[str, Any]:
        """Who is to write a lane, as the model process takes it."""
        run, step = lane.model or self.model
        return {"run": run, "step": step, "off": self.bench.shared.off_of(run)}

    @property
    def prompt(self) -> str:
        """What stands in the prompt's field."""
        return self.query_one("#prompt", TextArea).text

    @property
    def unknown(self) -> str:
        """What becomes of characters that the model lacks: what was chosen for this very prompt."""
        prompt, chosen = self._unknown
        return chosen if prompt == self.prompt else "error"

    @unknown.setter
    def unknown(self, chosen: str) -> None:
        self._unknown = (self.prompt, chosen)

    # -- drawing -----------------------------------------------------------------------------------

    def draw_text(self) -> None:
        """The texts, their titles, and what is under the cursor."""
        for view, lane in zip(self.views, self.lanes, strict=False):
            if view.story is not lane.story:
                view.story = lane.story
            view.update()
            panel = view.parent
            if isinstance(panel, AskedPanel):
                panel.border_title = Content(self._title(lane, panel.outer_size.width - _CORNERS))
                panel.border_subtitle = Content(self._subtitle(lane, view))
        self.query_one("#under", Words).say(self._under())

    def _title(self, lane: Lane, room: int) -> str:
        """Which text it is, what its prompt lost, which heads are off; in lanes as there is room."""
        model = lane.story.model if lane.story else self.model_of(lane)
        run, step, off = model["run"], model["step"], told(model["off"])
        title = lane.title or (f"Text · {run} step {step:,}" if run and step is not None else "Text")
        if lane.title and self.query_one("#texts").has_class("-one"):
            title += f" {self.lanes.index(lane) + 1}/{len(self.lanes)}"
        lost = what_became_of(lane.prompt, lane.story.prompt) if lane.story else ""
        parts = [part for part in (title, lost, off) if part]
        return joined(parts, room) if lane.title else " · ".join(parts)

    def _subtitle(self, lane: Lane, view: TextView) -> str:
        return progress(lane, short=view.size.width < 36)

    def _under(self) -> Content:
        """The token under the cursor; over it, where the text shows it, what its styles mean."""
        story = self.lane.story
        width = self.query_one("#under").content_size.width
        told = Content("") if story is None else under(story, self.bench.terminal.glyphs, width)
        return Content("\n").join([LEGEND, told]) if self.has_class("-surprise") else told

    def draw_knobs(self) -> None:
        """The rows of the knobs; a `*` marks those that differ from the run's own."""
        room = self.query_one("#knobs").scrollable_content_region.width
        rows = [self._row_of(knob, room) for knob in KNOBS]
        place = next(place for place, knob in enumerate(KNOBS) if knob.name == self.last_knob)
        self.query_one("#knobs", Rows).show_rows(rows, place)
        self.tell_knobs()

    def tell_knobs(self) -> None:
        """In the prompt's frame: the knobs that are turned, and while their panel is shut the main ones."""
        values = {knob.name: shown(knob, self.knobs[knob.name]) for knob in KNOBS if knob.name in self.knobs}
        main: Mapping[str, str] = {}
        if values and self.query("#right.-shut, #knobs-panel.-shut"):
            main = {name: MAIN[name] for name in MAIN if name not in self.lane.override}
        said = [" ".join(f"{short} {values[name]}" for name, short in main.items())] if main else []
        turned = [knob for knob in KNOBS if self._mark(knob) == "*" and knob.name not in main]
        said += [f"{knob.title} {values[knob.name]}" for knob in turned]
        self.query_one("#prompt-panel").border_subtitle = Content(display(", ".join(said)))

    def _row_of(self, knob: Knob, room: int) -> Content:
        """Name, value and keys of a knob in so many cells; of the chain as many lines as it takes."""
        name = min(14, max(4, room - 10)) if knob.step else min(6, room // 3)
        width = max(9, room - name - 1)
        value = self.knobs.get(knob.name)
        text = shown(knob, value) if value is not None else ""
        if knob.step:
            text = f"{text:>8}" + (f"  {knob.keys}" if width >= _WITH_KEYS else "")
        lines = wrap(text, width) if knob.name == "chain" and text else [display(text)]
        if len(lines[0]) > width:
            lines = [lines[0][: width - 1] + "~"]
        head = ((self._mark(knob), "bold $accent"), fit(knob.title, name))
        return Content.assemble(*head, f"\n{'':{name + 1}}".join(lines))

    def _mark(self, knob: Knob) -> str:
        """Whether a knob differs from the run's own."""
        return "*" if knob.name in self.own and self.knobs.get(knob.name) != self.own[knob.name] else " "

    def draw_next(self) -> None:
        """The distribution after the cursor."""
        prediction, glyphs = self.seen, self.bench.terminal.glyphs
        panel = self.query_one("#next-panel", AskedPanel)
        head, rows = self.query_one("#next-head", Static), self.query_one("#next", Rows)
        if prediction is None:
            head.update(Content(self.lane.state or "…"))
            return
        arrow = "->" if glyphs == "ascii" else "→"
        drawn = next((one for one in prediction["tokens"] if one["id"] == prediction["drawn"]), None)
        luck = f"luck {prediction['luck']:.3f} draws " + (
            name_of(drawn["piece"], glyphs) if drawn else "nothing"
        )
        head.update(
            Content("\n").join(
                [
                    Content(
                        f"entropy {prediction['entropy_raw']:.2f} {arrow} {prediction['entropy']:.2f} bits"
                    ),
                    funnel_line(prediction, glyphs),
                    Content.assemble(("* ", "bold $accent"), luck),
                ]
            )
        )
        whole = self.has_class("-whole")
        panel.border_subtitle = Content("by id, above 1% labelled" if whole else legend(glyphs))
        following = self.lane.story.following if self.lane.story else None
        if whole:
            self._draw_chart(prediction)
        else:
            width = max(8, rows.outer_size.width - 1)  # a scrollbar may come
            taken = following.id if following else None
            rows.show_rows(next_rows(prediction, taken, width, glyphs, self.knobs.get("ban", ())))

    def _draw_chart(self, prediction: dict[str, Any]) -> None:
        chart = self.query_one("#chart", Words)
        if "all_raw" in prediction and chart.size.area:
            from gptlab_tui.serving.protocol import unpack_array

            raw, after = (unpack_array(prediction[name]).tolist() for name in ("all_raw", "all_after"))
            for one in prediction["tokens"]:  # all of them came in half precision
                raw[one["id"]], after[one["id"]] = one["raw"], one["probability"]
            named = {int(token): piece for token, piece in prediction["named"].items()}
            size = (chart.size.width, chart.size.height)
            lines = whole_chart(raw, after, named, size, self.bench.terminal.glyphs)
            chart.say(Content("\n".join(lines)))

    # -- what panels say ---------------------------------------------------------------------------

    def _command(self) -> str | None:
        lane = self.lane
        if lane.story is None:
            return None
        if self.is_comparing and self.second is None:
            return sample_command(
                lane.prompt, lane.story.run, lane.story.step, self.main.knobs(self.knobs), self.own,
                compare=comparison(*self.compared), unknown=self.unknown, off=lane.story.eyes.off,
            )  # fmt: skip
        return self.command_for(lane)

    def command_for(self, lane: Lane) -> str:
        """The command that writes the last part of a lane's text; "" where it has none."""
        if lane.story is None:
            return ""
        return command_of(lane.story, lane.knobs(self.knobs), self._own_of(lane.story), self.unknown)

    def _own_of(self, story: Story) -> dict[str, Any]:
        """The knobs of the run that wrote it; none of another than the pane's, so that all are named."""
        return self.own if story.run == self.model[0] else {}

    def _next_command(self) -> str | None:
        story = self.lane.story
        if story is None:
            return None
        prompt = story.up_to(story.cursor + 1)
        knobs = {**self.lane.knobs(self.knobs), "max_tokens": 1}
        return (
            sample_command(prompt, story.run, story.step, knobs, self._own_of(story), off=story.eyes.off)
            + " --json --alternatives 20"
        )

    def _explain_text(self) -> Explanation | None:
        lane = self.lane
        return explain.text(lane.story, display(lane.title)) if lane.story is not None else None

    def _explain_knobs(self) -> Explanation | None:
        return explain.knobs(self.knobs, self.own) if self.knobs else None

    def _explain_next(self) -> Explanation | None:
        return explain.next_token(self.seen) if self.seen is not None else None
