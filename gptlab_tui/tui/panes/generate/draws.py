"""Many draws from the next token's distribution under the present knobs, or from one that is typed."""

from __future__ import annotations

from typing import Any, cast

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.widgets import Static

from gptlab_tui.errors import GPTLabError
from gptlab_tui.explain.explanation import Explanation
from gptlab_tui.render.cells_text import text_of
from gptlab_tui.render.display import display
from gptlab_tui.tui.dialogs import Ask
from gptlab_tui.tui.models import ModelAnswer
from gptlab_tui.tui.panel import Bench, Panel
from gptlab_tui.tui.panes.generate import draws_words as words
from gptlab_tui.tui.panes.generate.draws_words import Wanted
from gptlab_tui.tui.question import Question
from gptlab_tui.tui.screen import Dialog
from gptlab_tui.tui.widgets.ways import ways_of

#: How many draws a key makes.
COUNTS = (100, 1_000, 5_000)
#: Outcomes that are asked for; what has no room is left out.
BEST = 24


class DrawsPanel(Panel, can_focus=True):
    """A line for each temperature above their histograms."""

    def __init__(self) -> None:
        super().__init__(title="Draws", id="draws-panel")

    def compose(self) -> ComposeResult:
        """The lines, the bars, the keys."""
        yield Static(id="draws-table")
        with VerticalScroll(can_focus=False):
            yield Static(id="draws-bars")
        yield Static(id="draws-keys")

    @property
    def draws(self) -> DrawsScreen:
        """The screen that it lies on."""
        return cast("DrawsScreen", self.screen)

    def command(self) -> str | None:
        """The command that prints the same."""
        return self.draws.wanted.command(self.draws.count, self.draws.seed)

    def explanation(self) -> Explanation | None:
        """Formula and numbers of the temperature that is marked."""
        return self.draws.explanation()

    def on_resize(self) -> None:
        """Histograms as wide as there is room for."""
        self.draws.draw()


class DrawsScreen(Dialog[None]):
    """Draws, and shows beside every count what was to be expected."""

    DEFAULT_CSS = """
    DrawsScreen { align: center middle; }
    DrawsScreen #draws-panel { width: 96%; height: 96%; background: $surface; }
    DrawsScreen #draws-table { height: auto; padding: 0 0 1 0; }
    DrawsScreen #draws-table, DrawsScreen #draws-bars, DrawsScreen #draws-keys {
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    DrawsScreen #draws-keys { height: 1; color: $muted; }
    """
    BINDINGS = [
        Binding("escape,q,number_sign", "close", "Close"),
        *(Binding(str(at), f"count({count})", f"{count:,}") for at, count in enumerate(COUNTS, 1)),
        Binding("r", "luck(1)", "Luck"),
        Binding("R", "luck(-1)", "Luck"),
        Binding("right,down,t", "choose(1)", "Temperature"),
        Binding("left,up,T", "choose(-1)", "Temperature"),
        Binding("p", "type", "Type"),
        Binding("m", "model", "Model"),
        Binding("e", "app.explain", "Explain"),
        Binding("y", "app.show_command", "Command"),
        Binding("S", "app.save_panel", "Save"),
    ]

    def __init__(self, wanted: Wanted) -> None:
        super().__init__()
        self.wanted = wanted
        """What is drawn from."""
        self.count = COUNTS[1]
        self.seed = 0
        self.chosen = 0
        """The temperature that is marked."""
        self.answer: dict[str, Any] | None = None
        """What was drawn last; None where nothing was yet."""
        self._models_own = wanted
        self._question = Question(self, lambda: self._say("drawing …"))
        self._said = ""

    def compose(self) -> ComposeResult:
        """One panel."""
        yield DrawsPanel()

    def on_mount(self) -> None:
        """Draws at once."""
        self.query_one(DrawsPanel).focus()
        self._ask()

    @property
    def _bench(self) -> Bench:
        return cast(Bench, self.app)

    # -- asking ------------------------------------------------------------------------------------

    def _ask(self) -> None:
        self._question.ask("draws", **self.wanted.request(self.count, self.seed, BEST))
        self.draw()

    def on_model_answer(self, message: ModelAnswer) -> None:
        """What was drawn."""
        self._question.hear(message, self._take)

    def _take(self, message: ModelAnswer) -> None:
        if message.kind == "draws":
            self.answer = message.answer
            self._say("")
        elif message.kind == "failed":
            self.answer = None
            self._say(display(message.words))

    def _say(self, words: str) -> None:
        self._said = words
        self.draw()

    # -- showing -----------------------------------------------------------------------------------

    def draw(self) -> None:
        """Everything as it stands."""
        panel = self.query_one(DrawsPanel)
        panel.border_title = f"Draws: {display(self.wanted.name)}"
        panel.border_subtitle = f"{self.count:,} draws, luck {self.seed}"
        table, bars, keys = (self.query_one(f"#draws-{name}", Static) for name in ("table", "bars", "keys"))
        width = panel.content_region.width
        keys.update(Text("1 100  2 1,000  3 5,000  t other T  r luck  p type  m model  e y S  esc"))
        if self.answer is None or width < 10:
            table.update(Text(self._said or "drawing …", overflow="fold"))
            bars.update("")
            return
        trials, way = self.answer["trials"], ways_of(self._bench.terminal)[0]
        self.chosen = min(self.chosen, len(trials) - 1)
        lines = words.table(trials, self.chosen, way, width)
        table.update(Text("\n".join([*lines, self._said] if self._said else lines), no_wrap=True))
        height = panel.content_region.height - len(lines) - 2
        rows = words.histograms(trials, self.chosen, way, width - 2, height)
        drawn = Text(no_wrap=True)
        for number, row in enumerate(rows):
            drawn.append("\n" if number else "")
            drawn.append_text(text_of(row))
        bars.update(drawn)

    def explanation(self) -> Explanation | None:
        """Formula and numbers of the temperature that is marked."""
        if self.answer is None:
            return None
        return words.explain(self.wanted, self.answer, self.chosen, ways_of(self._bench.terminal)[0])

    # -- keys --------------------------------------------------------------------------------------

    def action_count(self, count: int) -> None:
        """So many draws."""
        self.count = count
        self._ask()

    def action_luck(self, by: int) -> None:
        """Other luck."""
        self.seed = max(0, self.seed + by)
        self._ask()

    def action_choose(self, by: int) -> None:
        """Another temperature."""
        if self.answer is not None:
            self.chosen = (self.chosen + by) % len(self.answer["trials"])
            self.draw()

    def action_model(self) -> None:
        """The model's own distribution again."""
        self.wanted = self._models_own
        self._ask()

    def action_type(self) -> None:
        """Asks for a distribution."""

        def take(typed: str | None) -> None:
            if not typed:
                return
            try:
                probs = words.parse_probs(typed)
            except GPTLabError as error:
                self.app.notify(display(f"{error.message} {error.hint}"), severity="error", markup=False)
                return
            named = f"{len(probs)} outcomes that were typed"
            self.wanted = Wanted(named, {}, {}, {}, "", probs)
            self._ask()

        hint = "Probabilities with commas between; they sum to 1."
        self.app.push_screen(Ask("Draw from", "0.1,0.1,0.3,0.5", hint), take)

    def action_close(self) -> None:
        """Back to the text."""
        self._question.call_off()
        self.dismiss(None)
