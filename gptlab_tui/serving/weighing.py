"""The model process tells what its models are made of: their tree, any weight, their past, their units."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict

import numpy as np

from gptlab_tui.home import Home
from gptlab_tui.insight.numbers import histogram, rank_of, statistics
from gptlab_tui.insight.units import TOKENS, Units, counting
from gptlab_tui.insight.weights import (
    Snapshot,
    gradients_by_snapshot,
    norms_by_snapshot,
    short,
    weight,
    whole_gradients,
)
from gptlab_tui.model.describe import describe_model
from gptlab_tui.model.open_run import OpenModel, refuse_damage
from gptlab_tui.render.matrix import is_signed, limit_of, pooled
from gptlab_tui.runs.snapshots import snapshot_steps
from gptlab_tui.serving.job import Job
from gptlab_tui.serving.protocol import Message, pack_array
from gptlab_tui.text.run_text import tokens_of_run

#: Rows and columns of a map that nobody said the size of.
_ROWS, _COLUMNS = 64, 128


class Weighing:
    """Answers requests about the weights of the models that it is given, which may be damaged."""

    def __init__(self, model: Callable[[Message], OpenModel], home: Home) -> None:
        self._model, self._home = model, home

    def tree(self, job: Job) -> Iterator[Message | None]:
        """`model_tree {run?, step?}`: the modules with every shape, and the parameters by part."""
        opened = self._model(job.request)
        described = describe_model(opened.model, opened.tokenizer.vocab_size)
        config = opened.config.model
        yield {
            "kind": "tree",
            "run": opened.run.name,
            "step": opened.step,
            "n_layer": config.n_layer,
            "n_head": config.n_head,
            "n_embd": config.n_embd,
            "block_size": config.block_size,
            "positions": config.positions,
            "activation": config.activation,
            **described.to_json(),
        }

    def weight(self, job: Job) -> Iterator[Message | None]:
        """`model_weight {run?, step?, name, rows?, columns?}`: a weight, pooled to so many places.

        A vector is a row. Its numbers come divided by `limit`, at which the colours end.
        """
        opened = self._model(job.request)
        name = short(str(job.request["name"]))
        values = weight(opened, name)
        matrix = values.reshape(-1, values.shape[-1])
        edges, counts = histogram(values)
        ranks = rank_of(matrix, opened.epsilon)
        yield {
            "kind": "weight",
            "run": opened.run.name,
            "step": opened.step,
            "name": name,
            "shape": list(values.shape),
            **map_of(matrix, job.request),
            "about": asdict(statistics(values)),
            "rank": None if ranks is None else [ranks.rank, ranks.stable],
            "edges": edges.tolist(),
            "counts": counts.tolist(),
        }

    def past(self, job: Job) -> Iterator[Message | None]:
        """`model_past {run?, step?, gradients?}`: the norm of every tensor at the run's snapshots.

        With `gradients`, also of its gradient there on the training text. `reading {of, done, count}` says
        how many snapshots were read, first for the norms, then for the gradients. `passed_over` are the
        steps that could not be read.
        """
        opened = self._model(job.request)
        wanted = bool(job.request.get("gradients"))
        count = len(snapshot_steps(opened.run))
        missing: set[int] = set()

        def pass_over(step: int, why: str) -> None:
            missing.add(step)

        readings: dict[str, Iterator[Snapshot | None]] = {"norms": norms_by_snapshot(opened.run, pass_over)}
        if wanted:
            text = self._text(opened)
            readings["gradients"] = gradients_by_snapshot(opened.run, text, passed_over=pass_over)
        found: list[dict[int, dict[str, float]]] = []
        for of, reading in readings.items():
            found.append({})
            for turn in reading:
                if turn is None:
                    yield None
                    continue
                step, norms = turn
                found[-1][step] = norms
                yield {"kind": "reading", "of": of, "done": len(found[-1]), "count": count}
        # Of a training that runs, a snapshot may have come or gone meanwhile.
        steps = sorted(set.intersection(*(set(one) for one in found)))
        yield {
            "kind": "past",
            "run": opened.run.name,
            "steps": steps,
            "norms": _by_name(found[0], steps),
            "gradients": _by_name(found[1], steps) if wanted else {},
            "whole": whole_gradients(opened.run, steps),
            "passed_over": sorted(missing),
        }

    def units(self, job: Job) -> Iterator[Message | None]:
        """`model_units {run?, step?}`: of the hidden units, which are dead, saturated, and how often on."""
        opened = self._model(job.request)
        refuse_damage(opened)  # no unit can be told to fire
        found: list[Units] | None = None
        for turn in counting(opened, self._text(opened)):
            found = turn
            yield None
        yield {
            "kind": "units",
            "run": opened.run.name,
            "step": opened.step,
            "layers": [
                {
                    "layer": one.layer,
                    "dead": one.dead,
                    "saturated": one.saturated,
                    "bounds": list(one.bounds),
                    "on": pack_array(np.sort(one.on)[::-1]),
                }
                for one in found or ()
            ],
        }

    def _text(self, opened: OpenModel) -> np.ndarray:
        """The first tokens of the run's training part; raises GPTLabError where its text is gone."""
        tokens = tokens_of_run(opened.run.read_training_request(), opened.tokenizer, self._home)
        return tokens.train[:TOKENS]


def _by_name(found: Mapping[int, Mapping[str, float]], steps: Sequence[int]) -> dict[str, list[float]]:
    """From step to name to norm: from name to the norms at these steps."""
    names = found[steps[0]] if steps else ()
    return {name: [found[step][name] for step in steps] for name in names}


def map_of(matrix: np.ndarray, request: Message) -> Message:
    """A matrix pooled to the `rows` and `columns` of a request, divided by the `limit` of what is left."""
    rows, columns = (
        max(1, int(request.get(name) or most)) for name, most in (("rows", _ROWS), ("columns", _COLUMNS))
    )
    small = pooled(matrix, rows, columns)
    limit = limit_of(small)  # of what is drawn: the largest of many numbers are larger than most
    return {
        "map": pack_array(np.where(np.isfinite(small), np.clip(small / limit, -2.0, 2.0), small)),
        "limit": limit,
        "signed": is_signed(matrix),
        "high": math.ceil(matrix.shape[0] / small.shape[0]),
        "wide": math.ceil(matrix.shape[1] / small.shape[1]),
    }
