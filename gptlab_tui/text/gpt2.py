"""GPT-2's vocabulary: 50,257 tokens, from the file of merges that OpenAI published.

The file is looked for where tiktoken keeps it (`TIKTOKEN_CACHE_DIR`), then in the home's cache, and
is fetched there at first use.
"""

from __future__ import annotations

import functools
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from gptlab_tui.errors import JobFailed
from gptlab_tui.home import Home
from gptlab_tui.text.byte_pair import BytePairTokenizer, byte_alphabet, token_from_alphabet
from gptlab_tui.text.fetch import Progress, Remote, download

MERGES = Remote(
    what="GPT-2's vocabulary",
    url="https://openaipublic.blob.core.windows.net/gpt-2/encodings/main/vocab.bpe",
    sha256="1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5",
    size_bytes=456_318,
)


def load_gpt2(home: Home, progress: Progress | None = None) -> BytePairTokenizer:
    """GPT-2's tokenizer. Raises JobFailed where its vocabulary is neither here nor to be had."""
    for path in _places(home):
        data = _read_checked(path)
        if data is not None:
            return _parse(data)
    own = _own_place(home)
    try:
        download(MERGES, own, progress)
    except JobFailed as error:
        raise JobFailed(
            error.message,
            f"Bring {MERGES.url} to {own} from a machine with a network, set TIKTOKEN_CACHE_DIR to a"
            " folder where tiktoken has it, or use --tokenizer char or bpe.",
        ) from error
    return _parse(own.read_bytes())


@functools.lru_cache(maxsize=1)
def _parse(data: bytes) -> BytePairTokenizer:
    """The single bytes, visible ones first, then one merge a line: 'Ġ t' is the token ' t'."""
    alphabet = byte_alphabet()
    visible = sorted(alphabet)  # the byte itself where it is visible, and those come first
    lines = data.decode("utf-8").split("\n")[1:-1]
    written = [*visible, *(line.replace(" ", "") for line in lines)]
    return BytePairTokenizer("gpt2", [token_from_alphabet(token) for token in written], ["<|endoftext|>"])


def _own_place(home: Home) -> Path:
    return home.cache / "gpt2" / "vocab.bpe"


def _places(home: Home) -> Iterator[Path]:
    named = os.environ.get("TIKTOKEN_CACHE_DIR") or os.environ.get("DATA_GYM_CACHE_DIR")
    folder = Path(named) if named else Path(tempfile.gettempdir()) / "data-gym-cache"
    yield folder / hashlib.sha1(MERGES.url.encode(), usedforsecurity=False).hexdigest()
    yield _own_place(home)


def _read_checked(path: Path) -> bytes | None:
    """The file's bytes if they are the published ones."""
    try:
        data = path.read_bytes() if path.stat().st_size == MERGES.size_bytes else b""
    except OSError:
        return None
    return data if hashlib.sha256(data).hexdigest() == MERGES.sha256 else None
