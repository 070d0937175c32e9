"""The model process lays its vectors out: a beginning beside now, or a run's steps one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from gptlab_tui.insight.claims import Claim, cosines
from gptlab_tui.insight.embeddings import (
    Embedding,
    Of,
    cosine_at,
    embedding,
    embedding_at_start,
    first_tokens,
    likeness_by_distance,
    members,
    places_of,
)
from gptlab_tui.insight.flat import principal_plane, settle, unit
from gptlab_tui.insight.groups import togetherness
from gptlab_tui.insight.motion import embeddings_over_time, jittering, laying_out, measuring, moved
from gptlab_tui.insight.pictures import Method, measured, refuse_too_many
from gptlab_tui.model.open_run import OpenModel
from gptlab_tui.serving.job import Job
from gptlab_tui.serving.protocol import Message, pack_array

#: Tokens that are drawn, those of the lowest ids; neighbours of each that are told.
MOST, NEAR = 1000, 12
#: Values a side of a map of cosines, at most.
SIDE = 128


class Laying:
    """Answers requests about the vectors of the models that it is given.

    Both kinds of request have the same answers: `vectors` (whose they are), then of each step `frame`
    (neighbours and cosines), `settling` (points on their way), `measured` (the points, and what of them
    is to be believed).
    """

    def __init__(self, model: Callable[[Message], OpenModel]) -> None:
        self._model = model

    def embeddings(self, job: Job) -> Iterator[Message | None]:
        """`embeddings {run?, step?, of?, method?}`: frame 0 is the beginning, frame 1 is now.

        Both settle side by side, from the principal plane, which is there at once.
        """
        opened, of, method = self._asked(job)
        whole = embedding(opened, of)
        found = [_drawn(one) for one in (embedding_at_start(opened, of), whole)]
        yield _vectors(opened, found, method, len(whole.ids))
        points = [principal_plane(one.vectors).points(one.vectors) for one in found]
        divergences = [float("nan")] * len(found)
        for number, one in enumerate(found):
            yield _frame(number, one, points[number])
        if method == "tsne":
            settling = {number: settle(unit(one.vectors)) for number, one in enumerate(found)}
            while settling:
                for number, steps in list(settling.items()):
                    now = next(steps)
                    points[number], divergences[number] = now.points, now.divergence
                    yield _settling(number, now.points, now.iteration, now.iterations)
                    if now.settled:
                        del settling[number]
        for number, one in enumerate(found):
            yield _measured(number, one, method, points[number], divergences[number])

    def motion(self, job: Job) -> Iterator[Message | None]:
        """`motion {run?, step?, of?, method?}`: a frame for every step up to that one, aligned.

        Steps that cannot be read are left out, and named by `passed_over` of `vectors`. Last comes
        `moved`: for each step what it changed, in all dimensions and in the picture.
        """
        opened, of, method = self._asked(job)
        most = MOST if of != "positions" else opened.config.model.block_size
        missing: list[int] = []
        found = embeddings_over_time(
            opened,
            of,
            most,
            stopped=lambda: job.is_cancelled,
            passed_over=lambda step, why: missing.append(step),
        )
        for one in found:
            refuse_too_many(one)
        yield {**_vectors(opened, found, method, len(embedding(opened, of).ids)), "passed_over": missing}
        points: list[np.ndarray] = []
        begun = -1
        for laid in laying_out([one.vectors for one in found], method):
            one = found[laid.number]
            if laid.number > begun:
                begun = laid.number
                yield _frame(begun, one, laid.points)
            if laid.done:
                points.append(laid.points)
                yield _measured(laid.number, one, method, laid.points, float("nan"))
            else:
                yield _settling(laid.number, laid.points, laid.iteration, laid.iterations)
        motion = yield from measuring(found)
        alone = (yield from jittering(found[-1].vectors, points[-1])) if method == "tsne" else 0.0
        yield {
            "kind": "moved",
            "drift": motion.drift.mean(axis=1).tolist(),
            "new_neighbours": motion.new_neighbours.tolist(),
            "final_neighbours": motion.final_neighbours.tolist(),
            "silhouette": [None if np.isnan(value) else float(value) for value in motion.silhouettes],
            "all_pairs": motion.everybody.tolist(),
            "picture": moved(points).tolist(),
            "jitter": alone,
        }

    def group(self, job: Job) -> Iterator[Message | None]:
        """`embedding_group {run?, step?, of?, text, steps?}`: the members of a group, and how close they are.

        Answers `group` with their ids, and for two or more how close they are in the beginning (`start`)
        and now (`now`), each as claims of their mean cosine and of who is nearest, with what chance gives
        and what that is (`drawn`); else None. As in the pictures only so many tokens are looked at. With
        `steps` and two or more `group_course` follows: the mean cosine at each of them.
        """
        opened, of, _ = self._asked(job)
        text = str(job.request["text"])
        ids = members(opened, of, text)
        answer: Message = {
            "kind": "group",
            "run": opened.run.name,
            "step": opened.step,
            "of": of,
            "text": text,
            "ids": list(ids),
            "start": None,
            "now": None,
        }
        if len(ids) > 1:
            start, now = (
                togetherness(drawn, places_of(drawn, ids))
                for drawn in (
                    _drawn(one, ids) for one in (embedding_at_start(opened, of), embedding(opened, of))
                )
            )
            answer |= {
                "start": [_claim(start.cosine), _claim(start.near)],
                "now": [_claim(now.cosine), _claim(now.near)],
                "drawn": now.drawn,
            }
        yield answer
        steps = [int(step) for step in job.request.get("steps") or ()]
        if len(ids) > 1 and steps:
            course = []
            for step in steps:
                course.append(cosine_at(opened, step, of, ids))
                yield None
            yield {"kind": "group_course", "text": text, "steps": steps, "cosines": course}

    def _asked(self, job: Job) -> tuple[OpenModel, Of, Method]:
        of, method = job.request.get("of", "tokens"), job.request.get("method", "tsne")
        return (
            self._model(job.request),
            "positions" if of == "positions" else "head" if of == "head" else "tokens",
            "pca" if method == "pca" else "tsne",
        )


def _drawn(found: Embedding, also: Sequence[int] = ()) -> Embedding:
    """As many as one draws, and those in `also`. Raises GPTLabError for too long a context."""
    kept = found if found.of == "positions" else first_tokens(found, MOST, also)
    refuse_too_many(kept)
    return kept


def _vectors(opened: OpenModel, found: Sequence[Embedding], method: Method, count: int) -> Message:
    last = found[-1]
    return {
        "kind": "vectors",
        "run": opened.run.name,
        "step": opened.step,
        "of": last.of,
        "method": method,
        "ids": list(last.ids),
        "names": list(last.names),
        "classes": list(last.classes),
        "count": count,
        "dimensions": int(last.vectors.shape[1]),
        "steps": [one.step for one in found],
    }


def _frame(number: int, found: Embedding, points: np.ndarray) -> Message:
    """What the vectors of one step are to each other, and where they are to begin with."""
    table = cosines(found.vectors)
    others = table - np.diag(np.full(len(table), np.inf))
    order = np.argsort(-others, axis=1, kind="stable")[:, : min(NEAR, len(table) - 1)]
    factor = max(1, -(-len(table) // SIDE))
    return {
        "kind": "frame",
        "number": number,
        "step": found.step,
        "origin": found.origin,
        "near": order.tolist(),
        "cosines": pack_array(np.take_along_axis(table, order, axis=1)),
        "map": pack_array(_blocks(table, factor)),
        "factor": factor,
        "by_distance": likeness_by_distance(found.vectors).tolist() if found.of == "positions" else [],
        "points": pack_array(points),
    }


def _settling(number: int, points: np.ndarray, iteration: int, iterations: int) -> Message:
    return {
        "kind": "settling",
        "number": number,
        "points": pack_array(points),
        "iteration": iteration,
        "iterations": iterations,
    }


def _measured(
    number: int, found: Embedding, method: Method, points: np.ndarray, divergence: float
) -> Message:
    picture = measured(found, method, points, divergence)
    return {
        "kind": "measured",
        "number": number,
        "points": pack_array(points),
        "divergence": None if np.isnan(divergence) else float(divergence),
        "shares": list(picture.shares),
        "claims": [_claim(claim) for claim in picture.claims],
    }


def _claim(claim: Claim) -> list[str | float]:
    chance = claim.chance
    return [claim.name, claim.where, claim.value, chance.mean, chance.low, chance.high, chance.p]


def _blocks(table: np.ndarray, factor: int) -> np.ndarray:
    """The means of blocks of so many places a side."""
    edges = np.arange(0, len(table), factor)
    sums = np.add.reduceat(np.add.reduceat(table, edges, axis=0), edges, axis=1)
    sizes = np.diff(np.append(edges, len(table)))
    means: np.ndarray = sums / np.outer(sizes, sizes)
    return means
