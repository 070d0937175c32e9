"""Making tokenizers: from a configuration and a corpus, and from the JSON that a run keeps."""

from __future__ import annotations

from typing import Any

from gptlab_tui.config import TokenizerConfig
from gptlab_tui.errors import GPTLabError
from gptlab_tui.home import Home
from gptlab_tui.text.char_tokenizer import CharTokenizer, distinct_characters
from gptlab_tui.text.corpus import Corpus
from gptlab_tui.text.protocol import Tokenizer, Unknown, UnknownCharacterError
from gptlab_tui.text.stream import StreamDecoder

__all__ = [
    "StreamDecoder",
    "Tokenizer",
    "Unknown",
    "UnknownCharacterError",
    "build_tokenizer",
    "tokenizer_from_json",
]


def build_tokenizer(config: TokenizerConfig, corpus: Corpus, home: Home) -> Tokenizer:
    """The tokenizer that `config` asks for, made for `corpus`.

    `char` takes the characters of the whole text, `bpe` learns from the training part alone, `gpt2`
    is what it is. Raises GPTLabError for a size that cannot be, JobFailed where GPT-2's vocabulary is
    missing and cannot be fetched. Read its `note`.
    """
    if config.kind == "char":
        return CharTokenizer(distinct_characters(corpus.chunks()))
    if config.kind == "gpt2":
        from gptlab_tui.text.gpt2 import load_gpt2

        return load_gpt2(home)
    from gptlab_tui.text.byte_pair import train_byte_pair

    return train_byte_pair(corpus.chunks(0, corpus.val_start), config.vocab_size)


def tokenizer_from_json(data: dict[str, Any]) -> Tokenizer:
    """The tokenizer that `to_json` wrote. Raises GPTLabError where the data are not of that form."""
    try:
        if data["kind"] == "char":
            return CharTokenizer(_string(data["characters"]))
        if data["kind"] in ("bpe", "gpt2") and data["split"] == "gpt2":
            from gptlab_tui.text.byte_pair import BytePairTokenizer, token_from_alphabet

            tokens = [token_from_alphabet(_string(token)) for token in data["tokens"]]
            return BytePairTokenizer(data["kind"], tokens, [_string(name) for name in data["special"]])
        raise GPTLabError(f"A tokenizer of kind {data['kind']!r} is not known here.")
    except (KeyError, TypeError, ValueError) as error:
        raise GPTLabError(
            f"The description of the tokenizer is damaged: {type(error).__name__} {error}.",
            "It is the run's tokenizer.json.",
        ) from error


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a string")
    return value
