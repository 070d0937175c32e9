"""The view Surprise: the sentence coloured by how little the model expected each token of it."""

from __future__ import annotations

from functools import partial
from typing import Any

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from gptlab_tui.explain.explanation import Explanation
from gptlab_tui.render.cells_text import text_of
from gptlab_tui.render.display import display
from gptlab_tui.render.painted import painting, scale
from gptlab_tui.serving import protocol
from gptlab_tui.tui.choose_model import ChooseModel
from gptlab_tui.tui.dialogs import Confirm
from gptlab_tui.tui.models import ModelAnswer
from gptlab_tui.tui.panes.attention.views import surprise_words as words
from gptlab_tui.tui.panes.attention.views.reading import Reading
from gptlab_tui.tui.panes.attention.views.surprise_words import BYS, Apart, By, Surprised
from gptlab_tui.tui.panes.attention.views.view import CanvasPanel, Told, ToldPanel, View
from gptlab_tui.tui.panes.generate.command import quoted
from gptlab_tui.tui.panes.readers import Step, readers_of
from gptlab_tui.tui.question import Question
from gptlab_tui.tui.unknown import named

#: Tokens of the held-out text that are read.
HELD_OUT = 1000


class SurpriseView(View):
    """The text above its digits; beside it the worst tokens, and the text taken apart."""

    asks = "surprise"
    SCOPED_CSS = False
    DEFAULT_CSS = """
    SurpriseView { layout: vertical; }
    SurpriseView .view-foot { height: 2; }
    SurpriseView #surprise-side { height: 8; layout: horizontal; }
    SurpriseView #surprise-side ToldPanel { width: 1fr; height: 1fr; }
    Screen.-wide SurpriseView { layout: horizontal; }
    Screen.-wide SurpriseView #surprise-side { width: 44; height: 1fr; layout: vertical; }
    Screen.-tall SurpriseView #surprise-side { height: 14; }
    Screen.-wide.-tall SurpriseView #surprise-side { height: 1fr; }
    Screen.-wide.-tall SurpriseView #surprise-parts { height: 2fr; }
    Screen.-tiny SurpriseView #surprise-parts { display: none; }
    Screen.-flat SurpriseView #surprise-side, Screen.-flat SurpriseView .view-foot { display: none; }
    """

    class HeldOut(Message):
        """The text that the run never learnt is there, to be looked at."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.found: Surprised | None = None
        """What was found; None where nothing was yet."""
        self.apart: Apart | None = None
        """The same against another model; None where there is none."""
        self.by: By = "class"
        self._against: tuple[str, Step] | None = None
        self._skips = False
        self._difference = Question(self)
        self._text_held_out = Question(self)
        self._held_out = ""

    def compose(self) -> ComposeResult:
        """The text, and what is told of it."""
        yield CanvasPanel(self, title="Surprise", id="surprise-text")
        with Vertical(id="surprise-side"):
            yield ToldPanel(self, self._worst, title="Most surprising", id="surprise-worst")
            yield ToldPanel(self, self._parts, title="Bits per token", id="surprise-parts")

    def _worst(self, width: int, height: int) -> Told:
        if self.shown is None:
            return Told("Most surprising", [])
        tells: Any = words.apart_told if isinstance(self.shown, Apart) else words.worst_told
        told: Told = tells(self.shown, self.canvas.place, self.way, width, height)
        return told

    def _parts(self, width: int, height: int) -> Told:
        if self.shown is None:
            return Told("Bits per token", [])
        if isinstance(self.shown, Apart):
            return words.pair_told(self.shown, self.way, width, height)
        return words.parts_told(self.shown, self.by, self.way, width, height)

    @property
    def shown(self) -> Surprised | Apart | None:
        """The model alone, or against another."""
        return (self.apart or self.found) if self.is_there else None

    # -- the answers -------------------------------------------------------------------------------

    def look(self, reading: Reading | None, problem: str = "", *, again: bool = False) -> None:
        """Another sentence is compared anew."""
        is_other = reading != self.reading
        if is_other:
            self._difference.call_off()
            self.apart = None
        super().look(reading, problem, again=again)
        if is_other and reading is not None and self._against is not None:
            self._ask_against()

    def take(self, answer: protocol.Message) -> None:
        """Another text; the cursor goes where it is most surprising, unless it goes on as before."""
        before, self.found = self.found, words.surprised_of(answer)
        same = before is not None and self.found.pieces[: len(before.pieces)] == before.pieces
        if not same and self.apart is None:
            self.canvas.place = self.found.order[0] if self.found.order else 0

    def hear(self, message: ModelAnswer) -> None:
        """How it compares, or the held-out text."""
        if not self._difference.hear(message, self._hear_difference):
            self._text_held_out.hear(message, self._hear_held_out)

    def _hear_difference(self, message: ModelAnswer) -> None:
        answer = message.answer
        if message.kind == "difference":
            self.apart = words.apart_of(answer)
            self.canvas.place = self.apart.order[0] if self.apart.order else 0
            self.tell("")
            self.draw()
        elif message.kind == "lacking":
            self._ask_whether_to_skip(str(answer["run"]), answer["characters"])
        elif message.kind == "failed":
            self._against = None
            self.app.notify(display(message.words), severity="error", markup=False)
            self.tell("")
        elif message.kind == "progress":
            self.tell(str(answer["said"]))

    def take_part(self, kind: str, answer: protocol.Message) -> None:
        """By frequency comes after the rest."""
        if self.found is not None:
            self.found.parts["frequency"], self.found.reason = answer["parts"], str(answer["reason"])
            self.describe()

    def run_renamed(self, old: str, new: str) -> None:
        """The run that it is held against may have another name."""
        if self._against is not None and self._against[0] == old:
            self._against = new, self._against[1]

    def ask_for_held_out(self) -> None:
        """Wants the beginning of the text that the run never learnt."""
        if self.reading is not None:
            self.tell("looks for the held-out text …")
            run, step = self.reading.run, self.reading.step
            self._text_held_out.ask("held_out", run=run, step=step, tokens=HELD_OUT)

    def _hear_held_out(self, message: ModelAnswer) -> None:
        if message.kind == "held_out":
            self._held_out = str(message.answer["text"])
            self.post_message(self.HeldOut(self._held_out))
        elif message.kind == "failed":
            self.tell("")
            self.app.notify(display(message.words), severity="error", markup=False)

    # -- against another ---------------------------------------------------------------------------

    def choose_against(self) -> None:
        """Asks for another model, or leaves the comparison."""
        if self._against is not None:
            if self._difference.call_off():
                self.tell("")
            self._against, self.apart = None, None
            self.draw()
            return

        def take(answer: tuple[str, Step] | None) -> None:
            if answer is not None and self.reading is not None:
                self._against, self._skips = (answer[0] or self.reading.run, answer[1]), False
                self._ask_against()

        readers = partial(readers_of, self.bench.home)
        run = self.reading.run if self.reading is not None else ""
        self.app.push_screen(ChooseModel("Against which model?", readers, run), take)

    def _ask_against(self) -> None:
        assert self._against is not None
        run, step = self._against
        skips = {"unknown": "skip"} if self._skips else {}
        self.tell(f"reads with {display(run)} …")
        self._difference.ask("difference", **(self.about() | skips), against_run=run, against_step=step)

    def _ask_whether_to_skip(self, run: str, characters: list[str]) -> None:
        def go(yes: bool | None) -> None:
            if yes:
                self._skips = True
                self._ask_against()
            else:
                self._against = None
                self.tell("")

        question = f"{display(run)} has never seen {named(characters)}"
        self.app.push_screen(Confirm(question, "Leave them out for both models?"), go)

    def stop(self) -> bool:
        """Calls off the comparison first, where one is made."""
        if self._difference.call_off():
            self._against = None
            self.tell("stopped")
            return True
        return super().stop()

    # -- showing -----------------------------------------------------------------------------------

    def draw(self) -> None:
        """The text as it is drawn now."""
        panel, shown, way = self.query_one(CanvasPanel), self.shown, self.way
        if shown is None:
            self.canvas.show(None)
            panel.border_title = "Surprise"
        else:
            signed = isinstance(shown, Apart)
            pieces = shown.painted()
            self.canvas.show(lambda width: painting(pieces, width, way, signed=signed))
            if isinstance(shown, Apart):
                one, two = shown.bits_per_byte
                title = f"Surprise: {one:.3f} against {two:.3f} bits per byte"
            else:
                title = (
                    f"Surprise: {shown.bits_per_byte:.3f} bits per byte, {shown.bits_per_token:.3f} per token"
                )
            panel.border_title = title
        self.describe()

    def describe(self) -> None:
        """The token under the cursor, and what else is told."""
        super().describe()
        shown, panel = self.shown, self.query_one(CanvasPanel)
        if shown is None or not shown.pieces:
            return
        place = min(self.canvas.place, len(shown.pieces) - 1)
        signed = isinstance(shown, Apart)
        line = text_of([])
        if isinstance(shown, Apart):
            line.append(words.readout_apart(shown, place, self.way))
        else:
            line.append(words.readout(shown, place, self.way))
        line.append("\n")
        line.append_text(text_of(scale(self.way, signed=signed)))
        panel.foot(line.append(" half bits" if signed else " bits, 9 or more"))

    def action_link(self, by: int) -> None:
        """To the next of the most surprising, or of the largest differences."""
        order = self.shown.order if self.shown is not None else []
        if order:
            here = self.canvas.place
            at = order.index(here) + by if here in order else 0
            self.canvas.go(order[at % len(order)])

    def tell_next(self) -> None:
        """By class, by frequency, by position."""
        self.by = BYS[(BYS.index(self.by) + 1) % len(BYS)]
        self.describe()

    # -- what the panels say -----------------------------------------------------------------------

    def command(self) -> str | None:
        """The same on the command line."""
        if self.reading is None:
            return None
        options = ["--ascii"] if self.way == "ascii" else []
        if self._against is not None:
            run, step = self._against
            options += ["--against", quoted(run)] if run != self.reading.run else []
            if step is not None:
                options += ["--against-step", str(step)]
            elif run == self.reading.run:
                options += ["--against", quoted(run)]
            options += ["--unknown", "skip"] if self._skips else []
        if self.reading.text == self._held_out:
            options += ["--limit", str(HELD_OUT), "--windows", "overlapping"]
            return self.reading.words("surprise", *options, has_text=False)
        return self.reading.words("surprise", *options)

    def explanation(self) -> Explanation | None:
        """Formula and numbers."""
        shown = self.shown
        if shown is None or self.reading is None:
            return None
        if isinstance(shown, Apart):
            return words.explain_apart(shown, self.canvas.place, self.way)
        return words.explain(shown, self.reading, self.canvas.place, self.way)
