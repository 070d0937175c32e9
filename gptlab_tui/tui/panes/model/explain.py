"""What `e` and `y` say of the pane Model: formulas with numbers, and the command that prints the same."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence

from gptlab_tui.explain import walk, weights
from gptlab_tui.explain.explanation import Explanation
from gptlab_tui.insight.numbers import Statistics
from gptlab_tui.model.head_names import names_of
from gptlab_tui.render.heat import Way
from gptlab_tui.render.units import share
from gptlab_tui.render.walk import number
from gptlab_tui.tui.panes.model.walk_told import which
from gptlab_tui.tui.panes.model.walked import Seen, Steps
from gptlab_tui.tui.panes.model.weights_told import About, unit_lines


def weights_command(about: About, step: object, gradients: bool, way: Way) -> str:
    """The command that prints the tensor under the cursor, or of a module the whole model."""
    name = about.node.tensor
    words = ["gptlab", "inspect", "weights", *([name] if name else []), "--run", about.tree.run]
    words += ["--step", str(about.tree.step)] if step is not None else []
    words += ["--gradients"] if gradients and name else []
    return shlex.join([*words, *(["--ascii"] if way == "ascii" else [])])


def walk_command(
    text: str, steps: Steps | None, seen: Seen | None, step: object, unknown: str, way: Way
) -> str:
    """The command that prints the walk with the numbers of the same token and head."""
    words = ["gptlab", "inspect", "walk"]
    if steps is not None:
        words += ["--run", steps.run, *(["--step", str(steps.step)] if step is not None else [])]
        words += ["--without-heads", ",".join(names_of(steps.off))] if steps.off else []
        words += ["--layer", str(steps.layer)]
    if seen is not None:
        words += ["--head", str(seen.head)] if seen.head else []
        words += ["--position", str(seen.position + 1)]
    words += ["--explain", *(["--unknown", unknown] if unknown != "error" else [])]
    words += ["--ascii"] if way == "ascii" else []
    return shlex.join([*words, *(["--"] if text.startswith("-") else []), text])


def of_weights(about: About) -> Explanation:
    """The tensor under the cursor: what it is for, and its statistics with their formulas."""
    node, weight = about.node, about.weight
    numbers = [
        ("model", f"{about.tree.run}, step {about.tree.step:,}"),
        ("parameters", f"{node.parameters:,}, {share(node.parameters, about.tree.parameters)} of all"),
    ]
    if weight is None:
        numbers += [("built of", ", ".join(about.tree.facts))] if not node.path else []
        numbers += [("units", "; ".join(unit_lines(about)))] if about.is_of_units else []
        formula = (
            "a unit is dead where its activation is off for every token of the text,\n"
            "saturated where it is open for all: then it chooses nothing"
        )
        return Explanation(
            node.path or "The whole model",
            weights.sentence(node.path),
            formula if about.is_of_units else "",
            tuple(numbers),
            "model/gpt.py; insight/units.py.",
        )
    numbers += [("shape", " x ".join(map(str, weight.shape))), *_statistics(weight.about)]
    if weight.rank is not None:
        numbers += [
            ("rank", f"{weight.rank.rank:,} of at most {min(weight.shape[-2:]):,}"),
            ("stable", f"{weight.rank.stable:.2f}"),
        ]
    numbers.append(("a place of the map", f"{weight.high} x {weight.wide} numbers, the one furthest from 0"))
    return Explanation(
        node.path,
        weights.sentence(node.path),
        "norm   = sqrt(sum of w^2)\n"
        "near 0 = share of the |w| up to deviation / 10\n"
        "rank   = how many singular values s are larger than rounding makes of 0\n"
        "stable = sum of s^2 / largest s^2: how many carry it",
        tuple(numbers),
        "insight/numbers.py, insight/weights.py; init: model/initial.py.",
    )


def of_past(about: About) -> Explanation:
    """How large a tensor and its gradient were."""
    past, name = about.past, about.node.tensor
    numbers = [("model", f"{about.tree.run}, step {about.tree.step:,}")]
    if past is not None and past.steps and name in past.norms:
        norms = past.norms[name]
        numbers.append(("norm", f"{number(norms[0])} at step {past.steps[0]:,}, {number(norms[-1])} at last"))
        if name in past.gradients:
            own = zip(past.steps, past.gradients[name], strict=True)
            known = [(step, norm) for step, norm in own if math.isfinite(norm)]
            ends = [f"{number(norm)} at step {step:,}" for step, norm in (*known[:1], *known[1:][-1:])]
            numbers.append(("its gradient", ", ".join(ends)))
    return Explanation(
        "Over the training",
        "A tensor grows as long as its gradient points one way, and shrinks by weight decay. What the run"
        " recorded are snapshots of the weights, and in its journal the norm of the whole gradient.",
        "norm          = sqrt(sum of w^2) at every snapshot\n"
        "its gradient  = the same of dL/dw, on 32 windows of the training text\n"
        "all gradients = mean since the snapshot before, before clipping",
        tuple(numbers),
        "insight/weights.py.",
    )


def of_walk(steps: Steps, seen: Seen, way: Way) -> Explanation:
    """The step under the cursor with its formula, shape and statistics."""
    step = steps.steps[seen.place]
    numbers: list[tuple[str, str]] = [("model", f"{steps.run}, step {steps.step:,}")]
    if steps.off:
        numbers.append(("heads off", ", ".join(names_of(steps.off))))
    if step.axes:
        numbers.append(("shape", walk.named_shape(step.axes, step.shape)))
        numbers.append(("shown", which(steps, seen, way)))
    if seen.row_about is not None and step.axes not in ("T", "C"):
        numbers += [(f"row: {name}", value) for name, value in _statistics(seen.row_about)[:2]]
    if seen.about is not None:
        numbers += [(f"all: {name}", value) for name, value in _statistics(seen.about)[:4]]
    numbers += [(name, number(value)) for name, value in seen.beside]
    exact = "exactly" if steps.difference == 0 else f"to {steps.difference:.1e}"
    numbers.append(("against the model", f"the logits are its own {exact}"))
    says = " ".join(one for one in (walk.sentence(step.name), step.note) if one)
    return Explanation(
        f"{step.where} {step.name}".strip(),
        says,
        f"{step.name} = {step.formula}",
        tuple(numbers),
        "insight/walk.py, walk_block.py: the operations of model/gpt.py one by one.",
    )


def _statistics(found: Statistics) -> Sequence[tuple[str, str]]:
    return (
        ("mean", number(found.mean)),
        ("deviation", number(found.deviation)),
        ("min", number(found.minimum)),
        ("max", number(found.maximum)),
        ("norm", number(found.norm)),
        ("near 0", share(found.near_zero)),
        *([("not finite", f"{found.not_finite:,}")] if found.not_finite else []),
    )
