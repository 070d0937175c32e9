"""`gptlab inspect VERB -`: the text comes from standard input."""

import io
from types import SimpleNamespace

import pytest

TEXT = "A figura é poética"


def piped(monkeypatch, data):
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(data), isatty=lambda: False))


@pytest.mark.parametrize("verb", ["next", "surprise", "counts"])
def test_a_dash_is_what_is_piped_in(gptlab, monkeypatch, verb):
    given = gptlab("inspect", verb, TEXT, "--run", "contos", "--json").json
    piped(monkeypatch, f"{TEXT}\n".encode())
    assert gptlab("inspect", verb, "-", "--run", "contos", "--json").json == given


def test_what_cannot_be_read(gptlab, monkeypatch):
    piped(monkeypatch, b"\xff\xfe")
    assert "The text on standard input is not UTF-8" in gptlab("inspect", "next", "-").err
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    assert "nothing is" in gptlab("inspect", "next", "-").err
