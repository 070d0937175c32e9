"""Corpora: names, files, folders, several; reading from any place; digests; changes."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gptlab_tui.config import CorpusConfig
from gptlab_tui.errors import GPTLabError, JobFailed
from gptlab_tui.home import Home, data_root
from gptlab_tui.text import decoding
from gptlab_tui.text.catalog import catalog, find_entry, installed
from gptlab_tui.text.corpus import find_corpus_by_digest, open_corpus


def opened(home, *names, **keywords):
    return open_corpus(CorpusConfig(name=names, **keywords), home)


def test_bundled_texts_are_what_the_catalogue_says(home):
    bundled = [entry for entry in catalog() if entry.bundled]
    assert [entry.name for entry in bundled] == ["contos", "scenes"]
    for entry in bundled:
        corpus = opened(home, entry.name)
        assert (corpus.digest, corpus.size_bytes) == (entry.sha256, entry.size_bytes)
        assert corpus.reports == ()
        assert corpus.name == entry.name
    assert opened(home, "contos").characters == 505_930
    assert len(set(opened(home, "contos").read())) == 107
    assert len(set(opened(home, "scenes").read())) == 61


def test_public_texts_are_those_of_the_facts(test_data, home):
    facts = {
        "machado-contos": ("machado_de_assis_conto.txt", 1_724_227, 115),
        "shakespeare": ("shakespeare.txt", 1_115_394, 65),
    }
    for name, (file, characters, distinct) in facts.items():
        entry = find_entry(name)
        corpus = opened(home, str(test_data / "corpora" / file))
        assert (corpus.digest, corpus.size_bytes) == (entry.sha256, entry.size_bytes)
        assert entry.url.endswith(f"/corpus/{file}")
        assert corpus.characters == characters
        assert len(set(corpus.read())) == distinct
    machado = opened(home, str(test_data / "corpora" / "machado_de_assis_conto.txt"))
    assert machado.val_start == 1_551_804
    validation = machado.read(machado.val_start)
    assert len(validation) == 172_423
    assert round(len(validation.encode()) / len(validation), 4) == 1.0309
    assert find_entry("machado-romances").size_bytes == 3_154_694


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
@given(
    texts=st.lists(st.text("aé€𝄞 \r\n", max_size=12), min_size=1, max_size=4).filter(any),
    start=st.integers(-3, 50),
    stop=st.none() | st.integers(-3, 50),
)
def test_reading_from_any_place_is_a_slice(make_corpus, tiny_blocks, texts, start, stop):
    corpus = make_corpus(*texts)
    whole = corpus.read()
    assert len(whole) == corpus.characters
    assert hashlib.sha256(whole.encode()).hexdigest() == corpus.digest
    start = max(start, 0)
    assert corpus.read(start, stop) == whole[start : None if stop is None else max(stop, 0)]


def test_reading_begins_near_the_place(make_corpus, monkeypatch):
    monkeypatch.setattr(decoding, "BLOCK_BYTES", 100)
    corpus = make_corpus("0123456789" * 1000)
    blocks = []
    monkeypatch.setattr(decoding, "read_block", lambda file, _, size: blocks.append(1) or file.read(size))
    assert corpus.read(9_895, 9_905) == "5678901234"
    assert len(blocks) == 2


def test_files_are_joined_at_line_borders(make_corpus):
    assert make_corpus("one", "two\n", "", "three").read() == "one\ntwo\nthree"
    corpus = make_corpus("a", "b")
    assert corpus.name == "text0+text1"
    assert [source.path.name for source in corpus.sources] == ["text0.txt", "text1.txt"]
    assert [source.size_bytes for source in corpus.sources] == [1, 1]


def test_a_folder_is_its_texts_in_order(tmp_path, home):
    folder = tmp_path / "minha pasta"
    (folder / "b").mkdir(parents=True)
    (folder / "b" / "1.txt").write_text("three\n")
    (folder / "a.TXT").write_text("one\n")
    (folder / "a.md").write_text("two\n")
    (folder / "cover.png").write_bytes(b"\x89PNG")
    (folder / ".hidden.txt").write_text("no\n")
    (folder / ".git").mkdir()
    (folder / ".git" / "x.txt").write_text("no\n")
    (folder / "b" / "loop").symlink_to(folder)
    corpus = opened(home, str(folder))
    assert corpus.name == "minha pasta"
    assert corpus.read() == "one\ntwo\nthree\n"


def test_a_folder_without_text(tmp_path, home):
    (tmp_path / "x.png").write_bytes(b"x")
    with pytest.raises(GPTLabError, match="holds no text"):
        opened(home, str(tmp_path))


def test_a_name_comes_before_a_file(tmp_path, home, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("scenes").write_text("mine")
    assert opened(home, "scenes").characters == 109_073
    assert opened(home, "./scenes").read() == "mine"
    assert opened(home, "scenes", "./scenes").name == "scenes+scenes"


def test_added_texts_have_names(home):
    home.corpora.mkdir(parents=True)
    (home.corpora / "carta.txt").write_text("Caro amigo")
    assert opened(home, "carta").read() == "Caro amigo"
    assert list(installed(home)) == ["contos", "scenes", "carta"]
    assert installed(home)["contos"] == data_root() / "corpus" / "contos.txt"


def test_unknown_name_suggests_the_nearest(home):
    with pytest.raises(GPTLabError, match="no corpus, file or folder 'conots'") as caught:
        opened(home, "conots")
    assert "Did you mean 'contos'?" in caught.value.hint


def test_a_text_that_is_not_here_says_how_to_get_it(home):
    with pytest.raises(GPTLabError, match="'shakespeare' has not been fetched") as caught:
        opened(home, "shakespeare")
    assert "gptlab corpus fetch shakespeare" in caught.value.hint


def test_fetching_on_the_way(home):
    def bring(entry):
        entry.path(home).parent.mkdir(parents=True)
        entry.path(home).write_text("To be")

    corpus = open_corpus(CorpusConfig(name=("shakespeare",)), home, fetch=bring)
    assert (corpus.name, corpus.read(), corpus.warning) == ("shakespeare", "To be", "")


def test_fallback_where_fetching_fails(home):
    def fail(entry):
        raise JobFailed(f"'{entry.name}' could not be fetched: no network.")

    config = CorpusConfig(name=("shakespeare",), fallback="scenes")
    corpus = open_corpus(config, home, fetch=fail)
    assert corpus.name == "scenes"
    assert corpus.warning == (
        "'shakespeare' could not be fetched: no network. The bundled 'scenes' is used instead."
    )
    with pytest.raises(JobFailed, match="no network"):
        open_corpus(CorpusConfig(name=("shakespeare",)), home, fetch=fail)


def test_val_fraction_moves_the_border(make_corpus):
    assert make_corpus("x" * 1000).val_start == 900
    assert make_corpus("x" * 1000, val_fraction=0.25).val_start == 750
    assert make_corpus("x").val_start == 0


def test_a_changed_file_is_noticed(make_corpus, tmp_path):
    corpus = make_corpus("as it was")
    (tmp_path / "text0.txt").write_text("as it is now")
    with pytest.raises(JobFailed, match="changed while it was being read"):
        corpus.read()


def test_finding_a_text_by_its_digest(home, tmp_path):
    (tmp_path / "a.txt").write_text("um")
    (tmp_path / "b.txt").write_text("dois\r\n")
    paths = [tmp_path / "a.txt", tmp_path / "b.txt"]
    corpus = opened(home, *map(str, paths))
    assert find_corpus_by_digest(corpus.digest, home, paths).read() == "um\ndois\n"
    assert find_corpus_by_digest(corpus.digest, home, paths[:1]) is None
    home.corpora.mkdir(parents=True)
    (home.corpora / "broken.txt").write_bytes(b"\xff\xff")
    (home.corpora / "kept.txt").write_text("um\ndois\n")
    found = find_corpus_by_digest(corpus.digest, home, [tmp_path / "gone.txt"])
    assert (found.name, found.digest) == ("kept", corpus.digest)
    assert find_corpus_by_digest(opened(home, "scenes").digest, home).name == "scenes"


def test_what_a_run_keeps_is_json(make_corpus):
    corpus = make_corpus("abc\fdef")
    kept = corpus.to_json()
    assert kept["digest"] == corpus.digest
    assert kept["reports"] == ["1 form feed"]
    assert Path(kept["paths"][0]).is_absolute()


def test_home_that_does_not_exist_is_not_created(tmp_path):
    opened(Home(tmp_path / "nowhere"), "contos")
    assert not (tmp_path / "nowhere").exists()
