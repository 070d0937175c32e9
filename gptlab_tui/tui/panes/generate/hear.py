"""What the pane Generate asks of the model process, and what it does with the answers."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from gptlab_tui.errors import GPTLabError
from gptlab_tui.render.display import display
from gptlab_tui.tui.models import ModelAnswer
from gptlab_tui.tui.panes.generate.knobs import check, without
from gptlab_tui.tui.panes.generate.lane import LOADING, WRITING, Lane, eyes_of
from gptlab_tui.tui.panes.generate.previewing import GeneratePreviewing
from gptlab_tui.tui.panes.generate.story import Story
from gptlab_tui.tui.redraw import Redraw
from gptlab_tui.tui.unknown import ask_about, lacking_in

#: Tokens a second where nobody has said otherwise: fast to read, slow enough to turn a knob.
PACE = 50
_REDRAW_S = 0.07


class GenerateHearing(GeneratePreviewing):
    """The pane without its knobs, and without the keys that write."""

    _fallback = False
    _chosen = False
    _steps = 0
    """Single tokens that are still to be written, the one under way included."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._sound: dict[str, Any] = {}
        """The knobs with which the model could last predict; none where no model has opened."""

    # -- asking ------------------------------------------------------------------------------------

    def open_model(self, run: str | None, step: int | None, *, chosen: bool = False) -> None:
        """Has a model opened; its own knobs are the ground that the user's changes stand on.

        With `chosen` somebody wants that step, and the other panes go there too.
        """
        self._chosen = chosen
        self.talk.stop()
        self.main.state = LOADING
        self.talk.open(run=run, step=step, prompt=self.prompt)
        self.draw_text()
        self.draw_next()

    def predict(self) -> None:
        """Wants the distribution after the cursor, with the knobs of now."""
        if not self.own:  # no model has opened
            return
        lane = self.lane
        more: dict[str, Any] = {"knobs": lane.knobs(self.knobs), "whole": self.has_class("-whole")}
        if lane.story is not None:
            story = lane.story
            ids = story.ids()
            more |= {"ids": ids, "start": min(story.start, len(ids)), "passing": story.at < 0}
            more |= story.model
        else:
            more |= {"prompt": self.prompt, "unknown": self.unknown, **self.model_of(lane)}
        self.talk.predictions.ask_next("predict", **more)
        self.score()

    def score(self) -> None:
        """Wants to know how probable the prompt's tokens were, where that is not known yet."""
        for story in (lane.story for lane in self.lanes if lane.story is not None):
            if not self.talk.scores.is_waiting and (ids := story.unscored()):
                self.talk.scores.ask("score", ids=ids, **story.model)

    def moved(self) -> None:
        """The cursor or the text has changed."""
        self.draw_text()
        self.predict()
        self.ask_where_it_looked()

    def write_anew(self, lanes: list[Lane], length: int | None = None) -> None:
        """Has lanes written from the prompt on: so many tokens, or as many as the knob says."""
        if not self.own:
            return
        self.talk.stop()
        self._steps = self._steps if length == 1 else 0
        knobs = self.knobs if length is None else {**self.knobs, "max_tokens": length}
        text = {"prompt": self.prompt, "unknown": self.unknown}
        self._write(lanes, knobs, **text, **self.model_of(self.main))

    def write_on(self, lane: Lane, length: int, written: int = 0) -> None:
        """Has so many tokens written from the cursor on, less those that are `written` already."""
        story = lane.story
        if story is None:
            return
        self.talk.stop()
        self._steps = self._steps if length == 1 else 0
        story.begin()
        knobs = {**self.knobs, "max_tokens": length}
        text = {"ids": story.ids(), "start": story.start, "written": written}
        self._write([lane], knobs, **text, **story.model)
        lane.before = written

    def _write(self, lanes: list[Lane], knobs: dict[str, Any], **text: Any) -> None:
        for lane in lanes:
            lane.waits(text.get("prompt"))
        pace = 0 if knobs["max_tokens"] == 1 else self.knobs.get("pace", PACE)
        self._goes_on = "ids" in text
        self.talk.write(lanes, knobs, pace=pace, **text)
        self.draw_text()

    _goes_on = False
    """Whether what is being written goes on with a text that was there."""

    def turn_to(self, changes: dict[str, Any]) -> None:
        """Other values for some knobs, from the next token on."""
        self.knobs = {**self.knobs, **changes}
        self.talk.turn(self.knobs)
        differing = {name: value for name, value in self.knobs.items() if value != self.own.get(name)}
        differing.pop("pace", None)
        self.bench.remember(knobs=differing)
        if "pace" in changes:
            self.keep(pace=changes["pace"])
        self.draw_knobs()
        self.predict()

    # -- hearing -----------------------------------------------------------------------------------

    def on_model_answer(self, message: ModelAnswer) -> None:
        """An answer; those to requests that nobody waits for any more are dropped."""
        talk = self.talk
        for question, take in (
            (talk.opening, self._hear_opening),
            (talk.predictions, self._hear_prediction),
            (talk.scores, self._hear_score),
            (talk.rows, self.hear_row),
            (talk.previews, self.hear_preview),
            (talk.writing, self._hear_writing),
        ):
            if question.hear(message, take):
                return

    def _hear_opening(self, message: ModelAnswer) -> None:
        answer = message.answer
        if message.kind == "opened":
            self._opened(answer)
        elif message.kind == "failed":
            if not self._fallback and not self.own:  # the run of yesterday may be gone
                self._fallback = True
                self.open_model(None, None)
                return
            self.main.state = ""
            self._fail(answer)

    def _opened(self, answer: dict[str, Any]) -> None:
        self.model = (answer["run"], answer["step"])
        self.own, self.vocab_size = answer["knobs"], answer["vocab_size"]
        self.main.digest, self.main.state = answer["digest"], ""
        self._sound = self.own
        pace = min(1000, max(0, self.kept_number("pace", PACE)))
        turned = {name: value for name, value in self.bench.state.knobs.items() if name in self.own}
        try:
            self.knobs = {**check({**self.own, **turned}), "pace": pace}
        except GPTLabError:
            self.knobs = {**self.own, "pace": pace}
        if self.main.story is not None and (self.main.story.run, self.main.story.step) != self.model:
            self.main.story = None
        self.bench.remember(run=answer["run"])
        self.looks_at(answer["run"], answer["step"], chosen=self._chosen)
        for warning in answer["warnings"]:
            self.app.notify(display(warning), severity="warning", markup=False)
        self.draw_knobs()
        self.moved()

    def _hear_prediction(self, message: ModelAnswer) -> None:
        answer = message.answer
        if message.kind == "prediction":
            self.seen, self._sound = answer, self.knobs
            if self.lane.story is None or eyes_of(answer) == self.lane.story.eyes:
                self.lane.digest = answer["digest"]
            if self.lane.story is None and not self.is_comparing and "pieces" in answer:
                read = bytes.fromhex("".join(piece["bytes"] for piece in answer["pieces"]))
                prompt = read.decode("utf-8", "replace")
                self.main.story = Story(prompt, answer["pieces"], run=answer["run"], step=answer["step"])
                self.main.story.look_with(eyes_of(answer))
                self.main.prompt = self.prompt
                self.draw_text()
                self.score()
                self.ask_where_it_looked()
            self.draw_next()
        elif message.kind == "lacking":
            self.seen = None
            self.main.state = lacking_in(answer).says
            self.draw_text()
            self.draw_next()
        elif message.kind == "failed" and without(self.knobs, self._sound) != self.knobs:
            self._fail(answer)  # such as a ban of what is no token of this model
            self.turn_to(without(self.knobs, self._sound))
        elif message.kind == "failed":
            self.seen = None
            self.lane.state = display(answer["message"])
            self.draw_text()
            self.draw_next()

    def _hear_score(self, message: ModelAnswer) -> None:
        answer = message.answer
        if message.kind == "scored":
            for story in (lane.story for lane in self.lanes if lane.story is not None):
                if (story.run, story.eyes) == (answer["run"], eyes_of(answer)):
                    story.score(answer["ids"], answer["tokens"])
            self.draw_text()
        elif message.kind == "done":
            self.score()  # of another lane, or by another step

    def _hear_writing(self, message: ModelAnswer) -> None:
        answer, lanes = message.answer, self.talk.lanes
        match message.kind:
            case "began":
                lanes[answer["variant"]].is_written(answer)
                if not self._goes_on:
                    lanes[answer["variant"]].began(answer)
            case "tokens":
                self._take(answer)
            case "ended":
                lanes[answer["variant"]].ended(answer)
                if answer["finish"] == "failed":
                    self._fail(answer)
            case "lacking":
                self._ask_about(answer)
            case "problem" | "failed":
                self._fail(answer)
        if message.is_last:
            self._written(message.kind == "done")

    def _take(self, answer: dict[str, Any]) -> None:
        """Tokens, each for its lane."""
        for token in answer["tokens"]:
            self.talk.lanes[token["variant"]].take(token)
        for number in {token["variant"] for token in answer["tokens"]}:
            self.talk.lanes[number].clock(answer["seconds"])
        if self.display:
            for part in self._while_it_writes:
                part.ask()

    def _written(self, well: bool) -> None:
        """The request is over; where single tokens are still wanted the next one follows."""
        lanes = self.talk.lanes
        for lane in lanes:
            lane.state = "" if lane.state == WRITING else lane.state
        self._steps = max(0, self._steps - 1) if well else 0
        if self._steps:
            self.write_on(lanes[0], 1)
        else:
            self.moved()

    def _fail(self, answer: dict[str, Any]) -> None:
        said = " ".join(part for part in (answer.get("message"), answer.get("hint")) if part)
        self.app.notify(display(said), severity="error", markup=False)

    @cached_property
    def _while_it_writes(self) -> tuple[Redraw, Redraw]:
        """The text, a few times a second, and what costs a forward pass, more rarely."""
        return (
            Redraw(self, _REDRAW_S, self.draw_text),
            Redraw(self, self.bench.terminal.redraw_s, self._predict_as_it_writes),
        )

    def draw_no_more(self) -> None:
        """What waits to be drawn is not."""
        for part in self._while_it_writes:
            part.stop()

    def _predict_as_it_writes(self) -> None:
        if self.talk.is_writing:
            self.predict()
            self.ask_where_it_looked()

    def _ask_about(self, answer: dict[str, Any]) -> None:
        """The prompt has characters that the model lacks."""

        def go(chosen: str | None) -> None:
            if chosen is not None:
                self.unknown = chosen
                self.write_anew(self.talk.lanes)

        self.app.push_screen(ask_about(lacking_in(answer)), go)
