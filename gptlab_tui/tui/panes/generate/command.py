"""The `gptlab sample …` line that writes the same text without a screen."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from gptlab_tui.model.head_names import Heads, names_of
from gptlab_tui.tui.panes.generate.story import Eyes, Story, text_of

_OPTIONS = {
    "temperature": "--temperature",
    "top_k": "--top-k",
    "top_p": "--top-p",
    "min_p": "--min-p",
    "typical_p": "--typical-p",
    "repetition_penalty": "--repetition-penalty",
    "frequency_penalty": "--frequency-penalty",
    "presence_penalty": "--presence-penalty",
    "penalty_window": "--penalty-window",
    "max_tokens": "--max-tokens",
    "seed": "--seed",
}


def sample_command(
    prompt: str,
    run: str,
    step: int,
    knobs: Mapping[str, Any],
    own: Mapping[str, Any],
    *,
    compare: str = "",
    unknown: str = "error",
    off: Heads = (),
) -> str:
    """The command; only knobs that differ from the run's `own` are named, and the seed."""
    words = ["gptlab", "sample", "--run", quoted(run), "--step", str(step), *_without(off)]
    compared = compare.partition("=")[0]
    for name, option in _OPTIONS.items():
        if name == compared:
            continue
        if name in knobs and (knobs[name] != own.get(name) or name == "seed"):
            words += [option, f"{knobs[name]:g}" if isinstance(knobs[name], float) else str(knobs[name])]
    if list(knobs.get("chain", ())) != list(own.get("chain", ())):
        words += ["--chain", ",".join(knobs["chain"])]
    if list(knobs.get("stop", ())) != list(own.get("stop", ())):
        words += [word for stop in knobs["stop"] for word in ("--stop", quoted(stop))]
    for option, name in (("--bias", "logit_bias"), ("--ban", "ban")):
        if (pieces := _pieces(knobs.get(name))) != _pieces(own.get(name)):
            words += [word for piece in pieces for word in (option, quoted(piece))]
    if compare:
        words += ["--compare", compare]
    if unknown != "error":
        words += ["--unknown", unknown]
    return " ".join([*words, "--", quoted(prompt)] if prompt.startswith("-") else [*words, quoted(prompt)])


def _without(heads: Heads) -> list[str]:
    """The option for heads that are off."""
    return ["--without-heads", ",".join(names_of(heads))] if heads else []


def _pieces(value: Mapping[str, float] | Sequence[str] | None) -> list[str]:
    """Biases and bans as the options take them."""
    if isinstance(value, Mapping):
        return [f"{piece}={amount:g}" for piece, amount in value.items()]
    return list(value or ())


def inspect_command(text: str, run: str, step: int, layer: int, head: int | None, off: Heads = ()) -> str:
    """The command that prints where the last token of a text looks."""
    words = ["gptlab", "inspect", "attention", "--run", quoted(run), "--step", str(step)]
    words += [
        "--layer",
        str(layer),
        *(["--head", str(head)] if head is not None else []),
        "--row",
        "-1",
        *_without(off),
    ]
    return " ".join([*words, *(["--"] if text.startswith("-") else []), quoted(text)])


def quoted(text: str) -> str:
    """A word for a shell; with controls in it, as bash, zsh and ksh write it."""
    if text.isprintable():
        return shlex.quote(text)
    escapes = {"\\": r"\\", "'": r"\'", "\n": r"\n", "\t": r"\t", "\r": r"\r"}
    safe = "".join(
        escapes.get(one) or (one if one.isprintable() else "".join(f"\\x{b:02x}" for b in one.encode()))
        for one in text
    )
    return f"$'{safe}'"


def last_part(story: Story, knobs: Mapping[str, Any]) -> tuple[str, Mapping[str, Any], Eyes, int]:
    """What one command can write again: its prompt, its knobs, who wrote it, its tokens.

    That is the end of the path that one model drew with the same knobs: where a token was picked by
    hand, or a knob turned meanwhile, all before is the prompt. The luck of a token is its place's.
    """
    path = story.path
    if not path or path[-1].knobs is None:
        return story.prompt + text_of(path), knobs, story.eyes, 0
    drawn, writer = path[-1].knobs, path[-1].writer
    start = len(path)
    while start and path[start - 1].writer == writer and _same(path[start - 1].knobs, drawn):
        start -= 1
    return story.prompt + text_of(path[:start]), drawn, writer or story.eyes, len(path) - start


def _same(one: Mapping[str, Any] | None, other: Mapping[str, Any]) -> bool:
    """Whether two sets of knobs draw the same; the length only says where the text ends."""
    return one is not None and {**one, "max_tokens": 0} == {**other, "max_tokens": 0}


def command_of(story: Story, knobs: Mapping[str, Any], own: Mapping[str, Any], unknown: str = "error") -> str:
    """The command for a text as it stands, or for what is to be written where there is none yet."""
    prompt, drawn, writer, tokens = last_part(story, knobs)
    if tokens:
        stopped = story.path[-1].hidden
        drawn = dict(drawn) if stopped else {**drawn, "max_tokens": tokens}
    unknown = unknown if prompt == story.prompt else "error"
    return sample_command(prompt, story.run, writer.step, drawn, own, unknown=unknown, off=writer.off)


def comparison(name: str, values: Sequence[float]) -> str:
    """What `--compare` takes, such as `temperature=0.5,2`."""
    return f"{name}=" + ",".join(f"{value:g}" for value in values)
