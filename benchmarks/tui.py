"""What the workbench costs: first paint, keys, bytes on the wire, a core's share, and the training's pace.

    python benchmarks/tui.py [--window 60] [--repeat 5]

The workbench runs on a pseudo-terminal whose other end is counted. A real training (cpu200k on the
bundled text) runs beside it in a home of its own. Over SSH means: SSH_CONNECTION is set.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import pty
import select
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
COLUMNS, ROWS = 120, 40
#: After so long a workbench has made everything ready.
_SETTLED_S = 6.0


class Bench:
    """A workbench on a pseudo-terminal."""

    def __init__(self, home: Path, *arguments: str, ssh: bool = False) -> None:
        self.parent, child = pty.openpty()
        fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        env = {key: value for key, value in os.environ.items() if not key.startswith("SSH_")}
        env |= {"TERM": "xterm-256color", "GPTLAB_HOME": str(home), "PYTHONPATH": str(ROOT)}
        if ssh:
            env["SSH_CONNECTION"] = "10.0.0.1 1 10.0.0.2 22"
        self.began = time.perf_counter()
        self.process = psutil.Popen(
            [sys.executable, "-m", "gptlab_tui", *arguments],
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

    def answer_s(self, keys: str) -> float:
        """Seconds from a key to the first byte after it."""
        while self.read(0):
            pass
        began = time.perf_counter()
        os.write(self.parent, keys.encode())
        while not self.read(5):
            pass
        return time.perf_counter() - began

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


def tokens_per_s(journal: Path, window_s: float, meanwhile: Callable[[], object]) -> float:
    """The median pace of the steps that a journal gains in a window."""
    start = journal.stat().st_size
    end = time.perf_counter() + window_s
    meanwhile()
    time.sleep(max(0.0, end - time.perf_counter()))
    with journal.open("rb") as lines:
        lines.seek(start)
        records = [json.loads(line) for line in lines if line.startswith(b'{"event":"step"')]
    return statistics.median(record["tokens_per_s"] for record in records)


def pace(home: Path, journal: Path, window_s: float, attached: bool) -> float:
    """The training's tokens per second over a window, with a workbench attached or without."""
    if not attached:
        return tokens_per_s(journal, window_s, lambda: None)
    watcher = Bench(home, "watch", "watched")
    watcher.until("2 Train")
    watcher.settle(_SETTLED_S, 2 * _SETTLED_S)
    try:
        return tokens_per_s(journal, window_s, lambda: watcher.listen(window_s))
    finally:
        watcher.close()


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--window", type=float, default=60.0)
    parser.add_argument("--repeat", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        paints = []
        for _ in range(options.repeat):
            bench = Bench(home, "tui")
            paints.append(bench.until("5 Runs"))
            bench.close()
        report("first paint, median", f"{statistics.median(paints):.2f} s", "0.7 s")
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
    answers, switches = [], []
    for _ in range(15):
        for key in ("?", "\x1b"):
            answers.append(bench.answer_s(key))
            bench.settle(0.3, 2)
        for key in ("5", "2"):
            switches.append(bench.answer_s(key))
            bench.settle(0.3, 2)
    report("a key while it trains, p95", f"{1000 * percentile(answers, 0.95):.0f} ms", "50 ms")
    report("another pane while it trains, p95", f"{1000 * percentile(switches, 0.95):.0f} ms", "100 ms")
    bench.close()
    paces: dict[bool, list[float]] = {True: [], False: []}
    for turn in range(4):
        attached = turn % 2 == 0
        paces[attached].append(pace(home, journal, window_s / 2, attached))
    with_it, without = (statistics.median(paces[attached]) for attached in (True, False))
    report("training with it attached", f"{100 * (1 - with_it / without):.1f} % slower", "2 %")


if __name__ == "__main__":
    main()
