"""What the pane Embeddings asks the model process, and what it does with the answers."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from time import monotonic

from textual.widgets import Static

from gptlab_tui.explain.explanation import Explanation
from gptlab_tui.render import cosine_map, scatter
from gptlab_tui.render.cells_text import text_of
from gptlab_tui.tui.models import ModelAnswer
from gptlab_tui.tui.panes.embeddings.data import (
    Group,
    Method,
    Of,
    Reel,
    command_line,
    course_of,
    group_of,
    panel_of,
)
from gptlab_tui.tui.panes.embeddings.panels import PicturePanel, TellingPanel
from gptlab_tui.tui.panes.embeddings.words import Topic, explain
from gptlab_tui.tui.panes.looking import LookingPane
from gptlab_tui.tui.question import Question
from gptlab_tui.tui.widgets.plot import Plot, Sheet

#: How long a picture that settles stays before the next, in seconds: here, and over SSH.
NEAR_S, FAR_S = 0.05, 0.5
#: What can be told below the pictures, where there is no room for all.
DETAILS = ("numbers", "motion", "near")
#: So many of the nearest by cosine are stressed in the pictures.
STRESSED = 5


class EmbeddingsBase(LookingPane):
    """The vectors of a model at its beginning and at one step, and a cursor on one of them."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.cursor = 0
        self.group: Group | None = None
        self.shows_cosines = False
        self.reel: Reel | None = None
        """What is shown; None where nothing was asked yet."""
        self._still: Reel | None = None
        """A beginning and now, while a reel that moves is shown."""
        self._marked: set[int] = set()
        self._of: Of = "tokens"
        self._method: Method = "tsne"
        self._told = DETAILS[0]
        self.pictures = Question(self)
        self._of_group = Question(self)
        self._group_text = ""
        """The group that was asked for last; empty where none is to stand out."""
        self._drawn_at = 0.0

    # -- asking ------------------------------------------------------------------------------------

    @property
    def has_none(self) -> bool:
        """Whether the model has no such vectors, or none that can be read."""
        return self.reel is not None and self.reel.vectors is None and bool(self.reel.ended)

    @property
    def is_settling(self) -> bool:
        """Whether pictures are still on their way."""
        return self.reel is not None and not self.reel.ended and self.pictures.is_waiting

    def ask_anew(self) -> None:
        """The same of the chosen model; where steps are laid out, all of them again."""
        self._ask(moves=self.reel is not None and self.reel.moves)

    def _ask(self, *, moves: bool = False) -> None:
        """Asks for the pictures of what is chosen; those on their way are called off."""
        last = self.bench.shared.last_of(self._run) if moves else None
        self.pictures.ask(
            "motion" if moves else "embeddings",
            run=self._run,
            step=self._step if last is None else last,
            of=self._of,
            method=self._method,
        )
        if moves:
            self._still = self.reel if self.reel is not None and not self.reel.moves else None
        else:
            self._still = None
            self._panels("The model process reads …")
        self.reel = Reel(moves)
        self._describe()

    def to_step(self, step: int) -> None:
        """Another step; the first time all of them are laid out, which one may watch.

        A step that is not laid out yet is shown as soon as it is.
        """
        if step == self._wanted or self.reel is None or self.reel.vectors is None:
            return
        self._step = step
        ended, frames = self.reel.ended == "stopped", self.reel.frames
        if not self.reel.moves or (ended and (not frames or step > frames[-1].step)):
            self._ask(moves=True)
            self.tell("motion")
        else:
            self.draw()
        if self._group_text:
            self._ask_group(self._group_text)

    def tell(self, topic: str) -> None:
        """One of the topics below the pictures."""
        self._told = topic
        for one in DETAILS:
            self.set_class(one == topic, f"-{one}")

    @property
    def _wanted(self) -> int | None:
        """The step that is looked at, of a reel that moves the frame that is or will be.

        None where nobody has said yet which that is.
        """
        if isinstance(self._step, int):
            return self._step
        vectors = self.reel.vectors if self.reel is not None else None
        return None if vectors is None else vectors.step

    def _ask_group(self, text: str) -> None:
        """Asks for a group; where steps are laid out, also for its course over them, once."""
        vectors = self.reel.vectors if self.reel is not None and self.reel.moves else None
        steps = vectors.steps if vectors is not None else ()
        known = self.group.course if self.group is not None and self.group.text == text else {}
        self._group_text = text
        self._of_group.ask(
            "embedding_group",
            run=self._run,
            step=self._step,
            of=self._of,
            text=text,
            steps=[] if known.keys() >= set(steps) else list(steps),
        )

    def _forget_group(self) -> None:
        """No group stands out, nor will one that is on its way."""
        self._of_group.call_off()
        self.group, self._group_text = None, ""

    def stop(self) -> bool:
        """Calls off what is on its way; what is there stays. Whether there was something."""
        if not self.is_settling or self.reel is None:
            return False
        self.pictures.call_off()
        self.reel.ended = "stopped"
        if self.reel.moves and not self.reel.frames:
            self._go_still()
        self.draw()
        return True

    def on_model_answer(self, message: ModelAnswer) -> None:
        """An answer."""
        if not self.pictures.hear(message, self._hear_of_pictures):
            self._of_group.hear(message, self._hear_of_group)

    def _hear_of_pictures(self, message: ModelAnswer) -> None:
        answer, kind, reel = message.answer, message.kind, self.reel
        assert reel is not None
        if kind == "failed":
            self._failed(message.words)
        elif message.is_last:
            reel.ended = "done"
            self.draw()
        else:
            reel.take(kind, answer)
            if kind == "vectors":
                self._begin_reel(reel)
                self._warn_of(answer.get("passed_over", ()))
            elif kind != "settling" or monotonic() - self._drawn_at > self._pause_s:
                self.draw()

    def _warn_of(self, steps: Sequence[int]) -> None:
        if steps:
            said = f"Left out, since they cannot be read: step {', '.join(f'{step:,}' for step in steps)}."
            self.app.notify(said, severity="warning", markup=False)

    def _begin_reel(self, reel: Reel) -> None:
        vectors = reel.vectors
        assert vectors is not None
        self._run, self._guessed = vectors.run, False
        self.refresh_bindings()
        self.model_found(vectors.run, self._wanted or 0)
        self._panels("")
        self.cursor = min(self.cursor, len(vectors.names) - 1)
        self._marked = {place for place in self._marked if place < len(vectors.names)}
        if reel.moves and self._group_text:
            self._ask_group(self._group_text)

    def _hear_of_group(self, message: ModelAnswer) -> None:
        answer, before = message.answer, self.group
        if message.kind == "group" and answer["of"] == self._of and self._run in (None, answer["run"]):
            same = before is not None and before.text == answer["text"]
            self.group = group_of(answer, before.course if same and before is not None else {})
            self.draw()
        elif message.kind == "group_course" and before is not None:
            self.group = replace(before, course=course_of(answer))
            self._describe()
        elif message.kind == "failed":
            self._group_text = before.text if before is not None else ""
            self.app.notify(message.words, severity="error", markup=False)

    def _failed(self, said: str) -> None:
        if self.tries_another():
            return
        if self.reel is not None and self.reel.moves:
            self._go_still()
            self.app.notify(said, severity="warning", markup=False)
            return
        if self.reel is not None:
            self.reel.ended = "stopped"
        self._panels(said, error=True)
        self.looks_nowhere()
        self.draw()

    def _go_still(self) -> None:
        """Back from what moves to a beginning and now."""
        self.pictures.call_off()
        vectors = self._still.vectors if self._still is not None else None
        if vectors is None or vectors.step != self._wanted:
            self._ask()
        else:
            self.reel, self._still = self._still, None
            self.draw()

    # -- showing -----------------------------------------------------------------------------------

    @property
    def shown(self) -> int:
        """The frame that is looked at; -1 where there is none yet."""
        frames = self.reel.frames if self.reel is not None else []
        if self.reel is None or not self.reel.moves or self._wanted is None or not frames:
            return len(frames) - 1
        return max(0, bisect_right([frame.step for frame in frames], self._wanted) - 1)

    @property
    def to_come(self) -> int | None:
        """The step that is asked for, while it is still to be laid out."""
        reel, wanted = self.reel, self._wanted
        if reel is None or reel.vectors is None or wanted is None or not reel.moves or reel.ended:
            return None
        rest = reel.vectors.steps[len(reel.frames) :]
        return wanted if rest and rest[0] <= wanted else None

    @property
    def strong(self) -> tuple[int, ...]:
        """What stands out: the group, and what was marked."""
        vectors = self.reel.vectors if self.reel is not None else None
        if vectors is None:
            return ()
        ids = set(self.group.ids) if self.group is not None else set()
        return tuple(
            place for place, number in enumerate(vectors.ids) if number in ids or place in self._marked
        )

    def command(self) -> str | None:
        """The command that prints the same."""
        if self.reel is None or self.shown < 0:
            return None
        newest = self._step is None
        return command_line(
            self.reel, self.shown, newest, self.group, self.cursor, cosines=self.shows_cosines, way=self.way
        )

    def explanation(self, topic: Topic, *, first: bool = False) -> Explanation | None:
        """Formula, shapes and numbers of what is shown."""
        if self.reel is None or self.shown < 0:
            return None
        return explain(self.reel, 0 if first else self.shown, self.cursor, self.group, self.way, topic)

    def _panels(self, message: str, *, error: bool = False) -> None:
        """A sentence in place of the pictures, or (with "") the pictures again."""
        first, now = self.query(PicturePanel)
        now.say(message, error=error)
        if message:
            for panel in (first, now):
                panel.query_one(Plot).show(None)

    @property
    def _pause_s(self) -> float:
        """A picture on its way is drawn no more often than this, in seconds."""
        return FAR_S if self.bench.terminal.is_remote else NEAR_S

    def draw(self) -> None:
        """Both pictures, and what is told of them."""
        self._drawn_at = monotonic()
        self.set_class(self.group is not None and bool(self.group.now), "-group")
        reel, shown = self.reel, self.shown
        if reel is not None and reel.vectors is not None and shown >= 0:
            for panel, at in zip(self.query(PicturePanel), (0, shown), strict=True):
                frame = reel.frames[at]
                table = frame.map if self.shows_cosines else None
                sheet = Sheet(panel_of(reel, at, self.strong, self._marked), self.way, table, frame.factor)
                panel.query_one(Plot).show(sheet)
        self._point()

    def _point(self) -> None:
        """The cursor and its neighbours, then all that is told."""
        reel, shown = self.reel, self.shown
        if reel is not None and shown >= 0:
            for panel, at in zip(self.query(PicturePanel), (0, shown), strict=True):
                near = reel.frames[at].near[self.cursor, :STRESSED]
                stressed = frozenset() if self.shows_cosines else frozenset(int(one) for one in near)
                panel.query_one(Plot).point_at(self.cursor, stressed)
        self._describe()

    def _describe(self) -> None:
        for panel in self.query(PicturePanel):
            panel.describe()
        for telling in self.query(TellingPanel):
            telling.describe()
        legend = self.query_one("#embeddings-legend", Static)
        reel = self.reel
        if reel is None or reel.vectors is None or self.shown < 0:
            legend.update("")
        elif self.shows_cosines:
            legend.update(text_of(cosine_map.legend(self.way)))
        else:
            rows = scatter.legend(panel_of(reel, self.shown, (), ()), max(20, self.size.width - 2), self.way)
            line = text_of(rows[0])
            for row in rows[1:]:
                line.append("\n")
                line.append_text(text_of(row))
            legend.update(line)
