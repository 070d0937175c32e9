"""What `e` says in the pane Generate: formulas with the numbers of the token at the cursor."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from gptlab_tui.explain.explanation import Explanation
from gptlab_tui.render.units import counted
from gptlab_tui.tui.panes.generate.bars import name_of
from gptlab_tui.tui.panes.generate.knobs import BY_NAME, KNOBS, shown, written
from gptlab_tui.tui.panes.generate.story import Story

_SHOWN = 4


def next_token(prediction: Mapping[str, Any]) -> Explanation:
    """Logits, temperature and softmax of the best tokens; entropy, funnel and luck."""
    temperature = float(prediction["temperature"])
    tokens = prediction["tokens"]
    numbers: list[tuple[str, str]] = []
    for one in tokens[:_SHOWN]:
        scaled = f" / {temperature:g} = {one['logit'] / temperature:.3f}" if temperature > 0.0 else ""
        numbers.append(
            (
                f"“{name_of(one['piece'], 'braille')}”",
                f"logit {one['logit']:.3f}{scaled}; p {one['raw']:.5f} → {one['probability']:.5f}",
            )
        )
    numbers.append(
        (
            "entropy H",
            f"{prediction['entropy_raw']:.3f} → {prediction['entropy']:.3f} bits: as unsure as between"
            f" {2 ** prediction['entropy_raw']:.1f} → {2 ** prediction['entropy']:.1f} equal tokens",
        )
    )
    numbers += [
        (
            f"after {row['filter']}",
            f"{counted(row['candidates'], 'candidate')}, {row['mass']:.4f} of the model's mass",
        )
        for row in prediction["funnel"]
    ]
    drawn = next((one for one in tokens if one["id"] == prediction["drawn"]), None)
    if drawn is not None:
        numbers.append(
            (
                "luck",
                f"u = {prediction['luck']:.6f} draws “{name_of(drawn['piece'], 'braille')}”, "
                f"rank {drawn['rank']}",
            )
        )
    return Explanation(
        "The next token",
        "The model gives a logit to each of the "
        f"{prediction['vocab_size']:,} tokens, from the {prediction['in_sight']:,} before. "
        "Divided by the temperature T, softmax makes probabilities of them; the filters of the chain "
        "take candidates away. The token is the first whose cumulative share, by id, exceeds the luck "
        "u of (seed, sample, place).",
        "p(i) = exp(z_i/T) / sum_j exp(z_j/T)      H = −sum p log₂ p",
        tuple(numbers),
        f"{prediction['run']}, step {prediction['step']:,}",
    )


def text(story: Story, title: str = "") -> Explanation:
    """How probable the text was to the model, and the token under the cursor; `title` says which it is."""
    node, path = story.here, story.path
    numbers: list[tuple[str, str]] = [("text", title)] if title else []
    numbers.append(("tokens", f"{story.start:,} of the prompt, {len(path):,} written"))
    for name, nodes in (("the prompt", story.trunk[1:]), ("the text", path)):
        if nodes and all(one.rank for one in nodes):
            bits = [-math.log2(max(one.raw, 1e-300)) for one in nodes]
            mean = sum(bits) / len(bits)
            said = f"{mean:.3f} bits a token, {mean * math.log(2):.3f} nats; perplexity 2^{mean:.3f} = "
            numbers.append((f"surprise of {name}", f"{said}{2**mean:.2f}"))
    if node.rank:
        numbers.append(
            (
                f"“{name_of(node.piece, 'braille')}”",
                f"−log₂ {node.raw:.4f} = {-math.log2(max(node.raw, 1e-300)):.2f} bits; rank {node.rank}",
            )
        )
        numbers.append(("entropy there", f"{node.entropy:.3f} bits, the surprise to expect"))
    return Explanation(
        "The text",
        "Each token after the prompt was drawn from the model's distribution at its place, given all "
        "before it. Its surprise says how unlikely it was to the model itself, before any filter. The "
        "prompt was not drawn, but the model read it and had expected something at each place as well: "
        "all but the first token, which has nothing before it.",
        "surprise = −log₂ p(token | text before)",
        tuple(numbers),
        f"{story.run}, step {story.step:,}",
    )


def knobs(values: Mapping[str, Any], own: Mapping[str, Any]) -> Explanation:
    """The chain in its order, and what differs from the run's own knobs."""
    chain = values["chain"]
    numbers = [("chain", " → ".join(chain)), ("in short", shown(BY_NAME["chain"], chain))]
    numbers += [
        (knob.title, f"{written(knob, own[knob.name])} → {written(knob, values[knob.name])}")
        for knob in KNOBS
        if knob.name in own and values[knob.name] != own[knob.name]
    ]
    return Explanation(
        "The knobs",
        "Logits go through the filters of the chain in its order; the order matters. Penalties look at "
        "the text so far, temperature sharpens or flattens, top-k, top-p, min-p and typical rule tokens "
        "out. The same seed gives the same luck at each place, whatever the knobs.",
        "logits → chain → softmax → draw",
        tuple(numbers),
    )
