"""Raw tables and overrides -> a validated `Config`, or every mistake in them at once.

A mistake says where it stands (the file, or the override), the key, the value, and what is
allowed; a key that nobody knows comes with the nearest one that somebody does.
"""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from gptlab_tui.config import Config, Section
from gptlab_tui.errors import GPTLabError

SECTIONS: dict[str, type[Section]] = {
    name: field.annotation
    for name, field in Config.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, Section)
}
_TOP = ("about", "expected", *SECTIONS)


def validate(raw: dict[str, Any], overrides: Sequence[str], origin: str, problems: list[str]) -> Config:
    """The configuration of raw tables and overrides; `problems` are those found before.

    `origin` is where the tables stand; without one a mistake is a sentence by itself.
    What is wrong is taken out and the rest is looked at again, so that what goes with what (heads
    with width) is checked too, unless a wrong key has a part in it. Raises GPTLabError.
    """
    raw = {key: _listed(key, value) for key, value in raw.items()}
    problems = list(problems)
    origins: dict[tuple[str, ...], str] = {}
    for override in overrides:
        try:
            section, key, value = parse_override(override)
        except ValueError as error:
            problems.append(f"-o {override}: {error}")
            continue
        if isinstance(raw.get(section, {}), dict):  # else it is the file's mistake, reported below
            raw[section] = {**raw.get(section, {}), key: value}
            origins[section, key] = f"-o {override}"
    wrong: set[tuple[str, ...]] = set()
    while True:
        try:
            config: Config = Config.model_validate_json(json.dumps(raw, default=str), strict=True)
            break
        except ValidationError as invalid:
            mistakes = {_place(mistake): mistake for mistake in reversed(invalid.errors())}
        if () in mistakes:  # half a surrogate pair, as in a file name that is not UTF-8
            raise GPTLabError(
                f"{origin} holds a text that is not valid Unicode.", "Rename the file that it names."
            )
        for place, mistake in reversed(mistakes.items()):
            value = _take_out(raw, place)
            start = origins.get(place, origin)
            if mistake["type"] == "value_error":
                parts = {(place[0], word) for word in re.findall(r"\w+", mistake["msg"])}
                if wrong & parts:  # what was meant there may well go together
                    continue
                start = " ".join([origin, *(said for part, said in origins.items() if part in parts)])
            wrong.add(place)
            problems.append(f"{start}: {_explain(mistake, value)}" if start else _sentence(mistake, value))
    if problems:
        many = f"{len(problems)} mistakes in the configuration:\n  " if len(problems) > 1 else ""
        raise GPTLabError(many + "\n  ".join(problems))
    return config


def _place(mistake: Mapping[str, Any]) -> tuple[str, ...]:
    """("train", "max_iters") of one of pydantic's errors; one name for a section or a top key."""
    return tuple(str(part) for part in mistake["loc"][:2])


def _take_out(raw: dict[str, Any], place: tuple[str, ...]) -> Any:
    """Remove the key at a place, or the section whose keys do not go together; what stood there."""
    if len(place) == 1:
        return raw.pop(place[0])
    section = dict(raw[place[0]])
    value = section.pop(place[1])
    raw[place[0]] = section
    return value


def _listed(section: str, value: Any) -> Any:
    """A section in which a single text stands for a list of one, where a list is meant."""
    if section not in SECTIONS or not isinstance(value, dict):
        return value
    fields = SECTIONS[section].model_fields
    return {
        key: [item] if isinstance(item, str) and key in fields and _is_list(fields[key]) else item
        for key, item in value.items()
    }


def parse_override(override: str) -> tuple[str, str, Any]:
    """("train", "max_iters", 500) of "train.max_iters=500"; ValueError says what is wrong.

    The value is TOML (500, true, [1, 2], "a text"), else the text as it stands; `none` unsets what
    can be unset, and where a list is meant commas separate.
    """
    place, equals, text = override.partition("=")
    section, dot, key = place.strip().partition(".")
    if not equals:
        raise ValueError("write it as section.key=value")
    if section not in SECTIONS:
        raise ValueError(unknown_key((), section))
    if not dot:
        raise ValueError(f"[{section}] is a section; write it as {section}.key=value")
    field = SECTIONS[section].model_fields.get(key)
    if field is None:
        raise ValueError(unknown_key((section,), key))
    text = text.strip()
    value = _toml_value(text)
    kinds = set(_kinds(field.annotation))
    if value is None:
        value = None if text.lower() == "none" and NoneType in kinds else text
    if value is not None and not isinstance(value, str) and kinds <= {str, NoneType}:
        value = text
    if _is_list(field) and not isinstance(value, list):
        parts = text.split(",") if value == text else [value]
        value = [part.strip() if part.strip() else part for part in map(str, parts)]
    return section, key, value


def _toml_value(text: str) -> Any:
    """What a text is as a TOML value; None where it is none."""
    try:
        table = tomllib.loads(f"value = {text}")
    except (tomllib.TOMLDecodeError, RecursionError):
        return None
    return table["value"] if len(table) == 1 else None


def _explain(mistake: Mapping[str, Any], value: Any) -> str:
    """One of pydantic's errors as: key, value, what is allowed."""
    place = _place(mistake)
    if mistake["type"] == "extra_forbidden":
        return unknown_key(place[:-1], place[-1])
    if mistake["type"] == "value_error":
        return f"[{place[0]}] {mistake['ctx']['error']}"
    return f"{'.'.join(place)} = {_written(value)} is not allowed; it takes {_allowed(place)}"


def _sentence(mistake: Mapping[str, Any], value: Any) -> str:
    """One of pydantic's errors about what nobody wrote as `key = value`."""
    if mistake["type"] in ("extra_forbidden", "value_error"):
        return f"{_explain(mistake, value)}."
    place = _place(mistake)
    return f"{'.'.join(place)} cannot be {_written(value)}: it takes {_allowed(place)}."


def _allowed(place: tuple[str, ...]) -> str:
    """What may stand at a place."""
    if len(place) == 1:
        return f"a section [{place[0]}]" if place[0] in SECTIONS else "a text in quotes"
    return describe(SECTIONS[place[0]].model_fields[place[1]])


def unknown_key(sections: tuple[str, ...], key: str) -> str:
    """What to say of a key that nobody knows, given the section that it stands in (or none)."""
    full = ".".join((*sections, key))
    elsewhere = [f"{name}.{key}" for name, model in SECTIONS.items() if key in model.model_fields]
    if elsewhere:
        return f"there is no {full}; it is {' or '.join(elsewhere)}"
    known = list(SECTIONS[sections[0]].model_fields) if sections else list(_TOP)
    nearest = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    if nearest:
        return f"there is no {full}; the nearest is {'.'.join((*sections, nearest[0]))}"
    return f"there is no {full}; known are {', '.join(known)}"


def _kinds(annotation: Any) -> Iterable[Any]:
    """The plain types that an annotation admits; list for a tuple, str for a choice of texts."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _kinds(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for part in get_args(annotation):
            yield from _kinds(part)
    elif origin is Literal:
        yield from {type(choice) for choice in get_args(annotation)}
    else:
        yield {tuple: list, None: annotation}.get(origin, origin)


def _is_list(field: FieldInfo) -> bool:
    return list in _kinds(field.annotation)


def describe(field: FieldInfo) -> str:
    """What a field takes, in words: its kind and its limits, or its choices."""
    return _describe(field.annotation, field.metadata)


def _describe(annotation: Any, limits: Sequence[Any] = ()) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        base, *extras = arguments
        return _describe(base, [limit for extra in extras for limit in getattr(extra, "metadata", [extra])])
    if origin in (Union, UnionType):
        return " or ".join(_describe(part) for part in arguments if part is not NoneType)
    if origin is Literal:
        return (
            ", ".join(map(_written, arguments[:-1])) + " or " * (len(arguments) > 1) + _written(arguments[-1])
        )
    if origin is tuple:
        return f"a list, each item {_describe(arguments[0])}"
    if origin is dict:
        return f"a table, each value {_describe(arguments[1])}"
    words = {int: "a whole number", float: "a number", bool: "true or false", str: "a text in quotes"}[
        annotation
    ]
    for name, said in (("ge", "at least"), ("gt", "above"), ("le", "at most"), ("lt", "below")):
        words += "".join(
            f", {said} {limit}" for limit in (getattr(m, name, None) for m in limits) if limit is not None
        )
    return words


def _written(value: Any) -> str:
    """A value as TOML writes it, cut where it is long."""
    text = toml_value(value)
    return text if len(text) <= 60 else text[:59] + "…"


def toml_value(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(toml_value, value))}]"
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{toml_value(key)} = {toml_value(item)}' for key, item in value.items())} }}"
    return str(value).lower() if isinstance(value, (bool, float)) else str(value)
