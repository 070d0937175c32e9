"""The front door: help, version, completion, errors in words and as objects, exit statuses."""

import os
import re
import shlex
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
import typer

from gptlab_tui import __version__
from gptlab_tui.cli import VERBS, Door, app, common
from gptlab_tui.errors import GPTLabError, JobFailed
from gptlab_tui.home import Home
from gptlab_tui.presets import load_preset


def every_command():
    """(words that call it, command) of all verbs and what is under them."""
    for name, (module, line) in VERBS.items():
        yield from walk((name,), Door(name, module, line).open([]))


def walk(words, command):
    children = getattr(command, "commands", {})
    yield words, command
    for name, child in children.items():
        yield from walk((*words, name), child)


COMMANDS = {" ".join(words): command for words, command in every_command()}


def examples(text):
    """The command lines under `Examples:`, without their comments."""
    _, _, part = text.partition("Examples:")
    return [line.strip(" \b") for line in part.splitlines() if line.strip()]


@pytest.fixture
def one_verb(monkeypatch):
    """Puts a function in the place of the verb `presets`."""

    def put(function):
        verb = typer.Typer()
        verb.command()(function)
        monkeypatch.setattr(sys.modules["gptlab_tui.cli.presets"], "app", verb)

    import gptlab_tui.cli.presets  # noqa: F401 (it must be there to be replaced)

    return put


def test_help_lists_every_verb(gptlab):
    for answer in (gptlab("--help"), gptlab()):
        assert answer.status == 0
        assert all(f"│ {verb} " in answer.out for verb in VERBS)
        assert "Examples:" in answer.out


@pytest.mark.parametrize("words", COMMANDS)
def test_every_help_has_examples_that_parse(words, gptlab):
    assert gptlab(*words.split(), "--help").status == 0
    lines = examples(COMMANDS[words].help or "")
    assert lines, f"`gptlab {words} --help` has no Examples"
    assert any(f"gptlab {words}" in line for line in lines)
    for line in lines:
        assert len(line) <= 76, line
        for part in line.split(" | "):
            arguments = shlex.split(part, comments=True)
            if arguments and arguments[0] == "gptlab":
                parse(arguments[1:])


def parse(arguments):
    """Parse a command line as the front door does, without doing anything."""
    for sign in (">", "2>", "<"):
        if sign in arguments:
            arguments = arguments[: arguments.index(sign)]
    context = typer.main.get_command(app).make_context("gptlab", list(arguments))
    rest = [*context._protected_args, *context.args]
    command = context.command
    while rest:
        name, command, rest = command.resolve_command(context, rest)
        context = command.make_context(name, rest, parent=context)
        rest = [*context._protected_args, *context.args] if hasattr(command, "commands") else []


ROOT = Path(__file__).resolve().parents[2]
PAGES = {name: (ROOT / name).read_text("utf-8") for name in ("README.md", "docs/experiments.md")}
QUOTED = {
    (name, " ".join(line.split()))
    for name, text in PAGES.items()
    for line in re.findall(r"^gptlab .*", text, re.MULTILINE) + re.findall(r"`(gptlab [a-z-][^`]*)`", text)
}


@pytest.mark.parametrize(("page", "line"), sorted(QUOTED))
def test_what_the_pages_tell_people_to_type_can_be_typed(page, line):
    arguments = shlex.split(line, comments=True)
    if arguments[1:] not in (["--help"], ["--install-completion"]):
        parse(arguments[1:])
    if "--preset" in arguments and "mine.toml" not in arguments:
        changes = [after for option, after in pairwise(arguments) if option == "-o"]
        load_preset(arguments[arguments.index("--preset") + 1], changes, Home(ROOT))


@pytest.mark.parametrize("verb", VERBS)
def test_the_front_door_says_what_the_verb_says(verb):
    command = COMMANDS[verb]
    said = " ".join(command.help.partition("\n\n")[0].split())
    assert said == VERBS[verb][1]


#: Verbs that show a screen: what stands on it, other verbs print.
SCREENS = {"tui", "watch"}


@pytest.mark.parametrize("words", COMMANDS)
def test_every_verb_has_json_and_home(words, gptlab):
    if not hasattr(COMMANDS[words], "commands") and words not in SCREENS:
        assert any("--json" in param.opts for param in COMMANDS[words].params)
    assert "--home" in gptlab(*words.split(), "--help").out


def test_version(gptlab):
    assert gptlab("--version").out == f"gptlab {__version__}\n"


def test_a_wrong_verb_and_a_wrong_option(gptlab):
    answer = gptlab("trian")
    assert answer.status == 2
    assert answer.out == ""
    assert "Did you mean 'train'?" in answer.err
    answer = gptlab("presets", "show", "--nonsense", "x", "--json")
    assert answer.status == 2
    assert answer.out == ""
    assert "--nonsense" in answer.error["error"]
    assert answer.error["exit_code"] == 2
    assert "gptlab presets show --help" in answer.error["hint"]
    answer = gptlab("presets", "show")
    assert answer.status == 2
    assert "Missing argument" in answer.err


@pytest.mark.parametrize(("kind", "status"), [(GPTLabError, 2), (JobFailed, 1)])
def test_errors_in_words_and_as_an_object(gptlab, one_verb, kind, status):
    def verb(as_json: bool = typer.Option(False, "--json")):
        raise kind("It cannot be.", "Do another thing.")

    one_verb(verb)
    answer = gptlab("presets")
    assert (answer.status, answer.out) == (status, "")
    assert answer.err == "error: It cannot be.\n  Do another thing.\n"
    answer = gptlab("presets", "--json")
    assert (answer.status, answer.out) == (status, "")
    assert answer.error == {"error": "It cannot be.", "hint": "Do another thing.", "exit_code": status}


@pytest.mark.parametrize(
    ("raised", "status"),
    [(KeyboardInterrupt(), 130), (typer.Exit(5), 5), (typer.Abort(), 130), (SystemExit(143), 143)],
)
def test_other_ways_out(gptlab, one_verb, raised, status):
    def verb():
        raise raised

    one_verb(verb)
    try:
        left_with = gptlab("presets").status
    except SystemExit as left:
        left_with = left.code
    assert left_with == status


def test_a_file_that_ends_too_early_is_nobodys_abort(gptlab, one_verb):
    def verb():
        raise EOFError("No data left in file")

    one_verb(verb)
    with pytest.raises(EOFError, match="No data left"):  # a bug of ours, so a traceback
        gptlab("presets")


def test_the_home_is_told_before_or_after_the_verb(gptlab, one_verb, tmp_path, monkeypatch):
    homes = []

    def verb():
        homes.append(common.state.home.root)

    one_verb(verb)
    gptlab("--home", tmp_path / "a", "presets")
    gptlab("presets", "--home", tmp_path / "b")
    gptlab("--home", tmp_path / "a", "presets", "--home", tmp_path / "b")
    gptlab("presets")
    monkeypatch.delenv("GPTLAB_HOME")
    assert homes == [tmp_path / "a", tmp_path / "b", tmp_path / "b", tmp_path / "home"]


@pytest.mark.parametrize(
    ("arguments", "json"),
    [(["a", "--json"], True), (["--json"], True), (["a", "--", "--json"], False), (["a"], False)],
)
def test_json_is_known_before_parsing(arguments, json):
    state = common.State()
    state.begin(arguments)
    assert state.json is json


def test_completion_of_verbs_and_of_what_is_under_them(process):
    env = {"_GPTLAB_COMPLETE": "complete_bash", "COMP_WORDS": "gptlab t", "COMP_CWORD": "1"}
    assert process(env=env).out.split() == ["tokens", "train", "tui"]
    env |= {"COMP_WORDS": "gptlab presets s", "COMP_CWORD": "2"}
    assert process(env=env).out.split() == ["show"]


@pytest.mark.parametrize("arguments", [["--help"], ["presets"], ["presets", "show", "FILE"]])
def test_a_reader_that_has_gone_is_no_error(process, tmp_path, arguments):
    (tmp_path / "FILE.toml").write_text("")
    arguments = [str(tmp_path / "FILE.toml") if word == "FILE" else word for word in arguments]
    read, write = os.pipe()
    os.close(read)
    answer = process(*arguments, stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    assert answer.status == 1
    assert answer.err == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_one_sentence(process):
    with Path("/dev/full").open("wb") as full:
        answer = process("presets", stdout=full, stderr=subprocess.PIPE)
    assert answer.status == 1
    assert answer.err == (
        "error: The system refused: No space left on device.\n  Free some space there, or write elsewhere.\n"
    )


def test_closed_streams(process):
    assert process("--version", preexec_fn=lambda: os.close(1)).status == 0
    assert process("presets", "show", "absent", preexec_fn=lambda: os.close(2)).status == 2


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_output_in_any_encoding(process, tmp_path, encoding):
    path = tmp_path / "é—😀.toml"
    path.write_text('about = "é—😀"\n', "utf-8")
    env = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    answer = process("presets", "show", path, "--json", env=env, stdout=subprocess.PIPE)
    assert answer.status == 0
    assert answer.json["about"] == "é—😀"


def sleeper():
    """A command line that waits until it is told to go, and cleans up."""
    return """
import sys, time, typer
from gptlab_tui import cli
from gptlab_tui.cli import presets
def verb():
    try:
        print("ready", flush=True)
        time.sleep(60)
    finally:
        print("undone", flush=True)
presets.app = typer.Typer()
presets.app.command()(verb)
sys.argv = ["gptlab", "presets"]
sys.exit(cli.main())
"""


@pytest.mark.system
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals(number, status):
    with subprocess.Popen(
        [sys.executable, "-c", sleeper()], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout.readline() == "ready\n"
        child.send_signal(number)
        out, err = child.communicate(timeout=60)
    assert (child.returncode, out, err) == (status, "undone\n", "")


@pytest.mark.parametrize("words", ["", *COMMANDS])
def test_help_says_types_in_plain_words_and_breaks_no_line_twice(words, gptlab, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    out = gptlab(*words.split(), "--help").out
    for technical in ("<bool>", "<list[", "<str>", "<int", "<float>", "<=", "[["):
        assert technical not in out
    shown = [line.rstrip() for line in out.splitlines()]
    start = shown.index(" Examples:")
    rows = shown[start + 1 : shown.index("", start)]
    assert rows
    assert all(re.match("   [^ ]", row) for row in rows), rows
    prose = [line for line in shown[:start] if line]
    for line, following in pairwise(prose[1:]):  # the first is the usage
        if shown[shown.index(line) + 1] == following:  # of one paragraph
            assert len(line) + len(following.split()[0]) > 76, line


TABBED = {
    "gptlab train --preset cpu": "cpu200k",
    "gptlab train --corpus mach": "machado-contos",
    "gptlab train --corpus book": "book.txt",
    "gptlab train --preset ./mi": "./mine.toml",
    "gptlab model --preset gpu4": "gpu4gb",
    "gptlab corpus fetch shake": "shakespeare",
    "gptlab runs set contos max": "max_iters=",
    "gptlab sample --run cont": "contos",
    "gptlab train --from cont": "contos",
    "gptlab watch cont": "contos",
    "gptlab presets show cpu200": "cpu200k",
    "gptlab runs compare contos cont": "contos",
    "gptlab inspect attention olá --run cont": "contos",
}


@pytest.mark.parametrize("line", TABBED)
def test_completion_of_names(line, process, tmp_path):
    for name in ("book.txt", "mine.toml"):
        (tmp_path / name).write_text("")
    env = {"_GPTLAB_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(line.split()) - 1)}
    assert TABBED[line] in process(env=env, cwd=tmp_path).out.split()


def test_completing_names_loads_nothing_slow(process, tmp_path):
    program = """
import sys
from gptlab_tui.cli import complete
for find in (complete.complete_run, complete.complete_preset, complete.complete_corpus,
             complete.complete_fetch, complete.complete_setting):
    assert find(""), find
print(*{"torch", "numpy", "pydantic", "textual", "rich"} & set(sys.modules))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.split() == []


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("train my.txt", "Did you mean `--corpus my.txt`?"),
        ("train cpu200k", "Did you mean `--preset cpu200k`?"),
        ("train mine.toml", "Did you mean `--preset mine.toml`?"),
        ("train --iters 10", "Did you mean `-o train.max_iters=10`?"),
        ("train --lr=3e-4", "Did you mean `-o train.learning_rate=3e-4`?"),
        ("model --layers", "Did you mean `-o model.n_layer=VALUE`?"),
    ],
)
def test_what_was_probably_meant(gptlab, line, hint):
    answer = gptlab(*line.split(), "--json")
    assert (answer.status, answer.out) == (2, "")
    assert answer.error["hint"].startswith(hint)
    assert "--help` says what it takes." in answer.error["hint"]


def test_what_nobody_can_guess_has_the_help_alone(gptlab):
    assert (
        gptlab("train", "--nonsense", "--json").error["hint"] == "`gptlab train --help` says what it takes."
    )
    assert gptlab("runs", "list", "a", "--json").error["hint"].startswith("`gptlab runs list --help`")


def test_presets_list_is_presets(gptlab):
    assert gptlab("presets", "list").out == gptlab("presets").out
    assert gptlab("presets", "list", "--json").json == gptlab("presets", "--json").json
    assert "│ list " not in gptlab("presets", "--help").out


@pytest.mark.parametrize("verb", [("runs", "list"), ("presets",), ("sample", "era")], ids=" ".join)
def test_a_file_cannot_be_the_home(gptlab, tmp_path, verb, monkeypatch):
    file = tmp_path / "text.txt"
    file.write_text("uma frase")
    for home in (file, file / "inside"):
        answer = gptlab(*verb, "--home", home)
        assert answer.status == 2
        assert answer.err.startswith(f"error: The home cannot be {home}: ")
        assert answer.err.count("\n") == 2
        assert "keymap" not in answer.err


def test_a_home_that_is_not_there_is_told_by_what_only_reads(gptlab, tmp_path):
    for verb in (("runs", "list"), ("runs", "show", "nobody")):
        answer = gptlab(*verb, "--home", tmp_path / "misspelt")
        assert f"warning: The home {tmp_path / 'misspelt'} does not exist yet." in answer.err
    assert not (tmp_path / "misspelt").exists()
    (tmp_path / "text.txt").write_text("uma frase")
    added = gptlab("corpus", "add", tmp_path / "text.txt", "--home", tmp_path / "misspelt")
    assert (added.status, added.err) == (0, "")
    assert gptlab("runs", "list", "--home", tmp_path / "misspelt").err == ""


@pytest.mark.parametrize(
    ("elsewhere", "said"),
    [
        (["stderr"], "The workbench draws on standard error, which is no terminal here."),
        (["stdout"], "The workbench needs a terminal, which standard output is not."),
        (
            ["stdin", "stderr"],
            "The workbench needs a terminal, which standard input and standard error are not.",
        ),
    ],
)
def test_the_workbench_says_which_stream_is_no_terminal(gptlab, monkeypatch, elsewhere, said):
    streams = [getattr(sys, f"__{name}__") for name in elsewhere]
    monkeypatch.setattr("gptlab_tui.cli.workbench.is_terminal", lambda stream: stream not in streams)
    answer = gptlab("tui")
    assert answer.status == 2
    assert said in answer.err


def test_a_folder_that_is_gone_is_named(gptlab, tmp_path, monkeypatch):
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    answer = gptlab("presets", "list")
    assert (answer.status, answer.out) == (2, "")
    assert answer.err.startswith("error: The folder that you are in is gone.")


#: Somebody presses ctrl-c at the moment when the first of the libraries is asked for.
_PRESSED = """
import os, signal, sys
{before}

class Pressed:
    def find_spec(self, name, path=None, target=None):
        if name == "typer":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Pressed())
sys.argv = ["gptlab", "presets", "list"]
from gptlab_tui.__main__ import main
sys.exit(main())
"""


@pytest.mark.parametrize(
    ("before", "status"),
    [("", -signal.SIGINT), ("signal.signal(signal.SIGINT, signal.SIG_IGN)", 0)],
)
def test_who_changes_their_mind_at_once_gets_no_traceback(before, status):
    run = subprocess.run(
        [sys.executable, "-c", _PRESSED.format(before=before)], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stderr) == (status, "")
