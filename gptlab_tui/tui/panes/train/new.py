"""The form for a new training: what to train on what, what that costs, and off it goes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Button, Input, Select, Static

from gptlab_tui.errors import GPTLabError
from gptlab_tui.home import Home
from gptlab_tui.render.display import display
from gptlab_tui.render.fitting import fit
from gptlab_tui.tui.panel import InThreads
from gptlab_tui.tui.panes.train.plan import FIELDS, Plan, Planner, Wish, in_the_form, plan_text
from gptlab_tui.tui.screen import Dialog

if TYPE_CHECKING:
    from gptlab_tui.config import Config

_DEBOUNCE_S = 0.4
_TITLE = 48  # cells of a text's name and title
#: Until what there is to choose from has been read.
_READING = (("reading …", ""),)


@dataclass
class Choices(Message):
    """What there is to choose from: (shown, value)."""

    presets: tuple[tuple[str, str], ...]
    corpora: tuple[tuple[str, str], ...]


@dataclass
class Checked(Message):
    """Whether a wish is valid, and what the preset says where it is."""

    number: int
    problem: str
    about: str = ""
    values: tuple[tuple[str, str], ...] = ()
    """Field -> the preset's own value."""


@dataclass
class Planned(Message):
    """An answer of the planner."""

    number: int
    answer: dict[str, object]


class NewRun(Dialog[list[str] | None], InThreads):
    """Leaves with the arguments for `gptlab train`, or None."""

    DEFAULT_CSS = """
    NewRun { align: center middle; }
    NewRun > #new-frame {
        width: 76; max-width: 100%; height: auto; max-height: 100%;
        border: round $border; background: $surface; padding: 0 2;
        border-title-style: bold; border-subtitle-color: $muted;
    }
    NewRun Horizontal { height: auto; }
    NewRun .label { width: 16; color: $muted; }
    NewRun Select { width: 1fr; height: auto; }
    NewRun Input { width: 1fr; }
    NewRun #new-about { height: auto; color: $muted; margin-left: 16; }
    NewRun #new-plan { height: 4; margin-top: 1; }
    NewRun #new-problem { height: auto; color: $error; }
    NewRun #new-buttons { height: 1; margin-top: 1; }
    NewRun Button { margin-right: 2; }
    """
    BINDINGS = [Binding("escape", "dismiss(None)", "Leave"), Binding("f5", "start", "Start")]

    def __init__(self, home: Home) -> None:
        super().__init__()
        self._home = home
        self._number = 0
        self._valid = False
        self._starts = 0
        """Number of the wish that is to start as soon as it has been found valid."""
        self._plan: Plan | None = None
        self._planned = 0
        """Number of the wish that the plan is for."""
        self._timer: Timer | None = None
        self._planner = Planner(home, self._heard)

    def compose(self) -> ComposeResult:
        """Fields, plan, buttons."""
        with VerticalScroll(id="new-frame") as frame:
            frame.border_title = "New training"
            frame.border_subtitle = "tab next · F5 starts · escape leaves"
            with Horizontal():
                yield Static("preset", classes="label")
                yield Select[str](_READING, id="new-preset", compact=True, allow_blank=False)
            yield Static(id="new-about")
            with Horizontal():
                yield Static("corpus", classes="label")
                yield Select[str](_READING, id="new-corpus", compact=True, allow_blank=False)
            with Horizontal():
                yield Static("name", classes="label")
                yield Input(placeholder="made of both", id="new-name", compact=True)
            for field, (_, placeholder) in FIELDS.items():
                with Horizontal():
                    yield Static(field, classes="label")
                    yield Input(placeholder=placeholder, id=f"new-{field}", compact=True)
            yield Static(id="new-plan")
            yield Static(id="new-problem")
            with Horizontal(id="new-buttons"):
                yield Button("Start", id="new-start", variant="primary", compact=True, disabled=True)
                yield Button("Leave", id="new-leave", compact=True)

    def on_mount(self) -> None:
        """What there is to choose from is read in a thread."""
        self.in_thread(self._read, "choices")

    def on_unmount(self) -> None:
        """Nobody rehearses for a form that is closed."""
        self._planner.close()

    def _read(self) -> None:
        from gptlab_tui.presets import list_presets
        from gptlab_tui.text.library import list_texts

        presets = tuple(
            (display(one.name), one.name) for one in list_presets(self._home) if one.config is not None
        )
        corpora = tuple(
            (fit(display(f"{one.name}  {one.title}".strip()), _TITLE).rstrip(), one.name)
            for one in list_texts(self._home)
            if one.installed
        )
        self.post_message(Choices(presets, corpora))

    def on_choices(self, message: Choices) -> None:
        """The first preset for a PC, the first text."""
        names = [name for _, name in message.presets]
        preset = self.query_one("#new-preset", Select)
        preset.set_options(message.presets)
        if names:
            preset.value = "cpu200k" if "cpu200k" in names else names[0]
        corpus = self.query_one("#new-corpus", Select)
        corpus.set_options(message.corpora)
        if message.corpora:
            corpus.value = message.corpora[0][1]
        if not isinstance(self.focused, Input):  # who types already is not interrupted
            preset.focus()

    def thread_failed(self, group: str, words: str) -> None:
        """Stands where problems stand; the next change of a field asks again."""
        self.query_one("#new-problem", Static).update(Content(words))

    # -- a field has changed -------------------------------------------------------------------------

    def on_select_changed(self, event: Select.Changed) -> None:
        """Another preset or text."""
        self._changed()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Another value."""
        self._changed()

    def _changed(self) -> None:
        self._number += 1
        self._valid = False
        self.query_one("#new-start", Button).disabled = True
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_DEBOUNCE_S, self._check)

    def wish(self) -> Wish | None:
        """What the fields say; None until there is something to choose."""
        preset = self.query_one("#new-preset", Select).value
        corpus = self.query_one("#new-corpus", Select).value
        if not preset or not corpus or not isinstance(preset, str) or not isinstance(corpus, str):
            return None
        overrides = []
        for field, (key, _) in FIELDS.items():
            value = self.query_one(f"#new-{field}", Input).value.strip()
            if value:
                overrides.append(f"{key}={value}")
        name = self.query_one("#new-name", Input).value.strip()
        return Wish(preset, corpus, name, tuple(overrides))

    def _check(self) -> None:
        number, wish = self._number, self.wish()
        if wish is None:
            return

        def check() -> None:
            self.post_message(check_wish(number, wish, self._home))

        self.in_thread(check, "check")

    def on_checked(self, message: Checked) -> None:
        """In place: what is wrong, or the plan."""
        if message.number != self._number:
            return
        self._valid = not message.problem
        self.query_one("#new-problem", Static).update(Content(message.problem))
        self.query_one("#new-start", Button).disabled = not self._valid
        if message.about:
            self.query_one("#new-about", Static).update(Content(message.about))
        for field, value in message.values:
            self.query_one(f"#new-{field}", Input).placeholder = value
        if not self._valid or (self._plan is not None and self._plan.problem):
            self._plan = None
        self.query_one("#new-plan", Static).update(plan_text(self._plan, self._valid, stale=True))
        wish = self.wish()
        if self._valid and wish is not None:
            number = message.number
            if number == self._starts:
                self.dismiss(wish.arguments())
                return

            def ask() -> None:
                self._planner.ask(number, wish)

            self.in_thread(ask, "plan")

    def _heard(self, number: int, answer: dict[str, object]) -> None:
        self.post_message(Planned(number, answer))

    def on_planned(self, message: Planned) -> None:
        """A part of the plan."""
        if message.number == self._number and self._valid:
            before = self._plan if self._planned == message.number else None
            self._plan, self._planned = (before or Plan()).after(message.answer), message.number
            self.query_one("#new-plan", Static).update(plan_text(self._plan, True))

    # -- leaving -------------------------------------------------------------------------------------

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Start or leave."""
        if event.button.id == "new-start":
            self.action_start()
        else:
            self.dismiss(None)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter in a field goes on to the next."""
        self.focus_next()

    def action_start(self) -> None:
        """Leaves with the arguments where they are valid; where that is not known yet, as soon as it is."""
        wish = self.wish()
        if self._valid and wish is not None:
            self.dismiss(wish.arguments())
        else:
            self._starts = self._number


def check_wish(number: int, wish: Wish, home: Home) -> Checked:
    """Everything that can be said of a wish without PyTorch, in the words of the form."""
    from gptlab_tui.presets import load_preset
    from gptlab_tui.runs.layout import check_name, refuse_taken

    problem = ""
    values: tuple[tuple[str, str], ...] = ()
    about = ""
    try:
        bare = load_preset(wish.preset, (), home)
        about = display(_about(bare, wish))
        values = tuple(
            (field, f"{getattr(bare.train, key.partition('.')[2]):g}") for field, (key, _) in FIELDS.items()
        )
        _check_fields(bare, wish.overrides)
        if wish.name:
            refuse_taken(home, check_name(wish.name))
    except GPTLabError as error:
        problem = in_the_form(error.message, error.hint)
    return Checked(number, problem, about, values)


def _about(bare: Config, wish: Wish) -> str:
    """What a preset is for; and what comes of it, which holds for its own text and numbers alone."""
    changed = bool(wish.overrides) or wish.corpus not in ("", *bare.corpus.name)
    came = f"As it comes: {bare.expected}" if changed and bare.expected else bare.expected
    return f"{bare.about}. {came}".strip(". ") if bare.about else ""


def _check_fields(bare: Config, overrides: Iterable[str]) -> None:
    """Raises GPTLabError with a sentence for each field that is wrong."""
    from gptlab_tui.validation import parse_override, validate

    raw = bare.model_dump(mode="json")
    for override in overrides:
        section, key, value = parse_override(override)
        raw[section] = {**raw[section], key: value}
    validate(raw, (), "", [])
