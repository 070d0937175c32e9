"""What the pane Runs reads, in threads: the list every few seconds, and the run under the cursor."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import partial

from textual.message import Message
from textual.timer import Timer
from textual.worker import get_current_worker

from gptlab_tui.runs.layout import Run
from gptlab_tui.runs.listing import list_runs
from gptlab_tui.runs.summary import RunSummary
from gptlab_tui.tui.panel import Pane
from gptlab_tui.tui.panes.runs.actions import Disk, disk_of
from gptlab_tui.tui.panes.runs.panels import RunsListPanel, RunsPreviewPanel
from gptlab_tui.tui.panes.runs.preview import Preview, read_preview
from gptlab_tui.tui.panes.runs.rows import COLUMNS, matches, ordered, subtitle
from gptlab_tui.tui.panes.runs.table import RunsTable

_REFRESH_S = 2.0
#: The preview waits so long for the cursor to come to rest.
_REST_S = 0.12
#: A run is read anew so many times more rarely than it takes to read it.
_RARELY = 20
#: The group of the threads that list.
_LISTING = "list"


@dataclass
class Listed(Message):
    """All runs were read; `generation` counts the requests."""

    runs: tuple[RunSummary, ...]
    disk: Disk
    generation: int


@dataclass
class Previewed(Message):
    """One run was read; `generation` counts the requests."""

    preview: Preview
    generation: int
    took_s: float


class RunsReading(Pane):
    """The runs, which of them are shown and in what order, and the preview."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.activity = ""
        """What is being done to a run, for the subtitle."""
        self._runs: tuple[RunSummary, ...] = ()
        self._disk = Disk()
        self._marked: frozenset[str] = frozenset()
        self._query = ""
        self._order = ("age", False)
        self._previewed = 0
        self._preview_not_before = 0.0
        self._listings = 0
        """How often the list was asked for."""
        self._listing = False
        """Whether the newest of them has not been answered yet."""
        self._unlisted = ""
        """Why the runs cannot be listed."""
        self._heard = False
        self._wanted = ""
        self._timer: Timer | None = None
        self._rest: Timer | None = None

    def remembered_order(self) -> tuple[str, bool]:
        """The column that the runs were ordered by last, and whether the other way round."""
        order = self.kept_one_of("order", COLUMNS, "")
        return (order, self.kept.get("inverted") is True) if order else self._order

    def begin_reading(self) -> None:
        """Reads all runs, now and every few seconds."""
        if self._timer is None:
            pause_s = max(_REFRESH_S, 2 * self.bench.terminal.redraw_s)
            self._timer = self.set_interval(pause_s, self.read_runs)
        self._timer.resume()
        self.read_runs()

    def leave(self) -> None:
        """Reads no more."""
        if self._timer is not None:
            self._timer.pause()

    def read_runs(self) -> None:
        """Lists the runs in a thread, one at a time."""
        if not self._listing:
            self._read_anew()

    def _read_anew(self) -> None:
        self._listings += 1
        self._listing = True
        self.in_thread(partial(self._list, self._listings), _LISTING)

    def _list(self, generation: int) -> None:
        runs, disk = tuple(list_runs(self.bench.home)), disk_of(self.bench.home)
        self.post_message(Listed(runs, disk, generation))

    def thread_failed(self, group: str, words: str) -> None:
        """A list that cannot be read says so in its frame, and is read again with the next beat."""
        if group != _LISTING:
            super().thread_failed(group, words)
            return
        self._listing, self._unlisted = False, words
        self.show_runs()

    def on_listed(self, message: Listed) -> None:
        """Shows what has changed; an answer that something newer was asked after is not shown."""
        if message.generation != self._listings:
            return
        self._listing, self._unlisted = False, ""
        if not self._heard:
            self._heard, self._wanted = True, self.bench.state.run
        self._runs, self._disk = message.runs, message.disk
        self._marked &= {one.name for one in self._runs}
        self.show_runs()
        if self._wanted and self.run_named(self._wanted) is not None:
            self.query_one(RunsTable).go_to(self._wanted)
            self._wanted = ""
        current, panel = self.under_cursor(), self.query_one(RunsPreviewPanel)
        if current is not None and panel.preview is not None and panel.preview.summary != current:
            self._read_preview()

    def under_cursor(self) -> RunSummary | None:
        """The run that the cursor stands on."""
        return next((self.run_named(table.current) for table in self.query(RunsTable)), None)

    def run_named(self, name: str) -> RunSummary | None:
        """The run of that name, as it was read last."""
        return next((one for one in self._runs if one.name == name), None)

    def run_renamed(self, old: str, new: str) -> None:
        """A marked run stays marked."""
        super().run_renamed(old, new)
        self._marked = frozenset(new if name == old else name for name in self._marked)
        self._runs = tuple(replace(one, name=new) if one.name == old else one for one in self._runs)
        self.show_runs()

    def go_to_when_listed(self, name: str) -> None:
        """Reads anew, and puts the cursor on a run that is to be there then."""
        self._wanted = name
        self._read_anew()  # one that is being read may not have it yet

    @property
    def marked(self) -> list[str]:
        """The marked runs, in the order in which they stand."""
        return [one.name for one in ordered(self._runs, *self._order) if one.name in self._marked]

    def show_runs(self) -> None:
        """The table and its frame, as the runs, the filter, the marks and the order are now."""
        panel = self.query_one(RunsListPanel)
        found = [one for one in ordered(self._runs, *self._order) if matches(self._query, one)]
        panel.set_class(not found, "-empty")
        if not found and self._heard:
            panel.say_empty(bool(self._runs))
        self.query_one(RunsTable).show_runs(found, self._marked, self._order, self._runs)
        size, disk = sum(one.size_bytes for one in found), self._disk
        said = self.activity or self._unlisted
        panel.border_subtitle = said or subtitle(
            len(found), len(self._runs), size, disk.trash_bytes, disk.free_bytes
        )
        if self._unlisted and not self._heard:
            panel.say(self._unlisted)
        panel.border_title = f"Runs · {len(self._marked)} marked" if self._marked else "Runs"
        self.refresh_bindings()

    def on_runs_table_moved(self, message: RunsTable.Moved) -> None:
        """Another run is under the cursor."""
        message.stop()
        self.query_one(RunsPreviewPanel).show_summary(self.under_cursor())
        self.refresh_bindings()
        self._preview_not_before = 0.0
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(_REST_S, self._read_preview)

    def _read_preview(self) -> None:
        one = self.under_cursor()
        if one is None or time.monotonic() < self._preview_not_before:
            return
        self._previewed += 1
        work = partial(self._preview, one, self._previewed)
        self.in_thread(work, "preview")

    def _preview(self, one: RunSummary, generation: int) -> None:
        began, worker = time.monotonic(), get_current_worker()
        found = read_preview(Run(self.bench.home.runs / one.name), one, lambda: worker.is_cancelled)
        if found is not None:
            self.post_message(Previewed(found, generation, time.monotonic() - began))

    def on_previewed(self, message: Previewed) -> None:
        """Shows the run; one that takes long to read is read anew less often."""
        if message.generation == self._previewed:
            self._preview_not_before = time.monotonic() + _RARELY * message.took_s
            self.query_one(RunsPreviewPanel).show_preview(message.preview)
