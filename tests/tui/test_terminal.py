"""What the environment says of a terminal, and what Textual is told before it is imported."""

import pytest

from gptlab_tui.tui.terminal import Terminal, detect, prepare


@pytest.mark.parametrize(
    ("environ", "colours"),
    [
        ({"TERM": "xterm-256color"}, "256"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "truecolor"),
        ({"TERM": "xterm-direct"}, "truecolor"),
        ({"TERM": "screen"}, "16"),
        ({"TERM": "screen", "TMUX": "/tmp/x"}, "256"),
        ({"TERM": "tmux-256color"}, "256"),
        ({"TERM": "xterm-ghostty"}, "256"),
        ({"TERM": "linux"}, "16"),
        ({"TERM": "unheard-of"}, "16"),
        ({"TERM": "dumb"}, "none"),
        ({}, "none"),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, "none"),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, "256"),
    ],
)
def test_colours(environ, colours):
    assert detect(environ, "UTF-8").colours == colours


@pytest.mark.parametrize(
    ("environ", "encoding", "glyphs"),
    [
        ({"TERM": "xterm"}, "UTF-8", "braille"),
        ({"TERM": "xterm"}, "utf8", "braille"),
        ({"TERM": "xterm"}, "ANSI_X3.4-1968", "ascii"),
        ({"TERM": "xterm"}, "ISO-8859-1", "ascii"),
        ({"TERM": "xterm"}, "no such encoding", "ascii"),
        ({"TERM": "linux"}, "UTF-8", "block"),
    ],
)
def test_glyphs(environ, encoding, glyphs):
    assert detect(environ, encoding).glyphs == glyphs


@pytest.mark.parametrize(
    ("environ", "encoding"),
    [
        ({"LC_ALL": "C"}, "ascii"),
        ({"LC_ALL": "POSIX", "LANG": "pt_BR.UTF-8"}, "ascii"),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, "ascii"),  # as Python leaves LANG=C
        ({"LANG": "pt_BR.ISO-8859-1"}, "iso8859-1"),
        ({"LC_CTYPE": "pt_BR.ISO-8859-15@euro", "LANG": "C.UTF-8"}, "iso8859-15"),
        ({"LC_ALL": "C.UTF-8"}, None),
        ({"LANG": "xx_XX.utf8"}, None),  # whether or not it is installed
        ({"LC_CTYPE": "C.UTF-8"}, None),  # as Python leaves an environment that says nothing
        ({"LC_ALL": "", "LANG": "C.UTF-8"}, None),
    ],
)
def test_the_encoding_is_the_locales_that_is_named(environ, encoding):
    found = detect({"TERM": "xterm", **environ})
    assert (found.glyphs, found.encoding) == ("ascii" if encoding else "braille", encoding)


def test_what_is_given_by_name_is_taken():
    found = detect({"TERM": "dumb"}, "ascii", colours="truecolor", glyphs="braille")
    assert found == Terminal("truecolor", "braille", False)


def test_over_ssh_less_is_drawn():
    near, far = (
        detect({"TERM": "xterm"}, "utf-8"),
        detect({"TERM": "xterm", "SSH_TTY": "/dev/pts/1"}, "utf-8"),
    )
    assert not near.is_remote
    assert far.is_remote
    assert far.redraw_s >= 2 > near.redraw_s
    environ: dict[str, str] = {}
    prepare(environ, far)
    assert environ["TEXTUAL_ANIMATIONS"] == "none"
    assert int(environ["TEXTUAL_FPS"]) < 60


def test_what_the_user_has_set_stays():
    environ = {"TEXTUAL_COLOR_SYSTEM": "standard", "TEXTUAL_FPS": "5"}
    prepare(environ, Terminal("truecolor", "braille", True))
    assert environ["TEXTUAL_COLOR_SYSTEM"] == "standard"
    assert environ["TEXTUAL_FPS"] == "5"


def test_no_colour_is_told_to_textual():
    environ: dict[str, str] = {}
    prepare(environ, Terminal("none"))
    assert environ["NO_COLOR"] == "1"
