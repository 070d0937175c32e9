"""What the pane Model asks the model process, and what it does with the answers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from gptlab_tui.model.head_names import Heads
from gptlab_tui.serving.protocol import Message
from gptlab_tui.tui.models import ModelAnswer
from gptlab_tui.tui.panes.model.panels import ListPanel, MapPanel, TellingPanel
from gptlab_tui.tui.panes.model.tree import tree_of
from gptlab_tui.tui.panes.model.view import ModelView, View
from gptlab_tui.tui.panes.model.walked import seen_of, steps_of
from gptlab_tui.tui.panes.model.weighed import past_of, units_of, weight_of
from gptlab_tui.tui.question import Question
from gptlab_tui.tui.unknown import lacking_in
from gptlab_tui.tui.widgets.sentence import SentenceField

#: What has come when a step is drawn, and what else is asked.
_DRAWN = ("tree", "weight", "walk")
_BESIDE = ("units", "past", "gradients")


class ModelAsking(ModelView):
    """A question of each kind is on its way at most; a newer one takes its place."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.stale: set[View] = {"weights", "walk"}
        """The views that show another model than the one that is chosen, or none yet."""
        self._layer, self._head, self._position = 0, 0, -1
        self._asks_again = False
        self._questions = {what: Question(self, self._say_reading) for what in _DRAWN}
        self._questions |= {what: Question(self) for what in _BESIDE}
        self._room = (0, 0)
        self._hear: dict[str, Callable[[Message], None]] = {
            "tree": self._hear_tree,
            "weight": self._hear_weight,
            "reading": self._hear_reading,
            "past": self._hear_past,
            "units": self._hear_units,
            "steps": self._hear_steps,
            "line": self._hear_line,
        }

    # -- asking ------------------------------------------------------------------------------------

    def _ask(self, what: str, do: str, **arguments: Any) -> None:
        self._questions[what].ask(do, run=self._run, step=self._step, **arguments)

    def call_off(self, what: str) -> bool:
        """Wants no answer to a question any more; whether one was to come."""
        return self._questions[what].call_off()

    @property
    def _is_reading(self) -> bool:
        return any(self._questions[what].is_waiting for what in _DRAWN)

    @property
    def _has_asked(self) -> bool:
        return any(question.asked for question in self._questions.values())

    def _say_reading(self) -> None:
        self.query_one(ListPanel).border_subtitle = "reading …"

    def ask_anew(self) -> None:
        """Another model is chosen: what is in front is asked for now, the other view when it comes."""
        self.stale = {"weights", "walk"}
        self.ask_front()

    def ask_front(self) -> None:
        """What the view in front lacks."""
        if self.view not in self.stale:
            return
        if (self.modules if self.view == "weights" else self.steps) is None:
            self.query_one(MapPanel).say("The model process reads …")
        if self.view == "weights":
            self._ask("tree", "model_tree")
        else:
            self.ask_walk()

    def ask_node(self) -> None:
        """The module or tensor under the cursor: a tensor's numbers are asked for."""
        node = self.modules.node(self.path) if self.modules is not None else None
        if node is None:
            return
        if node.tensor:
            self._room = self.room()
            self._ask("weight", "model_weight", name=node.tensor, rows=self._room[0], columns=self._room[1])
        else:
            self.call_off("weight")
            self.node = node
            self.draw_right()
        self._ask_units()

    def _ask_units(self) -> None:
        about, known = self.about, self.units is not None or self._questions["units"].is_waiting
        if about is not None and about.is_of_units and not known:
            self._ask("units", "model_units")

    def ask_gradients(self) -> None:
        """The norm of every tensor's own gradient at every snapshot."""
        self._ask("gradients", "model_past", gradients=True)
        self.measuring = "measuring …"
        self.query_one("#model-past", TellingPanel).describe()

    def ask_walk(self, *, steps: bool = True) -> None:
        """The walk of the text, or another step, token or head of it."""
        self._room = self.room()
        where, name = self.step_key
        self._ask(
            "walk",
            "walk",
            off=self.bench.shared.off_of(self._run),
            prompt=self._text,
            unknown=self.unknown,
            layer=self._layer,
            head=self._head,
            position=self._position,
            where=where,
            name=name,
            steps=steps or "walk" in self.stale,
            rows=self._room[0],
            columns=self._room[1],
        )

    def on_drawing_resized(self) -> None:
        """There is room for more, or for less."""
        self.fill_room()
        self.call_after_refresh(self.describe)

    def fill_room(self) -> None:
        """Asks again where a map was asked for another room."""
        if self._room != (0, 0) and self.room() != self._room and self.view not in self.stale:
            if self.view == "walk":
                self.ask_walk(steps=False)
            else:
                self.ask_node()

    # -- hearing -----------------------------------------------------------------------------------

    def on_model_answer(self, message: ModelAnswer) -> None:
        """An answer; those to questions that were asked before the last one of their kind do not count."""
        for what, question in self._questions.items():
            if question.hear(message, partial(self._hear_of, what)):
                return

    def _hear_of(self, what: str, message: ModelAnswer) -> None:
        if message.kind == "failed":
            self._failed(what, message.words)
        elif message.kind == "lacking":
            self.lacks(lacking_in(message.answer))
        elif message.kind not in ("done", "cancelled"):
            self._hear[message.kind](message.answer)
        if message.is_last and self._asks_again and not self._is_reading:
            self._asks_again = False
            self.ask_anew()

    def _hear_tree(self, answer: Message) -> None:
        before = self.modules
        self.modules = tree_of(answer)
        self._run, self._guessed = self.modules.run, False
        self.stale.discard("weights")
        self._found(self.modules.run, self.modules.step)
        if before is None or (before.run, before.step) != (self.modules.run, self.modules.step):
            self.call_off("units")
            self.units = None
        if before is None or before.run != self.modules.run:
            for what in ("past", "gradients"):
                self.call_off(what)
            self.past, self.measuring = None, ""
        if self.modules.node(self.path) is None:
            self.path = next(node.path for node in self.modules.root.walk() if node.shape is not None)
        self.query_one(MapPanel).say("")
        self.draw()
        self.ask_node()
        if self.past is None or self.modules.step not in self.past.steps:
            self._ask("past", "model_past")

    def _hear_weight(self, answer: Message) -> None:
        self.weight = weight_of(answer)
        node = self.modules.node(self.path) if self.modules is not None else None
        if node is not None and node.tensor == self.weight.name:
            self.node = node
            self.query_one(MapPanel).say("")
            self.draw_right()
            self._ask_units()
            self.call_after_refresh(self.fill_room)

    def _hear_reading(self, answer: Message) -> None:
        if answer["id"] == self._questions["gradients"].number and answer["of"] == "gradients":
            self.measuring = f"snapshot {answer['done']} of {answer['count']}"
            self.query_one("#model-past", TellingPanel).describe()

    def _hear_past(self, answer: Message) -> None:
        past = past_of(answer)
        if self.modules is None or past.run != self.modules.run:
            return
        self.past = past if self.past is None else past.after(self.past)
        self.measuring = "" if answer["gradients"] else self.measuring
        self.describe()

    def _hear_units(self, answer: Message) -> None:
        self.units = units_of(answer)
        self.draw_right()

    def _hear_steps(self, answer: Message) -> None:
        self.steps = steps_of(answer)
        self._run, self._guessed = self.steps.run, False
        self._layer, self._listed = self.steps.layer, None
        self.stale.discard("walk")
        self._found(self.steps.run, self.steps.step)

    def _found(self, run: str, step: int) -> None:
        """Says which model it was; not of one that is about to be another."""
        if not self._asks_again:
            self.model_found(run, step)

    def _hear_line(self, answer: Message) -> None:
        if self.steps is None:
            return
        anew = self._listed is None
        self.seen = seen_of(answer)
        self._position = self.seen.position
        if self.seen.head is not None:
            self._head = self.seen.head
        self.query_one(MapPanel).say("")
        if anew:
            self.draw()
        else:
            self.draw_right()
        self.call_after_refresh(self.fill_room)

    # -- what goes wrong ---------------------------------------------------------------------------

    def _failed(self, what: str, said: str) -> None:
        if what == "units":
            self.units = f"Units are not counted. {said}"
            self.draw_right()
        elif what in ("past", "gradients"):
            self.measuring = ""
            self.app.notify(said, severity="warning", markup=False)
            self.describe()
        elif what == "weight":
            self.node = self.weight = None
            self.query_one(MapPanel).say(said, error=True)
            self.draw_right()
        elif not self.tries_another():
            self.show_nothing(said)

    def read_anew(self) -> None:
        """The walk alone: weights have nothing to do with the text."""
        self.ask_walk()

    def show_nothing(self, reason: str) -> None:
        """Nothing in the view in front, and why."""
        if self.view == "weights":
            self.modules = self.node = self.weight = None
        else:
            self.steps = self.seen = None
        self.stale.add(self.view)
        self.query_one(MapPanel).say(reason, error=True)
        self.draw()

    # -- another text, another step ----------------------------------------------------------------

    def walk_text(
        self,
        text: str,
        run: str | None = None,
        step: int | None = None,
        head: tuple[int, int | None] | None = None,
    ) -> None:
        """Walks another text, with another model and through a head of a layer where they are named."""
        if head is not None:
            self._layer, self._head = head[0], head[1] or 0
        if run is not None and (run, step) != (self._run, self._step):
            self._run, self._step, self._guessed = run, step, False
            self.stale = {"weights", "walk"}
        self._text, self._position = text, -1
        self.query_one(SentenceField).text = text
        self.stale.add("walk")
        self.ask_front()

    def to_step(self, step: int) -> None:
        """The same at another step, as soon as what is on its way has come; cursor and view stay."""
        if self.sight is not None:
            self._run = self.sight.run
        self._step, self._guessed = step, False
        if self._is_reading:
            self._asks_again = True
        elif self._has_asked:  # else nothing was asked yet
            self.ask_anew()

    def to_heads(self, off: Heads) -> None:
        """The same walk without other heads; weights do not depend on them."""
        if self.steps is not None and self.steps.off == off:
            return
        self.stale.add("walk")
        if self._questions["walk"].is_waiting:
            self._asks_again = True
        elif self.view == "walk" and self._has_asked:
            self.ask_walk()
