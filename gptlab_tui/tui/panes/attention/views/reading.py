"""What a view looks at: a sentence, and the model that reads it."""

from __future__ import annotations

from dataclasses import dataclass

from gptlab_tui.model.head_names import Heads, names_of, told
from gptlab_tui.render.display import display
from gptlab_tui.tui.panes.generate.command import quoted


@dataclass(frozen=True, slots=True)
class Reading:
    """A sentence, and who reads it."""

    text: str
    run: str
    step: int
    is_newest: bool
    """Whether that is the newest step, which a command need not name."""
    unknown: str
    """What is done with characters that the model lacks."""
    off: Heads = ()
    """Heads that are switched off."""

    def words(
        self,
        verb: str,
        *options: str,
        text: str | None = None,
        asks_model: bool = True,
        has_text: bool = True,
    ) -> str:
        """`gptlab inspect VERB` about it; what asks the run's text alone needs no step, or no text."""
        read = self.text if text is None else text
        words = ["gptlab", "inspect", verb, "--run", quoted(self.run)]
        if asks_model:
            words += [] if self.is_newest else ["--step", str(self.step)]
            words += ["--without-heads", ",".join(names_of(self.off))] if self.off else []
            words += ["--unknown", self.unknown] if self.unknown != "error" else []
        if not has_text:
            return " ".join([*words, *options])
        return " ".join([*words, *options, *(["--"] if read.startswith("-") else []), quoted(read)])

    @property
    def model(self) -> str:
        """Such as "contos, step 10,000", and how many heads are off."""
        return ", ".join(filter(None, (display(self.run), f"step {self.step:,}", told(self.off))))
