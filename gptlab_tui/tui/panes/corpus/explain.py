"""What `e` says in the pane Corpus, with the numbers of the text in sight."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gptlab_tui.explain.explanation import Explanation
from gptlab_tui.explain.tables import named
from gptlab_tui.render.display import display
from gptlab_tui.render.units import counted
from gptlab_tui.tui.panes.corpus.jobs import Lesson

if TYPE_CHECKING:
    from gptlab_tui.text.corpus import Corpus
    from gptlab_tui.text.cutting import Cut
    from gptlab_tui.text.statistics import Frequency, Statistics


def explain_corpus(corpus: Corpus | None, about: str = "") -> Explanation:
    """How a text is split, and what the list has no room for: what it is."""
    says = "A corpus is one text. Its last tenth is kept for validation: the model never learns from it."
    numbers: tuple[tuple[str, str], ...] = ()
    if corpus is not None:
        n, start = corpus.characters, corpus.val_start
        numbers = (
            ("text", display(corpus.name)),
            *([("what it is", display(about))] if about else []),
            ("n, characters", f"{n:,}"),
            ("training", f"0 … {start - 1:,}: {counted(start, 'character')}"),
            ("validation", f"{start:,} … {n - 1:,}: {counted(n - start, 'character')}"),
            ("bytes per character", f"{corpus.size_bytes / n:.4f}"),
            ("SHA-256", corpus.digest),
        )
    return Explanation("Corpora", says, "validation = the characters from int(0.9 n) on", numbers)


def zipf_slope(words: Sequence[Frequency]) -> float:
    """The exponent of Zipf's law, -d log f / d log r, by least squares over ranks 1 … len(words)."""
    if len(words) < 2:
        return math.nan
    xs = [math.log(rank) for rank in range(1, len(words) + 1)]
    ys = [math.log(word.count) for word in words]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    return -sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / sum((a - x) ** 2 for a in xs)


def explain_statistics(found: Statistics | None) -> Explanation | None:
    """Entropy and Zipf's law."""
    if found is None or not found.top_characters:
        return None
    first = found.top_characters[0]
    p = first.count / found.characters
    uniform = math.log2(found.distinct_characters)
    term = f"{p:.4f} x {-math.log2(p):.3f} = {-p * math.log2(p):.4f} bits"
    numbers = [
        (f"p('{named(first.text)}')", f"{first.count:,} / {found.characters:,} = {p:.4f}"),
        (f"-p log2 p of '{named(first.text)}'", term),
        ("H0, one character alone", f"{found.entropy_0:.4f} bits"),
        (
            "log2 of all different ones",
            f"log2 {found.distinct_characters} = {uniform:.4f} bits, if all were equal",
        ),
        (
            "H1, the one before known",
            f"{found.entropy_1:.4f} bits = {found.entropy_1 * math.log(2):.4f} nats",
        ),
    ]
    if found.top_words:
        top, middle = found.top_words[0], found.top_words[len(found.top_words) // 2]
        rank = len(found.top_words) // 2 + 1
        slope = zipf_slope(found.top_words)
        numbers += [
            (f"f(1) = C, '{named(top.text)}'", f"{top.count:,}"),
            ("a, from the slope", f"{slope:.3f} over {counted(len(found.top_words), 'word')}"),
            (
                f"f({rank}), '{named(middle.text)}'",
                f"{middle.count:,}; C / {rank}^{slope:.3f} = {top.count / rank**slope:,.1f}",
            ),
        ]
    says = (
        "Entropy is how many bits a character needs when only frequencies are known; what the model "
        "reaches is below H1, since it sees more than one character back. Words follow Zipf's law: the "
        "r-th word comes about C / r^a times, a straight line when both axes are logarithmic."
    )
    formula = "H0 = -sum p log2 p        H1 = H(pair) - H(first)\nf(r) = C / r^a"
    return Explanation(f"Statistics of {display(found.name)}", says, formula, tuple(numbers))


def explain_cut(cut: Cut | None) -> Explanation | None:
    """Tokens, and how nats per token become bits per byte."""
    if cut is None or not cut.ids:
        return None
    size = sum(map(len, cut.token_bytes))
    tokens = len(cut.ids)
    bits = math.log(cut.vocab_size) / math.log(2) * tokens / size
    numbers = (
        ("tokenizer", f"{cut.tokenizer}, V = {cut.vocab_size:,}"),
        ("T, tokens of the line", f"{tokens:,}"),
        ("characters", f"{len(cut.text):,} ({len(cut.text) / tokens:.2f} a token)"),
        ("bytes", f"{size:,} ({size / tokens:.2f} a token)"),
        ("ids (T,)", " ".join(map(str, cut.ids[:16])) + (" …" if tokens > 16 else "")),
        ("guessing at random", f"ln V = {math.log(cut.vocab_size):.4f} nats per token"),
        ("the same in bits per byte", f"{math.log2(cut.vocab_size):.4f} x {tokens} / {size} = {bits:.4f}"),
    )
    says = "A tokenizer cuts a text into pieces of a fixed vocabulary; the model sees their numbers alone."
    return Explanation("Tokens", says, "bits per byte = nats / ln 2 x tokens / bytes", numbers)


def explain_comparison(result: dict[str, Any] | None) -> Explanation | None:
    """What a vocabulary costs."""
    if result is None:
        return None
    numbers = [("preset", display(str(result["preset"])))]
    for row in result["rows"]:
        v, embedding = row["vocab_size"], row["embedding_parameters"]
        cost = f"{v:,} x {embedding // v} = {embedding:,}, {row['embedding_share']:.1%} of the model"
        numbers.append((f"{row['tokenizer']}: V x C", cost))
    says = (
        "A larger vocabulary cuts a text into fewer tokens, so a context of T tokens holds more of it; "
        "but each token has a row of C numbers in the embedding, which a small model pays dearly."
    )
    return Explanation("Tokenizers", says, "embedding = V x C parameters", tuple(numbers))


def explain_lesson(lesson: Lesson | None) -> Explanation | None:
    """A window of T tokens is T examples."""
    if lesson is None or not lesson.examples:
        return None
    last = lesson.examples[-1]
    window = (*last.input_ids, last.target_id)
    numbers = (
        ("line", "as typed" if lesson.number is None else f"{lesson.number:,}"),
        ("tokenizer", f"{lesson.tokenizer}, V = {lesson.vocab_size:,}"),
        ("T, examples", str(len(lesson.examples))),
        ("x (T,)", " ".join(map(str, window[:-1]))),
        ("y (T,)", " ".join(map(str, window[1:]))),
    )
    says = (
        "A window of T + 1 tokens is T training examples at once: after every beginning of it the model "
        "is asked for the token that comes next. The targets are the inputs, moved by one."
    )
    return Explanation("Training examples", says, "x = window[:-1]   y = window[1:]", numbers)
