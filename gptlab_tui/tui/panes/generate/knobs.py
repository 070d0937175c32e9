"""The knobs as a person turns them: names, steps, limits, and how their values are written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gptlab_tui.errors import GPTLabError
from gptlab_tui.validation import validate


@dataclass(frozen=True, slots=True)
class Knob:
    """One row of the panel."""

    name: str
    """As in a run's `sample` section; `pace` is the workbench's own."""
    title: str
    step: float = 0.0
    """What one key press adds; 0 where it is not a number."""
    big: float = 0.0
    low: float = 0.0
    high: float = 1.0
    digits: int = 2
    keys: str = ""
    """Those that turn it down and up."""
    off: float | None = None
    """The value that is shown as "off"."""
    says: str = ""
    """A hint for who types a value."""


KNOBS = (
    Knob("temperature", "temperature", 0.05, 0.25, 0, 5, keys="t T", says="0 always takes the largest"),
    Knob("top_k", "top-k", 1, 10, 0, 1_000_000, 0, "k K", 0, "so many of the most probable; 0 is off"),
    Knob("top_p", "top-p", 0.05, 0.25, 0.05, 1, 2, "p P", 1, "the most probable up to this mass; 1 is off"),
    Knob("min_p", "min-p", 0.01, 0.05, 0, 1, 2, "m M", 0, "at least this share of the largest; 0 is off"),
    Knob("typical_p", "typical", 0.05, 0.25, 0.05, 1, 2, "j J", 1, "the least odd up to this mass; 1 is off"),
    Knob("repetition_penalty", "repetition", 0.05, 0.25, 0.05, 5, 2, "d D", 1, "above 1: less of the same"),
    Knob("frequency_penalty", "frequency", 0.1, 0.5, -5, 5, 2, "f F", 0, "off a logit for each time"),
    Knob("presence_penalty", "presence", 0.1, 0.5, -5, 5, 2, "h H", 0, "off a logit if it was there"),
    Knob("penalty_window", "penalties see", 8, 64, 0, 1_000_000, 0, says="so many last tokens; 0 is all"),
    Knob("max_tokens", "length", 10, 100, 1, 100_000, 0, "l L", says="tokens"),
    Knob("seed", "seed", 1, 100, 0, (1 << 63) - 1, 0, "r R", says="another seed, another luck"),
    Knob("logit_bias", "bias", says=r"added to a token's logit, such as a=2 | \n=-1; \s is a space"),
    Knob("ban", "ban", says=r"tokens that are never drawn, parted by |; \s is a space; X bans one"),
    Knob("stop", "stop", says=r"texts that end it, parted by |; \n is a line break, \s a space"),
    Knob("chain", "chain", says="the filters in their order, parted by commas; one left out is off"),
    Knob("pace", "tokens/s", 10, 50, 0, 1000, 0, off=0, says="at most so many a second; 0 is no limit"),
)
BY_NAME = {knob.name: knob for knob in KNOBS}

#: What is told of the knobs where there is room for a line.
MAIN = {"temperature": "temp", "top_k": "k", "top_p": "p", "min_p": "m", "seed": "seed"}

#: The filters of the chain where room is short.
SHORT_FILTERS = {
    "repetition": "rep",
    "frequency": "freq",
    "presence": "pres",
    "temperature": "temp",
    "top_k": "k",
    "top_p": "p",
    "min_p": "min",
    "typical": "typ",
}

#: What a first `k` gives where no top-k is on.
_FIRST_K = 40


def turn(knob: Knob, value: float, times: int, *, big: bool = False, vocab_size: int = 0) -> float:
    """The value after so many key presses, negative ones down; it stays within the limits."""
    step = (knob.big if big else knob.step) * times
    if knob.name == "top_k":  # off is above all
        if value == 0:
            return 0 if times > 0 else min(_FIRST_K, max(1, vocab_size - 1))
        value = max(1, int(value + step))
        return 0 if vocab_size and value >= vocab_size else value
    turned = min(knob.high, max(knob.low, value + step))
    return int(turned) if knob.digits == 0 else round(turned, 6)


def written(knob: Knob, value: object) -> str:
    """A value for the panel, as wide as it has to be."""
    if isinstance(value, Mapping):
        return " | ".join(f"{_escaped(piece)}={amount:g}" for piece, amount in value.items())
    if isinstance(value, (list, tuple)):
        return ",".join(value) if knob.name == "chain" else " | ".join(_escaped(one) for one in value)
    if isinstance(value, (int, float)):
        return "off" if knob.off is not None and value == knob.off else f"{value:.{knob.digits}f}"
    return str(value)


def shown(knob: Knob, value: object) -> str:
    """A value to look at: as `written`, but the chain in short names."""
    if knob.name == "chain" and isinstance(value, (list, tuple)):
        return " ".join(SHORT_FILTERS.get(str(one), str(one)) for one in value)
    return written(knob, value)


def editable(knob: Knob, value: object) -> str:
    """A value for a field to type in: "off" is its number there."""
    if isinstance(value, (int, float)):
        return f"{value:.{knob.digits}f}" if knob.digits == 0 else f"{value:g}"
    return written(knob, value)


def parse(knob: Knob, text: str) -> Any:
    """What was typed, as a value. Raises GPTLabError for what it cannot be."""
    if knob.name in ("stop", "ban"):
        return [_plain(part) for part in _parts(text)]
    if knob.name == "logit_bias":
        return dict(_bias(part) for part in _parts(text))
    if knob.name == "chain":
        return [part for one in text.split(",") if (part := one.strip())]
    try:
        return int(text) if knob.digits == 0 else float(text)
    except ValueError:
        raise GPTLabError(f"{knob.title}: {text!r} is not a number.", knob.says) from None


def _parts(text: str) -> list[str]:
    """What stands between the bars, as it was typed."""
    return [part for one in re.findall(r"(?:\\.|[^|\\])+", text) if (part := one.strip())]


def _bias(part: str) -> tuple[str, float]:
    piece, sign, amount = part.rpartition("=")
    try:
        if not sign:
            raise ValueError
        return _plain(piece.strip()), float(amount)
    except ValueError:
        said = f"bias: {part!r} is not a token and an amount."
        raise GPTLabError(said, BY_NAME["logit_bias"].says) from None


def _escaped(text: str) -> str:
    r"""A piece of text as it is typed: bars, line breaks, spaces at either end have an escape."""
    inner = text.strip(" ")
    before = len(text) - len(text.lstrip(" "))
    after = len(text) - before - len(inner)
    return r"\s" * before + "".join(_ESCAPES.get(one, one) for one in inner) + r"\s" * after


def _plain(typed: str) -> str:
    """The piece of text that was typed."""
    return re.sub(r"\\(.)", lambda found: _ESCAPED.get(found[0], found[1]), typed)


_ESCAPES = {"\\": r"\\", "|": r"\|", "\n": r"\n", "\t": r"\t"}
_ESCAPED = {r"\s": " ", **{typed: one for one, typed in _ESCAPES.items()}}


def without(values: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The knobs with the biases and bans of the run's own: those name tokens, which others may lack."""
    return {**values, **{name: own[name] for name in ("logit_bias", "ban") if name in own}}


def check(knobs: Mapping[str, Any]) -> dict[str, Any]:
    """The whole section with some knobs turned; raises GPTLabError with every mistake."""
    config = validate({"sample": dict(knobs)}, (), "the knobs", [])
    return dict(config.sample.model_dump(mode="json"))


def greedy(knobs: Mapping[str, Any]) -> dict[str, Any]:
    """What has to be turned so that always the largest is taken."""
    chain = list(knobs["chain"])
    changed: dict[str, Any] = {"temperature": 0.0}
    return changed if "temperature" in chain else changed | {"chain": [*chain, "temperature"]}


def parse_comparison(text: str) -> tuple[str, list[float]]:
    """("temperature", [0.5, 2.0]) of "temperature=0.5,2"; raises GPTLabError."""
    name, sign, values = text.partition("=")
    name = name.strip().replace("-", "_")
    knob = BY_NAME.get(name)
    hint = "Like temperature=0.5,0.9,1.0,2.0: one knob and up to four values."
    if not sign or knob is None or not knob.step or name in ("pace", "max_tokens"):
        raise GPTLabError(f"{text!r} does not name a knob that can be compared.", hint)
    found = [parse(knob, value) for value in values.split(",") if value.strip()]
    if not 1 <= len(found) <= 4:
        raise GPTLabError(f"{text!r} gives {len(found)} values.", hint)
    return name, found
