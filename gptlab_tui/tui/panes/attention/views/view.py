"""What the views have in common: a sentence, a question about it to the model process, and the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, cast

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.widgets import Static

from gptlab_tui.explain.explanation import Explanation
from gptlab_tui.render.display import display
from gptlab_tui.render.heat import Way
from gptlab_tui.serving import protocol
from gptlab_tui.tui.keys.attention import SHARED
from gptlab_tui.tui.models import ModelAnswer
from gptlab_tui.tui.panel import Panel, bindings
from gptlab_tui.tui.panes.attention.views.reading import Reading
from gptlab_tui.tui.question import Question
from gptlab_tui.tui.widgets.canvas import Canvas
from gptlab_tui.tui.widgets.ways import ways_of

if TYPE_CHECKING:
    from gptlab_tui.tui.panel import Bench


class View(Container):
    """One side of the sentence. What was found is kept for as long as sentence, model and options stay."""

    DEFAULT_CSS = """
    View { height: 1fr; width: 1fr; display: none; }
    View.-shown { display: block; }
    View.-of-before Canvas, View.-of-before ToldPanel Static { opacity: 50%; }
    View .view-message { height: auto; }
    View .view-foot { height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    View ToldPanel Static { text-wrap: nowrap; text-overflow: ellipsis; }
    """
    BINDINGS = [*bindings(SHARED)]
    #: What the model process is asked for, and the kind of its answer.
    asks: ClassVar[str]

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.reading: Reading | None = None
        """The sentence that is looked at; None where none could be read."""
        self.is_there = False
        """Whether what is shown is about it."""
        self.question = Question(self, self._say_reading)
        self._wanted: tuple[Any, ...] = ()
        """Sentence, model and options that were asked about last."""
        self._gave_up = False
        self._is_long = False
        """Whether what is on its way has told how far it is."""
        self._shown: Reading | None = None
        """What the numbers on the screen are of."""
        self._next: Reading | None = None
        """Another step that is wanted by now than the one on its way."""

    @property
    def bench(self) -> Bench:
        """The application, as far as a view may know it."""
        return cast("Bench", self.app)

    @property
    def way(self) -> Way:
        """How drawings are drawn now; the pane chooses."""
        chosen: Way | None = getattr(self.parent, "way", None)
        return chosen or ways_of(self.bench.terminal)[0]

    @property
    def canvas(self) -> Canvas:
        """Where the sentence stands."""
        return self.query_one(Canvas)

    # -- what each view says of itself -------------------------------------------------------------

    def options(self) -> dict[str, Any]:
        """What is asked for beside the sentence; another value is another question."""
        return {}

    def take(self, answer: protocol.Message) -> None:
        """Keeps an answer of kind `asks`, and shows it."""

    def draw(self) -> None:
        """Draws what is there, or that nothing is."""

    def command(self) -> str | None:
        """The command that prints the same."""
        return None

    def explanation(self) -> Explanation | None:
        """Formula and numbers of what is shown."""
        return None

    # -- asking ------------------------------------------------------------------------------------

    def look(self, reading: Reading | None, problem: str = "", *, again: bool = False) -> None:
        """Looks at a sentence, or shows why there is none.

        What is known or on its way is not asked for; what failed, or was stopped, only `again`.
        """
        if reading is None:
            self._call_off()
            self.reading, self._wanted, self.is_there = None, (), False
            self.say(problem or "The model reads …", error=bool(problem))
            self.draw()
            return
        wanted = (reading, *self.options().items())
        if wanted == self._wanted and not (again and self._gave_up):
            self.draw()
            return
        if self.question.is_waiting and not self._is_long and self._differs_in_step(wanted):
            self._next = reading  # a key that is held down goes through the steps like a film
            return
        self._call_off()
        self.reading, self._wanted, self._gave_up = reading, wanted, False
        self.question.ask(self.asks, **self.about(), **self.options())

    def _differs_in_step(self, wanted: tuple[Any, ...]) -> bool:
        """Whether what is wanted is on its way, of another step of the run."""
        before, *options = self._wanted
        reading, *others = wanted
        return options == others and replace(reading, step=before.step, is_newest=before.is_newest) == before

    def about(self) -> dict[str, Any]:
        """What every question says of the sentence."""
        assert self.reading is not None
        one = self.reading
        return {"run": one.run, "step": one.step, "off": one.off, "prompt": one.text, "unknown": one.unknown}

    def _call_off(self) -> bool:
        """Wants no answer any more; whether one was on its way."""
        if not self.question.call_off():
            return False
        self._next, self._is_long = None, False
        self.remove_class("-of-before")
        self.tell("")
        return True

    def stop(self) -> bool:
        """Somebody calls off what is on its way; whether there was something."""
        if not self._call_off():
            return False
        self._gave_up = True
        self.tell(f"{self._before}stopped")
        return True

    def _say_reading(self) -> None:
        self.add_class("-of-before")
        if not self.query_one(ViewPanel).border_subtitle:
            self.tell(f"{self._before}reading …")

    @property
    def _before(self) -> str:
        """Which step the numbers are of, where another one is on its way; else nothing."""
        shown, reading = self._shown if self.is_there else None, self.reading
        if shown is None or reading is None or shown.step == reading.step:
            return ""
        return f"of step {shown.step:,} · step {reading.step:,}: "

    def on_model_answer(self, message: ModelAnswer) -> None:
        """An answer, to what is asked of every sentence or to something else."""
        if not self.question.hear(message, self._hear_answer):
            self.hear(message)

    def _hear_answer(self, message: ModelAnswer) -> None:
        answer, kind = message.answer, message.kind
        if kind == "progress":
            self._is_long = True
            self.tell(f"{self._before}{answer['said']} · esc stops")
        elif kind == "failed":
            self._gave_up = True
            self.tell("")
            self.fail(message.words)
        elif kind == self.asks:
            self.is_there, self._shown = True, self.reading
            self.remove_class("-of-before")
            self.say("")
            self.take(answer)
            self.tell("")
            self.draw()
        elif message.is_last:
            self.tell("")
        else:
            self.take_part(kind, answer)
        if message.is_last:
            self.remove_class("-of-before")
            reading, self._next, self._is_long = self._next, None, False
            if reading is not None:
                self.look(reading)

    def fail(self, words: str) -> None:
        """What was asked for cannot be had: says why in its place."""
        self.is_there = False
        self.say(words, error=True)
        self.draw()

    def take_part(self, kind: str, answer: protocol.Message) -> None:
        """An answer to the same question that comes before the one of kind `asks`, or after it."""

    def hear(self, message: ModelAnswer) -> None:
        """An answer to something else that the view has asked."""

    # -- showing -----------------------------------------------------------------------------------

    def say(self, words: str, *, error: bool = False) -> None:
        """A sentence in place of a drawing, or (with "") none."""
        shown = self.query_one(".view-message", Static)
        shown.update(Content.styled(display(words), "$error" if error else "$muted"))
        shown.display = bool(words)

    def tell(self, words: str) -> None:
        """What is being done, in the frame; "" where nothing is."""
        panel = self.query_one(ViewPanel)
        panel.border_subtitle = display(words)

    def describe(self) -> None:
        """Everything that is told of the part under the cursor."""
        for panel in self.query(ToldPanel):
            panel.describe()

    def on_canvas_moved(self, event: Canvas.Moved) -> None:
        """The cursor stands on another part."""
        event.stop()
        self.moved()

    def moved(self) -> None:
        """Tells of the part that the cursor stands on now."""
        self.describe()

    def on_resize(self) -> None:
        """What fitted before may not, and the other way round."""
        self.call_after_refresh(self.describe)

    def action_move(self, columns: int, rows: int) -> None:
        """The arrows."""
        self.canvas.move(columns, rows)

    def action_link(self, by: int) -> None:
        """To the next part that stands out."""

    def action_open(self) -> None:
        """More about the part under the cursor."""


class ViewPanel(Panel):
    """A panel whose command and explanation the view knows."""

    def __init__(self, view: View, *, title: str, id: str) -> None:
        super().__init__(title=title, id=id)
        self.view = view

    def command(self) -> str | None:
        """That of the view."""
        return self.view.command()

    def explanation(self) -> Explanation | None:
        """That of the view."""
        return self.view.explanation()


class CanvasPanel(ViewPanel):
    """The sentence as the view draws it; above it a line while there is none, below it what signs mean."""

    def compose(self) -> ComposeResult:
        """Message, drawing, legend."""
        yield Static(classes="view-message")
        yield Canvas(id=f"{self.id}-canvas")
        yield Static(classes="view-foot")

    def foot(self, line: Text) -> None:
        """What the signs mean."""
        self.query_one(".view-foot", Static).update(line)


@dataclass(frozen=True, slots=True)
class Told:
    """What a panel tells."""

    title: str
    lines: list[str]
    subtitle: str = ""


#: In so many columns and lines.
Teller: TypeAlias = Callable[[int, int], Told]


class ToldPanel(ViewPanel, can_focus=True):
    """Lines about the part under the cursor, or about all; `teller` finds the words."""

    def __init__(self, view: View, teller: Teller, *, title: str, id: str) -> None:
        super().__init__(view, title=title, id=id)
        self._teller = teller

    def compose(self) -> ComposeResult:
        """The lines."""
        yield Static()

    def on_resize(self) -> None:
        """As many lines as there is room for."""
        self.describe()

    def describe(self) -> None:
        """Writes the lines."""
        told = self._teller(*self.content_region.size)
        self.border_title, self.border_subtitle = told.title, told.subtitle
        self.query_one(Static).update(Text("\n".join(told.lines), no_wrap=True, overflow="ellipsis"))
