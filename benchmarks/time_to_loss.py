"""How long `gptlab train` takes to a validation loss, from the start of the process.

Everything counts: loading PyTorch, reading and encoding the text, evaluations, saving. The schedule
is the shortest one whose end reaches the loss (`--steps`); a longer one would pass through the loss
later, since its rate is still high there.

With `--reference FOLDER` (a checkout of https://github.com/wmelo52/GPTLab) its
`training_nanoGPT_CPU.py` is run in the same sitting, as shipped, and both times are given.

    python benchmarks/time_to_loss.py --corpus machado.txt --repeat 3
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TARGET = 2.0203  # what the reference's script reached after 5,000 steps
REFERENCE_S = 744.0  # and how long it took, on 2 cores of an AVX512 server


def seconds_to_loss(corpus: str, steps: int, target: float) -> tuple[float, float]:
    """Wall seconds until an evaluation at or below `target` was printed, and its loss."""
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", "gptlab_tui", "train", "--preset", "cpu200k", "--corpus", corpus]
        command += ["-o", f"train.max_iters={steps}", "-o", f"train.eval_interval={steps}", "--json"]
        began = time.monotonic()
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env=os.environ | {"GPTLAB_HOME": home}
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                event = json.loads(line)
                if event["event"] == "evaluated" and event["val_loss"] <= target:
                    taken = time.monotonic() - began
                    process.stdout.read()
                    return taken, event["val_loss"]
    raise SystemExit(f"{steps} steps did not reach {target}; try more")


def reference_seconds(folder: Path, corpus: str) -> tuple[float, float]:
    """Wall seconds of the reference's own script, and the validation loss that it prints last."""
    with tempfile.TemporaryDirectory() as stub:
        plot = Path(stub) / "matplotlib"  # it draws a curve at the end, which is none of the training
        plot.mkdir()
        (plot / "__init__.py").touch()
        (plot / "pyplot.py").write_text("def __getattr__(name):\n    return lambda *a, **k: None\n")
        (folder / "corpus" / "machado_de_assis_conto.txt").write_bytes(Path(corpus).read_bytes())
        (folder / "images").mkdir(exist_ok=True)
        began = time.monotonic()
        done = subprocess.run(
            [sys.executable, "training_nanoGPT_CPU.py"],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": stub},
            capture_output=True,
            text=True,
            check=True,
        )
        taken = time.monotonic() - began
    losses = re.findall(r"val loss ([0-9.]+)", done.stdout)
    return taken, float(losses[-1])


def main() -> None:
    """Measures, and prints one line a run and the medians."""
    data = os.environ.get("GPTLAB_TEST_DATA", "../shared")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--corpus", default=f"{data}/corpora/machado_de_assis_conto.txt")
    parser.add_argument("--steps", type=int, default=260)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--target", type=float, default=TARGET)
    parser.add_argument("--reference", type=Path)
    options = parser.parse_args()
    if not Path(options.corpus).is_file():
        print(f"skipped: there is no {options.corpus}")
        return
    times = []
    for _ in range(options.repeat):
        taken, loss = seconds_to_loss(options.corpus, options.steps, options.target)
        times.append(taken)
        print(f"gptlab: {loss:.4f} after {options.steps} steps, {taken:.1f} s")
    median = statistics.median(times)
    print(f"median {median:.1f} s: {REFERENCE_S / median:.1f}x faster than the {REFERENCE_S:.0f} s on record")
    if options.reference:
        taken, loss = reference_seconds(options.reference, options.corpus)
        print(f"reference, same machine: {loss:.4f}, {taken:.1f} s: {taken / median:.1f}x")


if __name__ == "__main__":
    main()
