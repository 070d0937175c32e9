"""`gptlab corpus`: list, stats, fetch, add, examples."""

import hashlib
import http.server
import threading

import pytest

from gptlab_tui.text import catalog as catalog_file
from gptlab_tui.text.catalog import CatalogEntry

TEXT = b"Era uma vez uma casa.\n" * 500


@pytest.fixture
def served(monkeypatch):
    """The catalogue has one more text, `historia`, on a server of this machine."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(TEXT)))
            self.end_headers()
            self.wfile.write(TEXT)

        def log_message(self, *_):
            pass

    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        entry = CatalogEntry(
            name="historia",
            title="Uma história",
            author="Alguém",
            language="pt",
            licence="CC0-1.0",
            url=f"http://127.0.0.1:{server.server_port}/",
            sha256=hashlib.sha256(TEXT).hexdigest(),
            size_bytes=len(TEXT),
        )
        monkeypatch.setattr(catalog_file, "catalog", lambda: (entry,))
        monkeypatch.setattr("gptlab_tui.text.library.catalog", lambda: (entry,))
        yield entry
        server.shutdown()


def test_list(gptlab):
    answer = gptlab("corpus", "list", "--json")
    texts = {text["name"]: text for text in answer.json["corpora"]}
    assert list(texts) == ["contos", "scenes", "machado-contos", "machado-romances", "shakespeare"]
    assert texts["contos"]["installed"]
    assert texts["contos"]["size_bytes"] == 522_084
    assert not texts["shakespeare"]["installed"]
    table = gptlab("corpus", "list").out
    assert all(name in table for name in texts)
    assert "`gptlab corpus fetch NAME`" in table


def test_fetch(gptlab, served, tmp_path):
    assert gptlab("corpus", "list", "--json").json["corpora"][0]["installed"] is False
    first = gptlab("corpus", "fetch", "historia", "--json")
    [done] = first.json["fetched"]
    assert done == {
        "name": "historia",
        "path": str(tmp_path / "home" / "corpus" / "historia.txt"),
        "size_bytes": len(TEXT),
        "was_here": False,
    }
    again = gptlab("corpus", "fetch", "--all")
    assert "was here already" in again.out
    assert gptlab("corpus", "stats", "historia", "--json").json["lines"] == 500
    (tmp_path / "home" / "corpus" / "historia.txt").write_bytes(TEXT[:-1])  # a damaged copy
    assert gptlab("corpus", "fetch", "historia", "--json").json["fetched"][0]["was_here"] is False


def test_what_cannot_be_fetched(gptlab, tmp_path):
    unknown = gptlab("corpus", "fetch", "camoes", "--json")
    assert unknown.status == 2
    assert "no text 'camoes'" in unknown.error["error"]
    nothing = gptlab("corpus", "fetch")
    assert nothing.status == 2
    assert "--all" in nothing.err


def test_without_a_network(gptlab, served, monkeypatch, tmp_path):
    def unreachable(*_, **__):
        raise OSError("Network is unreachable")

    monkeypatch.setattr("urllib.request.urlopen", unreachable)
    answer = gptlab("corpus", "fetch", "historia", "--json")
    assert answer.status == 1
    assert answer.error["error"] == (
        f"'historia' could not be fetched: there is no connection to {served.url[7:-1]}"
        " (Network is unreachable)."
    )
    assert list((tmp_path / "home" / "corpus").iterdir()) == []


def test_stats_of_the_bundled_text(gptlab):
    figures = gptlab("corpus", "stats").json  # no terminal: JSON
    assert figures["name"] == "contos"
    assert figures["characters"] == 505_930
    assert figures["distinct_characters"] == 107
    assert figures["validation"]["characters"] == 50_593
    assert gptlab("corpus", "stats", "contos", "--json").json == figures
    assert len(gptlab("corpus", "stats", "scenes", "--top", "3").json["top_words"]) == 3


def test_stats_on_a_terminal_cannot_steer_it(gptlab, monkeypatch, tmp_path):
    path = tmp_path / "hostile\x1b]0;x\x07.txt"
    path.write_text("normal \x1b[31m\x9b5m\u202etxet\n" * 3 + "\x1b")
    monkeypatch.setattr("gptlab_tui.cli.corpus.is_terminal", lambda *_: True)
    monkeypatch.setattr("gptlab_tui.cli.common.is_terminal", lambda *_: True)
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "200")
    out = gptlab("corpus", "stats", path).out
    assert "U+001B" in out
    assert "U+202E" in out
    assert not any(character in out for character in "\x1b\x07\x9b\u202e")


def test_several_texts_and_encodings(gptlab, tmp_path):
    (tmp_path / "a.txt").write_bytes("São".encode("latin-1"))
    (tmp_path / "b.txt").write_bytes("João".encode("latin-1"))
    wrong = gptlab("corpus", "stats", tmp_path / "a.txt", "--json")
    assert wrong.status == 2
    assert "offset 1 " in wrong.error["error"]
    assert "a.txt" in wrong.error["error"]
    assert "--encoding" in wrong.error["hint"]
    right = gptlab("corpus", "stats", tmp_path / "a.txt", tmp_path / "b.txt", "--encoding", "latin-1").json
    assert (right["name"], right["characters"], right["lines"]) == ("a+b", 8, 2)
    replaced = gptlab("corpus", "stats", tmp_path / "a.txt", "--errors", "replace").json
    assert replaced["reports"] == ["1 replacement character"]


def test_add(gptlab, tmp_path):
    source = tmp_path / "Minhas cartas.txt"
    source.write_bytes(b"\xef\xbb\xbfCaro amigo,\r\nadeus.\r\n")
    refused = gptlab("corpus", "add", source, "--json")
    assert refused.status == 2
    assert "cannot be the name" in refused.error["error"]
    added = gptlab("corpus", "add", source, "--name", "cartas", "--json").json
    kept = tmp_path / "home" / "corpus" / "cartas.txt"
    assert added["path"] == str(kept)
    assert kept.read_bytes() == b"Caro amigo,\nadeus.\n"
    assert added["digest"] == hashlib.sha256(kept.read_bytes()).hexdigest()
    assert gptlab("corpus", "stats", "cartas").json["digest"] == added["digest"]
    assert gptlab("corpus", "list", "--json").json["corpora"][-1]["origin"] == "added"
    taken = gptlab("corpus", "add", source, "--name", "cartas", "--json")
    assert "already" in taken.error["error"]
    source.write_text("Outra")
    assert gptlab("corpus", "add", source, "--name", "cartas", "--replace").status == 0
    assert kept.read_text() == "Outra"


@pytest.mark.parametrize("name", ["", ".hidden", "a/b", "../up", "a\nb", "x" * 65, "contos", "shakespeare"])
def test_names_that_cannot_be(gptlab, tmp_path, name):
    (tmp_path / "a.txt").write_text("a")
    answer = gptlab("corpus", "add", tmp_path / "a.txt", "--name", name, "--json")
    assert answer.status == 2
    assert "name" in answer.error["hint"]
    assert not (tmp_path / "home" / "corpus").exists()


def test_examples(gptlab):
    rows = gptlab("corpus", "examples", "--context", "3", "--json").json
    assert rows["text"] == "O GUARDA-CHUVA DE SEU TIBÚRCIO"
    assert [(row["input_text"], row["target_text"]) for row in rows["examples"]] == [
        ("O", " "),
        ("O ", "G"),
        ("O G", "U"),
    ]
    lines = gptlab("corpus", "examples", "casa", "--corpus", "scenes").out.splitlines()
    assert len(lines) == 3
    ids = [
        row["input_ids"]
        for row in gptlab("corpus", "examples", "casa", "--corpus", "scenes", "--json").json["examples"]
    ]
    assert lines[1].startswith(f"when the input is [{ids[1][0]} {ids[1][1]}]")
    assert lines[1].endswith("'ca' -> 's'")
    asked = ("corpus", "examples", "uma casa", "--corpus", "scenes", "--context")
    assert gptlab(*asked, "3").out.splitlines()[3:] == ["… and 4 more; --context 7 shows all of them"]
    assert len(gptlab(*asked, "7").out.splitlines()) == 7


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_list_cuts_no_name(gptlab, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    answer = gptlab("corpus", "list")
    for text in gptlab("corpus", "list", "--json").json["corpora"]:
        [row] = [line for line in answer.out.splitlines() if line.startswith(f" {text['name']} ")]
        assert row.split()[-1] == ("yes" if text["installed"] else "no")
    assert "…" not in answer.out
    assert "`gptlab corpus fetch NAME` gets what is not here." in answer.out
    assert all(len(line) <= columns for line in answer.out.splitlines())


def test_examples_of_a_line(gptlab, tmp_path):
    (tmp_path / "a.txt").write_text("\n\nfirst\nsecond\n")
    assert gptlab("corpus", "examples", "--corpus", tmp_path / "a.txt", "--json").json["text"] == "first"
    third = gptlab("corpus", "examples", "--corpus", tmp_path / "a.txt", "--line", "4", "--json").json
    assert third["text"] == "second"
    missing = gptlab("corpus", "examples", "--corpus", tmp_path / "a.txt", "--line", "9", "--json")
    assert missing.status == 2
    assert "has no line 9" in missing.error["error"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is empty"),
        (bytes(500), "looks binary"),
        (b"a\xff", "not valid utf-8"),
        (None, "no corpus, file"),
    ],
)
@pytest.mark.parametrize("verb", ["stats", "add"])
def test_bad_texts_are_one_sentence(gptlab, tmp_path, verb, data, said):
    path = tmp_path / "bad.txt"
    if data is not None:
        path.write_bytes(data)
    answer = gptlab("corpus", verb, path, "--json")
    assert answer.status == 2
    assert said in answer.error["error"]
    assert answer.error["hint"]
    assert "\n" not in answer.error["error"]
