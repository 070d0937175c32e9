"""Tokens per second of sampling on the CPU, batch 1, at the reference's two shapes.

1,400 tokens from a prompt of one, so nearly all lie past the context, where learned positions have
to be read anew; and, to compare, the same with a context that holds them all. Weights are random:
the time does not depend on them. Each measurement is a process of its own, the first tokens warm up.

With `--reference FOLDER` (a checkout of https://github.com/wmelo52/GPTLab) its `generate` runs in
turns with ours, with as many threads as PyTorch takes by itself, and with one.

    python benchmarks/sampling.py [--repeat 5] [--reference FOLDER]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TOKENS = 1400
VOCABULARY = 115
#: Layers, heads, width, context; and the tokens per second that the reference reached on record, on
#: 2 cores of an AVX512 server.
SHAPES = {"0.2M": ((4, 4, 64, 32), 394.0), "10.7M": ((6, 6, 384, 64), 43.0)}


def ours(shape: str, regime: str) -> float:
    """Tokens per second of `sampling.decoder`: past the `context`, or with a `cache` for all."""
    import torch

    from gptlab_tui.config import ModelConfig, SampleConfig
    from gptlab_tui.model.gpt import GPT
    from gptlab_tui.sampling.decoder import fitting_threads, generate
    from gptlab_tui.sampling.settings import resolve
    from gptlab_tui.text.tokenizers import tokenizer_from_json

    (n_layer, n_head, n_embd, context), _ = SHAPES[shape]
    config = ModelConfig(
        n_layer=n_layer,
        n_head=n_head,
        n_embd=n_embd,
        block_size=context if regime == "context" else TOKENS + 1,
        norm="reference",
        bias="qkv",
    )
    torch.manual_seed(0)
    model = GPT(config, VOCABULARY).eval()
    characters = "".join(chr(200 + number) for number in range(VOCABULARY))
    tokenizer = tokenizer_from_json({"kind": "char", "characters": characters})
    with fitting_threads(model):
        for length in (2 * context, TOKENS):
            settings = resolve(SampleConfig(max_tokens=length), tokenizer)
            began = time.perf_counter()
            text = "".join(token.text for token in generate(model, tokenizer, [0], settings))
            elapsed_s = time.perf_counter() - began
    if len(text) != TOKENS:
        raise SystemExit(f"{len(text)} characters instead of {TOKENS}")
    return TOKENS / elapsed_s


def reference(shape: str, threads: str, folder: str) -> float:
    """Tokens per second of the reference's `generate`."""
    import torch

    with tempfile.TemporaryDirectory() as stub:
        (Path(stub) / "matplotlib.py").touch()  # imported along the way, not needed
        sys.path[:0] = [folder, stub]
        from generation import generate  # type: ignore[import-not-found]
        from nanoGPT import GPTConfig, nanoGPTModel  # type: ignore[import-not-found]
    if threads == "1":
        torch.set_num_threads(1)
    (n_layer, n_head, n_embd, context), _ = SHAPES[shape]
    config = GPTConfig(
        vocab_size=VOCABULARY, max_len=context, n_layer=n_layer, n_head=n_head, n_embd=n_embd, dropout=0.1
    )
    torch.manual_seed(0)
    model = nanoGPTModel(config).eval()
    prompt = torch.zeros(1, 1, dtype=torch.long)
    for length in (2 * context, TOKENS):
        began = time.perf_counter()
        generate(model, prompt, max_new_tokens=length)
        elapsed_s = time.perf_counter() - began
    return TOKENS / elapsed_s


def measured(*arguments: str) -> float:
    """What a process of its own measures."""
    command = [sys.executable, __file__, "--arm", *arguments]
    root = str(Path(__file__).resolve().parent.parent)
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": root}
    )
    return float(done.stdout.split()[-1])


def main() -> None:
    """Measures the arms in turns and prints the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--reference", type=Path)
    parser.add_argument("--arm", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.arm:
        arm, *rest = options.arm
        print((ours if arm == "ours" else reference)(*rest))
        return
    for shape, (_, on_record) in SHAPES.items():
        arms = {"past the context": ("ours", shape, "context"), "all in the cache": ("ours", shape, "cache")}
        if options.reference:
            folder = str(options.reference.resolve())
            arms["reference"] = ("reference", shape, "all", folder)
            arms["reference, one thread"] = ("reference", shape, "1", folder)
        rates: dict[str, list[float]] = {name: [] for name in arms}
        for _ in range(options.repeat):
            for name, arguments in arms.items():
                rates[name].append(measured(*arguments))
        for name, values in rates.items():
            rate = statistics.median(values)
            print(f"{shape:>6}  {name:22} {rate:8,.0f} tokens/s   {rate / on_record:5.1f}x {on_record:,.0f}")
        if options.reference:
            best = [
                max(pair) for pair in zip(rates["reference"], rates["reference, one thread"], strict=True)
            ]
            pairs = zip(rates["past the context"], best, strict=True)
            ratio = statistics.median(mine / theirs for mine, theirs in pairs)
            print(f"{shape:>6}  {ratio:.1f}x the faster reference of the same turn (median)")


if __name__ == "__main__":
    main()
