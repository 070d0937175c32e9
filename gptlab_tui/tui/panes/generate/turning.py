"""Turning knobs: by keys, by rows, by values that are typed; all act at the next token."""

from __future__ import annotations

from gptlab_tui.errors import GPTLabError
from gptlab_tui.render.display import display
from gptlab_tui.tui.dialogs import Ask
from gptlab_tui.tui.panes.generate.draws import DrawsScreen
from gptlab_tui.tui.panes.generate.draws_words import Wanted
from gptlab_tui.tui.panes.generate.knobs import BY_NAME, Knob, check, editable, greedy, parse, turn
from gptlab_tui.tui.panes.generate.parts import Rows
from gptlab_tui.tui.panes.generate.stepping import GenerateStepping


class GenerateTurning(GenerateStepping):
    """The part of the pane that has the knobs in hand."""

    def action_turn(self, name: str, times: int, big: bool = False) -> None:
        """A knob down or up; it acts at the next token of what is being written."""
        knob = BY_NAME[name]
        if not self.has_model():
            return
        self.last_knob = name
        if not knob.step:
            self.draw_knobs()
            return
        value = turn(knob, self.knobs[name], times, big=big, vocab_size=self.vocab_size)
        self.turn_to({name: value})

    def action_turn_big(self, times: int) -> None:
        """The last knob by its larger step."""
        self.action_turn(self.last_knob, times, big=True)

    def action_greedy(self) -> None:
        """Temperature 0, and back to the run's own."""
        if self.has_model():
            self.last_knob = "temperature"
            warm = self.own["temperature"] or 1.0
            self.turn_to(greedy(self.knobs) if self.knobs["temperature"] else {"temperature": warm})

    def action_reset(self) -> None:
        """All knobs as the run has them."""
        if self.has_model():
            self.turn_to(dict(self.own))

    def action_ban(self) -> None:
        """The candidate that is marked is never drawn, or may be again."""
        place, prediction = self.query_one("#next", Rows).highlighted, self.seen
        if not self.has_model() or prediction is None or place is None or place >= len(prediction["tokens"]):
            return
        piece = prediction["tokens"][place]["piece"]
        if "\ufffd" in piece:
            self.app.notify("A part of a character cannot be named, so it cannot be banned.")
            return
        banned = list(self.knobs["ban"])
        self.last_knob = "ban"
        self.turn_to(
            {"ban": [one for one in banned if one != piece] if piece in banned else [*banned, piece]}
        )

    def edit_knob(self, knob: Knob) -> None:
        """Types a value."""

        def go(typed: str | None) -> None:
            if typed is None:
                return
            try:
                value = parse(knob, typed)
                if knob.name != "pace":
                    check({**self.lane.knobs(self.knobs), knob.name: value})
            except GPTLabError as error:
                self.app.notify(display(error.message), severity="error", markup=False)
                return
            self.turn_to({knob.name: value})

        if self.has_model():
            self.app.push_screen(Ask(knob.title, editable(knob, self.knobs[knob.name]), knob.says), go)

    def action_draws(self) -> None:
        """Draws many times from what is shown to come next."""
        seen, story = self.seen, self.lane.story
        if seen is None:
            self.app.notify("There is no distribution to draw from yet.")
            return
        text = self.prompt if story is None else story.up_to(story.cursor + 1)
        wanted = Wanted(
            name=f"the next of {seen['vocab_size']:,} tokens, {seen['run']} step {seen['step']:,}",
            knobs=self.lane.knobs(self.knobs),
            own=self.own,
            about={name: seen[name] for name in ("run", "step", "ids", "start")},
            text=text,
            dropped=len(seen["ids"]) - seen["in_sight"],
        )
        self.app.push_screen(DrawsScreen(wanted))
