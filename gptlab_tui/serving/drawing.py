"""The model process draws many times from a distribution: its own under the knobs, or one that was typed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from gptlab_tui.sampling.settings import change_knobs
from gptlab_tui.sampling.tokens import piece_of
from gptlab_tui.sampling.trial import Trial, chain_trials, largest_deviation, trials
from gptlab_tui.serving.asked import text_of
from gptlab_tui.serving.background import Stopped, Tell, in_background
from gptlab_tui.serving.job import Job
from gptlab_tui.serving.protocol import Message

if TYPE_CHECKING:
    from gptlab_tui.serving.desk import Desk


def draws(desk: Desk, job: Job) -> Iterator[Message | None]:
    """`draws {probs | run, step, ids, start, knobs; temperatures, draws, seed?, best?}`.

    Answers `draws {trials, outcomes, of}`: for each temperature (0 is always the largest) the entropies
    in bits, Pearson's test, the largest deviation, and the likeliest outcomes as [label, probability,
    drawn, expected, spread], those that are left as one. Raises GPTLabError as `sampling.trial` does.
    """
    request = job.request
    temperatures = [float(value) for value in request["temperatures"]]
    count, seed, best = int(request["draws"]), int(request.get("seed", 0)), int(request.get("best", 8))
    if "probs" in request:
        chances = [float(value) for value in request["probs"]]
        labels = [str(number) for number in range(len(chances))]
        made = yield from in_background(job, lambda tell, stopped: trials(chances, temperatures, count, seed))
        order = list(range(len(chances)))
    else:
        loaded = desk.loaded(request)
        opened, tokenizer = loaded.opened, loaded.opened.tokenizer
        text = text_of(request, opened)
        ids, logits = text.ids, (yield from loaded.logits_after(text.ids, text.start))
        labels = [piece_of(token, tokenizer) for token in range(tokenizer.vocab_size)]
        knobs = change_knobs(opened.config.sample, request.get("knobs", {}))

        def work(tell: Tell, stopped: Stopped) -> list[Trial]:
            return chain_trials(logits, ids, knobs, tokenizer, temperatures, count, seed)

        made = yield from in_background(job, work)
        hottest = max(made, key=lambda trial: trial.temperature).probabilities
        order = sorted(range(len(labels)), key=lambda at: (-hottest[at], at))
    yield {
        "kind": "draws",
        "trials": [_told(trial, labels, order[:best]) for trial in made],
        "outcomes": len(labels),
        "draws": count,
        "seed": seed,
    }


def _told(trial: Trial, labels: Sequence[str], order: Sequence[int]) -> Message:
    far = largest_deviation(trial)
    rows: list[list[Any]] = [
        [
            labels[at],
            float(trial.probabilities[at]),
            int(trial.counts[at]),
            float(trial.expected[at]),
            float(trial.spread[at]),
        ]
        for at in order
    ]
    total, left = int(trial.counts.sum()), max(0.0, 1.0 - sum(row[1] for row in rows))
    others = None
    if len(order) < len(labels):
        seen = total - sum(row[2] for row in rows)
        others = [left, seen, left * total, (left * (1 - left) * total) ** 0.5]
    return {
        "temperature": trial.temperature,
        "entropy_bits": trial.entropy_bits,
        "drawn_entropy_bits": trial.drawn_entropy_bits,
        "chi_square": trial.fit.chi_square,
        "freedom": trial.fit.freedom,
        "p": trial.fit.p,
        "deviation": None if far is None else [labels[far.outcome], far.size, far.usual],
        "rows": rows,
        "others": others,
    }
