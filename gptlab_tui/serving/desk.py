"""What the model process can do: the models that it holds, and a handler for each kind of request."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from functools import partial
from typing import Literal, TypeAlias

import torch

from gptlab_tui.home import Home
from gptlab_tui.model.head_names import Heads, ordered
from gptlab_tui.model.open_run import OpenModel, Step, best_step, open_model, refuse_damage, with_heads_off
from gptlab_tui.runs.layout import Run, find_run
from gptlab_tui.runs.manifest import valid_steps
from gptlab_tui.sampling.choose import open_newest
from gptlab_tui.sampling.decoder import WORTH_SEVERAL_CORES
from gptlab_tui.serving import (
    attending,
    counting,
    depth,
    drawing,
    embedding,
    heading,
    predicting,
    remembering,
    scoring,
    surprising,
    walking,
    weighing,
    writing,
)
from gptlab_tui.serving.job import Handler, Job
from gptlab_tui.serving.protocol import Message
from gptlab_tui.serving.reading import LoadedModel

#: Path of the run, step, what is off, and what tells one `run.json` from another: its inode, its time in ns.
_Key: TypeAlias = tuple[str, int, Heads, int, int]
#: Models that stay open: two side by side, the one before, and each without some of its heads.
_KEPT = 6
#: More than this many of them do only where they are small, in bytes of parameters.
_LARGE_KEPT, _SMALL_BYTES = 3, 256 << 20


class Desk:
    """Holds open models, each with what it has read; the newest one in use stays longest."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._loaded: OrderedDict[_Key, LoadedModel] = OrderedDict()
        self._newest: tuple[_Key, OpenModel] | None = None
        self._threads = torch.get_num_threads()

    def handlers(self) -> dict[str, Handler]:
        """Request -> who answers it."""
        heads = attending.Attending(self.model)
        vectors = embedding.Laying(self.model)
        weights = weighing.Weighing(partial(self.model, may_be_damaged=True), self.home)
        return {
            "open": self.open,
            "predict": partial(predicting.predict, self),
            "write": partial(writing.write, self),
            "score": partial(scoring.score, self),
            "attention": heads.attention,
            "attention_row": heads.row,
            "head_scores": partial(heading.scores, self),
            "head_repeated": heading.Repeating(self.model).repeated,
            "head_losses": partial(heading.losses, self),
            "lens": partial(depth.depth, self),
            "counts": partial(counting.count, self),
            "draws": partial(drawing.draws, self),
            "memory": partial(remembering.memory, self),
            "memory_source": partial(remembering.source, self),
            "surprise": partial(surprising.surprised, self),
            "held_out": partial(surprising.held_out, self),
            "difference": partial(surprising.differ, self),
            "embeddings": vectors.embeddings,
            "motion": vectors.motion,
            "embedding_group": vectors.group,
            "model_tree": weights.tree,
            "model_weight": weights.weight,
            "model_past": weights.past,
            "model_units": weights.units,
            "walk": walking.Walking(self.model).walk,
        }

    def open(self, job: Job) -> Iterator[Message | None]:
        """`open {run?, step?, prompt?}`: what the model is."""
        yield {"kind": "opened", **about(self.model(job.request))}

    def model(self, request: Message, *, may_be_damaged: bool = False) -> OpenModel:
        """The model that a request names by `run` and `step`; see `loaded`."""
        return self.loaded(request, may_be_damaged=may_be_damaged).opened

    def loaded(self, request: Message, *, may_be_damaged: bool = False) -> LoadedModel:
        """The same with what it has read.

        `step` is a number, "best", or None for the newest checkpoint; without a `run` it is the newest
        model that has the characters of the `prompt`. The heads in `off`, pairs of layer and head, are
        switched off. Raises GPTLabError where there is none, or where its weights are not finite.
        """
        off = ordered(request.get("off") or ())
        if off:
            whole = self.loaded({**request, "off": ()}, may_be_damaged=may_be_damaged).opened
            known = self._loaded.get(_key(whole.run, whole.step, off))
            return self._keep(known.opened if known is not None else with_heads_off(whole, off))
        step = _step(request.get("step"))
        if request.get("run") is None:
            already = self._still_newest() if step is None else None
            opened = open_newest(self.home, str(request.get("prompt", "")), step, "cpu", already)
            if step is None:
                self._newest = _key(opened.run, opened.step), opened
            return self._keep(opened)
        run = find_run(self.home, str(request["run"]))
        number = best_step(run) if step == "best" else step if step is not None else _newest_step(run)
        known = self._loaded.get(_key(run, number if number is not None else -1))
        opened = known.opened if known is not None else open_model(run, step, "cpu", may_be_damaged=True)
        if not may_be_damaged:
            refuse_damage(opened)
        return self._keep(opened)

    def _keep(self, opened: OpenModel) -> LoadedModel:
        key = _key(opened.run, opened.step, opened.off)
        loaded = self._loaded.get(key)
        if loaded is None or loaded.opened.digest != opened.digest:
            loaded = self._loaded[key] = LoadedModel(opened)
        self._loaded.move_to_end(key)
        while len(self._loaded) > (_KEPT if self._are_small() else _LARGE_KEPT):
            self._loaded.popitem(last=False)
        self._fit_threads()
        return loaded

    def _still_newest(self) -> OpenModel | None:
        """The newest model that was opened, unless its run has a newer checkpoint, or is another by now."""
        if self._newest is None:
            return None
        key, opened = self._newest
        step = _newest_step(opened.run)
        return opened if key == _key(opened.run, -1 if step is None else step) else None

    def _are_small(self) -> bool:
        """Whether the models that are open are small together; what two of them share counts once."""
        models = [loaded.opened.model for loaded in self._loaded.values()]
        tensors = {id(one): one for model in models for one in model.parameters()}
        return sum(one.numel() * one.element_size() for one in tensors.values()) <= _SMALL_BYTES

    def _fit_threads(self) -> None:
        """One thread unless a model is large, for as long as it is: to change at each token is slow."""
        sizes = (
            sum(one.numel() for one in loaded.opened.model.parameters()) for loaded in self._loaded.values()
        )
        threads = self._threads if max(sizes, default=0) >= WORTH_SEVERAL_CORES else 1
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)


def about(opened: OpenModel) -> Message:
    """What a front needs to know of a model."""
    config = opened.config.model
    return {
        "run": opened.run.name,
        "step": opened.step,
        "off": opened.off,
        "digest": opened.digest,
        "warnings": list(opened.warnings),
        "parameters": sum(parameter.numel() for parameter in opened.model.parameters()),
        "vocab_size": opened.tokenizer.vocab_size,
        "tokenizer": opened.tokenizer.kind,
        "n_layer": config.n_layer,
        "n_head": config.n_head,
        "n_embd": config.n_embd,
        "block_size": config.block_size,
        "knobs": opened.config.sample.model_dump(mode="json"),
    }


def _key(run: Run, step: int, off: Heads = ()) -> _Key:
    """What tells a model from all others: a name may have been given to another run since."""
    try:
        found = run.run_json.stat()
    except OSError:
        return (str(run.path), step, off, 0, 0)
    return (str(run.path), step, off, found.st_ino, found.st_mtime_ns)


def _newest_step(run: Run) -> int | None:
    return max(valid_steps(run), default=None)


def _step(value: object) -> Step:
    if value == "best":
        best: Literal["best"] = "best"
        return best
    return value if isinstance(value, int) and not isinstance(value, bool) else None
