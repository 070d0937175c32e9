"""From a configuration to a run directory that a training can be started in.

Everything that can be wrong with a request is found here, before the directory exists.
"""

from __future__ import annotations

import datetime
import platform
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from gptlab_tui import __version__
from gptlab_tui.config import Config
from gptlab_tui.errors import GPTLabError, JobFailed
from gptlab_tui.home import Home
from gptlab_tui.model.budget import checkpoint_bytes, count_parameters, snapshot_bytes
from gptlab_tui.model.gpt import GPT
from gptlab_tui.model.initial import initialise
from gptlab_tui.model.open_run import OpenModel
from gptlab_tui.model.weights import save_weights
from gptlab_tui.presets import load_preset
from gptlab_tui.render.units import mib
from gptlab_tui.runs import layout, manifest
from gptlab_tui.runs.layout import Run
from gptlab_tui.sampling.settings import resolve
from gptlab_tui.text.beginnings import beginning
from gptlab_tui.text.corpus import Corpus, open_corpus
from gptlab_tui.text.coverage import Lacking, lacking_characters
from gptlab_tui.text.protocol import Unknown
from gptlab_tui.text.sources import Fetch
from gptlab_tui.text.token_files import TokenFiles, prepare_tokens
from gptlab_tui.text.tokenizers import Tokenizer, build_tokenizer

#: Called with the characters that are encoded and the characters of the text.
Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that was found right: text, tokenizer and tokens are there."""

    config: Config
    corpus: Corpus
    tokenizer: Tokenizer
    tokens: TokenFiles
    unknown: Unknown
    parent: OpenModel | None
    parameters: int
    warnings: tuple[str, ...]


def prepare(
    config: Config,
    home: Home,
    *,
    parent: OpenModel | None = None,
    fetch: Fetch | None = None,
    tell: Tell | None = None,
) -> Prepared:
    """Opens the corpus, builds the tokenizer (or takes the parent's) and encodes the text.

    With a `parent` its model's shape and vocabulary hold; characters of the text that it lacks are
    left out and told. Raises GPTLabError for whatever the user can mend.
    """
    corpus = open_corpus(config.corpus, home, fetch=fetch)
    warnings = [corpus.warning] if corpus.warning else []
    if parent is not None:
        config = inherit(config, parent)
        tokenizer = parent.tokenizer
        lacking = lacking_characters(corpus.chunks(), tokenizer)
        if lacking and sum(one.count for one in lacking) == corpus.characters:
            raise GPTLabError(
                f"{parent.run.name} has no token for any character of {corpus.name}.",
                "Train a new model on it: without --from.",
            )
        if lacking:
            warnings.append(_left_out(parent.run.name, lacking))
    else:
        tokenizer = build_tokenizer(config.tokenizer, corpus, home)
        if tokenizer.note:
            warnings.append(tokenizer.note)
    unknown: Unknown = "skip" if parent is not None else "error"
    tokens = prepare_tokens(corpus, tokenizer, home, tell, unknown)
    tokens.require_context(config.model.block_size)
    prompts, left = _readable(config, tokenizer, tokens, home)
    if left:
        train = config.train.model_copy(update={"prompts": prompts})
        config = config.model_copy(update={"train": train})
        theirs, ours = (" and ".join(map(repr, some)) for some in (left, prompts))
        warnings.append(f"the vocabulary lacks letters of {theirs}, so evaluations go on from {ours}")
    resolve(config.sample, tokenizer)  # or a knob that cannot be would end the first evaluation
    parameters = count_parameters(config.model, tokenizer.vocab_size)
    check_disk(config, parameters, home.runs)
    return Prepared(config, corpus, tokenizer, tokens, unknown, parent, parameters, tuple(warnings))


def _readable(
    config: Config, tokenizer: Tokenizer, tokens: TokenFiles, home: Home
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What evaluations go on from, and those of a preset's own sentences that words of the text replace."""
    prompts = config.train.prompts
    left = tuple(one for one in prompts if tokenizer.unknown_characters(one))
    if not left or not config.train.prompt_tokens:
        return prompts, ()
    try:
        usual = load_preset(config.preset, home=home).train.prompts
    except GPTLabError:  # the preset was a file of somebody's, and is there no more
        return prompts, ()
    own = beginning((), tokenizer, tokens.val)
    if not own or prompts != usual:
        return prompts, ()
    return tuple(dict.fromkeys(own if one in left else one for one in prompts)), left


def inherit(config: Config, parent: OpenModel) -> Config:
    """The configuration of a fine-tuning: the parent's model and vocabulary, but its own dropout.

    Raises GPTLabError where `config` changes the parent's shape, which its weights would not fit.
    """
    theirs, mine = parent.config.model, config.model
    dropout = {"dropout": mine.dropout, "attn_dropout": mine.attn_dropout}
    model = theirs.model_copy(update=dropout)
    if config.preset == parent.config.preset and mine != model:
        changed = [key for key in type(mine).model_fields if getattr(mine, key) != getattr(model, key)]
        raise GPTLabError(
            f"The weights of {parent.run.name} have their shape, so model.{changed[0]} cannot be changed.",
            "What a fine-tuning may change of the model is model.dropout and model.attn_dropout.",
        )
    if config.preset == parent.config.preset and config.tokenizer != parent.config.tokenizer:
        raise GPTLabError(
            f"A fine-tuning keeps the vocabulary of {parent.run.name}, so tokenizer cannot be changed.",
            "To learn another one, train a new model.",
        )
    return config.model_copy(update={"model": model, "tokenizer": parent.config.tokenizer})


def check_disk(config: Config, parameters: int, folder: Path) -> int:
    """Bytes that checkpoints and snapshots in `folder` may come to; JobFailed where they do not fit."""
    train = config.train
    snapshots = min(train.snapshots * snapshot_bytes(parameters), train.snapshot_budget_mib * 2**20)
    # those that are kept, the best, and the one that is being written
    needed_bytes = (train.keep_checkpoints + 2) * checkpoint_bytes(parameters) + int(snapshots)
    there = next(place for place in (folder, *folder.parents) if place.exists())
    free_bytes = shutil.disk_usage(there).free
    if free_bytes < needed_bytes:
        raise JobFailed(
            f"The run needs {mib(needed_bytes)} on disk and {mib(free_bytes)} are free.",
            "Make room, or lower train.snapshots and train.keep_checkpoints.",
        )
    return needed_bytes


def _left_out(model: str, lacking: list[Lacking]) -> str:
    named = ", ".join(f"{one.character!r} ({one.count:,})" for one in lacking[:12])
    more = f" and {len(lacking) - 12} more" if len(lacking) > 12 else ""
    return f"{model} has no token for {named}{more}: left out of the text"


def create(prepared: Prepared, home: Home, name: str | None, command: Sequence[str]) -> Run:
    """The run directory of a request; a fine-tuning begins with its parent's weights as step 0."""
    config, parent = prepared.config, prepared.parent
    request: dict[str, Any] = {
        "config": config.model_dump(mode="json"),
        "corpus": prepared.corpus.to_json(),
        "unknown": prepared.unknown,
        "tokenizer_digest": prepared.tokenizer.digest,
        "parameters": prepared.parameters,
        "vocab_size": prepared.tokenizer.vocab_size,
        "versions": versions(),
        "seed": config.train.seed,
        "command": list(command),
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "parent": {"run": parent.run.name, "step": parent.step, "digest": parent.digest} if parent else None,
        "warnings": list(prepared.warnings),
    }
    run = layout.create_run(home, name, request, prepared.tokenizer.to_json())
    if parent is not None:
        manifest.commit_step(run, 0, lambda folder: save_weights(parent.model, folder / layout.WEIGHTS))
    return run


def versions() -> dict[str, str]:
    """What the bits of a result depend on."""
    return {
        "gptlab": __version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "platform": f"{platform.system()} {platform.machine()}",
    }


def new_model(config: Config, vocab_size: int) -> GPT:
    """A model as it is before the first step."""
    model = GPT(config.model, vocab_size)
    initialise(model, config.train.seed)
    return model
