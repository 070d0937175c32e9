"""What the model process has told of vectors: a reel of frames, as it grows."""

from __future__ import annotations

import math
import shlex
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from gptlab_tui.insight.claims import Chance, Claim
from gptlab_tui.render.scatter import Panel
from gptlab_tui.serving.protocol import Message, unpack_array

Of = Literal["tokens", "positions", "head"]
Method = Literal["tsne", "pca"]
#: The same in the order of the keys that go through them.
OFS: tuple[Of, ...] = ("tokens", "positions", "head")
METHODS: dict[Method, str] = {"tsne": "t-SNE", "pca": "PCA"}
#: What the vectors are, in words and as the code calls them.
NAMES: dict[Of, str] = {"tokens": "tokens (wte)", "positions": "positions (wpe)", "head": "head (lm_head)"}


@dataclass(frozen=True, slots=True)
class Vectors:
    """Whose vectors they are."""

    run: str
    step: int
    of: Of
    method: Method
    ids: tuple[int, ...]
    names: tuple[str, ...]
    classes: tuple[str, ...]
    count: int
    """Of all, drawn or not."""
    dimensions: int
    steps: tuple[int, ...]
    """Of the frames, as far as they will come."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """The vectors at one step, and their picture as far as it has come."""

    step: int
    origin: str
    near: np.ndarray
    """(N, k): the nearest others of each by cosine, in order."""
    cosines: np.ndarray
    """(N, k): theirs"""
    map: np.ndarray
    """(n, n): the cosine of every pair, or the means of blocks of them"""
    factor: int
    by_distance: tuple[float, ...]
    """Of positions: the mean cosine of those 1, 2, … apart."""
    points: np.ndarray
    """(N, 2)"""
    iteration: int = 0
    iterations: int = 0
    claims: tuple[Claim, ...] = ()
    divergence: float = math.nan
    shares: tuple[float, float] = (math.nan, math.nan)

    @property
    def is_settled(self) -> bool:
        """Whether the picture is the last one, and its numbers are there."""
        return bool(self.claims)


@dataclass(frozen=True, slots=True)
class Moved:
    """What each step changed; the first has 0 everywhere."""

    drift: tuple[float, ...]
    new_neighbours: tuple[float, ...]
    final_neighbours: tuple[float, ...]
    silhouette: tuple[float, ...]
    everybody: tuple[float, ...]
    """Mean cosine of all pairs."""
    picture: tuple[float, ...]
    jitter: float


@dataclass(frozen=True, slots=True)
class Group:
    """Tokens or positions that are to stand out."""

    text: str
    step: int
    """Which one `now` is of."""
    ids: tuple[int, ...]
    start: tuple[Claim, ...]
    """How close they are at the beginning: mean cosine, and who is nearest; empty where it has no pair."""
    now: tuple[Claim, ...]
    drawn: str
    """What chance is."""
    course: Mapping[int, float] = field(default_factory=dict)
    """Step -> mean cosine of its pairs; empty where nobody asked, or where it has no pair."""

    def over(self, steps: Sequence[int]) -> tuple[float, ...]:
        """Its course over these steps; empty where one of them is not known."""
        return tuple(self.course[step] for step in steps) if self.course.keys() >= set(steps) else ()


@dataclass(slots=True)
class Reel:
    """The frames of one question: a beginning and now, or (where it moves) every step of a run."""

    moves: bool
    vectors: Vectors | None = None
    frames: list[Frame] = field(default_factory=list)
    moved: Moved | None = None
    ended: Literal["", "done", "stopped"] = ""

    def take(self, kind: str, answer: Message) -> None:
        """An answer of the model process."""
        if kind == "vectors":
            self.vectors = vectors_of(answer)
        elif kind == "frame":
            self.frames.append(frame_of(answer))
        elif kind in ("settling", "measured"):
            number = int(answer["number"])
            self.frames[number] = later(self.frames[number], kind, answer)
        elif kind == "moved":
            self.moved = moved_of(answer)


def vectors_of(answer: Message) -> Vectors:
    """An answer of kind `vectors`."""
    return Vectors(
        str(answer["run"]),
        int(answer["step"]),
        answer["of"],
        answer["method"],
        tuple(answer["ids"]),
        tuple(answer["names"]),
        tuple(answer["classes"]),
        int(answer["count"]),
        int(answer["dimensions"]),
        tuple(answer["steps"]),
    )


def frame_of(answer: Message) -> Frame:
    """An answer of kind `frame`."""
    return Frame(
        int(answer["step"]),
        str(answer["origin"]),
        np.array(answer["near"], int),
        unpack_array(answer["cosines"]),
        unpack_array(answer["map"]),
        int(answer["factor"]),
        tuple(answer["by_distance"]),
        unpack_array(answer["points"]),
    )


def later(frame: Frame, kind: str, answer: Message) -> Frame:
    """The frame after an answer of kind `settling` or `measured`."""
    points = unpack_array(answer["points"])
    if kind == "settling":
        return replace(
            frame, points=points, iteration=int(answer["iteration"]), iterations=int(answer["iterations"])
        )
    far, (first, second) = answer["divergence"], answer["shares"]
    return replace(
        frame,
        points=points,
        claims=claims_of(answer["claims"]),
        divergence=math.nan if far is None else float(far),
        shares=(float(first), float(second)),
    )


def claims_of(answers: Iterable[Sequence[Any]]) -> tuple[Claim, ...]:
    """Claims as the model process sends them."""
    return tuple(Claim(name, where, value, Chance(*chance)) for name, where, value, *chance in answers)


def moved_of(answer: Message) -> Moved:
    """An answer of kind `moved`."""
    silhouette = [math.nan if value is None else float(value) for value in answer["silhouette"]]
    return Moved(
        tuple(answer["drift"]),
        tuple(answer["new_neighbours"]),
        tuple(answer["final_neighbours"]),
        tuple(silhouette),
        tuple(answer["all_pairs"]),
        tuple(answer["picture"]),
        float(answer["jitter"]),
    )


def group_of(answer: Message, course: Mapping[int, float]) -> Group:
    """An answer of kind `group`; of its course what is known already."""
    return Group(
        str(answer["text"]),
        int(answer["step"]),
        tuple(answer["ids"]),
        claims_of(answer["start"] or ()),
        claims_of(answer["now"] or ()),
        str(answer.get("drawn", "")),
        course,
    )


def course_of(answer: Message) -> dict[int, float]:
    """An answer of kind `group_course`."""
    return {int(step): float(cosine) for step, cosine in zip(answer["steps"], answer["cosines"], strict=True)}


def panel_of(reel: Reel, at: int, strong: Collection[int], trailing: Collection[int]) -> Panel:
    """A frame as a picture; where the reel moves, on one scale, with the trails of some."""
    vectors, frames = reel.vectors, reel.frames
    assert vectors is not None
    trails: list[list[tuple[float, float]]] = []
    span = None
    if reel.moves:
        trails = [[_pair(frame.points[place]) for frame in frames[: at + 1]] for place in trailing]
        if reel.ended and (at or vectors.method == "pca"):  # the sizes of t-SNE say nothing
            every = np.stack([frame.points for frame in frames])
            low, high = every.min(axis=(0, 1)), every.max(axis=(0, 1))
            span = (float(low[0]), float(high[0]), float(low[1]), float(high[1]))
    points = [_pair(point) for point in frames[at].points]
    return Panel("", points, vectors.names, vectors.classes, frozenset(strong), trails, span)


def command_line(
    reel: Reel, at: int, newest: bool, group: Group | None, cursor: int, *, cosines: bool, way: str
) -> str | None:
    """The command that prints what is shown; None where nothing is."""
    vectors = reel.vectors
    if vectors is None or not reel.frames:
        return None
    words = ["gptlab", "inspect", "motion" if reel.moves else "embeddings", "--run", vectors.run]
    step = reel.frames[at].step if reel.moves else vectors.step
    if step != vectors.step or not newest:
        words += ["--step", str(step)]
    words += ["--of", vectors.of] if vectors.of != "tokens" else []
    words += ["--method", vectors.method] if vectors.method != "tsne" else []
    words += _option("--group", group.text) if group is not None else []
    if not reel.moves:
        name = vectors.names[cursor]
        words += _option("--neighbours", name) if "\\" not in name or len(name) == 1 else []
        words += ["--map"] if cosines else []
    words += ["--ascii"] if way == "ascii" else []
    return shlex.join(words)


def _option(name: str, value: str) -> list[str]:
    """An option whose value may look like another one."""
    return [f"{name}={value}"] if value.startswith("-") else [name, value]


def _pair(point: np.ndarray) -> tuple[float, float]:
    return float(point[0]), float(point[1])
