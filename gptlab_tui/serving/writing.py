"""`write`: texts as they are made, several side by side, with knobs that can be turned meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from time import monotonic
from typing import TYPE_CHECKING, Any

from gptlab_tui.errors import GPTLabError
from gptlab_tui.sampling.decoder import choose, nothing_to_draw
from gptlab_tui.sampling.draw import uniform
from gptlab_tui.sampling.stop import StopWatch
from gptlab_tui.sampling.tokens import look_at
from gptlab_tui.serving.asked import Text, lacks, pieces_of, settings_of, text_of
from gptlab_tui.serving.job import Job
from gptlab_tui.serving.protocol import Message
from gptlab_tui.serving.reading import CachedText, LoadedModel
from gptlab_tui.text.tokenizers import StreamDecoder

if TYPE_CHECKING:
    from gptlab_tui.serving.desk import Desk

_ALTERNATIVES = 8
#: So often what was written is sent, in seconds.
_SEND_S = 0.03


def write(desk: Desk, job: Job) -> Iterator[Message | None]:
    """`write {prompt | ids, start, unknown?, variants, sample?, alternatives?, pace?, written?, …}`.

    Each of `variants` has `knobs`, and may have a `run` and a `step` of its own, else the request's.
    `pace` is the most tokens a second, 0 for no limit. So many tokens of the length are `written`
    already, by another request. A `turn {knobs: [{…}, …]}` gives each variant knobs for the
    tokens to come.

    Answers: for each variant `began`, or `lacking {characters}`, and `ended {finish}`; in between
    `tokens`, each with the number of the turn (from 0) that it was drawn after, and the `seconds` since
    the prompts were read; a `problem` for knobs that cannot be. `finish` is length, stop or failed.
    """
    request = job.request
    continuations: list[Continuation] = []
    for number, variant in enumerate(request["variants"]):
        loaded = desk.loaded({**request, **variant})
        text = text_of(request, loaded.opened)
        if text.lacking:
            yield {**lacks(text.lacking, loaded.opened), "variant": number}
            return
        continuations.append(Continuation(number, loaded, text, variant.get("knobs", {}), request))
    try:
        for one in continuations:
            yield one.began()
        for one in continuations:
            yield from one.read()
        yield from _stream(continuations, job)
        for one in continuations:
            yield one.ended()
    finally:
        for one in continuations:
            one.put_down()


def _stream(continuations: list[Continuation], job: Job) -> Iterator[Message | None]:
    """A token of each text in turn, until all have ended."""
    waiting: list[Message] = []
    began = due = sent = monotonic()
    while any(one.finish is None for one in continuations):
        for turn in job.turns():
            yield from _turn(continuations, turn)
        for one in continuations:
            waiting += one.step()
        due = _due(due, float(job.request.get("pace", 0)))
        job.rest(due)
        is_over = all(one.finish is not None for one in continuations)
        if waiting and (is_over or job.rests_s > _SEND_S or monotonic() - sent > _SEND_S):
            yield {"kind": "tokens", "tokens": waiting, "seconds": monotonic() - began}
            waiting, sent = [], monotonic()
        else:
            yield None


def _due(due: float, pace: float) -> float:
    """When the next token may come; what was late is not made up for."""
    return max(due + 1.0 / pace, monotonic()) if pace > 0.0 else 0.0


def _turn(continuations: list[Continuation], turn: Message) -> Iterator[Message]:
    for one, knobs in zip(continuations, turn["knobs"], strict=True):
        try:
            one.turn(knobs)
        except GPTLabError as error:
            yield {"kind": "problem", "variant": one.number, "message": error.message, "hint": error.hint}


class Continuation:
    """One of the texts that are written."""

    def __init__(
        self, number: int, loaded: LoadedModel, text: Text, knobs: Mapping[str, Any], request: Message
    ) -> None:
        self.number, self.loaded, self.text = number, loaded, text
        self.cached: CachedText | None = None
        self.finish: str | None = None
        self._problem: GPTLabError | None = None
        self._turned = 0
        self._sample = int(request.get("sample", 0))
        self._alternatives = int(request.get("alternatives", _ALTERNATIVES))
        self._decoder = StreamDecoder(loaded.opened.tokenizer)
        for token in text.ids[text.start :]:  # a character may be half written
            self._decoder.push(token)
        self._written = int(request.get("written", 0))
        self._length = self._shown = 0
        self._settings = settings_of(knobs, loaded.opened)
        self._watch = StopWatch(self._settings.knobs.stop)

    def began(self) -> Message:
        """Which text, by which model, with which knobs."""
        opened = self.loaded.opened
        return {
            "kind": "began",
            "variant": self.number,
            "run": opened.run.name,
            "step": opened.step,
            "off": opened.off,
            "digest": opened.digest,
            "start": self.text.start,
            "pieces": pieces_of(self.text.ids, opened.tokenizer),
            "knobs": self._settings.knobs.model_dump(mode="json"),
        }

    def read(self) -> Iterator[None]:
        """The text so far; others may have a turn meanwhile."""
        for cached in self.loaded.take(self.text.ids, self.text.start):
            if cached is None:
                yield None
            else:
                self.cached = cached

    def turn(self, knobs: Mapping[str, Any]) -> None:
        """Other knobs from the next token on; raises GPTLabError for what they cannot be."""
        self._turned += 1
        stops = self._settings.knobs.stop
        self._settings = settings_of(knobs, self.loaded.opened)
        if self._settings.knobs.stop != stops:
            self._watch = StopWatch(self._settings.knobs.stop)

    def step(self) -> list[Message]:
        """One token more, if there is one."""
        if self.finish is not None or self.cached is None:
            return []
        if self._written >= self._settings.knobs.max_tokens:
            self.finish = "length"
            return []
        try:
            return [self._draw(self.cached)]
        except GPTLabError as error:
            self._problem, self.finish = error, "failed"
            return []

    def _draw(self, cached: CachedText) -> Message:
        tokenizer, position = self.loaded.opened.tokenizer, len(cached.ids)
        raw = self.loaded.next_logits(cached)
        luck = uniform(self._settings.knobs.seed, self._sample, position)
        after, drawn = choose(raw, cached.text, self._settings, [luck])
        token = int(drawn[0])
        if token >= raw.size(-1):
            raise nothing_to_draw(raw, position)
        found = look_at([token], raw, after, self._alternatives, tokenizer)[0]
        cached.push(token)
        self._written += 1
        text = self._decoder.push(token)
        shown, stopped = self._watch.push(text)
        self._length, self._shown = self._length + len(text), self._shown + len(shown)
        if stopped:
            self.finish = "stop"
        elif self._written >= self._settings.knobs.max_tokens:
            self.finish = "length"
        return {
            "variant": self.number,
            "position": position,
            "turn": self._turned,
            "id": token,
            "piece": found.piece,
            "bytes": tokenizer.token_bytes(token).hex(),
            "raw": found.raw_probability,
            "probability": found.probability,
            "rank": 1 + int((raw[0] > raw[0, token]).sum()),
            "entropy": found.entropy_bits,
            "alternatives": [
                [one.id, one.text, one.raw_probability, one.probability] for one in found.alternatives
            ],
        }

    def ended(self) -> Message:
        """Why the text ends; `hidden` are the characters at its end that belong to the stop."""
        hidden = self._length - self._shown if self.finish == "stop" else 0
        ended: Message = {"kind": "ended", "variant": self.number, "finish": self.finish, "hidden": hidden}
        if self._problem is not None:
            ended |= {"message": self._problem.message, "hint": self._problem.hint}
        return ended

    def put_down(self) -> None:
        """The cache goes back to where others can go on from it."""
        if self.cached is not None:
            self.loaded.give_back(self.cached)
            self.cached = None
