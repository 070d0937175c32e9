"""The model process walks a text through a model, and tells of one tensor on the way after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

import numpy as np

from gptlab_tui.insight.numbers import statistics
from gptlab_tui.insight.walk import Walk, walk
from gptlab_tui.insight.walk_lines import Curve, Line
from gptlab_tui.model.open_run import OpenModel
from gptlab_tui.sampling.tokens import piece_of
from gptlab_tui.serving.asked import lacking_of, lacks, read_text
from gptlab_tui.serving.job import Job
from gptlab_tui.serving.protocol import Message
from gptlab_tui.serving.weighing import map_of

#: Numbers of a row that are told, and tokens of the vocabulary.
_ROW, _BEST = 256, 40
#: The steps that are put among those of the walk.
CURVE, SHARES = "activation's curve", "who wrote the stream"


@dataclass(frozen=True, slots=True, eq=False)
class Walked:
    """A walk in full through one layer, with what is put among its lines."""

    found: Walk
    layer: int
    lines: tuple[Line, ...]
    curve: Curve | None


class Walking:
    """Answers requests about one text after the other; the last walk is kept."""

    def __init__(self, model: Callable[[Message], OpenModel]) -> None:
        self._model = model
        self._key: tuple[object, ...] | None = None
        self._walked: Walked | None = None

    def walk(self, job: Job) -> Iterator[Message | None]:
        """`walk {run?, step?, off?, prompt | ids, unknown?, layer?, steps?, …}`: the steps, and one of them.

        Answers `lacking {characters, run}`; or first, unless `steps` is false, all `steps` through the
        layer, then the `line` that was asked for: by `where` (with `*` for the layer) and `name`, of
        `head` and `position`, its map pooled to `rows` and `columns`.
        """
        request = job.request
        opened = self._model(request)
        text = read_text(request, opened)
        if text.lacking:
            yield lacks(text.lacking, opened)
            return
        n_layer = opened.config.model.n_layer
        wanted = request.get("layer", 0)
        layer = min(wanted, n_layer - 1) if wanted >= 0 else max(0, n_layer + wanted)
        walked = self._read(opened, text.ids, layer)
        if request.get("steps", True):
            lacking = lacking_of(str(request.get("prompt", "")), opened)
            yield {"kind": "steps", "lacking": list(lacking), **_steps(opened, walked)}
        yield {"kind": "line", **_line(opened, walked, request)}

    def _read(self, opened: OpenModel, ids: tuple[int, ...], layer: int) -> Walked:
        key = (opened.digest, opened.off, ids, layer)
        if self._walked is None or self._key != key:
            found = walk(opened, ids, lambda number: number == layer)
            self._walked, self._key = with_pictures(found, layer), key
        return self._walked


def with_pictures(found: Walk, layer: int) -> Walked:
    """With the curve of the activation and the shares of all branches put where they belong."""
    curve = found.curves[0] if found.curves else None
    nothing = np.zeros(0, np.float32)
    lines = []
    for line in found.lines:
        if line.name == "activation" and curve is not None:
            lines.append(Line(line.where, CURVE, f"{curve.name}(x)", "", nothing))
        if line.where == "ln_f" and found.contributions and all(one.name != SHARES for one in lines):
            parts = np.stack([share for _, share in found.contributions])
            formula = "<part, stream> / <stream, stream>"
            lines.append(Line("", SHARES, formula, "P T", parts, "They sum to 1."))
        lines.append(line)
    return Walked(found, layer, tuple(lines), curve)


def _steps(opened: OpenModel, walked: Walked) -> Message:
    config, found = opened.config.model, walked.found
    return {
        "run": opened.run.name,
        "step": opened.step,
        "off": opened.off,
        "n_layer": config.n_layer,
        "n_head": config.n_head,
        "layer": walked.layer,
        "pieces": list(found.pieces),
        "dropped": found.dropped,
        "difference": found.difference,
        "difference_fast": found.difference_fast,
        "parts": [name for name, _ in found.contributions],
        "steps": [
            [line.where, line.name, line.formula, line.axes, list(line.values.shape), line.note]
            for line in walked.lines
        ],
    }


def _line(opened: OpenModel, walked: Walked, request: Message) -> Message:
    """One step: its map, the row of a token, and what else is told of it."""
    place = _place(walked, str(request.get("where", "")), str(request.get("name", "")))
    line, count = walked.lines[place], len(walked.found.ids)
    position = _within(request.get("position", -1), count)
    answer: Message = {"place": place, "position": position, "head": None}
    if line.name == CURVE and walked.curve is not None:
        curve, row = walked.curve, _before(walked, line)[position]
        return answer | {
            "curve": [curve.x.tolist(), curve.y.tolist(), curve.counts.tolist()],
            "row_about": _about(row),
            "beside": [["values", float(len(row))], ["above 0", float((row > 0).sum())]],
        }
    axes, values = line.axes.split(), line.values
    if axes[0] == "nh":
        answer["head"] = min(int(request.get("head", 0)), len(values) - 1)
        values = values[answer["head"]]
    finite = values[np.isfinite(values)]
    row = values if axes in (["T"], ["C"]) else values[:, position] if axes[0] == "P" else values[position]
    answer |= {
        "row": row.astype(float).tolist()[: _ROW if axes[-1] in ("C", "H", "hs", "V") else None],
        "row_about": _about(row),
        "about": _about(finite),
        "beside": _beside(walked, line, position),
    }
    if axes[0] != "P" and axes != ["T"]:
        answer |= map_of(values if values.ndim > 1 else values[None], request)
    if line.name in ("weights", "weights without scaling"):
        answer["other"] = _other(walked, line)[answer["head"]][position].astype(float).tolist()
    if axes[-1] == "V":
        answer["best"] = _best(opened, row)
    return answer


def _place(walked: Walked, where: str, name: str) -> int:
    """The step of that name, wherever it is if not there; else the first."""
    at = where.replace("*", str(walked.layer))
    named = [place for place, line in enumerate(walked.lines) if line.name == name]
    exact = [place for place in named if walked.lines[place].where == at]
    return (exact or named or [0])[0]


def _within(place: object, count: int) -> int:
    number = place if isinstance(place, int) else -1
    return count - 1 if number < 0 else min(number, count - 1)


def _about(values: np.ndarray) -> Message | None:
    finite = values[np.isfinite(values)]
    return asdict(statistics(finite)) if len(finite) else None


def _beside(walked: Walked, line: Line, position: int) -> list[list[str | float]]:
    """Of a norm, or of a layer's stream, what the same place says in one number a token."""
    return [
        [one.name, float(one.values[position])]
        for one in walked.lines
        if one.where == line.where and one.axes == "T" and one.where
    ]


def _other(walked: Walked, line: Line) -> np.ndarray:
    """Weights with the scaling where there are those without, and the other way round."""
    [other] = [
        one.values
        for one in walked.lines
        if one.where == line.where and one.name.startswith("weights") and one.name != line.name
    ]
    return other


def _before(walked: Walked, line: Line) -> np.ndarray:
    """What goes into the activation of a layer: (T, H)"""
    names = ("before activation", "gate")
    return next(one.values for one in walked.lines if one.where == line.where and one.name in names)


def _best(opened: OpenModel, row: np.ndarray) -> list[list[str | float]]:
    order = row.argsort(kind="stable")[::-1][:_BEST].tolist()
    return [[piece_of(token, opened.tokenizer), float(row[token])] for token in order]
