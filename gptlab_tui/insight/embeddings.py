"""The vectors that a model keeps for its tokens and positions, at any step of its training."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

import numpy as np
from torch import Tensor

from gptlab_tui.errors import GPTLabError
from gptlab_tui.insight.claims import cosines
from gptlab_tui.insight.classes import class_of, position_classes
from gptlab_tui.insight.flat import unit
from gptlab_tui.model.initial import initial_value
from gptlab_tui.model.open_run import DamagedWeightsError, OpenModel, Step, find_weights, not_finite
from gptlab_tui.model.weights import load_tensor
from gptlab_tui.runs.manifest import valid_steps
from gptlab_tui.runs.snapshots import snapshot_steps
from gptlab_tui.text.escapes import escaped
from gptlab_tui.text.tokenizers import UnknownCharacterError

Of = Literal["tokens", "positions", "head"]
_PARAMETERS: dict[Of, str] = {
    "tokens": "transformer.wte.weight",
    "positions": "transformer.wpe.weight",
    "head": "lm_head.weight",
}
#: Why a model has no vectors for positions.
_NO_POSITIONS = {
    "rope": "turns queries and keys by angles instead (RoPE)",
    "alibi": "lowers scores by distance instead (ALiBi)",
    "relative": "learns a number for each distance instead (as T5)",
}


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """N vectors of one model at one step."""

    of: Of
    step: int
    origin: str
    """Empty for the run's own files; else where they come from, such as "drawn anew from seed 7"."""
    ids: tuple[int, ...]
    """Which tokens or positions."""
    vectors: np.ndarray
    """(N, C), 32-bit floats"""
    names: tuple[str, ...]
    r"""A token's text (a part of a character as escapes: `\xc3`), or a position's number."""
    classes: tuple[str, ...]
    """See `classes`."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another vector, and its cosine."""

    place: int
    cosine: float


def steps_of(opened: OpenModel) -> list[int]:
    """The steps whose weights are there, as checkpoints or snapshots, ascending."""
    return sorted({*valid_steps(opened.run), *snapshot_steps(opened.run)})


def embedding(opened: OpenModel, of: Of = "tokens") -> Embedding:
    """The vectors of an open model. Raises GPTLabError for those that its kind has not."""
    if of == "positions" and opened.config.model.positions == "sinusoidal":
        return _named(
            opened, of, opened.step, opened.model.waves, "the same at every step: sines and cosines"
        )
    return _named(opened, of, opened.step, opened.model.get_parameter(_parameter(opened, of)))


def embedding_at(opened: OpenModel, step: Step, of: Of = "tokens") -> Embedding:
    """The same at another step of its run, without the rest of the model.

    Raises GPTLabError where they are not there, unreadable, or not finite.
    """
    if of == "positions" and opened.config.model.positions == "sinusoidal":
        return embedding(opened, of)
    name = _parameter(opened, of)
    number, path, _ = find_weights(opened.run, step)
    tensor = load_tensor(path, name)
    if not_finite({name: tensor}):
        raise DamagedWeightsError(opened.run, number, name)
    return _named(opened, of, number, tensor)


def embedding_at_start(opened: OpenModel, of: Of = "tokens") -> Embedding:
    """The vectors before the first step: from the run's files, or drawn anew from its seed.

    A fine-tuning whose first weights are gone has the earliest that there are. What cannot be read is
    passed over.
    """
    if of == "positions" and opened.config.model.positions == "sinusoidal":
        return embedding(opened, of)
    name, steps = _parameter(opened, of), steps_of(opened)
    has_parent = bool(opened.run.read_request().get("parent"))
    for step in steps if has_parent else [step for step in steps if step == 0]:
        with suppress(GPTLabError):
            return embedding_at(opened, step, of)
    if has_parent:
        return embedding(opened, of)
    seed = opened.config.train.seed
    return _named(opened, of, 0, initial_value(opened.model, name, seed), f"drawn anew from seed {seed}")


def first_tokens(found: Embedding, most: int, also: Sequence[int] = ()) -> Embedding:
    """At most so many vectors, those of the lowest ids, and the ones in `also` besides."""
    places = sorted({*range(min(most, len(found.names))), *also})
    return Embedding(
        found.of,
        found.step,
        found.origin,
        tuple(found.ids[place] for place in places),
        found.vectors[places],
        tuple(found.names[place] for place in places),
        tuple(found.classes[place] for place in places),
    )


def members(opened: OpenModel, of: Of, text: str) -> tuple[int, ...]:
    """The vectors that a group names: the tokens of a text, or positions such as `12-14` or `1,2,8`.

    A line break may be named as it is shown, `␊`. Raises GPTLabError for what the model has not.
    """
    if of != "positions":
        meant = text.replace("␊", "\n")
        try:
            return tuple(dict.fromkeys(int(token) for token in opened.tokenizer.encode(meant)))
        except UnknownCharacterError as error:  # its hint names an option of those who read texts
            raise GPTLabError(error.message, f"Name tokens that {opened.run.name} has.") from error
    last = opened.config.model.block_size - 1
    places: list[int] = []
    for part in text.split(","):
        first, dash, end = part.strip().partition("-")
        if not first.isdecimal() or (dash and not end.isdecimal()):
            raise GPTLabError(f"{part.strip()!r} is no position.", "Write such as 12-14 or 1,2,8.")
        places += range(int(first), int(end if dash else first) + 1)
    if not places or max(places) > last:
        raise GPTLabError(
            f"{opened.run.name} has no position {max(places, default=text)}.", f"It has 0-{last}."
        )
    return tuple(dict.fromkeys(places))


def places_of(found: Embedding, ids: Sequence[int]) -> tuple[int, ...]:
    """Where tokens or positions stand in an embedding that may have only some of them."""
    order = {number: place for place, number in enumerate(found.ids)}
    return tuple(order[number] for number in ids)


def neighbours(vectors: np.ndarray, place: int, count: int) -> list[Neighbour]:
    """The others with the largest cosine to one vector, in order."""
    directions = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-30)
    likeness = directions @ directions[place]
    likeness[place] = -np.inf
    order = np.argsort(-likeness, kind="stable")[: min(count, len(vectors) - 1)]
    return [Neighbour(int(other), float(likeness[other])) for other in order]


def closest_pairs(vectors: np.ndarray, count: int) -> list[tuple[int, int, float]]:
    """The pairs with the largest cosine, in order: place, place, cosine; each vector once at most."""
    table = cosines(vectors)
    rows, columns = np.triu_indices(len(table), 1)
    taken: set[int] = set()
    pairs = []
    for pair in np.argsort(-table[rows, columns], kind="stable"):
        one, other = int(rows[pair]), int(columns[pair])
        if one not in taken and other not in taken:
            pairs.append((one, other, float(table[one, other])))
            taken |= {one, other}
        if len(pairs) == count:
            break
    return pairs


def cosine_of_pairs(vectors: np.ndarray) -> float:
    """The mean cosine of all pairs of two vectors (N, C) or more."""
    directions, size = unit(np.asarray(vectors, np.float64)), len(vectors)
    # |sum of all|^2 has every pair twice, and each with itself
    pairs = (directions.sum(axis=0) ** 2).sum() - (directions**2).sum()
    return float(pairs / (size * (size - 1)))


def cosine_at(opened: OpenModel, step: Step, of: Of, ids: Sequence[int]) -> float:
    """The mean cosine of the pairs of a group at another step of its run, of which it reads no more."""
    if of == "positions" and opened.config.model.positions == "sinusoidal":
        return cosine_of_pairs(embedding(opened, of).vectors[list(ids)])
    _, path, _ = find_weights(opened.run, step)
    vectors = load_tensor(path, _parameter(opened, of))[list(ids)]
    return cosine_of_pairs(vectors.float().numpy())


def likeness_by_distance(vectors: np.ndarray) -> np.ndarray:
    """The mean cosine of positions that are 1, 2, … T-1 apart: (T, C) -> (T-1,)"""
    table = cosines(vectors)
    return np.array([table.diagonal(apart).mean() for apart in range(1, len(table))])


def _parameter(opened: OpenModel, of: Of) -> str:
    model = opened.config.model
    if of == "positions" and model.positions in _NO_POSITIONS:
        raise GPTLabError(
            f"{opened.run.name} has no position embedding: it {_NO_POSITIONS[model.positions]}.",
            "A model that has one: gptlab train -o model.positions=learned.",
        )
    if of == "head" and model.tied_head:
        raise GPTLabError(
            f"The head of {opened.run.name} is tied: it is the token embedding.", "Take --of tokens."
        )
    return _PARAMETERS[of]


def _named(opened: OpenModel, of: Of, step: int, vectors: Tensor, origin: str = "") -> Embedding:
    rows = vectors.detach().float().cpu().numpy()
    if of == "positions":
        names = tuple(str(place) for place in range(len(rows)))
        return Embedding(of, step, origin, tuple(range(len(rows))), rows, names, position_classes(len(rows)))
    tokens = [opened.tokenizer.token_bytes(token) for token in range(len(rows))]
    subword = opened.tokenizer.kind != "char"
    return Embedding(
        of,
        step,
        origin,
        tuple(range(len(rows))),
        rows,
        tuple(map(escaped, tokens)),
        tuple(class_of(token, subword) for token in tokens),
    )
