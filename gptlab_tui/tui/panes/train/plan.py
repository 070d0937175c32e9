"""The plan of a training that is being put together: asked of a process that has PyTorch, told as text."""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from textual.content import Content

from gptlab_tui.home import Home, standing
from gptlab_tui.render.display import display
from gptlab_tui.render.units import about, count, counted, mib, roughly
from gptlab_tui.runs.launch import PYTHON_MODULE

#: From so many steps of a rehearsal on their median says something; the first is slower than the rest.
_TELLING = 3

#: Field of the form -> key of the configuration, and what an empty field shows.
FIELDS = {
    "max_iters": ("train.max_iters", "the preset's"),
    "batch_size": ("train.batch_size", "the preset's"),
    "learning_rate": ("train.learning_rate", "the preset's"),
}
#: What only a shell understands.
_SHELL = re.compile(r"(^|\s)--?[a-z]|`gptlab")


def in_the_form(message: str, hint: str) -> str:
    """A problem in the words of the form, safe to show: keys as its fields, no hint for a shell."""
    lines = message.split("\n  ")
    said = lines if len(lines) == 1 else lines[1:]  # after "2 mistakes in the configuration:"
    for field, (key, _) in FIELDS.items():
        said = [line.replace(key, field) for line in said]
        hint = hint.replace(key, field)
    if hint and not _SHELL.search(hint):
        said[-1] = f"{said[-1]} {hint}"
    return display("\n".join(said), multiline=True)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the form says."""

    preset: str
    corpus: str
    name: str = ""
    overrides: tuple[str, ...] = ()

    def arguments(self) -> list[str]:
        """For `gptlab train`."""
        named = ["--name", self.name] if self.name else []
        changes = [part for change in self.overrides for part in ("-o", change)]
        return ["--preset", self.preset, "--corpus", self.corpus, *named, *changes]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is known so far of a wish's cost."""

    parameters: int = 0
    vocab_size: int = 0
    memory_bytes: int = 0
    free_bytes: int = 0
    fits: bool = True
    max_iters: int = 0
    tokens_per_step: int = 0
    device: str = ""
    rehearsed: int = 0
    """Steps of the rehearsal that are done, of how many, and the seconds of one."""
    rehearsal: int = 0
    step_s: float = 0.0
    problem: str = ""
    """Safe to show."""

    def after(self, answer: dict[str, object]) -> Plan:
        """With one more answer of the rehearsing process."""
        plan, pace = answer.get("plan"), answer.get("rehearsal")
        with suppress(TypeError, KeyError, ValueError):
            if isinstance(plan, dict):
                return Plan(
                    parameters=int(plan["parameters"]),
                    vocab_size=int(plan["vocab_size"]),
                    memory_bytes=int(plan["memory_bytes"]),
                    free_bytes=int(plan["free_bytes"]),
                    fits=bool(plan["fits"]),
                    max_iters=int(plan["max_iters"]),
                    tokens_per_step=int(plan["tokens_per_step"]),
                    device=str(plan["device"]),
                )
            if isinstance(pace, dict):
                known = {name: getattr(self, name) for name in self.__slots__}
                known |= {"rehearsed": int(pace["steps"]), "rehearsal": int(pace["of"])}
                return Plan(**known | {"step_s": float(pace["step_s"])})
            if "problem" in answer:
                return Plan(problem=in_the_form(str(answer["problem"]), str(answer.get("hint") or "")))
        return self


def plan_text(plan: Plan | None, waiting: bool, *, stale: bool = False) -> Content:
    """The plan in a few lines that keep their places; what is not known yet is a dash.

    A `stale` one, of a form that has changed since, stays until the next comes, and is paler.
    """
    if plan is not None and plan.problem:
        return Content.styled(plan.problem, "$error")
    if plan is None or not plan.parameters:
        said = "PyTorch is being loaded to work the plan out" if waiting else ""
        return Content("\n").join([Content.styled(said, "$muted")] + [Content("")] * 3)
    room = "fits" if plan.fits else "DOES NOT FIT"
    finish, pace = "-", "rehearsing"
    if plan.rehearsal:
        pace = f"rehearsing: {plan.rehearsed} of {plan.rehearsal} steps"
    if plan.rehearsed >= min(_TELLING, plan.rehearsal) > 0:
        finish = f"about {roughly(plan.step_s * plan.max_iters)}"
        pace = f"{float(f'{1000 * plan.step_s:.2g}'):,.0f} ms a step, without evaluations"
    if not plan.fits:
        pace = "not rehearsed"
    rows = (
        (
            "parameters",
            f"{about(plan.parameters)} ({count(plan.parameters)}), {count(plan.vocab_size)} tokens",
        ),
        ("memory", f"{mib(plan.memory_bytes)} of {mib(plan.free_bytes)} free on {plan.device}: {room}"),
        ("work", f"{counted(plan.max_iters, 'step')} of {counted(plan.tokens_per_step, 'token')}"),
        ("to finish", f"{finish}  ({pace})"),
    )
    lines = []
    for name, value in rows:
        style = "$muted" if stale else "bold $error" if name == "memory" and not plan.fits else ""
        lines.append(Content.assemble((f"{name:<11}", "$muted"), (value, style)))
    return Content("\n").join(lines)


class Planner:
    """The process that plans and rehearses, started with the first question, ended by `close`."""

    def __init__(self, home: Home, heard: Callable[[int, dict[str, object]], None]) -> None:
        """`heard(number, answer)` is called from a thread of its own."""
        self._home, self._heard = home, heard
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False
        self._lock = threading.Lock()
        """Questions come from threads, and the form may be closed while one starts the process."""

    def ask(self, number: int, wish: Wish) -> None:
        """Puts a question; answers to older ones stop at their next step. Not to be called too often."""
        question = {
            "number": number,
            "preset": wish.preset,
            "corpus": wish.corpus,
            "overrides": list(wish.overrides),
            "home": str(self._home.root),
        }
        with self._lock:
            if self._closed:
                return
            if self._process is None or self._process.poll() is not None:
                self._process = self._start()
            if self._process.stdin is not None:
                with suppress(OSError):
                    self._process.stdin.write(json.dumps(question).encode() + b"\n")
                    self._process.stdin.flush()

    def _start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [*PYTHON_MODULE, "gptlab_tui.training.rehearsal"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd=standing(),
        )
        threading.Thread(target=self._listen, args=(process,), daemon=True).start()
        return process

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        number = 0
        for line in process.stdout or ():
            try:
                answer = json.loads(line)
                number = int(answer["number"])
            except (ValueError, KeyError, TypeError):
                continue
            if not self._closed:
                self._heard(number, answer)
        if process.wait() not in (0, -9) and not self._closed:
            self._heard(number, {"problem": "The plan could not be worked out: its process ended."})

    def close(self) -> None:
        """Ends the process; one that is being started just now is waited for. No other follows."""
        with self._lock:
            self._closed = True
            if self._process is not None:
                self._process.kill()
                if self._process.stdin is not None:
                    with suppress(OSError):
                        self._process.stdin.close()
