"""What every verb shares: JSON that any reader takes, texts that cannot steer the terminal."""

import io
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gptlab_tui.cli import common

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner),
    max_leaves=10,
)


class Stream(io.StringIO):
    """A text stream of a given encoding that may be a terminal."""

    def __init__(self, encoding="utf-8", terminal=False):
        super().__init__()
        self._encoding, self._terminal = encoding, terminal

    @property
    def encoding(self):
        return self._encoding

    def isatty(self):
        return self._terminal


def plain(value):
    """The value as JSON gives it back, with null for what is not finite."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


@given(values, st.sampled_from(["utf-8", "UTF-8", "ascii", "latin-1"]))
def test_any_value_is_one_line_that_reads_back(value, encoding):
    stream = Stream(encoding)
    common.emit_json(value, stream)
    line = stream.getvalue()
    assert line.endswith("\n")
    assert line.count("\n") == 1
    line.encode(encoding)

    def refuse(constant):
        raise AssertionError(constant)

    assert json.loads(line, parse_constant=refuse) == plain(value)


def test_letters_stay_letters():
    stream = Stream()
    common.emit_json({"text": "é 😀"}, stream)
    assert stream.getvalue() == '{"text": "é 😀"}\n'


@pytest.mark.parametrize("terminal", [True, False])
def test_texts_are_made_safe_for_terminals_only(terminal):
    stream = Stream(terminal=terminal)
    assert common.is_terminal(stream) is terminal
    assert common.shown("\x1b[2J\n", stream=stream) == ("␛[2J␊" if terminal else "\x1b[2J\n")
    assert common.shown("a\nb", multiline=True, stream=stream) == "a\nb"


def test_a_closed_stream_is_no_terminal():
    stream = Stream()
    stream.close()
    assert not common.is_terminal(stream)


def test_errors_on_a_terminal_are_safe_and_coloured(monkeypatch):
    stream = Stream(terminal=True)
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.delenv("NO_COLOR", raising=False)
    common.state.begin([])
    common.report("no \x1b]0;x\x07file", "hint \u202e", 2)
    assert stream.getvalue() == "\x1b[1;31merror\x1b[0m: no ␛]0;x␇file\n  hint <U+202E>\n"


def test_warnings_do_not_disturb_standard_output(capsys):
    common.state.begin([])
    common.warn("Mind this.", "Do that.")
    common.state.begin(["--json"])
    common.warn("Mind this.")
    out, err = capsys.readouterr()
    assert out == ""
    assert err == 'warning: Mind this.\n  Do that.\n{"warning": "Mind this.", "hint": ""}\n'


def test_a_console_reads_no_markup(capsys):
    common.console().print("[bold]x[/bold] :smile: 12")
    assert capsys.readouterr().out == "[bold]x[/bold] :smile: 12\n"
