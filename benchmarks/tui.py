"""What the workbench costs: first paint, keys, bytes on the wire, a core's share, and the training's pace.

    python benchmarks/tui.py [--window 60] [--repeat 5]

The workbench runs on a pseudo-terminal whose other end is counted. A real training (cpu200k on the
bundled text) runs beside it in a home of its own. Over SSH means: SSH_CONNECTION is set.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import math
import os
import pty
import re
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
COLUMNS, ROWS = 120, 40
#: After so long a workbench has made everything ready.
_SETTLED_S = 6.0
#: Keys of the pane Train: a cursor that reads off, two switches, a page to read.
_KEYS = {
    "left": "\x1b[D",
    "right": "\x1b[C",
    "smoothing": "s",
    "logarithm": "l",
    "help": "?",
    "escape": "\x1b",
}
#: So often two keys are pressed while a model is loaded.
_LOADING_TURNS = 6
#: What a turn of the training is made of shows after so long.
_TURNED_S = 1.0


#: What moves the cursor, chooses a colour or the shape of the pointer is no answer.
_SEQUENCE = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07]*\x07")
#: After so long without a byte a picture stands.
_SILENCE_S = 0.08

#: How the workbench is opened, and the least that Textual can show.
_WORKBENCH = ("-m", "gptlab_tui", "tui")
_BARE = (
    "-c",
    "from textual.app import App; from textual.widgets import Static\n"
    "class Bare(App):\n    def compose(self): yield Static('5 Runs')\nBare().run()",
)


class Bench:
    """A workbench on a pseudo-terminal, or another program."""

    def __init__(
        self, home: Path, *arguments: str, ssh: bool = False, command: tuple[str, ...] = _WORKBENCH[:2]
    ) -> None:
        self.parent, child = pty.openpty()
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        env = {key: value for key, value in os.environ.items() if not key.startswith("SSH_")}
        env |= {"TERM": "xterm-256color", "GPTLAB_HOME": str(home), "PYTHONPATH": str(ROOT)}
        if ssh:
            env["SSH_CONNECTION"] = "10.0.0.1 1 10.0.0.2 22"
        self.began = time.perf_counter()
        self.process = psutil.Popen(
            [sys.executable, *command, *arguments],
            stdin=child,
            stdout=child,
            stderr=child,
            env=env,
            start_new_session=True,
        )
        os.close(child)
        self.said = b""

    def read(self, seconds: float) -> bytes:
        """What comes within so many seconds: at once where something is there."""
        if not select.select([self.parent], [], [], seconds)[0]:
            return b""
        data = os.read(self.parent, 1 << 16)
        self.said += data
        return data

    def until(self, text: str, seconds: float = 60) -> float:
        """Seconds since the start until a text has been written."""
        end = time.perf_counter() + seconds
        while text.encode() not in self.said:
            if time.perf_counter() > end:
                raise SystemExit(f"{text!r} did not come")
            self.read(0.05)
        return time.perf_counter() - self.began

    def settle(self, quiet_s: float = 1.0, most_s: float = 20.0) -> None:
        """Reads until nothing has come for a while."""
        end = time.perf_counter() + most_s
        while time.perf_counter() < end and self.read(quiet_s):
            pass

    def listen(self, window_s: float) -> tuple[float, float]:
        """Bytes per second and share of a core over a window."""
        before, count = sum(self.process.cpu_times()[:2]), 0
        end = time.perf_counter() + window_s
        while (left := end - time.perf_counter()) > 0:
            count += len(self.read(left))
        return count / window_s, (sum(self.process.cpu_times()[:2]) - before) / window_s

    def answer_s(self, keys: str) -> tuple[float, float]:
        """Seconds from a key to the first text that it writes, and to the last before a silence."""
        while self.read(0):
            pass
        began = time.perf_counter()
        os.write(self.parent, keys.encode())
        while not _SEQUENCE.sub(b"", self.read(5)).strip():
            pass
        first = last = time.perf_counter()
        while self.read(_SILENCE_S):
            last = time.perf_counter()
        return first - began, last - began

    def close(self) -> None:
        """Ends it."""
        self.process.kill()
        self.process.wait()
        os.close(self.parent)


def percentile(values: list[float], share: float) -> float:
    """The value that so large a share of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def report(what: str, value: str, budget: str) -> None:
    """A line of the result."""
    print(f"{what:44} {value:>22}   budget {budget}", flush=True)


def paces(watcher: Bench, journal: Path, turns: int, turn_s: float) -> list[float]:
    """With it attached over without, of each pair of turns: the training's tokens per second.

    Without means: stopped by SIGSTOP. The turns are short and next to each other, since a machine's
    own pace may change by a third within a minute; which comes first changes from pair to pair.
    """
    ends: dict[bool, list[tuple[int, int]]] = {True: [], False: []}
    for turn in range(2 * turns):
        attached = turn % 4 in (0, 3)
        watcher.process.send_signal(signal.SIGCONT if attached else signal.SIGSTOP)
        watcher.listen(_TURNED_S)
        start = journal.stat().st_size
        watcher.listen(turn_s)
        ends[attached].append((start, journal.stat().st_size))
    watcher.process.send_signal(signal.SIGCONT)
    pairs = zip(ends[True], ends[False], strict=True)
    return [_mean_pace(journal, *seen) / _mean_pace(journal, *alone) for seen, alone in pairs]


def _mean_pace(journal: Path, start: int, end: int) -> float:
    """Tokens over time of the steps between two places of a journal: what stalls a few steps counts."""
    with journal.open("rb") as lines:
        lines.seek(start)
        whole = [line for line in lines.read(end - start).splitlines() if line.endswith(b"}")]
    records = [json.loads(line) for line in whole if line.startswith(b'{"event":"step"')]
    return statistics.harmonic_mean(record["tokens_per_s"] for record in records)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--window", type=float, default=60.0)
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        paints: dict[tuple[str, ...], list[float]] = {_WORKBENCH: [], _BARE: []}
        lives: list[float] = []
        for _ in range(options.repeat):
            for command, found in paints.items():
                bench = Bench(home, command=command)
                if command == _WORKBENCH:
                    lives.append(bench.until("GPTLab opens"))
                found.append(bench.until("5 Runs"))
                bench.close()
        ours, bare = (statistics.median(found) for found in paints.values())
        report("a sign of life, median", f"{statistics.median(lives):.2f} s", "none")
        report("first paint, median", f"{ours:.2f} s", "0.7 s")
        report("  beside a bare Textual application", f"{bare:.2f} s, {ours / bare:.2f}x", "none")
        bench = Bench(home, "tui", "--pane", "runs", ssh=True)
        bench.until("5 Runs")
        bench.settle(_SETTLED_S)
        rate, share = bench.listen(options.window / 3)
        report("idle, over SSH", f"{rate:,.0f} B/s, {share:.1%} of a core", "nothing, 2 %")
        bench.close()
        train = [sys.executable, "-m", "gptlab_tui", "train", "--preset", "cpu200k", "--name", "watched"]
        train += ["-o", "train.max_iters=100000", "--detach"]
        env = os.environ | {"GPTLAB_HOME": str(home), "PYTHONPATH": str(ROOT)}
        subprocess.run(train, check=True, env=env, stdout=subprocess.DEVNULL)
        watched(home, options.window)
        stop = [sys.executable, "-m", "gptlab_tui", "runs", "stop", "watched"]
        subprocess.run(stop, check=True, env=env, stdout=subprocess.DEVNULL)


def watched(home: Path, window_s: float) -> None:
    """All that is measured while a training runs."""
    journal = home / "checkpoints" / "watched" / "journal.jsonl"
    time.sleep(10)
    bench = Bench(home, "watch", "watched", ssh=True)
    bench.until("2 Train")
    bench.settle(_SETTLED_S, 2 * _SETTLED_S)
    rate, share = bench.listen(window_s)
    report("a watched run, over SSH, 120x40", f"{rate:,.0f} B/s, {share:.1%} of a core", "10 KB/s, 2 %")
    bench.close()
    bench = Bench(home, "watch", "watched")
    bench.until("2 Train")
    bench.settle(_SETTLED_S, 2 * _SETTLED_S)
    rate, share = bench.listen(window_s / 2)
    report("  the same, not over SSH", f"{rate:,.0f} B/s, {share:.1%} of a core", "none")
    answers: dict[str, list[float]] = {name: [] for name in _KEYS}
    stood, switches = [], []
    for _ in range(15):
        for name, key in _KEYS.items():
            answer, stands = bench.answer_s(key)
            answers[name].append(answer)
            stood.append(stands)
            bench.settle(0.3, 2)
        for key in ("5", "2"):
            switches.append(bench.answer_s(key)[0])
            bench.settle(0.3, 2)
    every = [one for found in answers.values() for one in found]
    slowest = max(answers, key=lambda name: statistics.median(answers[name]))
    report("a key while it trains, p95", f"{1000 * percentile(every, 0.95):.0f} ms", "50 ms")
    told = f"{slowest}, {1000 * statistics.median(answers[slowest]):.0f} ms"
    report("  the slowest of them, median", told, "50 ms")
    report("  until all of its picture stands, p95", f"{1000 * percentile(stood, 0.95):.0f} ms", "none")
    report("another pane while it trains, p95", f"{1000 * percentile(switches, 0.95):.0f} ms", "100 ms")
    bench.close()
    loading = [one for _ in range(3) for one in while_a_model_loads(home)]
    report(
        "a key while a model loads and it trains, p95", f"{1000 * percentile(loading, 0.95):.0f} ms", "50 ms"
    )
    bench = Bench(home, "watch", "watched")
    bench.until("2 Train")
    bench.settle(_SETTLED_S, 2 * _SETTLED_S)
    turns = max(4, 2 * round(window_s / 4))
    ratios = paces(bench, journal, turns, 3.0)
    bench.close()
    slower = 100 * (1 - statistics.median(ratios))
    error = 125 * statistics.stdev(ratios) / math.sqrt(turns)  # of a median, where errors are normal
    report(f"training with it attached, {turns} pairs", f"{slower:.1f} ± {error:.1f} % slower", "2 %")


def while_a_model_loads(home: Path) -> list[float]:
    """Seconds to the answers to some keys, from the pane's first picture on: its model takes longer."""
    bench = Bench(home, "tui", "--pane", "generate")
    bench.until("temperature")
    found = [bench.answer_s(_KEYS[name])[0] for _ in range(_LOADING_TURNS) for name in ("help", "escape")]
    bench.close()
    return found


if __name__ == "__main__":
    main()
