"""Every pane as a picture, at two sizes, dark and light, beside the one that was looked at and kept.

A digit stands for any digit: numbers have tests of their own, and processors differ in the last
place. `GPTLAB_KEEP_SNAPSHOTS=1 pytest tests/tui/test_snapshots.py` keeps the pictures of now.
"""

import asyncio
import difflib
import os
import re
from pathlib import Path

import pytest

from gptlab_tui.tui.panes.generate import words as generate_words
from gptlab_tui.tui.panes.runs import actions, reading, rows
from gptlab_tui.tui.panes.train import machine as train_machine
from gptlab_tui.tui.theme import DARK, LIGHT
from tests.tui.driving import screen_text, until, workbench
from tests.tui.in_this_process import InThisProcess

KEPT = Path(__file__).with_name("snapshots")
#: Scene -> its pane, where it has not its name.
PANES = {"depth": "attention", "surprise": "attention", "walk": "model"}
#: Scene -> what has to stand on the screen in turn, and the key that is pressed then.
SCENES = {
    "corpus": [("controls", "")],
    "train": [("best", ""), ("beats unigram", "")],
    "generate": [("entropy", "enter"), ("done", "left"), ("rank", "")],
    "attention": [("mean of the heads", "")],
    "embeddings": [("Nearest to", "m"), ("of variance", "")],  # PCA: t-SNE falls out otherwise elsewhere
    "model": [("dev.", "")],
    "walk": [("dev.", "v"), ("token embedding", "")],
    "depth": [("mean of the heads", "d"), ("follows, by depth", "left"), ("After `m`", "")],
    "surprise": [("mean of the heads", "u"), ("vowel", "n"), ("> 12.00", "")],
    "runs": [("gamma", ""), ("nats per token", "")],
}
#: A digit, or (which is no digit) the number of a character.
_DIGIT = re.compile(r"&#x?[0-9a-fA-F]+;|\d")
SIZES = [(80, 24), (140, 40)]


@pytest.fixture(autouse=True)
def a_still_world(monkeypatch):
    """The time and the machine of the day on which the pictures were kept."""
    machine = train_machine.Machine(0.42, 3 * train_machine.GIB, 8 * train_machine.GIB)
    monkeypatch.setattr(train_machine.Gauge, "read", lambda gauge: machine)
    monkeypatch.setattr(rows, "age", lambda updated, now: "3 d")
    monkeypatch.setattr(generate_words, "rate_of", lambda rate: "50/s")
    disk = actions.Disk(0, 50 * train_machine.GIB)
    monkeypatch.setattr(reading, "disk_of", lambda home: disk)


#: Every pane in both themes at both sizes; a view of one once dark and large, once light and small.
PICTURES = [
    pytest.param(scene, theme, size, id=f"{scene}-{theme}-{size[0]}x{size[1]}")
    for scene in SCENES
    for theme in (DARK.name, LIGHT.name)
    for size in SIZES
    if scene not in PANES or (theme, size) in ((DARK.name, SIZES[1]), (LIGHT.name, SIZES[0]))
]


@pytest.mark.parametrize(("pane", "theme", "size"), PICTURES)
def test_a_pane_looks_as_it_was_kept(runs, tmp_path, pane, theme, size):
    picture = asyncio.run(picture_of(runs, pane, theme, size))
    kept = KEPT / f"{pane}-{theme.removeprefix('gptlab-')}-{size[0]}x{size[1]}.svg"
    if os.environ.get("GPTLAB_KEEP_SNAPSHOTS"):
        KEPT.mkdir(exist_ok=True)
        kept.write_text(picture, "utf-8")
    now = tmp_path / kept.name
    now.write_text(picture, "utf-8")
    before = kept.read_text("utf-8")
    difference = list(difflib.unified_diff(words(before), words(picture), "kept", "now", n=0))
    assert not difference, f"{kept} is not {now}:\n" + "\n".join(difference[:20])
    assert before == picture, f"{kept} and {now} have the same text, other colours or places"


async def picture_of(home, pane, theme, size):
    """The SVG of a pane after its scene, every digit a 0."""
    models = InThisProcess(home)
    opened = workbench(home, PANES.get(pane, pane), size, models=models, watched="contos", theme=theme)
    async with opened as (app, pilot):
        for text, key in SCENES[pane]:
            await until(pilot, lambda text=text: text in screen_text(app))
            if key:
                await pilot.press(key)
        await settled(app, pilot)
        svg = app.export_screenshot(title="gptlab")
    return still(svg)


def still(svg):
    """A picture without the number that Rich makes of its content, every digit of its text a 0."""
    svg = re.sub(r"terminal-\d+", "terminal", svg)
    return re.sub(r">[^<]+</text>", lambda text: _DIGIT.sub(_zero, text[0]), svg)


def _zero(found):
    return found[0] if found[0].startswith("&") else "0"


async def settled(app, pilot):
    """Waits until the screen says the same for half a second."""
    before, same = "", 0
    while same < 10:
        await pilot.pause(0.05)
        now = screen_text(app)
        before, same = now, same + 1 if now == before else 0


def words(svg):
    """The texts of a picture, line by line."""
    return re.findall(r">([^<]+)</text>", svg)
