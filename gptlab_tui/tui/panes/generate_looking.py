"""From the text to the heads that read it: pane 4 at the token under the cursor, or as it is written."""

from __future__ import annotations

from typing import Protocol, cast

from gptlab_tui.tui.panes.attention_follow import Written
from gptlab_tui.tui.panes.generate_turning import GenerateTurning


class Looker(Protocol):
    """A pane that can look at a text (`AttentionPane`)."""

    def look_at(self, text: str, run: str | None = None, step: int | None = None) -> None:
        """Reads a text with a model."""


class GenerateLooking(GenerateTurning):
    """The part of the pane that another one can follow."""

    def written(self) -> Written | None:
        """The text up to the cursor, which runs along while it is written; None before the first."""
        story = self.lane.story
        if story is None:
            return None
        return Written(story.up_to(story.cursor + 1), story.run, story.step)

    async def action_attention(self) -> None:
        """Where the heads look from the token under the cursor."""
        written = self.written()
        await self.app.run_action("app.pane('attention')")
        if written is not None:
            pane = self.app.query_one("#attention")
            cast(Looker, pane).look_at(written.text, written.run, written.step)
