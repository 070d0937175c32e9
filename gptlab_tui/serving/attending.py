"""The model process looks at its own attention: the maps of all heads small, one of them whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from gptlab_tui.insight.attention import Attention, attend
from gptlab_tui.insight.links import entropy_bits, pool, strongest
from gptlab_tui.model.open_run import OpenModel
from gptlab_tui.serving.asked import lacking_of, lacks, read_text
from gptlab_tui.serving.job import Job
from gptlab_tui.serving.protocol import Message, pack_array

#: Weights a side of a small map, at most.
SMALL = 32
#: So many of the strongest links of the whole map come with it.
LINKS = 24


class Attending:
    """Answers requests about one text after the other; the last text stays read."""

    def __init__(self, model: Callable[[Message], OpenModel]) -> None:
        self._model = model
        self._known: tuple[object, ...] | None = None
        self._seen: Attention | None = None
        self._known_layer: tuple[object, ...] | None = None
        self._seen_layer: Attention | None = None

    def attention(self, job: Job) -> Iterator[Message | None]:
        """`attention {run?, step?, prompt | ids, unknown?, layer?, head?, heads?}`: a head, or their mean.

        Answers `lacking {characters, run}`; or first, unless `heads` is false, the maps of all heads and
        of each layer's mean, pooled, then the `map` that was asked for, with its products q k^T and what
        the positions add.
        """
        request = job.request
        opened = self._model(request)
        text = read_text(request, opened)
        if text.lacking:
            yield lacks(text.lacking, opened)
            return
        seen = self._read(opened, text.ids)
        if request.get("heads", True):
            lacking = lacking_of(str(request.get("prompt", "")), opened)
            yield {"kind": "heads", "lacking": list(lacking), **_heads(opened, seen)}
        layer, head = _within(opened, request.get("layer"), request.get("head"))
        yield {"kind": "map", **_map(seen, layer, head)}

    def row(self, job: Job) -> Iterator[Message | None]:
        """`attention_row {run?, step?, ids, layer?, head?}`: how the last token looked at all before it."""
        request = job.request
        opened = self._model(request)
        layer, head = _within(opened, request.get("layer"), request.get("head"))
        seen = self._read_layer(opened, request["ids"], layer)
        config = opened.config.model
        yield {
            "kind": "row",
            "run": opened.run.name,
            "step": opened.step,
            "off": opened.off,
            "n_layer": config.n_layer,
            "n_head": config.n_head,
            "head_width": config.n_embd // config.n_head,
            "ids": list(seen.ids),
            "dropped": seen.dropped,
            "layer": layer,
            "head": head,
            **_row(seen, layer, head),
        }

    def _read_layer(self, opened: OpenModel, ids: list[int], layer: int) -> Attention:
        """One layer, so that the next token of a long text is soon looked at as well."""
        if self._seen is not None and self._known == (opened.digest, opened.off, tuple(ids)):
            return self._seen
        key = (opened.digest, opened.off, tuple(ids), layer)
        if self._seen_layer is None or self._known_layer != key:
            self._seen_layer, self._known_layer = attend(opened, ids, layer), key
        return self._seen_layer

    def _read(self, opened: OpenModel, ids: tuple[int, ...]) -> Attention:
        key = (opened.digest, opened.off, ids)
        if self._seen is None or self._known != key:
            self._seen, self._known = attend(opened, ids), key
        return self._seen


def _heads(opened: OpenModel, seen: Attention) -> Message:
    config = opened.config.model
    all_maps = np.concatenate((seen.weights, seen.weights.mean(axis=1, keepdims=True)), axis=1)
    factor = max(1, -(-len(seen.ids) // SMALL))
    return {
        "run": opened.run.name,
        "step": opened.step,
        "off": opened.off,
        "n_layer": config.n_layer,
        "n_head": config.n_head,
        "n_embd": config.n_embd,
        "block_size": config.block_size,
        "positions": config.positions,
        "pieces": list(seen.pieces),
        "dropped": seen.dropped,
        "small": pack_array(pool(all_maps, factor)),
    }


def _map(seen: Attention, layer: int, head: int | None) -> Message:
    matrix = seen.matrix(layer, head)
    bias = None if seen.bias is None or head is None else seen.bias[head % len(seen.bias)]
    return {
        "layer": layer,
        "head": head,
        "weights": pack_array(matrix),
        "scores": None if head is None else pack_array(seen.scores(layer, head), exact=True),
        "bias": None if bias is None else pack_array(bias, exact=True),
        "entropy_bits": entropy_bits(matrix).tolist(),
        "links": [[link.query, link.key, link.weight] for link in strongest(matrix, LINKS)],
    }


def _row(seen: Attention, layer: int, head: int | None) -> Message:
    """The last row of a map, its q k^T with what the positions add apart."""
    weights = seen.matrix(layer, head)[-1:]
    bias = None if seen.bias is None or head is None else seen.bias[head % len(seen.bias)][-1]
    return {
        "weights": weights[0].tolist(),
        "scores": None if head is None else seen.scores(layer, head)[-1].tolist(),
        "bias": None if bias is None else bias.tolist(),
        "entropy_bits": float(entropy_bits(weights)[0]),
    }


def _within(opened: OpenModel, layer: object, head: object) -> tuple[int, int | None]:
    """A layer and a head that the model has: what another model had may be too much."""
    config = opened.config.model
    row = layer if isinstance(layer, int) else -1
    return (
        row % config.n_layer if row < config.n_layer else config.n_layer - 1,
        min(head, config.n_head - 1) if isinstance(head, int) and head >= 0 else None,
    )
