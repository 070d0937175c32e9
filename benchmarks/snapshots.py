"""What the snapshots of a training cost it: the time to write one against the steps between two.

    python benchmarks/snapshots.py [--steps 20] [--writes 41] [--presets cpu200k,reference-gpu4gb]

A snapshot is written at every evaluation, as a training writes it: to half precision, to the disk,
older ones thinned out; the folder is full, so each write thins. Between two lie `eval_interval` steps
of the preset; the evaluation, which also takes time there, is left out. Everything is on the CPU and in
turns. The share is that of the writing by the clock in the steps' work, threads side by side, so that a
busy machine makes it look larger, never smaller.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import torch

from gptlab_tui.home import Home
from gptlab_tui.model.weights import save_weights
from gptlab_tui.presets import load_preset
from gptlab_tui.runs.layout import Run
from gptlab_tui.runs.snapshots import commit_snapshot, snapshot_steps
from gptlab_tui.training.create import new_model
from gptlab_tui.training.rehearsal import rehearse

VOCABULARY = 115


def measure(preset: str, steps: int, writes: int, folder: Path) -> None:
    """Prints what a preset's steps and snapshots take."""
    config = load_preset(preset, ["train.device=cpu"], Home(folder))
    train = config.train
    model = new_model(config, VOCABULARY)
    run = Run(folder / preset)
    run.path.mkdir(parents=True)
    budget_bytes = int(train.snapshot_budget_mib * 2**20)
    written: list[float] = []

    def write() -> None:
        began = time.perf_counter()
        commit_snapshot(
            run,
            train.eval_interval * (len(written) + 1),
            lambda file: save_weights(model, file, torch.float16),
            train.snapshots,
            budget_bytes,
        )
        written.append(time.perf_counter() - began)

    while not written or len(snapshot_steps(run)) == len(written):  # until the folder is full
        write()
    full = len(written)
    paces, work = [], []
    threads = torch.get_num_threads()
    at_work = time.process_time()
    for pace_s in rehearse(config, VOCABULARY, steps):
        paces.append(pace_s)
        work.append((time.process_time() - at_work) / threads)
        for _ in range(max(1, writes // steps)):
            write()
        at_work = time.process_time()
    step_s = statistics.median(work[1:])  # the first one warms up
    some = sorted(written[full:])
    write_s, slow_s = statistics.median(some), some[int(0.95 * (len(some) - 1))]
    interval_s = train.eval_interval * step_s
    size = run.snapshot(snapshot_steps(run)[0]).stat().st_size
    parameters = sum(parameter.numel() for parameter in model.parameters())
    print(
        f"{preset}: {parameters:,} parameters, {threads} threads\n"
        f"  a snapshot   {1000 * write_s:8.1f} ms (p95 {1000 * slow_s:.1f}, of {len(some)}), {size:,} bytes\n"
        f"  a step       {1000 * step_s:8.1f} ms of work (median of {steps - 1};"
        f" {1000 * statistics.median(paces[1:]):.1f} by the clock)\n"
        f"  share        {100 * write_s / (interval_s + write_s):8.3f} % at a snapshot every"
        f" {train.eval_interval} steps\n"
        f"  1 % would be steps of {1000 * 99 * write_s / train.eval_interval:.2f} ms"
    )


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--writes", type=int, default=41)
    parser.add_argument("--presets", default="cpu200k,reference-gpu4gb")
    options = parser.parse_args()
    for preset in options.presets.split(","):
        with tempfile.TemporaryDirectory() as folder:
            measure(preset, max(2, options.steps), options.writes, Path(folder))


if __name__ == "__main__":
    main()
