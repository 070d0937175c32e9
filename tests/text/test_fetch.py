"""Fetching against a real server: what can go wrong is one sentence, and leaves nothing behind."""

import hashlib
import socket
from threading import Thread

import pytest

from gptlab_tui.errors import JobFailed
from gptlab_tui.text.catalog import CatalogEntry, find_entry
from gptlab_tui.text.fetch import fetch

BODY = b"Era uma vez um guarda-chuva.\n" * 10_000


@pytest.fixture
def entry(text_server):
    text_server.body = BODY
    return entry_for(f"http://127.0.0.1:{text_server.server_port}/text")


def entry_for(url: str) -> CatalogEntry:
    return CatalogEntry(
        name="historia",
        title="",
        author="",
        language="pt",
        licence="",
        url=url,
        sha256=hashlib.sha256(BODY).hexdigest(),
        size_bytes=len(BODY),
    )


def refused(entry, home) -> JobFailed:
    """The error of a fetch; the corpora folder is as it was."""
    before = {path.name: path.read_bytes() for path in home.corpora.glob("*")}
    with pytest.raises(JobFailed) as caught:
        fetch(entry, home)
    assert {path.name: path.read_bytes() for path in home.corpora.glob("*")} == before
    message = caught.value.message
    assert message.startswith("'historia' could not be fetched: ")
    assert message.endswith(".")
    assert "\n" not in message
    assert entry.url in caught.value.hint
    return caught.value


@pytest.mark.parametrize("chunked", [False, True])
def test_a_text_comes_whole(entry, home, text_server, chunked):
    text_server.chunked = chunked
    seen = []
    path = fetch(entry, home, lambda done, total: seen.append((done, total)))
    assert path == home.corpora / "historia.txt"
    assert path.read_bytes() == BODY
    assert [name.name for name in home.corpora.iterdir()] == ["historia.txt"]
    assert seen[-1] == (len(BODY), None if chunked else len(BODY))
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})
    assert path.stat().st_mode & 0o777 == 0o644


def test_wrong_digest(entry, home, text_server):
    text_server.body = BODY.replace(b"guarda", b"Guarda", 1)
    assert "not the file that was expected" in refused(entry, home).message


def test_a_text_that_is_there_survives_a_bad_one(entry, home, text_server):
    path = fetch(entry, home)
    text_server.body = b"<html>Please log in</html>"
    refused(entry, home)
    assert path.read_bytes() == BODY


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("came", [0, 1, len(BODY) // 2])
def test_cut_connection(entry, home, text_server, came, chunked):
    text_server.body, text_server.announced, text_server.chunked = BODY[:came], len(BODY), chunked
    assert "the connection was cut" in refused(entry, home).message


def test_more_than_expected_is_not_taken(entry, home, text_server):
    text_server.body = BODY + b"x"
    assert "more came" in refused(entry, home).message


def test_not_found(entry, home, text_server):
    gone = entry_for(entry.url.replace("/text", "/elsewhere"))
    assert "answers 404 (Not Found)" in refused(gone, home).message


def test_no_network(home, text_server):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound, but nobody listens
        port = unused.getsockname()[1]
        assert (
            f"no connection to 127.0.0.1:{port}"
            in refused(entry_for(f"http://127.0.0.1:{port}/text"), home).message
        )
    assert "no connection" in refused(entry_for("http://name.invalid/text"), home).message


def test_a_server_that_says_nothing(home, monkeypatch, text_server):
    monkeypatch.setattr("gptlab_tui.text.fetch.TIMEOUT_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/text"
        assert "timed out" in refused(entry_for(url), home).message


def test_a_server_that_speaks_something_else(home, text_server):
    with socket.create_server(("127.0.0.1", 0)) as other:

        def answer():
            connection, _ = other.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"220 mail ready\r\n")

        thread = Thread(target=answer)
        thread.start()
        url = f"http://127.0.0.1:{other.getsockname()[1]}/text"
        assert "does not answer like a web server (220 mail ready)" in refused(entry_for(url), home).message
        thread.join()


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://127.0.0.1/x", "nonsense"])
def test_only_the_web(home, url):
    assert "not a web address" in refused(entry_for(url), home).message


def test_interrupting_leaves_nothing(entry, home):
    def interrupt(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(entry, home, interrupt)
    assert list(home.corpora.iterdir()) == []


def test_a_folder_that_cannot_be_made(entry, home):
    home.root.parent.mkdir(parents=True, exist_ok=True)
    home.root.write_text("a file where the home should be")
    with pytest.raises(JobFailed, match="could not be written"):
        fetch(entry, home)


def test_bundled_texts_need_no_network(home, text_server):
    assert fetch(find_entry("contos"), home).is_file()
    assert text_server.requests == 0
