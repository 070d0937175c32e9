"""The rules of the house that a tool can check: short files that say their idea, rooms without a lobby."""

import ast
from pathlib import Path

import pytest

import gptlab_tui

PACKAGE = Path(gptlab_tui.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
LONGEST = 350


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_file_is_short_and_says_its_idea_first(path):
    text = path.read_text("utf-8")
    lines = len(text.splitlines())
    assert lines <= LONGEST
    idea = (ast.get_docstring(ast.parse(text)) or "").partition("\n\n")[0]
    assert 10 < len(idea) <= 250


ROOMS = [
    path.parent
    for path in FILES
    if path.name == "__init__.py" and path.parent.name not in ("gptlab_tui", "cli")
]


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_a_rooms_lobby_is_empty(room):
    assert len(ast.parse((room / "__init__.py").read_text("utf-8")).body) == 1
