"""A text and all that it could have become: a tree of tokens, a path through it, a cursor on the text.

Writing always goes on at the end of the path. What was there before is kept as a branch. The cursor
walks into the prompt as well, but the prompt stays as it was typed: writing goes on after it.

The text is looked at with one step of its run, and may have been written by another: every token knows
who wrote it, and whose numbers it has now.
"""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gptlab_tui.model.head_names import Heads

Alternative = tuple[int, str, float, float]
"""Id, piece, the model's own probability, the one after the chain."""


@dataclass(frozen=True, slots=True)
class Eyes:
    """Which of a run's models it is: a step, and what is switched off in it."""

    step: int
    off: Heads = ()
    """The heads that are."""


@dataclass(eq=False, slots=True)
class Node:
    """A token at its place; those of the prompt have no `parent`."""

    id: int
    piece: str
    """Its text alone; U+FFFD where that is not a whole character."""
    position: int
    """Its place in the text, in tokens from 0."""
    parent: Node | None = None
    text: str = ""
    """The characters that are complete with it."""
    pending: bytes = b""
    """The beginning of a character that is not complete with it."""
    raw: float = 1.0
    probability: float = 1.0
    rank: int = 0
    """From 1; 0 where the model has not said yet, or has nothing to predict it from."""
    entropy: float = 0.0
    """Of the model's own distribution at its place, in bits."""
    alternatives: tuple[Alternative, ...] = ()
    knobs: Mapping[str, Any] | None = None
    """What it was drawn with; None where it was picked by hand."""
    drawn: Mapping[str, Any] | None = None
    """What was said of it when it was written; the numbers above are those of `eyes`."""
    writer: Eyes | None = None
    """Who wrote it; None in a prompt."""
    digest: str = ""
    """Of that model's weights."""
    eyes: Eyes | None = None
    """Whose numbers it has; None where nobody has said any."""
    hidden: int = 0
    """Characters at the end of the text up to here that belong to a stop."""
    children: list[Node] = field(default_factory=list)

    @property
    def siblings(self) -> list[Node]:
        """All that was written at its place, itself included."""
        return self.parent.children if self.parent is not None else [self]


class Story:
    """The tree, the path, the cursor. The prompt's tokens are the trunk."""

    def __init__(self, prompt: str, pieces: Sequence[Mapping[str, Any]], *, run: str, step: int) -> None:
        """`pieces` are the prompt's tokens, one at least: `id`, `piece` and `bytes` (hexadecimal)."""
        self.prompt, self.run = prompt, run
        self.eyes = Eyes(step)
        """What it is looked at with, and written on."""
        self.trunk: list[Node] = []
        for place, piece in enumerate(pieces):
            self.trunk.append(_node(piece, place, self.trunk[-1] if self.trunk else None))
        self.root = self.trunk[-1]
        """The prompt's last token: what is written grows from it."""
        self.path: list[Node] = []
        self.at = 0
        """The token under the cursor is `path[at - 1]`; 0 is the prompt's last, -1 the one before."""
        self._before: list[list[Node]] = []
        self._undone: tuple[list[Node], int] = ([], 0)
        """The path that the last `undo` came back to, and where the cursor was put."""

    @property
    def tokens(self) -> list[Node]:
        """All of the text: the prompt, then the path."""
        return [*self.trunk, *self.path]

    @property
    def step(self) -> int:
        """The step that it is looked at with."""
        return self.eyes.step

    @property
    def model(self) -> dict[str, Any]:
        """Who looks at it, as the model process takes it."""
        return {"run": self.run, "step": self.eyes.step, "off": self.eyes.off}

    def look_with(self, eyes: Eyes) -> None:
        """Another model: what it wrote itself has its numbers at once, all else has to be asked for."""
        self.eyes = eyes
        for node in self.path:
            if node.writer == eyes and node.drawn is not None:
                _tell(node, node.drawn, eyes)

    def unscored(self) -> list[int]:
        """The tokens up to the last that lacks the numbers of the model in use; none where none does."""
        tokens = self.tokens
        lacking = [place for place, node in enumerate(tokens) if place and node.eyes != self.eyes]
        return [node.id for node in tokens[: lacking[-1] + 1]] if lacking else []

    @property
    def cursor(self) -> int:
        """The place in `tokens` of the one under the cursor."""
        return self.start + self.at - 1

    @property
    def here(self) -> Node:
        """The token under the cursor."""
        return self.path[self.at - 1] if self.at > 0 else self.trunk[self.cursor]

    @property
    def following(self) -> Node | None:
        """The token of the text after the cursor."""
        if self.at < 0:
            return self.trunk[self.cursor + 1]
        return self.path[self.at] if self.at < len(self.path) else None

    @property
    def start(self) -> int:
        """How many tokens the prompt has."""
        return len(self.trunk)

    def ids(self) -> list[int]:
        """All tokens up to the cursor."""
        return [node.id for node in self.tokens[: self.cursor + 1]]

    def up_to(self, end: int) -> str:
        """What the first `end` tokens say; half a character at their end is left out."""
        return text_of(self.tokens[:end]).removesuffix("\ufffd")

    def score(self, ids: Sequence[int], tokens: Sequence[Mapping[str, Any]]) -> None:
        """What the model in use said of these tokens but the first, as far as the text still has them."""
        for number, node, token in zip(ids[1:], self.tokens[1:], tokens, strict=False):
            if node.id != number:
                return
            if node.eyes != self.eyes:
                _tell(node, token, self.eyes)

    @property
    def text(self) -> str:
        """What the path says, without the prompt and without a stop."""
        return text_of(self.path)

    def begin(self) -> None:
        """Writing goes on at the cursor, but not within the prompt; `undo` comes back to how it was."""
        self.at = max(0, self.at)
        self._before.append(self.path)
        self.path = self.path[: self.at]

    def undo(self) -> bool:
        """Takes the last writing back (it stays as a branch); whether there was one."""
        if not self._before:
            return False
        now = self.path
        self.path = self._before.pop()
        same = 0
        for one, other in zip(now, self.path, strict=False):
            if one is not other:
                break
            same += 1
        self.at = same
        self._undone = (self.path, same)
        return True

    def append(
        self,
        token: Mapping[str, Any],
        knobs: Mapping[str, Any] | None,
        writer: Eyes | None = None,
        digest: str = "",
    ) -> Node:
        """A token more; the cursor goes along if it was at the end.

        What has been written at the same place before is gone over again. `knobs` are None where
        the token was picked by hand; without a `writer` it is the model in use.
        """
        above = self.path[-1] if self.path else self.root
        node = next((child for child in above.children if child.id == token["id"]), None)
        if node is None:
            node = _node(token, above.position + 1, above)
            node.parent = above
            above.children.append(node)
        else:  # the branch that was walked last comes last
            above.children.remove(node)
            above.children.append(node)
        node.writer = writer or self.eyes
        _tell(node, token, node.writer)
        node.knobs, node.hidden, node.drawn, node.digest = knobs, 0, token, digest
        at_end = self.at == len(self.path)
        self.path.append(node)
        if at_end:
            self.at = len(self.path)
        return node

    def move(self, by: int) -> None:
        """The cursor goes along the path; past its end into the branch that was walked last."""
        if by > 0 and self.at == len(self.path) and self.here.children:
            self.path = [*self.path, self.here.children[-1]]
        self.at = min(max(self.first, self.at + by), len(self.path))

    @property
    def first(self) -> int:
        """Where the cursor is on the prompt's first token."""
        return 1 - self.start

    def switch(self, by: int) -> bool:
        """Another branch at the cursor's place, or else at the next, to its end; whether there is one.

        At the end of the path, and where nothing has moved since, it is what was taken back from there.
        """
        children = self.here.children if self.at >= 0 else []
        is_undone = self._undone[0] is self.path and self._undone[1] == self.at
        if children and (is_undone or self.at == len(self.path)):
            self._before.append(self.path)
            self._follow([*self.path[: self.at], children[-1]])
            self.at = self.at + 1 if len(children) > 1 else len(self.path)
            return True
        if self._turn(by):
            return True
        self.at += len(children) > 1
        return len(children) > 1 and self._turn(by)

    def _turn(self, by: int) -> bool:
        """Another branch at the cursor's place; whether there is one."""
        here = self.here
        if self.at <= 0 or len(here.siblings) < 2:
            return False
        ordered = _in_order(here)
        other = ordered[(ordered.index(here) + by) % len(ordered)]
        self._follow([*self.path[: self.at - 1], other])
        return True

    def _follow(self, path: list[Node]) -> None:
        """The path goes on along the branches that were walked last."""
        self.path = path
        while self.path[-1].children:
            self.path.append(self.path[-1].children[-1])

    def fork(self, by: int) -> bool:
        """The cursor goes to the next (or the previous) token that has branches beside it."""
        places = range(max(0, self.at) + 1, len(self.path) + 1) if by > 0 else range(self.at - 1, 0, -1)
        for place in places:
            if len(self.path[place - 1].siblings) > 1:
                self.at = place
                return True
        return False

    def branch(self) -> tuple[int, int]:
        """Which branch the cursor is on, from 1 in the order of probability, and of how many."""
        ordered = _in_order(self.here)
        return ordered.index(self.here) + 1, len(ordered)


def text_of(path: Sequence[Node]) -> str:
    """What tokens say, without what belongs to a stop at their end; half a character is U+FFFD."""
    text = "".join(node.text for node in path)
    if path and path[-1].hidden:
        return text[: -path[-1].hidden]
    return text + ("\ufffd" if path and path[-1].pending else "")


def _node(token: Mapping[str, Any], position: int, before: Node | None) -> Node:
    """A token whose text goes on with what the one `before` has left of a character."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    decoder.setstate((before.pending if before is not None else b"", 0))
    text = decoder.decode(bytes.fromhex(str(token["bytes"])))
    return Node(int(token["id"]), str(token["piece"]), position, text=text, pending=decoder.getstate()[0])


def _in_order(here: Node) -> list[Node]:
    """What was written at a place, the most probable first to whoever wrote it."""
    return sorted(here.siblings, key=lambda node: -float((node.drawn or {"raw": node.raw})["raw"]))


def _tell(node: Node, token: Mapping[str, Any], eyes: Eyes) -> None:
    """What a model said at a token's place."""
    node.eyes = eyes
    node.raw, node.probability = float(token["raw"]), float(token["probability"])
    node.rank, node.entropy = int(token["rank"]), float(token["entropy"])
    node.alternatives = tuple(
        (int(i), str(piece), float(raw), float(after)) for i, piece, raw, after in token["alternatives"]
    )
