"""Through a run's steps with the same prompt, text and luck: what each of them expects, and would write.

The text stays as it was written and is the context. The bars, the surprise and where it looked are those
of the step in sight, and after the cursor stands, as a preview, what that step would go on with; enter
writes it. What is being written when the step changes is written on by the new one.
"""

from __future__ import annotations

from typing import Any

from gptlab_tui.model.head_names import Heads
from gptlab_tui.tui.panes.generate.hear import GenerateHearing
from gptlab_tui.tui.panes.generate.lane import Lane
from gptlab_tui.tui.panes.generate.story import Eyes


class GenerateStepping(GenerateHearing):
    """The part of the pane that goes to other steps."""

    def to_step(self, step: int) -> None:
        """The same text, looked at with another step of the run."""
        if self.own:
            self.look_with(Eyes(step, self.bench.shared.off_of(self.model[0])))

    def to_heads(self, off: Heads) -> None:
        """The same text, looked at with other heads switched off."""
        if self.own and self.model[1] is not None:
            self.look_with(Eyes(self.model[1], off))

    def look_with(self, eyes: Eyes) -> None:
        """Another of the run's models, unless it looks already."""
        looking = [lane.story.eyes for lane in self.lanes if lane.story is not None]
        if self.model[1] == eyes.step and looking and all(one == eyes for one in looking):
            return
        run = str(self.model[0])
        self.model = (run, eyes.step)
        second = self.lanes[1:] if self.second is not None and self.is_comparing else []
        for lane in {self.main, *self.lanes} - {*second}:
            if lane.model is not None:
                lane.model, lane.title = (run, eyes.step), f"{run} step {eyes.step:,}"
            if lane.story is not None:
                lane.story.look_with(eyes)
        if self.is_comparing:
            self.write_anew(self.lanes)
        elif self.talk.is_writing:
            self._write_rest()
        else:
            self.preview()
        self.draw_text()
        self.predict()
        self.ask_where_it_looked()

    def run_renamed(self, old: str, new: str) -> None:
        """The texts stay; who wrote them, and who may write on, goes by the new name."""
        super().run_renamed(old, new)
        run, step = self.model
        self.model = new if run == old else run, step
        if self.second is not None and self.second[0] == old:
            self.second = new, self.second[1]
        for lane in {self.main, *self.lanes}:
            if lane.model is not None and lane.model[0] == old:
                lane.model, lane.title = (new, lane.model[1]), new + lane.title.removeprefix(old)
            if lane.story is not None and lane.story.run == old:
                lane.story.run = new

    def action_all_heads(self) -> None:
        """All heads on again."""
        run = self.model[0]
        if run is None or not self.bench.shared.off_of(run):
            self.app.notify("No head is off: in Attention (4) x switches one off.")
            return
        self.bench.shared.switch(run, ())

    def _write_rest(self) -> None:
        """Has the model in use go on with what is being written."""
        [lane] = self.talk.lanes
        if not lane.has_begun and not self._goes_on:  # another prompt, of which nothing is written yet
            self.write_anew([lane], 1 if lane.drawn_with[-1]["max_tokens"] == 1 else None)
            return
        if lane.story is not None:
            lane.story.at = len(lane.story.path)
        self.write_on(lane, lane.drawn_with[-1]["max_tokens"], lane.before + lane.taken)

    def moved(self) -> None:
        """Where the cursor or the text is another there is nothing to preview."""
        self.drop_preview()
        super().moved()

    def _write(self, lanes: list[Lane], knobs: dict[str, Any], **text: Any) -> None:
        self.drop_preview()
        super()._write(lanes, knobs, **text)

    def turn_to(self, changes: dict[str, Any]) -> None:
        """Other knobs would write something else."""
        super().turn_to(changes)
        if self.previewed is not None:
            self.preview()
