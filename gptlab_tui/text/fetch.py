"""Bringing a file from a public address: streamed, checked by its digest, put in place at once."""

from __future__ import annotations

import hashlib
import http.client
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gptlab_tui.errors import JobFailed
from gptlab_tui.home import Home
from gptlab_tui.text.catalog import CatalogEntry
from gptlab_tui.text.files import atomic_file

Progress = Callable[[int, int | None], None]
"""Called with the bytes that have come and, where it is known, the bytes that will come."""

TIMEOUT_S = 30.0
_BLOCK_BYTES = 1 << 16


def fetch(entry: CatalogEntry, home: Home, progress: Progress | None = None) -> Path:
    """Bring a text of the catalogue to the corpora folder of the home; returns where it lies.

    A bundled text is there already. Raises JobFailed, with nothing left behind, where there is no
    network, no such address, a cut connection, no room on the disk, or another text than expected.
    """
    destination = entry.path(home)
    if not entry.bundled:
        remote = Remote(f"'{entry.name}'", entry.url, entry.sha256, entry.size_bytes)
        download(remote, destination, progress)
    return destination


def is_here(entry: CatalogEntry, home: Home) -> bool:
    """Whether the text lies in its place, with the digest that it must have."""
    path = entry.path(home)
    try:
        if path.stat().st_size != entry.size_bytes:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == entry.sha256
    except OSError:
        return False


@dataclass(frozen=True, slots=True)
class Remote:
    """A file at a public address, and what it must be. `what` names it in messages."""

    what: str
    url: str
    sha256: str
    size_bytes: int


def download(remote: Remote, destination: Path, progress: Progress | None = None) -> None:
    """Bring `remote` to `destination`, which changes only if the bytes have the right digest.

    Raises JobFailed, with nothing left behind.
    """
    by_hand = f"Try again later, or bring it yourself: {remote.url} -> {destination}"
    digest = hashlib.sha256()
    done = 0
    with atomic_file(destination) as file:
        try:
            for block, total in _blocks(remote.url):
                file.write(block)
                digest.update(block)
                done += len(block)
                if done > remote.size_bytes:  # an endless file must not fill the disk
                    raise _FetchError(f"more came than the {remote.size_bytes:,} bytes of the file")
                if progress is not None:
                    progress(done, total)
        except _FetchError as error:
            raise JobFailed(f"{remote.what} could not be fetched: {error}.", by_hand) from error
        if digest.hexdigest() != remote.sha256:
            raise JobFailed(
                f"{remote.what} could not be fetched: what came is not the file that was expected"
                f" (SHA-256 {digest.hexdigest()[:16]}… instead of {remote.sha256[:16]}…).",
                by_hand,
            )


class _FetchError(Exception):
    """Why the bytes did not come, as the end of a sentence."""


def _blocks(url: str) -> Iterator[tuple[bytes, int | None]]:
    """The bytes at `url`, block by block, each with the announced length of the whole."""
    if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
        raise _FetchError(f"{url} is not a web address")
    request = urllib.request.Request(url, headers={"User-Agent": "gptlab"})
    host = urllib.parse.urlsplit(url).netloc
    try:
        response = urllib.request.urlopen(request, timeout=TIMEOUT_S)
    except urllib.error.HTTPError as error:
        raise _FetchError(f"its address answers {error.code} ({error.reason})") from error
    except http.client.HTTPException as error:
        raise _FetchError(f"{host} does not answer like a web server ({_said(error)})") from error
    except OSError as error:
        raise _FetchError(f"there is no connection to {host} ({_said(error)})") from error
    with response:
        done, total = 0, response.length
        try:
            while block := response.read(_BLOCK_BYTES):
                done += len(block)
                yield block, total
        except (OSError, http.client.HTTPException) as error:
            raise _FetchError(f"the connection was cut after {done:,} bytes ({_said(error)})") from error
        if total is not None and done < total:
            raise _FetchError(f"the connection was cut after {done:,} of {total:,} bytes")


def _said(error: Exception) -> str:
    """What an error of the network says, on one line."""
    return " ".join(str(getattr(error, "reason", None) or error).split()) or type(error).__name__
