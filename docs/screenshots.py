"""Pictures for the README, as SVG: a real command on a terminal, and the workbench driven by its keys.

python docs/screenshots.py [tokens train generate attention corpus model]
"""

from __future__ import annotations

import asyncio
import os
import pty
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

from gptlab_tui.home import Home
from gptlab_tui.tui.app import Workbench
from gptlab_tui.tui.terminal import Terminal

HERE = Path(__file__).resolve().parent
COLUMNS = 96
COMMANDS = {
    "tokens": ["tokens", "A figura é poética!", "--tokenizer", "bpe", "--vocab-size", "512"],
}
#: Pane -> what has to stand on the screen before a key is pressed, the key, and so on; "" is no key.
#: All of it is the model that comes with GPTLab.
PANES = {
    "train": [("best", ""), ("beats unigram", "")],
    "generate": [("entropy", "enter"), ("done", "left"), ("rank", "c")],
    "attention": [("looks at", "")],
    "corpus": [("controls", "")],
    "model": [("dev.", "v"), ("token embedding", "pagedown"), ("Step", "")],
}
SIZE = (120, 36)
PATIENCE_S = 120.0


def on_a_terminal(arguments: list[str]) -> str:
    """What a command writes to a terminal, with its escapes."""
    front, back = pty.openpty()
    environment = os.environ | {"COLUMNS": str(COLUMNS), "LINES": "40", "TERM": "xterm-256color"}
    command = [sys.executable, "-m", "gptlab_tui", *arguments]
    process = subprocess.Popen(
        command, stdin=back, stdout=back, stderr=back, cwd=HERE.parent, env=environment
    )
    os.close(back)
    written = bytearray()
    while True:
        try:
            block = os.read(front, 65536)
        except OSError:  # Linux: the other end is closed
            break
        if not block:
            break
        written += block
    process.wait()
    os.close(front)
    return written.decode().replace("\r\n", "\n")


async def of_the_workbench(pane: str, home: Home) -> str:
    """The picture of a pane after its keys."""
    app = Workbench(home, Terminal(), pane=pane, run="contos")
    async with app.run_test(size=SIZE) as pilot:

        async def until(text: str) -> None:
            end = asyncio.get_running_loop().time() + PATIENCE_S
            while text not in shown(app):
                if asyncio.get_running_loop().time() > end:
                    raise SystemExit(f"{pane}: what was waited for did not come")
                await pilot.pause(0.1)

        for text, key in PANES[pane]:
            await until(text)
            if key:
                await pilot.press(key)
        await pilot.pause(1.0)
        return app.export_screenshot(title=f"gptlab tui --pane {pane}")


def shown(app: Workbench) -> str:
    """What stands on the screen, as text."""
    strips = app.screen._compositor.render_strips(app.screen.size)
    return "\n".join(strip.text for strip in strips)


def main() -> None:
    """Draws every picture anew."""
    (HERE / "images").mkdir(exist_ok=True)
    wanted = sys.argv[1:] or [*COMMANDS, *PANES]
    for name, arguments in COMMANDS.items():
        if name not in wanted:
            continue
        console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True)
        console.print(Text.from_ansi(on_a_terminal(arguments).rstrip("\n")))
        console.save_svg(str(HERE / "images" / f"{name}.svg"), title="gptlab " + " ".join(arguments))
    for pane in [pane for pane in PANES if pane in wanted]:
        with tempfile.TemporaryDirectory() as folder:
            picture = asyncio.run(of_the_workbench(pane, Home(Path(folder))))
        (HERE / "images" / f"{pane}.svg").write_text(picture, "utf-8")
        print(f"docs/images/{pane}.svg")


if __name__ == "__main__":
    main()
