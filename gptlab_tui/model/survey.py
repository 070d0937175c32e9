"""Large models as a survey tabulates them, what their choices mean, and their tiny relatives here.

The table is `survey.toml`, from "A Survey of Large Language Models" (arXiv 2303.18223). No torch.
"""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FILE = Path(__file__).with_name("survey.toml")


@dataclass(frozen=True, slots=True)
class LargeModel:
    """A row of the survey's table; None where it leaves something open."""

    name: str
    kind: str
    size: str
    n_layer: int
    n_head: int
    n_embd: int
    norm: str | None = None
    positions: str | None = None
    activation: str | None = None
    bias: str | None = None
    context: int | None = None
    preset: str | None = None
    """The preset that makes the same choices at about 200,000 parameters."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Survey:
    """All rows, and per column (kind, norm, positions, activation, bias) what each choice means."""

    models: tuple[LargeModel, ...]
    choices: dict[str, dict[str, str]]

    def to_json(self) -> dict[str, Any]:
        """As plain objects and lists."""
        return asdict(self)


@cache
def survey() -> Survey:
    """The table that comes with GPTLab."""
    with _FILE.open("rb") as file:
        data = tomllib.load(file)
    return Survey(tuple(LargeModel(**row) for row in data["models"]), data["choices"])
