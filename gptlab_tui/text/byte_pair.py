"""Subword tokens over bytes: GPT-2's split into words, then merges; encoded by `tiktoken`.

A vocabulary is a list of byte strings; its order is the order of the merges (the first pair that
can be merged is the one whose result comes first). In JSON a token is written in GPT-2's byte
alphabet, where each byte has one visible character: a space is `Ġ`, a newline `Ċ`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import tiktoken
from numpy.typing import NDArray

from gptlab_tui.errors import GPTLabError
from gptlab_tui.text.pieces import safe_pieces
from gptlab_tui.text.protocol import Ids, Unknown, UnknownCharacterError, check_ids, json_digest

# GPT-2's pattern ('s|'t|... ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+) as tiktoken writes it
# for speed: possessive, and so without steps back.
PATTERN = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s"

_SURROGATE = re.compile("[\ud800-\udfff]")


@functools.cache
def byte_alphabet() -> str:
    """256 visible characters, one for each byte in order (Radford et al. 2019, `bytes_to_unicode`).

    Bytes that are visible in Latin-1 stand for themselves; the others follow from U+0100 on.
    """
    visible = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = iter(range(0x100, 0x200))
    return "".join(chr(byte if byte in visible else next(others)) for byte in range(256))


@functools.cache
def _byte_of() -> dict[str, int]:
    return {character: byte for byte, character in enumerate(byte_alphabet())}


def token_from_alphabet(written: str) -> bytes:
    """The bytes that `written` stands for; raises KeyError for a character outside the alphabet."""
    return bytes(map(_byte_of().__getitem__, written))


class BytePairTokenizer:
    """A `tiktoken.Encoding` behind the tokenizer protocol. Covers every text that is valid Unicode."""

    def __init__(
        self, kind: str, tokens: Sequence[bytes], special: Sequence[str] = (), note: str = ""
    ) -> None:
        """`special` are tokens that no text is encoded to; their ids follow those of `tokens`.

        Raises GPTLabError unless `tokens` are distinct and hold the 256 single bytes.
        """
        ranks = {token: rank for rank, token in enumerate(tokens)}
        if len(ranks) < len(tokens) or not all(bytes([byte]) in ranks for byte in range(256)):
            raise GPTLabError("The tokens of a vocabulary must be distinct and hold every single byte.")
        self.kind = kind
        self.note = note
        self._special = tuple(special)
        self._tokens = [*tokens, *(name.encode("utf-8") for name in special)]
        self._encoding = tiktoken.Encoding(
            kind,
            pat_str=PATTERN,
            mergeable_ranks=ranks,
            special_tokens={name: len(tokens) + place for place, name in enumerate(special)},
        )

    @property
    def vocab_size(self) -> int:
        """V, special tokens included."""
        return len(self._tokens)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON."""
        return json_digest(self.to_json())

    def encode(self, text: str, unknown: Unknown = "error") -> Ids:
        """The ids of `text`, (T,). The name of a special token in a text is text like any other."""
        if lacking := self.unknown_characters(text):
            if unknown == "error":
                (character, place), *others = lacking
                raise UnknownCharacterError(character, place, len(others))
            text = _SURROGATE.sub("" if unknown == "skip" else "\ufffd", text)
        parts = [
            self._encoding.encode_to_numpy(piece, disallowed_special=()) for piece in safe_pieces([text])
        ]
        return np.concatenate([*parts, np.empty(0, np.uint32)]).astype(np.int32)

    def decode(self, ids: Sequence[int] | Ids) -> str:
        """The text of `ids`; U+FFFD where their bytes are not UTF-8."""
        known = check_ids(ids, self.vocab_size).tolist()
        return b"".join(map(self._tokens.__getitem__, known)).decode("utf-8", "replace")

    def token_bytes(self, token: int) -> bytes:
        """The bytes of a token; of a special one, its name."""
        return self._tokens[int(check_ids([token], self.vocab_size)[0])]

    def token_lengths(self) -> NDArray[np.int64]:
        """The number of bytes of every token, (V,)."""
        return np.array([len(token) for token in self._tokens], dtype=np.int64)

    def unknown_characters(self, text: str) -> list[tuple[str, int]]:
        """Halves of surrogate pairs, which UTF-8 cannot write, each with its first place."""
        first: dict[str, int] = {}
        for found in _SURROGATE.finditer(text):
            first.setdefault(found.group(), found.start())
        return list(first.items())

    def to_json(self) -> dict[str, Any]:
        """`kind`, `split` (the pattern's name), `tokens` in the byte alphabet, `special`."""
        alphabet = byte_alphabet()
        ordinary = self._tokens[: len(self._tokens) - len(self._special)]
        return {
            "kind": self.kind,
            "split": "gpt2",
            "tokens": ["".join(alphabet[byte] for byte in token) for token in ordinary],
            "special": list(self._special),
        }


#: The largest vocabulary that can be asked for.
MOST_TOKENS = 1 << 20


def train_byte_pair(chunks: Iterable[str], vocab_size: int) -> BytePairTokenizer:
    """A vocabulary of `vocab_size` tokens learned from a text (Sennrich et al. 2016, over bytes).

    Merges go on while a pair occurs at least twice; where the text runs out of such pairs first, the
    vocabulary is smaller and `note` says so. Raises GPTLabError below 256, the number of bytes.
    """
    if vocab_size < 256:
        raise GPTLabError(
            f"A byte-pair vocabulary cannot have {vocab_size} tokens: there are 256 single bytes.",
            "Ask for 256 or more.",
        )
    if vocab_size > MOST_TOKENS:
        raise GPTLabError(
            f"A byte-pair vocabulary of {vocab_size:,} tokens is beyond what a text gives.",
            f"Ask for {MOST_TOKENS:,} or fewer.",
        )
    from tokenizers import Tokenizer as HuggingFaceTokenizer
    from tokenizers import models, pre_tokenizers, trainers

    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        min_frequency=2,
        show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    learner = HuggingFaceTokenizer(models.BPE())
    learner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    learner.train_from_iterator(safe_pieces(chunks), trainer)
    learned = learner.get_vocab(with_added_tokens=False)
    merged = sorted((token for token in learned if len(token) > 1), key=learned.__getitem__)
    tokens = [*(bytes([byte]) for byte in range(256)), *map(token_from_alphabet, merged)]
    note = ""
    if len(tokens) < vocab_size:
        note = f"The text gives only {len(tokens):,} byte-pair tokens of the {vocab_size:,} asked for."
    return BytePairTokenizer("bpe", tokens, note=note)
