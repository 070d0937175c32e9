"""The model process tells how surprised it is by each token of a text, alone or against another model."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from gptlab_tui.errors import GPTLabError
from gptlab_tui.insight.surprise import Surprise, surprise
from gptlab_tui.insight.surprise_difference import difference
from gptlab_tui.insight.surprise_parts import Part, by_class, by_context, by_frequency, by_position
from gptlab_tui.model.open_run import OpenModel
from gptlab_tui.serving.asked import lacking_of, lacks, read_text
from gptlab_tui.serving.background import Stopped, Tell, in_background
from gptlab_tui.serving.job import Job
from gptlab_tui.serving.protocol import Message
from gptlab_tui.text.escapes import escaped, escaped_piece
from gptlab_tui.text.run_text import tokens_of_run

if TYPE_CHECKING:
    from gptlab_tui.serving.desk import Desk


def surprised(desk: Desk, job: Job) -> Iterator[Message | None]:
    """`surprise {run?, step?, prompt | ids, unknown?}`: -log2 p of every token.

    Answers `lacking {characters, run}` or `surprise`, see `_told`; then `frequency {parts, reason}`,
    which needs the run's text.
    """
    request = job.request
    opened = desk.model(request)
    text = read_text(request, opened)
    if text.lacking:
        yield lacks(text.lacking, opened)
        return
    found = yield from _read(job, opened, text.ids)
    if found is None:
        return
    yield {"kind": "surprise", **_told(opened, found)}
    try:
        counts = yield from in_background(job, lambda tell, stopped: _counts(desk, opened))
    except GPTLabError as error:
        yield {"kind": "frequency", "parts": [], "reason": f"{error.message} {error.hint}".strip()}
    else:
        yield {"kind": "frequency", "parts": _parts(by_frequency(found, counts)), "reason": ""}


def differ(desk: Desk, job: Job) -> Iterator[Message | None]:
    """`difference {run?, step?, prompt, unknown?, against_run, against_step}`: two models.

    Answers `lacking {characters, run}` where the second lacks some, unless they are skipped, for both;
    or `difference`: the stretches that both cut alike, and what each model paid for them in bits.
    """
    request = job.request
    opened = desk.model(request)
    other = desk.model({"run": request["against_run"], "step": request["against_step"]})
    text = str(request["prompt"])
    lacking = lacking_of(text, other) if request.get("unknown") != "skip" else ()
    if lacking:
        yield lacks(lacking, other)
        return
    if request.get("unknown") == "skip":
        lacked = {*lacking_of(text, opened), *lacking_of(text, other)}
        text = "".join(character for character in text if character not in lacked)
    both = []
    for model in (opened, other):
        found = yield from _read(job, model, model.tokenizer.encode(text, request.get("unknown", "error")))
        if found is None:
            return
        both.append(found)
    apart, raw = difference(*both), text.encode()
    places = list(zip(apart.starts.tolist(), apart.ends.tolist(), strict=True))
    yield {
        "kind": "difference",
        "run": opened.run.name,
        "step": opened.step,
        "against_run": other.run.name,
        "against_step": other.step,
        "untold": escaped(raw[: places[0][0]]),
        "pieces": [escaped(raw[start:end]) for start, end in places],
        "bits": apart.first_bits.tolist(),
        "against_bits": apart.second_bits.tolist(),
        "bits_per_byte": list(apart.bits_per_byte),
        "size_bytes": apart.size_bytes,
    }


def held_out(desk: Desk, job: Job) -> Iterator[Message | None]:
    """`held_out {run?, step?, tokens}`: `held_out {text}`, the beginning of what the run never learnt."""
    opened, tokens = desk.model(job.request), int(job.request["tokens"])

    def work(tell: Tell, stopped: Stopped) -> str:
        files = tokens_of_run(opened.run.read_training_request(), opened.tokenizer, desk.home)
        return opened.tokenizer.decode(files.val[:tokens].astype(np.int32))

    text = yield from in_background(job, work)
    yield {"kind": "held_out", "text": text}


def _read(
    job: Job, opened: OpenModel, ids: Sequence[int] | np.ndarray
) -> Generator[Message | None, None, Surprise | None]:
    def work(tell: Tell, stopped: Stopped) -> Surprise | None:
        def say(done: int, targets: int) -> None:
            tell({"kind": "progress", "said": f"{opened.run.name} reads: {done:,} of {targets:,} tokens"})

        return surprise(opened, ids, stopped=stopped, tell=say)

    return (yield from in_background(job, work))


def _counts(desk: Desk, opened: OpenModel) -> np.ndarray:
    """How often each token is in the training part."""
    tokens = tokens_of_run(opened.run.read_training_request(), opened.tokenizer, desk.home)
    return np.bincount(tokens.train, minlength=opened.tokenizer.vocab_size)


def _told(opened: OpenModel, found: Surprise) -> Message:
    """Lists of N, one for each token; the first of the bits are None, since nothing came before it."""

    def text(token: int) -> str:
        return escaped_piece(token, opened.tokenizer) if token >= 0 else ""

    means, counts = by_position(found)
    return {
        "run": opened.run.name,
        "step": opened.step,
        "pieces": [text(int(token)) for token in found.ids],
        "bits": _numbers(found.bits),
        "entropy_bits": _numbers(found.entropy_bits),
        "context": found.context.tolist(),
        "best": [text(int(token)) for token in found.best],
        "best_bits": _numbers(found.best_bits),
        "size_bytes": found.size_bytes,
        "bits_per_token": found.bits_per_token,
        "bits_per_byte": found.bits_per_byte,
        "expected_bits": float(found.entropy_bits[1:].mean()),
        "position_bits": _numbers(means),
        "position_tokens": counts.tolist(),
        "class": _parts(by_class(found, opened.tokenizer)),
        "position": _parts(by_context(found)),
    }


def _numbers(values: np.ndarray) -> list[float | None]:
    return [None if np.isnan(value) else round(float(value), 4) for value in values]


def _parts(parts: Sequence[Part]) -> list[Message]:
    return [
        {
            "name": part.name,
            "tokens": part.tokens,
            "bits_per_token": part.bits_per_token,
            "bits_per_byte": part.bits_per_byte,
        }
        for part in parts
    ]
