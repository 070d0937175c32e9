"""How the pane Corpus finds a string, a line or a share of its text; a thread does the reading."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gptlab_tui.render.display import display
from gptlab_tui.tui.panes.corpus import jobs
from gptlab_tui.tui.panes.corpus.pager import CorpusPager
from gptlab_tui.tui.panes.corpus.running import Ready, engine
from gptlab_tui.tui.panes.corpus.search import CorpusSearch
from gptlab_tui.tui.panes.corpus.text import line_number
from gptlab_tui.tui.panes.corpus.threads import CorpusThreads

if TYPE_CHECKING:
    from gptlab_tui.text.search import Found


def target_of(typed: str) -> int | float | None:
    """What `120`, `1,200` or `12.5 %` mean: a line from 1, or a share from 0.0 to 1.0; else None."""
    if share := re.fullmatch(r"\s*(\d+(?:[.,]\d+)?)\s*%\s*", typed):
        return min(1.0, float(share[1].replace(",", ".")) / 100)
    digits = re.sub(r"[\s,._]", "", typed)
    return int(digits) if re.fullmatch("[0-9]{1,15}", digits) else None


class CorpusFinding(CorpusThreads):
    """A search that is under way, or what it has found."""

    _looking: tuple[str, bool] | None = None
    """What is looked for, and whether backwards, while it is."""

    def look_for(self, wanted: str, backwards: bool = False, again: bool = True) -> None:
        """Looks for a string from what was met last, or `again` from behind it; else from the first row."""
        corpus = self.corpus
        if corpus is None or not wanted:
            return
        place = self.query_one(CorpusPager).place_to_search_from(again and not backwards)
        self._looking = (wanted, backwards)
        self.query_one(CorpusSearch).say("searching …")

        def job(stopped: jobs.Stopped, tell: jobs.Tell) -> Found | None:
            found: Found | None = engine().find(corpus, wanted, place, backwards, stopped, tell)
            return found

        self._start("find", job, self._find_ready, self._searching)

    def _searching(self, says: str) -> None:
        self.query_one(CorpusSearch).say(f"searching {says} · escape stops")

    def _find_ready(self, message: Ready) -> None:
        from gptlab_tui.text.search import pattern_of

        if self._looking is None:
            return
        (wanted, backwards), self._looking = self._looking, None
        line, pager = self.query_one(CorpusSearch), self.query_one(CorpusPager)
        found: Found | None = message.value
        if message.error:
            line.say(message.error)
        elif found is None:
            pager.mark(None)
            line.say("not found")
        else:
            pager.mark(pattern_of(wanted), (found.start, found.stop))
            round_ = f" · on from the {'end' if backwards else 'beginning'}" if found.went_round else ""
            line.say(f"line {line_number(self.lines, pager, found.start)}{round_}")

    def stop_looking(self) -> bool:
        """Stops a search that is under way, or else forgets what it has found; whether there was one."""
        line = self.query_one(CorpusSearch)
        if self._looking is not None:
            self.cancel("find")
        elif line.is_open:
            line.close()
            self.query_one(CorpusPager).mark(None)
        else:
            return False
        return True

    def go_to(self, typed: str) -> None:
        """Goes to the line, or so far into the text, as somebody typed it."""
        target, corpus, pager = target_of(typed), self.corpus, self.query_one(CorpusPager)
        if target is None:
            self.notify("That is neither a line's number nor a share such as 50%.", severity="warning")
        elif corpus is None:
            self.notify("The text is still being opened.")
        elif self.view == "examples":
            self._go_to_lesson(target)
        elif isinstance(target, float):
            pager.action_go(target)
        else:
            number, known = target, self.lines.before(target)

            def job(stopped: jobs.Stopped, tell: jobs.Tell) -> int:
                place: int = engine().place_of(corpus, number, known, stopped, tell)
                return place

            self._start("go", job, self._go_ready, self._searching)

    def _go_to_lesson(self, target: int | float) -> None:
        pager = self.query_one(CorpusPager)
        line: int | None
        if isinstance(target, int):
            line = target
        else:
            assert pager.window is not None
            last = pager.window.corpus.characters - 1
            line = self.lines.line_at(min(last, int(target * last)), pager.window)
        if line is None:
            self.notify("The lines are still being counted.")
            return
        self.of_typed = False
        self.teach(line)

    def _go_ready(self, message: Ready) -> None:
        if message.error:
            self.notify(display(message.error), severity="warning", markup=False)
        else:
            self.query_one(CorpusPager).go_to(message.value)
