"""Memory does not grow with the text: 40 MB cost what 10 MB cost. Less where counting takes its time."""

import subprocess
import sys

import pytest

SCRIPT = """
import resource, sys
from pathlib import Path
from gptlab_tui.config import CorpusConfig
from gptlab_tui.home import Home
from gptlab_tui.text.byte_pair import train_byte_pair
from gptlab_tui.text.char_tokenizer import CharTokenizer, distinct_characters
from gptlab_tui.text.corpus import open_corpus
from gptlab_tui.text.statistics import corpus_statistics
from gptlab_tui.text.token_files import prepare_tokens

folder, kind = Path(sys.argv[1]), sys.argv[2]
home = Home(folder)
corpus = open_corpus(CorpusConfig(name=(str(folder / "text.txt"),)), home)
if kind == "char":
    prepare_tokens(corpus, CharTokenizer(distinct_characters(corpus.chunks())), home)
elif kind == "bpe":
    prepare_tokens(corpus, train_byte_pair([corpus.read(0, 10_000)], 300), home)
elif kind == "statistics":
    corpus_statistics(corpus)
if sys.platform == "darwin":
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20))
else:  # there ru_maxrss would be that of the process that started us, where it was larger
    print(int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / (1 << 10))
"""


def peak_mib(folder, megabytes: int, kind: str, unit: str) -> float:
    """The largest resident memory of a process that works through a text of that size."""
    folder.mkdir(exist_ok=True)
    block = (unit * (1_000_000 // len(unit.encode()) + 1)).encode()[:1_000_000].decode("utf-8", "ignore")
    with (folder / "text.txt").open("w", encoding="utf-8") as file:
        for _ in range(megabytes):
            file.write(block)
    command = [sys.executable, "-c", SCRIPT, str(folder), kind]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout)


@pytest.mark.parametrize(
    ("kind", "unit", "small", "large"),
    [
        ("char", "Não é a mesma linha, é outra.\n", 10, 40),
        ("char", "uma linha que nunca acaba, ", 10, 40),
        ("statistics", "Não é a mesma linha, é outra.\n", 3, 15),
        ("bpe", "Não é a mesma linha, é outra.\n", 2, 12),
        ("bpe", "semespaçonenhum", 2, 8),
    ],
)
def test_memory_does_not_grow_with_the_text(tmp_path, kind, unit, small, large):
    before = peak_mib(tmp_path / "small", small, kind, unit)
    after = peak_mib(tmp_path / "large", large, kind, unit)
    assert after < before + (large - small) / 2  # the text alone grew by twice that
