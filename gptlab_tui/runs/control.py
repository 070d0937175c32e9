"""The inbox of a training: one JSON command a file, moved in by rename.

Whoever may write to the run directory may command it. The training takes commands between
micro-batches and says in the journal what became of each (`controlled`, with the command's id).
"""

from __future__ import annotations

import difflib
import re
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

from gptlab_tui.errors import GPTLabError
from gptlab_tui.runs import fsops
from gptlab_tui.runs.journal import JournalFollower, Record
from gptlab_tui.runs.layout import Run
from gptlab_tui.runs.lock import is_alive

Verb = Literal["pause", "resume", "stop", "save", "sample", "set"]

#: What `set` can change while a training runs, and what its value means.
SETTINGS = {
    "lr_scale": "a number above 0 that multiplies the learning rate",
    "max_iters": "a whole number of steps; a decaying schedule is stretched over what is left",
    "eval_interval": "a whole number of steps between evaluations",
    "prompts": "the texts, at least one, that are continued at every evaluation",
}
_VERBS: tuple[Verb, ...] = get_args(Verb)
_NAME = re.compile(r"\d{20}-[0-9a-f]{12}\.json")
_LIMIT_BYTES = 1 << 20
_LOOK_BACK_BYTES = 1 << 20
_POLL_S = 0.05


@dataclass(frozen=True, slots=True)
class Command:
    """What a training is told; `id` comes back in the journal, `sent_at` is in unix seconds."""

    verb: Verb
    key: str | None
    value: Any
    id: str
    sent_at: float


def check_setting(key: str | None, value: Any) -> Any:
    """The value that `set` gives to `key`, in its type; raises GPTLabError for what cannot be."""
    if key not in SETTINGS:
        near = difflib.get_close_matches(str(key), SETTINGS, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(SETTINGS)}."
        raise GPTLabError(f"A running training has no setting {key!r}.", hint)
    fits = False
    if key == "lr_scale":
        fits = type(value) in (int, float) and 0 < value < 1e9
    elif key == "prompts":
        value = [value] if isinstance(value, str) else value
        fits = (
            isinstance(value, (list, tuple)) and bool(value) and all(isinstance(text, str) for text in value)
        )
        value = list(value) if fits else value
    else:
        fits = type(value) is int and 1 <= value < 1 << 53
    if not fits:
        raise GPTLabError(f"{key} cannot be {value!r}.", f"It is {SETTINGS[key]}.")
    return float(value) if key == "lr_scale" else value


def parse_setting(text: str) -> tuple[str, Any]:
    """`key=value` as typed -> key and value; texts of `prompts` may be a JSON list or one text."""
    key, equals, typed = text.partition("=")
    if not equals:
        raise GPTLabError(f"{text!r} is not key=value.", "For example lr_scale=0.5.")
    key = key.strip()
    try:
        value = fsops.parse_json(typed.encode())
    except ValueError:
        value = typed
    if key == "prompts" and not isinstance(value, list):
        value = typed
    return key, check_setting(key, value)


def send(run: Run, verb: Verb, key: str | None = None, value: Any = None) -> Command:
    """Puts a command into the inbox; raises GPTLabError where it could not mean anything."""
    if verb not in _VERBS:
        raise GPTLabError(f"There is no command {verb!r}.", f"There are {', '.join(_VERBS)}.")
    if verb == "set":
        value = check_setting(key, value)
    if run.control.is_symlink():
        raise fsops.DiskError(f"{run.control} is a link.")
    now_ns = time.time_ns()
    command = Command(verb, key, value, fsops.unlike_any(), now_ns / 1e9)
    fsops.make_dir(run.control)
    fsops.write_json(run.control / f"{now_ns:020d}-{command.id}.json", asdict(command))
    return command


class Inbox:
    """The commands that wait for a training, in the order in which they were sent."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._seen: set[str] = set()  # files that could not be removed count once

    def poll(self) -> list[Command]:
        """Takes what lies there; files that are no command are removed and say nothing."""
        if self._run.control.is_symlink():
            return []
        try:
            found = sorted(path.name for path in self._run.control.iterdir())
        except OSError:
            return []
        names = [name for name in found if _NAME.fullmatch(name) and name not in self._seen]
        commands = [self._take(name) for name in names]
        return [command for command in commands if command is not None]

    def drain(self) -> list[Command]:
        """What lay there from before the lock was taken, for the journal to call dropped."""
        return self.poll()

    def _take(self, name: str) -> Command | None:
        path = self._run.control / name
        try:
            fields = fsops.parse_json(fsops.read_bytes(path, _LIMIT_BYTES))
        except (OSError, ValueError):
            fields = None
        try:
            fsops.remove_tree(path)
        except fsops.DiskError:
            self._seen.add(name)
        return _command(fields)


def _command(fields: object) -> Command | None:
    """The command that a file holds; its value has still to be checked, for the answer's sake."""
    if not isinstance(fields, dict):
        return None
    verb = next((verb for verb in _VERBS if verb == fields.get("verb")), None)
    key, ident, sent_at = fields.get("key"), fields.get("id"), fields.get("sent_at")
    if verb is None or not (key is None or isinstance(key, str)):
        return None
    if not isinstance(ident, str) or not isinstance(sent_at, float):
        return None
    return Command(verb, key, fields.get("value"), ident, sent_at)


def wait_acknowledged(
    run: Run, command: Command, timeout_s: float, waiting: Callable[[float], None] = lambda elapsed_s: None
) -> Record | None:
    """The journal's `controlled` record of a command, or None after `timeout_s` or the run's death.

    To be called soon after `send`. `waiting(elapsed_s)` is called while nothing has come.
    """
    try:
        size_bytes = run.journal.stat().st_size
    except OSError:
        size_bytes = 0
    follower = JournalFollower(run.journal, max(0, size_bytes - _LOOK_BACK_BYTES))
    start = time.monotonic()
    while True:
        alive = is_alive(run)  # before looking: what a dying run wrote last still counts
        for record in follower.poll():
            if record.get("event") == "controlled" and record.get("id") == command.id:
                return record
        elapsed_s = time.monotonic() - start
        if not alive or elapsed_s >= timeout_s:
            return None
        waiting(elapsed_s)
        time.sleep(_POLL_S)
