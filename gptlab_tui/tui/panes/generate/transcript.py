"""What `w` saves: every text that is shown, each with all that it takes to write it again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gptlab_tui.errors import GPTLabError
from gptlab_tui.model.head_names import names_of
from gptlab_tui.tui.panes.generate.story import Node, Story
from gptlab_tui.tui.saving import save_new


def record(
    story: Story, knobs: Mapping[str, Any], digest: str, command: str, title: str = ""
) -> dict[str, Any]:
    """A text; `title` is what sets it apart from those beside it, `command` writes its last part again."""
    used: list[Mapping[str, Any]] = []
    tokens = [_token(node, used) for node in story.path]
    last = story.path[-1] if story.path else None
    writer = (last.writer if last is not None else None) or story.eyes
    return {
        **({"title": title} if title else {}),
        "run": story.run,
        "step": writer.step,
        "without_heads": names_of(writer.off),
        "digest": (last.digest if last is not None else "") or digest,
        "prompt": story.prompt,
        "prompt_ids": [node.id for node in story.trunk],
        "text": story.text,
        "seed": knobs["seed"],
        "knobs": dict(knobs),
        "command": command,
        "tokens": tokens,
        "knobs_used": [dict(one) for one in used],
    }


def _token(node: Node, used: list[Mapping[str, Any]]) -> dict[str, Any]:
    """A token, its writer's numbers, and with which of the `used` knobs it was drawn (None: by hand)."""
    if node.knobs is not None and node.knobs not in used:
        used.append(node.knobs)
    said = node.drawn or {"raw": node.raw, "probability": node.probability, "rank": node.rank}
    return {
        "id": node.id,
        "text": node.piece,
        "raw_probability": said["raw"],
        "probability": said["probability"],
        "rank": said["rank"],
        "step": node.writer.step if node.writer is not None else None,
        "without_heads": names_of(node.writer.off) if node.writer is not None else [],
        "knobs": None if node.knobs is None else used.index(node.knobs),
    }


def save(texts: Sequence[Mapping[str, Any]], version: str, folders: Sequence[Path]) -> Path:
    """Writes the texts into one file of the first folder that takes it; where that is.

    Raises GPTLabError where none does.
    """
    said = json.dumps({"gptlab": version, "texts": list(texts)}, ensure_ascii=False, indent=1) + "\n"
    problem = ""
    for folder in folders:
        try:
            return save_new(folder, "gptlab-transcript", {".json": said})[0]
        except OSError as error:
            problem = f"Nothing can be written to {folder}: {error.strerror}."
    raise GPTLabError(problem, "Start the workbench in a folder that you may write to.")
