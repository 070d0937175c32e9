"""What requests about a text have in common: its tokens, and the knobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from gptlab_tui.errors import GPTLabError
from gptlab_tui.model.open_run import OpenModel
from gptlab_tui.sampling.settings import Settings, change_knobs, resolve
from gptlab_tui.sampling.tokens import piece_of
from gptlab_tui.serving.protocol import Message
from gptlab_tui.text.tokenizers import Tokenizer, Unknown


@dataclass(frozen=True, slots=True)
class Text:
    """Token ids, of which the first `start` are the prompt."""

    ids: tuple[int, ...]
    start: int
    lacking: tuple[str, ...] = ()
    """Characters of the prompt that the model lacks and nobody said what to do with."""


def text_of(request: Message, opened: OpenModel) -> Text:
    """The text of a request, to be written on; see `read_text`.

    Raises GPTLabError for ids outside the vocabulary and for a prompt without tokens.
    """
    text = read_text(request, opened)
    if not text.lacking and not 0 < text.start <= len(text.ids):
        raise GPTLabError("The prompt is empty: a model needs something to continue.", "Type a beginning.")
    return text


def read_text(request: Message, opened: OpenModel) -> Text:
    """The text of a request, which may be empty.

    Either its `ids` with `start` (by default all are the prompt), or its `prompt`, whose unknown
    characters go where `unknown` says. Raises GPTLabError for ids outside the vocabulary.
    """
    tokenizer = opened.tokenizer
    if "ids" in request:
        ids = tuple(int(token) for token in request["ids"])
        if ids and not (min(ids) >= 0 and max(ids) < tokenizer.vocab_size):
            raise GPTLabError(f"{opened.run.name} has other tokens than the text.")
        return Text(ids, int(request.get("start", len(ids))))
    prompt, unknown = str(request.get("prompt", "")), request.get("unknown", "error")
    if unknown == "error" and (lacking := lacking_of(prompt, opened)):
        return Text((), 0, lacking)
    ids = tuple(int(token) for token in tokenizer.encode(prompt, cast(Unknown, unknown)))
    return Text(ids, len(ids))


def lacks(characters: Sequence[str], opened: OpenModel) -> Message:
    """The answer to a text with characters that a model lacks, and what could stand for each of them."""
    tokenizer = opened.tokenizer
    substitute = tokenizer.decode(tokenizer.encode(characters[0], "replace"))
    return {
        "kind": "lacking",
        "characters": list(characters),
        "substitute": substitute,
        "run": opened.run.name,
    }


def lacking_of(prompt: str, opened: OpenModel) -> tuple[str, ...]:
    """The characters of a prompt that the model lacks, each once."""
    return tuple(character for character, _ in opened.tokenizer.unknown_characters(prompt))


def settings_of(knobs: Mapping[str, Any], opened: OpenModel) -> Settings:
    """The run's own knobs with those turned; raises GPTLabError for what they cannot be."""
    return resolve(change_knobs(opened.config.sample, knobs), opened.tokenizer)


def pieces_of(ids: Sequence[int], tokenizer: Tokenizer) -> list[Message]:
    """Tokens as a front needs them: `id`, `piece` (its text alone) and `bytes` (hexadecimal)."""
    return [
        {"id": token, "piece": piece_of(token, tokenizer), "bytes": tokenizer.token_bytes(token).hex()}
        for token in ids
    ]
