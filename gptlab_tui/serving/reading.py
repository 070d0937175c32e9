"""What a model has read: the logits of every text that it has seen, and the caches to go on from.

A text is its token ids and how many of them are the prompt: those are read at once, the others one by
one, as `gptlab sample` does. So the logits, and what is drawn from them, are the same to the last bit,
however often a text was left, taken up again or branched.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Generator, Iterator, Sequence

import torch
from torch import Tensor

from gptlab_tui.model.open_run import OpenModel
from gptlab_tui.sampling.reader import Reader

#: Logits of one model that are kept, in bytes.
_LOGITS_BYTES = 64 << 20
#: Caches of one model that are kept.
_TEXTS = 6
#: Tokens that are read before others have their turn.
_AT_ONCE = 8
_ROOM = 512


class CachedText:
    """One text and the cache that has read it."""

    def __init__(self, opened: OpenModel, prompt: Sequence[int]) -> None:
        self.ids = [int(token) for token in prompt]
        self.start = len(self.ids)
        self.key = _first_key(self.ids)
        self._buffer = torch.empty(1, self.start + _ROOM, dtype=torch.long)
        self._buffer[0, : self.start] = torch.as_tensor(self.ids, dtype=torch.long)
        self._reader = Reader(opened.model, self._buffer)
        self._logits: Tensor | None = None

    @property
    def text(self) -> Tensor:
        """The ids so far, (1, T)."""
        return self._buffer[:, : len(self.ids)]

    def logits(self) -> Tensor:
        """Of the next token: (1, V), in double precision."""
        if self._logits is None:
            self._logits = self._reader.logits(len(self.ids))
        return self._logits

    def push(self, token: int) -> None:
        """One token more; it is read when its logits are asked for."""
        self.logits()  # the reader takes no two tokens at once
        end = len(self.ids)
        if end == self._buffer.size(1):
            larger = torch.empty(1, 2 * end, dtype=torch.long)
            larger[:, :end] = self._buffer
            self._buffer = larger
            self._reader.move(larger)
        self._buffer[0, end] = token
        self.ids.append(token)
        self.key = _next_key(self.key, token)
        self._logits = None


class LoadedModel:
    """A model with what it has read."""

    def __init__(self, opened: OpenModel) -> None:
        self.opened = opened
        self._logits: OrderedDict[bytes, Tensor] = OrderedDict()
        self._texts: list[CachedText] = []
        kept = _LOGITS_BYTES // (4 * opened.tokenizer.vocab_size)
        self._most_logits = max(16, kept)

    def take(self, ids: Sequence[int], start: int) -> Iterator[CachedText | None]:
        """A text that has been read, to be written on and given back; None while others may have a turn.

        It goes on from what was read before where that is how the text begins.
        """
        wanted = [int(token) for token in ids]
        same = [kept for kept in self._texts if kept.start == start and _begins(wanted, kept.ids)]
        if same:
            cached = max(same, key=lambda kept: len(kept.ids))
            self._texts.remove(cached)
        else:
            cached = CachedText(self.opened, wanted[:start])
        for number, token in enumerate(wanted[len(cached.ids) :]):
            if number % _AT_ONCE == _AT_ONCE - 1:
                yield None
            cached.push(token)
        yield cached

    def logits_after(
        self, ids: Sequence[int], start: int, *, keep: bool = True
    ) -> Generator[None, None, Tensor]:
        """Of the token after a text, (V,) in double precision: known already, or read a few tokens at a time.

        Of a text that is not to be kept the logits are, but no cache to go on from.
        """
        raw = self.known_logits(ids, start)
        if raw is None:
            for cached in self.take(ids, start):
                if cached is None:
                    yield None
                    continue
                raw = self.next_logits(cached)[0]
                if keep:
                    self.give_back(cached)
        assert raw is not None
        return raw

    def give_back(self, cached: CachedText) -> None:
        """Keeps a cached text for whoever goes on with its text."""
        self._texts.append(cached)
        del self._texts[:-_TEXTS]

    def next_logits(self, cached: CachedText) -> Tensor:
        """The logits of the next token, (1, V) in double precision; they are kept."""
        logits = cached.logits()
        self._logits[cached.key] = logits[0].float()  # which they were: nothing is lost
        self._logits.move_to_end(cached.key)
        while len(self._logits) > self._most_logits:
            self._logits.popitem(last=False)
        return logits

    def known_logits(self, ids: Sequence[int], start: int) -> Tensor | None:
        """The logits of the token after a text, (V,) in double precision, if they are known."""
        key = _first_key(ids[:start])
        for token in ids[start:]:
            key = _next_key(key, int(token))
        logits = self._logits.get(key)
        if logits is None:
            return None
        self._logits.move_to_end(key)
        return logits.double()


def _begins(text: Sequence[int], with_: Sequence[int]) -> bool:
    return len(with_) <= len(text) and list(text[: len(with_)]) == list(with_)


def _first_key(prompt: Sequence[int]) -> bytes:
    return hashlib.blake2b(b",".join(b"%d" % token for token in prompt), digest_size=16).digest()


def _next_key(key: bytes, token: int) -> bytes:
    return hashlib.blake2b(b"%d" % token, digest_size=16, key=key).digest()
