"""Which keys of Train do something now, and the words that the palette has for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from gptlab_tui.tui.keys.key import Key
from gptlab_tui.tui.keys.train import KEYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What decides which keys do something."""

    watched: bool = False
    """Whether there is a run."""
    own: bool = False
    """Whether it is the user's, and not the one that comes with GPTLab."""
    alive: bool = False
    paused: bool = False
    launching: bool = False
    begun: bool = False
    """Whether it has ever been in training."""
    finished: bool = False
    """Whether it has taken all its steps."""
    points: bool = False
    samples: bool = False
    others: bool = False
    zoomed: bool = False


_Rule = Callable[[Situation], bool]


def _alive(now: Situation) -> bool:
    return now.alive


def _others(now: Situation) -> bool:
    return now.others


def _points(now: Situation) -> bool:
    return now.points


#: Action -> when it does something; those that are not named turn the picture, and want points.
_WHEN: dict[str, _Rule] = {
    "new_run": lambda now: not now.launching,
    "pause": lambda now: now.alive or (now.own and now.begun and not now.finished and not now.launching),
    "stop": lambda now: now.alive or now.launching,
    "save_now": _alive,
    "sample_now": _alive,
    "scale_lr": _alive,
    "extend": lambda now: now.alive or (now.own and now.begun and not now.launching),
    "run": _others,
    "others": _others,
    "samples": lambda now: now.samples,
    "scrub": lambda now: now.samples,
    "log": lambda now: now.watched,
    "switch('levels')": lambda now: now.watched,
    "zoom_out": lambda now: now.zoomed,
    "pan": lambda now: now.zoomed,
}
#: What is wanting where one of these does nothing.
_WHY = {
    "run": "there is no other run",
    "others": "there is no other run",
    "samples": "it has written no sample yet",
    "scrub": "it has written no sample yet",
    "zoom_out": "all of it is in sight",
    "pan": "all of it is in sight",
}
_NAMES = {key.action.partition("(")[0] for key in KEYS}


def applies(action: str, parameters: tuple[object, ...], now: Situation) -> bool:
    """Whether an action does something now; those that no key of Train has always do."""
    if action not in _NAMES:
        return True
    first = f"{action}({parameters[0]!r})" if parameters else action
    return _WHEN.get(first, _WHEN.get(action, _points))(now)


def why_not(action: str, now: Situation) -> str:
    """Why an action does nothing now; "" where that is not known."""
    name = action.partition("(")[0]
    if not now.watched:
        return "there is no run"
    if name in _WHY:
        return _WHY[name]
    if now.launching:
        return "a training is being started"
    if action not in _WHEN and name not in _WHEN:
        return "no step has been taken yet"
    if not now.alive and not now.own:
        return "this run comes with GPTLab and stays as it is"
    if name == "pause" and now.finished:
        return "it has taken all its steps, m gives it more"
    return "" if now.alive else "it is not in training"


def commands(keys: Iterable[Key], now: Situation) -> list[tuple[str, str, str]]:
    """The keys as (title, help, action)."""
    return [(key.label, key.help, key.action) for key in (_said(key, now) for key in keys)]


def _said(key: Key, now: Situation) -> Key:
    """The key in the words that fit the run as it is."""
    if key.id == "train.pause" and not now.alive:
        return replace(key, label="Resume", help="Train on from where the run ended.")
    if key.id == "train.pause":
        word = "Let the training go on." if now.paused else "Let the training wait."
        return replace(key, label="Go on" if now.paused else "Pause", help=word)
    if key.id == "train.stop" and now.launching:
        return replace(key, help="Give up the training that is being started.")
    return key
