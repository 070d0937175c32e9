"""Texts of one's own, GPT-2's vocabulary without a network, and a server to fetch from."""

import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from gptlab_tui.config import CorpusConfig
from gptlab_tui.home import Home
from gptlab_tui.text import decoding
from gptlab_tui.text.corpus import Corpus, open_corpus

settings.register_profile("text", deadline=None)  # a busy machine is no fault of the text
settings.load_profile("text")


@pytest.fixture
def make_corpus(tmp_path: Path, home: Home) -> Callable[..., Corpus]:
    """A corpus of given texts (str or bytes), one file each."""

    def make(*texts: str | bytes, **settings: object) -> Corpus:
        names = []
        for number, text in enumerate(texts):
            path = tmp_path / f"text{number}.txt"
            path.write_bytes(text.encode() if isinstance(text, str) else text)
            names.append(str(path))
        return open_corpus(CorpusConfig(name=tuple(names), **settings), home)

    return make


@pytest.fixture
def tiktoken_folder(test_data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """tiktoken's cache with GPT-2's vocabulary in it."""
    folder = test_data / "tiktoken_cache"
    if not folder.is_dir():
        pytest.skip(f"{folder} is missing")
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(folder))
    return folder


@pytest.fixture(params=[1, 2, 3, 7])
def tiny_blocks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Files are read a few bytes at a time, so that everything lies across some border."""
    monkeypatch.setattr(decoding, "BLOCK_BYTES", request.param)
    return request.param


class TextServer(http.server.ThreadingHTTPServer):
    """Serves `body` at /text; `announced` overrides the Content-Length, `then` ends the answer."""

    body = b""
    announced: int | None = None
    chunked = False
    requests = 0


class _Handler(http.server.BaseHTTPRequestHandler):
    server: TextServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.requests += 1
        if self.path != "/text":
            self.send_error(404)
            return
        body, announced = self.server.body, self.server.announced
        self.send_response(200)
        if self.server.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(len(body) if announced is None else announced))
        self.end_headers()
        if self.server.chunked:
            body = b"%x\r\n%s\r\n0\r\n\r\n" % (announced or len(body), body)
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def text_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[TextServer]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with TextServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()
