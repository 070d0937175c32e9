"""Where everything of a run is: its names, its small JSON files, and how a run comes to be.

    checkpoints/<run>/
      run.json  meta.json  tokenizer.json  journal.jsonl  log.txt  lock
      step-00000500/  snapshots/  control/

A run appears whole or not at all: it is made under a hidden name and renamed.
"""

from __future__ import annotations

import difflib
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gptlab_tui.errors import GPTLabError
from gptlab_tui.home import Home, data_root
from gptlab_tui.runs import fsops

#: The files of a checkpoint.
WEIGHTS, OPTIMIZER, STATE = "model.safetensors", "optimizer.safetensors", "state.json"
#: The run that comes with GPTLab.
BUNDLED = "contos"
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")
_FORGOTTEN_S = 86_400.0
_REQUEST_KINDS = {"parameters": int, "vocab_size": int, "warnings": list}
_JSON_LIMIT_BYTES = 16 << 20
_TOKENIZER_LIMIT_BYTES = 256 << 20


class BrokenRunError(GPTLabError):
    """A run directory that cannot be read; `message` says why."""

    def __init__(self, message: str, hint: str = "Take another run: `gptlab runs list` has them.") -> None:
        super().__init__(message, hint)


@dataclass(frozen=True, slots=True)
class Run:
    """A run directory; nothing is read before it is asked for."""

    path: Path

    @property
    def name(self) -> str:
        """The name is the folder's."""
        return self.path.name

    @property
    def home(self) -> Home:
        """The home that the run lies in."""
        return Home(self.path.parent.parent)

    @property
    def is_bundled(self) -> bool:
        """Whether it is the one that comes with GPTLab: to be read and branched, never changed."""
        return self.path.name == BUNDLED and self.path == data_root() / "checkpoints" / BUNDLED

    @property
    def run_json(self) -> Path:
        """What was asked; never changed."""
        return self.path / "run.json"

    @property
    def meta_json(self) -> Path:
        """What people add: title, tags, note."""
        return self.path / "meta.json"

    @property
    def tokenizer_json(self) -> Path:
        """All that is needed to encode and decode."""
        return self.path / "tokenizer.json"

    @property
    def journal(self) -> Path:
        """Events, one JSON object a line."""
        return self.path / "journal.jsonl"

    @property
    def log(self) -> Path:
        """Standard output and error of the training process."""
        return self.path / "log.txt"

    @property
    def snapshots(self) -> Path:
        """Weights alone, thinned; see `manifest.commit_snapshot`."""
        return self.path / "snapshots"

    @property
    def control(self) -> Path:
        """The inbox of commands."""
        return self.path / "control"

    @property
    def lock(self) -> Path:
        """Held with flock for the life of the training process."""
        return self.path / "lock"

    def step_dir(self, step: int) -> Path:
        """The checkpoint after `step` steps.

        While one of the same step is being replaced, the former goes by `.old` for a moment, and
        for longer where the process died in that moment: then that is the one.
        """
        path = self.path / f"step-{step:08d}"
        former = path.with_name(f"{path.name}.old")
        return former if not path.exists() and former.exists() else path

    def snapshot(self, step: int) -> Path:
        """The snapshot after `step` steps."""
        return self.snapshots / f"step-{step:08d}.safetensors"

    def read_request(self) -> dict[str, Any]:
        """`run.json`; raises BrokenRunError."""
        request = _read_object(self.run_json, _JSON_LIMIT_BYTES)
        if not isinstance(request.get("config"), dict):
            raise BrokenRunError(f"{self.name}: run.json has no configuration.")
        return request

    def read_training_request(self) -> dict[str, Any]:
        """`run.json` with all that a training wrote into it, of the right kinds; raises BrokenRunError."""
        request = self.read_request()
        corpus = request.get("corpus")
        kinds = {
            "name": str,
            "digest": str,
            "characters": int,
            "size_bytes": int,
            "val_start": int,
            "paths": list,
        }
        if not isinstance(corpus, dict) or not _has(corpus, kinds) or not _has(request, _REQUEST_KINDS):
            raise BrokenRunError(f"{self.name}: run.json is not as a training wrote it.")
        return request

    def read_meta(self) -> dict[str, Any]:
        """`meta.json`: `title`, `tags` and `note`, empty where nobody wrote any; raises BrokenRunError."""
        meta: dict[str, Any] = {"title": "", "tags": [], "note": ""}
        if self.meta_json.is_symlink() or self.meta_json.exists():
            meta.update(_read_object(self.meta_json, _JSON_LIMIT_BYTES))
        tags = meta["tags"]
        if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
            raise BrokenRunError(f"{self.name}: the tags in meta.json are not a list of words.")
        return meta

    def read_tokenizer(self) -> dict[str, Any]:
        """`tokenizer.json`; raises BrokenRunError."""
        return _read_object(self.tokenizer_json, _TOKENIZER_LIMIT_BYTES)


def _has(values: dict[str, Any], kinds: dict[str, type]) -> bool:
    """Whether each key is there with a value of its kind; a list is one of texts."""
    return all(
        type(values.get(key)) is kind
        and (kind is not list or all(isinstance(item, str) for item in values[key]))
        for key, kind in kinds.items()
    )


def _read_object(path: Path, limit_bytes: int) -> dict[str, Any]:
    name = f"{path.parent.name}: {path.name}"
    try:
        value = fsops.parse_json(fsops.read_bytes(path, limit_bytes))
    except FileNotFoundError:
        raise BrokenRunError(f"{name} is missing.") from None
    except OSError as error:
        reason = "is a link" if path.is_symlink() else f"cannot be read: {error.strerror}"
        raise BrokenRunError(f"{name} {reason}.") from error
    except ValueError as error:
        raise BrokenRunError(f"{name} is not valid JSON.") from error
    if not isinstance(value, dict):
        raise BrokenRunError(f"{name} is not a JSON object.")
    return value


def check_name(name: str) -> str:
    """The name itself where it can be a run's; raises GPTLabError otherwise."""
    if not _NAME.fullmatch(name):
        raise GPTLabError(
            f"{name!r} cannot be the name of a run.",
            "Up to 64 letters, digits, dots, dashes and underscores, not starting with a dot.",
        )
    return name


def taken(path: Path) -> bool:
    """Whether something, be it a dangling link, goes by that name."""
    return path.is_symlink() or path.exists()


def find_run(home: Home, name: str, *, bundled: bool = True) -> Run:
    """The run of that name in the home or, for reading, the one that comes with GPTLab."""
    check_name(name)
    places = [home.runs / name]
    if bundled and name == BUNDLED:
        places.append(data_root() / "checkpoints" / name)
    for path in places:
        if path.is_symlink():
            raise BrokenRunError(f"{name} is a link, not a run.", f"Move the folder itself to {home.runs}.")
        if path.is_dir():
            return Run(path)
    names = sorted(path.name for path in run_paths(home))
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"Did you mean {near[0]}?" if near else "`gptlab runs list` shows what there is."
    raise GPTLabError(f"There is no run called {name}.", hint)


def run_paths(home: Home) -> list[Path]:
    """Everything in the home that may be a run, by name: folders and links, none of them hidden."""
    try:
        entries = list(home.runs.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(path for path in entries if path.name[0] != "." and (path.is_symlink() or path.is_dir()))


def create_run(home: Home, name: str | None, request: dict[str, Any], tokenizer_json: dict[str, Any]) -> Run:
    """A new run with `run.json` and `tokenizer.json`; without a name, like "contos-cpu200k-1".

    Raises GPTLabError where the name is taken or not valid, DiskError where it cannot be written.
    """
    if name is not None:
        check_name(name)
        refuse_taken(home, name)
    with hidden_run(home) as hidden:
        fsops.write_json(hidden.tokenizer_json, tokenizer_json)
        fsops.write_json(hidden.run_json, request)
        return publish(hidden, [name] if name is not None else free_names(home, request))


@contextmanager
def hidden_run(home: Home) -> Iterator[Run]:
    """An empty run under a name that nothing lists, to be filled and published; gone if that fails.

    What processes left that died meanwhile is removed a day later.
    """
    fsops.make_dir(home.runs)
    for path in home.runs.glob(".new-*"):
        with suppress(OSError, fsops.DiskError):  # another process may be at it too
            if time.time() - path.lstat().st_mtime > _FORGOTTEN_S:
                fsops.remove_tree(path)
    hidden = Run(home.runs / f".new-{fsops.unlike_any()}")
    try:
        fsops.make_dir(hidden.path)
        yield hidden
    except BaseException:
        with suppress(fsops.DiskError):
            fsops.remove_tree(hidden.path)
        raise


def publish(hidden: Run, names: list[str]) -> Run:
    """Gives a filled run the first of the names that is free; two who race get different ones."""
    fsops.fsync_dir(hidden.path)
    for name in names:
        target = hidden.path.with_name(name)
        if taken(target):
            continue
        try:
            fsops.rename(hidden.path, target)
        except fsops.DiskError:
            if taken(target) and taken(hidden.path):
                continue  # somebody was faster
            raise
        return Run(target)
    refuse_taken(hidden.home, names[0])
    raise GPTLabError(f"No run could be named {names[0]}.")


def refuse_taken(home: Home, name: str) -> None:
    """Raises GPTLabError where a run of that name exists."""
    if taken(home.runs / name):
        raise GPTLabError(
            f"There is already a run called {name}.",
            f"Choose another name, continue it with `gptlab train --resume {name}`, "
            f"or remove it with `gptlab runs delete {name}`.",
        )


def free_names(home: Home, request: dict[str, Any]) -> list[str]:
    """Names like "contos-cpu200k-3", counting on from the highest that is there."""
    corpus = request.get("corpus")
    parts = [
        str(corpus.get("name", "")) if isinstance(corpus, dict) else "",
        str(request.get("config", {}).get("preset") or "run"),
    ]
    words = [re.sub(r"[^A-Za-z0-9._-]+", "-", part).strip(".-")[:28] for part in parts]
    stem = "-".join(word for word in words if word) or "run"
    numbered = re.compile(re.escape(stem) + r"-(\d{1,6})")
    matches = (numbered.fullmatch(path.name) for path in run_paths(home))
    first = max((int(match[1]) for match in matches if match), default=0) + 1
    return [f"{stem}-{number}" for number in range(first, first + 100)]
