"""One text that is written: its story, what sets it apart from those beside it, how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gptlab_tui.model.head_names import ordered
from gptlab_tui.tui.panes.generate.story import Eyes, Story

Model = tuple[str | None, int | None]

#: The state of a lane whose model is not there yet.
LOADING = "loading the model …"
#: That of one that is being written.
WRITING = "writing …"
#: After an undo; where room is short the part before the semicolon.
TAKEN_BACK = "taken back; up redoes it"


@dataclass(eq=False, slots=True)
class Lane:
    """Side by side there are several, else one."""

    title: str = ""
    override: Mapping[str, Any] = field(default_factory=dict)
    """The knobs that it has for itself."""
    model: Model | None = None
    """The model that it has for itself."""
    story: Story | None = None
    digest: str = ""
    prompt: str = ""
    """What was typed; the story's prompt is what the model reads of it."""
    state: str = ""
    """What is to be said of it: a sign and a word."""
    rate: float | None = None
    """Tokens a second of the last writing, by the model process's clock; None where it has none."""
    drawn_with: list[dict[str, Any]] = field(default_factory=list)
    """Its knobs at each turn of the request that is being answered."""
    writer: Eyes | None = None
    """Who writes it now, or did last."""
    taken: int = 0
    """Tokens that the request has brought so far."""
    before: int = 0
    """Tokens of the same writing that other models had brought before."""
    has_begun: bool = True
    """Whether the request that is being answered has been taken up; till then the story is the one before."""

    def knobs(self, common: Mapping[str, Any]) -> dict[str, Any]:
        """Those that count for it, as the model process takes them."""
        return {name: value for name, value in {**common, **self.override}.items() if name != "pace"}

    def waits(self, prompt: str | None = None) -> None:
        """It is about to be written: anew where a `prompt` was typed, else on from where it is."""
        self.state, self.rate, self.taken, self.before, self.has_begun = WRITING, None, 0, 0, False
        self.prompt = self.prompt if prompt is None else prompt

    def is_written(self, answer: Mapping[str, Any]) -> None:
        """Who writes it: the answer of kind `began`."""
        self.writer, self.digest = eyes_of(answer), str(answer.get("digest", self.digest))
        self.has_begun = True

    def began(self, answer: Mapping[str, Any]) -> None:
        """Its text is about to be written, from the prompt on; what was there before stays as branches."""
        ids = [piece["id"] for piece in answer["pieces"]]
        story = self.story
        same = story is not None and story.run == answer["run"] and [node.id for node in story.trunk] == ids
        if story is None or not same:
            read = b"".join(bytes.fromhex(piece["bytes"]) for piece in answer["pieces"])
            prompt = read.decode("utf-8", "replace")
            story = self.story = Story(prompt, answer["pieces"], run=answer["run"], step=answer["step"])
        story.look_with(eyes_of(answer))
        story.at = 0
        story.begin()

    def take(self, token: Mapping[str, Any]) -> None:
        """A token more."""
        if self.story is not None:
            self.taken += 1
            knobs = self.drawn_with[min(int(token["turn"]), len(self.drawn_with) - 1)]
            self.story.append(token, knobs, self.writer, self.digest)

    def clock(self, seconds: float) -> None:
        """So long the writing has taken; one token alone has no rate."""
        if self.taken > 1 and seconds > 0.0:
            self.rate = self.taken / seconds

    def ended(self, answer: Mapping[str, Any]) -> None:
        """Its text is complete."""
        finish = answer["finish"]
        self.state = {"length": "done", "stop": "stopped at a stop text"}.get(finish, "failed")
        if self.story is not None and self.story.path:
            self.story.path[-1].hidden = int(answer.get("hidden", 0))


def eyes_of(answer: Mapping[str, Any]) -> Eyes:
    """Which of its run's models has answered."""
    return Eyes(int(answer["step"]), ordered(answer["off"]))
