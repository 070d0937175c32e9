"""A corpus: one text made of one or several files, read lazily and never held as a whole.

Opening it reads every file once, in blocks: the bytes are checked and decoded, the digest of the
normalised text is computed, and at each block a mark is left from which reading can go on later.
"""

from __future__ import annotations

import bisect
import hashlib
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from gptlab_tui.config import CorpusConfig
from gptlab_tui.errors import GPTLabError, JobFailed
from gptlab_tui.home import Home
from gptlab_tui.text.catalog import installed
from gptlab_tui.text.decoding import check_encoding, decode_file, new_decoder, refuse_binary
from gptlab_tui.text.sources import Fetch, Source, find_paths, stat_source

_REPORTED = {"\f": "form feed", "\0": "NUL", "\ufffd": "replacement character"}


@dataclass(frozen=True, slots=True)
class _Mark:
    """A place where decoding can go on: the character it is, and the decoder's state there."""

    character: int
    source: int
    offset: int
    state: tuple[bytes, int]


@dataclass(frozen=True)
class Corpus:
    """A text whose characters can be read from any place. Counts are of the normalised text."""

    name: str
    sources: tuple[Source, ...]
    characters: int
    size_bytes: int
    """UTF-8 bytes of the normalised text."""
    digest: str
    """SHA-256 of the normalised text in UTF-8, in hexadecimal."""
    reports: tuple[str, ...]
    """What a reader of the results may want to know about the bytes: '2 form feeds'."""
    val_start: int
    """The character at which the validation part begins."""
    warning: str = ""
    """Why this is not the text that was asked for; empty where it is."""
    encoding: str = "utf-8"
    errors: str = "strict"
    _glue: tuple[str, ...] = field(default=(), repr=False)
    _marks: tuple[_Mark, ...] = field(default=(), repr=False)

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[str]:
        """The characters from `start` to before `stop` (by default the end), about a million at a time.

        Raises JobFailed where a file is not any more what it was when the corpus was opened.
        """
        stop = self.characters if stop is None else min(stop, self.characters)
        start = max(start, 0)
        if start >= stop:
            return
        at = self._marks[bisect.bisect_right(self._marks, start, key=lambda mark: mark.character) - 1]
        here = at.character
        for text in self._texts_from(at):
            if here + len(text) > start:
                yield text[max(start - here, 0) : stop - here]
            here += len(text)
            if here >= stop:
                return

    def read(self, start: int = 0, stop: int | None = None) -> str:
        """The characters from `start` to before `stop`, in one piece."""
        return "".join(self.chunks(start, stop))

    def blocks(self) -> list[tuple[int, int]]:
        """The text in parts of about a million characters, from each of which reading begins at once."""
        starts = sorted({mark.character for mark in self._marks if mark.character < self.characters})
        return list(zip(starts, [*starts[1:], self.characters], strict=True))

    def to_json(self) -> dict[str, Any]:
        """What `run.json` keeps of the corpus: its digest, its size, and where it was."""
        return {
            "name": self.name,
            "digest": self.digest,
            "characters": self.characters,
            "size_bytes": self.size_bytes,
            "val_start": self.val_start,
            "paths": [str(source.path) for source in self.sources],
            "reports": list(self.reports),
        }

    def _texts_from(self, mark: _Mark) -> Iterator[str]:
        for index in range(mark.source, len(self.sources)):
            source = self.sources[index]
            if stat_source(source.path) != source:
                raise JobFailed(f"{source.path} changed while it was being read.", "Start again.")
            decoder = new_decoder(self.encoding, self.errors)
            offset = mark.offset if index == mark.source else 0
            if offset:
                decoder.setstate(mark.state)
            for text, _ in decode_file(source.path, decoder, offset):
                yield text
            if self._glue[index]:
                yield self._glue[index]


class _Scan:
    """The one pass over all files that opening a corpus takes."""

    def __init__(self, paths: Sequence[Path], encoding: str, errors: str) -> None:
        self.encoding, self.errors = encoding, errors
        self.sources: list[Source] = []
        self.glue: list[str] = []
        self.marks: list[_Mark] = []
        self.characters = self.size_bytes = 0
        self.hash = hashlib.sha256()
        self.seen: Counter[str] = Counter()
        self.other_line_ends = False
        for path in paths:
            if self.glue and self.glue[-1]:
                self._take(self.glue[-1])
            self.glue.append(self._file(path))
        if self.glue:
            self.glue[-1] = ""

    def _file(self, path: Path) -> str:
        """Read one file; returns what has to follow it so that the next one begins on a line."""
        self.sources.append(stat_source(path))
        refuse_binary(path, self.encoding)
        decoder = new_decoder(self.encoding, self.errors)
        before, offset, text = self.characters, 0, ""
        self._mark(0, decoder)
        for text, offset in decode_file(path, decoder):
            try:
                self._take(text)
            except UnicodeEncodeError as error:
                raise GPTLabError(
                    f"{path} holds half of a surrogate pair, which is no character.",
                    "Name another encoding with --encoding.",
                ) from error
            self._mark(offset, decoder)
        self.other_line_ends |= decoder.newlines not in (None, "\n")
        return "\n" if self.characters > before and not text.endswith("\n") else ""

    def _mark(self, offset: int, decoder: io.IncrementalNewlineDecoder) -> None:
        self.marks.append(_Mark(self.characters, len(self.sources) - 1, offset, decoder.getstate()))

    def _take(self, text: str) -> None:
        encoded = text.encode("utf-8")
        self.hash.update(encoded)
        self.characters += len(text)
        self.size_bytes += len(encoded)
        for character in _REPORTED:
            self.seen[character] += text.count(character)

    def reports(self) -> tuple[str, ...]:
        counted = [(self.seen[character], name) for character, name in _REPORTED.items()]
        lines = [f"{count:,} {name}{'s' if count > 1 else ''}" for count, name in counted if count]
        return (*lines, "line ends CRLF or CR, read as LF") if self.other_line_ends else tuple(lines)


def open_corpus(config: CorpusConfig, home: Home, *, fetch: Fetch | None = None) -> Corpus:
    """The corpus that `config` names, checked and measured.

    A text of the catalogue that is not there yet is brought by `fetch`. Where that fails, or without
    a `fetch`, `config.fallback` takes its place and `warning` says so; without a fallback the error
    goes up. Raises GPTLabError for what is missing, unreadable, empty, binary or not valid in the
    encoding.
    """
    check_encoding(config.encoding)
    try:
        found = [find_paths(asked, home, fetch) for asked in config.name]
    except GPTLabError as error:
        if config.fallback is None:
            raise
        warning = f"{error.message} The bundled '{config.fallback}' is used instead."
        found = [find_paths(config.fallback, home, None)]
        return _open(found, config, warning)
    return _open(found, config, "")


def _open(found: list[tuple[str, list[Path]]], config: CorpusConfig, warning: str) -> Corpus:
    name = "+".join(name for name, _ in found)
    scan = _Scan([path for _, paths in found for path in paths], config.encoding, config.errors)
    if not scan.characters:
        raise GPTLabError(f"The corpus '{name}' is empty.", "Give a file with some text in it.")
    return Corpus(
        name=name,
        sources=tuple(scan.sources),
        characters=scan.characters,
        size_bytes=scan.size_bytes,
        digest=scan.hash.hexdigest(),
        reports=scan.reports(),
        val_start=val_start(scan.characters, config.val_fraction),
        warning=warning,
        encoding=config.encoding,
        errors=config.errors,
        _glue=tuple(scan.glue),
        _marks=tuple(scan.marks),
    )


def val_start(characters: int, val_fraction: float) -> int:
    """The character at which the validation part of a text begins."""
    return int(characters * (1 - val_fraction))


def find_corpus_by_digest(
    digest: str, home: Home, last_paths: Sequence[Path] = (), config: CorpusConfig | None = None
) -> Corpus | None:
    """The corpus of that digest: at `last_paths` (joined, in order), or among the home's texts; or None.

    `config` says how the bytes were decoded and split; its names are not used.
    """
    config = config or CorpusConfig()
    candidates: list[tuple[str, list[Path]]] = []
    if last_paths:
        candidates.append(("+".join(path.stem for path in islice(last_paths, 4)), list(last_paths)))
    candidates += [(name, [path]) for name, path in installed(home).items()]
    for candidate in candidates:
        try:
            corpus = _open([candidate], config, "")
        except GPTLabError:
            continue
        if corpus.digest == digest:
            return corpus
    return None
