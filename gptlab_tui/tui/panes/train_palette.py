"""What the palette offers in Train: the keys that would do something now."""

from __future__ import annotations

from collections.abc import Callable
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


#: Key -> when it does something; those that are not named turn the picture, and want points.
_WHEN: dict[str, _Rule] = {
    "new": lambda now: not now.launching,
    "pause": lambda now: now.alive or (now.own and now.begun and not now.finished and not now.launching),
    "stop": lambda now: now.alive or now.launching,
    "save": _alive,
    "sample": _alive,
    "slower": _alive,
    "faster": _alive,
    "extend": lambda now: now.alive or (now.own and now.begun and not now.launching),
    "next": _others,
    "previous": _others,
    "others": _others,
    "samples": lambda now: now.samples,
    "older": lambda now: now.samples,
    "newer": lambda now: now.samples,
    "log": lambda now: now.watched,
    "levels": lambda now: now.watched,
    "wider": lambda now: now.zoomed,
    "pan_left": lambda now: now.zoomed,
    "pan_right": lambda now: now.zoomed,
}


def commands(now: Situation) -> list[tuple[str, str, str]]:
    """The keys as (title, help, action)."""
    keys = [key for key in KEYS if _WHEN.get(key.id.partition(".")[2], _points)(now)]
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
