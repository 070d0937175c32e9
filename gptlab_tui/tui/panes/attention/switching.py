"""The heads of the pane Attention one by one: what each looks for, and what is expected without it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from gptlab_tui.explain.explanation import Explanation
from gptlab_tui.model.head_names import Heads, names_of, ordered, told
from gptlab_tui.render.display import display
from gptlab_tui.tui.models import ModelAnswer
from gptlab_tui.tui.panes.attention import head_words as words
from gptlab_tui.tui.panes.attention.data import Map
from gptlab_tui.tui.panes.attention.head_panels import HeadTold, NextPanel
from gptlab_tui.tui.panes.attention.panels import HeadsPanel, MapPanel
from gptlab_tui.tui.panes.attention.viewing import AttentionViews
from gptlab_tui.tui.panes.generate.command import quoted
from gptlab_tui.tui.question import Question
from gptlab_tui.tui.widgets.headgrid import HeadGrid, Marks

#: What is asked of every sentence that was read, by what it is kept under.
_ASKED = {"scores": "head_scores", "expected": "predict", "repeated": "head_repeated"}


class AttentionHeads(AttentionViews):
    """Scores, losses and next tokens, asked for whenever the sentence or the model is another."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.scores: words.Scores | None = None
        self.expected: dict[str, Any] | None = None
        """What may come next, with the heads as they are, and beside it with all of them."""
        self.measure = "kind"
        self._missed: dict[tuple[str, int, Heads], words.Missed] = {}
        self._losses = Question(self)
        self._progress = ""
        self._repeated: words.Repeated | None = None
        self._wanted: dict[str, dict[str, Any]] = {}
        """What was asked last of each kind, unless that failed."""
        self._asking = {name: Question(self) for name in _ASKED}

    @property
    def off(self) -> Heads:
        """The heads that were off when the sentence was read."""
        return self.heads.off if self.heads is not None else ()

    @property
    def missed(self) -> words.Missed | None:
        """How much each head is missed, as far as that was measured."""
        heads = self.heads
        return None if heads is None else self._missed.get((heads.run, heads.step, heads.off))

    @property
    def here(self) -> tuple[int, int] | None:
        """The head under the cursor; None for a mean, and where nothing was read."""
        return (self._layer, self._head) if self.heads is not None and self._head >= 0 else None

    # -- asking ------------------------------------------------------------------------------------

    def _take(self, found: Map) -> None:
        super()._take(found)
        self._ask_about_heads()

    def _ask_about_heads(self) -> None:
        """What is not known of the sentence and the model that were read, and is not on its way."""
        heads = self.heads
        assert heads is not None
        model: dict[str, Any] = {"run": heads.run, "step": heads.step, "off": heads.off}
        text = {**model, "prompt": self._text, "unknown": self.unknown}
        expected = {**text, "passing": True, "beside": (), "best": words.MOST}
        if _unlike(text, self._wanted.get("scores", {})):
            self.scores = self.expected = None
            self._describe()
        if model != self._wanted.get("repeated"):
            if _unlike(model, self._wanted.get("repeated", {})):
                self._repeated = None
            self._call_off_losses()
            self._asking["repeated"].call_off()  # it may take seconds
        for name, question in {"scores": text, "expected": expected, "repeated": model}.items():
            if question != self._wanted.get(name):
                self._wanted[name] = question
                self._asking[name].ask_next(_ASKED[name], **question)

    def to_heads(self, off: Heads) -> None:
        """The same text read without other heads."""
        if self.heads is not None and self.heads.off != off:
            self._ask_soon()

    def on_model_answer(self, message: ModelAnswer) -> None:
        """Answers about heads; the map's are heard by whoever asked."""
        self._losses.hear(message, self._hear_losses)
        for name, question in self._asking.items():
            question.hear(message, partial(self._hear, name))

    def _hear(self, name: str, message: ModelAnswer) -> None:
        answer, kind = message.answer, message.kind
        if self._asking[name].asked != self._wanted.get(name):
            return  # it is of another text, step or heads
        if kind == "scores":
            found = answer["scores"]
            self.scores = None if found is None else words.scores_of(found, self._repeated)
        elif kind == "prediction":
            self.expected = answer
        elif kind == "repeated":
            self._repeated = words.repeated_of(answer)
            self.scores = self.scores and self.scores.with_repeated(self._repeated)
        elif kind == "failed":  # asked again the next time that something was read
            setattr(self, "_repeated" if name == "repeated" else name, None)
            del self._wanted[name]
        if kind not in ("done", "cancelled"):
            self._describe()

    def _hear_losses(self, message: ModelAnswer) -> None:
        answer = message.answer
        found = words.missed_of(answer)
        if found is not None:
            key = (str(answer["run"]), int(answer["step"]), ordered(answer["off"]))
            self._missed[key] = found
        if message.kind == "progress":
            self._progress = f"{answer['said']} · o stops"
        if message.is_last:
            self._progress = ""
        if message.kind == "failed":
            self.app.notify(display(message.words), severity="warning", markup=False, timeout=10)
        self._describe()

    def _call_off_losses(self) -> bool:
        self._progress = ""
        return self._losses.call_off()

    def back(self) -> bool:
        """Calls off what is measured, or what a view waits for."""
        stopped = self._call_off_losses()
        if stopped:
            self._describe()
        return stopped or super().back()

    # -- showing -----------------------------------------------------------------------------------

    def _describe(self) -> None:
        super()._describe()
        heads = self.heads
        grid, panel = self.query_one(HeadGrid), self.query_one(HeadsPanel)
        if heads is None:
            self.query_one(HeadTold).say([])
            return
        every = [(layer, head) for layer in range(heads.n_layer) for head in range(heads.n_head)]
        marks = {one: words.notes(self.measure, self.scores, self.missed, *one) for one in every}
        if self.measure == "missed":  # what is off already cannot be missed more
            marks |= dict.fromkeys(heads.off, ())
        grid.mark(Marks(frozenset(heads.off), marks))
        self._tell_of_head(panel)
        self._tell_at_map(panel)
        self.query_one(NextPanel).describe()

    def _values(self) -> dict[tuple[int, int], float]:
        """Every head's place in the order of the label."""
        heads = self.heads
        if heads is None:
            return {}
        every = [(layer, head) for layer in range(heads.n_layer) for head in range(heads.n_head)]
        return {one: words.value_of(self.measure, self.scores, self.missed, *one) for one in every}

    def _tell_at_map(self, panel: HeadsPanel) -> None:
        """In the frame of the map what stands in that of the heads, where those are not in sight."""
        missed = words.missed_words(self.missed, *self.here) if self.here and self.measure == "missed" else ""
        said = "" if panel.display else self._progress or missed
        if said:
            at_map = self.query_one(MapPanel)
            at_map.border_subtitle = " · ".join(filter(None, (said, at_map.border_subtitle)))

    def _tell_of_head(self, panel: HeadsPanel) -> None:
        parts = [told(self.off)] if self.off else []
        said, lines = "o: how each is missed", []
        if self.here is not None and self.scores is not None:
            layer, head = self.here
            kind = self.scores.kind(layer, head)
            state = ", ".join(filter(None, ("off" if self.here in self.off else "", kind)))
            parts.insert(0, f"{layer}.{head} {state}".strip())
            missed = words.missed_words(self.missed, layer, head) or said
            said = "x switches it on" if self.here in self.off else missed
            lines = words.score_lines(self.scores, layer, head, max(20, panel.content_region.width))
        elif self.scores is not None:
            lines = ["mean of the heads of the layer"]
            said = (
                f"x switches all of layer {self._layer} {'on' if self._layer_heads <= {*self.off} else 'off'}"
            )
        width = max(20, panel.content_region.width)
        if not words.fits(self.measure, self.query_one(HeadGrid).room):
            # What is off already cannot be missed more.
            off = dict.fromkeys(self.off, math.nan) if self.measure == "missed" else {}
            lines.append(words.best_line(self.measure, self._values() | off, self.scores, width))
        panel.border_title = " · ".join(["Heads", *parts])
        panel.border_subtitle = self._progress or said
        if self.expected is not None and not self.query_one(NextPanel).display:
            lines.append(words.next_line(self.rows, self.off, self.way, width))
        self.query_one(HeadTold).say(lines)

    @property
    def _layer_heads(self) -> set[tuple[int, int]]:
        """All heads of the layer under the cursor."""
        return {(self._layer, head) for head in range(self.heads.n_head)} if self.heads is not None else set()

    @property
    def rows(self) -> list[tuple[str, float, float]]:
        """What may come next, before and after."""
        return [] if self.expected is None else words.candidates(self.expected)

    def explain_head(self) -> Explanation | None:
        """The scores of the head under the cursor."""
        if self.heads is None or self.scores is None or self.here is None:
            return self.explanation()
        model = f"{self.heads.run}, step {self.heads.step:,}"
        return words.explain_heads(self.scores, self.missed, *self.here, self.off, model)

    def head_command(self) -> str | None:
        """The command that prints the scores, or with the losses once they were measured."""
        heads = self.heads
        if heads is None or self.scores is None:
            return self.command()
        line = ["gptlab", "inspect", "heads", "--run", quoted(heads.run), "--step", str(heads.step)]
        line += ["--without-heads", ",".join(names_of(heads.off))] if heads.off else []
        if self.missed is not None:
            return " ".join(line)
        line += ["--unknown", self.unknown] if self.unknown != "error" else []
        text = "".join(heads.pieces) if heads.dropped else self._text
        return " ".join([*line, "--no-loss", *(["--"] if text.startswith("-") else []), quoted(text)])

    def next_command(self) -> str | None:
        """The command that prints what may come next."""
        heads = self.heads
        if heads is None:
            return None
        line = ["gptlab", "inspect", "next", "--run", quoted(heads.run), "--step", str(heads.step)]
        line += ["--without-heads", ",".join(names_of(heads.off))] if heads.off else []
        line += ["--unknown", self.unknown] if self.unknown != "error" else []
        return " ".join([*line, *(["--"] if self._text.startswith("-") else []), quoted(self._text)])

    # -- keys --------------------------------------------------------------------------------------

    def action_off(self) -> None:
        """The head under the cursor off, or on again; in the mean's column all heads of the layer."""
        heads = self.heads
        if heads is None:
            return
        now = {*self.bench.shared.off_of(heads.run)}
        chosen = {self.here} if self.here else self._layer_heads
        self._switch(now ^ chosen if self.here else now - chosen if chosen <= now else now | chosen)

    def action_all_heads(self) -> None:
        """All on again."""
        self._switch(set())

    def _switch(self, off: set[tuple[int, int]]) -> None:
        if self.heads is None or ordered(off) == self.bench.shared.off_of(self.heads.run):
            return
        self.bench.shared.switch(self.heads.run, ordered(off))
        self.query_one(HeadGrid).mark(replace(self.query_one(HeadGrid).marks, off=frozenset(off)))

    def action_missed(self) -> None:
        """How the validation loss rises without each head, measured in the background; again stops it."""
        heads = self.heads
        if heads is None:
            return
        if not self._call_off_losses() and not (self.missed is not None and self.missed.is_whole):
            self._progress = "reads the run's text"
            self._losses.ask("head_losses", run=heads.run, step=heads.step, off=heads.off)
        self.measure = "missed"
        self._describe()

    def action_measure(self) -> None:
        """Another label of the grid."""
        at = words.MEASURES.index(self.measure)
        self.measure = words.MEASURES[(at + 1) % len(words.MEASURES)]
        self._describe()

    def action_best(self, by: int) -> None:
        """To the next head in the order of the label."""
        values = self._values()
        order = sorted((one for one in values if not math.isnan(values[one])), key=lambda one: -values[one])
        if order:
            at = order.index(self.here) if self.here in order else -1 if by > 0 else 0
            self._choose(*order[(at + by) % len(order)])
            self._describe()


def _unlike(question: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Whether it is about another text or run: of another step, or without other heads, the numbers of
    before stay until the new ones are there.
    """
    return any(question[name] != before.get(name) for name in question.keys() - {"step", "off"})
