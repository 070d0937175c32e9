"""The key table: no key twice, each reachable, dispatched as it says, remappable, and documented."""

import ast
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from gptlab_tui.errors import GPTLabError
from gptlab_tui.home import checkout
from gptlab_tui.tui.app import Workbench
from gptlab_tui.tui.help import hanging, keys_page, name_of
from gptlab_tui.tui.keys.key import Key, check_table, read_keymap
from gptlab_tui.tui.keys.table import HINTS, SECTIONS, TABLE, known_ids
from gptlab_tui.tui.panes import catalogue

ROOT = checkout() or Path()


def test_the_table_holds():
    assert check_table(TABLE) == []
    assert set(TABLE) == set(SECTIONS) == {"app", *catalogue.PANES}


def test_hints_name_keys_of_the_table():
    names = {name for places in HINTS.values() for hints in places.values() for hint in hints
             for name in hint.keys.split()}  # fmt: skip
    assert {name for name in names if "." in name} <= known_ids()
    assert {name for name in names if "." not in name} == {"enter", "up", "down", "left", "right"}


def test_what_is_wrong_with_a_table_is_found():
    table = {
        "app": (Key("app.a", "a", "a", "A", "A."), Key("app.b", "a,ctrl+b", "b", "B", "B.")),
        "runs": (Key("runs.c", "alt+c", "c", "C", "C."), Key("app.a", "d", "d", "D", "D.")),
    }
    assert check_table(table) == [
        "app.a stands twice",
        "a is app.a and app.b",
        "runs.c has no key that reaches us from everywhere",
        "app.a stands in runs",
    ]


@pytest.mark.parametrize("section", catalogue.PANES)
def test_a_pane_takes_no_key_of_everywhere(section):
    everywhere = {one for key in TABLE["app"] for one in key.keys.split(",")}
    for key in TABLE[section]:
        assert not everywhere & set(key.keys.split(",")), key.id


@pytest.mark.parametrize("section", TABLE)
def test_every_action_exists(section):
    if section == "app":
        owner: type = Workbench
    else:
        owner = type(catalogue.build(section))
    for key in TABLE[section]:
        name = key.action.partition("(")[0].removeprefix("app.").removeprefix("screen.")
        assert hasattr(owner, f"action_{name}"), key.id
        arguments = key.action[len(key.action.partition("(")[0]) :]
        if arguments:
            ast.literal_eval(arguments.replace("(", "(", 1)[:-1] + ",)")


@pytest.mark.parametrize("key", [key for keys in TABLE.values() for key in keys], ids=lambda key: key.id)
def test_words_of_a_key(key):
    assert key.help.endswith(".")
    assert 0 < len(key.label) <= 12
    assert all(name_of(one) for one in key.keys.split(","))


@given(
    st.lists(st.tuples(st.text("ab漢", min_size=1, max_size=8), st.text("abc 漢", max_size=90)), max_size=4),
    st.integers(16, 90),  # a name is never wider
)
def test_sentences_hang_beside_their_keys(rows, width):
    lines = [line.plain for line in hanging(rows, width, "bold")]
    assert all(cell_len(line) <= width for line in lines)
    column = max((cell_len(name) for name, _ in rows), default=0) + 2
    indent = 2 if width - column < 20 else column
    heads = iter(name for name, _ in rows)
    for line in lines:
        if not line.startswith(" " * indent):
            assert line.split(" ")[0] == next(heads)
    assert next(heads, None) is None
    squeezed = "".join("".join(lines).split())
    assert squeezed == "".join("".join(name + said for name, said in rows).split())


@pytest.mark.parametrize("width", range(0, 9))
def test_sentences_survive_where_there_is_no_room(width):
    said = "".join(line.plain for line in hanging([("shift+tab", "Back, é.")], width, "bold"))
    assert "".join(said.split()) == "shift+tabBack,é."


def test_a_keymap_gives_other_keys(tmp_path):
    path = tmp_path / "keymap.toml"
    path.write_text('"app.quit" = "f10"\n[app]\nhelp = "h"\n')
    assert read_keymap(path, known_ids()) == {"app.quit": "f10", "app.help": "h"}
    assert read_keymap(tmp_path / "none.toml", known_ids()) == {}


@pytest.mark.parametrize("text", ["a=" + "[" * 5000, ".".join(["a"] * 5000) + "=1", "#" * 100_000])
def test_a_keymap_that_is_none_is_refused(tmp_path, text):
    path = tmp_path / "keymap.toml"
    path.write_text(text)
    with pytest.raises(GPTLabError, match=r"keymap\.toml"):
        read_keymap(path, known_ids())


def test_a_keymap_that_is_no_file_stops_nobody(tmp_path):
    path = tmp_path / "keymap.toml"
    os.mkfifo(path)
    with pytest.raises(GPTLabError, match="not a regular file"):
        read_keymap(path, known_ids())
    path.unlink()
    path.symlink_to("/dev/full")
    with pytest.raises(GPTLabError, match="not a regular file"):
        read_keymap(path, known_ids())
    path.unlink()
    (tmp_path / "mine.toml").write_text('"app.quit" = "f10"\n')
    path.symlink_to("mine.toml")  # as those who keep their settings elsewhere have it
    assert read_keymap(path, known_ids()) == {"app.quit": "f10"}


def test_all_mistakes_of_a_keymap_are_told_at_once(tmp_path):
    path = tmp_path / "keymap.toml"
    path.write_text('"app.quti" = "f10"\n"app.help" = 3\n')
    with pytest.raises(GPTLabError) as told:
        read_keymap(path, known_ids())
    assert "app.quti" in told.value.message
    assert "app.help: 3" in told.value.message
    path.write_text("not toml")
    with pytest.raises(GPTLabError):
        read_keymap(path, known_ids())


def test_the_page_of_keys_is_the_table():
    """`python tests/tui/test_keys.py` writes it."""
    assert (ROOT / "docs" / "keys.md").read_text("utf-8") == keys_page()


if __name__ == "__main__":
    (ROOT / "docs" / "keys.md").write_text(keys_page(), "utf-8")


@pytest.mark.parametrize(
    "keys", ["q", "ctrl+q,f10", "question_mark", "left_square_bracket", "shift+tab", "slash"]
)
def test_a_keymap_takes_the_names_of_keys(tmp_path, keys):
    path = tmp_path / "keymap.toml"
    path.write_text(f'"app.quit" = "{keys}"', "utf-8")
    assert read_keymap(path, known_ids()) == {"app.quit": keys}


@pytest.mark.parametrize("keys", ["nonsense key", "q,", "qq", "strg+q", "", " ", "question mark"])
def test_a_keymap_takes_nothing_else(tmp_path, keys):
    path = tmp_path / "keymap.toml"
    path.write_text(f'"app.quit" = "{keys}"', "utf-8")
    with pytest.raises(GPTLabError, match="is not a key"):
        read_keymap(path, known_ids())
