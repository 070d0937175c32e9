"""Pictures of the command line for the README: real commands, run on a terminal, as SVG.

python docs/screenshots.py
"""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

HERE = Path(__file__).resolve().parent
COLUMNS = 96
PICTURES = {
    "tokens": ["tokens", "A figura é poética!", "--tokenizer", "bpe", "--vocab-size", "512"],
}


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


def main() -> None:
    """Draws every picture anew."""
    for name, arguments in PICTURES.items():
        console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True)
        console.print(Text.from_ansi(on_a_terminal(arguments).rstrip("\n")))
        path = HERE / "images" / f"{name}.svg"
        path.parent.mkdir(exist_ok=True)
        console.save_svg(str(path), title="gptlab " + " ".join(arguments))
        print(path.relative_to(HERE.parent))


if __name__ == "__main__":
    main()
