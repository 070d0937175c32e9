"""The model process looks for a text in the training text: how long its runs are, and where they stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gptlab_tui.errors import GPTLabError
from gptlab_tui.insight.memory import LENGTHS, Memory, remember, remember_held_out, shares
from gptlab_tui.runs.layout import find_run
from gptlab_tui.serving.background import Stopped, Tell, in_background
from gptlab_tui.serving.job import Job
from gptlab_tui.serving.protocol import Message
from gptlab_tui.text.run_text import index_of_run
from gptlab_tui.text.text_index import find_text_index

if TYPE_CHECKING:
    from gptlab_tui.home import Home
    from gptlab_tui.serving.desk import Desk

#: The shortest run that is told as one, in characters.
SHORTEST = 8
#: Bytes of the training text around a run, on each side.
AROUND = 4096


def memory(desk: Desk, job: Job) -> Iterator[Message | None]:
    """`memory {run, prompt}`: what of a text stands in the run's training text.

    Answers `progress {said}` while the training text is sorted, which is done once, then `memory`:
    `covers` (of each character the longest run that it is part of), `runs` as [start, length, place],
    the longest first, and `shares` as [length, share, share of the held-out text]. Raises GPTLabError
    where there is no text, or the run's is gone.
    """
    text, home, run = str(job.request["prompt"]), desk.home, str(job.request["run"])
    if not text:
        raise GPTLabError("There is no text to look for.", 'Give one, such as "A figura é poética".')

    def work(tell: Tell, stopped: Stopped) -> tuple[Memory, Memory] | None:
        def say(done: int, whole: int) -> None:
            tell({"kind": "progress", "said": f"sorts the training text, once: {done / max(1, whole):.0%}"})

        index = index_of_run(_request(home, run), home, say, stopped)
        if index is None:
            return None
        tell({"kind": "progress", "said": "compares with the training text"})
        found = remember(index, text, stopped)
        held_out = remember_held_out(index, stopped) if found is not None else None
        return None if found is None or held_out is None else (found, held_out)

    both = yield from in_background(job, work)
    if both is None:
        return
    found, held_out = both
    runs = sorted((one for one in found.longest_runs() if one[1] >= SHORTEST), key=lambda one: -one[1])
    yield {
        "kind": "memory",
        "text": text,
        "covers": found.covers.tolist(),
        "runs": [[start, length, int(found.places[start])] for start, length in runs],
        "shares": [list(one) for one in zip(LENGTHS, shares(found), shares(held_out), strict=True)],
        "held_out_characters": len(held_out.text),
        "corpus": _request(home, run)["corpus"]["name"],
    }


def source(desk: Desk, job: Job) -> Iterator[Message | None]:
    """`memory_source {run, place, size}`: `source {line, before, after}`, what stands around a run there.

    `place` and `size` are bytes of the training part. Raises GPTLabError where its index is gone.
    """
    place, size = int(job.request["place"]), int(job.request["size"])
    corpus = _request(desk.home, str(job.request["run"]))["corpus"]
    index = find_text_index(corpus["digest"], corpus["val_start"], desk.home)
    if index is None:
        raise GPTLabError("The sorted training text is gone.", "Open the view again: it is made anew.")
    yield {
        "kind": "source",
        "place": place,
        "line": index.line_of(place),
        "before": index.read(place - AROUND, place),
        "after": index.read(place + size, place + size + AROUND),
    }


def _request(home: Home, run: str) -> Message:
    return find_run(home, run).read_training_request()
