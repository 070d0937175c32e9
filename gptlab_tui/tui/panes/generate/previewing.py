"""What a model would write after the cursor, shown though nobody has written it."""

from __future__ import annotations

from dataclasses import dataclass

from gptlab_tui.tui.models import ModelAnswer
from gptlab_tui.tui.panes.generate.lane import Lane, eyes_of
from gptlab_tui.tui.panes.generate.looking import GenerateLooking
from gptlab_tui.tui.panes.generate.story import Eyes
from gptlab_tui.tui.panes.generate.text import TextView

#: Tokens of a preview, at most: a few lines, and so few that the steps go by like a film.
PREVIEWED = 64


@dataclass(slots=True)
class Preview:
    """What a model would write after a text."""

    ids: list[int]
    """The text."""
    eyes: Eyes
    written: bytes = b""
    hidden: int = 0
    """Characters at its end that belong to a stop."""

    def text(self, pending: bytes) -> str:
        """In characters, the first of which may have been begun by the text."""
        text = (pending + self.written).decode("utf-8", "replace")
        return text[: -self.hidden] if self.hidden else text


class GeneratePreviewing(GenerateLooking):
    """The part of the pane that shows what would be written."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.previewed: Preview | None = None
        """What stands after the cursor though nobody has written it."""
        self._coming = Preview([], Eyes(0))
        """The preview that is on its way."""

    def preview(self) -> None:
        """Wants to know what the model in use would write after the cursor."""
        story = self.lane.story
        if story is None or story.at < 0 or self.is_comparing or self.text_view.shows_surprise:
            self.drop_preview()
            return
        knobs = self.lane.knobs(self.knobs)
        knobs["max_tokens"] = min(PREVIEWED, knobs["max_tokens"])
        self.talk.previews.ask_next(
            "write",
            **story.model,
            ids=story.ids(),
            start=story.start,
            variants=[{"knobs": knobs}],
            alternatives=0,
        )

    def hear_preview(self, message: ModelAnswer) -> None:
        """What would be written; an answer for a text that is another by now is dropped."""
        answer, coming = message.answer, self._coming
        if message.kind == "began":
            self._coming = Preview([int(piece["id"]) for piece in answer["pieces"]], eyes_of(answer))
        elif message.kind == "tokens":
            coming.written += bytes.fromhex("".join(str(token["bytes"]) for token in answer["tokens"]))
        elif message.kind == "ended":
            coming.hidden = int(answer.get("hidden", 0))
        elif message.kind == "done":
            self._show_preview(coming)

    def _show_preview(self, preview: Preview | None) -> None:
        """After the cursor, unless the text is another one by now; None is no more."""
        story, view = self.lane.story, self.text_view
        if preview is not None and (story is None or self.talk.is_writing or preview.ids != story.ids()):
            return
        self.previewed = preview
        view.preview = "" if preview is None or story is None else preview.text(story.here.pending)
        self.draw_text()

    def drop_preview(self) -> None:
        """Shows the text itself again."""
        self.talk.previews.call_off()
        if self.previewed is not None:
            self._show_preview(None)

    def _subtitle(self, lane: Lane, view: TextView) -> str:
        if view.preview and self.previewed is not None:
            return f"what step {self.previewed.eyes.step:,} would write · enter"
        return super()._subtitle(lane, view)
