"""The model process reads its own depths out: what each layer would say next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from gptlab_tui.insight import linear_lens
from gptlab_tui.insight.lens import Lens, lens
from gptlab_tui.insight.linear_lens import LinearLens
from gptlab_tui.model.open_run import OpenModel
from gptlab_tui.sampling.tokens import piece_of
from gptlab_tui.serving.asked import lacks, read_text
from gptlab_tui.serving.background import Stopped, Tell, in_background
from gptlab_tui.serving.job import Job
from gptlab_tui.serving.protocol import Message, pack_array
from gptlab_tui.text.run_text import tokens_of_run

if TYPE_CHECKING:
    from gptlab_tui.home import Home
    from gptlab_tui.serving.desk import Desk


def depth(desk: Desk, job: Job) -> Iterator[Message | None]:
    """`lens {run?, step?, prompt | ids, unknown?, linear?}`: what every depth says at every token.

    Answers `lacking {characters, run}` or `lens`; see `_told`. A linear lens that is not there yet is
    trained first and kept, with answers `progress {said}`.
    """
    request = job.request
    opened = desk.model(request)
    text = read_text(request, opened)
    if text.lacking:
        yield lacks(text.lacking, opened)
        return
    maps = None
    if request.get("linear"):
        maps = linear_lens.kept(opened, desk.home)
        if maps is None:
            maps = yield from in_background(
                job, lambda tell, stopped: _trained(opened, desk.home, tell, stopped)
            )
            if maps is None:
                return
    yield {"kind": "lens", **_told(opened, lens(opened, text.ids, linear=maps), maps)}


def _trained(opened: OpenModel, home: Home, tell: Tell, stopped: Stopped) -> LinearLens | None:
    def say(step: int, steps: int, bits: float) -> None:
        said = f"trains a linear lens: {step} of {steps}, {bits:.2f} bits from the output"
        tell({"kind": "progress", "said": said})

    tell({"kind": "progress", "said": "reads the run's text"})
    tokens = tokens_of_run(opened.run.read_training_request(), opened.tokenizer, home)
    found = linear_lens.train(opened, tokens.train, tokens.val, stopped=stopped, tell=say)
    if found is not None:
        linear_lens.keep(found, opened, home)
    return found


def _lists(values: np.ndarray) -> list[Any]:
    """To four decimals, which is more than is shown."""
    rounded: list[Any] = np.round(values.astype(np.float64), 4).tolist()
    return rounded


def _told(opened: OpenModel, seen: Lens, maps: LinearLens | None) -> Message:
    """What was seen, arrays as (D, T) or (D, T, K); `words` has the text of every id that occurs."""
    words = {int(token) for token in seen.candidates.flat} | {int(token) for token in seen.best.flat}
    return {
        "run": opened.run.name,
        "step": opened.step,
        "depths": list(seen.depths),
        "pieces": list(seen.pieces),
        "ids": list(seen.ids),
        "dropped": seen.dropped,
        "n_embd": opened.config.model.n_embd,
        "vocab_size": opened.tokenizer.vocab_size,
        "best": seen.best.tolist(),
        "best_probability": _lists(seen.best_probability),
        "next_bits": pack_array(seen.next_bits, exact=True),
        "next_rank": seen.next_rank.tolist(),
        "entropy_bits": _lists(seen.entropy_bits),
        "divergence_bits": _lists(seen.divergence_bits),
        "candidates": seen.candidates.tolist(),
        "candidate_probability": pack_array(seen.candidate_probability),
        "words": {str(token): piece_of(token, opened.tokenizer) for token in sorted(words)},
        "training": None
        if maps is None
        else {"steps": maps.steps, "before": list(maps.before_bits), "after": list(maps.after_bits)},
    }
