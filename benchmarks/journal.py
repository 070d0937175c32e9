"""What a long journal costs the workbench: its first picture, the whole, and how late the screen gets.

    python benchmarks/journal.py [--steps 1000000]

The journal is written by the trainer's own events; a beat of the event loop every 10 ms tells how
late it comes while the journal is read. What is due before the first second (imports, the first
drawing) is told apart.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import random
import tempfile
import time
from pathlib import Path

from gptlab_tui.events import Evaluated, Step
from gptlab_tui.home import Home, data_root
from gptlab_tui.runs.journal import encode_record
from gptlab_tui.tui.app import Workbench
from gptlab_tui.tui.terminal import Terminal

BEAT_S = 0.01
EVALUATE = 500


def write_run(home: Home, steps: int) -> None:
    """A run with a journal of so many steps."""
    bundled = data_root() / "checkpoints" / "contos"
    run = home.runs / "long"
    run.mkdir(parents=True)
    for name in ("run.json", "tokenizer.json"):
        (run / name).write_bytes((bundled / name).read_bytes())
    with (bundled / "journal.jsonl").open("rb") as lines:
        started = json.loads(lines.readline()) | {"run": "long", "max_iters": steps}
    del started["crc"]
    luck = random.Random(1)
    with (run / "journal.jsonl").open("wb") as journal:
        journal.write(encode_record(started))
        for step in range(1, steps + 1):
            loss = 1.4 + 3.6 * math.exp(-step / 20_000) + luck.gauss(0, 0.08)
            speed = 40_000 + luck.gauss(0, 500)
            said = Step(
                step=step, elapsed_s=step / 20 + luck.random() / 100, train_loss=loss,
                learning_rate=1e-3 * math.cos(step / steps * 1.5), grad_norm=abs(luck.gauss(0.5, 0.1)),
                tokens=2048 * step, tokens_per_s=speed,
            )  # fmt: skip
            journal.write(encode_record(said.to_json() | {"time": 1.8e9 + said.elapsed_s}))
            if step % EVALUATE == 0:
                one = Evaluated(
                    step=step, elapsed_s=said.elapsed_s, val_loss=loss, val_bits_per_byte=loss * 1.4,
                    train_loss=loss, val_tokens=50_592, best=True,
                )  # fmt: skip
                journal.write(encode_record(one.to_json() | {"time": 1.8e9 + said.elapsed_s}))


async def measure(home: Home, steps: int) -> None:
    """Opens the run and prints what it took."""
    app = Workbench(home, Terminal(), pane="train", run="long")
    async with app.run_test(size=(120, 40)):
        began = time.perf_counter()
        late: list[tuple[float, float]] = []

        async def beat() -> None:
            while True:
                at = time.perf_counter()
                await asyncio.sleep(BEAT_S)
                late.append((time.perf_counter() - at - BEAT_S, at - began))

        beating = asyncio.create_task(beat())
        while app.pane is None or not app.pane.history.steps:
            await asyncio.sleep(BEAT_S)
        print(f"first picture   {time.perf_counter() - began:6.2f} s")
        while app.pane.read < 1:
            await asyncio.sleep(BEAT_S)
        took_s = time.perf_counter() - began
        assert len(app.pane.history.steps) == steps
        await asyncio.sleep(1.0)
        beating.cancel()
        print(f"the whole       {took_s:6.2f} s")
        for what, some in (
            ("first second", [one for one, at in late if at < 1]),
            ("afterwards", [one for one, at in late if at >= 1]),
        ):
            ordered = sorted(some) or [0.0]
            p95, worst = ordered[int(0.95 * (len(ordered) - 1))], ordered[-1]
            print(f"late, {what:12}: p95 {1000 * p95:5.1f} ms, at most {1000 * worst:5.1f} ms")


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--steps", type=int, default=1_000_000)
    steps = parser.parse_args().steps
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        write_run(home, steps)
        asyncio.run(measure(home, steps))


if __name__ == "__main__":
    main()
