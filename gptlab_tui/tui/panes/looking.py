"""Panes that look into a model: which one, how it is drawn, and what is done with what it cannot read."""

from __future__ import annotations

from abc import abstractmethod
from functools import partial
from typing import ClassVar

from gptlab_tui.render.heat import Way
from gptlab_tui.tui.choose_model import ChooseModel
from gptlab_tui.tui.panel import Pane
from gptlab_tui.tui.panes.readers import Step, readers_of
from gptlab_tui.tui.unknown import Lacking, ask_about
from gptlab_tui.tui.widgets.ways import ways_of

#: What is looked at before anybody has typed a sentence.
DEFAULT_TEXT = "A figura é poética, mas"


class LookingPane(Pane):
    """A pane that shows one step of one run, in one of the drawings that the terminal can do."""

    question: ClassVar[str] = ""
    """What is asked where a model is to be chosen."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._run: str | None = None
        """None is the newest that will do."""
        self._step: Step = None
        self._guessed = False
        """Whether nobody chose the run: another takes its place where it will not do."""
        self._chosen = False
        """Whether somebody chose the model that is asked for: all panes go there then."""
        self._way: Way | None = None

    @abstractmethod
    def ask_anew(self) -> None:
        """Asks for all that is shown, of the model that is chosen."""

    @abstractmethod
    def draw(self) -> None:
        """Draws all that is there."""

    # -- which model -------------------------------------------------------------------------------

    def guess(self) -> None:
        """Begins where the other panes look, or with the run of last time."""
        moment = self.bench.shared.moment
        self._run, self._guessed = moment.run if moment is not None else self.bench.state.run or None, True
        self._step = self.bench.shared.step_of(self._run)

    def action_run(self) -> None:
        """Asks for another model."""

        def take(answer: tuple[str, Step] | None) -> None:
            if answer is not None:
                self._run, self._step = answer[0] or None, answer[1]
                self._guessed, self._chosen = False, True
                self.model_chosen()

        readers = partial(readers_of, self.bench.home)
        self.app.push_screen(ChooseModel(self.question, readers, self._run or ""), take)

    def model_chosen(self) -> None:
        """Somebody chose another model."""
        self.ask_anew()

    def model_found(self, run: str, step: int) -> None:
        """Says to the other panes which model it was that answered."""
        self.looks_at(run, step, chosen=self._chosen)
        self._chosen = False

    def run_renamed(self, old: str, new: str) -> None:
        """What is shown is asked for anew, so that its commands have the name, too."""
        looked = self._run == old or (self.sight is not None and self.sight.run == old)
        super().run_renamed(old, new)
        if looked:
            self._run = new
            self.ask_anew()

    def tries_another(self) -> bool:
        """Asks the newest model that will do, if nobody chose the one that would not."""
        if not self._guessed or self._run is None:
            return False
        self._run, self._step, self._guessed = None, None, False
        self.ask_anew()
        return True

    # -- how it is drawn ---------------------------------------------------------------------------

    @property
    def way(self) -> Way:
        """The drawing in use."""
        return self._way or ways_of(self.bench.terminal)[0]

    def recall_way(self) -> None:
        """The drawing of last time, where this terminal can do it."""
        ways = ways_of(self.bench.terminal)
        self._way = self.kept_one_of("way", ways, ways[0])

    def action_drawing(self) -> None:
        """The next drawing."""
        ways = ways_of(self.bench.terminal)
        self._way = ways[(ways.index(self.way) + 1) % len(ways)]
        self.draw()


class ReadingPane(LookingPane):
    """A pane whose model reads a text, which may have characters that it has never seen."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._text = ""
        self._unknown = ("", "error")
        self._lacking: Lacking | None = None
        """What the model lacks, as long as nobody has been asked about it."""
        self._declined: tuple[str, Lacking] | None = None
        """The text, and what a model lacks of it, of which nobody wanted to say what to do."""

    def read_anew(self) -> None:
        """Asks for all that is shown of the text."""
        self.ask_anew()

    @abstractmethod
    def show_nothing(self, reason: str) -> None:
        """Shows why there is nothing to be seen."""

    @property
    def unknown(self) -> str:
        """What is done with characters that the model lacks: what was chosen for this very text."""
        text, chosen = self._unknown
        return chosen if text == self._text else "error"

    def lacks(self, lacking: Lacking) -> None:
        """The model cannot read the text: another is tried, or somebody has to say what to do."""
        if self.tries_another():
            return
        if self._text == DEFAULT_TEXT and self.unknown == "error":  # nobody typed it, so nobody is asked
            self._unknown = (self._text, "skip")
            self.read_anew()
            return
        self.show_nothing(lacking.says)
        if self._declined != (self._text, lacking):
            self._lacking = lacking
            self.put_question()

    def put_question(self) -> None:
        """Asks what to do with the characters that the model lacks, where one sees the pane."""
        if self._lacking is None or not self.display:
            return
        lacking, self._lacking = self._lacking, None
        text = self._text

        def go(chosen: str | None) -> None:
            if chosen is None:
                self._declined = (text, lacking)
            elif text == self._text:
                self._unknown = (text, chosen)
                self.read_anew()

        self.app.push_screen(ask_about(lacking), go)
