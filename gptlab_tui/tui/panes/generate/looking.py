"""From the text to the heads that read it: what they looked at for a token, and pane 4 at that token."""

from __future__ import annotations

from gptlab_tui.render.display import display
from gptlab_tui.tui.models import ModelAnswer
from gptlab_tui.tui.panes.attention.follow import ReadText, Written
from gptlab_tui.tui.panes.generate.looked import LookedPanel, looked_of
from gptlab_tui.tui.panes.generate.room import GenerateRoom


class GenerateLooking(GenerateRoom):
    """The part of the pane that tells where the model looked."""

    # -- the token under the cursor ----------------------------------------------------------------

    @property
    def looked_panel(self) -> LookedPanel:
        """The panel that shows it."""
        return self.query_one(LookedPanel)

    @property
    def is_looking(self) -> bool:
        """Whether the panel is shown."""
        return self.has_class("-looking")

    def ask_where_it_looked(self) -> None:
        """Wants to know where the model looked for the token under the cursor."""
        story = self.lane.story
        if not self.is_looking:
            return
        if story is None:
            self.looked_panel.say(self.lane.state or "There is no text yet.")
            return
        if not story.cursor:
            self.looked_panel.say("Nothing stands before the first token.")
            return
        if self.looked_panel.looked is None:
            self.looked_panel.say("reading …")
        self.talk.rows.ask_next(
            "attention_row",
            **story.model,
            ids=[node.id for node in story.tokens[: story.cursor]],
            layer=self.kept_number("layer", -1),
            head=None if (head := self.kept_number("head", -1)) < 0 else head,
        )

    def hear_row(self, message: ModelAnswer) -> None:
        """Where it looked; an answer for a text that is another by now is dropped."""
        if message.kind == "row" and self.lane.story is not None:
            looked = looked_of(message.answer, self.lane.story)
            if looked is not None:
                self.looked_panel.show(looked, self.bench.terminal)
        elif message.kind == "failed":
            self.looked_panel.say(display(str(message.answer["message"])))

    # -- keys --------------------------------------------------------------------------------------

    def action_attention(self) -> None:
        """Shows where it looked, or does no longer."""
        on = not self.is_looking
        self.set_class(on, "-looking")
        self.keep(looking=on)
        self.ask_where_it_looked()
        self.screen.set_focus(self.query_one("#looked") if on else self.text_view)
        self.make_room()

    def action_layer(self, by: int) -> None:
        """Another layer, round and round."""
        looked = self.looked_panel.looked
        if self.has_model() and looked is not None and self.is_looking:
            self.keep(layer=(looked.layer + by) % looked.n_layer)
            self.ask_where_it_looked()

    def action_head(self, by: int) -> None:
        """Another head, round and round; between the last and the first is the mean."""
        looked = self.looked_panel.looked
        if self.has_model() and looked is not None and self.is_looking:
            present = looked.n_head if looked.head is None else looked.head
            head = (present + by) % (looked.n_head + 1)
            self.keep(head=None if head == looked.n_head else head)
            self.ask_where_it_looked()

    async def open_attention(self) -> None:
        """Pane 4 with what had been read when the token was chosen, at the same layer and head."""
        looked = self.looked_panel.looked
        if not self.has_model() or looked is None:
            return
        request = ReadText(looked.text, looked.run, looked.step, looked.layer, looked.head)
        await self.hand_over("attention", request)

    # -- for others --------------------------------------------------------------------------------

    def written(self) -> Written | None:
        """The text up to the cursor, which runs along while it is written; None before the first."""
        story = self.lane.story
        return None if story is None else Written(story.up_to(story.cursor + 1), story.run, story.step)
