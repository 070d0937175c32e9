"""The pane Generate: write with a model, knob by knob, and see what it could have written."""

from __future__ import annotations

from functools import partial
from typing import Any

from textual.events import DescendantFocus
from textual.widgets import OptionList, TextArea

import gptlab_tui
from gptlab_tui.errors import GPTLabError
from gptlab_tui.home import standing
from gptlab_tui.render.display import display
from gptlab_tui.tui.choose_model import ChooseModel
from gptlab_tui.tui.dialogs import Ask
from gptlab_tui.tui.keys.generate import KEYS
from gptlab_tui.tui.panel import bindings
from gptlab_tui.tui.panes.generate.command import comparison
from gptlab_tui.tui.panes.generate.knobs import BY_NAME, KNOBS, greedy, parse_comparison
from gptlab_tui.tui.panes.generate.lane import Lane, eyes_of
from gptlab_tui.tui.panes.generate.parts import TextPanel
from gptlab_tui.tui.panes.generate.requests import WriteWith
from gptlab_tui.tui.panes.generate.text import TextView
from gptlab_tui.tui.panes.generate.transcript import record, save
from gptlab_tui.tui.panes.generate.writing import GenerateWriting
from gptlab_tui.tui.run_models import Model, models_of

#: What fits over a narrow column.
SHORT = {"temperature": "temp", "repetition_penalty": "repeat", "penalty_window": "window"}


class GeneratePane(GenerateWriting):
    """The keys that choose. Under them, each on the next: `GenerateWriting` has those that write,
    `GenerateTurning` the knobs, `GenerateStepping` goes to other steps of the run, `GenerateHearing`
    asks the model and hears it, `GeneratePreviewing` tells what would be written, `GenerateLooking`
    where it looked, and `GenerateView` has the state and draws it.
    """

    BINDINGS = [*bindings(KEYS)]

    # -- coming and going --------------------------------------------------------------------------

    def arrive(self) -> None:
        """Opens a model when it is shown for the first time."""
        self.set_class(self.kept.get("looking") is True, "-looking")
        self.text_view.focus()
        self.make_room()
        prompt = self.query_one("#prompt", TextArea)
        prompt.move_cursor(prompt.document.end)
        if not self.own and not self.talk.opening.is_waiting:
            self.open_first()
        elif self.seen is None and self.own:
            self.predict()
        self.draw_text()

    def on_write_with(self, message: WriteWith) -> None:
        """Another run is to write; where none did yet, `arrive` has asked for it."""
        if self.own and self.model[0] != message.run:
            self.open_model(message.run, self.bench.shared.step_of(message.run))

    def leave(self) -> None:
        """What is being written goes on; it is drawn again when one comes back."""
        self.draw_no_more()

    # -- events ------------------------------------------------------------------------------------

    def back(self) -> bool:
        """What was to be written is not; else from a field or a list to the text, where the keys act."""
        if not self.take_wish_back():
            self.text_view.focus()
        return True

    def on_prompt_area_submitted(self) -> None:
        """Enter in the prompt."""
        self.write_from_prompt()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A candidate is picked, or a knob edited."""
        if event.option_list.id == "next":
            self.pick(event.option_index)
        elif event.option_list.id == "knobs":
            self.edit_knob(KNOBS[event.option_index])

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """The larger steps act on the marked knob."""
        if event.option_list.id == "knobs":
            self.last_knob = KNOBS[event.option_index].name

    def on_text_view_picked(self, event: TextView.Picked) -> None:
        """A token was clicked."""
        if self.lane.story is not None:
            self.lane.story.at = min(event.at, len(self.lane.story.path))
            self.moved()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Another lane, another cursor; and where room is short another panel."""
        self.make_room()
        if self.is_comparing and event.widget in (views := self.views):
            self.chosen = views.index(event.widget)
            self.shut_lanes()
            self.moved()

    def palette(self) -> list[tuple[str, str, str]]:
        """All that has a key here."""
        return [(key.label, key.help, key.action) for key in KEYS]

    # -- writing -----------------------------------------------------------------------------------

    def pick(self, place: int) -> None:
        """A candidate by hand: what comes after the cursor is now this."""
        story, prediction = self.lane.story, self.seen
        if (
            story is None
            or prediction is None
            or prediction["ids"] != story.ids()
            or eyes_of(prediction) != story.eyes
            or place >= len(prediction["tokens"])
        ):
            return
        if story.at < 0:
            self.app.notify("The prompt stays as it was typed: i changes it.")
            return
        self.hold()
        others = [
            [one["id"], one["piece"], one["raw"], one["probability"]] for one in prediction["tokens"][:8]
        ]
        story.begin()
        story.append(
            {**prediction["tokens"][place], "entropy": prediction["entropy_raw"], "alternatives": others},
            None,
        )
        self.moved()

    # -- the cursor --------------------------------------------------------------------------------

    def action_sideways(self, by: int) -> None:
        """The cursor, or the knob that is marked where the focus is among them."""
        if self.query_one("#knobs").has_focus:
            self.action_turn(self.last_knob, by)
        elif self.has_model() and self.lane.story is not None:
            self.lane.story.move(by)
            self.moved()

    def action_branch(self, by: int) -> None:
        """Another branch."""
        if self.has_model() and self.lane.story is not None and self.lane.story.switch(by):
            self.hold()
            self.lane.state = ""
            self.moved()

    def action_to_end(self, by: int) -> None:
        """The cursor to either end."""
        story = self.lane.story
        if self.has_model() and story is not None:
            story.at = len(story.path) if by > 0 else 0 if story.at > 0 else story.first
            self.moved()

    def action_fork(self, by: int) -> None:
        """The cursor to where there are branches."""
        if self.has_model() and self.lane.story is not None and self.lane.story.fork(by):
            self.moved()

    # -- what is shown -----------------------------------------------------------------------------

    def action_surprise(self) -> None:
        """The style of the text says how surprising it was, or does no longer."""
        on = not self.query_one("#text", TextView).shows_surprise
        for view in self.query(TextView):
            view.shows_surprise = on
        self.set_class(on, "-surprise")
        self.drop_preview()
        self.draw_text()

    def action_vocabulary(self) -> None:
        """All tokens instead of the best."""
        self.toggle_class("-whole")
        self.call_after_refresh(self.predict)  # by then it has its size

    async def action_compare(self) -> None:
        """Side by side, or the one text again."""
        if not self.is_comparing and self.has_to_wait("compares", self.action_compare):
            return
        self.hold()
        if self.is_comparing:
            self.lanes = [self.main]
        else:
            self.lanes = self._lanes()
        self.chosen = 0
        self.hold_focus()
        await self.query("#texts .compared").remove()
        self.set_class(self.is_comparing, "-comparing")
        for lane in self.lanes if self.is_comparing else ():
            view = TextView()
            view.shows_surprise = self.query_one("#text", TextView).shows_surprise
            panel = TextPanel(
                view,
                title=lane.title,
                command=self._command,
                explain=self._explain_text,
                classes="lane compared",
            )
            await self.query_one("#texts").mount(panel)
        self.arrange_lanes()
        self.screen.set_focus(self.text_view)
        if self.is_comparing:
            self.write_anew(self.lanes)
        else:
            self.moved()

    def _lanes(self) -> list[Lane]:
        if self.second is not None:
            here: Model = (str(self.model[0]), self.model[1])
            named = (
                (run, step, "newest" if step is None else f"step {step:,}")
                for run, step in (here, self.second)
            )
            return [Lane(title=f"{run} {said}", model=(run, step)) for run, step, said in named]
        name, values = self.compared
        return [
            Lane(
                title="greedy"
                if name == "temperature" and not value
                else f"{SHORT.get(name, BY_NAME[name].title)} {value:g}",
                override=greedy(self.knobs) if name == "temperature" and not value else {name: value},
            )
            for value in values
        ]

    def action_settings(self) -> None:
        """Asks which knob is compared, at which values."""

        async def go(typed: str | None) -> None:
            if typed is None:
                return
            try:
                self.compared = parse_comparison(typed)
            except GPTLabError as error:
                self.app.notify(display(error.message), severity="error", markup=False)
                return
            self.second = None
            if self.is_comparing:
                await self.action_compare()
            await self.action_compare()

        hint = "One knob and up to four values; temperature 0 is greedy."
        self.app.push_screen(Ask("Compare", comparison(*self.compared), hint), go)

    # -- models and files --------------------------------------------------------------------------

    def action_model(self) -> None:
        """Another model writes."""

        async def go(chosen: Model | None) -> None:
            if chosen is not None:
                if self.is_comparing:
                    await self.action_compare()
                self.seen, self.main.story = None, None
                self.open_model(*chosen, chosen=True)

        self._choose("Which model writes?", go)

    def action_second(self) -> None:
        """Another model beside it."""

        async def go(chosen: Model | None) -> None:
            if chosen is not None:
                self.second = chosen
                if self.is_comparing:
                    await self.action_compare()
                await self.action_compare()

        self._choose("Which model writes beside it?", go)

    def _choose(self, question: str, go: Any) -> None:
        models = partial(models_of, self.bench.home)
        self.app.push_screen(ChooseModel(question, models, str(self.model[0])), go)

    def action_transcript(self) -> None:
        """Saves all texts that are shown, with all that it takes to write them again."""
        if not self.has_model():
            return
        texts = [
            record(lane.story, lane.knobs(self.knobs), lane.digest, self.command_for(lane), lane.title)
            for lane in self.lanes
            if lane.story is not None
        ]
        if not texts:
            return
        home = self.bench.home.root
        try:
            path = save(texts, gptlab_tui.__version__, (standing(home), home))
        except GPTLabError as error:
            self.app.notify(display(f"{error.message} {error.hint}"), severity="error", markup=False)
            return
        said = "Saved" if len(texts) == 1 else f"Saved {len(texts)} texts"
        self.app.notify(display(str(path)), title=said, markup=False)
