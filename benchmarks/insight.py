"""What looking inside takes, once PyTorch is loaded: per text, per picture, and the index of a training text.

    python benchmarks/insight.py [--run contos] [--home FOLDER] [--repeat 7] [--megabytes 2]

The text is the first 200 characters of the run's validation part. Each look is timed the first time,
with what it has to load still, and then `--repeat` times more: the median is told, and in brackets what
the processor worked, which says more on a busy machine. t-SNE settles the
run's token vectors, 107 with the bundled run, and measures the claims. The text that is indexed is drawn
word by word from the bundled one, each word as it follows the one before, so that it repeats itself
about as much as a language does.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import torch

from gptlab_tui.config import CorpusConfig
from gptlab_tui.home import Home, find_home
from gptlab_tui.model.open_run import OpenModel, open_model
from gptlab_tui.runs.layout import find_run
from gptlab_tui.text.corpus import open_corpus
from gptlab_tui.text.run_text import corpus_of_run

CHARACTERS = 200


def timed(name: str, look: Callable[[], object], repeat: int) -> None:
    """Prints how long the first call took, and the median of some more: by the clock, and of work."""
    clock, worked = [], []
    for _ in range(repeat + 1):
        began, at_work = time.perf_counter(), time.process_time()
        look()
        clock.append(1000 * (time.perf_counter() - began))
        worked.append(1000 * (time.process_time() - at_work))
    print(
        f"{name:24} first {clock[0]:8.1f} ms ({worked[0]:8.1f} of work)"
        f"   then {statistics.median(clock[1:]):8.1f} ms ({statistics.median(worked[1:]):8.1f})"
    )


def looks(opened: OpenModel, home: Home, repeat: int) -> None:
    """Everything that reads a text, and the picture of the vectors."""
    corpus = corpus_of_run(opened.run.read_training_request(), home)
    text = corpus.read(corpus.val_start, corpus.val_start + CHARACTERS)

    def surprise() -> object:
        from gptlab_tui.insight.surprise import surprise

        return surprise(opened, opened.tokenizer.encode(text))

    def lens() -> object:
        from gptlab_tui.insight.lens import lens

        return lens(opened, opened.tokenizer.encode(text))

    def scores() -> object:
        from gptlab_tui.insight.heads import score_heads

        return score_heads(opened, opened.tokenizer.encode(text))

    def attention() -> object:
        from gptlab_tui.insight.attention import attend

        return attend(opened, [int(token) for token in opened.tokenizer.encode(text)])

    def picture() -> object:
        from gptlab_tui.insight.embeddings import embedding
        from gptlab_tui.insight.pictures import picture

        return picture(embedding(opened))

    print(
        f"{opened.run.name}, step {opened.step:,}, {CHARACTERS} characters, {torch.get_num_threads()} threads"
    )
    timed("surprise", surprise, repeat)
    timed("lens", lens, repeat)
    timed("scores of the heads", scores, repeat)
    timed("attention", attention, repeat)
    timed(f"t-SNE of {opened.tokenizer.vocab_size} tokens", picture, repeat)


def like_a_language(size_bytes: int) -> str:
    """A text of so many bytes: words of the bundled one by the chance of two in a row."""
    words = open_corpus(CorpusConfig(), find_home()).read().split(" ")
    following = defaultdict(list)
    for word, after in zip(words, [*words[1:], words[0]], strict=True):
        following[word].append(after)
    luck = random.Random(1)
    word, parts, written = words[0], [], 0
    while written < size_bytes:
        parts.append(word)
        written += len(word.encode()) + 1
        word = luck.choice(following[word])
    return " ".join(parts)


def index(megabytes: float, repeat: int) -> None:
    """The index of a text that is new to the cache."""
    from gptlab_tui.text.text_index import text_index

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "text.txt")
        whole = like_a_language(round(megabytes * 1e6 / 0.9))  # nine tenths are the training part
        path.write_text(whole, "utf-8")
        corpus = open_corpus(CorpusConfig(name=(str(path),)), Home(Path(folder)))
        homes = iter(range(repeat + 1))
        timed(
            f"index of {megabytes:g} MB",
            lambda: text_index(corpus, Home(Path(folder, str(next(homes))))),
            repeat,
        )


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--run", default="contos")
    parser.add_argument("--home")
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--megabytes", type=float, default=2.0)
    options = parser.parse_args()
    home = find_home(options.home)
    looks(open_model(find_run(home, options.run), None, "cpu"), home, options.repeat)
    index(options.megabytes, max(1, options.repeat // 2))


if __name__ == "__main__":
    main()
