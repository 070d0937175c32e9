"""In the ASCII tier nothing on the screen is more than ASCII, but the letters of the texts that are shown."""

import asyncio
import json

import pytest

from gptlab_tui.runs.layout import find_run
from gptlab_tui.tui.terminal import Terminal
from tests.tui.driving import screen_text, until, workbench
from tests.tui.in_this_process import InThisProcess

#: Pane -> what has to stand on the screen in turn, and the keys that are pressed then.
SCENES = {
    "corpus": [
        ("yours", "s"),
        ("characters by category", "e"),
        ("^ v - escape closes", "escape", "w"),
        ("Type - char", "escape", "l"),
        ("left right Line", "x"),
        ("up down Scroll", "a"),
        ("enter takes it - escape leaves", "escape"),
    ],
    "train": [
        ("beats unigram", "n"),
        ("F5 starts - escape leaves", "escape", "question_mark"),
        ("left  ", "escape"),
    ],
    "generate": [
        ("entropy", "enter"),
        ("done", "left"),
        ("left right Token", "e"),
        ("surprise = -log2 p", "escape", "tab", "tab", "e"),
        ("sum_j exp", "escape"),
    ],
    "attention": [
        ("mean of the heads", "e"),
        ("softmax", "escape", "d"),
        ("follows, by depth", "u"),
        ("by class", "m"),
        ("run of 8", "C"),
        ("What may follow", ""),
    ],
    "runs": [("nats per token", "colon"), ("Search for commands~", "escape")],
    "embeddings": [("Nearest to", "e"), ("escape closes", "escape")],
    "model": [("dev.", "v"), ("token embedding", "e"), ("escape closes", "escape", "g"), ("", "escape")],
}


@pytest.fixture
def letters(home):
    """Those that the bundled run has learnt; the home has a text without any of more than ASCII."""
    home.corpora.mkdir(parents=True)
    (home.corpora / "meu.txt").write_text("O sol nasce cedo.\nA lua se vai; e o dia vem.\n" * 40, "utf-8")
    kept = json.loads(find_run(home, "contos").tokenizer_json.read_text("utf-8"))
    return {one for one in kept["characters"] if one.isalpha()}


@pytest.mark.parametrize("pane", SCENES)
def test_nothing_but_ascii_and_letters(runs, letters, pane):
    async def go():
        models = InThisProcess(runs)
        layout = {
            "corpus": {"name_of_text": "meu", "view": "list"},
            "embeddings": {"method": "pca"},  # t-SNE takes seconds
        }
        terminal = Terminal(colours="16", glyphs="ascii")
        opened = workbench(runs, pane, (100, 30), terminal, models=models, watched="contos", layout=layout)
        async with opened as (app, pilot):

            def nothing_else():
                strange = {one for one in screen_text(app) if not one.isascii()} - letters
                assert not strange, f"{strange}\n{screen_text(app)}"

            for text, *keys in SCENES[pane]:
                await until(pilot, lambda text=text: text in screen_text(app), text)
                nothing_else()
                for key in keys:
                    await pilot.press(key)
                    nothing_else()

    asyncio.run(go())
