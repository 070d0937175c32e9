"""What `gptlab --help` costs, against a bare Typer application with as many commands.

    python benchmarks/help.py [--pairs 21]

Both are started in turns, so that both see the same machine; the ratio is that of the medians.
The bare application has a command of the same name, without options, for every verb that we show.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from gptlab_tui.cli import VERBS

ROOT = Path(__file__).resolve().parent.parent


def bare_application() -> str:
    """The source of the bare application."""
    commands = "\n".join(
        f'@app.command("{name}")\ndef verb_{number}():\n    """{line}"""\n'
        for number, (name, (_, line)) in enumerate(VERBS.items())
    )
    return f'import typer\n\napp = typer.Typer(help="A bare application.")\n\n{commands}\napp()\n'


def seconds(command: list[str]) -> float:
    """How long a command takes, from start to exit."""
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
    return time.perf_counter() - begin


def measure(pairs: int) -> dict[str, float]:
    """Median seconds of both and their ratio, over interleaved pairs after one that warms up."""
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder, "bare.py")
        bare.write_text(bare_application(), "utf-8")
        commands = {
            "gptlab_s": [sys.executable, "-m", "gptlab_tui", "--help"],
            "bare_s": [sys.executable, str(bare), "--help"],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for pair in range(pairs + 1):
            for name in sorted(commands, reverse=bool(pair % 2)):
                elapsed_s = seconds(commands[name])
                if pair:
                    times[name].append(elapsed_s)
    medians = {name: statistics.median(values) for name, values in times.items()}
    return {**medians, "ratio": medians["gptlab_s"] / medians["bare_s"], "pairs": pairs}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=21)
    print(json.dumps(measure(parser.parse_args().pairs)))
